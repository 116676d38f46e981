//! Git LFS: a small text in the place of a recording, which `git lfs` turns into it.
//!
//! <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>

/// A pointer is smaller than this, in bytes.
pub(super) const MAX_POINTER: u64 = 1024;

/// How pointers begin, those of old included.
const HEADS: [&str; 2] =
    ["version https://git-lfs.github.com/spec/", "version https://hawser.github.com/spec/"];

/// What a small file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Small {
    /// Itself.
    Plain,
    /// A pointer to a file of so many bytes; none where it cannot be read.
    Pointer(Option<u64>),
}

impl Small {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let Ok(text) = std::str::from_utf8(bytes) else { return Self::Plain };
        if !HEADS.iter().any(|head| text.starts_with(head)) {
            return Self::Plain;
        }
        let len = text.lines().find_map(|line| line.strip_prefix("size "));
        Self::Pointer(len.and_then(|len| len.trim().parse().ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_told_by_its_first_words() {
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n";
        assert_eq!(Small::of(pointer.as_bytes()), Small::Pointer(Some(12345)));
        assert_eq!(Small::of(b"version https://hawser.github.com/spec/v1\n"), Small::Pointer(None));
        assert_eq!(Small::of(b"ID3\xff\xfb"), Small::Plain);
        assert_eq!(Small::of(b""), Small::Plain);
    }
}
