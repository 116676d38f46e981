//! Why a handshake failed, from the words of rustls to a fault.

use std::io;

use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage};

use super::{Certificate, Links};
use crate::fault::{CertificateFault, FaultKind};

/// What a failed connection or handshake means. What was presented helps where it was read.
pub(super) fn kind(error: &io::Error, presented: Option<(&Certificate, Links)>) -> FaultKind {
    match of_tls(error) {
        Some(Error::InvalidCertificate(refused)) => FaultKind::Certificate(certificate(refused, presented)),
        Some(Error::InvalidMessage(InvalidMessage::InvalidContentType)) => FaultKind::NotTls,
        Some(Error::AlertReceived(AlertDescription::CertificateRequired)) => FaultKind::AsksForCertificate,
        Some(
            Error::PeerIncompatible(_)
            | Error::AlertReceived(AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure),
        ) => FaultKind::OldTls,
        Some(_) => FaultKind::Garbled,
        None => match error.kind() {
            io::ErrorKind::ConnectionRefused => FaultKind::Refused,
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => FaultKind::Cut,
            io::ErrorKind::TimedOut => FaultKind::NoAnswer,
            _ => FaultKind::Unreachable,
        },
    }
}

/// The error of rustls in one of the system: it lies in it, not behind it.
fn of_tls(error: &io::Error) -> Option<&Error> {
    let inner = error.get_ref()?;
    inner.downcast_ref::<Error>().or_else(|| of_tls(inner.downcast_ref::<io::Error>()?))
}

fn certificate(error: &CertificateError, presented: Option<(&Certificate, Links)>) -> CertificateFault {
    match error {
        CertificateError::ExpiredContext { not_after, .. } => CertificateFault::Expired(moment(*not_after)),
        CertificateError::Expired => CertificateFault::Expired(None),
        CertificateError::NotValidYetContext { not_before, .. } => {
            CertificateFault::NotYetValid(moment(*not_before))
        }
        CertificateError::NotValidYet => CertificateFault::NotYetValid(None),
        CertificateError::Revoked => CertificateFault::Revoked,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateFault::WrongName(presented.map(|(own, _)| own.names.clone()).unwrap_or_default())
        }
        // No chain of one root is whole without it: browsers fetch what is missing, we do not.
        CertificateError::UnknownIssuer => match presented.map(|(_, links)| links) {
            Some(Links::SelfSigned) => CertificateFault::SelfSigned,
            Some(Links::Alone | Links::Broken) => CertificateFault::Incomplete,
            Some(Links::Whole) | None => CertificateFault::UnknownIssuer,
        },
        other => CertificateFault::Other(other.to_string()),
    }
}

fn moment(time: UnixTime) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(time.as_secs()).ok()?).ok()
}
