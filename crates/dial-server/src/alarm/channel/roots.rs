//! The certificates that we trust besides the machine's own: Mozilla's, as part of the program.
//!
//! With them, an alarm goes out even from a machine whose certificates are gone, which is itself an alarm.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;

/// Certificates that are trusted besides the machine's own.
#[derive(Clone)]
pub(crate) struct Roots(Arc<[CertificateDer<'static>]>);

/// Mozilla's.
impl Default for Roots {
    fn default() -> Self {
        Self(webpki_root_certs::TLS_SERVER_ROOT_CERTS.into())
    }
}

impl Roots {
    /// Only this one.
    #[cfg(test)]
    pub(crate) fn of(root: CertificateDer<'static>) -> Self {
        Self(Arc::new([root]))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &CertificateDer<'static>> {
        self.0.iter()
    }
}
