//! A call as a provider makes it, step by step: each answer is a document, and how long it took is known.

use std::io::{Error, Result};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::call::{Signer, between};
use crate::http::Connection;

/// What the provider's requests are signed with.
pub(crate) const AUTH_TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// Numbers the calls of this process.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A call that goes on.
pub(crate) struct Call {
    connection: Connection,
    signer: Signer,
    host: String,
    id: String,
    action: String,
    request: Vec<u8>,
    /// The last document.
    pub(crate) document: String,
    /// How long it took.
    pub(crate) took: Duration,
}

impl Call {
    /// Rings a line, and hears its greeting.
    pub(crate) fn ring(address: SocketAddr, line: &str) -> Result<Self> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut call = Self {
            connection: Connection::open(address)?,
            signer: Signer::new(AUTH_TOKEN),
            host: address.to_string(),
            id: format!("CA{:016x}{number:016x}", std::process::id()),
            action: format!("/twiml/{line}/answer"),
            request: Vec::new(),
            document: String::new(),
            took: Duration::ZERO,
        };
        call.ask(None)?;
        Ok(call)
    }

    /// Presses a key.
    pub(crate) fn press(&mut self, key: &str) -> Result<()> {
        let action = between(&self.document, " action=\"", "\"").map(|action| action.replace("&amp;", "&"));
        let action = action.ok_or_else(|| Error::other(format!("it asks for no key: {}", self.document)))?;
        let here = format!("http://{}", self.host);
        action.strip_prefix(&here).unwrap_or(&action).clone_into(&mut self.action);
        self.ask(Some(key))
    }

    fn ask(&mut self, key: Option<&str>) -> Result<()> {
        // A number is withheld, so that no caller is remembered.
        let mut form =
            vec![("CallSid", self.id.as_str()), ("CallStatus", "in-progress"), ("From", "anonymous")];
        form.extend(key.map(|key| ("Digits", key)));
        self.signer.write(&mut self.request, &self.host, &self.action, form);
        let begun = Instant::now();
        self.connection.exchange(&self.request)?;
        self.took = begun.elapsed();
        self.document = String::from_utf8_lossy(self.connection.body()).into_owned();
        Ok(())
    }
}
