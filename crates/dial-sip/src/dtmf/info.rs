//! Keys in INFO requests: `application/dtmf-relay` with `Signal=5`, and `application/dtmf` with the bare sign.

use super::Digit;

/// Whether a body of this type, in small letters and without parameters, tells of a key.
pub fn is_info(content_type: &str) -> bool {
    matches!(content_type, "application/dtmf-relay" | "application/dtmf")
}

/// The key that the body of an INFO tells of; none if it tells of none that we know, such as a flash.
pub fn from_info(content_type: &str, body: &[u8]) -> Option<Digit> {
    let text = std::str::from_utf8(body.get(..body.len().min(256))?).ok()?;
    match content_type {
        "application/dtmf-relay" => text.lines().find_map(|line| {
            let (name, value) = line.split_once(['=', ':'])?;
            name.trim().eq_ignore_ascii_case("signal").then(|| signal(value))?
        }),
        "application/dtmf" => signal(text.trim().trim_start_matches("Signal=")),
        _ => None,
    }
}

/// A sign, or the code of its event in two digits.
fn signal(value: &str) -> Option<Digit> {
    let value = value.trim();
    let mut signs = value.chars();
    match (signs.next(), signs.next()) {
        (Some(sign), None) => Digit::of_sign(sign),
        (Some('1'), Some(_)) => Digit::of_event(value.parse().ok()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_from_both_bodies() {
        for (kind, body, sign) in [
            ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", Some('5')),
            ("application/dtmf-relay", "Signal= *\nDuration= 250", Some('*')),
            ("application/dtmf-relay", "signal = d\r\n", Some('D')),
            ("application/dtmf-relay", "Duration=1\r\nSignal=11\r\n", Some('#')),
            ("application/dtmf-relay", "Signal=hf\r\n", None),
            ("application/dtmf-relay", "Signal=16\r\n", None),
            ("application/dtmf", "5", Some('5')),
            ("application/dtmf", "10\r\n", Some('*')),
            ("application/dtmf", "", None),
            ("text/plain", "5", None),
        ] {
            assert_eq!(from_info(kind, body.as_bytes()).map(Digit::sign), sign, "{kind} {body:?}");
        }
        assert_eq!(from_info("application/dtmf", b"\xff"), None);
    }
}
