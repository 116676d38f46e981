//! Chapters that a church tells of, in its list, in a file beside the recording, or in its feed.
//!
//! Three ways of writing are read: lines of text (`12:30 Hymn`), the JSON of the podcast namespace
//! (`{"chapters": [{"startTime": 750, "title": "Hymn"}]}`), and a list of such items. Reading is total.

use serde_json::Value;

use super::Chapter;
use super::defect::{MAX_TEXT, excerpt, shorten};
use crate::time::Millis;

/// More chapters than this of one recording are not kept.
pub const MAX_CHAPTERS: usize = 200;
/// The largest file of chapters that is read, in bytes.
pub const MAX_CHAPTERS_FILE: u64 = 256 * 1024;
/// No recording lasts longer than a day.
const MAX_START: f64 = 86_400.0;

/// Why what was told of chapters cannot be used; its text is for the church.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChaptersError {
    /// It is not UTF-8.
    #[error("they are not text in UTF-8; save the file as UTF-8")]
    NotText,
    /// It begins like JSON, and is none.
    #[error("they are not JSON ({0})")]
    NotJson(String),
    /// There is no list of chapters in it.
    #[error("there is no list of chapters; write lines such as `12:30 Hymn`")]
    NoList,
    /// A row does not say when its chapter begins.
    #[error("row {row}, `{text}`, does not begin with a time such as 12:30 or 1:02:30")]
    NoTime {
        /// Counted from 1.
        row: usize,
        /// What stands there.
        text: String,
    },
}

/// Reads a file of chapters: JSON if it begins like it, else lines of text.
pub fn read(bytes: &[u8]) -> Result<Vec<Chapter>, ChaptersError> {
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
        .map_err(|_| ChaptersError::NotText)?;
    if text.trim_start().starts_with(['{', '[']) {
        let value = serde_json::from_str(text).map_err(|error| ChaptersError::NotJson(error.to_string()))?;
        return of(&value);
    }
    let rows = text.lines().map(str::trim).enumerate();
    let rows = rows.filter(|(_, row)| !row.is_empty() && !row.starts_with('#'));
    let chapters = rows.map(|(at, row)| {
        let (start, name) = row.split_once(char::is_whitespace).unwrap_or((row, ""));
        let missing = || ChaptersError::NoTime { row: at + 1, text: excerpt(row) };
        Ok(chapter(time(start).ok_or_else(missing)?, name))
    });
    chapters.collect::<Result<_, _>>().map(in_order)
}

/// Reads chapters in JSON.
pub fn of(value: &Value) -> Result<Vec<Chapter>, ChaptersError> {
    let list = value.as_array().or_else(|| value.get("chapters")?.as_array()).ok_or(ChaptersError::NoList)?;
    let chapters = list.iter().enumerate().map(|(at, row)| {
        let start = row.get("start").or_else(|| row.get("startTime")).and_then(|start| match start {
            Value::String(text) => time(text),
            other => other.as_f64().and_then(seconds),
        });
        let name = row.get("title").or_else(|| row.get("name")).and_then(Value::as_str).unwrap_or_default();
        let missing = || ChaptersError::NoTime { row: at + 1, text: excerpt(&row.to_string()) };
        Ok(chapter(start.ok_or_else(missing)?, name))
    });
    chapters.collect::<Result<_, _>>().map(in_order)
}

/// In order, each start once, no more than are kept.
pub fn in_order(mut chapters: Vec<Chapter>) -> Vec<Chapter> {
    chapters.sort_by_key(|chapter| chapter.start);
    chapters.dedup_by_key(|chapter| chapter.start);
    chapters.truncate(MAX_CHAPTERS);
    chapters
}

/// A chapter; its name is made fit to be said and shown.
pub fn chapter(start: Millis, name: &str) -> Chapter {
    let words: Vec<&str> = name.split(|sign: char| sign.is_whitespace() || sign.is_control()).collect();
    let name = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let name = if name.len() > MAX_TEXT { shorten(&name) } else { name };
    Chapter { start, name: Some(name).filter(|name| !name.is_empty()) }
}

/// A time: `1:02:30.5`, `12:30` or `750`.
pub fn time(text: &str) -> Option<Millis> {
    let mut parts = text.trim().split(':');
    let mut total = 0.0;
    for part in parts.by_ref().take(3) {
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            return None;
        }
        total = total * 60.0 + part.parse::<f64>().ok()?;
    }
    if parts.next().is_some() { None } else { seconds(total) }
}

fn seconds(seconds: f64) -> Option<Millis> {
    (0.0..=MAX_START).contains(&seconds).then(|| Millis((seconds * 1_000.0).round() as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(chapters: &[Chapter]) -> Vec<(u32, &str)> {
        chapters.iter().map(|chapter| (chapter.start.0, chapter.name.as_deref().unwrap_or("-"))).collect()
    }

    #[test]
    fn all_three_ways_of_writing_say_the_same() {
        let ways = [
            "# Sunday\n0:00 Welcome\n\n12:30.5   First   hymn \r\n1:02:30\n",
            r#"{"version": "1.2.0", "chapters": [{"startTime": 0, "title": "Welcome"},
                {"startTime": 750.5, "title": "First hymn"}, {"startTime": 3750}]}"#,
            r#"[{"start": "1:02:30"}, {"start": "0", "title": "Welcome"}, {"start": "12:30.5", "title": "First hymn"}]"#,
        ];
        for way in ways {
            let chapters = read(way.as_bytes()).unwrap();
            assert_eq!(told(&chapters), [(0, "Welcome"), (750_500, "First hymn"), (3_750_000, "-")]);
        }
    }

    #[test]
    fn what_cannot_be_read_says_where_and_why() {
        let row = |text: &str| read(text.as_bytes()).unwrap_err().to_string();
        assert!(row("0:00 Welcome\nHymn 12:30").starts_with("row 2, `Hymn 12:30`, does not begin"));
        assert!(row("{").starts_with("they are not JSON"));
        assert!(row("{\"version\": 1}").starts_with("there is no list"));
        assert!(row("[{\"start\": -1}]").starts_with("row 1"));
        assert!(row("25:00:00 Too late").starts_with("row 1"));
        assert_eq!(read(b"\xff\xfe1"), Err(ChaptersError::NotText));
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, ms) in
            [("0", 0), ("90", 90_000), ("1:30", 90_000), ("01:00:00", 3_600_000), ("0:00.25", 250)]
        {
            assert_eq!(time(text), Some(Millis(ms)), "{text}");
        }
        for text in ["", ":", "1:", "-1", "1:2:3:4", "nan", "inf", "1e3", "12h"] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn there_is_an_end_of_chapters() {
        let many: String = (0..1_000).map(|at| format!("{at} part\n")).collect();
        assert_eq!(read(many.as_bytes()).unwrap().len(), MAX_CHAPTERS);
        assert_eq!(read(b"").unwrap(), []);
    }
}
