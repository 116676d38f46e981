//! Who rings in masses: strangers, and a trunk beyond what it may.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use crate::message::Dialog;
use crate::socket::{Batch, now, open};

/// Bursts a second.
const BURSTS: u32 = 1_000;

/// Where a flood comes from, and what it is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Flood {
    /// From sixteen addresses that nobody has named: every other message wants a registration.
    Strangers,
    /// From one address of the trunk, for a number that nobody has.
    Trunk,
}

/// What became of a flood.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flooded {
    pub(crate) messages: u64,
    /// Of the answers.
    pub(crate) bytes: u64,
}

impl Flood {
    fn sources(self) -> Vec<UdpSocket> {
        match self {
            Self::Strangers => (1..=16).map(|last| open(Ipv4Addr::new(127, 0, 1, last))).collect(),
            Self::Trunk => vec![open(Ipv4Addr::new(127, 0, 2, 200))],
        }
    }

    /// Sends so many messages a second, and reads what is answered.
    pub(crate) fn run(self, line: SocketAddr, a_second: u32, lasts: Duration) -> Flooded {
        let (sources, mut batch, begun) = (self.sources(), Batch::new(), now());
        let addresses: Vec<_> = sources.iter().map(|source| source.local_addr().unwrap()).collect();
        let (mut messages, mut bytes) = (0, 0);
        let to = format!("<sip:nobody@{line}>");
        for burst in 0..lasts.as_millis() as u32 * BURSTS / 1_000 {
            let due = begun + i64::from(burst) * 1_000_000_000 / i64::from(BURSTS);
            std::thread::sleep(Duration::from_nanos((due - now()).max(0) as u64));
            for _ in 0..a_second / BURSTS {
                let number = messages as usize;
                let place = number % sources.len();
                let dialog = Dialog { line, us: addresses[place], number, whom: "nobody", to: &to };
                let register = matches!(self, Self::Strangers) && (number / sources.len()).is_multiple_of(2);
                let message = if register { dialog.register() } else { dialog.invite(9) };
                messages += u64::from(sources[place].send_to(&message, line).is_ok());
            }
            let source = &sources[burst as usize % sources.len()];
            batch.read(source, |answer, _, _| bytes += answer.len() as u64);
        }
        std::thread::sleep(Duration::from_millis(300));
        for source in &sources {
            while batch.read(source, |answer, _, _| bytes += answer.len() as u64) {}
        }
        Flooded { messages, bytes }
    }
}
