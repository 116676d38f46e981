//! A moment of the week, such as `monday 09:00`, or never.
//!
//! It must not know what happens then.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use serde::{Serialize, Serializer};

use super::section::refused;

/// When it is told that all is well: a moment of the week, or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AllIsWell(pub(crate) Option<Weekly>);

/// A moment of the week, by the clock on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Weekly {
    day: Weekday,
    time: Time,
}

/// The days as they are written.
const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

impl AllIsWell {
    /// What is accepted, in words.
    pub(super) const EXPECTED: &str = "a day and a time, such as \"monday 09:00\", or \"never\"";
}

/// Monday morning, when a volunteer can still do something before Sunday.
impl Default for AllIsWell {
    fn default() -> Self {
        Self(Some(Weekly { day: Weekday::Monday, time: Time::constant(9, 0, 0, 0) }))
    }
}

impl Weekly {
    /// The first such moment after another. A time that a clock change leaves out comes an hour later.
    pub(crate) fn after(self, moment: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let today = moment.to_zoned(zone.clone()).date();
        let days = self.day.since(today.weekday());
        let at = |days: i32| -> Option<Zoned> {
            today.checked_add(days.days()).ok()?.to_datetime(self.time).to_zoned(zone.clone()).ok()
        };
        let next = at(days.into())?.timestamp();
        if next > moment { Some(next) } else { Some(at(i32::from(days) + 7)?.timestamp()) }
    }
}

impl FromStr for AllIsWell {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "never" {
            return Ok(Self(None));
        }
        let parsed = text.split_once(' ').and_then(|(day, time)| {
            let (_, day) = DAYS.into_iter().find(|(name, _)| *name == day.to_lowercase())?;
            // The parser of times takes more than a clock on the wall shows.
            let time: Time = (time.len() == "09:00".len()).then(|| time.parse().ok())??;
            Some(Weekly { day, time })
        });
        parsed.map(|weekly| Self(Some(weekly))).ok_or_else(|| refused(text))
    }
}

impl fmt::Display for AllIsWell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(Weekly { day, time }) = self.0 else { return f.write_str("never") };
        let (name, _) = DAYS.into_iter().find(|(_, other)| *other == day).expect("DAYS has all seven");
        write!(f, "{name} {:02}:{:02}", time.hour(), time.minute())
    }
}

impl Serialize for AllIsWell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_of_the_week_is_written_as_it_is_read() {
        for right in ["monday 09:00", "sunday 23:59", "never"] {
            assert_eq!(right.parse::<AllIsWell>().unwrap().to_string(), right);
        }
        assert_eq!("Monday 09:00".parse(), Ok(AllIsWell::default()));
        for wrong in [
            "",
            "monday",
            "09:00",
            "mon 09:00",
            "monday 9:00",
            "monday 25:00",
            "monday 09:00:00",
            "mittwoch 09:00",
        ] {
            assert!(wrong.parse::<AllIsWell>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_next_moment_is_by_the_clock_on_the_wall_across_clock_changes() {
        let zone = TimeZone::get("Europe/London").unwrap();
        for (when, after, next) in [
            ("monday 09:00", "2026-11-22T12:00:00Z", "2026-11-23T09:00:00Z"),
            ("monday 09:00", "2026-11-23T08:59:59Z", "2026-11-23T09:00:00Z"),
            ("monday 09:00", "2026-11-23T09:00:00Z", "2026-11-30T09:00:00Z"),
            ("monday 09:00", "2027-03-22T09:00:00Z", "2027-03-29T08:00:00Z"),
            ("sunday 01:30", "2027-03-27T12:00:00Z", "2027-03-28T01:30:00Z"),
        ] {
            let Some(weekly) = when.parse::<AllIsWell>().unwrap().0 else { panic!("it is a moment") };
            assert_eq!(
                weekly.after(after.parse().unwrap(), &zone),
                Some(next.parse().unwrap()),
                "{when} {after}"
            );
        }
    }
}
