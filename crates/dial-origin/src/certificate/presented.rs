//! A record of what servers present of themselves. It judges nothing: `trust.rs` writes it, alarms read it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustls::pki_types::{CertificateDer, ServerName};

/// A host that redirects to ever new names does not fill the memory.
const MAX_HOSTS: usize = 64;

/// What servers presented of themselves.
#[derive(Debug, Default)]
pub(crate) struct Presented {
    hosts: Mutex<HashMap<String, Shown>>,
    asked: AtomicBool,
}

/// What a host presented last, and whether that was since its latest request began.
#[derive(Debug)]
struct Shown {
    chain: Vec<CertificateDer<'static>>,
    is_fresh: bool,
}

impl Presented {
    /// A request to a host begins: what it presented before is no longer fresh.
    pub(crate) fn begin(&self, host: &str) {
        self.asked.store(false, Ordering::Relaxed);
        if let Some(shown) = self.lock().get_mut(host) {
            shown.is_fresh = false;
        }
    }

    /// The chain that a host presented last, its own certificate first.
    pub(crate) fn chain(&self, host: &str) -> Option<Vec<CertificateDer<'static>>> {
        self.lock().get(host).map(|shown| shown.chain.clone())
    }

    /// The same, if it was presented since the latest request began.
    pub(crate) fn fresh(&self, host: &str) -> Option<Vec<CertificateDer<'static>>> {
        self.lock().get(host).filter(|shown| shown.is_fresh).map(|shown| shown.chain.clone())
    }

    /// Whether a server asked for a certificate of ours since the latest request began.
    pub(crate) fn was_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    pub(super) fn note(&self, host: &ServerName<'_>, chain: Vec<CertificateDer<'static>>) {
        let mut hosts = self.lock();
        if hosts.len() >= MAX_HOSTS {
            hosts.clear();
        }
        hosts.insert(host.to_str().into_owned(), Shown { chain, is_fresh: true });
    }

    pub(super) fn note_asked(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Shown>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
