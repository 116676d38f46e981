//! When a recording was made: as the list tells, as its file name tells, or unknown.

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, tz::TimeZone};

/// Years outside of this are taken for slips of the keyboard.
const PLAUSIBLE_YEARS: std::ops::RangeInclusive<i16> = 1900..=2100;

/// When a recording was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The list tells the moment.
    Told(Timestamp),
    /// The file name tells the day; it begins at this moment in the line's zone.
    Named(Timestamp),
    /// Nothing tells.
    Unknown,
}

/// Why a text is no date and time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WhenError {
    /// It cannot be read.
    #[error("is not a date and time")]
    Unreadable,
    /// It can be read, and is absurd.
    #[error("is in the year {0}")]
    AbsurdYear(i16),
}

impl When {
    /// Reads `2022-06-12T10:00:00` with an offset (`+0100`, `+01:00`, `Z`), or none: then in the zone.
    pub fn told(text: &str, zone: &TimeZone) -> Result<Self, WhenError> {
        let text = text.trim();
        let instant = match text.parse::<Timestamp>() {
            Ok(instant) => instant,
            Err(_) => {
                let civil: DateTime = text.parse().map_err(|_| WhenError::Unreadable)?;
                plausible(civil.year())?;
                zone.to_timestamp(civil).map_err(|_| WhenError::Unreadable)?
            }
        };
        plausible(instant.to_zoned(zone.clone()).year())?;
        Ok(Self::Told(instant))
    }

    /// The day of a file name; unknown where the day is absurd.
    pub fn named(day: Option<Date>, zone: &TimeZone) -> Self {
        let plausible = day.filter(|day| plausible(day.year()).is_ok());
        let start =
            plausible.and_then(|day| zone.to_timestamp(day.to_datetime(jiff::civil::Time::midnight())).ok());
        start.map_or(Self::Unknown, Self::Named)
    }

    /// The minute until which the recording is hidden. A file name tells a day, not a minute.
    pub fn hidden_until(self) -> Option<Timestamp> {
        match self {
            Self::Told(instant) => Some(instant),
            Self::Named(_) | Self::Unknown => None,
        }
    }

    /// The moment by which it is ordered.
    pub fn instant(self) -> Option<Timestamp> {
        match self {
            Self::Told(instant) | Self::Named(instant) => Some(instant),
            Self::Unknown => None,
        }
    }

    pub(super) fn to_bytes(self) -> [u8; 17] {
        let (tag, instant) = match self {
            Self::Told(instant) => (1, instant),
            Self::Named(instant) => (2, instant),
            Self::Unknown => (3, Timestamp::UNIX_EPOCH),
        };
        let mut bytes = [tag; 17];
        bytes[1..].copy_from_slice(&instant.as_nanosecond().to_be_bytes());
        bytes
    }
}

fn plausible(year: i16) -> Result<(), WhenError> {
    if PLAUSIBLE_YEARS.contains(&year) { Ok(()) } else { Err(WhenError::AbsurdYear(year)) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, london};
    use super::*;

    #[test]
    fn every_real_form_is_the_same_moment() {
        for form in [
            "2022-06-12T10:00:00+0100",
            "2022-06-12T10:00:00+01:00",
            "2022-06-12T09:00:00Z",
            "2022-06-12T10:00:00",
            "2022-06-12 10:00:00",
            "2022-06-12T10:00",
            " 2022-06-12T10:00:00.000+01 ",
        ] {
            assert_eq!(When::told(form, &london()), Ok(When::Told(at("2022-06-12T09:00:00Z"))), "{form}");
        }
    }

    #[test]
    fn a_time_without_offset_in_the_hour_that_does_not_exist_is_still_a_moment() {
        assert_eq!(When::told("2022-03-27T01:30:00", &london()), Ok(When::Told(at("2022-03-27T01:30:00Z"))));
    }

    #[test]
    fn slips_of_the_keyboard_are_named() {
        for wrong in ["", "yesterday", "2022-13-01T10:00:00Z", "2022-02-30T10:00:00", "12/06/2022", "10:00"] {
            assert_eq!(When::told(wrong, &london()), Err(WhenError::Unreadable), "{wrong}");
        }
        assert_eq!(When::told("0202-06-12T10:00:00Z", &london()), Err(WhenError::AbsurdYear(202)));
        assert_eq!(When::told("2202-06-12T10:00:00", &london()), Err(WhenError::AbsurdYear(2202)));
    }
}
