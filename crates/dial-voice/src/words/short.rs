//! What is written short in a parish, in full: `St Luke`, `the Revd Canon`, `BCP`, `SS Peter & Paul`.

use super::token::Token;

/// What is short, and its words. Capitals count; a stop at its end does not.
const SHORT: [(&str, &str); 52] = [
    ("&", "and"),
    ("+", "and"),
    ("*", "star"),
    ("#", "hash"),
    ("@", "at"),
    ("%", "per cent"),
    ("SS", "Saints"),
    ("Sts", "Saints"),
    ("Ste", "Saint"),
    ("Revd", "Reverend"),
    ("Rev", "Reverend"),
    ("Rev'd", "Reverend"),
    ("Revds", "Reverends"),
    ("Fr", "Father"),
    ("Br", "Brother"),
    ("Sr", "Sister"),
    ("Dr", "Doctor"),
    ("Mr", "Mister"),
    ("Mrs", "Missus"),
    ("Ms", "Miz"),
    ("Prof", "Professor"),
    ("Ven", "Venerable"),
    ("Rt", "Right"),
    ("Bp", "Bishop"),
    ("Abp", "Archbishop"),
    ("Hon", "Honorary"),
    ("BCP", "Book of Common Prayer"),
    ("BVM", "Blessed Virgin Mary"),
    ("CofE", "Church of England"),
    ("C.of.E", "Church of England"),
    ("HC", "Holy Communion"),
    ("NT", "New Testament"),
    ("OT", "Old Testament"),
    ("Xmas", "Christmas"),
    ("Xtian", "Christian"),
    ("No", "number"),
    ("Nos", "numbers"),
    ("Vol", "volume"),
    ("Pt", "part"),
    ("ch", "chapter"),
    ("chs", "chapters"),
    ("v", "verse"),
    ("vv", "verses"),
    ("vs", "verses"),
    ("etc", "et cetera"),
    ("approx", "about"),
    ("incl", "including"),
    ("inc", "including"),
    ("Mon", "Monday"),
    ("Tue", "Tuesday"),
    ("Wed", "Wednesday"),
    ("Thu", "Thursday"),
];
const WEEKDAYS: [(&str, &str); 6] = [
    ("Tues", "Tuesday"),
    ("Thur", "Thursday"),
    ("Thurs", "Thursday"),
    ("Fri", "Friday"),
    ("Sat", "Saturday"),
    ("Sun", "Sunday"),
];
/// Those that are whole words elsewhere: they are short only before a number.
const BEFORE_NUMBERS: [&str; 7] = ["No", "Nos", "ch", "chs", "v", "vv", "vs"];
/// Those that are whole words elsewhere: they are short only before a name or a day.
const BEFORE_CAPITALS: [&str; 5] = ["Hon", "Sun", "Sat", "Mon", "Wed"];

/// The words that one short form stands for.
pub(super) fn read(tokens: &[Token]) -> Option<String> {
    let text = tokens[0].text.as_str();
    let next = tokens.get(1);
    let before_number = next.is_some_and(|next| next.text.starts_with(|sign: char| sign.is_ascii_digit()));
    let before_capital = next.is_some_and(Token::is_capitalised);
    if text == "St" {
        // "St Luke", but "High St": what no name follows is a street.
        let street = !before_capital || tokens[0].pause == Some(',');
        return Some(if street { "Street" } else { "Saint" }.into());
    }
    let fits = !BEFORE_NUMBERS.contains(&text) || before_number;
    let fits = fits && (!BEFORE_CAPITALS.contains(&text) || before_capital || before_number);
    SHORT
        .iter()
        .chain(&WEEKDAYS)
        .find(|(short, _)| *short == text && fits)
        .map(|(_, words)| (*words).to_owned())
}

/// Whether a stop after it belongs to it, and ends no sentence.
pub(super) fn takes_stop(text: &str) -> bool {
    let letters = text.starts_with(char::is_alphabetic);
    letters && (text == "St" || SHORT.iter().chain(&WEEKDAYS).any(|(short, _)| *short == text))
}

/// After these a Roman numeral counts parts; after another name it counts kings.
const COUNTS: [&str; 20] = [
    "Psalm", "Psalms", "Part", "Chapter", "Book", "Volume", "Mode", "Mass", "Advent", "Lent", "Epiphany",
    "Easter", "Trinity", "Week", "Year", "Set", "Series", "Setting", "Act", "Number",
];

/// A Roman numeral after a name: `Psalm XXIII`, `John Paul II`.
pub(super) fn roman(before: Option<&Token>, token: &Token) -> Option<String> {
    let before = before.filter(|before| before.pause.is_none() && before.is_capitalised())?;
    let number = super::number::roman(&token.text)?;
    if COUNTS.contains(&before.text.as_str()) {
        return Some(super::number::cardinal(number));
    }
    // "I" alone is the speaker, and "C" a key; no king has come to fifty.
    let king = number < 50 && (token.text.len() > 1 || token.text == "V");
    king.then(|| format!("the {}", super::number::ordinal(number)))
}
