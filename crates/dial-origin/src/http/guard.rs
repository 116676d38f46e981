//! Where a fetch may lead: literal addresses, names once they are resolved, and every redirect.
//!
//! What was checked is what is connected to: a name is not resolved a second time (DNS rebinding).

use std::error::Error;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::Policy;
use crate::fault::FaultKind;

/// Names that lead elsewhere than name servers say, as in a file of hosts; none for all other names.
pub type Hosts = Arc<dyn Fn(&str) -> Option<Vec<IpAddr>> + Send + Sync>;

/// Where a fetch may lead.
#[derive(Clone)]
pub(super) struct Guard {
    private: bool,
    allowed: Vec<IpAddr>,
    proxy: Option<String>,
    hosts: Option<Hosts>,
}

impl Guard {
    pub(super) fn new(policy: &Policy, hosts: Option<Hosts>) -> Self {
        let proxy = policy.proxy.as_ref().and_then(Url::host_str).map(str::to_owned);
        Self { private: policy.private, allowed: policy.allowed.clone(), proxy, hosts }
    }

    /// Whether an address may be asked, as far as its text alone tells.
    pub(super) fn check(&self, url: &Url) -> Result<(), FaultKind> {
        // RFC 3986, section 3.2.2: the host of an `https` address is a name or an address in brackets.
        let literal = match url.host_str() {
            Some(host) => host.trim_matches(['[', ']']).parse::<IpAddr>().ok(),
            None => return Err(FaultKind::Garbled),
        };
        match literal {
            Some(address) if !self.allows(address) => Err(FaultKind::PrivateAddress),
            _ => Ok(()),
        }
    }

    /// Where a redirect leads, if it may be followed.
    pub(super) fn follow(&self, from: &Url, location: &str) -> Result<Url, FaultKind> {
        let mut to = from.join(location).map_err(|_| FaultKind::Garbled)?;
        match (from.scheme(), to.scheme()) {
            (_, "https") | ("http", "http") => {}
            ("https", "http") => return Err(FaultKind::Downgrade),
            _ => {
                return Err(FaultKind::WrongContent(
                    "a redirect to something else than a web address".into(),
                ));
            }
        }
        // What a server writes there is not ours to say to another one.
        let _ = to.set_username("");
        let _ = to.set_password(None);
        self.check(&to)?;
        Ok(to)
    }

    fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let is_allowed = || self.private || self.allowed.contains(&address) || is_public(address);
        !is_metadata(address) && is_allowed()
    }
}

/// Where clouds keep the secrets of a machine: AWS and most others, AWS over IPv6, Alibaba.
pub fn is_metadata(address: IpAddr) -> bool {
    let known = [
        IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
        IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
        IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    ];
    known.contains(&address)
        || matches!(address, IpAddr::V6(v6) if embedded(v6).is_some_and(|v4| is_metadata(v4.into())))
}

/// Whether an address belongs to the public internet (the IANA registries of RFC 6890).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

#[expect(clippy::unnested_or_patterns, reason = "one row for each entry of the registry")]
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let reserved = matches!(
        (a, b, c),
        (0 | 10 | 127, _, _)            // this network, private, loopback
            | (100, 64..=127, _)        // carrier-grade NAT (RFC 6598)
            | (169, 254, _)             // link-local
            | (172, 16..=31, _)         // private
            | (192, 0, 0 | 2)           // protocol assignments, documentation
            | (192, 88, 99)             // 6to4 relays
            | (192, 168, _)             // private
            | (198, 18 | 19, _)         // benchmarks
            | (198, 51, 100)            // documentation
            | (203, 0, 113)             // documentation
            | (224..=255, _, _) // multicast, reserved, broadcast
    );
    !reserved
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(v4) = embedded(address) {
        return is_public_v4(v4);
    }
    // RFC 4291, section 2.4: global unicast is 2000::/3 today; all else is local, multicast or reserved.
    match address.segments() {
        [0x2001, 0x0000..=0x01ff, ..] => false, // Teredo, benchmarks, ORCHID
        [0x2001, 0x0db8, ..] => false,          // documentation
        [0x3fff, 0x0000..=0x0fff, ..] => false, // documentation (RFC 9637)
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// The IPv4 address inside an IPv6 one: mapped, compatible, NAT64 (RFC 6052) or 6to4 (RFC 3056).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => Some(v4(high, low)),
        [0x64, 0xff9b, 0 | 1, _, _, _, high, low] => Some(v4(high, low)),
        [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

/// Why a name was not resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It leads nowhere, or no name server answers.
    Nowhere,
    /// It leads into a private network.
    Private,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nowhere => "the name cannot be resolved",
            Self::Private => "the name leads into a private network",
        })
    }
}

impl Error for Refusal {}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let addresses = guard.addresses(name.as_str()).await.map_err(|_| Refusal::Nowhere)?;
            let is_proxy = guard.proxy.as_deref() == Some(name.as_str());
            if addresses.is_empty() {
                return Err(Refusal::Nowhere.into());
            }
            let may = |address: &SocketAddr| is_proxy || guard.allows(address.ip());
            let allowed: Vec<SocketAddr> = addresses.into_iter().filter(may).collect();
            if allowed.is_empty() {
                return Err(Refusal::Private.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

impl Guard {
    async fn addresses(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        let known = self.hosts.as_ref().and_then(|hosts| hosts(name));
        match known {
            Some(known) => Ok(known.into_iter().map(|address| SocketAddr::new(address, 0)).collect()),
            // The port is set by whoever connects.
            None => Ok(tokio::net::lookup_host((name, 0)).await?.collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(private: bool) -> Guard {
        Guard::new(&Policy { private, ..Policy::default() }, None)
    }

    #[test]
    fn an_address_inside_a_private_network_is_refused_however_it_is_written() {
        let refused = [
            "127.0.0.1",
            "127.1",
            "0x7f000001",
            "2130706433",
            "0",
            "10.0.0.1",
            "100.64.0.1",
            "169.254.169.254",
            "172.31.255.255",
            "192.168.1.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:a9fe:a9fe]",
            "[::7f00:1]",
            "[64:ff9b::10.0.0.1]",
            "[2002:7f00:1::]",
            "[fe80::1]",
            "[fd00:ec2::254]",
            "[ff02::1]",
            "[fec0::1]",
        ];
        for host in refused {
            let url = Url::parse(&format!("https://{host}/")).unwrap();
            assert_eq!(guard(false).check(&url), Err(FaultKind::PrivateAddress), "{host}");
        }
        for host in
            ["example.org", "1.1.1.1", "172.32.0.1", "100.128.0.1", "[2606:4700::1]", "[64:ff9b::1.1.1.1]"]
        {
            let url = Url::parse(&format!("https://{host}/")).unwrap();
            assert_eq!(guard(false).check(&url), Ok(()), "{host}");
        }
    }

    #[test]
    fn a_private_origin_may_lie_anywhere_but_where_clouds_keep_their_secrets() {
        for (host, expected) in [
            ("192.168.1.9", Ok(())),
            ("[::1]", Ok(())),
            ("169.254.169.254", Err(FaultKind::PrivateAddress)),
            ("[::ffff:169.254.169.254]", Err(FaultKind::PrivateAddress)),
            ("[fd00:ec2::254]", Err(FaultKind::PrivateAddress)),
        ] {
            let url = Url::parse(&format!("https://{host}/")).unwrap();
            assert_eq!(guard(true).check(&url), expected, "{host}");
        }
    }

    #[test]
    fn an_allowed_address_opens_no_other_and_never_where_clouds_keep_their_secrets() {
        let allowed = ["192.168.1.9", "169.254.169.254"].map(|address| address.parse().unwrap()).to_vec();
        let guard = Guard::new(&Policy { allowed, ..Policy::default() }, None);
        for (host, expected) in [
            ("192.168.1.9", Ok(())),
            ("[::ffff:192.168.1.9]", Ok(())),
            ("192.168.1.10", Err(FaultKind::PrivateAddress)),
            ("169.254.169.254", Err(FaultKind::PrivateAddress)),
        ] {
            let url = Url::parse(&format!("https://{host}/")).unwrap();
            assert_eq!(guard.check(&url), expected, "{host}");
        }
    }

    #[test]
    fn a_redirect_never_leaves_https_nor_carries_a_password() {
        let from = Url::parse("https://example.org/a/data.json").unwrap();
        let follow = |location| guard(false).follow(&from, location);
        assert_eq!(follow("../b").unwrap().as_str(), "https://example.org/b");
        assert_eq!(follow("https://me:secret@example.com/").unwrap().as_str(), "https://example.com/");
        assert_eq!(follow("http://example.org/"), Err(FaultKind::Downgrade));
        assert_eq!(follow("//127.0.0.1/"), Err(FaultKind::PrivateAddress));
        assert!(matches!(follow("file:///etc/passwd"), Err(FaultKind::WrongContent(_))));
    }
}
