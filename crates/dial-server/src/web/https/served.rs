//! What is presented to whom: the certificate in use, or the answer to an authority's challenge.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};
use jiff::Timestamp;
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::pair::{Pair, PairError};

/// The protocol by which an authority looks whether a name is ours (RFC 8737, section 6.2).
pub(super) const CHALLENGE: &[u8] = b"acme-tls/1";

/// What is presented. Without a certificate, every handshake is refused.
#[derive(Debug, Default)]
pub(crate) struct Served {
    pair: ArcSwapOption<Pair>,
    challenges: ArcSwap<HashMap<String, Arc<CertifiedKey>>>,
}

impl Served {
    /// The certificate in use.
    pub(crate) fn used(&self) -> Option<Arc<Pair>> {
        self.pair.load_full()
    }

    /// Presents another from now on.
    ///
    /// # Errors
    /// If the one in use is better at this moment; it stays then.
    pub(super) fn take(&self, pair: Pair, at: Timestamp) -> Result<Arc<Pair>, PairError> {
        if let Some(used) = self.used() {
            pair.may_replace(&used, at)?;
        }
        let pair = Arc::new(pair);
        self.pair.store(Some(Arc::clone(&pair)));
        Ok(pair)
    }

    /// What an authority is answered, by the name that it asks for.
    pub(super) fn answer(&self, challenges: HashMap<String, Arc<CertifiedKey>>) {
        self.challenges.store(Arc::new(challenges));
    }

    /// How connections are accepted that present it.
    pub(super) fn config(self: Arc<Self>) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider has suites for the versions that are compiled in")
            .with_no_client_auth()
            .with_cert_resolver(self);
        config.alpn_protocols = vec![b"h2".into(), b"http/1.1".into(), CHALLENGE.into()];
        Arc::new(config)
    }
}

impl ResolvesServerCert for Served {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let mut protocols = hello.alpn().into_iter().flatten();
        // RFC 8737, section 3: the authority offers this protocol and no other.
        if (protocols.next(), protocols.next()) == (Some(CHALLENGE), None) {
            return self.challenges.load().get(hello.server_name()?).cloned();
        }
        self.used().map(|pair| Arc::clone(&pair.certified))
    }
}
