//! Many channels to one, without losing what is in opposite phase in two of them.
//!
//! It must not know formats or rates.

/// How slowly the two energies follow the sound: a block counts for this part.
const FOLLOW: f32 = 0.05;
/// The mix is given up where it keeps less than this part (-17 dB) of the channels' energy.
const CANCELLED: f32 = 0.02;

/// Mixes interleaved samples of a stream to one channel.
#[derive(Default)]
pub(crate) struct Mixer {
    mixed: f32,
    single: f32,
}

impl Mixer {
    /// Replaces `mono` by the mix of `interleaved` samples of `channels` channels.
    pub(crate) fn mix(&mut self, interleaved: &[f32], channels: usize, mono: &mut Vec<f32>) {
        mono.clear();
        if channels <= 1 {
            mono.extend(interleaved.iter().map(|sample| sane(*sample)));
            return;
        }
        let frames = interleaved.chunks_exact(channels);
        mono.extend(frames.clone().map(|frame| sane(frame.iter().sum::<f32>() / channels as f32)));
        self.mixed += FOLLOW * (energy(mono.iter()) - self.mixed);
        self.single += FOLLOW * (energy(interleaved.iter()) / channels as f32 - self.single);
        // A microphone wired the wrong way round cancels itself: one side of it is better than nothing.
        if self.mixed < CANCELLED * self.single {
            mono.clear();
            mono.extend(frames.map(|frame| sane(frame[0])));
        }
    }
}

fn energy<'a>(samples: impl Iterator<Item = &'a f32>) -> f32 {
    samples.map(|sample| sane(*sample).powi(2)).sum()
}

/// Floating-point files may hold what is no number, which would stay in every filter.
fn sane(sample: f32) -> f32 {
    if sample.is_finite() { sample.clamp(-8.0, 8.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixed(frames: &[[f32; 2]]) -> Vec<f32> {
        let mut mono = Vec::new();
        Mixer::default().mix(frames.as_flattened(), 2, &mut mono);
        mono
    }

    #[test]
    fn two_channels_become_their_mean() {
        assert_eq!(mixed(&[[0.5, 0.25], [0.0, -0.5]]), [0.375, -0.25]);
    }

    #[test]
    fn opposite_phase_does_not_vanish() {
        assert_eq!(mixed(&[[0.5, -0.5], [-0.25, 0.25]]), [0.5, -0.25]);
    }

    #[test]
    fn what_is_no_number_is_silence() {
        assert_eq!(mixed(&[[f32::NAN, 0.0], [f32::INFINITY, 0.0]]), [0.0, 0.0]);
    }
}
