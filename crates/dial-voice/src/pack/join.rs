//! Sounds joined to a sentence: no clicks where it runs on, a breath where it pauses.

use dial_audio::g711::{self, SILENCE};

use super::take::Tone;

/// Where a sentence runs on, clips overlap by 5 ms.
const OVERLAP: usize = 40;
/// At pauses they fade in 4 ms.
const FADE: usize = 32;
/// A comma: with what the clips keep of it, a fifth of a second.
const COMMA: usize = 1_100;
/// Between sentences: nearly half a second.
const STOP: usize = 3_000;

/// The clips as one sound. Each but the last is followed by what its tone asks for.
pub(super) fn join(clips: &[(&[u8], Tone)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(clips.iter().map(|(clip, _)| clip.len() + STOP).sum());
    let mut runs_on = false;
    for (place, (clip, tone)) in clips.iter().enumerate() {
        let overlap = if runs_on { OVERLAP.min(out.len()).min(clip.len()) } else { 0 };
        let start = out.len() - overlap;
        for (at, byte) in out[start..].iter_mut().enumerate() {
            let rise = (at + 1) as f32 / (overlap + 1) as f32;
            *byte = mixed(*byte, 1.0 - rise, clip[at], rise);
        }
        out.extend_from_slice(&clip[overlap..]);
        let clip = &mut out[start..];
        if !runs_on {
            fade(clip.iter_mut());
        }
        let is_last = place + 1 == clips.len();
        runs_on = !is_last && *tone == Tone::Running;
        if !runs_on {
            fade(clip.iter_mut().rev());
        }
        let pause = match tone {
            _ if is_last => 0,
            Tone::Running => 0,
            Tone::Rising => COMMA,
            Tone::Falling => STOP,
        };
        out.resize(out.len() + pause, SILENCE);
    }
    out
}

/// From nothing to all.
fn fade<'a>(samples: impl Iterator<Item = &'a mut u8>) {
    for (at, byte) in samples.take(FADE).enumerate() {
        *byte = mixed(*byte, at as f32 / FADE as f32, SILENCE, 0.0);
    }
}

fn mixed(one: u8, so_much: f32, other: u8, and_so_much: f32) -> u8 {
    let sample = |byte| f32::from(g711::decode(byte));
    g711::encode((sample(one) * so_much + sample(other) * and_so_much) as i16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f32, samples: usize) -> Vec<u8> {
        let wave = |at: usize| (std::f32::consts::TAU * hz * at as f32 / 8000.0).cos() * 0.4;
        (0..samples).map(|at| g711::encode_f32(wave(at))).collect()
    }

    fn largest_step(sound: &[u8]) -> i32 {
        let samples: Vec<i32> = sound.iter().map(|byte| i32::from(g711::decode(*byte))).collect();
        samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).max().unwrap()
    }

    #[test]
    fn joins_do_not_click() {
        let (one, other) = (tone(200.0, 1_010), tone(310.0, 1_234));
        let within = largest_step(&one).max(largest_step(&other));
        for tone in Tone::ALL {
            let joined = join(&[(&one, tone), (&other, Tone::Falling), (&one, Tone::Falling)]);
            assert!(largest_step(&joined) <= within + within / 3, "{tone:?}: {}", largest_step(&joined));
        }
    }

    #[test]
    fn pauses_are_as_long_as_the_tone_asks_for() {
        let clip = tone(200.0, 800);
        let len = |tone| join(&[(&clip, tone), (&clip, Tone::Falling)]).len();
        assert_eq!(len(Tone::Running), 1_600 - OVERLAP);
        assert_eq!(len(Tone::Rising), 1_600 + COMMA);
        assert_eq!(len(Tone::Falling), 1_600 + STOP);
        assert!(join(&[]).is_empty());
    }
}
