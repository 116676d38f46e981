//! What an origin is allowed: time, size, and where it may lead. TLS checks are not among it: nothing switches them off.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;

/// What an origin is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// For a name, a connection and the TLS handshake together.
    pub connect: Duration,
    /// For the document that is a list, redirects included. A bucket, which is asked for its list and for
    /// what it holds, has twice as long; a feed of several pages, or a repository, six times.
    pub list: Duration,
    /// For the head of an answer, and between two parts of its body.
    pub read: Duration,
    /// The lowest speed of a recording, in bytes a second, on average over `speed_window`.
    pub least_speed: u64,
    /// Over how long the speed of a recording is averaged.
    pub speed_window: Duration,
    /// How many redirects are followed, each checked like the first address.
    pub max_redirects: usize,
    /// The largest list, in bytes after unpacking.
    pub max_list: u64,
    /// The largest feed, in bytes after unpacking.
    pub max_feed: u64,
    /// The largest recording, in bytes.
    pub max_audio: u64,
    /// Whether the origin may lie in a private network, and so also be asked by plain `http://`.
    /// Addresses where clouds keep the secrets of a machine are refused even so.
    pub private: bool,
    /// Addresses of a private network that are allowed though others are not; those of clouds never are.
    pub allowed: Vec<IpAddr>,
    /// A proxy of our own network, which then finds the hosts: only addresses that are written out in an
    /// URL are still checked here. It holds no password. Proxies in the environment are not used.
    pub proxy: Option<Url>,
    /// Certificates that their issuers have called back (RFC 5280, section 5), as PEM.
    /// An issuer that is not in it is trusted as before.
    pub revoked: Option<PathBuf>,
}

impl Policy {
    /// For a bucket's list, and for what it says of its recordings.
    pub(crate) fn bucket(&self) -> Duration {
        2 * self.list
    }

    /// For all pages of a feed, or for a visit to a repository while nothing comes.
    pub fn visit(&self) -> Duration {
        6 * self.list
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            list: Duration::from_secs(10),
            read: Duration::from_secs(10),
            least_speed: 32_000,
            speed_window: Duration::from_secs(30),
            max_redirects: 5,
            max_list: 2_000_000,
            max_feed: 20_000_000,
            max_audio: 500_000_000,
            private: false,
            allowed: Vec::new(),
            proxy: None,
            revoked: None,
        }
    }
}
