//! What lies in a commit: paths, of what kind, and the ids of their content.

use std::collections::BTreeMap;

use dial_core::catalogue::Entry;

use crate::fault::FaultKind;
use crate::origin::Item;

/// What a path of a commit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// A file, with the id of its content.
    File(String),
    /// A symbolic link: it could lead anywhere, and is never followed.
    Link,
    /// Another repository.
    Submodule,
}

/// The files of a commit that matter, by their path.
#[derive(Debug, Default)]
pub(super) struct Tree(BTreeMap<String, Node>);

impl Tree {
    /// Reads what `git ls-tree -r -z` writes.
    pub(super) fn read(out: &[u8]) -> Self {
        let lines = out.split(|byte| *byte == 0);
        Self(lines.filter_map(|line| node(std::str::from_utf8(line).ok()?)).collect())
    }

    /// The id of a file's content, or why there is none.
    pub(super) fn file(&self, path: &str) -> Result<&str, FaultKind> {
        match self.0.get(path) {
            Some(Node::File(id)) => Ok(id),
            Some(Node::Link) => Err(FaultKind::WrongContent("a symbolic link instead of a file".into())),
            Some(Node::Submodule) => {
                Err(FaultKind::WrongContent("another repository instead of a file".into()))
            }
            None => Err(FaultKind::Missing),
        }
    }

    /// A recording of the list. Its content's id is its mark: under another name it is still the same.
    pub(super) fn item(&self, entry: Entry, audio: &str) -> Item {
        let place = format!("{audio}{}", entry.file.as_str());
        let mark = self.file(&place).ok().map(str::to_owned);
        Item { entry, place, mark, len: None, sha256: None, duration_ms: None, chapters_at: None }
    }
}

/// `100644 blob 1f2e…<tab>audio/a.mp3`
fn node(line: &str) -> Option<(String, Node)> {
    let (about, path) = line.split_once('\t')?;
    let [mode, kind, id] = about.split(' ').collect::<Vec<_>>()[..] else { return None };
    let node = match (mode, kind) {
        ("120000", _) => Node::Link,
        ("160000", _) => Node::Submodule,
        (_, "blob") if is_object_id(id) => Node::File(id.into()),
        _ => return None,
    };
    Some((path.into(), node))
}

/// Whether a text names an object, by SHA-1 or SHA-256.
pub(super) fn is_object_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_files_have_content() {
        let id = "1".repeat(40);
        let rows = [
            format!("100644 blob {id}\taudio/a b.mp3"),
            format!("100755 blob {id}\taudio/tab\tand\nline.mp3"),
            format!("120000 blob {id}\taudio/link.mp3"),
            format!("160000 commit {id}\taudio/other"),
            "100644 blob --help\taudio/odd.mp3".into(),
        ];
        let tree = Tree::read(rows.join("\0").as_bytes());
        assert_eq!(tree.file("audio/a b.mp3"), Ok(id.as_str()));
        assert_eq!(tree.file("audio/tab\tand\nline.mp3"), Ok(id.as_str()));
        assert!(matches!(tree.file("audio/link.mp3"), Err(FaultKind::WrongContent(_))));
        assert!(matches!(tree.file("audio/other"), Err(FaultKind::WrongContent(_))));
        assert_eq!(tree.file("audio/odd.mp3"), Err(FaultKind::Missing));
    }
}
