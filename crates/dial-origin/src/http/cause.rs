//! What lies behind an error of the HTTP client, as the cause of a fault.
//!
//! The client's own words hold addresses, and so perhaps tokens: they are never repeated, only the innermost are.

use std::error::Error;
use std::io::{self, ErrorKind};

use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError};

use super::guard::Refusal;
use crate::fault::{CertificateFault, FaultKind};

/// How far an answer had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing but perhaps a part of its head.
    Head,
    /// Its head, and perhaps a part of its body.
    Body,
}

/// The cause of an error, and a few words for an expert.
pub(super) fn cause(error: &reqwest::Error, stage: Stage) -> (FaultKind, String) {
    (kind(error, stage), innermost(error))
}

fn kind(error: &reqwest::Error, stage: Stage) -> FaultKind {
    if let Some(refusal) = find::<Refusal>(error) {
        return match refusal {
            Refusal::Nowhere => FaultKind::NoSuchHost,
            Refusal::Private => FaultKind::PrivateAddress,
        };
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        return of_tls(tls);
    }
    if error.is_timeout() {
        return match stage {
            Stage::Head => FaultKind::NoAnswer,
            Stage::Body => FaultKind::Slow,
        };
    }
    if find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse) {
        return FaultKind::Garbled;
    }
    match (deepest_io(error).map(io::Error::kind), stage) {
        (Some(ErrorKind::ConnectionRefused), _) => FaultKind::Refused,
        (Some(ErrorKind::TimedOut), Stage::Head) => FaultKind::NoAnswer,
        (Some(ErrorKind::InvalidData | ErrorKind::InvalidInput), _) => FaultKind::Garbled,
        (_, Stage::Head) => FaultKind::Unreachable,
        (_, Stage::Body) => FaultKind::Cut,
    }
}

/// The cause of an error of TLS.
pub(crate) fn of_tls(error: &rustls::Error) -> FaultKind {
    use rustls::Error::*;
    match error {
        InvalidCertificate(error) => of_certificate(error),
        NoCertificatesPresented => {
            FaultKind::Certificate(CertificateFault::Other("it presented none".into()))
        }
        InvalidMessage(_) => FaultKind::NotTls,
        PeerIncompatible(_) => FaultKind::OldTls,
        AlertReceived(alert) => of_alert(*alert),
        _ => FaultKind::Garbled,
    }
}

fn of_alert(alert: AlertDescription) -> FaultKind {
    use AlertDescription::*;
    match alert {
        ProtocolVersion | HandshakeFailure | InsufficientSecurity => FaultKind::OldTls,
        CertificateRequired | BadCertificate | NoCertificate | UnknownCA | AccessDenied => {
            FaultKind::AsksForCertificate
        }
        // RFC 6066, section 3: the server does not have this host.
        UnrecognisedName => FaultKind::Certificate(CertificateFault::WrongName(Vec::new())),
        _ => FaultKind::Garbled,
    }
}

fn of_certificate(error: &CertificateError) -> FaultKind {
    use CertificateError::*;
    let fault = match error {
        Expired => CertificateFault::Expired(None),
        ExpiredContext { not_after, .. } => CertificateFault::Expired(moment(*not_after)),
        NotValidYet => CertificateFault::NotYetValid(None),
        NotValidYetContext { not_before, .. } => CertificateFault::NotYetValid(moment(*not_before)),
        UnknownIssuer => CertificateFault::UnknownIssuer,
        NotValidForName | NotValidForNameContext { .. } => CertificateFault::WrongName(Vec::new()),
        Revoked => CertificateFault::Revoked,
        UnsupportedSignatureAlgorithmContext { .. }
        | UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            return FaultKind::OldTls;
        }
        other => CertificateFault::Other(other.to_string()),
    };
    FaultKind::Certificate(fault)
}

fn moment(time: UnixTime) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(time.as_secs()).ok()?).ok()
}

/// The first error of a kind in a chain. `io::Error::source` steps over what it holds itself, so it is opened.
pub(crate) fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    links(error).find_map(|link| link.downcast_ref())
}

fn deepest_io<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a io::Error> {
    links(error).filter_map(|link| link.downcast_ref()).last()
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    match links(error).skip(1).last() {
        Some(inner) => inner.to_string(),
        None => String::new(),
    }
}

fn links<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |link| below(*link))
}

fn below<'a>(link: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match link.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(held) => Some(held),
        None => link.source(),
    }
}
