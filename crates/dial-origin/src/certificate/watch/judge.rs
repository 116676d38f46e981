//! What is remarkable about a certificate, and when to look again. Pure.

use jiff::{SignedDuration, Timestamp};

use super::seen::Remembered;
use crate::certificate::{Certificate, Links};
use crate::event::Remark;
use crate::fault::FaultKind;

/// Between looks at a host with which all is well.
const CALM: SignedDuration = SignedDuration::from_hours(1);
/// Between looks at one with which something is not.
const FLAGGED: SignedDuration = SignedDuration::from_mins(15);

/// When to look again.
pub(super) fn next(at: Timestamp, flagged: bool) -> Timestamp {
    at + if flagged { FLAGGED } else { CALM }
}

/// What of a look that failed is told: a certificate that is refused. Under our own name also a server that
/// answers and cannot be shaken hands with, for no telephone company gets through there.
pub(super) fn told(kind: &FaultKind, is_ours: bool) -> Option<FaultKind> {
    match kind {
        kind if kind.is_certificate() => Some(kind.clone()),
        FaultKind::NotTls | FaultKind::AsksForCertificate | FaultKind::Garbled if is_ours => {
            Some(FaultKind::NoCertificate("whoever connects is refused before one is shown".into()))
        }
        _ => None,
    }
}

/// What is remarkable about a certificate that stood the strict check.
///
/// `newest` is the latest beginning of a certificate that the host presents or has presented, anywhere.
pub(super) fn remarks(
    certificate: &Certificate,
    links: Links,
    before: Option<&Remembered>,
    newest: Timestamp,
) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let issuer = certificate.organisation();
    if let Some(from) = before.and_then(|before| before.other_issuer(issuer)) {
        remarks.push(Remark::IssuerChanged { from: from.to_owned() });
    }
    if certificate.not_before < newest {
        remarks.push(Remark::Older);
    }
    if links == Links::Broken {
        remarks.push(Remark::BrokenChain);
    }
    remarks
}
