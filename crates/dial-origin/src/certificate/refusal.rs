//! Why a connection or handshake failed, with what was presented taken into account.

use std::io;

use rustls::pki_types::CertificateDer;

use super::Certificate;
use crate::fault::{CertificateFault, FaultKind};
use crate::http::cause;
use crate::http::chain::{self, Gap};

/// What a failed connection or handshake means. The chain is empty where none was presented.
pub(super) fn kind(
    error: &io::Error,
    certificate: Option<&Certificate>,
    presented: &[CertificateDer<'_>],
) -> FaultKind {
    let Some(tls) = cause::find::<rustls::Error>(error) else { return of_connection(error) };
    let mut kind = cause::of_tls(tls);
    if let FaultKind::Certificate(fault) = &mut kind {
        match (&*fault, chain::gap(presented)) {
            (CertificateFault::UnknownIssuer, Gap::Incomplete) => *fault = CertificateFault::Incomplete,
            (CertificateFault::UnknownIssuer | CertificateFault::Other(_), Gap::SelfSigned) => {
                *fault = CertificateFault::SelfSigned;
            }
            (CertificateFault::WrongName(_), _) => {
                let names = certificate.map(|certificate| certificate.names.clone());
                *fault = CertificateFault::WrongName(names.unwrap_or_default());
            }
            _ => {}
        }
    }
    kind
}

fn of_connection(error: &io::Error) -> FaultKind {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => FaultKind::Refused,
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => FaultKind::Cut,
        io::ErrorKind::TimedOut => FaultKind::NoAnswer,
        _ => FaultKind::Unreachable,
    }
}
