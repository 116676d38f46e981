//! The day of an instant in the line's own time zone, and dates and times as a British voice says them.

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

use crate::language::Language;

/// `Sunday the 12th of June`.
pub fn spoken(date: Date) -> String {
    Language::English.day(date)
}

/// `Sunday the 12th of June 2022`.
pub fn spoken_with_year(date: Date) -> String {
    Language::English.day_with_year(date)
}

/// `10 o'clock in the morning`, `7.30 in the evening`, `noon`.
pub fn spoken_time(instant: Timestamp, zone: &TimeZone) -> String {
    Language::English.time(instant, zone)
}

/// The day on which an instant falls in a zone.
pub fn day(instant: Timestamp, zone: &TimeZone) -> Date {
    instant.to_zoned(zone.clone()).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn london(instant: &str) -> String {
        let zone = TimeZone::get("Europe/London").unwrap();
        let instant: Timestamp = instant.parse().unwrap();
        format!("{}, {}", spoken(day(instant, &zone)), spoken_time(instant, &zone))
    }

    #[test]
    fn dates_are_right_across_both_clock_changes() {
        // The clocks went forward at 01:00 UTC on 27 March 2022, and back at 01:00 UTC on 30 October.
        let table = [
            ("2022-03-26T23:30:00Z", "Saturday the 26th of March, 11.30 in the evening"),
            ("2022-03-27T00:59:00Z", "Sunday the 27th of March, 12.59 in the morning"),
            ("2022-03-27T01:00:00Z", "Sunday the 27th of March, 2 o'clock in the morning"),
            ("2022-03-27T23:30:00Z", "Monday the 28th of March, 12.30 in the morning"),
            ("2022-10-29T23:30:00Z", "Sunday the 30th of October, 12.30 in the morning"),
            ("2022-10-30T00:30:00Z", "Sunday the 30th of October, 1.30 in the morning"),
            ("2022-10-30T01:30:00Z", "Sunday the 30th of October, 1.30 in the morning"),
            ("2022-10-30T23:30:00Z", "Sunday the 30th of October, 11.30 in the evening"),
            ("2022-06-12T11:00:00Z", "Sunday the 12th of June, noon"),
            ("2022-06-12T18:00:00Z", "Sunday the 12th of June, 7 o'clock in the evening"),
        ];
        for (instant, words) in table {
            assert_eq!(london(instant), words, "{instant}");
        }
    }
}
