//! Numbers about calls, origins and certificates, for Prometheus and what reads like it.
//!
//! Labels are names of the configuration, hosts and closed sets of words, and bounded in number. It must
//! not know who calls: no caller, number or call is ever a label.

mod certificates;
mod names;
mod signalling;
mod sound;
#[cfg(test)]
mod tests;
mod text;

use self::signalling::Signalling;
use self::sound::Sound;
use dial_playout::Meter;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dial_core::call::HangupCause;
use dial_origin::event::{Event, What};
use dial_sip::guard::Counters;
use jiff::Timestamp;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use self::certificates::Certificates;
use self::names::Names;
pub(crate) use self::text::MEDIA_TYPE;

/// Bounds of the time that a webhook may take, in seconds: 0.1 is what we promise, 15 is where Twilio hangs up.
const ANSWER_SECONDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0];
/// Bounds of the time in which an origin gives its list, in seconds: 10 is the deadline of a list.
const FETCH_SECONDS: [f64; 10] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

type Labels<const N: usize> = [(&'static str, String); N];
type Seconds = Gauge<f64, AtomicU64>;

/// Everything that is counted.
pub(crate) struct Metrics {
    registry: Registry,
    names: Names,
    calls: Family<Labels<2>, Counter>,
    answer: Histogram,
    stream_failures: Family<Labels<1>, Counter>,
    polite_failures: Counter,
    signature_failures: Counter,
    snapshot_age: Family<Labels<1>, Seconds>,
    snapshot_success: Family<Labels<1>, Seconds>,
    origin_up: Family<Labels<2>, Gauge>,
    origin_fetch: Family<Labels<2>, Histogram, fn() -> Histogram>,
    origin_failures: Family<Labels<3>, Counter>,
    certificates: Mutex<Certificates>,
    disk_free: Seconds,
    sound: Sound,
    signalling: Signalling,
    confirmed_at: Mutex<BTreeMap<String, Timestamp>>,
}

impl Default for Metrics {
    fn default() -> Self {
        let fetch: fn() -> Histogram = || Histogram::new(FETCH_SECONDS);
        let mut metrics = Self {
            registry: Registry::default(),
            names: Names::default(),
            calls: Family::default(),
            answer: Histogram::new(ANSWER_SECONDS),
            stream_failures: Family::default(),
            polite_failures: Counter::default(),
            signature_failures: Counter::default(),
            snapshot_age: Family::default(),
            snapshot_success: Family::default(),
            origin_up: Family::default(),
            origin_fetch: Family::new_with_constructor(fetch),
            origin_failures: Family::default(),
            certificates: Mutex::default(),
            disk_free: Seconds::default(),
            sound: Sound::default(),
            signalling: Signalling::default(),
            confirmed_at: Mutex::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        let to = &mut self.registry;
        to.register("dial_calls", "Calls that ended, by who ended them", self.calls.clone());
        to.register("dial_call_answer_seconds", "How long an answer to a webhook took", self.answer.clone());
        let failures = self.stream_failures.clone();
        to.register(
            "dial_stream_failures",
            "Calls that a media stream could not carry to their end",
            failures,
        );
        to.register("dial_polite_failure", "Times a caller heard the apology", self.polite_failures.clone());
        to.register(
            "dial_signature_failures",
            "Webhooks refused for their signature",
            self.signature_failures.clone(),
        );
        to.register(
            "dial_snapshot_age_seconds",
            "Since any origin confirmed what is offered",
            self.snapshot_age.clone(),
        );
        let success = self.snapshot_success.clone();
        to.register("dial_snapshot_last_success_timestamp_seconds", "When any origin last did", success);
        to.register(
            "dial_origin_up",
            "Whether an origin gave its list at the last look",
            self.origin_up.clone(),
        );
        to.register(
            "dial_origin_fetch_seconds",
            "How long a look at an origin took",
            self.origin_fetch.clone(),
        );
        to.register(
            "dial_origin_failures",
            "Looks at an origin that failed, by cause",
            self.origin_failures.clone(),
        );
        lock(&self.certificates).register(to);
        to.register(
            "dial_disk_free_bytes",
            "What is free on the disk of the data folder",
            self.disk_free.clone(),
        );
        self.sound.register(to);
        self.signalling.register(to);
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        to.register("dial_build", "The program that runs", Info::new(version));
    }

    /// From now on the numbers of sound are this engine's.
    pub(crate) fn sound(&self, meter: Meter) {
        self.sound.follow(meter);
    }

    /// There are so many calls by SIP, and so much was done with what came.
    pub(crate) fn signalled(&self, calls: usize, counters: Counters) {
        self.signalling.set(calls, counters);
    }

    /// A webhook of a call was answered.
    pub(crate) fn answered(&self, took: Duration) {
        self.answer.observe(took.as_secs_f64());
    }

    /// A call ended.
    pub(crate) fn ended(&self, line: &str, cause: HangupCause) {
        let outcome = match cause {
            HangupCause::Caller => "caller",
            HangupCause::Line => "line",
            HangupCause::Failed => "failed",
        };
        self.calls.get_or_create(&[self.line(line), ("outcome", outcome.into())]).inc();
    }

    /// A media stream has failed, or never begun, and its call goes on by webhooks.
    pub(crate) fn stream_failed(&self, line: &str) {
        self.stream_failures.get_or_create(&[self.line(line)]).inc();
    }

    /// A caller heard that the line has some trouble.
    pub(crate) fn polite_failure(&self) {
        self.polite_failures.inc();
    }

    /// A webhook was refused for its signature.
    pub(crate) fn signature_failure(&self) {
        self.signature_failures.inc();
    }

    /// So many bytes are free on the disk of the data folder.
    pub(crate) fn disk_free(&self, bytes: u64) {
        self.disk_free.set(bytes as f64);
    }

    /// An origin confirmed then what a line offers; also for what is known of it from before a restart.
    pub(crate) fn confirmed(&self, line: &str, at: Timestamp) {
        let line = self.line(line);
        self.snapshot_success.get_or_create(std::array::from_ref(&line)).set(at.as_duration().as_secs_f64());
        lock(&self.confirmed_at).insert(line.1, at);
    }

    /// Something happened around the origins of a line.
    pub(crate) fn take(&self, event: &Event) {
        let origin = |origin: &String| [self.line(&event.line), ("origin", self.names.known(origin))];
        let looked = |origin: &Labels<2>, up: bool, took_ms: u64| {
            self.origin_up.get_or_create(origin).set(up.into());
            self.origin_fetch.get_or_create(origin).observe(Duration::from_millis(took_ms).as_secs_f64());
        };
        match &event.what {
            What::OriginAnswered { origin: name, took_ms } => looked(&origin(name), true, *took_ms),
            What::OriginFailed { origin: name, fault, took_ms, .. } => {
                let origin = origin(name);
                looked(&origin, false, *took_ms);
                let [line, name] = origin;
                self.origin_failures.get_or_create(&[line, name, ("kind", fault.kind.label().into())]).inc();
            }
            What::CycleEnded { fresh: true } => self.confirmed(&event.line, event.at),
            What::CertificateSeen { certificate, .. } => lock(&self.certificates).seen(certificate, event.at),
            What::CertificateRefused { fault, .. } => {
                if let Some(certificate) = &fault.certificate {
                    lock(&self.certificates).seen(certificate, event.at);
                }
            }
            What::DiskLow { free } => self.disk_free(*free),
            _ => {}
        }
    }

    /// All numbers in the text format of Prometheus, version 0.0.4.
    pub(crate) fn render(&self, now: Timestamp) -> String {
        for (line, at) in &*lock(&self.confirmed_at) {
            let age = now.duration_since(*at).as_secs_f64().max(0.0);
            self.snapshot_age.get_or_create(&[("line", line.clone())]).set(age);
        }
        lock(&self.certificates).refresh(now);
        self.sound.refresh();
        text::render(&self.registry)
    }

    fn line(&self, line: &str) -> (&'static str, String) {
        ("line", self.names.known(line))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
