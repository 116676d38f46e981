//! How long a sentence takes to say, where no clip tells it exactly.

use dial_core::player::TICK;
use dial_core::time::Millis;

/// A British provider voice says about fifteen signs a second, and pauses between sentences.
const PER_SIGN: u32 = 66;
const PER_SENTENCE: u32 = 300;

/// An estimate of the time a voice needs for the words, in whole ticks of a player.
pub(crate) fn estimate(words: &str) -> Millis {
    let signs = u32::try_from(words.chars().count()).unwrap_or(u32::MAX);
    let length = signs.saturating_mul(PER_SIGN).saturating_add(PER_SENTENCE);
    Millis(length.next_multiple_of(TICK.0))
}
