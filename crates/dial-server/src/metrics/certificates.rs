//! The certificates that are seen, by host and address: those of the last two days, and not too many.
//!
//! The addresses of a large host change all the time; what is not seen again is forgotten.

use std::collections::BTreeMap;

use dial_origin::certificate::Certificate;
use jiff::{SignedDuration, Timestamp};
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::{Labels, Seconds};

/// What was not seen for so long is forgotten; it is looked for every hour.
const FORGET: SignedDuration = SignedDuration::from_hours(48);
/// The most certificates.
const MAX_SEEN: usize = 200;

/// The certificates that are seen.
#[derive(Default)]
pub(super) struct Certificates {
    seen: BTreeMap<(String, String), Seen>,
    not_after: Family<Labels<2>, Seconds>,
    fraction_left: Family<Labels<2>, Seconds>,
}

struct Seen {
    at: Timestamp,
    certificate: Certificate,
}

impl Certificates {
    pub(super) fn register(&self, to: &mut Registry) {
        let not_after = self.not_after.clone();
        to.register("dial_cert_not_after_timestamp_seconds", "When a certificate expires", not_after);
        let fraction_left = self.fraction_left.clone();
        to.register(
            "dial_cert_lifetime_fraction_left",
            "The part of its lifetime that is left",
            fraction_left,
        );
    }

    /// A server presented a certificate.
    pub(super) fn seen(&mut self, certificate: &Certificate, at: Timestamp) {
        let address = certificate.address.map(|address| address.to_string()).unwrap_or_default();
        let key = (certificate.host.clone(), address);
        if self.seen.len() >= MAX_SEEN && !self.seen.contains_key(&key) {
            let oldest = self.seen.iter().min_by_key(|(_, seen)| seen.at).map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                self.forget(&oldest);
            }
        }
        self.seen.insert(key, Seen { at, certificate: certificate.clone() });
    }

    /// Brings the numbers up to a moment.
    pub(super) fn refresh(&mut self, now: Timestamp) {
        let old = self.seen.iter().filter(|(_, seen)| now.duration_since(seen.at) > FORGET);
        let old: Vec<_> = old.map(|(key, _)| key.clone()).collect();
        for key in &old {
            self.forget(key);
        }
        for (key, Seen { certificate, .. }) in &self.seen {
            let labels = labels(key);
            self.not_after.get_or_create(&labels).set(certificate.not_after.as_duration().as_secs_f64());
            self.fraction_left.get_or_create(&labels).set(certificate.fraction_left(now));
        }
    }

    fn forget(&mut self, key: &(String, String)) {
        self.seen.remove(key);
        self.not_after.remove(&labels(key));
        self.fraction_left.remove(&labels(key));
    }
}

fn labels((host, ip): &(String, String)) -> Labels<2> {
    [("host", host.clone()), ("ip", ip.clone())]
}
