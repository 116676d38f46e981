//! Which parts of a file a request wants (RFC 9110, section 14).

use std::ops::RangeInclusive;

use axum::http::{HeaderMap, header};
use http_range_header::RangeUnsatisfiableError;

/// More parts than this are a nuisance, not a player: the whole is sent.
const MAX_PARTS: usize = 8;

/// What to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it.
    Whole,
    /// One part.
    Part(RangeInclusive<u64>),
    /// Several parts, in the order of the request.
    Parts(Vec<RangeInclusive<u64>>),
    /// None of what is wanted exists.
    Unsatisfiable,
}

/// Reads the request's ranges of a file of `len` bytes; a validator that is not ours makes them void.
pub(super) fn wanted(headers: &HeaderMap, etag: &str, len: u64) -> Wanted {
    let Some(range) = headers.get(header::RANGE).and_then(|range| range.to_str().ok()) else {
        return Wanted::Whole;
    };
    // Section 13.1.5: `If-Range` with anything but our strong validator asks for the whole.
    if headers.get(header::IF_RANGE).is_some_and(|validator| validator.as_bytes() != etag.as_bytes()) {
        return Wanted::Whole;
    }
    // Section 14.2: a server ignores a range that it cannot read, or whose unit it does not know.
    let Ok(parsed) = http_range_header::parse_range_header(range) else { return Wanted::Whole };
    if parsed.len() > MAX_PARTS {
        return Wanted::Whole;
    }
    match parsed.validate(len) {
        Ok(mut parts) if parts.len() == 1 => parts.pop().map_or(Wanted::Whole, Wanted::Part),
        Ok(parts) => Wanted::Parts(parts),
        Err(RangeUnsatisfiableError::Unsatisfiable) => Wanted::Unsatisfiable,
        // It overlaps itself so often that it is no player's: the whole does as well.
        Err(_) => Wanted::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(range: &str, if_range: &str) -> Wanted {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        if !if_range.is_empty() {
            headers.insert(header::IF_RANGE, if_range.parse().unwrap());
        }
        wanted(&headers, "\"x\"", 1000)
    }

    #[test]
    fn ranges_mean_what_the_standard_says() {
        let table = [
            ("bytes=0-99", Wanted::Part(0..=99)),
            ("bytes=900-", Wanted::Part(900..=999)),
            ("bytes=-100", Wanted::Part(900..=999)),
            ("bytes=0-0,10-19", Wanted::Parts(vec![0..=0, 10..=19])),
            // Section 14.1.2: a suffix longer than the file is all of it, an end beyond it is its end.
            ("bytes=-5000", Wanted::Part(0..=999)),
            ("bytes=990-5000", Wanted::Part(990..=999)),
            // What exists is sent, what does not is left out.
            ("bytes=0-9,5000-6000", Wanted::Part(0..=9)),
            ("bytes=0-9,20-29,5000-", Wanted::Parts(vec![0..=9, 20..=29])),
            ("bytes=1000-", Wanted::Unsatisfiable),
            ("bytes=-0", Wanted::Unsatisfiable),
            ("bytes=1000-,2000-3000", Wanted::Unsatisfiable),
            ("bytes=0-500,1-501,2-502,3-503", Wanted::Whole),
            // Section 14.1.1: an invalid range is ignored.
            ("bytes=5-4", Wanted::Whole),
            ("bytes=x", Wanted::Whole),
            ("minutes=0-1", Wanted::Whole),
            ("bytes=0-1,2-3,4-5,6-7,8-9,10-11,12-13,14-15,16-17", Wanted::Whole),
        ];
        for (range, expected) in table {
            assert_eq!(asked(range, ""), expected, "{range}");
        }
    }

    #[test]
    fn another_validator_asks_for_the_whole() {
        assert_eq!(asked("bytes=0-99", "\"x\""), Wanted::Part(0..=99));
        for other in ["\"y\"", "W/\"x\"", "Sun, 10 Jul 2022 12:00:00 GMT"] {
            assert_eq!(asked("bytes=0-99", other), Wanted::Whole, "{other}");
        }
    }
}
