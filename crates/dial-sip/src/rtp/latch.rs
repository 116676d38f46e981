//! Whose packets are heard, and where ours go.
//!
//! The strict rule: sound goes to the address that was signalled and is heard from nowhere else, and the
//! source keeps its number. Learning another address, for callers behind an address translator, has to be
//! chosen, is bound to addresses that signalling vouches for, and ends with the first packet from the
//! address that was signalled. Else anybody who guesses a port could put words into a call, or have its
//! sound sent elsewhere (CVE-2017-14099, CVE-2025-53399).

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::time::Moment;

/// A source may change its number after it was silent so long.
const SILENT: Duration = Duration::from_secs(2);

/// Where sound may come from beside the signalled address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learn {
    /// From nowhere: address and port are those that were signalled.
    Never,
    /// From another port of the signalled address, or from the address that the signalling itself came
    /// from: the first that sends is taken.
    Behind(
        /// Where the signalling came from.
        IpAddr,
    ),
}

/// What a packet is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It is the caller's.
    Yes,
    /// It is the caller's, and sound goes to where it came from, from now on.
    Moved,
    /// It is a stranger's, and dropped.
    Stranger,
    /// It bears our own number: choose another, and say goodbye under the old one (RFC 3550 section 8.2).
    Collision,
}

/// The caller of one call.
#[derive(Debug, Clone)]
pub struct Latch {
    signalled: SocketAddr,
    learn: Learn,
    ours: u32,
    remote: SocketAddr,
    /// No other address is learnt any more.
    is_settled: bool,
    source: Option<(u32, Moment)>,
}

impl Latch {
    /// A call whose sound is signalled to be at an address; `ours` is the number of our own source.
    pub fn new(signalled: SocketAddr, learn: Learn, ours: u32) -> Self {
        let signalled = canonical(signalled);
        let is_settled = learn == Learn::Never;
        Self { signalled, learn, ours, remote: signalled, is_settled, source: None }
    }

    /// Where sound goes.
    pub const fn remote(&self) -> SocketAddr {
        self.remote
    }

    /// The signalled address changed: the caller is found again. The same address changes nothing.
    pub fn signal(&mut self, signalled: SocketAddr) {
        if canonical(signalled) != self.signalled {
            *self = Self::new(signalled, self.learn, self.ours);
        }
    }

    /// We took another number after a collision.
    pub const fn renumber(&mut self, ours: u32) {
        self.ours = ours;
    }

    /// A packet came from an address, with a number of its source.
    pub fn judge(&mut self, from: SocketAddr, ssrc: u32, now: Moment) -> Heard {
        let from = canonical(from);
        let heard = self.place(from);
        if heard == Heard::Stranger {
            return heard;
        }
        if ssrc == self.ours {
            return Heard::Collision;
        }
        match self.source {
            Some((known, last)) if known != ssrc && heard == Heard::Yes && now.since(last) < SILENT => {
                return Heard::Stranger;
            }
            _ => self.source = Some((ssrc, now)),
        }
        if heard == Heard::Moved {
            (self.remote, self.is_settled) = (from, from.ip() == self.signalled.ip());
        } else if from == self.signalled {
            self.is_settled = true;
        }
        heard
    }

    fn place(&self, from: SocketAddr) -> Heard {
        let vouched = match self.learn {
            Learn::Never => false,
            Learn::Behind(signalling) => {
                from.ip() == self.signalled.ip() || from.ip() == signalling.to_canonical()
            }
        };
        match from == self.remote {
            true => Heard::Yes,
            // The signalled address wins over one that was learnt.
            false if from == self.signalled => Heard::Moved,
            false if self.is_settled || !vouched => Heard::Stranger,
            // One that was learnt stays, but for the signalled machine itself.
            false if self.remote != self.signalled && from.ip() != self.signalled.ip() => Heard::Stranger,
            false => Heard::Moved,
        }
    }
}

/// An IPv4 address is one, though a socket of IPv6 tells it as another.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn second(second: u64) -> Moment {
        Moment::after_start(Duration::from_secs(second))
    }

    #[test]
    fn by_the_strict_rule_only_the_signalled_address_is_heard() {
        let mut latch = Latch::new(at("192.0.2.1:6000"), Learn::Never, 9);
        for stranger in ["192.0.2.1:6002", "192.0.2.2:6000", "[::ffff:192.0.2.2]:6000"] {
            assert_eq!(latch.judge(at(stranger), 1, second(0)), Heard::Stranger, "{stranger}");
        }
        assert_eq!(latch.judge(at("[::ffff:192.0.2.1]:6000"), 1, second(0)), Heard::Yes);
        assert_eq!(latch.remote(), at("192.0.2.1:6000"));
    }

    #[test]
    fn a_caller_behind_a_translator_is_found_once_and_then_kept() {
        let mut latch = Latch::new(at("10.0.0.5:6000"), Learn::Behind("203.0.113.7".parse().unwrap()), 9);
        assert_eq!(latch.judge(at("198.51.100.66:1"), 5, second(0)), Heard::Stranger);
        assert_eq!(latch.judge(at("203.0.113.7:40123"), 1, second(0)), Heard::Moved);
        assert_eq!(latch.remote(), at("203.0.113.7:40123"));
        assert_eq!(
            latch.judge(at("203.0.113.7:666"), 2, second(1)),
            Heard::Stranger,
            "another port of the same house"
        );
        assert_eq!(latch.judge(at("203.0.113.7:40123"), 1, second(1)), Heard::Yes);
    }

    #[test]
    fn the_signalled_address_wins_and_ends_the_learning() {
        let mut latch = Latch::new(at("192.0.2.1:6000"), Learn::Behind("203.0.113.7".parse().unwrap()), 9);
        assert_eq!(latch.judge(at("203.0.113.7:40123"), 1, second(0)), Heard::Moved);
        assert_eq!(latch.judge(at("192.0.2.1:6000"), 2, second(0)), Heard::Moved);
        assert_eq!(latch.judge(at("203.0.113.7:40123"), 1, second(1)), Heard::Stranger);
        assert_eq!(latch.remote(), at("192.0.2.1:6000"));
    }

    #[test]
    fn a_source_keeps_its_number_until_it_was_silent() {
        let mut latch = Latch::new(at("192.0.2.1:6000"), Learn::Never, 9);
        let from = at("192.0.2.1:6000");
        assert_eq!(latch.judge(from, 1, second(0)), Heard::Yes);
        assert_eq!(latch.judge(from, 2, second(1)), Heard::Stranger);
        assert_eq!(latch.judge(from, 2, second(2)), Heard::Yes);
        assert_eq!(latch.judge(from, 9, second(2)), Heard::Collision);
        latch.renumber(10);
        assert_eq!(latch.judge(from, 9, second(5)), Heard::Yes);
    }

    #[test]
    fn a_new_address_in_the_signalling_is_heard_at_once() {
        let mut latch = Latch::new(at("192.0.2.1:6000"), Learn::Never, 9);
        latch.judge(at("192.0.2.1:6000"), 1, second(0));
        latch.signal(at("192.0.2.8:7000"));
        assert_eq!(latch.judge(at("192.0.2.1:6000"), 1, second(0)), Heard::Stranger);
        assert_eq!(latch.judge(at("192.0.2.8:7000"), 3, second(0)), Heard::Yes);
    }
}
