//! Keys for encrypted sound, as one line of a description carries them (SDES, RFC 4568).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::message::scan::number;

/// Master key and master salt together, in bytes: 16 and 14 (RFC 3711 section 8.2).
pub const MASTER_LEN: usize = 30;

/// How sound is encrypted and sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    /// AES_CM_128_HMAC_SHA1_80: a seal of 10 bytes on each packet.
    Sha1_80,
    /// AES_CM_128_HMAC_SHA1_32: a seal of 4 bytes on each packet.
    Sha1_32,
}

impl Suite {
    /// Its name in a description.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Self::Sha1_32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }
}

/// One key of one side. It prints without the key.
#[derive(Clone, PartialEq, Eq)]
pub struct Keying {
    /// The number by which an answer names it.
    pub tag: u32,
    /// What it is for.
    pub suite: Suite,
    /// The master key, 16 bytes, then the master salt, 14 bytes.
    pub master: [u8; MASTER_LEN],
}

impl Keying {
    /// `1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^31`; none for what we cannot use: other suites, several keys
    /// with an identifier in each packet, parameters that change what is encrypted.
    pub(super) fn parse(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let digits = |tag: &&str| tag.len() <= 9 && tag.bytes().all(|byte| byte.is_ascii_digit());
        let tag = words.next().filter(digits)?.parse().ok()?;
        let suite = words.next()?;
        let suite = [Suite::Sha1_80, Suite::Sha1_32].into_iter().find(|known| known.name() == suite)?;
        let (key, lifetime) = {
            let (method, key) = words.next()?.split_once(':')?;
            if !method.eq_ignore_ascii_case("inline") || key.contains(';') {
                return None;
            }
            key.split_once('|').map_or((key, None), |(key, rest)| (key, Some(rest)))
        };
        let harmless = lifetime.is_none_or(is_lifetime)
            && words.all(|word| word.starts_with("WSH=") || word.starts_with('-'));
        let master = STANDARD.decode(key).ok()?.try_into().ok()?;
        harmless.then_some(Self { tag, suite, master })
    }
}

/// How many packets a key is for, in digits or as `2^20`: whoever offers it gives another in time. None may be for
/// more packets than have a number (RFC 4568 section 6.1). What has a colon is an identifier, which we do not read.
fn is_lifetime(text: &str) -> bool {
    let number = |text: &str, most| number(text.as_bytes(), most).is_some_and(|number| number > 0);
    match text.strip_prefix("2^") {
        Some(power) => number(power, 48),
        None => number(text, 1 << 48),
    }
}

/// The line, as it is written.
impl fmt::Display for Keying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} inline:{}", self.tag, self.suite.name(), STANDARD.encode(self.master))
    }
}

impl fmt::Debug for Keying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keying({} {})", self.tag, self.suite.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

    #[test]
    fn a_key_is_read_and_written_and_never_printed() {
        let line = format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}");
        let keying = Keying::parse(&format!("{line}|2^20 WSH=64")).unwrap();
        assert_eq!(keying.to_string(), line);
        assert_eq!(format!("{keying:?}"), "Keying(1 AES_CM_128_HMAC_SHA1_80)");
    }

    #[test]
    fn a_lifetime_is_a_number_of_packets_that_there_can_be() {
        for (lifetime, valid) in [
            ("2^20", true),
            ("2^48", true),
            ("1048576", true),
            ("281474976710656", true),
            ("2^49", false),
            ("2^0", false),
            ("0", false),
            ("281474976710657", false),
            ("2^", false),
            ("long", false),
            ("", false),
        ] {
            let line = format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|{lifetime}");
            assert_eq!(Keying::parse(&line).is_some(), valid, "{lifetime}");
        }
    }

    #[test]
    fn keys_that_we_cannot_use_are_passed_over() {
        for wrong in [
            format!("1 F8_128_HMAC_SHA1_80 inline:{KEY}"),
            format!("1 AES_CM_128_HMAC_SHA1_32 inline:{KEY}|2^20|1:4"),
            format!("1 AES_CM_128_HMAC_SHA1_32 inline:{KEY}|1:4"),
            format!("1 AES_CM_128_HMAC_SHA1_32 inline:{KEY} KDR=1"),
            format!("+1 AES_CM_128_HMAC_SHA1_32 inline:{KEY}"),
            format!("1 AES_CM_128_HMAC_SHA1_32 inline:{KEY} UNENCRYPTED_SRTP"),
            format!("1 AES_CM_128_HMAC_SHA1_32 inline:{KEY}|1:1;inline:{KEY}|2:1"),
            "1 AES_CM_128_HMAC_SHA1_32 inline:AAAA".into(),
            format!("9999999999 AES_CM_128_HMAC_SHA1_32 inline:{KEY}"),
            String::new(),
        ] {
            assert_eq!(Keying::parse(&wrong), None, "{wrong}");
        }
    }
}
