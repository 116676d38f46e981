//! Where exactly a part begins: after the pause that is nearest to where its kind was noticed.
//!
//! A judgement looks at four seconds and is as vague; levels are kept eight times a second.

/// How many levels there are of a block of half a second, each 128 ms.
pub(super) const LEVELS: usize = 4;
/// A pause is looked for so far to either side, in levels: 3.3 s, less than half of the shortest part.
const SEARCH: usize = 26;
/// A pause that is a second further away has to be so much deeper, in dB.
const DEEPER_PER_LEVEL: f32 = 0.5;
/// A part begins when it is so much louder than the pause before it, in dB.
const BEGINS: u8 = 6;

/// The place of the beginning that was noticed at `noticed`; both count levels.
pub(super) fn beginning(levels: &[u8], noticed: usize) -> usize {
    let first = noticed.saturating_sub(SEARCH).max(1);
    let last = (noticed + SEARCH).min(levels.len().saturating_sub(2));
    let pause =
        (first..=last).min_by(|a, b| depth(levels, noticed, *a).total_cmp(&depth(levels, noticed, *b)));
    let Some(pause) = pause else { return noticed };
    let loud = levels[pause].saturating_add(BEGINS);
    let begins = (pause..=last).find(|at| levels[*at] >= loud);
    // A little earlier, so that no first consonant is lost. Without a pause it stays where it was noticed.
    begins.map_or(noticed, |begins| (begins - 1).max(pause))
}

/// How low the level is around a place, and how far away.
fn depth(levels: &[u8], noticed: usize, at: usize) -> f32 {
    let mean = levels[at - 1..=at + 1].iter().map(|level| f32::from(*level)).sum::<f32>() / 3.0;
    mean + DEEPER_PER_LEVEL * at.abs_diff(noticed) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_begins_after_the_pause() {
        let mut levels = vec![70; 200];
        levels[90..100].fill(30);
        assert_eq!(beginning(&levels, 85), 99);
        assert_eq!(beginning(&levels, 110), 99);
    }

    #[test]
    fn of_two_pauses_that_are_alike_the_nearer_one_counts() {
        let mut levels = vec![70; 200];
        levels[80..84].fill(30);
        levels[100..104].fill(30);
        assert_eq!(beginning(&levels, 98), 103);
    }

    #[test]
    fn where_there_is_no_pause_it_begins_where_it_was_noticed() {
        assert_eq!(beginning(&[70; 200], 100), 100);
        assert_eq!(beginning(&[], 0), 0);
    }
}
