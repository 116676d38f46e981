//! Leaves out what an encoder added before and after the sound, and nothing that is sound.
//!
//! It must not know formats. A stated length that the sound goes well beyond was wrong
//! (joined files state the length of the first), and is not obeyed.

/// Frames of padding that an encoder may add: more is sound. The longest are the packets of Opus.
const MAX_PADDING: u64 = 5_760;

/// Trims one stream of mono samples.
#[derive(Default)]
pub(crate) struct Trim {
    skip: u64,
    left: Option<u64>,
    padding: Vec<f32>,
}

impl Trim {
    /// Leaves out `skip` frames, and a short rest after `length` more.
    pub(crate) fn new(skip: u64, length: Option<u64>) -> Self {
        Self { skip, left: length, padding: Vec::new() }
    }

    /// Whether all came that was stated.
    pub(crate) fn is_done(&self) -> bool {
        self.left == Some(0)
    }

    /// Appends to `out` what is sound of `block`, which has one of `step` samples.
    pub(crate) fn push(&mut self, block: &[f32], step: u32, out: &mut Vec<f32>) {
        let step = u64::from(step);
        let skipped = (self.skip / step).min(block.len() as u64);
        self.skip -= skipped * step;
        let block = &block[skipped as usize..];
        let Some(left) = &mut self.left else {
            return out.extend_from_slice(block);
        };
        let kept = left.div_ceil(step).min(block.len() as u64);
        *left = left.saturating_sub(kept * step);
        out.extend_from_slice(&block[..kept as usize]);
        self.padding.extend_from_slice(&block[kept as usize..]);
        if self.padding.len() as u64 * step > MAX_PADDING {
            out.append(&mut self.padding);
            self.left = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trimmed(skip: u64, length: Option<u64>, frames: usize) -> usize {
        trimmed_by(1, skip, length, frames)
    }

    fn trimmed_by(step: u32, skip: u64, length: Option<u64>, frames: usize) -> usize {
        let mut trim = Trim::new(skip, length);
        let mut out = Vec::new();
        for block in vec![0.0; frames].chunks(1_152) {
            trim.push(block, step, &mut out);
        }
        out.len()
    }

    #[test]
    fn delay_and_padding_are_left_out() {
        assert_eq!(trimmed(1_105, Some(10_000), 13_824), 10_000);
        assert_eq!(trimmed(0, None, 5_000), 5_000);
    }

    #[test]
    fn a_stated_length_that_is_far_too_short_is_not_obeyed() {
        assert_eq!(trimmed(0, Some(10_000), 30_000), 30_000);
    }

    #[test]
    fn lengths_are_those_of_the_file_if_only_some_samples_are_worked_out() {
        assert_eq!(trimmed_by(4, 1_105, Some(10_000), 3_456), 2_500);
        assert_eq!(trimmed_by(4, 1_105, Some(10_000), 7_500), 7_224);
    }
}
