//! The name of a recording's file inside its folder. A name that leaves the folder cannot be made.

use jiff::civil::Date;

/// The longest file name, in bytes.
const MAX_LEN: usize = 400;

/// A relative path with `/` between its parts, none of which leads out of the folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileName(String);

/// Why a text is no name of a file in the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileNameError {
    /// Nothing is there.
    #[error("is empty")]
    Empty,
    /// Over 400 bytes.
    #[error("is too long")]
    TooLong,
    /// Absolute, with `..`, a drive letter, a backslash or an address.
    #[error("leads out of the folder")]
    LeavesFolder,
    /// A control sign, such as a line break.
    #[error("holds a sign that no file name has")]
    BadSign,
}

impl FileName {
    /// Checks a name.
    pub fn new(text: &str) -> Result<Self, FileNameError> {
        if text.trim().is_empty() {
            return Err(FileNameError::Empty);
        }
        if text.len() > MAX_LEN {
            return Err(FileNameError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(FileNameError::BadSign);
        }
        let leaves = |part: &str| matches!(part, "" | "." | "..");
        if text.split('/').any(leaves) || text.contains(['\\', ':']) {
            return Err(FileNameError::LeavesFolder);
        }
        Ok(Self(text.into()))
    }

    /// The name, with `/` between its parts.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The date that the name begins with, as in `2020-05-10-easter.mp3`.
    pub fn date(&self) -> Option<Date> {
        let name = self.0.rsplit('/').next()?;
        let (date, rest) = name.split_at_checked(10)?;
        let shape = date.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        if !shape || rest.starts_with(|next: char| next.is_ascii_digit()) {
            return None;
        }
        date.parse().ok()
    }

    /// The name without folder and ending, in words: `choir_practice.mp3` is `choir practice`.
    pub fn in_words(&self) -> String {
        let name = self.0.rsplit('/').next().unwrap_or_default();
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        stem.split(['-', '_', ' ', '.']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_its_folder() {
        for good in ["a.mp3", "2022/06/a b.mp3", "Llanfair-ym-Muallt – ŵyl.mp3", "..a.mp3"] {
            assert!(FileName::new(good).is_ok(), "{good}");
        }
        use FileNameError::*;
        let table = [
            ("", Empty),
            ("  ", Empty),
            ("../a.mp3", LeavesFolder),
            ("a/../../b", LeavesFolder),
            ("/etc/passwd", LeavesFolder),
            ("a//b", LeavesFolder),
            ("./a", LeavesFolder),
            ("a/", LeavesFolder),
            ("C:a.mp3", LeavesFolder),
            ("..\\a.mp3", LeavesFolder),
            ("https://example.org/a.mp3", LeavesFolder),
            ("a\nb", BadSign),
            ("a\0b", BadSign),
        ];
        for (name, error) in table {
            assert_eq!(FileName::new(name), Err(error), "{name:?}");
        }
        assert_eq!(FileName::new(&"x".repeat(401)), Err(TooLong));
    }

    #[test]
    fn the_date_is_read_from_the_start_of_the_name_only() {
        let date = |name: &str| FileName::new(name).unwrap().date().map(|date| date.to_string());
        assert_eq!(date("2020-05-10-easter.mp3").as_deref(), Some("2020-05-10"));
        assert_eq!(date("old/2020-05-10.mp3").as_deref(), Some("2020-05-10"));
        for none in ["easter-2020-05-10.mp3", "2020-02-30.mp3", "2020-05-100.mp3", "2020.mp3", "ééééé-é-é"]
        {
            assert_eq!(date(none), None, "{none}");
        }
    }
}
