//! Numbers that nobody can guess, from one seed that the host gives: tags, branches, keys, jitter.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// A source of chance. The same seed gives the same numbers, so that a test can be repeated.
#[derive(Clone)]
pub struct Chance {
    seed: [u8; 32],
    drawn: u64,
}

impl Chance {
    /// Takes 32 bytes from the machine's own source of randomness.
    pub const fn seeded(seed: [u8; 32]) -> Self {
        Self { seed, drawn: 0 }
    }

    /// Another source, as hard to guess, that shares nothing with this one.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self::seeded(self.bytes())
    }

    /// 32 bytes.
    pub fn bytes(&mut self) -> [u8; 32] {
        self.drawn = self.drawn.wrapping_add(1);
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(self.drawn.to_be_bytes());
        hash.finalize().into()
    }

    /// A number of 64 bits.
    pub fn number(&mut self) -> u64 {
        self.bytes().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    /// A word of 24 hexadecimal digits, 96 bits of chance, that is valid as tag, branch or nonce.
    pub fn word(&mut self) -> String {
        let mut word = String::with_capacity(24);
        for byte in self.bytes().iter().take(12) {
            let _ = write!(word, "{byte:02x}");
        }
        word
    }

    /// A share from 0 to 1, for jitter.
    pub fn share(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1u64 << 53) as f64
    }
}

impl std::fmt::Debug for Chance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chance")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_brings_the_same_words_back_and_no_word_twice() {
        let (mut one, mut same) = (Chance::seeded([7; 32]), Chance::seeded([7; 32]));
        let words: std::collections::HashSet<_> = (0..100).map(|_| one.word()).collect();
        assert_eq!(words.len(), 100);
        assert!((0..100).all(|_| words.contains(&same.word())));
        assert!((0.0..1.0).contains(&one.share()));
        assert_ne!(one.fork().word(), one.word());
    }
}
