//! Dates and times as they are written, in words: `27th September 2026`, `27/9/2026`, `10.30am`, `18:30`.

use super::number::{cardinal, ordinal, year};
use super::token::Token;

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

/// The date that begins here, in words, and how many tokens it took.
pub(super) fn date(tokens: &[Token]) -> Option<(String, usize)> {
    numeric(&tokens[0].text)
        .map(|words| (words, 1))
        .or_else(|| day_first(tokens))
        .or_else(|| month_first(tokens))
}

/// `27th September`, `the 27th of September 2026`.
fn day_first(tokens: &[Token]) -> Option<(String, usize)> {
    let article = usize::from(tokens[0].text.eq_ignore_ascii_case("the"));
    let day = day(&tokens.get(article)?.text)?;
    let of = usize::from(tokens.get(article + 1)?.text == "of");
    let at = article + 1 + of;
    let month = month(&tokens.get(at)?.text)?;
    // "12 May be late": a bare number needs its month at once, and no comma between.
    if tokens[..at].iter().any(|token| token.pause.is_some()) {
        return None;
    }
    Some(with_year(tokens, at, day, month))
}

/// `September 27th`, `September 27`.
fn month_first(tokens: &[Token]) -> Option<(String, usize)> {
    let month = month(&tokens[0].text)?;
    let day = day(&tokens.get(1)?.text)?;
    (tokens[0].pause.is_none()).then(|| with_year(tokens, 1, day, month))
}

fn with_year(tokens: &[Token], last: usize, day: u32, month: &str) -> (String, usize) {
    let date = format!("the {} of {month}", ordinal(day));
    let no_stop = tokens[last].pause.is_none_or(|pause| pause == ',');
    match tokens
        .get(last + 1)
        .and_then(Token::number)
        .filter(|number| no_stop && (1500..2200).contains(number))
    {
        Some(number) => (format!("{date} {}", year(number)), last + 2),
        None => (date, last + 1),
    }
}

/// `27/9/2026`, `27/09/26`, `2026-09-27`.
fn numeric(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split(['/', '-']).collect();
    let [first, second, third] = parts.as_slice() else { return None };
    let (day, month, of) = if first.len() == 4 { (third, second, first) } else { (first, second, third) };
    let day: u32 = day.parse().ok().filter(|day| (1..=31).contains(day))?;
    let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    let of: u32 = match (of.len(), of.parse().ok()?) {
        (2, short) => 2000 + short,
        (4, whole) => whole,
        _ => return None,
    };
    Some(format!("the {} of {month} {}", ordinal(day), year(of)))
}

fn day(text: &str) -> Option<u32> {
    let digits = text.trim_end_matches(|sign: char| sign.is_ascii_lowercase());
    let ending = &text[digits.len()..];
    let day = digits.parse().ok().filter(|day| (1..=31).contains(day))?;
    matches!(ending, "" | "st" | "nd" | "rd" | "th").then_some(day)
}

/// A month by its name, or by its first three letters (and `Sept`).
fn month(text: &str) -> Option<&'static str> {
    let short =
        |month: &str| text.len() == 3 && month.starts_with(text) || text == "Sept" && month == "September";
    MONTHS.into_iter().find(|month| *month == text || short(month))
}

/// The time that begins here, in words, and how many tokens it took.
pub(super) fn time(tokens: &[Token]) -> Option<(String, usize)> {
    let text = tokens[0].text.to_ascii_lowercase();
    let (clock, half) = match text.trim_end_matches('.') {
        text if text.ends_with("am") || text.ends_with("pm") => text.split_at(text.len() - 2),
        text if text.ends_with("a.m") || text.ends_with("p.m") => text.split_at(text.len() - 3),
        text => (text, ""),
    };
    let next =
        tokens.get(1).filter(|_| tokens[0].pause.is_none()).map(|token| token.text.to_ascii_lowercase());
    let (half, taken) = match (half, next.as_deref()) {
        ("", Some("am" | "a.m")) => ("am", 2),
        ("", Some("pm" | "p.m")) => ("pm", 2),
        (half, _) => (half, 1),
    };
    let (hour, minute) = clock.split_once([':', '.']).unwrap_or((clock, ""));
    let whole = minute.is_empty();
    if whole && half.is_empty() || !whole && minute.len() != 2 || hour.len() > 2 {
        return None;
    }
    let hour: u32 = hour.parse().ok().filter(|hour| *hour < 24)?;
    let minute: u32 = if whole { 0 } else { minute.parse().ok().filter(|minute| *minute < 60)? };
    Some((spoken(hour, minute, half.chars().next()), taken))
}

fn spoken(hour: u32, minute: u32, half: Option<char>) -> String {
    let hour_24 = match (half, hour) {
        (Some('p'), 1..12) => hour + 12,
        (Some('a'), 12) => 0,
        _ => hour,
    };
    let part = match hour_24 {
        _ if half.is_none() && hour < 13 => "",
        0..12 => " in the morning",
        12..18 => " in the afternoon",
        _ => " in the evening",
    };
    let on_dial = cardinal(if hour_24 % 12 == 0 { 12 } else { hour_24 % 12 });
    match minute {
        0 => format!("{on_dial} o'clock{part}"),
        1..10 => format!("{on_dial} oh {}{part}", cardinal(minute)),
        _ => format!("{on_dial} {}{part}", cardinal(minute)),
    }
}
