//! A switch at somebody else's: asked every minute while all is well, so that they see when we are dead.
//!
//! It must not know whether all is well.

use std::time::Duration;

use super::channel::http::Http;
use super::channel::{Failure, Roots, within_deadline};
use crate::config::SecretUrl;

/// The address that is asked.
pub(super) struct Ping(Http);

impl Ping {
    /// How often it is asked.
    pub(super) const EVERY: Duration = Duration::from_mins(1);

    pub(super) fn new(url: &SecretUrl, roots: &Roots) -> Self {
        Self(Http::new(url.clone(), None, roots.clone()))
    }

    pub(super) async fn ask(&self) -> Result<(), Failure> {
        within_deadline(self.0.get()).await
    }
}
