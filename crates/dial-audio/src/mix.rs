//! Many channels to one, without losing what is in opposite phase in two of them.
//!
//! It must not know formats or rates.

/// How slowly the energies follow the sound: a block counts for this part.
const FOLLOW: f32 = 0.05;
/// The mix is given up where it keeps less than this part (-7 dB) of what channels that differ would keep...
const CANCELLED: f32 = 0.2;
/// ...and taken again where it keeps more than this.
const SOUND: f32 = 0.5;

/// Mixes interleaved samples of a stream to one channel.
#[derive(Default)]
pub(crate) struct Mixer {
    mixed: f32,
    /// The energy of each channel.
    single: Vec<f32>,
    /// The channel that stands for all while they cancel each other.
    alone: Option<usize>,
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
        let before = self.alone;
        self.measure(interleaved, channels, mono);
        if before.is_none() && self.alone.is_none() {
            return;
        }
        // A microphone wired the wrong way round cancels itself: one side of it is better than nothing.
        let len = mono.len() as f32;
        for ((number, sample), frame) in mono.iter_mut().enumerate().zip(frames) {
            let mix = *sample;
            let of = |alone: Option<usize>| alone.and_then(|at| frame.get(at)).map_or(mix, |one| sane(*one));
            let part = if before == self.alone { 1.0 } else { number as f32 / len };
            *sample = of(before) * (1.0 - part) + of(self.alone) * part;
        }
    }

    fn measure(&mut self, interleaved: &[f32], channels: usize, mono: &[f32]) {
        let is_first = self.single.len() != channels;
        if is_first {
            *self = Self { single: vec![0.0; channels], ..Self::default() };
        }
        self.mixed += FOLLOW * (energy(mono.iter()) - self.mixed);
        for (number, single) in self.single.iter_mut().enumerate() {
            *single += FOLLOW * (energy(interleaved.iter().skip(number).step_by(channels)) - *single);
        }
        // Channels that have nothing in common keep this of their energies.
        let expected = self.single.iter().sum::<f32>() / (channels * channels) as f32;
        let loudest = || (0..channels).rev().max_by(|a, b| self.single[*a].total_cmp(&self.single[*b]));
        self.alone = match self.alone {
            None if self.mixed < CANCELLED * expected => loudest(),
            Some(_) if self.mixed > SOUND * expected => None,
            same => same,
        };
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
        let mut mixer = Mixer::default();
        mixer.mix(frames.as_flattened(), 2, &mut mono);
        mixer.mix(frames.as_flattened(), 2, &mut mono);
        mono
    }

    #[test]
    fn two_channels_become_their_mean() {
        assert_eq!(mixed(&[[0.5, 0.25], [0.0, -0.5]]), [0.375, -0.25]);
    }

    #[test]
    fn opposite_phase_does_not_vanish() {
        assert_eq!(mixed(&[[0.5, -0.5], [-0.25, 0.25]]), [0.5, -0.25]);
        // Of two that all but cancel each other, the louder.
        assert_eq!(mixed(&[[0.4, -0.5], [-0.2, 0.25]]), [-0.5, 0.25]);
    }

    #[test]
    fn a_recording_on_one_channel_is_its_half() {
        assert_eq!(mixed(&[[0.0, 0.5], [0.0, -0.25]]), [0.25, -0.125]);
    }

    #[test]
    fn what_is_no_number_is_silence() {
        assert_eq!(mixed(&[[f32::NAN, 0.0], [f32::INFINITY, 0.0]]), [0.0, 0.0]);
    }
}
