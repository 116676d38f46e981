//! The sound that we send ourselves: how much of it, and whether it goes out in time.

use std::sync::{Mutex, PoisonError};

use dial_playout::Meter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::Seconds;

/// What the engine of sound tells, at the moment when it is asked.
#[derive(Default)]
pub(super) struct Sound {
    meter: Mutex<Meter>,
    calls: Gauge,
    packets: Gauge,
    not_sent: Gauge,
    strangers: Gauge,
    lag: Seconds,
    skipped: Seconds,
}

impl Sound {
    pub(super) fn register(&self, to: &mut Registry) {
        let gauges = [
            ("dial_sound_calls", "Calls whose sound we send ourselves, now", &self.calls),
            ("dial_sound_packets", "Packets of sound that were sent since the start", &self.packets),
            ("dial_sound_packets_not_sent", "Packets of sound that the machine did not take", &self.not_sent),
            ("dial_sound_strangers", "Packets that came from others than the caller", &self.strangers),
        ];
        for (name, help, gauge) in gauges {
            to.register(name, help, gauge.clone());
        }
        let lag = self.lag.clone();
        to.register(
            "dial_sound_lag_seconds",
            "How late sound went out in the last second, but for one in a hundred",
            lag,
        );
        to.register(
            "dial_sound_skipped_seconds",
            "Time of calls that was left out since the start",
            self.skipped.clone(),
        );
    }

    /// From now on this engine is asked.
    pub(super) fn follow(&self, meter: Meter) {
        *self.meter.lock().unwrap_or_else(PoisonError::into_inner) = meter;
    }

    /// Brings the numbers up to date.
    pub(super) fn refresh(&self) {
        let load = self.meter.lock().unwrap_or_else(PoisonError::into_inner).read();
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.calls.set(count(load.calls as u64));
        self.packets.set(count(load.sent));
        self.not_sent.set(count(load.not_sent));
        self.strangers.set(count(load.strangers));
        self.lag.set(f64::from(load.lag_ms) / 1_000.0);
        self.skipped.set(load.skipped_ms as f64 / 1_000.0);
    }
}
