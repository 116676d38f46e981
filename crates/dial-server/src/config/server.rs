//! `[server]`: where the program listens, and how providers reach it.
//!
//! It must not know what is served there.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Serialize;

use super::public_url::PublicUrl;
use super::section::{Section, refused};

/// Where the program listens, and how providers reach it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Server {
    /// The address and port that are listened on; only this machine by default.
    pub(crate) listen: SocketAddr,
    /// The base of the addresses that a provider calls; needed to check its signatures.
    pub(crate) public_url: Option<PublicUrl>,
    /// Whether a web server with a certificate stands in front of us.
    pub(crate) behind_proxy: bool,
    /// How long calls may go on after a signal to stop, in seconds.
    pub(crate) drain_s: u32,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
            public_url: None,
            behind_proxy: false,
            drain_s: 3600,
        }
    }
}

impl Server {
    /// Whether providers reach us by https, which they ask of what streams.
    pub(super) fn has_secure_url(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.as_str().starts_with("https://"))
    }

    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        let mut server = Self::default();
        let address = |text: &str| text.parse().map_err(|_| refused(text));
        if let Some(listen) =
            section.text("listen", "an address and a port, such as \"127.0.0.1:8080\"", address)
        {
            server.listen = listen;
        }
        server.public_url = section.text("public_url", PublicUrl::EXPECTED, str::parse::<PublicUrl>);
        section.switch("behind_proxy", &mut server.behind_proxy);
        section.number("drain_s", 0..=14_400, &mut server.drain_s);
        section.finish();
        server
    }
}
