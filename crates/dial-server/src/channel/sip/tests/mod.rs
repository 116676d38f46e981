//! The channel as a softphone on this machine meets it: real sockets, time that is given.

mod caller;
mod transcripts;

use std::sync::Arc;
use std::time::Duration;

use dial_playout::{Clock as _, GivenClock, Meter, Priority};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Lines, Pace, Sip, Surroundings};
use crate::channel::transcript::TranscriptEvent;
use crate::clock::Clock;
use crate::config;
use crate::library::Library;
use crate::line::Line;
use crate::report::Reports;
use crate::store::Store;
pub(crate) use caller::Caller;

/// A telephone that answers for one line.
pub(crate) struct Exchange {
    pub(crate) address: std::net::SocketAddr,
    pub(crate) clock: Arc<GivenClock>,
    pub(crate) meter: Meter,
    pub(crate) events: mpsc::UnboundedReceiver<(dial_sip::call::CallId, TranscriptEvent)>,
    running: JoinHandle<()>,
    stop: CancellationToken,
    given: Duration,
}

/// A trunk on this machine, and SIP over UDP.
pub(crate) fn settings() -> config::Sip {
    let trunk = config::sip::SipTrunk {
        name: "softphone".into(),
        addresses: vec!["127.0.0.1".into()],
        ..Default::default()
    };
    let listen = config::sip::ListenSip {
        transport: dial_sip::net::Transport::Udp,
        address: ([127, 0, 0, 1], 0).into(),
    };
    config::Sip { listen: vec![listen], trunks: vec![trunk], silent_s: 0, ..config::Sip::default() }
}

impl Exchange {
    pub(crate) async fn of(
        line: Arc<Line>,
        library: Arc<Library>,
        store: Arc<Store>,
        now: Timestamp,
    ) -> Self {
        let surroundings = Surroundings {
            lines: Arc::new(Lines { lines: vec![(line, Vec::new())], of_trunks: Vec::new() }),
            library,
            store,
            reports: Reports::new().0,
            clock: Clock::from_fn(move || now),
            presented: None,
        };
        let clock = Arc::new(GivenClock::default());
        let (tap, events) = mpsc::unbounded_channel();
        // It would keep everybody else from a processor while it hurries.
        let pace = Pace { clock: Arc::clone(&clock) as _, priority: Priority::Ordinary };
        let sip = Sip::open_at(&settings(), surroundings, pace, Some(tap)).await.unwrap();
        let (address, meter, stop) = (sip.addresses()[0].1, sip.meter(), CancellationToken::new());
        let running = tokio::spawn(sip.run(CancellationToken::new(), stop.clone()));
        Self { address, clock, meter, events, running, stop, given: Duration::ZERO }
    }

    /// Time passes until then.
    pub(crate) fn pass_until(&mut self, until_ms: u64) {
        self.given = self.given.max(Duration::from_millis(until_ms));
        self.clock.give(self.given);
        self.clock.wait();
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.clock.give(Duration::MAX);
        assert!(self.clock.now() >= self.given);
        self.running.await.unwrap();
    }
}
