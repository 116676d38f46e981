//! What the head of an answer says (RFC 9110). Pure: a server's own clock is the only one here.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{self, HeaderMap, HeaderName};
use serde::{Deserialize, Serialize};

/// No origin keeps us away for longer than this.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(24);
/// A longer validator is not remembered, in bytes.
const MAX_VALIDATOR: usize = 1000;

/// By what a server knows again what it gave us (RFC 9110, section 8.8).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Validators {
    /// `ETag`, with its quotes.
    pub etag: Option<String>,
    /// `Last-Modified`, as it was written.
    pub last_modified: Option<String>,
}

impl Validators {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let short = |name| text(headers, name).filter(|text| text.len() <= MAX_VALIDATOR).map(str::to_owned);
        Self { etag: short(header::ETAG), last_modified: short(header::LAST_MODIFIED) }
    }

    /// The tag, if it vouches for every byte (RFC 9110, section 8.8.1).
    pub(super) fn strong(&self) -> Option<&str> {
        self.etag.as_deref().filter(|etag| etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"'))
    }

    /// Whether there is anything to ask by.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

pub(super) fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// A time as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn time(headers: &HeaderMap, name: HeaderName) -> Option<Timestamp> {
    // RFC 9110, section 5.6.7: a date of HTTP is one of mail (RFC 5322) in a fixed form.
    DateTimeParser::new().parse_timestamp(text(headers, name)?).ok()
}

/// How long the server asks to be left alone, at most a day (RFC 9110, section 10.2.3).
/// A date is measured against the server's own `Date`, so that a wrong clock of ours does not matter.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = text(headers, header::RETRY_AFTER)?.parse().ok();
    let wait = match seconds {
        Some(seconds) => Duration::from_secs(seconds),
        None => {
            let until = time(headers, header::RETRY_AFTER)?.duration_since(time(headers, header::DATE)?);
            until.try_into().unwrap_or_default()
        }
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

/// The part of a whole that an answer holds: `Content-Range: bytes 21010-47021/47022`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) first: u64,
    pub(super) last: u64,
    /// How long the whole is; none if the server does not know.
    pub(super) whole: Option<u64>,
}

impl Part {
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let (range, whole) = text(headers, header::CONTENT_RANGE)?.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let whole = if whole == "*" { None } else { Some(whole.parse().ok()?) };
        Some(Self { first: first.parse().ok()?, last: last.parse().ok()?, whole })
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn headers(rows: &[(HeaderName, &'static str)]) -> HeaderMap {
        rows.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_wait_is_read_in_seconds_and_as_a_date_and_is_bounded() {
        let date = (header::DATE, "Sun, 22 Nov 2026 10:00:00 GMT");
        let after = |value| retry_after(&headers(&[(header::RETRY_AFTER, value), date.clone()]));
        assert_eq!(after("120"), Some(Duration::from_mins(2)));
        assert_eq!(after("Sun, 22 Nov 2026 10:30:00 GMT"), Some(Duration::from_mins(30)));
        assert_eq!(after("Sun, 22 Nov 2026 09:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(after("99999999999"), Some(MAX_RETRY_AFTER));
        assert_eq!(after("soon"), None);
        let undated = headers(&[(header::RETRY_AFTER, "Sun, 22 Nov 2026 10:30:00 GMT")]);
        assert_eq!(retry_after(&undated), None);
    }

    #[test]
    fn only_a_strong_tag_vouches_for_every_byte() {
        for (etag, strong) in [("\"a1\"", true), ("W/\"a1\"", false), ("\"\"", false), ("a1", false)] {
            let validators = Validators::of(&headers(&[(header::ETAG, etag)]));
            assert_eq!(validators.strong().is_some(), strong, "{etag}");
        }
    }

    #[test]
    fn a_part_says_where_it_belongs() {
        let part = |value| Part::of(&headers(&[(header::CONTENT_RANGE, value)]));
        assert_eq!(part("bytes 5-9/10"), Some(Part { first: 5, last: 9, whole: Some(10) }));
        assert_eq!(part("bytes 5-9/*"), Some(Part { first: 5, last: 9, whole: None }));
        for none in ["bytes */10", "5-9/10", "bytes 5-9", "bytes -9/10"] {
            assert_eq!(part(none), None, "{none}");
        }
    }
}
