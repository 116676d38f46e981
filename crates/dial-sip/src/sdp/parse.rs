//! From text to a description. Lines and attributes that mean nothing here are passed over.

use std::net::IpAddr;
use std::str::FromStr;

use super::{Description, Direction, Keying, MAX_FORMATS, MAX_KEYS, MAX_LINES, MAX_STREAMS, Stream};

/// A body is no description of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It does not begin with `v=0`.
    #[error("cannot read a description: it does not begin with v=0")]
    Version,
    /// A line has no `=` after its letter.
    #[error("cannot read a description: a line has no type")]
    Line,
    /// An `m=` line lacks a word, or its port is no number.
    #[error("cannot read a description: an m= line is broken")]
    Stream,
    /// There are too many lines, streams or formats.
    #[error("cannot read a description: it is too long")]
    TooLong,
}

/// What is said before the first stream holds for every stream that does not say otherwise.
#[derive(Default)]
struct Defaults {
    address: Option<IpAddr>,
    direction: Direction,
    ptime: Option<u32>,
    maxptime: Option<u32>,
}

pub(super) fn description(body: &[u8]) -> Result<Description, Unreadable> {
    // Names of sessions come in any alphabet; what matters is ASCII.
    let text = String::from_utf8_lossy(body);
    let mut lines = text.split('\n').map(|line| line.trim_end_matches('\r')).filter(|line| !line.is_empty());
    if lines.next().is_none_or(|line| line.trim_end() != "v=0") {
        return Err(Unreadable::Version);
    }
    let (mut defaults, mut streams) = (Defaults::default(), Vec::<Stream>::new());
    for (count, line) in lines.enumerate() {
        if count >= MAX_LINES {
            return Err(Unreadable::TooLong);
        }
        let (kind, value) =
            line.split_once('=').filter(|(kind, _)| kind.len() == 1).ok_or(Unreadable::Line)?;
        let is_full = streams.len() == MAX_STREAMS;
        match (kind, streams.last_mut()) {
            ("m", _) if is_full => return Err(Unreadable::TooLong),
            ("m", _) => streams.push(stream(value, &defaults)?),
            ("c", Some(stream)) => stream.address = address(value),
            ("c", None) => defaults.address = address(value),
            ("a", Some(stream)) => attribute(stream, value),
            ("a", None) => default_attribute(&mut defaults, value),
            _ => {}
        }
    }
    Ok(Description { streams })
}

/// `audio 49170 RTP/AVP 0 8 101`
fn stream(value: &str, defaults: &Defaults) -> Result<Stream, Unreadable> {
    let mut words = value.split_ascii_whitespace();
    let mut word = || words.next().ok_or(Unreadable::Stream);
    let (kind, port, protocol) = (word()?, word()?, word()?);
    let port = port.split_once('/').map_or(port, |(port, _)| port).parse().map_err(|_| Unreadable::Stream)?;
    let formats: Vec<String> = words.take(MAX_FORMATS + 1).map(String::from).collect();
    match formats.len() {
        0 => return Err(Unreadable::Stream),
        len if len > MAX_FORMATS => return Err(Unreadable::TooLong),
        _ => {}
    }
    Ok(Stream {
        kind: kind.into(),
        port,
        protocol: protocol.into(),
        formats,
        address: defaults.address,
        direction: defaults.direction,
        ptime: defaults.ptime,
        maxptime: defaults.maxptime,
        maps: Vec::new(),
        parameters: Vec::new(),
        keys: Vec::new(),
        rtcp: None,
        rtcp_mux: false,
    })
}

/// `IN IP4 192.0.2.1`, with or without `/127` of a group. An address in words is none.
fn address(value: &str) -> Option<IpAddr> {
    let mut words = value.split_ascii_whitespace();
    if !words.next()?.eq_ignore_ascii_case("IN") || !words.next()?.to_ascii_uppercase().starts_with("IP") {
        return None;
    }
    words.next()?.split('/').next()?.parse().ok()
}

fn direction(name: &str) -> Option<Direction> {
    match name {
        "sendrecv" => Some(Direction::Both),
        "sendonly" => Some(Direction::SendOnly),
        "recvonly" => Some(Direction::ReceiveOnly),
        "inactive" => Some(Direction::Inactive),
        _ => None,
    }
}

fn default_attribute(defaults: &mut Defaults, attribute: &str) {
    let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
    match name {
        "ptime" => defaults.ptime = leading(value),
        "maxptime" => defaults.maxptime = leading(value),
        name => defaults.direction = direction(name.trim()).unwrap_or(defaults.direction),
    }
}

/// What is unknown, such as all of ICE, is passed over (RFC 8866 section 5.13).
fn attribute(stream: &mut Stream, attribute: &str) {
    let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
    match name.trim_end() {
        "rtpmap" if stream.maps.len() < MAX_FORMATS => stream.maps.extend(map(value)),
        "fmtp" if stream.parameters.len() < MAX_FORMATS => stream.parameters.extend(parameters(value)),
        "ptime" => stream.ptime = leading(value),
        "maxptime" => stream.maxptime = leading(value),
        "crypto" if stream.keys.len() < MAX_KEYS => stream.keys.extend(Keying::parse(value)),
        "rtcp" => stream.rtcp = rtcp(value),
        "rtcp-mux" => stream.rtcp_mux = true,
        name => stream.direction = direction(name).unwrap_or(stream.direction),
    }
}

/// `101 telephone-event/8000`
fn map(value: &str) -> Option<(u8, String, u32)> {
    let (format, encoding) = value.trim().split_once(' ')?;
    let mut parts = encoding.trim().split('/');
    let name = parts.next()?.to_ascii_lowercase();
    Some((payload_type(format)?, name, parts.next()?.parse().ok()?))
}

/// `101 0-15`
fn parameters(value: &str) -> Option<(u8, String)> {
    let (format, text) = value.trim().split_once(' ')?;
    Some((payload_type(format)?, text.trim().chars().take(256).collect()))
}

/// 0 to 127.
pub(super) fn payload_type(format: &str) -> Option<u8> {
    format.parse().ok().filter(|number| *number < 128)
}

/// `53020 IN IP4 126.16.64.4` (RFC 3605)
fn rtcp(value: &str) -> Option<(u16, Option<IpAddr>)> {
    let (port, place) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
    Some((port.parse().ok()?, address(place)))
}

/// A number at the start; some write `20.0`.
fn leading<T: FromStr>(value: &str) -> Option<T> {
    value.trim().split(|sign: char| !sign.is_ascii_digit()).next()?.parse().ok()
}
