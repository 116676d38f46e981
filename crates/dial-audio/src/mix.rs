//! Many channels to one, without losing what is in opposite phase in two of them.
//!
//! It must not know formats or rates.

/// How slowly the energies follow the sound: a block counts for this part.
const FOLLOW: f32 = 0.05;
/// The mix is given up where it keeps less than this part (-7 dB) of what channels that differ would keep...
const CANCELLED: f32 = 0.2;
/// ...and taken again where it keeps more than this.
const SOUND: f32 = 0.5;
/// No sound goes beyond this.
const LOUDEST: f32 = 8.0;

/// Mixes the channels of a stream to one.
#[derive(Default)]
pub(crate) struct Mixer {
    balance: Balance,
    energies: Vec<f32>,
}

impl Mixer {
    /// Replaces `mono` by the mix of `channels`, which are equally long.
    pub(crate) fn mix(&mut self, channels: &[Vec<f32>], mono: &mut Vec<f32>) {
        mono.clear();
        let Some((first, others)) = channels.split_first() else { return };
        mono.extend_from_slice(first);
        for other in others {
            mono.iter_mut().zip(other).for_each(|(sum, sample)| *sum += sample);
        }
        let part = 1.0 / channels.len() as f32;
        for sample in mono.iter_mut() {
            *sample = sane(*sample * part);
        }
        if others.is_empty() {
            return;
        }
        let before = self.balance.alone;
        self.energies.clear();
        self.energies.extend(channels.iter().map(|channel| energy(channel)));
        self.balance.follow(energy(mono), &self.energies);
        let now = self.balance.alone;
        if before.is_none() && now.is_none() {
            return;
        }
        // A microphone wired the wrong way round cancels itself: one side of it is better than nothing.
        let len = mono.len() as f32;
        let from = |alone: Option<usize>| alone.and_then(|at| channels.get(at)).map(Vec::as_slice);
        for (number, sample) in mono.iter_mut().enumerate() {
            let mix = *sample;
            let of =
                |alone: Option<&[f32]>| alone.and_then(|one| one.get(number)).map_or(mix, |one| sane(*one));
            let part = if before == now { 1.0 } else { number as f32 / len };
            *sample = of(from(before)) * (1.0 - part) + of(from(now)) * part;
        }
    }
}

/// Whether all channels are heard, or one for all.
#[derive(Default)]
pub(crate) struct Balance {
    mixed: f32,
    /// The energy of each channel.
    single: Vec<f32>,
    /// The channel that stands for all while they cancel each other.
    pub(crate) alone: Option<usize>,
}

impl Balance {
    /// Takes the energy of the next block of the mix, and of each of its channels.
    pub(crate) fn follow(&mut self, mixed: f32, single: &[f32]) {
        let channels = single.len();
        if self.single.len() != channels {
            *self = Self { single: vec![0.0; channels], ..Self::default() };
        }
        self.mixed += FOLLOW * (mixed - self.mixed);
        for (followed, single) in self.single.iter_mut().zip(single) {
            *followed += FOLLOW * (single - *followed);
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

/// The sum of squares; numbers that no sound has are looked at one by one only where there are any.
fn energy(samples: &[f32]) -> f32 {
    let plain = sum_of_squares(samples);
    if plain < LOUDEST * LOUDEST * samples.len() as f32 {
        return plain;
    }
    samples.iter().map(|sample| sane(*sample).powi(2)).sum()
}

/// In sums that are worked out side by side.
fn sum_of_squares(samples: &[f32]) -> f32 {
    let (blocks, rest) = samples.as_chunks::<16>();
    let mut sums = [0.0; 16];
    for block in blocks {
        for (sum, sample) in sums.iter_mut().zip(block) {
            *sum += sample * sample;
        }
    }
    sums.iter().sum::<f32>() + rest.iter().map(|sample| sample * sample).sum::<f32>()
}

/// Floating-point files may hold what is no number, which would stay in every filter.
fn sane(sample: f32) -> f32 {
    if sample.is_finite() { sample.clamp(-LOUDEST, LOUDEST) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixed(frames: &[[f32; 2]]) -> Vec<f32> {
        let channels = [0, 1].map(|channel| frames.iter().map(|frame| frame[channel]).collect());
        let mut mono = Vec::new();
        let mut mixer = Mixer::default();
        mixer.mix(&channels, &mut mono);
        mixer.mix(&channels, &mut mono);
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
