//! A text as it is written, in the words that are said: no digits, no short forms, no signs.
//!
//! Everything spoken goes through here first: what is looked up in the pack, and what the model says.

mod bible;
mod date;
pub mod number;
mod short;
mod token;

use token::Token;

/// The words of a text, with the pauses `,`, `.` and `?` after them.
pub fn spoken(text: &str) -> String {
    let tokens = token::tokens(text);
    let mut out = String::new();
    let mut at = 0;
    while at < tokens.len() {
        let (words, taken) = read(&tokens, at);
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&words);
        let last = &tokens[at + taken - 1];
        out.extend(last.pause.filter(|pause| !stop_of_its_own(&tokens, at + taken - 1, *pause)));
        at += taken;
    }
    out
}

/// What is said of the tokens from a place on, and how many it took.
fn read(tokens: &[Token], at: usize) -> (String, usize) {
    let rest = &tokens[at..];
    let before = at.checked_sub(1).map(|before| &tokens[before]);
    bible::read(rest)
        .or_else(|| date::date(rest))
        .or_else(|| date::time(rest))
        .or_else(|| short::roman(before, &rest[0]).map(|words| (words, 1)))
        .or_else(|| short::read(rest).map(|words| (words, 1)))
        .or_else(|| figures(&rest[0].text).map(|words| (words, 1)))
        .unwrap_or_else(|| (rest[0].text.clone(), 1))
}

/// The stop of "Revd." ends a sentence only at the end of all.
fn stop_of_its_own(tokens: &[Token], at: usize, pause: char) -> bool {
    pause == '.' && at + 1 < tokens.len() && short::takes_stop(&tokens[at].text)
}

/// A word with figures in it.
fn figures(text: &str) -> Option<String> {
    let ends = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty();
    if let Some(stem) = ["st", "nd", "rd", "th"].iter().find_map(|ending| text.strip_suffix(ending))
        && ends(stem)
    {
        return stem.parse().ok().map(number::ordinal);
    }
    if ends(text) {
        return Some(match (text.parse(), text.len()) {
            (Ok(number), 4) if (1100..2200).contains(&number) => number::year(number),
            (Ok(number), 1..=6) if !text.starts_with('0') || text == "0" => number::cardinal(number),
            _ => number::digits(text),
        });
    }
    if let Some((from, to)) = text.split_once('-')
        && ends(from)
        && ends(to)
    {
        return Some(format!("{} to {}", figures(from)?, figures(to)?));
    }
    if let Some((whole, rest)) = text.split_once('.')
        && ends(whole)
        && ends(rest)
    {
        return Some(format!("{} point {}", figures(whole)?, number::digits(rest)));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(table: &[(&str, &str)]) {
        for (text, words) in table {
            assert_eq!(spoken(text), *words, "{text}");
        }
    }

    #[test]
    fn what_the_line_says_is_told_in_words() {
        check(&[
            (
                "For Evensong, Sunday the 27th of September, press 4.",
                "For Evensong, Sunday the twenty-seventh of September, press four.",
            ),
            ("Friday the 12th of June 2020", "Friday the twelfth of June twenty twenty"),
            ("at 6.30 in the evening.", "at six thirty in the evening."),
            ("2 o'clock in the morning", "two o'clock in the morning"),
            ("You are 12 minutes into 58.", "You are twelve minutes into fifty-eight."),
            ("press *. Press #.", "press star. Press hash."),
        ]);
    }

    #[test]
    fn dates_and_times_are_read_in_every_way_of_writing_them() {
        check(&[
            ("Sunday, 27th September", "Sunday, the twenty-seventh of September"),
            ("Sunday 10th May", "Sunday the tenth of May"),
            ("Sept 27 2026", "the twenty-seventh of September twenty twenty-six"),
            ("27/9/26", "the twenty-seventh of September twenty twenty-six"),
            ("2026-09-27", "the twenty-seventh of September twenty twenty-six"),
            ("Eucharist 10.30am", "Eucharist ten thirty in the morning"),
            ("Eucharist 10 a.m.", "Eucharist ten o'clock in the morning."),
            ("18:30 Vespers", "six thirty in the evening Vespers"),
            ("8pm, 12.05pm", "eight o'clock in the evening, twelve oh five in the afternoon"),
            ("Sun 3 May", "Sunday the third of May"),
            ("12 hymns, 1662", "twelve hymns, sixteen sixty-two"),
        ]);
    }

    #[test]
    fn short_forms_are_told_in_full() {
        check(&[
            ("St Luke & St. John", "Saint Luke and Saint John"),
            ("SS Peter & Paul, High St", "Saints Peter and Paul, High Street"),
            ("The Revd. Dr Ann Lee", "The Reverend Doctor Ann Lee"),
            ("Holy Communion (BCP)", "Holy Communion, Book of Common Prayer,"),
            ("No room at the inn", "No room at the inn"),
            ("Hymn No. 4", "Hymn number four"),
            ("Psalm XXIII, Advent II", "Psalm twenty-three, Advent two"),
            ("John Paul II, Charles III", "John Paul the second, Charles the third"),
            ("Here I am, Mass in C", "Here I am, Mass in C"),
        ]);
    }

    #[test]
    fn references_to_the_bible_are_told_by_chapter_and_verse() {
        check(&[
            ("Luke 2:1-14", "Luke, chapter two, verses one to fourteen"),
            ("John 3.16", "John, chapter three, verse sixteen"),
            ("1 Cor 13", "First Corinthians, chapter thirteen"),
            ("Psalm 23:1-3,6", "Psalm twenty-three, verses one to three and six"),
            ("Ps. 119", "Psalm one hundred and nineteen"),
            ("St Luke 2:1-14.", "Saint Luke, chapter two, verses one to fourteen."),
            ("Mark and 3 friends", "Mark and three friends"),
        ]);
    }
}
