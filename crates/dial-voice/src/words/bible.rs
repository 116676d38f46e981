//! References to the Bible: `Luke 2:1-14` is `Luke, chapter two, verses one to fourteen`.

use super::number::cardinal;
use super::token::Token;

/// Books, and how they are shortened. A Psalm has no chapters.
const BOOKS: [(&str, &[&str]); 63] = [
    ("Genesis", &["Gen"]),
    ("Exodus", &["Exod", "Ex"]),
    ("Leviticus", &["Lev"]),
    ("Numbers", &["Num"]),
    ("Deuteronomy", &["Deut"]),
    ("Joshua", &["Josh"]),
    ("Judges", &["Judg"]),
    ("Ruth", &[]),
    ("Samuel", &["Sam"]),
    ("Kings", &["Kgs"]),
    ("Chronicles", &["Chron", "Chr"]),
    ("Ezra", &[]),
    ("Nehemiah", &["Neh"]),
    ("Esther", &["Esth"]),
    ("Job", &[]),
    ("Psalm", &["Ps", "Psalms", "Pss"]),
    ("Proverbs", &["Prov"]),
    ("Ecclesiastes", &["Eccles"]),
    ("Isaiah", &["Isa"]),
    ("Jeremiah", &["Jer"]),
    ("Lamentations", &["Lam"]),
    ("Ezekiel", &["Ezek"]),
    ("Daniel", &["Dan"]),
    ("Hosea", &["Hos"]),
    ("Joel", &[]),
    ("Amos", &[]),
    ("Obadiah", &["Obad"]),
    ("Jonah", &[]),
    ("Micah", &["Mic"]),
    ("Nahum", &["Nah"]),
    ("Habakkuk", &["Hab"]),
    ("Zephaniah", &["Zeph"]),
    ("Haggai", &["Hag"]),
    ("Zechariah", &["Zech"]),
    ("Malachi", &["Mal"]),
    ("Matthew", &["Matt", "Mt"]),
    ("Mark", &["Mk"]),
    ("Luke", &["Lk"]),
    ("John", &["Jn"]),
    ("Acts", &[]),
    ("Romans", &["Rom"]),
    ("Corinthians", &["Cor"]),
    ("Galatians", &["Gal"]),
    ("Ephesians", &["Eph"]),
    ("Philippians", &["Phil"]),
    ("Colossians", &["Col"]),
    ("Thessalonians", &["Thess"]),
    ("Timothy", &["Tim"]),
    ("Titus", &[]),
    ("Philemon", &["Philem"]),
    ("Hebrews", &["Heb"]),
    ("James", &["Jas"]),
    ("Peter", &["Pet"]),
    ("Jude", &[]),
    ("Revelation", &["Rev", "Revelations"]),
    ("Tobit", &[]),
    ("Judith", &[]),
    ("Wisdom", &["Wis"]),
    ("Ecclesiasticus", &["Ecclus"]),
    ("Sirach", &["Sir"]),
    ("Baruch", &["Bar"]),
    ("Maccabees", &["Macc"]),
    ("Esdras", &["Esd"]),
];
const COUNTED: [(&str, &str); 6] =
    [("1", "First"), ("2", "Second"), ("3", "Third"), ("I", "First"), ("II", "Second"), ("III", "Third")];

/// The reference that begins here, in words, and how many tokens it took.
pub(super) fn read(tokens: &[Token]) -> Option<(String, usize)> {
    let counted = COUNTED.iter().find(|(sign, _)| *sign == tokens[0].text).map(|(_, word)| *word);
    let at = usize::from(counted.is_some());
    let book = book(&tokens.get(at)?.text)?;
    let place = Place::read(&tokens.get(at + 1)?.text)?;
    // "John 3" may be a title of its own: a chapter alone is one only after a whole name.
    let pause_between = tokens[..=at].iter().any(|token| token.pause.is_some_and(|pause| pause != '.'));
    if pause_between || tokens[0].pause.is_some() && counted.is_some() {
        return None;
    }
    let name = counted.map_or(book.to_owned(), |counted| format!("{counted} {book}"));
    Some((format!("{name}{}", place.words(book)), at + 2))
}

fn book(text: &str) -> Option<&'static str> {
    let known = |(name, short): &&(&'static str, &[&str])| *name == text || short.contains(&text);
    BOOKS.iter().find(known).map(|(name, _)| *name)
}

/// A chapter, and its verses if they are told.
struct Place {
    chapter: u32,
    verses: String,
}

impl Place {
    fn read(text: &str) -> Option<Self> {
        let (chapter, verses) = text.split_once([':', '.']).unwrap_or((text, ""));
        let chapter: u32 = chapter.parse().ok().filter(|chapter| (1..=150).contains(chapter))?;
        Some(Self { chapter, verses: if verses.is_empty() { String::new() } else { spoken(verses)? } })
    }

    fn words(&self, book: &str) -> String {
        let chapter = cardinal(self.chapter);
        match book {
            "Psalm" => format!(" {chapter}{}", self.verses),
            _ => format!(", chapter {chapter}{}", self.verses),
        }
    }
}

/// `, verses one to fourteen`, `, verse sixteen`.
fn spoken(verses: &str) -> Option<String> {
    let mut words = Vec::new();
    let parts: Vec<&str> = verses.split(',').map(str::trim).collect();
    for part in &parts {
        let ends: Vec<&str> = part.split('-').collect();
        let ends: Option<Vec<u32>> =
            ends.iter().map(|end| end.trim_end_matches(char::is_alphabetic).parse().ok()).collect();
        words.push(match *ends?.as_slice() {
            [one] => cardinal(one),
            [from, to] => format!("{} to {}", cardinal(from), cardinal(to)),
            _ => return None,
        });
    }
    let noun = if parts.len() == 1 && !verses.contains('-') { "verse" } else { "verses" };
    Some(format!(", {noun} {}", words.join(" and ")))
}
