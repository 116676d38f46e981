//! The likeliest order of kinds, none of them too short: Viterbi's way through the judgements.
//!
//! It must not know what was measured.

use super::Kind;

/// No part is shorter than this, in blocks: 7 s.
const SHORTEST: usize = 14;
/// What a change costs, in the judgements' own measure; from one music to another it costs twice as much.
const CHANGE: f32 = 6.0;

/// The logarithm of how likely each kind is, for one block.
pub(super) type Judgement = [f32; Kind::ALL.len()];

/// A run of blocks of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) first: usize,
    pub(super) kind: Kind,
}

/// The runs that fit best.
pub(super) fn likeliest(judgements: &[Judgement]) -> Vec<Run> {
    const KINDS: usize = Kind::ALL.len();
    // Sums up to each block, so that a whole run is one subtraction.
    let mut sums = vec![[0.0_f64; KINDS]];
    // The best way that ends before each block with each kind, and where its last run began, and what was before.
    let mut best = vec![[0.0_f64; KINDS]];
    let mut came: Vec<[(u32, u8); KINDS]> = vec![[(0, 0); KINDS]];
    for (block, judgement) in judgements.iter().enumerate() {
        let sum: [f64; KINDS] = std::array::from_fn(|kind| sums[block][kind] + f64::from(judgement[kind]));
        let mut ways = [(0.0, (0, 0)); KINDS];
        for (kind, way) in ways.iter_mut().enumerate() {
            *way =
                (best[block][kind] + f64::from(judgement[kind]), (came[block][kind].0, came[block][kind].1));
            let Some(first) = (block + 1).checked_sub(SHORTEST).filter(|first| *first >= SHORTEST) else {
                continue;
            };
            for before in (0..KINDS).filter(|before| *before != kind) {
                let both_music = kind != Kind::Speech as usize && before != Kind::Speech as usize;
                let cost = f64::from(if both_music { 2.0 * CHANGE } else { CHANGE });
                let total = best[first][before] - cost + sum[kind] - sums[first][kind];
                if total > way.0 {
                    *way = (total, (first as u32, before as u8));
                }
            }
        }
        sums.push(sum);
        best.push(ways.map(|(total, _)| total));
        came.push(ways.map(|(_, from)| from));
    }
    backwards(&best, &came)
}

fn backwards(best: &[[f64; Kind::ALL.len()]], came: &[[(u32, u8); Kind::ALL.len()]]) -> Vec<Run> {
    let mut at = best.len() - 1;
    let mut kind =
        (0..Kind::ALL.len()).max_by(|a, b| best[at][*a].total_cmp(&best[at][*b])).unwrap_or_default();
    let mut runs = Vec::new();
    while at > 0 {
        let (first, before) = came[at][kind];
        runs.push(Run { first: first as usize, kind: Kind::ALL[kind] });
        (at, kind) = (first as usize, usize::from(before));
    }
    runs.reverse();
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(parts: &[(Kind, usize)]) -> Vec<(usize, Kind)> {
        let judgement = |kind: &Kind| Kind::ALL.map(|other| if other == *kind { -0.1 } else { -2.0 });
        let judgements: Vec<Judgement> =
            parts.iter().flat_map(|(kind, blocks)| vec![judgement(kind); *blocks]).collect();
        likeliest(&judgements).iter().map(|run| (run.first, run.kind)).collect()
    }

    #[test]
    fn what_is_short_belongs_to_what_is_around_it() {
        assert_eq!(runs(&[(Kind::Speech, 40), (Kind::Music, 5), (Kind::Speech, 40)]), [(0, Kind::Speech)]);
    }

    #[test]
    fn a_change_is_where_the_judgement_changes() {
        let found = runs(&[(Kind::Music, 30), (Kind::Speech, 20), (Kind::Hymn, 50)]);
        assert_eq!(found, [(0, Kind::Music), (30, Kind::Speech), (50, Kind::Hymn)]);
    }

    #[test]
    fn nothing_has_no_runs() {
        assert_eq!(runs(&[]), []);
    }
}
