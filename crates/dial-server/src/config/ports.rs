//! A range of ports, such as `16384-20479`.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::section::refused;

/// The ports on which sound goes and comes, from an even one to an odd one: a call takes two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ports(pub(crate) RangeInclusive<u16>);

impl Ports {
    /// What is expected, in words.
    pub(super) const EXPECTED: &str =
        "an even port, a dash and an odd port above it, such as \"16384-20479\"; two ports a call";

    /// How many calls have room.
    pub(crate) fn calls(&self) -> u32 {
        (u32::from(*self.0.end()) - u32::from(*self.0.start())).div_ceil(2)
    }
}

impl Default for Ports {
    fn default() -> Self {
        Self(16_384..=20_479)
    }
}

impl FromStr for Ports {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (first, last) = text.split_once('-')?;
            let (first, last): (u16, u16) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
            (first >= 1_024 && first % 2 == 0 && last % 2 == 1 && first < last).then_some(Self(first..=last))
        };
        read().ok_or_else(|| refused(text))
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0.start(), self.0.end())
    }
}
