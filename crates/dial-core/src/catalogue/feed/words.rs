//! HTML as it stands in titles, made plain words.

use encoding_rs::WINDOWS_1252;
use quick_xml::escape::resolve_html5_entity;

use super::super::defect::{MAX_TEXT, shorten};

/// The longest name of an entity, in bytes, with room for the digits of a number.
const MAX_ENTITY: usize = 32;

/// Plain words: no tags, no entities, no control signs, one space between words; at most 300 bytes.
pub(super) fn plain(html: &str) -> Option<String> {
    // WordPress and its plugins escape some titles twice: once more does no harm to a title that is spoken.
    let once = decoded(&without_tags(html));
    let twice = decoded(&without_tags(&once));
    let hidden = |sign: &char| matches!(sign, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{fffd}');
    let seen: String = twice.chars().filter(|sign| !hidden(sign)).collect();
    let words = seen.split(|sign: char| sign.is_whitespace() || sign.is_control());
    let words = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match words.len() {
        0 => None,
        1..=MAX_TEXT => Some(words),
        _ => Some(shorten(&words)),
    }
}

/// Replaces the entities of HTML; what is none stays as it is.
pub(super) fn decoded(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(MAX_ENTITY).position(|byte| byte == b';');
        match end.and_then(|end| entity(&rest[1..end]).map(|sign| (end, sign))) {
            Some((end, sign)) => {
                decoded.push_str(&sign);
                rest = &rest[end + 1..];
            }
            None => {
                decoded.push('&');
                rest = &rest[1..];
            }
        }
    }
    decoded + rest
}

/// What an entity stands for, named without `&` and `;`. Never one that a document declares itself.
pub(super) fn entity(name: &str) -> Option<String> {
    let Some(number) = name.strip_prefix('#') else {
        return resolve_html5_entity(name).map(Into::into);
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => number.parse().ok()?,
    };
    match u8::try_from(code) {
        // HTML, section 13.2.5.80: the numbers from 128 to 159 are meant in Windows-1252.
        Ok(byte @ 0x80..=0x9f) => Some(WINDOWS_1252.decode_without_bom_handling(&[byte]).0.into_owned()),
        _ => char::from_u32(code).map(Into::into),
    }
}

/// Without tags and comments; `3 < 4` is none of them.
fn without_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let tag =
            rest.starts_with(|sign: char| sign.is_ascii_alphabetic() || matches!(sign, '/' | '!' | '?'));
        match rest.find('>').filter(|_| tag) {
            Some(end) => {
                // `one<br>two` are two words, `H<sub>2</sub>O` is one.
                let name = rest[..end].trim_start_matches('/');
                let name = name.split(|sign: char| !sign.is_ascii_alphanumeric()).next().unwrap_or_default();
                let parts = ["br", "p", "div", "li", "hr", "h1", "h2", "h3", "h4", "td", "tr"];
                if parts.iter().any(|part| name.eq_ignore_ascii_case(part)) {
                    text.push(' ');
                }
                rest = &rest[end + 1..];
            }
            None => text.push('<'),
        }
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_spoken_without_its_html() {
        let table = [
            ("Morning &amp; Evening", "Morning & Evening"),
            ("God&#8217;s <em>love</em>", "God’s love"),
            ("God&amp;#8217;s love", "God’s love"),
            ("God&#146;s love", "God’s love"),
            ("&lt;b&gt;Easter&lt;/b&gt;", "Easter"),
            ("Easter<br />Day", "Easter Day"),
            ("H<sub>2</sub>O", "H2O"),
            ("Is 3 < 4?", "Is 3 < 4?"),
            ("Tom & Jerry; a story", "Tom & Jerry; a story"),
            ("&nbsp; caf&eacute;\u{b}\n &#x2013; now&hellip;", "café – now…"),
            ("&bogus; &#xD800; &#99999999;", "&bogus; &#xD800; &#99999999;"),
            ("broken <a href=", "broken <a href="),
            ("ser\u{ad}vice\u{feff}", "service"),
        ];
        for (html, words) in table {
            assert_eq!(plain(html).as_deref(), Some(words), "{html}");
        }
        for nothing in ["", "  ", "<b></b>", "&nbsp;&#8203;", "<!-- none -->"] {
            assert_eq!(plain(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_long_title_ends_with_a_whole_word() {
        let words = plain(&"ŵyl ".repeat(200)).unwrap();
        assert!(words.len() <= MAX_TEXT && words.ends_with("ŵyl"), "{words}");
    }
}
