//! The way to an origin that is asked over HTTP: where it may lead, over which proxy, and its limits.
//!
//! It must not ask anybody, nor read a certificate.

use std::net::IpAddr;
use std::path::PathBuf;

use dial_origin::http::{Policy, is_metadata};
use reqwest::Url;
use serde::{Serialize, Serializer};

use super::limits::{Limits, Of};
use super::section::{Section, refused};

/// The way to an origin that is asked over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Way {
    /// Whether it may lead into a private network.
    pub(crate) private: bool,
    /// Addresses of a private network that it may lead to, though it may not lead to others.
    pub(crate) allowed_addresses: Vec<IpAddr>,
    /// A proxy of our own network.
    #[serde(serialize_with = "address")]
    pub(crate) proxy: Option<Url>,
    /// Certificates that their issuers have called back, in PEM.
    pub(crate) revoked_file: Option<PathBuf>,
    /// How long it may take, and how much may come.
    pub(crate) limits: Limits,
}

impl Way {
    pub(super) fn read(section: &mut Section<'_, '_>, of: Of) -> Self {
        let mut private = false;
        section.switch("private", &mut private);
        let expected = "addresses of your own network, such as \"192.168.1.20\"";
        let allowed_addresses = section.texts("allowed_addresses", expected, allowed);
        if private && !allowed_addresses.is_empty() {
            let what = "private = true allows every address of a private network";
            section.conflict("allowed_addresses", what, "write only one of the two");
        }
        Self {
            private,
            allowed_addresses,
            proxy: section.text("proxy", "an address such as \"http://proxy.example.org:3128\"", proxy),
            revoked_file: section.path("revoked_file"),
            limits: Limits::read(section.table("limits"), of),
        }
    }

    /// Of an origin of which nothing of it is said.
    #[cfg(test)]
    pub(crate) fn usual() -> Self {
        let (allowed_addresses, proxy, revoked_file) = (Vec::new(), None, None);
        Self { private: false, allowed_addresses, proxy, revoked_file, limits: Limits::usual(Of::Http) }
    }

    /// As the HTTP client obeys it.
    pub(crate) fn policy(&self) -> Policy {
        Policy {
            private: self.private,
            allowed: self.allowed_addresses.clone(),
            proxy: self.proxy.clone(),
            revoked: self.revoked_file.clone(),
            ..self.limits.policy()
        }
    }
}

fn allowed(text: &str) -> Result<IpAddr, String> {
    let address: IpAddr = text.parse().map_err(|_| refused(text))?;
    let address = address.to_canonical();
    if is_metadata(address) {
        return Err(format!("{address} is where clouds keep the secrets of a machine"));
    }
    Ok(address)
}

/// Reads the address of a proxy. A secret in it is not repeated.
fn proxy(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "this is not a whole address".to_owned())?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a name or password stands in it; let the proxy know this machine by its address".into());
    }
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    match url.scheme() {
        "http" | "https" if bare => Ok(url),
        "http" | "https" => Err("more than a host and a port stands in it".into()),
        _ => Err("it does not begin with http:// or https://".into()),
    }
}

#[expect(clippy::ref_option, reason = "serde passes every field by reference")]
fn address<S: Serializer>(url: &Option<Url>, serializer: S) -> Result<S::Ok, S::Error> {
    url.as_ref().map(Url::as_str).serialize(serializer)
}
