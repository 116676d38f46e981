//! The way that a request came, hop by hop.

use std::net::SocketAddr;

use super::params::Params;
use super::scan::{Scan, first_len, is_space};
use super::uri::host_port;

/// What a branch begins with since RFC 3261; older peers send other branches, or none.
pub(crate) const MAGIC: &[u8] = b"z9hG4bK";

/// One hop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Via<'a> {
    /// Whether it says SIP/2.0.
    pub is_current: bool,
    /// Such as `UDP`, in the case in which it was sent.
    pub transport: &'a [u8],
    /// A name or an address.
    pub host: &'a [u8],
    /// The port, if one is given.
    pub port: Option<u16>,
    /// Its parameters; none if they break the grammar.
    pub params: Option<Params<'a>>,
}

impl<'a> Via<'a> {
    /// Reads the first hop of a value; none if even the host cannot be read, so that nobody can be answered.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let mut scan = Scan::new(value.get(..first_len(value))?);
        let protocol = scan.skip_space().token()?;
        let parted = scan.skip_space().eat(b'/');
        let version = scan.skip_space().token()?;
        let parted = scan.skip_space().eat(b'/') && parted;
        let transport = scan.skip_space().token()?;
        if !parted || !protocol.eq_ignore_ascii_case(b"SIP") {
            return None;
        }
        let place = scan.skip_space().take_while(|byte| !is_space(byte) && byte != b';');
        let (host, mut port) = host_port(place.strip_suffix(b":").unwrap_or(place))?;
        if place.ends_with(b":") || (port.is_none() && scan.skip_space().eat(b':')) {
            let digits = scan.skip_space().take_while(|byte| byte.is_ascii_digit());
            port = Some(super::scan::number(digits, u64::from(u16::MAX))? as u16);
        }
        Some(Self { is_current: version == b"2.0", transport, host, port, params: Params::new(scan.rest()) })
    }

    fn value(&self, name: &str) -> Option<&'a [u8]> {
        self.params?.value(name)
    }

    /// The branch, of whatever form.
    pub fn branch(&self) -> Option<&'a [u8]> {
        self.value("branch")
    }

    /// The branch if it alone names the transaction (RFC 3261 section 17.2.3): more than the magic cookie.
    pub fn unique_branch(&self) -> Option<&'a [u8]> {
        self.branch().filter(|branch| {
            let (cookie, rest) = branch.split_at(branch.len().min(MAGIC.len()));
            cookie.eq_ignore_ascii_case(MAGIC) && !rest.is_empty()
        })
    }

    /// Whether the sender wants the answer at the port that it sent from (RFC 3581).
    pub fn wants_rport(&self) -> bool {
        self.params.is_some_and(|params| params.get("rport").is_some())
    }
}

/// A value with where its first hop really came from (RFC 3261 section 18.2.1, RFC 3581 section 4).
/// All else stays as it was sent.
pub(crate) fn with_source(value: &[u8], source: SocketAddr) -> Vec<u8> {
    let (first, rest) = value.split_at(first_len(value));
    let mut hop = super::scan::trim(first).to_vec();
    let (wants_rport, same_host) = Via::parse(first).map_or((false, true), |via| {
        (via.wants_rport(), super::uri::ip(via.host) == Some(source.ip().to_canonical()))
    });
    if wants_rport {
        hop = without_param(&hop, b"rport");
    }
    if wants_rport || !same_host {
        hop = without_param(&hop, b"received");
        hop.extend_from_slice(format!(";received={}", source.ip().to_canonical()).as_bytes());
    }
    if wants_rport {
        hop.extend_from_slice(format!(";rport={}", source.port()).as_bytes());
    }
    hop.extend_from_slice(rest);
    hop
}

/// A hop without one parameter.
fn without_param(hop: &[u8], name: &[u8]) -> Vec<u8> {
    let mut pieces = super::scan::split(hop, b';');
    let mut left = pieces.next().unwrap_or_default().to_vec();
    for piece in pieces {
        let named = piece.split(|byte| *byte == b'=').next().map(super::scan::trim).unwrap_or_default();
        if !named.eq_ignore_ascii_case(name) {
            left.push(b';');
            left.extend_from_slice(piece);
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hop_is_read_with_space_at_every_sign() {
        let via = Via::parse(
            b"SIP  / 2.0\r\n / TCP     spindle.example.com : 5061  ;\r\n branch  =   z9hG4bK9 , x",
        )
        .unwrap();
        assert_eq!(
            (via.transport, via.host, via.port),
            (&b"TCP"[..], &b"spindle.example.com"[..], Some(5061))
        );
        assert_eq!(via.unique_branch(), Some(&b"z9hG4bK9"[..]));
    }

    #[test]
    fn a_branch_that_is_only_the_cookie_names_nothing() {
        let via = Via::parse(b"SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK").unwrap();
        assert_eq!((via.branch(), via.unique_branch()), (Some(MAGIC), None));
    }

    #[test]
    fn an_empty_or_broken_hop_is_none() {
        for wrong in [
            "",
            ",",
            "SIP/2.0/UDP",
            "SIP/2.0 UDP x",
            "HTTP/2.0/UDP x",
            "SIP/2.0/UDP ;branch=x",
            "SIP/2.0/UDP x:y",
        ] {
            assert_eq!(Via::parse(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(Via::parse(b"SIP/2.0/UDP 192.0.2.15;;").unwrap().params, None);
    }

    #[test]
    fn the_answer_tells_where_the_request_came_from_and_changes_nothing_else() {
        let source = "203.0.113.7:4711".parse().unwrap();
        for (value, expected) in [
            ("SIP/2.0/UDP 203.0.113.7:9;branch=z", "SIP/2.0/UDP 203.0.113.7:9;branch=z"),
            ("SIP/2.0/UDP pc;branch=z", "SIP/2.0/UDP pc;branch=z;received=203.0.113.7"),
            (
                "SIP/2.0/UDP 203.0.113.7;rport;branch=z , SIP/2.0/UDP b;rport",
                "SIP/2.0/UDP 203.0.113.7;branch=z;received=203.0.113.7;rport=4711, SIP/2.0/UDP b;rport",
            ),
            ("SIP/2.0/UDP x;received=10.0.0.1;b=\"c;d\"", "SIP/2.0/UDP x;b=\"c;d\";received=203.0.113.7"),
        ] {
            assert_eq!(String::from_utf8(with_source(value.as_bytes(), source)).unwrap(), expected);
        }
    }
}
