//! How much of a sound a telephone carries.

use crate::TELEPHONE_RATE;

/// How much of a sound a telephone carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Band {
    /// Up to 4 kHz: G.711, and so every telephone.
    Narrow,
    /// Up to 8 kHz: G.722 and Opus.
    Wide,
}

impl Band {
    /// Samples a second.
    pub const fn rate(self) -> u32 {
        match self {
            Self::Narrow => TELEPHONE_RATE,
            Self::Wide => 2 * TELEPHONE_RATE,
        }
    }
}
