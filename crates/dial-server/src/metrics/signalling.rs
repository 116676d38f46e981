//! What comes in by SIP: from whom it was taken, and from whom it was not.

use std::sync::atomic::{AtomicU64, Ordering};

use dial_sip::guard::Counters;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::Labels;

/// What may become of a request that belongs to no call.
const OUTCOMES: [&str; 6] = ["admitted", "stranger", "challenged", "too_much", "broken", "refused"];

/// What signalling told last.
pub(super) struct Signalling {
    calls: Gauge,
    requests: Family<Labels<1>, Counter>,
    /// The same, in the order of [`OUTCOMES`]: each message writes them, and a look for labels costs more.
    by_outcome: [Counter; OUTCOMES.len()],
}

impl Default for Signalling {
    fn default() -> Self {
        let requests = Family::<Labels<1>, Counter>::default();
        let by_outcome = OUTCOMES.map(|outcome| requests.get_or_create_owned(&[("outcome", outcome.into())]));
        Self { calls: Gauge::default(), requests, by_outcome }
    }
}

impl Signalling {
    pub(super) fn register(&self, to: &mut Registry) {
        to.register("dial_sip_calls", "Calls by SIP, from ringing to the end, now", self.calls.clone());
        to.register(
            "dial_sip_requests",
            "Requests of SIP that began something, by what became of them",
            self.requests.clone(),
        );
    }

    /// So it is now.
    pub(super) fn set(&self, calls: usize, counters: Counters) {
        let Counters { admitted, strangers, challenged, too_much, broken, refused } = counters;
        self.calls.set(i64::try_from(calls).unwrap_or(i64::MAX));
        let counts = [admitted, strangers, challenged, too_much, broken, refused];
        for (counter, count) in self.by_outcome.iter().zip(counts) {
            let inner: &AtomicU64 = counter.inner();
            inner.store(count, Ordering::Relaxed);
        }
    }
}
