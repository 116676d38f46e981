//! Finds telephone numbers, state tokens and registered secrets in a text, and masks them.
//!
//! It must not know where the text comes from or goes to. Where it cannot be sure it masks a
//! number too much rather than one too few, but leaves times, durations, addresses and hashes.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::{Arc, PoisonError, RwLock};

/// What stands in the place of a secret.
const MASK: &str = "***";

/// A shorter secret is no secret: to mask it would mask half the log.
const MIN_SECRET: usize = 6;

/// A state token is `v1.` and at least so many signs, so that `v1.2.3` is none.
const MIN_TOKEN: usize = 16;

/// The longest colour of a terminal, such as `1;38;5;208`, in signs.
const MAX_COLOUR: usize = 10;

/// The shortest telephone number that is masked, and the longest there is (E.164), in digits.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// Masks what must not be seen. Its clones share the registered secrets.
#[derive(Clone, Default)]
pub(crate) struct Redactor {
    secrets: Arc<RwLock<Vec<String>>>,
}

impl Redactor {
    #[cfg_attr(not(test), expect(dead_code, reason = "whoever reads a secret registers it"))]
    /// Masks this secret from now on, as it is and as JSON or an address would write it.
    pub(crate) fn register(&self, secret: &str) {
        if secret.len() < MIN_SECRET {
            return;
        }
        let json = serde_json::Value::from(secret).to_string();
        let forms = [secret.to_owned(), json[1..json.len() - 1].to_owned(), percent_encoded(secret)];
        let mut secrets = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        for form in forms {
            if !secrets.contains(&form) {
                secrets.push(form);
            }
        }
        // The longest first, so that a secret that holds another is masked whole.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }

    /// The text, masked.
    pub(crate) fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        for secret in self.secrets.read().unwrap_or_else(PoisonError::into_inner).iter() {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), MASK).into();
            }
        }
        match redact_patterns(&text) {
            Some(masked) => masked.into(),
            None => text,
        }
    }

    /// Fails if the text holds what would be masked; the message is masked itself.
    #[cfg(test)]
    pub(crate) fn assert_clean(&self, text: &str) {
        let masked = self.redact(text);
        assert!(masked == text, "a telephone number, token or secret is in this output:\n{masked}");
    }
}

fn percent_encoded(secret: &str) -> String {
    let mut encoded = String::new();
    for byte in secret.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(byte.into()),
            other => write!(encoded, "%{other:02X}").expect("a string takes any text"),
        }
    }
    encoded
}

/// Masks numbers and tokens; none if there are none.
fn redact_patterns(text: &str) -> Option<String> {
    let mut masked = String::new();
    let (mut copied, mut at) = (0, 0);
    // Whether something may begin here: the sign before is no part of a word, hash or fraction.
    let mut fresh = true;
    while at < text.len() {
        let rest = &text[at..];
        if let Some((length, mask)) = token(rest, fresh).or_else(|| number(rest, fresh)) {
            masked.push_str(&text[copied..at]);
            masked.push_str(&mask);
            at += length;
            copied = at;
            fresh = false;
            continue;
        }
        let step = opaque(rest).unwrap_or_else(|| rest.chars().next().map_or(1, char::len_utf8));
        let sign = rest.as_bytes()[0];
        fresh = step > 1 || !(sign.is_ascii_alphanumeric() || matches!(sign, b'_' | b'.' | b'-'));
        at += step;
    }
    (copied > 0).then(|| masked + &text[copied..])
}

/// The length of a percent escape or a terminal's colour: neither is part of the word behind it.
fn opaque(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    match bytes {
        [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => Some(3),
        [0x1b, b'[', colour @ ..] => {
            let length =
                colour.iter().take(MAX_COLOUR).take_while(|byte| b"0123456789;".contains(byte)).count();
            (colour.get(length) == Some(&b'm')).then_some(length + 3)
        }
        _ => None,
    }
}

fn token(rest: &str, fresh: bool) -> Option<(usize, String)> {
    let body = rest.strip_prefix("v1.").filter(|_| fresh)?;
    let length =
        body.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte)).count();
    (length >= MIN_TOKEN).then(|| (3 + length, format!("v1.{MASK}")))
}

/// A group of so many digits is a whole number; what follows is another thing.
const WHOLE: usize = 10;

/// What a number begins with, and how many digits its first group must have at least.
const PREFIXES: [(&str, usize); 6] = [("+", 1), ("%2B", 1), ("%2b", 1), ("%252B", 1), ("0", 3), ("44", 12)];

fn number(rest: &str, fresh: bool) -> Option<(usize, String)> {
    let (prefix, first_group) = PREFIXES.into_iter().find(|(prefix, _)| rest.starts_with(prefix))?;
    let international = first_group == 1;
    if !fresh && !international {
        return None;
    }
    let start = if international { prefix.len() } else { 0 };
    let (length, digits) = groups(&rest[start..], first_group, international)?;
    let last: String = digits[digits.len() - 3..].into();
    let shown = if international { &digits[..2] } else { &digits[..1] };
    let plus = if international { "+" } else { "" };
    Some((start + length, format!("{plus}{shown}…{last}")))
}

/// Takes groups of digits as long as they can be one number; their length in the text, and all digits.
fn groups(rest: &str, first_group: usize, international: bool) -> Option<(usize, String)> {
    let mut digits = String::new();
    let mut taken = None;
    let mut at = 0;
    loop {
        let run: &str = &rest[at..];
        let run = &run[..run.bytes().take_while(u8::is_ascii_digit).count()];
        let ends =
            rest[at + run.len()..].chars().next().is_none_or(|next| !next.is_alphanumeric() && next != '_');
        if digits.is_empty() && run.len() > *DIGITS.end() {
            // Longer than any number; but what follows a plus is masked nevertheless.
            return international.then(|| (run.len(), run.into()));
        }
        if run.is_empty()
            || digits.len() + run.len() > *DIGITS.end()
            || (digits.is_empty() && run.len() < first_group)
        {
            break;
        }
        if !ends && !international {
            // A hash, such as 0123456789abcdef or 01234567-89ab.
            let joined = rest[..at].ends_with('-');
            return taken.filter(|_| !joined);
        }
        digits.push_str(run);
        at += run.len();
        if DIGITS.contains(&digits.len()) {
            taken = Some((at, digits.clone()));
        }
        if run.len() >= WHOLE {
            break;
        }
        let Some(gap) = separator(&rest[at..], international) else {
            break;
        };
        at += gap;
    }
    taken
}

/// The length of what may stand between two groups of one number.
fn separator(rest: &str, international: bool) -> Option<usize> {
    let mut length = 0;
    for _ in 0..3 {
        let rest = &rest[length..];
        let one = [" ", "\u{a0}", "-", "(", ")", "%20", "."].into_iter().find(|one| rest.starts_with(one));
        match one {
            Some(".") if !international => break,
            Some(one) => length += one.len(),
            None => break,
        }
    }
    (length > 0).then_some(length)
}
