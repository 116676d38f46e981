//! A certificate with those above it and its key: read from PEM, and fit to be presented or refused.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dial_origin::certificate::{Certificate, Life, Links};
use dial_origin::disk;
use jiff::Timestamp;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

/// The largest file of certificates or keys that is read, in bytes.
pub(super) const MAX_PEM: u64 = 256 * 1024;

/// A certificate with those above it and its key, which fit each other.
#[derive(Debug)]
pub(crate) struct Pair {
    /// What is presented, and what proves that it is ours.
    pub(super) certified: Arc<CertifiedKey>,
    /// What it says.
    pub(crate) certificate: Certificate,
}

/// Why a certificate cannot be presented.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PairError {
    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    CannotRead {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There is no certificate where one should be.
    #[error("there is no certificate in PEM in {0}")]
    NoCertificate(String),
    /// There is no key where one should be.
    #[error("there is no private key in PEM in {0}")]
    NoKey(String),
    /// The key is of a kind that nobody here knows, or belongs to another certificate.
    #[error("the key does not fit the certificate")]
    OtherKey(#[source] rustls::Error),
    /// The certificates do not follow each other.
    #[error(
        "the certificates are not each signed by the next: the file needs its own first, then the one above it"
    )]
    Broken,
    /// It has expired, and the one in use has not.
    #[error("it has expired, and the one in use has not")]
    Expired,
    /// It begins later, and the one in use is valid now.
    #[error("it is not valid yet, and the one in use is: is the clock of this machine right?")]
    NotYet,
}

impl Pair {
    /// Reads a chain and a key, in PEM. `place` says where they are from.
    pub(super) fn parse(place: &str, chain: &[u8], key: &[u8]) -> Result<Self, PairError> {
        let nothing = |_| PairError::NoCertificate(place.to_owned());
        let chain: Vec<_> =
            CertificateDer::pem_slice_iter(chain).collect::<Result<_, _>>().map_err(nothing)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| PairError::NoKey(place.to_owned()))?;
        let certificate =
            Certificate::read("", None, &chain).map_err(|_| PairError::NoCertificate(place.to_owned()))?;
        if Links::of(&chain) == Links::Broken {
            return Err(PairError::Broken);
        }
        let provider = rustls::crypto::ring::default_provider();
        let certified = CertifiedKey::from_der(chain, key, &provider).map_err(PairError::OtherKey)?;
        let host = certificate.names.first().cloned().unwrap_or_default();
        Ok(Self { certified: Arc::new(certified), certificate: Certificate { host, ..certificate } })
    }

    /// Reads two files. Both may be one file.
    pub(crate) fn read(chain: &Path, key: &Path) -> Result<Self, PairError> {
        let place = if chain == key {
            format!("`{}`", chain.display())
        } else {
            format!("`{}` or `{}`", chain.display(), key.display())
        };
        Self::parse(&place, &bytes(chain)?, &bytes(key)?)
    }

    /// Whether it may take the place of the one in use.
    ///
    /// # Errors
    /// If that one is valid at this moment and this one is not.
    pub(super) fn may_replace(&self, used: &Self, at: Timestamp) -> Result<(), PairError> {
        let expired = |pair: &Self| pair.certificate.life(at) == Life::Expired;
        let to_come = |pair: &Self| pair.certificate.not_before > at;
        match () {
            () if expired(used) || to_come(used) => Ok(()),
            () if expired(self) => Err(PairError::Expired),
            () if to_come(self) => Err(PairError::NotYet),
            () => Ok(()),
        }
    }

    /// Whether it is for all of these names.
    pub(crate) fn is_for(&self, names: &[String]) -> bool {
        names.iter().all(|name| self.certificate.names.iter().any(|own| own.eq_ignore_ascii_case(name)))
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, PairError> {
    disk::read(path, MAX_PEM).map_err(|source| PairError::CannotRead { path: path.to_owned(), source })
}
