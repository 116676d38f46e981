//! A service in small: an organ, then voices near and far, as a caller hears it.

use std::f32::consts::TAU;

use dial_audio::level::Leveller;

const RATE: usize = 8_000;

/// Noise that is the same every time.
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / 8_388_608.0 - 1.0
    }
}

/// What the ear hears: decibels of the mean power of what sounds, without the pauses.
fn level(samples: &[f32]) -> f32 {
    let power = |block: &[f32]| block.iter().map(|sample| sample * sample).sum::<f32>() / block.len() as f32;
    let blocks: Vec<f32> = samples.chunks(400).map(power).collect();
    let mean = |floor: f32| {
        let sounding = blocks.iter().filter(|block| **block > floor);
        sounding.clone().sum::<f32>() / sounding.count().max(1) as f32
    };
    10.0 * mean(mean(0.0) / 16.0).log10()
}

fn brought_to(decibels: f32, samples: Vec<f32>) -> Vec<f32> {
    let factor = 10_f32.powf((decibels - level(&samples)) / 20.0);
    samples.into_iter().map(|sample| sample * factor).collect()
}

/// Syllables of a buzz and of hiss, four a second, with a pause after each nine of them.
fn voice(seconds: usize, decibels: f32, pitch_hz: f32) -> Vec<f32> {
    let mut noise = Noise(pitch_hz as u32);
    let (mut low, mut slow, mut phase) = (0.0, 0.0, 0.0_f32);
    let samples = (0..seconds * RATE).map(|n| {
        let syllable = n / 2_000;
        let shape = (n % 2_000) as f32 / 2_000.0;
        let loud = if syllable % 12 < 9 { (TAU / 2.0 * shape).sin().powi(2) } else { 0.0 };
        phase = (phase + pitch_hz / RATE as f32).fract();
        let raw = if syllable % 3 == 2 { noise.next() * 0.4 } else { (1.0 - phase).powi(6) - 0.14 };
        low += 0.6 * (raw - low);
        slow += 0.2 * (low - slow);
        loud * (low - slow)
    });
    brought_to(decibels, samples.collect())
}

/// A chord that is held, with two notes of a pedal.
fn organ(seconds: usize, decibels: f32) -> Vec<f32> {
    let chord = [65.4_f32, 130.8, 261.6, 329.6, 392.0, 523.2, 784.0, 1_046.4];
    let sample = |n: usize| chord.iter().map(|hz| (TAU * hz * n as f32 / RATE as f32).sin()).sum();
    brought_to(decibels, (0..seconds * RATE).map(sample).collect())
}

/// The levels of the service's parts, in seconds and decibels; `true` is a voice.
const SERVICE: [(bool, usize, f32); 9] = [
    (false, 12, -12.0),
    (true, 15, -30.0),
    (true, 12, -38.0),
    (false, 10, -18.0),
    (true, 15, -40.0),
    (true, 12, -22.0),
    (false, 10, -10.0),
    (true, 15, -45.0),
    (true, 12, -28.0),
];

/// The service in a room that hisses, 60 dB under full scale.
fn service() -> Vec<f32> {
    let mut hiss = Noise(1);
    let parts = SERVICE.iter().enumerate().map(|(place, (is_voice, seconds, decibels))| match is_voice {
        true => voice(*seconds, *decibels, 100.0 + 20.0 * place as f32),
        false => organ(*seconds, *decibels),
    });
    parts.flatten().map(|sample| sample + 0.001_7 * hiss.next()).collect()
}

fn levelled(samples: &[f32], block: usize) -> Vec<f32> {
    let mut leveller = Leveller::new();
    let mut out = Vec::new();
    for block in samples.chunks(block) {
        leveller.push(block, &mut out);
    }
    leveller.finish(&mut out);
    out
}

/// The places of the parts in seconds, and whether each is a voice.
fn parts() -> impl Iterator<Item = (bool, usize, usize)> {
    SERVICE.iter().scan(0, |start, (is_voice, seconds, _)| {
        *start += seconds;
        Some((*is_voice, *start - seconds, *start))
    })
}

#[test]
fn every_voice_is_as_loud_as_the_others_and_as_the_organ() {
    let out = levelled(&service(), 4_000);
    for (is_voice, start, end) in parts() {
        for from in (start..end - 2).step_by(3) {
            let level = level(&out[from * RATE..(from + 3).min(end) * RATE]);
            assert!((level + 21.0).abs() < 4.0, "{level} dB at {from} s, voice: {is_voice}");
        }
    }
}

#[test]
fn the_first_second_after_the_organ_is_not_too_soft() {
    let out = levelled(&service(), 4_000);
    for (_, start, _) in parts().filter(|(is_voice, start, _)| *is_voice && *start > 0) {
        let level = level(&out[start * RATE..(start + 1) * RATE]);
        assert!(level > -24.0, "{level} dB at {start} s");
    }
}

#[test]
fn no_peak_is_over_the_ceiling_not_even_between_samples() {
    let out = levelled(&service(), 4_000);
    // Eight places between samples, by a sinc of 32.
    let between = |window: &[f32], place: f32| {
        let tap = |(n, sample): (usize, &f32)| {
            let x = (n as f32 - 15.0 - place) * TAU / 2.0;
            sample * if x == 0.0 { 1.0 } else { x.sin() / x * (0.5 + 0.5 * (x / 16.5).cos()) }
        };
        window.iter().enumerate().map(tap).sum::<f32>().abs()
    };
    let windows = out.windows(32).filter(|window| window[15].abs().max(window[16].abs()) > 0.5);
    let peaks = windows.flat_map(|window| (0..8).map(move |place| between(window, place as f32 / 8.0)));
    let peak = peaks.fold(0.0, f32::max);
    assert!((0.5..0.891).contains(&peak), "{peak} is more than -1 dBFS, or there was nothing to limit");
}

#[test]
fn no_sample_is_lost_or_moved() {
    for length in [0, 1, 399, 400, 401, 8_000, 100_003] {
        assert_eq!(levelled(&service()[..length], 777).len(), length);
    }
    let (service, out) = (service(), levelled(&service(), 777));
    // Where a voice speaks, what comes out is what went in, times something.
    let (from, to) = (14 * RATE, 15 * RATE);
    let product = |shift: usize| -> f32 {
        service[from..to].iter().zip(&out[from + shift - 4..]).map(|(before, after)| before * after).sum()
    };
    let best = (0..9).max_by(|a, b| product(*a).total_cmp(&product(*b)));
    assert_eq!(best, Some(4));
}

#[test]
fn the_blocks_in_which_it_comes_make_no_difference() {
    let service = service();
    let whole = levelled(&service, service.len());
    for block in [1, 160, 401, 4_096, 99_999] {
        let out = levelled(&service, block);
        assert!(
            out.iter().map(|sample| sample.to_bits()).eq(whole.iter().map(|sample| sample.to_bits())),
            "{block}"
        );
    }
}

#[test]
fn what_waits_does_not_grow() {
    let mut leveller = Leveller::new();
    let mut given = 0;
    let mut out = Vec::new();
    for (second, block) in service().chunks_exact(RATE).cycle().take(600).enumerate() {
        leveller.push(block, &mut out);
        given += out.len();
        out.clear();
        assert!((second + 1) * RATE - given <= 3 * RATE, "{second}");
    }
}

#[test]
fn hiss_alone_is_not_made_a_voice() {
    let mut hiss = Noise(3);
    let samples: Vec<f32> = (0..20 * RATE).map(|_| 0.002 * hiss.next()).collect();
    let out = levelled(&samples, 4_000);
    assert!(level(&out) < level(&samples) + 1.0, "{} from {}", level(&out), level(&samples));
}
