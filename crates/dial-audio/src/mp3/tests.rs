//! What we make of other people's files, beside a decoder that decodes all of them.

use std::f64::consts::PI;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use tempfile::TempDir;

use super::*;
use crate::resample::Resampler;

/// Three seconds of each channel: tones, noise that comes and goes, and clicks, which call for short windows.
const LEFT: &str = "0.2*sin(2*PI*313*t)+0.1*sin(2*PI*1900*t)+0.3*(random(0)-0.5)*gt(sin(2*PI*1.3*t),0)+0.5*lt(mod(t,0.29),0.001)";
const RIGHT: &str = "0.15*sin(2*PI*313*t+0.4)+0.1*sin(2*PI*2750*t)+0.2*(random(1)-0.5)*gt(sin(2*PI*0.9*t),0)+0.4*lt(mod(t,0.41),0.001)";

fn run(program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).output();
    let output = output.unwrap_or_else(|cause| panic!("these tests need `{program}`: {cause}"));
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Files of one sound.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let wav = folder.path().join("sound.wav");
        let source = format!("aevalsrc='{LEFT}|{RIGHT}':s=48000:d=3");
        let quiet = ["-nostdin", "-loglevel", "error", "-f", "lavfi", "-i"];
        run("ffmpeg", &[&quiet[..], &[&source, wav.to_str().expect("UTF-8")]].concat());
        Self { folder }
    }

    /// A file of arguments for `lame`, or, if they begin with `-c:a`, for `ffmpeg`.
    fn encoded(&self, args: &str) -> PathBuf {
        let (wav, out) = (self.folder.path().join("sound.wav"), self.folder.path().join("encoded.mp3"));
        let (wav, path) = (wav.to_str().expect("UTF-8"), out.to_str().expect("UTF-8"));
        let args = args.split_whitespace();
        if args.clone().next() == Some("-c:a") {
            let quiet = ["-nostdin", "-loglevel", "error", "-y", "-i", wav];
            run("ffmpeg", &quiet.into_iter().chain(args).chain([path]).collect::<Vec<_>>());
        } else {
            run("lame", &["--quiet"].into_iter().chain(args).chain([wav, path]).collect::<Vec<_>>());
        }
        out
    }
}

fn opened(path: &Path) -> Box<dyn FormatReader> {
    let file = Box::new(File::open(path).expect("just made"));
    let stream = MediaSourceStream::new(file, MediaSourceStreamOptions::default());
    let (format, meta) = (FormatOptions::default(), MetadataOptions::default());
    symphonia::default::get_probe().probe(&Hint::new(), stream, format, meta).expect("an MP3 file")
}

fn packets(path: &Path) -> Vec<Vec<u8>> {
    let mut format = opened(path);
    let mut packets = Vec::new();
    while let Ok(Some(packet)) = format.next_packet() {
        packets.push(packet.data.to_vec());
    }
    packets
}

/// All of the sound by another decoder: the mean of its channels, in the band.
fn foreign(path: &Path, band: Band) -> Vec<f32> {
    let mut format = opened(path);
    let track = format.default_track(TrackType::Audio).expect("a track");
    let params = track.codec_params.as_ref().and_then(|params| params.audio()).expect("sound").clone();
    let options = AudioDecoderOptions::default().gapless(false);
    let mut decoder = symphonia::default::get_codecs().make_audio_decoder(&params, &options).expect("MP3");
    let mut resampler = Resampler::new(params.sample_rate.expect("a rate"), band).expect("a rate");
    let (mut channels, mut out) = (Vec::<Vec<f32>>::new(), Vec::new());
    while let Ok(Some(packet)) = format.next_packet() {
        decoder.decode(&packet).expect("a sound packet").copy_to_vecs_planar(&mut channels);
        let mono: Vec<f32> = (0..channels[0].len())
            .map(|at| channels.iter().map(|channel| channel[at]).sum::<f32>() / channels.len() as f32)
            .collect();
        resampler.push(&mono, &mut out);
    }
    resampler.finish(&mut out);
    out
}

fn ours(packets: &[Vec<u8>], band: Band) -> Vec<f32> {
    let mut decoder = Mp3::new(band, 0);
    let (mut block, mut out) = (Vec::new(), Vec::new());
    let mut resampler = None;
    for packet in packets {
        block.clear();
        let sampled = decoder.decode(packet, &mut block).expect("a sound packet");
        resampler
            .get_or_insert_with(|| Resampler::new(sampled.rate, band).expect("a rate"))
            .push(&block, &mut out);
    }
    resampler.expect("a packet").finish(&mut out);
    out
}

/// Energy between two frequencies.
fn energy(samples: &[f32], rate: u32, low: f64, high: f64) -> f64 {
    const HALF: i32 = 400;
    let sinc = |hz: f64, at: i32| {
        let x = 2.0 * hz / f64::from(rate);
        if at == 0 { x } else { (PI * x * f64::from(at)).sin() / (PI * f64::from(at)) }
    };
    let taps: Vec<f64> = (-HALF..=HALF)
        .map(|at| {
            let window = 0.42
                + 0.5 * (PI * f64::from(at) / f64::from(HALF)).cos()
                + 0.08 * (2.0 * PI * f64::from(at) / f64::from(HALF)).cos();
            window * (sinc(high, at) - sinc(low, at))
        })
        .collect();
    let filtered = samples
        .windows(taps.len())
        .map(|samples| samples.iter().zip(&taps).map(|(sample, tap)| f64::from(*sample) * tap).sum::<f64>());
    filtered.map(|sample| sample * sample).sum()
}

/// Signal to noise in decibels.
fn signal_to_noise(expected: &[f32], found: &[f32], band: Band, high: f64) -> f64 {
    let noise: Vec<f32> = expected.iter().zip(found).map(|(expected, found)| expected - found).collect();
    let (signal, noise) =
        (energy(expected, band.rate(), 200.0, high), energy(&noise, band.rate(), 200.0, high));
    10.0 * (signal / noise).log10()
}

const ENCODINGS: [&str; 28] = [
    "-b 128",
    "-b 320",
    "-b 64 -m j",
    "-b 128 -m s",
    "-b 128 -m f",
    "-b 128 -m m",
    "-b 128 -m d",
    "-V 0",
    "-V 4",
    "-V 9",
    "--abr 96",
    "-b 128 --noshort",
    "-b 128 --allshort",
    "-b 160 -p",
    "-b 128 --nores",
    "-b 128 --resample 44.1",
    "-b 96 --resample 32",
    "-b 64 --resample 24",
    "-b 64 --resample 22.05",
    "-b 48 --resample 16",
    "-b 32 --resample 12",
    "-b 32 --resample 11.025",
    "-b 24 --resample 8",
    "-b 16 --resample 8 -m m",
    "-b 48 --resample 16 --allshort",
    "-c:a libmp3lame -b:a 128k -ar 44100",
    "-c:a libmp3lame -q:a 5 -ac 1",
    "-c:a libmp3lame -b:a 96k -joint_stereo 0",
];

#[test]
fn what_a_telephone_carries_is_as_a_decoder_of_everything_has_it() {
    let bench = Bench::new();
    let mut faults = 0;
    for args in ENCODINGS {
        let path = bench.encoded(args);
        let packets = packets(&path);
        for (band, high) in [(Band::Narrow, 3_400.0), (Band::Wide, 7_000.0)] {
            let (expected, found) = (foreign(&path, band), ours(&packets, band));
            let decibels = signal_to_noise(&expected, &found, band, high);
            println!("{args:<44} {band:?} {} {} {decibels:.1} dB", expected.len(), found.len());
            faults += u32::from(decibels < 80.0 || expected.len().abs_diff(found.len()) > 1);
        }
    }
    assert_eq!(faults, 0);
}
