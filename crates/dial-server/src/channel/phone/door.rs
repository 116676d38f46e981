//! Who may use the telephone in the browser: decided from the request alone.

use std::net::SocketAddr;

use axum::http::{HeaderMap, header};
use reqwest::Url;

use crate::config::OpenTo;

/// Headers with which something in front of us tells that somebody else asks.
const PASSED_ON: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/// Who asks.
#[derive(Clone, Copy)]
pub(crate) struct Guest<'a> {
    /// From where, if that is known.
    pub(crate) from: Option<SocketAddr>,
    /// With which headers.
    pub(crate) headers: &'a HeaderMap,
}

/// Why somebody may not use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotOpen {
    #[error("the telephone in the browser is not switched on")]
    Nobody,
    #[error("the telephone in the browser is open to this machine only")]
    Machine,
    #[error("another page may not ring here")]
    OtherPage,
}

impl Guest<'_> {
    /// May this guest see the page?
    pub(crate) fn enter(&self, open_to: OpenTo) -> Result<(), NotOpen> {
        match open_to {
            OpenTo::Nobody => Err(NotOpen::Nobody),
            OpenTo::Everyone => Ok(()),
            OpenTo::Machine => {
                let near = self.from.is_some_and(|from| from.ip().to_canonical().is_loopback());
                let passed_on = PASSED_ON.iter().any(|name| self.headers.contains_key(*name));
                // A name of somebody else's that leads to this machine is not ours.
                if near && !passed_on && self.host().is_some_and(|host| is_near(&host)) {
                    Ok(())
                } else {
                    Err(NotOpen::Machine)
                }
            }
        }
    }

    /// May this guest ring? Browsers tell which page opens a WebSocket, and let any page open one.
    pub(crate) fn ring(&self, open_to: OpenTo) -> Result<(), NotOpen> {
        self.enter(open_to)?;
        let text = |name| self.headers.get(name).and_then(|value| value.to_str().ok());
        let page = text(header::ORIGIN).and_then(|origin| Url::parse(origin).ok());
        let same = |page: &Url| {
            let here = self.host()?;
            let default = page.port_or_known_default();
            Some(page.host_str() == here.host_str() && default == here.port().or(default_port(page)))
        };
        if page.as_ref().and_then(same) == Some(true) { Ok(()) } else { Err(NotOpen::OtherPage) }
    }

    /// What is asked for, as an address whose port is there only if it was written.
    fn host(&self) -> Option<Url> {
        let host = self.headers.get(header::HOST)?.to_str().ok()?;
        // With a scheme that has no usual port, none is taken away.
        Url::parse(&format!("http://{host}")).ok().filter(|url| url.path() == "/" && url.query().is_none())
    }
}

fn default_port(page: &Url) -> Option<u16> {
    match page.scheme() {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    }
}

fn is_near(host: &Url) -> bool {
    match host.host_str() {
        Some("localhost") => true,
        Some(host) => {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(rows: &[(&'static str, &str)]) -> HeaderMap {
        rows.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn this_machine_is_who_asks_from_it_for_it_and_for_nobody_else() {
        for (from, rows, open) in [
            ("127.0.0.1:5", vec![("host", "127.0.0.1:8080")], true),
            ("[::1]:5", vec![("host", "localhost:8080")], true),
            ("[::ffff:127.0.0.1]:5", vec![("host", "[::1]:8080")], true),
            ("192.0.2.7:5", vec![("host", "127.0.0.1:8080")], false),
            ("127.0.0.1:5", vec![("host", "phone.example.org")], false),
            ("127.0.0.1:5", vec![("host", "127.0.0.1.example.org")], false),
            ("127.0.0.1:5", vec![("host", "localhost"), ("x-forwarded-for", "192.0.2.7")], false),
            ("127.0.0.1:5", vec![], false),
        ] {
            let headers = headers(&rows);
            let guest = Guest { from: Some(from.parse().unwrap()), headers: &headers };
            assert_eq!(guest.enter(OpenTo::Machine).is_ok(), open, "{from} {rows:?}");
            assert!(guest.enter(OpenTo::Everyone).is_ok());
            assert_eq!(guest.enter(OpenTo::Nobody), Err(NotOpen::Nobody));
            assert!(Guest { from: None, headers: &headers }.enter(OpenTo::Machine).is_err());
        }
    }

    #[test]
    fn only_our_own_page_rings() {
        for (host, origin, ours) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080", true),
            ("phone.example.org", "https://phone.example.org", true),
            ("phone.example.org:443", "https://phone.example.org", true),
            ("phone.example.org", "http://phone.example.org", true),
            ("phone.example.org:8443", "https://phone.example.org", false),
            ("127.0.0.1:8080", "http://127.0.0.1:8081", false),
            ("127.0.0.1:8080", "http://localhost:8080", false),
            ("phone.example.org", "https://phone.example.org.evil.example", false),
            ("phone.example.org", "null", false),
            ("phone.example.org", "", false),
        ] {
            let headers = headers(&[("host", host), ("origin", origin)]);
            let guest = Guest { from: None, headers: &headers };
            assert_eq!(guest.ring(OpenTo::Everyone).is_ok(), ours, "{origin} at {host}");
        }
        let headers = headers(&[("host", "phone.example.org")]);
        assert!(Guest { from: None, headers: &headers }.ring(OpenTo::Everyone).is_err(), "no page at all");
    }
}
