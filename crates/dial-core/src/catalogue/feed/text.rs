//! The bytes of a feed as text, in whatever encoding they are.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The declaration of an encoding stands within so many bytes.
const MAX_DECLARATION: usize = 400;

/// The text, and whether signs had to be replaced because the bytes do not say which they are.
pub(super) struct Text {
    pub(super) text: String,
    pub(super) damaged: bool,
}

impl Text {
    /// Reads by the byte order mark; else as UTF-8 where it is that; else as it is declared.
    ///
    /// What is UTF-8 by its bytes is not Latin-1, even where that is declared: servers often say so wrongly.
    pub(super) fn of(bytes: &[u8]) -> Self {
        if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
            return Self::decode(encoding, &bytes[mark..]);
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Self { text: text.into(), damaged: false },
            Err(_) => Self::decode(declared(bytes).unwrap_or(UTF_8), bytes),
        }
    }

    fn decode(encoding: &'static Encoding, bytes: &[u8]) -> Self {
        let (text, damaged) = encoding.decode_without_bom_handling(bytes);
        Self { text: text.into_owned(), damaged }
    }
}

/// The encoding of the XML declaration (XML 1.0, section 4.3.3).
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(MAX_DECLARATION)];
    let head = WINDOWS_1252.decode_without_bom_handling(head).0;
    let declaration = head.split_once("<?xml")?.1.split_once("?>")?.0;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|sign| matches!(sign, '"' | '\''))?;
    let label = value[1..].split(quote).next()?;
    // Whoever can read this declaration byte by byte does not read UTF-16.
    Encoding::for_label(label.as_bytes()).filter(|encoding| ![UTF_16LE, UTF_16BE].contains(encoding))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        let text = Text::of(bytes);
        assert!(!text.damaged);
        text.text
    }

    #[test]
    fn the_encoding_is_found_by_mark_by_bytes_or_by_declaration() {
        assert_eq!(text(b"\xef\xbb\xbfcaf\xc3\xa9"), "café");
        assert_eq!(text(b"\xff\xfec\0a\0f\0\xe9\0"), "café");
        assert_eq!(text("café".as_bytes()), "café");
        let latin = b"<?xml version='1.0' encoding = 'ISO-8859-1'?>caf\xe9 \x93x\x94";
        assert!(text(latin).ends_with("café “x”"));
        let lie = "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>café";
        assert_eq!(text(lie.as_bytes()), lie);
    }

    #[test]
    fn bytes_that_say_nothing_are_replaced_and_told() {
        let text = Text::of(b"<?xml version=\"1.0\" encoding=\"utf-8\"?>caf\xe9!");
        assert!(text.damaged && text.text.ends_with("caf\u{fffd}!"));
        assert!(Text::of(b"<?xml encoding=\"utf-16\"?>caf\xe9").damaged);
        assert!(Text::of(b"caf\xe9").damaged);
    }
}
