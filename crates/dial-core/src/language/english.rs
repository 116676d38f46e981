//! English as it is spoken in Britain.

use jiff::civil::Date;

use super::Speech;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

pub(super) struct English;

impl Speech for English {
    fn day(&self, date: Date) -> String {
        let weekday = WEEKDAYS[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())];
        let month = MONTHS[usize::from(date.month().unsigned_abs()) - 1];
        format!("{weekday} the {} of {month}", ordinal(date.day().unsigned_abs()))
    }

    /// `10 o'clock in the morning`, `7.30 in the evening`, `noon`.
    fn time(&self, hour: u8, minute: u8) -> String {
        if minute == 0 && hour.is_multiple_of(12) {
            return if hour == 0 { "midnight" } else { "noon" }.into();
        }
        let part = match hour {
            0..=11 => "in the morning",
            12..=17 => "in the afternoon",
            _ => "in the evening",
        };
        let hour = if hour.is_multiple_of(12) { 12 } else { hour % 12 };
        match minute {
            0 => format!("{hour} o'clock {part}"),
            _ => format!("{hour}.{minute:02} {part}"),
        }
    }

    fn at(&self, name: &str, time: &str) -> String {
        format!("{name}, at {time}")
    }

    fn length(&self, hours: u32, minutes: u32) -> String {
        let count = |number: u32, word: &str| match number {
            1 => format!("1 {word}"),
            _ => format!("{number} {word}s"),
        };
        match (hours, minutes) {
            (0, 0) => "less than a minute".into(),
            (0, minutes) => count(minutes, "minute"),
            (hours, 0) => count(hours, "hour"),
            (hours, minutes) => format!("{} and {}", count(hours, "hour"), count(minutes, "minute")),
        }
    }

    fn place(&self, position: &str, whole: &str) -> String {
        format!("{position} into {whole}")
    }

    fn star(&self) -> &'static str {
        "star"
    }

    fn hash(&self) -> &'static str {
        "hash"
    }

    fn nameless(&self) -> &'static str {
        "a recording without a name"
    }

    fn the_recording(&self) -> &'static str {
        "the recording"
    }
}

fn ordinal(day: u8) -> String {
    let ending = match day {
        11..=13 => "th",
        _ => match day % 10 {
            1 => "st",
            2 => "nd",
            3 => "rd",
            _ => "th",
        },
    };
    format!("{day}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::time::Millis;

    #[test]
    fn every_day_of_the_month_has_its_ordinal() {
        let ordinals: Vec<_> = (1..=31).map(ordinal).collect();
        assert_eq!(
            ordinals.join(" "),
            "1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th 11th 12th 13th 14th 15th 16th 17th 18th 19th 20th 21st \
             22nd 23rd 24th 25th 26th 27th 28th 29th 30th 31st"
        );
    }

    #[test]
    fn positions_are_spoken_in_minutes_and_hours() {
        let spoken = |at, of| Language::English.place(Millis::seconds(at), Millis::seconds(of));
        assert_eq!(spoken(12 * 60 + 40, 58 * 60 + 10), "12 minutes into 58");
        assert_eq!(spoken(59, 58 * 60), "less than a minute into 58 minutes");
        assert_eq!(spoken(60, 120), "1 minute into 2");
        assert_eq!(spoken(3660, 7200), "1 hour and 1 minute into 2 hours");
    }
}
