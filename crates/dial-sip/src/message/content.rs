//! What a body holds for a call, whether it is a description of sound or has one among several parts
//! (RFC 2046 section 5.1, RFC 5621).

use super::Params;
use super::scan::{trim, unquote};

/// The types that a call reads, as Accept names them.
pub const ACCEPT: &str = "application/sdp, multipart/mixed";
/// The most parts that are looked at, those inside of parts included.
pub const MAX_PARTS: usize = 16;
/// How deep parts may lie in parts.
const MAX_DEPTH: usize = 3;
/// The longest boundary, in bytes (RFC 2046 section 5.1.1).
const MAX_BOUNDARY: usize = 70;

/// What a body holds for a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// Nothing: there is no body, or none of its parts is for us.
    Nothing,
    /// A description of sound.
    Description(&'a [u8]),
    /// What we would have to understand, and do not: it is refused with 415.
    Unknown,
}

/// A body, or one part of it, and what is said about it.
#[derive(Default)]
struct Part<'a> {
    kind: &'a [u8],
    disposition: &'a [u8],
    is_encoded: bool,
    body: &'a [u8],
}

/// What a whole body holds; `kind` is its Content-Type.
pub(super) fn content<'a>(kind: &'a [u8], body: &'a [u8]) -> Content<'a> {
    if body.is_empty() {
        return Content::Nothing;
    }
    Part { kind, body, ..Part::default() }.content(0, &mut 0)
}

/// A type without its parameters, in small letters.
pub(super) fn plain_type(value: &[u8]) -> Option<String> {
    let value = value.split(|byte| *byte == b';').next()?;
    let plain: Vec<u8> = value.iter().copied().filter(|byte| !super::scan::is_space(*byte)).collect();
    String::from_utf8(plain.to_ascii_lowercase()).ok()
}

/// A parameter of a value that has some, without quotes.
fn parameter(value: &[u8], name: &str) -> Option<Vec<u8>> {
    let start = value.iter().position(|byte| *byte == b';')?;
    Params::new(value.get(start..)?)?.value(name).map(unquote)
}

impl<'a> Part<'a> {
    /// Reads a part: header fields, an empty line, the body. Only what matters of the fields is kept.
    fn parse(bytes: &'a [u8]) -> Self {
        let mut part = Self::default();
        let mut rest = bytes;
        while let Some((field, after)) = field(rest) {
            rest = after;
            if trim(field).is_empty() {
                break;
            }
            let mut halves = field.splitn(2, |byte| *byte == b':');
            let name = trim(halves.next().unwrap_or_default()).to_ascii_lowercase();
            let value = trim(halves.next().unwrap_or_default());
            match name.as_slice() {
                b"content-type" => part.kind = value,
                b"content-disposition" => part.disposition = value,
                b"content-encoding" => part.is_encoded |= !value.eq_ignore_ascii_case(b"identity"),
                // RFC 5621 section 3.2: SIP carries all bytes, so that nothing has to be written in others.
                b"content-transfer-encoding" => {
                    let plain = [&b"7bit"[..], b"8bit", b"binary"];
                    part.is_encoded |= !plain.iter().any(|known| value.eq_ignore_ascii_case(known));
                }
                _ => {}
            }
        }
        Self { body: rest, ..part }
    }

    /// RFC 3261 section 20.11 takes what says nothing as required. Here it is not: trunks add what only other
    /// exchanges read, and mostly without a word about it.
    fn is_required(&self) -> bool {
        parameter(self.disposition, "handling").is_some_and(|how| how.eq_ignore_ascii_case(b"required"))
    }

    /// Whether it is about the session itself, and not, as in RFC 3959, about sound before the answer.
    fn is_of_session(&self) -> bool {
        plain_type(self.disposition).is_some_and(|kind| kind.is_empty() || kind == "session")
    }

    fn content(&self, depth: usize, parts: &mut usize) -> Content<'a> {
        let kind = plain_type(self.kind).unwrap_or_default();
        match kind.strip_prefix("multipart/") {
            _ if self.is_encoded => Content::Unknown,
            Some(how) if depth < MAX_DEPTH => self.among(how == "alternative", depth, parts),
            None if kind == "application/sdp" && self.is_of_session() => Content::Description(self.body),
            _ => Content::Unknown,
        }
    }

    /// The first description among the parts; of alternatives the last, which the sender likes best.
    fn among(&self, is_choice: bool, depth: usize, count: &mut usize) -> Content<'a> {
        let boundary = parameter(self.kind, "boundary").filter(|it| (1..=MAX_BOUNDARY).contains(&it.len()));
        let Some(boundary) = boundary else { return Content::Unknown };
        let mut found = Content::Nothing;
        for part in parts(self.body, &boundary) {
            *count += 1;
            if *count > MAX_PARTS {
                return Content::Unknown;
            }
            let part = Part::parse(part);
            match part.content(depth + 1, count) {
                Content::Unknown if part.is_required() && !is_choice => return Content::Unknown,
                described @ Content::Description(_) if is_choice || found == Content::Nothing => {
                    found = described;
                }
                _ => {}
            }
        }
        found
    }
}

/// The first line with its end, and what follows it.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |place| place + 1);
    bytes.split_at_checked(end).filter(|(line, _)| !line.is_empty())
}

/// The first header field with its folds, and what follows it.
fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, mut rest) = line(bytes)?;
    while !trim(first).is_empty()
        && rest.first().is_some_and(|byte| b" \t".contains(byte))
        && let Some((_, after)) = line(rest)
    {
        rest = after;
    }
    bytes.split_at_checked(bytes.len() - rest.len())
}

/// The parts between the lines that a boundary draws. What comes before the first and after the last is left aside;
/// the end of line before a boundary belongs to it.
fn parts<'a>(body: &'a [u8], boundary: &[u8]) -> impl Iterator<Item = &'a [u8]> {
    let (mut rest, mut begins, mut is_over) = (body, None, false);
    std::iter::from_fn(move || {
        while !is_over {
            let at = body.len() - rest.len();
            let mut part = None;
            let drawn = match line(rest) {
                // Without a last boundary, the part ends with the body.
                None => Some(&b"--"[..]),
                Some((line, after)) => {
                    rest = after;
                    let drawn = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary));
                    drawn.map(trim).filter(|left| left.is_empty() || *left == b"--")
                }
            };
            let Some(drawn) = drawn else { continue };
            if let Some(start) = begins {
                part = body.get(start..at).map(without_end);
            }
            is_over = drawn == b"--";
            begins = Some(body.len() - rest.len());
            if part.is_some() {
                return part;
            }
        }
        None
    })
}

fn without_end(part: &[u8]) -> &[u8] {
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    part.strip_suffix(b"\r").unwrap_or(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDP: &str = "Content-Type: application/sdp\r\n\r\nv=0\r\n";
    const ISUP: &str = "Content-Type: application/ISUP;version=itu-t92+\r\nContent-Disposition: signal;handling=optional\r\n\r\n\u{1}\0\n--\u{2}";

    /// A body of parts, and what it holds.
    fn held(kind: &str, parts: &[&str]) -> Option<String> {
        let body = parts.iter().map(|part| format!("--b1\r\n{part}\r\n")).collect::<String>() + "--b1--\r\n";
        described(kind, &body)
    }

    fn described(kind: &str, body: &str) -> Option<String> {
        match content(kind.as_bytes(), body.as_bytes()) {
            Content::Description(text) => Some(String::from_utf8(text.to_vec()).unwrap()),
            Content::Nothing => Some(String::new()),
            Content::Unknown => None,
        }
    }

    #[test]
    fn a_description_is_found_beside_what_only_exchanges_read() {
        let metadata =
            "Content-Type: application/rs-metadata+xml\r\nContent-Disposition: recording-session\r\n\r\n<r/>";
        let encoded = "content-disposition : session\ncontent-transfer-encoding: Binary\nCONTENT-TYPE:\n application/SDP ;a=b\n\nv=0\r\n";
        for parts in [&[SDP, ISUP][..], &[ISUP, SDP], &[metadata, ISUP, SDP], &[encoded], &["\r\nplain", SDP]]
        {
            for kind in ["multipart/mixed;boundary=b1", "Multipart/Mixed ; charset=x; boundary=\"b1\""] {
                assert_eq!(held(kind, parts).as_deref(), Some("v=0\r\n"), "{parts:?}");
            }
        }
    }

    #[test]
    fn what_stands_around_the_parts_is_left_aside() {
        for body in [
            format!("before\r\n--b10\r\n--b1 \t\r\n{SDP}\r\n--b1--\r\n--b1\r\n{SDP}after"),
            format!("--b1\n{}\n--b1--", SDP.replace("\r\n\r\n", "\n\n")),
            format!("--b1\r\n{SDP}\r\n"),
        ] {
            assert_eq!(described("multipart/mixed;boundary=b1", &body).as_deref(), Some("v=0\r\n"), "{body}");
        }
    }

    #[test]
    fn the_first_description_counts_and_of_alternatives_the_last() {
        let other = SDP.replace("v=0", "v=1");
        let nested = format!(
            "Content-Type: multipart/alternative;boundary=x\r\n\r\n--x\r\n{SDP}\r\n--x\r\n{other}\r\n--x--"
        );
        let early = format!("Content-Disposition: early-session\r\n{other}");
        for (parts, expected) in [
            (&[SDP, other.as_str()][..], "v=0\r\n"),
            (&[&nested, SDP], "v=1\r\n"),
            (&[&early, SDP], "v=0\r\n"),
            (&[&early], ""),
            (&[ISUP], ""),
        ] {
            assert_eq!(held("multipart/mixed;boundary=b1", parts).as_deref(), Some(expected), "{parts:?}");
        }
    }

    #[test]
    fn what_we_would_have_to_understand_is_refused() {
        let required = ISUP.replace("optional", "required");
        let encoded = "Content-Type: application/sdp\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: session;handling=required\r\n\r\ndj0w";
        for parts in [&[SDP, required.as_str()][..], &[encoded]] {
            assert_eq!(held("multipart/mixed;boundary=b1", parts), None, "{parts:?}");
        }
        assert_eq!(held("multipart/alternative;boundary=b1", &[&required, SDP]).as_deref(), Some("v=0\r\n"));
        let long = format!("multipart/mixed;boundary={}", "b".repeat(71));
        for kind in ["multipart/mixed", "multipart/mixed;boundary=\"\"", "text/plain", "", &long] {
            assert_eq!(held(kind, &[SDP]), None, "{kind}");
        }
        assert_eq!(described("text/plain", "").as_deref(), Some(""));
    }

    #[test]
    fn many_and_deep_parts_have_a_bound() {
        let full = [ISUP; MAX_PARTS - 1].into_iter().chain([SDP]).collect::<Vec<_>>();
        assert_eq!(held("multipart/mixed;boundary=b1", &full).as_deref(), Some("v=0\r\n"));
        assert_eq!(held("multipart/mixed;boundary=b1", &[ISUP; MAX_PARTS + 1]), None);
        let within = |depth: usize| {
            (0..depth).fold(SDP.to_owned(), |part, level| {
                format!("Content-Type: multipart/mixed;boundary=n{level}\r\n\r\n--n{level}\r\n{part}\r\n--n{level}--")
            })
        };
        assert_eq!(held("multipart/mixed;boundary=b1", &[&within(2)]).as_deref(), Some("v=0\r\n"));
        assert_eq!(held("multipart/mixed;boundary=b1", &[&within(3)]).as_deref(), Some(""), "not looked for");
    }

    #[test]
    fn any_bytes_are_read_without_a_panic() {
        let seed = format!("--b1\r\n{ISUP}\r\n--b1\r\n{SDP}\r\n--b1--\r\n");
        let mut chance = fastrand::Rng::with_seed(6);
        for _ in 0..20_000 {
            let mut bytes = seed.clone().into_bytes();
            for _ in 0..chance.usize(1..6) {
                let place = chance.usize(..bytes.len());
                bytes[place] = if chance.bool() { chance.u8(..) } else { b"\r\n-b1:; "[chance.usize(..8)] };
            }
            let _ = content(b"multipart/mixed;boundary=b1", &bytes);
        }
    }
}
