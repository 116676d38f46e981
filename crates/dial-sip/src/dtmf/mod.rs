//! Keys that a caller presses, in the three ways in which they come: events in RTP (RFC 4733), INFO, and
//! tones among the sound.

mod event;
mod info;
mod tone;

use std::fmt;

pub use event::Events;
pub use info::{from_info, is_info};
pub use tone::Tones;

/// One of the sixteen signals of a keypad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digit(u8);

const SIGNS: [u8; 16] = *b"0123456789*#ABCD";

impl Digit {
    /// The signal of an event code, 0 to 15 (RFC 4733 section 3.2); a hook flash is none.
    pub const fn of_event(code: u8) -> Option<Self> {
        if code < 16 { Some(Self(code)) } else { None }
    }

    /// The signal of a sign, in any case.
    pub fn of_sign(sign: char) -> Option<Self> {
        let sign = u8::try_from(sign.to_ascii_uppercase()).ok()?;
        SIGNS.iter().position(|known| *known == sign).map(|place| Self(place as u8))
    }

    /// `0` to `9`, `*`, `#`, `A` to `D`.
    pub fn sign(self) -> char {
        SIGNS.get(usize::from(self.0)).map_or('?', |sign| char::from(*sign))
    }
}

impl fmt::Display for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.sign())
    }
}
