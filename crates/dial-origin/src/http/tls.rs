//! TLS as an origin's policy has it: whom it trusts besides everybody's roots, and what was called back.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::VerifierBuilderError;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use rustls::time_provider::DefaultTimeProvider;

use super::Policy;
use crate::certificate::{Presented, roots, trust};
use crate::fault::{Fault, FaultKind};

/// The largest file of certificates that were called back, in bytes.
const MAX_REVOKED: u64 = 50_000_000;

/// The settings of TLS for one client. `more` roots are trusted besides those of this machine and Mozilla's;
/// one that cannot be read is left out.
pub(super) fn tls(
    policy: &Policy,
    more: &[CertificateDer<'static>],
    presented: &Arc<Presented>,
) -> Result<ClientConfig, Fault> {
    let mut roots = Arc::unwrap_or_clone(roots());
    roots.add_parsable_certificates(more.iter().cloned());
    let path = policy.revoked.as_deref();
    let unusable = |why: String| {
        let path = path.unwrap_or(Path::new("")).display().to_string();
        Fault::new(FaultKind::Folder(why), path)
    };
    let revoked = path.map(revoked).transpose().map_err(|error| unusable(error.to_string()))?;
    let time = Arc::new(DefaultTimeProvider);
    let tls = trust::tls(roots.into(), revoked.unwrap_or_default(), presented, time);
    let mut tls = tls.map_err(|error| match error {
        error @ VerifierBuilderError::InvalidCrl(_) => unusable(error.to_string()),
        error => Fault::new(FaultKind::NoRoots, "").with_detail(error.to_string()),
    })?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

fn revoked(path: &Path) -> io::Result<Vec<CertificateRevocationListDer<'static>>> {
    if fs::metadata(path)?.len() > MAX_REVOKED {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 50 MB"));
    }
    let text = fs::read(path)?;
    let damaged = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
    let lists: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(&text).collect();
    let lists = lists.map_err(|error| damaged(error.to_string()))?;
    // An empty file says that nothing was called back.
    if lists.is_empty() && !text.trim_ascii().is_empty() {
        return Err(damaged("it holds no list of certificates that were called back".into()));
    }
    Ok(lists)
}
