//! What the voice says so that the pack can be cut from it: each phrase of the line, keys, numbers, dates, titles.
//!
//! A clip is recorded in a sentence like those in which it will stand, so that its tone fits there.

use std::collections::BTreeSet;

use dial_core::key::Key;
use dial_core::phrase::PhraseBook;

use super::take::Take;
use crate::voice::sha256;
use crate::words::number::{cardinal, ordinal};

const TITLES: &str = include_str!("titles.en-GB.txt");
const CHURCHES: &str = include_str!("churches.en-GB.txt");
/// What the demonstration says besides.
const DEMONSTRATION: [&str; 2] =
    ["Welcome to [Saint Dunstan's, Bellham].", "This is Evensong. [This is a demonstration recording]."];
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
/// Recordings that are named with their year.
const YEARS: std::ops::RangeInclusive<u32> = 2018..=2031;
/// What stands for a key, a recording and so on while a sentence around it is said.
const SAMPLES: [(&str, &str); 9] = [
    ("church", "Saint Mary"),
    ("recording", "Compline"),
    ("key", "four"),
    ("seconds", "thirty"),
    ("minutes", "five"),
    ("position", "ten minutes"),
    ("place", "ten minutes into forty"),
    ("date", "Sunday the tenth of May"),
    ("time", "ten o'clock in the morning"),
];

/// All that has to be said, each sentence once; what stands between `[` and `]` is kept.
pub fn takes() -> Vec<Take> {
    let book = PhraseBook::default();
    // Before a vowel, "for" and "to hear" end in an r that they do not have elsewhere.
    let mut sentences =
        vec!["[For] Compline, press four.".to_owned(), "[To hear] Compline, press four.".to_owned()];
    for (row, text) in book.rows() {
        phrase(row, text, &mut sentences);
    }
    // As they sound in a time of day; elsewhere they serve as well.
    for minutes in ["fifteen", "thirty", "forty five"] {
        sentences.push(format!("It is Sunday, at six [{minutes}] in the evening."));
    }
    keys(&mut sentences);
    numbers(&mut sentences);
    dates(&mut sentences);
    times(&mut sentences);
    for title in TITLES.lines() {
        sentences.push(format!("[For [{title}]], press four."));
    }
    // A title ends a sentence only where its recording has no date, as long ones always have.
    for title in TITLES.lines().filter(|title| title.split(' ').count() < 3) {
        sentences.push(format!("This is [{title}]."));
    }
    for church in CHURCHES.lines() {
        sentences.push(format!("Welcome to [{church}]."));
        sentences.push(format!("Welcome to [{church}], Bellham."));
    }
    sentences.extend(DEMONSTRATION.map(str::to_owned));
    let mut known = BTreeSet::new();
    let mut takes = Vec::new();
    for sentence in sentences {
        let take = Take::read(&sentence, |label| known.contains(label));
        known.extend(take.iter().flat_map(|take| &take.clips).map(|(_, label)| label.clone()));
        takes.extend(take);
    }
    takes
}

/// The checksum of the script: a pack that was made from another one is out of date.
pub fn checksum(takes: &[Take]) -> String {
    let rows: Vec<String> = takes.iter().map(ToString::to_string).collect();
    sha256(rows.join("\n").as_bytes())
}

/// A row of the phrase file: whole sentences where nothing is filled in, else what stands around it.
fn phrase(row: &str, text: &str, out: &mut Vec<String>) {
    let mut whole = String::new();
    for sentence in text.split_inclusive(['.', '?']).map(str::trim) {
        if !sentence.contains('{') {
            whole = format!("{whole} {sentence}");
            continue;
        }
        flush(&mut whole, out);
        if let Some(digit) = usual_key(row) {
            out.push(format!("[{}]", filled(&sentence.replace("{key}", digit), |sample| sample.into())));
        }
        out.push(filled(&format!("[{sentence}]"), |sample| format!("] {sample} [")));
    }
    flush(&mut whole, out);
}

fn flush(whole: &mut String, out: &mut Vec<String>) {
    if !whole.is_empty() {
        out.push(format!("[{}]", whole.trim()));
        whole.clear();
    }
}

/// The key that a row is said with unless a line changes its keys: such sentences are said in one breath.
fn usual_key(row: &str) -> Option<&'static str> {
    let usual = [
        ("offer_earlier", "zero"),
        ("key_back", "four"),
        ("key_pause", "five"),
        ("key_forward", "six"),
        ("key_back_far", "one"),
        ("key_forward_far", "three"),
        ("key_previous_chapter", "one"),
        ("key_next_chapter", "three"),
        ("key_louder", "two"),
        ("key_quieter", "eight"),
        ("key_slower", "seven"),
        ("key_faster", "nine"),
        ("key_help", "zero"),
        ("key_where", "zero"),
        ("key_menu", "star"),
        ("offer_newest_again", "star"),
        ("key_next_recording", "hash"),
        ("paused", "five"),
        ("still_paused", "five"),
    ];
    usual.iter().find(|(known, _)| *known == row).map(|(_, key)| *key)
}

/// The sentence with samples filled in. A key keeps the word before it: the two are one clip of their own.
fn filled(sentence: &str, around: impl Fn(&str) -> String) -> String {
    let mut sentence = sentence.to_owned();
    for before in ["press", "Press", "key"] {
        let sample = around(&format!("{before} four"));
        sentence = sentence.replace(&format!("{before} {{key}}"), &sample);
    }
    for (name, sample) in SAMPLES {
        sentence = sentence.replace(&format!("{{{name}}}"), &around(sample));
    }
    sentence
}

fn keys(out: &mut Vec<String>) {
    for key in Key::ALL {
        let key = match key.number() {
            Some(number) => cardinal(u32::from(number)),
            None => key.spoken(),
        };
        out.push(format!("For Evensong, [press {key}]."));
        out.push(format!("[Press {key}] for Compline."));
        out.push(format!("I'm sorry, there is nothing on [key {key}]."));
    }
}

fn numbers(out: &mut Vec<String>) {
    for number in 0..60 {
        let number = cardinal(number);
        out.push(format!("You are [{number}] minutes into [{number}]."));
    }
    for sentence in [
        "You are ten [minutes into] forty [minutes].",
        "You are [one minute into] two.",
        "You are [less than a minute into] forty minutes.",
        "You are [one hour and] ten minutes into [two hours].",
        "You are [two hours and] ten minutes [into] three hours.",
        "You are [one hour into] [three hours].",
        "You are [two hours into] [four hours].",
        "You are [one hour and] [one minute into] [one hour] and [one minute].",
        "Press four to go back [ninety seconds].",
        "Press four to go back [sixty seconds].",
        "Press four to go back [one minute].",
    ] {
        out.push(sentence.into());
    }
    for seconds in [5, 10, 15, 20, 30, 40, 45] {
        out.push(format!("Press four to go back [{} seconds].", cardinal(seconds)));
    }
}

fn dates(out: &mut Vec<String>) {
    for day in 1..=31 {
        let month = MONTHS[day as usize % 12];
        out.push(format!("For Evensong, [Sunday [the {}]] [of {month}], press four.", ordinal(day)));
    }
    for weekday in WEEKDAYS {
        out.push(format!("For Evensong, [{weekday}] the tenth of May, press four."));
    }
    for month in MONTHS {
        out.push(format!("For Evensong, Sunday the tenth [of {month}], press four."));
        out.push(format!("This is Evensong, Sunday the tenth [of {month}]."));
        out.push(format!("I'm sorry, Sunday the tenth [of {month}] can't be played just now."));
    }
    for year in YEARS.map(crate::words::number::year) {
        out.push(format!("For Evensong, Friday the tenth of May [{year}], press four."));
        out.push(format!("This is Evensong, Friday the tenth of May [{year}]."));
    }
}

fn times(out: &mut Vec<String>) {
    for hour in (1..=12).map(cardinal) {
        out.push(format!("It is Sunday, [at {hour} o'clock] [in the morning]."));
        out.push(format!("It is Sunday, [at {hour}] thirty [in the evening]."));
    }
    for part in ["in the morning", "in the afternoon", "in the evening"] {
        out.push(format!("For Sunday, at ten o'clock [{part}], press four."));
        out.push(format!("It is Sunday, at ten o'clock [{part}]."));
    }
    for minute in (1..10).map(cardinal) {
        out.push(format!("It is Sunday, at ten [oh {minute}] in the morning."));
    }
    for hour in ["at noon", "at midnight"] {
        out.push(format!("For Sunday, [{hour}], press four."));
        out.push(format!("It is Sunday, [{hour}]."));
    }
}
