//! Cymraeg, as it is spoken from a lectern: days by their ordinal, months after `o` with their soft mutation.

use jiff::civil::Date;

use super::Speech;

const WEEKDAYS: [&str; 7] =
    ["dydd Llun", "dydd Mawrth", "dydd Mercher", "dydd Iau", "dydd Gwener", "dydd Sadwrn", "dydd Sul"];
/// With `o` before them.
const MONTHS: [&str; 12] = [
    "o Ionawr",
    "o Chwefror",
    "o Fawrth",
    "o Ebrill",
    "o Fai",
    "o Fehefin",
    "o Orffennaf",
    "o Awst",
    "o Fedi",
    "o Hydref",
    "o Dachwedd",
    "o Ragfyr",
];

pub(super) struct Welsh;

impl Speech for Welsh {
    /// `dydd Sul yr 11eg o Fehefin`.
    fn day(&self, date: Date) -> String {
        let weekday = WEEKDAYS[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())];
        let month = MONTHS[usize::from(date.month().unsigned_abs()) - 1];
        format!("{weekday} {} {month}", ordinal(date.day().unsigned_abs()))
    }

    /// `10 o'r gloch y bore`, `7.30 yr hwyr`, `hanner dydd`.
    fn time(&self, hour: u8, minute: u8) -> String {
        if minute == 0 && hour.is_multiple_of(12) {
            return if hour == 0 { "hanner nos" } else { "hanner dydd" }.into();
        }
        let part = match hour {
            0..=11 => "y bore",
            12..=17 => "y prynhawn",
            _ => "yr hwyr",
        };
        let hour = if hour.is_multiple_of(12) { 12 } else { hour % 12 };
        match minute {
            0 => format!("{hour} o'r gloch {part}"),
            _ => format!("{hour}.{minute:02} {part}"),
        }
    }

    fn at(&self, name: &str, time: &str) -> String {
        format!("{name}, am {time}")
    }

    /// After a number the noun stands in the singular: `5 munud`.
    fn length(&self, hours: u32, minutes: u32) -> String {
        match (hours, minutes) {
            (0, 0) => "llai na munud".into(),
            (0, minutes) => format!("{minutes} munud"),
            (hours, 0) => format!("{hours} awr"),
            (hours, minutes) => format!("{hours} awr a {minutes} munud"),
        }
    }

    fn place(&self, position: &str, whole: &str) -> String {
        format!("{position} i mewn i {whole}")
    }

    fn star(&self) -> &'static str {
        "seren"
    }

    fn hash(&self) -> &'static str {
        "stwnsh"
    }

    fn nameless(&self) -> &'static str {
        "recordiad heb enw"
    }

    fn the_recording(&self) -> &'static str {
        "y recordiad"
    }
}

/// `y 12fed`, `yr 11eg`: the article before a vowel is `yr`, and 8 is `wythfed`.
fn ordinal(day: u8) -> String {
    let ending = match day {
        1 => "af",
        2 => "il",
        3 | 4 => "ydd",
        5 | 6 => "ed",
        11 | 13 | 14 | 16 | 17 | 19 => "eg",
        7..=20 => "fed",
        _ => "ain",
    };
    // ail, wythfed, unfed ar ddeg, unfed ar bymtheg, ugeinfed; and unfed, ail, wythfed, unfed ar ddeg ar hugain.
    let article = if matches!(day, 2 | 8 | 11 | 16 | 20 | 21 | 22 | 28 | 31) { "yr" } else { "y" };
    format!("{article} {day}{ending}")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::language::Language;
    use crate::time::Millis;

    #[test]
    fn every_day_of_the_month_has_its_article_and_ordinal() {
        let ordinals: Vec<_> = (1..=31).map(ordinal).collect();
        assert_eq!(
            ordinals.join(", "),
            "y 1af, yr 2il, y 3ydd, y 4ydd, y 5ed, y 6ed, y 7fed, yr 8fed, y 9fed, y 10fed, yr 11eg, y 12fed, y 13eg, \
             y 14eg, y 15fed, yr 16eg, y 17eg, y 18fed, y 19eg, yr 20fed, yr 21ain, yr 22ain, y 23ain, y 24ain, y 25ain, \
             y 26ain, y 27ain, yr 28ain, y 29ain, y 30ain, yr 31ain"
        );
    }

    #[test]
    fn months_stand_in_their_soft_mutation_and_times_in_their_part_of_the_day() {
        assert_eq!(Language::Welsh.day(date(2026, 3, 1)), "dydd Sul y 1af o Fawrth");
        assert_eq!(Language::Welsh.day(date(2026, 12, 25)), "dydd Gwener y 25ain o Ragfyr");
        assert_eq!(Welsh.time(10, 0), "10 o'r gloch y bore");
        assert_eq!(Welsh.time(18, 30), "6.30 yr hwyr");
        assert_eq!(Welsh.time(12, 0), "hanner dydd");
        assert_eq!(
            Language::Welsh.place(Millis::seconds(720), Millis::seconds(3480)),
            "12 munud i mewn i 58"
        );
    }
}
