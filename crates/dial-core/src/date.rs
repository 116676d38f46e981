//! Dates and times as a British voice says them, in the line's own time zone.

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, tz::TimeZone};

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

/// `Sunday the 12th of June`.
pub fn spoken(date: Date) -> String {
    let weekday = match date.weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    };
    let month = MONTHS[usize::from(date.month().unsigned_abs()) - 1];
    format!("{weekday} the {} of {month}", ordinal(date.day().unsigned_abs()))
}

/// `Sunday the 12th of June 2022`.
pub fn spoken_with_year(date: Date) -> String {
    format!("{} {}", spoken(date), date.year())
}

/// `10 o'clock in the morning`, `7.30 in the evening`, `noon`.
pub fn spoken_time(instant: Timestamp, zone: &TimeZone) -> String {
    let time = instant.to_zoned(zone.clone()).time();
    let (hour, minute) = (time.hour(), time.minute());
    if minute == 0 && hour % 12 == 0 {
        return if hour == 0 { "midnight" } else { "noon" }.into();
    }
    let part = match hour {
        0..=11 => "in the morning",
        12..=17 => "in the afternoon",
        _ => "in the evening",
    };
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    match minute {
        0 => format!("{hour} o'clock {part}"),
        _ => format!("{hour}.{minute:02} {part}"),
    }
}

/// The day on which an instant falls in a zone.
pub fn day(instant: Timestamp, zone: &TimeZone) -> Date {
    instant.to_zoned(zone.clone()).date()
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

    fn london(instant: &str) -> String {
        let zone = TimeZone::get("Europe/London").unwrap();
        let instant: Timestamp = instant.parse().unwrap();
        format!("{}, {}", spoken(day(instant, &zone)), spoken_time(instant, &zone))
    }

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
