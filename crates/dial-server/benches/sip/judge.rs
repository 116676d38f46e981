//! What callers heard, packet for packet.

use crate::ear::Arrival;

/// Samples of a packet.
const SAMPLES: u32 = 160;
/// Nanoseconds of a sample.
const NS_A_SAMPLE: i64 = 125_000;
/// Packets that a call may have less than its time has, for the window's edges.
const EDGES: u64 = 2;

/// How calls were heard in a window of time.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Verdict {
    pub(crate) calls: usize,
    pub(crate) packets: u64,
    /// Packets that did not come.
    pub(crate) missing: u64,
    /// How far packets were from when they were due, in milliseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

impl Verdict {
    pub(crate) fn loss(&self) -> f64 {
        self.missing as f64 / (self.packets + self.missing).max(1) as f64
    }

    /// Fewer than one packet of 1,000 is missing, and 99 of 100 come within 5 ms of when they are due.
    pub(crate) fn is_in_time(&self) -> bool {
        self.loss() < 0.001 && self.p99 < 5.0
    }
}

/// Judges what came of so many calls in so many seconds. What is missing is seen by the timestamps, and a call
/// that is silent by the others. The median of a call is taken for in time.
pub(crate) fn judge(mut arrivals: Vec<Arrival>, calls: usize, seconds: f64) -> Verdict {
    let whole = (seconds * 50.0) as u64 - EDGES;
    arrivals.sort_unstable_by_key(|arrival| (arrival.port, arrival.at));
    let (mut verdict, mut deviations) = (Verdict::default(), Vec::with_capacity(arrivals.len()));
    for call in arrivals.chunk_by(|one, next| one.port == next.port) {
        let first = call[0].timestamp;
        let since = |arrival: &Arrival| i64::from(arrival.timestamp.wrapping_sub(first).cast_signed());
        let expected = call.iter().map(since).max().unwrap_or(0) as u64 / u64::from(SAMPLES) + 1;
        verdict.calls += 1;
        verdict.packets += call.len() as u64;
        verdict.missing += expected.max(whole).saturating_sub(call.len() as u64);
        let mut offsets: Vec<_> = call.iter().map(|one| one.at - since(one) * NS_A_SAMPLE).collect();
        offsets.sort_unstable();
        let median = offsets[offsets.len() / 2];
        deviations.extend(offsets.iter().map(|offset| (offset - median).abs()));
    }
    verdict.missing += whole * calls.saturating_sub(verdict.calls) as u64;
    [verdict.p50, verdict.p99, verdict.max] = quantiles_ms(&mut deviations, [0.5, 0.99, 1.0]);
    verdict
}

/// Of nanoseconds, in milliseconds.
pub(crate) fn quantiles_ms<const N: usize>(times: &mut [i64], parts: [f64; N]) -> [f64; N] {
    times.sort_unstable();
    let last = times.len().saturating_sub(1);
    parts.map(|part| times.get((last as f64 * part) as usize).map_or(f64::NAN, |ns| *ns as f64 / 1e6))
}
