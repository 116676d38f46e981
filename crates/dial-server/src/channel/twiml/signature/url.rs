//! URLs as they may have been signed.
//!
//! Providers are not consistent about ports and apostrophes, so that a few spellings of one URL are
//! tried, each of which names the same place. This file must not know any key.

use std::fmt::Write as _;

use super::super::form::Form;

/// A path segment longer than this many characters is masked in a log: it may be a token.
const MAX_SHOWN_SEGMENT: usize = 24;
/// So many digits in a row are masked in a log: they may be a telephone number.
const MIN_NUMBER: usize = 9;

/// The spellings under which a webhook's URL may have been signed, the likeliest first.
pub(super) fn webhook_urls(url: &str) -> Vec<String> {
    let mut urls = Vec::new();
    for query in queries(without_fragment(url)) {
        for port in ports(&query) {
            if !urls.contains(&port) {
                urls.push(port);
            }
        }
    }
    urls
}

/// The spellings under which the handshake of a media stream may have been signed: `wss` or `https`,
/// each with and without a slash at the end. For streams only: a webhook's URL is never loosened so.
pub(crate) fn stream_urls(url: &str) -> Vec<String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let bare = rest.trim_end_matches('/');
    let secure = !url.starts_with("ws://") && !url.starts_with("http://");
    let schemes = if secure { ["wss", "https"] } else { ["ws", "http"] };
    let spellings =
        schemes.iter().flat_map(|scheme| [format!("{scheme}://{bare}"), format!("{scheme}://{bare}/")]);
    spellings.collect()
}

/// A URL for a log: no user, no query, no fragment, and `***` for each path segment that may be a
/// token or a telephone number.
pub(crate) fn masked(url: &str) -> String {
    let bare = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = bare.split_once("://").unwrap_or(("", bare));
    let host = rest.split('/').next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = if scheme.is_empty() { mask(host) } else { host };
    let mut shown = if scheme.is_empty() { host.to_owned() } else { format!("{scheme}://{host}") };
    for segment in rest.split('/').skip(1) {
        shown.push('/');
        shown.push_str(mask(segment));
    }
    shown
}

fn mask(segment: &str) -> &str {
    let runs = segment.split(|letter: char| !letter.is_ascii_digit());
    let has_number = runs.map(str::len).any(|digits| digits >= MIN_NUMBER);
    if has_number || segment.chars().count() > MAX_SHOWN_SEGMENT { "***" } else { segment }
}

pub(super) fn without_fragment(url: &str) -> &str {
    url.split('#').next().unwrap_or_default()
}

/// As it stands, then without a written port, or with the default port if none is written.
fn ports(url: &str) -> Vec<String> {
    let mut urls = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else {
        return urls;
    };
    let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    // The colons of an IPv6 address stand inside its brackets.
    let host_end = authority.rfind([']', '@']).unwrap_or(0);
    let default = if matches!(scheme, "https" | "wss") { 443 } else { 80 };
    urls.push(match authority[host_end..].rfind(':').map(|colon| host_end + colon) {
        Some(colon) => format!("{scheme}://{}{tail}", &authority[..colon]),
        None => format!("{scheme}://{authority}:{default}{tail}"),
    });
    urls
}

/// As it stands; and if the query has an apostrophe, also with `%27` for it, and re-encoded as an older
/// library of Twilio's did, which leaves apostrophes and writes spaces as `%20`.
fn queries(url: &str) -> Vec<String> {
    let mut urls = vec![url.to_owned()];
    let Some((path, query)) = url.split_once('?') else {
        return urls;
    };
    if !query.contains('\'') && !query.contains("%27") {
        return urls;
    }
    urls.push(format!("{path}?{}", query.replace('\'', "%27")));
    if let Ok(form) = Form::parse(query.as_bytes()) {
        let pairs = form.pairs().iter().map(|(name, value)| format!("{}={}", legacy(name), legacy(value)));
        urls.push(format!("{path}?{}", pairs.collect::<Vec<_>>().join("&")));
    }
    urls
}

fn legacy(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => encoded.push(char::from(byte)),
            b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')' => {
                encoded.push(char::from(byte));
            }
            other => write!(encoded, "%{other:02X}").expect("writing to a String does not fail"),
        }
    }
    encoded
}
