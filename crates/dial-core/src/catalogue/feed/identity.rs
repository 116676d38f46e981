//! The name by which a recording of a feed is known: the same after its title, date or address is corrected.
//!
//! It comes of the GUID, which a feed keeps for as long as the item lives (RSS 2.0, `guid`; RFC 4287, section
//! 4.2.6). Scheme, `www.` and a last slash do not count in it, for they change when a site moves to https.
//! Without a GUID it is the enclosure's file name, so that the host may change. Where items of one page share
//! a GUID though their enclosures differ, or a file name, each is named by its enclosure's address as well.

use sha2::{Digest, Sha256};

use super::super::FileName;

/// The endings of files that can be listened to.
const AUDIO: [&str; 14] =
    ["mp3", "m4a", "m4b", "aac", "ogg", "oga", "opus", "flac", "wav", "wave", "aif", "aiff", "mka", "mp2"];
/// The longest readable part of a name, in bytes.
const MAX_SLUG: usize = 60;

/// What an item is known by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// Its GUID.
    Guid(String),
    /// Its enclosure's file name.
    File(String),
    /// Its enclosure's address, where that names no file of sound, such as `download.php?id=5`.
    Address(String),
}

impl Key {
    pub(super) fn of(guid: Option<&str>, address: &str) -> Self {
        match guid.map(without_scheme).filter(|guid| !guid.is_empty()) {
            Some(guid) => Self::Guid(guid.into()),
            None => match file(address).filter(|file| is_audio(file)) {
                Some(file) => Self::File(file),
                None => Self::Address(without_scheme(address).into()),
            },
        }
    }

    /// The name of an item that has this key alone.
    pub(super) fn name(&self) -> FileName {
        match self {
            Self::File(file) if file.contains('/') => named(file, ""),
            Self::File(file) => FileName::new(file).unwrap_or_else(|_| named(file, "")),
            Self::Guid(text) | Self::Address(text) => named(text, ""),
        }
    }

    /// The name of an item that shares this key with items of other addresses.
    pub(super) fn name_beside_others(&self, address: &str) -> FileName {
        let (Self::Guid(text) | Self::File(text) | Self::Address(text)) = self;
        named(text, without_scheme(address))
    }
}

/// A readable part, and a hash that tells it from all others.
fn named(text: &str, more: &str) -> FileName {
    let last = text.trim_end_matches('/').rsplit(['/', '?']).next().unwrap_or_default();
    let mut slug = String::new();
    for sign in last.chars().map(|sign| if sign.is_alphanumeric() { sign } else { '-' }) {
        if slug.len() + sign.len_utf8() > MAX_SLUG {
            break;
        }
        if sign != '-' || !(slug.is_empty() || slug.ends_with('-')) {
            slug.push(sign);
        }
    }
    let slug = Some(slug.trim_end_matches('-')).filter(|slug| !slug.is_empty()).unwrap_or("recording");
    let hash = Sha256::digest(format!("{text}\n{more}"));
    let hash: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    FileName::new(&format!("{slug}-{hash}")).expect("letters, digits and `-` are a file name")
}

fn without_scheme(address: &str) -> &str {
    let address = address.trim();
    let bare = ["https://", "http://"].iter().find_map(|scheme| {
        let (start, rest) = address.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    match bare {
        Some(bare) => bare.strip_prefix("www.").unwrap_or(bare).trim_end_matches('/'),
        None => address,
    }
}

/// The name of the file at an address, without percent signs.
pub(super) fn file(address: &str) -> Option<String> {
    let path = address.split(['?', '#']).next()?;
    let bare = without_scheme(path);
    let last = match bare.rsplit_once('/') {
        Some((_, last)) => last,
        // A host alone has no file, but an address without a host may be one.
        None if bare.len() < path.trim().len() => return None,
        None => bare,
    };
    let mut bytes = Vec::with_capacity(last.len());
    let mut rest = last.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = after.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok().filter(|file| !file.is_empty())
}

/// Whether a file's ending is that of sound.
pub(super) fn is_audio(file: &str) -> bool {
    let ending = file.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| AUDIO.iter().any(|audio| ending.eq_ignore_ascii_case(audio)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(guid: Option<&str>, address: &str) -> String {
        Key::of(guid, address).name().as_str().to_owned()
    }

    #[test]
    fn a_name_outlives_the_move_of_a_site() {
        let before = name(Some("http://www.example.org/sermons/easter/"), "http://example.org/a.mp3");
        assert!(before.starts_with("easter-"), "{before}");
        for guid in ["https://www.example.org/sermons/easter", " HTTPS://example.org/sermons/easter/ "] {
            assert_eq!(name(Some(guid), "https://cdn.example.net/other.m4a"), before, "{guid}");
        }
        assert_ne!(name(Some("http://example.org/sermons/Easter/"), "x"), before);
        let plain = name(Some("https://example.org/?p=12"), "");
        assert!(plain.starts_with("p-12-"), "{plain}");
    }

    #[test]
    fn without_a_guid_the_file_names_the_recording() {
        assert_eq!(name(None, "https://example.org/2022/06/12%20Easter.mp3?x=1"), "12 Easter.mp3");
        assert_eq!(name(Some("  "), "http://b.example/12%20Easter.mp3"), "12 Easter.mp3");
        let one = name(None, "https://example.org/download.php?id=1");
        assert_ne!(one, name(None, "https://example.org/download.php?id=2"));
        assert!(one.starts_with("id-1-"), "{one}");
    }

    #[test]
    fn no_guid_leads_out_of_the_folder() {
        for guid in [
            "../../etc/passwd",
            "C:\\x",
            "…",
            "🎉🎉",
            "\u{1}\u{2}",
            "/",
            &"ŵ/".repeat(3000),
            &"x".repeat(4000),
        ] {
            let name = name(Some(guid), "https://example.org/a.mp3");
            assert!(!name.contains(['/', '\\', ':']) && name.len() <= MAX_SLUG + 13, "{name}");
        }
        assert!(name(None, "https://example.org/..%2f..%2fa.mp3").starts_with("a-mp3-"));
        assert!(name(None, "https://example.org/b%2fa.mp3").starts_with("a-mp3-"));
        assert_eq!(file("https://example.org"), None);
        assert_eq!(file("https://example.org/%ff%zz%"), None);
    }
}
