//! Dates and durations in the forms in which feeds really state them.

use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::super::{When, WhenError};

/// Durations from here on are slips, such as `45:00:00` for 45 minutes.
const MAX_DURATION: Duration = Duration::from_hours(24);
/// A date of more parts than this is none.
const MAX_PARTS: usize = 16;

/// Reads a date of RFC 2822 (with its obsolete zones), of RFC 3339, or of the forms between them.
///
/// A day without a time is `Named`. A time without a zone, or in a zone whose name means several
/// (`IST`), is in `zone`. A wrong name of the weekday is overlooked.
pub(super) fn when(text: &str, zone: &TimeZone) -> Result<When, WhenError> {
    let text = text.trim();
    if text.len() == 10
        && let Ok(day) = text.parse::<Date>()
    {
        return Ok(When::named(Some(day), zone));
    }
    match When::told(text, zone) {
        Err(WhenError::Unreadable) => Parts::of(text).ok_or(WhenError::Unreadable)?.when(zone),
        read => read.and_then(not_nil),
    }
}

/// WordPress writes the beginning of its clock's count where it knows no date.
fn not_nil(when: When) -> Result<When, WhenError> {
    if when.instant() == Some(Timestamp::UNIX_EPOCH) { Err(WhenError::AbsurdYear(1970)) } else { Ok(when) }
}

/// Reads a duration: seconds, `mm:ss`, `hh:mm:ss` or that of ISO 8601. None for nothing and for slips.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    let digits = |part: &str| {
        let shape = (1..=6).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        shape.then(|| part.parse::<u64>().ok()).flatten()
    };
    let parts: Option<Vec<u64>> = whole.split(':').map(|part| digits(part.trim())).collect();
    let duration = match parts.as_deref() {
        Some([s]) => Duration::from_secs(*s),
        Some([min, s]) => Duration::from_secs(min * 60 + s),
        Some([h, min, s]) => Duration::from_secs(h * 3600 + min * 60 + s),
        Some(_) => return None,
        None if text.starts_with(['P', 'p']) => text.parse::<SignedDuration>().ok()?.try_into().ok()?,
        None => return None,
    };
    (Duration::ZERO < duration && duration < MAX_DURATION).then_some(duration)
}

/// What the words of a date say, in whatever order they stand.
#[derive(Default)]
struct Parts {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    time: Option<Time>,
    offset: Option<Offset>,
}

impl Parts {
    fn of(text: &str) -> Option<Self> {
        let text = text.split_once('(').map_or(text, |(date, _comment)| date).to_ascii_lowercase();
        let mut parts = Self::default();
        let words = text.split(|sign: char| sign == ',' || sign.is_whitespace());
        for (count, word) in words.filter(|word| !word.is_empty()).enumerate() {
            if count == MAX_PARTS {
                return None;
            }
            parts.word(word)?;
        }
        Some(parts)
    }

    fn word(&mut self, word: &str) -> Option<()> {
        if word.contains(':') && !word.starts_with(['+', '-', 'g', 'u']) {
            let end = word.find(|sign: char| !matches!(sign, '0'..='9' | ':' | '.')).unwrap_or(word.len());
            self.time = Some(time(&word[..end])?);
            return if end < word.len() { self.word(&word[end..]) } else { Some(()) };
        }
        if word.starts_with(['+', '-']) {
            self.offset = offset(word);
            return Some(());
        }
        if word.starts_with(|sign: char| sign.is_ascii_digit()) {
            return if word.contains('-') {
                // `12-Jun-2022`
                word.split('-').filter(|part| !part.is_empty()).try_for_each(|part| self.word(part))
            } else {
                self.number(word)
            };
        }
        self.name(word.trim_end_matches('.'))
    }

    fn number(&mut self, word: &str) -> Option<()> {
        let digits = word.trim_end_matches(|sign: char| sign.is_ascii_alphabetic());
        let ending = &word[digits.len()..];
        if !matches!(ending, "" | "st" | "nd" | "rd" | "th")
            || digits.bytes().any(|byte| !byte.is_ascii_digit())
        {
            return None;
        }
        let number: i16 = digits.parse().ok()?;
        match (digits.len(), self.day) {
            (1 | 2, None) => self.day = i8::try_from(number).ok(),
            // RFC 2822, section 4.3: years of two and three digits.
            (2, Some(_)) if number < 50 => self.year = Some(2000 + number),
            (2 | 3, Some(_)) => self.year = Some(1900 + number),
            (4, _) => self.year = Some(number),
            _ => return None,
        }
        Some(())
    }

    fn name(&mut self, word: &str) -> Option<()> {
        const MONTHS: [&str; 12] = [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ];
        if let Some(month) = MONTHS.iter().position(|month| word.len() >= 3 && month.starts_with(word)) {
            self.month = Some(month as i8 + 1);
            return Some(());
        }
        let hour = self.time.map(Time::hour);
        match (word, hour) {
            ("sept", _) => self.month = Some(9),
            ("pm", Some(hour @ 1..=11)) => self.hour(hour + 12)?,
            ("am", Some(12)) => self.hour(0)?,
            _ => {
                let offset =
                    named_offset(word).or_else(|| offset(word.trim_start_matches(['g', 'm', 't', 'u', 'c'])));
                self.offset = offset.or(self.offset);
            }
        }
        Some(())
    }

    fn hour(&mut self, hour: i8) -> Option<()> {
        self.time = Some(self.time?.with().hour(hour).build().ok()?);
        Some(())
    }

    fn when(self, zone: &TimeZone) -> Result<When, WhenError> {
        let (Some(year), Some(month), Some(day)) = (self.year, self.month, self.day) else {
            return Err(WhenError::Unreadable);
        };
        let day = Date::new(year, month, day).map_err(|_| WhenError::Unreadable)?;
        let Some(time) = self.time else {
            return Ok(When::named(Some(day), zone));
        };
        let at = DateTime::from_parts(day, time);
        match self.offset {
            None => When::told(&at.to_string(), zone),
            Some(offset) => {
                let instant = offset.to_timestamp(at).map_err(|_| WhenError::Unreadable)?;
                When::told(&instant.to_string(), zone).and_then(not_nil)
            }
        }
    }
}

fn time(text: &str) -> Option<Time> {
    let mut parts = text.split([':', '.']).map(|part| part.parse::<i8>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    // A leap second is the last of its minute.
    let second = parts.next().map_or(Some(0), |second| second)?.min(59);
    Time::new(hour, minute, second, 0).ok()
}

/// An offset as `+0100`, `+01:00` or `+1`.
fn offset(text: &str) -> Option<Offset> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text.strip_prefix(['+', '-'])?.chars().filter(|sign| *sign != ':').collect();
    let number: i32 = digits.parse().ok().filter(|_| digits.len() <= 4)?;
    let (hours, minutes) = if digits.len() <= 2 { (number, 0) } else { (number / 100, number % 100) };
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// RFC 2822, section 4.3, and the names that European sites write; a single letter says nothing, so it is UTC.
fn named_offset(name: &str) -> Option<Offset> {
    let hours = match name {
        "ut" | "utc" | "gmt" | "wet" => 0,
        "bst" | "cet" | "west" | "met" => 1,
        "cest" | "eet" | "mest" => 2,
        "eest" => 3,
        "edt" => -4,
        "est" | "cdt" => -5,
        "cst" | "mdt" => -6,
        "mst" | "pdt" => -7,
        "pst" => -8,
        letter if letter.len() == 1 && letter != "j" => 0,
        _ => return None,
    };
    Some(Offset::constant(hours))
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::{at, london};
    use super::*;

    #[test]
    fn every_form_of_a_date_is_the_same_moment() {
        for form in [
            "Sun, 12 Jun 2022 10:00:00 +0100",
            "Sun, 12 Jun 2022 09:00:00 GMT",
            "Sun, 12 Jun 2022 09:00:00 UT",
            "Mon, 12 Jun 2022 10:00:00 BST",
            "12 Jun 22 05:00 EDT",
            "Sunday, June 12th, 2022 10:00 AM",
            "Sun Jun 12 2022 10:00:00 GMT+0100 (British Summer Time)",
            "Sun Jun 12 09:00:00 UTC 2022",
            "12-Jun-2022 10:00:00",
            "12 June 2022 10:00:00 IST",
            "2022-06-12T10:00:00+01:00",
            "2022-06-12 10:00:00",
            "  Sun,\n 12 Jun 2022 09:00:00Z ",
            "Sun, 12 Jun 2022 11:00:00 CEST",
            "Sun,12 Jun 2022 10:00:00 +1",
        ] {
            assert_eq!(when(form, &london()), Ok(When::Told(at("2022-06-12T09:00:00Z"))), "{form}");
        }
        assert_eq!(when("12 Sept 2022 7:30 pm", &london()), Ok(When::Told(at("2022-09-12T18:30:00Z"))));
        assert_eq!(when("12 Jan 2022 12:05 am", &london()), Ok(When::Told(at("2022-01-12T00:05:00Z"))));
    }

    #[test]
    fn a_day_without_a_time_names_the_day() {
        for form in ["2022-06-12", "12 June 2022", "Sun, 12 Jun 2022", "June 12, 2022"] {
            assert_eq!(when(form, &london()), Ok(When::Named(at("2022-06-11T23:00:00Z"))), "{form}");
        }
    }

    #[test]
    fn what_is_no_date_is_not_guessed() {
        for wrong in [
            "",
            "yesterday",
            "12/06/2022",
            "Mon, 30 Nov -0001 00:00:00 +0000",
            "31 Feb 2022 10:00",
            "12 Jun 2022 25:00",
            "::::",
            "Jun",
            "-",
            "1-2-3-4-5",
        ] {
            assert_eq!(when(wrong, &london()), Err(WhenError::Unreadable), "{wrong}");
        }
        let absurd = |text| when(text, &london());
        assert_eq!(absurd("Thu, 01 Jan 1970 00:00:00 +0000"), Err(WhenError::AbsurdYear(1970)));
        assert_eq!(absurd("Thu, 01 Jan 2922 00:00:00 +0000"), Err(WhenError::AbsurdYear(2922)));
    }

    #[test]
    fn a_duration_is_read_in_seconds_or_with_colons() {
        let table = [
            ("3600", 3600),
            ("59:30", 3570),
            ("1:02:03", 3723),
            ("01:02:03.500", 3723),
            (" 00:45:00 ", 2700),
            ("PT45M", 2700),
            ("2712.4", 2712),
        ];
        for (text, seconds) in table {
            assert_eq!(duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for none in ["", "0", "00:00:00", "45:00:00", "about an hour", "-5", "1:2:3:4", "99999999999", "1::2"]
        {
            assert_eq!(duration(none), None, "{none}");
        }
    }
}
