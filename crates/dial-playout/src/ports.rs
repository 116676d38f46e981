//! The sockets of a call: an even port for sound, the next one for reports (RFC 3550, section 11).

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

use mio::net::UdpSocket;

/// Two sockets, for as long as this lives.
#[derive(Debug)]
pub struct Ports {
    pub(crate) rtp: UdpSocket,
    pub(crate) rtcp: UdpSocket,
    address: SocketAddr,
}

impl Ports {
    /// Where sound is heard; reports are at the next port.
    pub const fn rtp(&self) -> SocketAddr {
        self.address
    }
}

/// Gives out ports by chance, so that nobody knows where the next call will be.
#[derive(Debug)]
pub(crate) struct Pool {
    first: u16,
    pairs: u16,
}

impl Pool {
    pub(crate) fn new(range: &RangeInclusive<u16>) -> Self {
        let first = range.start().next_multiple_of(2);
        let ports = (u32::from(*range.end()) + 1).saturating_sub(first.into());
        Self { first, pairs: (ports / 2) as u16 }
    }

    /// How many pairs there are.
    pub(crate) fn pairs(&self) -> usize {
        self.pairs.into()
    }

    /// Two free ports of an address of ours.
    pub(crate) fn open(&self, ip: IpAddr) -> io::Result<Ports> {
        let from = u16::from_ne_bytes(random()?);
        let mut last = io::ErrorKind::AddrInUse.into();
        for next in 0..self.pairs {
            let place = (u32::from(from) + u32::from(next)) % u32::from(self.pairs);
            match pair(ip, self.first + 2 * place as u16) {
                Ok(ports) => return Ok(ports),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = error,
                // Another port would not help.
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }
}

/// Bytes of the machine's source of randomness.
pub(crate) fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

fn pair(ip: IpAddr, port: u16) -> io::Result<Ports> {
    let address = SocketAddr::new(ip, port);
    let rtp = UdpSocket::bind(address)?;
    let rtcp = UdpSocket::bind(SocketAddr::new(ip, port + 1))?;
    Ok(Ports { rtp, rtcp, address })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_an_even_port_and_the_next_until_none_is_free() {
        let pool = Pool::new(&(47_001..=47_008));
        assert_eq!(pool.pairs(), 3);
        let ip = "127.0.0.1".parse().unwrap();
        let mut all: Vec<_> = (0..3).map(|_| pool.open(ip).unwrap()).collect();
        for ports in &all {
            assert_eq!(ports.rtp().port() % 2, 0);
            assert_eq!(ports.rtcp.local_addr().unwrap().port(), ports.rtp().port() + 1);
        }
        assert!(pool.open(ip).is_err());
        let freed = all.pop().unwrap().rtp();
        assert_eq!(pool.open(ip).unwrap().rtp(), freed);
    }
}
