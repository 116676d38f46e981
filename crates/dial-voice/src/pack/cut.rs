//! Cuts clips out of a sentence that was said: where words part, at the quietest place nearby.

use std::ops::Range;

use super::take::Take;

/// A word may end so much before its mark: 10 ms at 8 kHz. It never begins after its mark: soft consonants
/// would be lost.
const SLACK: usize = 80;
/// What is this quiet beside the loudest is a pause.
const PAUSE_DB: f32 = -38.0;
/// Unless it lies within a sound, by the marks: the f of "for" is quieter than many a pause.
const SOFT_DB: f32 = -54.0;
/// Kept of the pauses around a clip: 12 ms before it, 40 ms after it.
const LEAD: usize = 96;
const TAIL: usize = 320;
/// Loudness is looked at in steps of 4 ms.
const STEP: usize = 32;

/// Why a take cannot be cut.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{take}` has {words} words, but {groups} groups of sounds: {phonemes}")]
pub struct Uneven {
    /// The take.
    pub take: String,
    /// Words in it.
    pub words: usize,
    /// Groups of sounds that the dictionary made of it.
    pub groups: usize,
    /// These sounds.
    pub phonemes: String,
}

/// The parts of the sound that the clips of a take are. `marks` says where each phoneme begins.
pub fn cut(take: &Take, phonemes: &str, marks: &[usize], sound: &[f32]) -> Result<Vec<Range<usize>>, Uneven> {
    let groups = groups(phonemes);
    if groups.len() != take.words.len() {
        return Err(Uneven {
            take: take.to_string(),
            words: take.words.len(),
            groups: groups.len(),
            phonemes: phonemes.into(),
        });
    }
    let power = power(sound);
    let mark_of = |phoneme: usize| marks.get(phoneme).copied().unwrap_or(sound.len());
    let parts = take.clips.iter().map(|(words, _)| {
        let first = edge(&groups, marks, words.start, &power, sound.len());
        let last = edge(&groups, marks, words.end, &power, sound.len());
        let paused = |word: usize| {
            word == 0 || word == groups.len() || take.words[word - 1].ends_with([',', '.', '?'])
        };
        let part = first.min(last)..last.max(first);
        let sounds = mark_of(groups[words.start].start)..mark_of(groups[words.end - 1].end);
        trim(part, sounds, &power, paused(words.start), paused(words.end))
    });
    Ok(parts.collect())
}

/// For each word: its first phoneme, and where its sounds end and only a pause follows.
fn groups(phonemes: &str) -> Vec<Range<usize>> {
    let signs: Vec<char> = phonemes.chars().collect();
    let mut groups = Vec::new();
    let mut start = 0;
    for end in 0..=signs.len() {
        if end == signs.len() || signs[end] == ' ' {
            let sounds = signs[start..end].iter().rposition(|sign| !",.?".contains(*sign));
            if let Some(last) = sounds {
                groups.push(start..start + last + 1);
            }
            start = end + 1;
        }
    }
    groups
}

/// Where one word ends and the next begins: the quietest place between their sounds.
fn edge(groups: &[Range<usize>], marks: &[usize], word: usize, power: &[f32], len: usize) -> usize {
    if word == 0 {
        return 0;
    }
    if word == groups.len() {
        return len;
    }
    let mark = |phoneme: usize| marks.get(phoneme).copied().unwrap_or(len);
    let from = mark(groups[word - 1].end).saturating_sub(SLACK) / STEP;
    let to = (mark(groups[word].start) / STEP).max(from + 1).min(power.len());
    let quietest = (from..to).min_by(|one, other| power[*one].total_cmp(&power[*other]));
    quietest.unwrap_or(from) * STEP + STEP / 2
}

/// Leaves out the pauses at those ends where there is one, and nothing of the sounds.
fn trim(part: Range<usize>, sounds: Range<usize>, power: &[f32], before: bool, after: bool) -> Range<usize> {
    let steps = part.start / STEP..(part.end / STEP).min(power.len());
    let loudest = power[steps.clone()].iter().copied().fold(0.0, f32::max);
    let is_over = |step: usize, decibels: f32| power[step] > loudest * 10_f32.powf(decibels / 10.0);
    let heard = |step: &usize| {
        let decibels = if sounds.contains(&(step * STEP)) { SOFT_DB } else { PAUSE_DB };
        is_over(*step, decibels)
    };
    let (Some(first), Some(last)) = (steps.clone().find(heard), steps.rev().find(heard)) else {
        return part;
    };
    let start = if before { (first * STEP).saturating_sub(LEAD).max(part.start) } else { part.start };
    let end = if after { ((last + 1) * STEP + TAIL).min(part.end) } else { part.end };
    start..end
}

/// How loud each step is, with its neighbours.
fn power(sound: &[f32]) -> Vec<f32> {
    let steps: Vec<f32> =
        sound.chunks(STEP).map(|step| step.iter().map(|sample| sample * sample).sum()).collect();
    (0..steps.len())
        .map(|at| {
            let near = &steps[at.saturating_sub(1)..(at + 2).min(steps.len())];
            near.iter().sum::<f32>() / near.len() as f32
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parted_where_it_is_quiet_and_pauses_are_left_out() {
        let take = Take::read("[To] [be], or not.", |_| false).unwrap();
        // Three sounds of 100 ms: at 100 ms, at 230 ms, and after a pause at 800 ms.
        let mut sound = vec![0.0; 12_000];
        for start in [800, 1840, 6400, 7600] {
            sound[start..start + 800].fill(0.5);
        }
        let phonemes = "ab cd, e f.";
        let marks = [800, 1200, 1600, 1840, 2200, 2640, 3000, 6400, 7200, 7600, 8400, 9000];
        let parts = cut(&take, phonemes, &marks, &sound).unwrap();
        assert!((640..=800).contains(&parts[0].start) && (1600..=1840).contains(&parts[0].end), "{parts:?}");
        assert!(parts[1].start >= parts[0].end - STEP && (2640..=3100).contains(&parts[1].end), "{parts:?}");
    }

    #[test]
    fn a_take_whose_sounds_are_not_its_words_is_told() {
        let take = Take::read("[To be].", |_| false).unwrap();
        assert_eq!(cut(&take, "t b iː.", &[0; 8], &[0.0; 100]).unwrap_err().groups, 3);
    }
}
