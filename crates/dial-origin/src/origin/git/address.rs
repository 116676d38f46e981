//! Where a repository is, without the secrets that people write into such addresses.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use crate::http::is_public;

/// Which part of the world an address may lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// Over https or ssh to a public host, or on this machine's disk.
    Public,
    /// Also over http, and also to hosts of a private network.
    Private,
}

/// The address of a repository. It shows no user, password or token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    scheme: Scheme,
    /// As git is given it: over http and https without a user.
    url: String,
    host: String,
    credential: Option<Credential>,
}

/// How git speaks to the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Https,
    Http,
    Ssh,
    File,
}

/// A user and a password or token; it masks itself.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credential {
    pub(super) user: String,
    pub(super) password: String,
}

/// Why a text is no address of a repository. It does not repeat the text, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing that git could reach.
    #[error("is no address of a repository: write https://…, ssh://…, file:///… or user@host:path")]
    Shape,
    /// A scheme that is not spoken here, such as `ext::` or `git://`.
    #[error("is reached in a way that is not safe: use https, ssh or file")]
    Scheme,
    /// Plain http, without being told that the network is private.
    #[error("is not encrypted: use https, or set private = true if it is in your own network")]
    Plain,
    /// A host of a private network, without being told so.
    #[error("is inside a private network: set private = true if that is meant")]
    Private,
    /// A password for ssh.
    #[error("holds a password, which ssh does not take: use a key")]
    Password,
}

impl Scheme {
    /// Its name in addresses and in git's settings.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
            Self::Ssh => "ssh",
            Self::File => "file",
        }
    }
}

impl Address {
    /// Checks an address: `https://…`, `ssh://…`, `user@host:path`, `file:///…` or an absolute path.
    pub fn new(text: &str, network: Network) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.is_empty() || text.starts_with('-') || text.chars().any(char::is_control) {
            return Err(AddressError::Shape);
        }
        if text.starts_with('/') {
            // git decodes what a `file:` address holds, and takes a path as it is.
            return Self::file(&text.replace('%', "%25"));
        }
        let address = match text.split_once("://") {
            Some(("https", rest)) => Self::web(Scheme::Https, rest)?,
            Some(("http", _)) if network == Network::Public => return Err(AddressError::Plain),
            Some(("http", rest)) => Self::web(Scheme::Http, rest)?,
            Some(("ssh", rest)) => Self::ssh(rest)?,
            Some(("file", rest)) => return Self::file(rest.strip_prefix("localhost").unwrap_or(rest)),
            Some(_) => return Err(AddressError::Scheme),
            None => Self::short(text)?,
        };
        match network {
            Network::Public if is_private(&address.host) => Err(AddressError::Private),
            _ => Ok(address),
        }
    }

    /// The host, or the path of a repository on this machine.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The address as git is given it, which holds no secret.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub(super) fn credential(&self) -> Option<&Credential> {
        self.credential.as_ref()
    }

    /// Scheme, host and port: what a credential is for.
    pub(super) fn base(&self) -> &str {
        let after = self.scheme.name().len() + "://".len();
        let end = self.url.get(after..).and_then(|rest| rest.find('/'));
        end.map_or(&self.url, |end| &self.url[..after + end])
    }

    fn file(path: &str) -> Result<Self, AddressError> {
        if !path.starts_with('/') || path.trim_matches('/').is_empty() {
            return Err(AddressError::Shape);
        }
        let url = format!("file://{path}");
        Ok(Self { scheme: Scheme::File, url, host: path.replace("%25", "%"), credential: None })
    }

    fn web(scheme: Scheme, rest: &str) -> Result<Self, AddressError> {
        let (user, authority, path) = parts(rest)?;
        // A token is sometimes written into the query: git cannot use it, and it would be shown.
        if path.contains(['?', '#']) {
            return Err(AddressError::Shape);
        }
        let credential = user.map(|user| {
            let (user, password) = user.split_once(':').unwrap_or((user, ""));
            Credential { user: decoded(user), password: decoded(password) }
        });
        let url = format!("{}://{authority}/{path}", scheme.name());
        Ok(Self { scheme, url, host: host(authority)?, credential })
    }

    fn ssh(rest: &str) -> Result<Self, AddressError> {
        let (user, authority, path) = parts(rest)?;
        let user = match user {
            Some(user) if user.contains(':') => return Err(AddressError::Password),
            Some(user) if !is_user(user) => return Err(AddressError::Shape),
            Some(user) => format!("{user}@"),
            None => String::new(),
        };
        let url = format!("ssh://{user}{authority}/{path}");
        Ok(Self { scheme: Scheme::Ssh, url, host: host(authority)?, credential: None })
    }

    /// `user@host:path`, as git has it from scp.
    fn short(text: &str) -> Result<Self, AddressError> {
        let (before, path) = text.split_once(':').ok_or(AddressError::Shape)?;
        if path.starts_with(':') {
            return Err(AddressError::Scheme);
        }
        if path.split('/').next().is_some_and(|part| part.contains('@')) {
            return Err(AddressError::Password);
        }
        let (user, name) = before.rsplit_once('@').map_or((None, before), |(user, name)| (Some(user), name));
        if path.is_empty() || path.starts_with('-') || user.is_some_and(|user| !is_user(user)) {
            return Err(AddressError::Shape);
        }
        let host = host(name)?;
        Ok(Self { scheme: Scheme::Ssh, url: text.into(), host, credential: None })
    }
}

/// User, host with port, and path (without its first `/`).
fn parts(rest: &str) -> Result<(Option<&str>, &str, &str), AddressError> {
    let (authority, path) = rest.split_once('/').ok_or(AddressError::Shape)?;
    if path.trim_matches('/').is_empty() || path.starts_with('-') {
        return Err(AddressError::Shape);
    }
    match authority.rsplit_once('@') {
        Some((user, authority)) => Ok((Some(user), authority, path)),
        None => Ok((None, authority, path)),
    }
}

/// The host of `host:port`.
fn host(authority: &str) -> Result<String, AddressError> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or(AddressError::Shape)?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port_is_fit =
        port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    // A host that begins with `-` would be an option of ssh.
    let is_name = !host.starts_with(['-', '.'])
        && !host.is_empty()
        && host.chars().all(|sign| sign.is_alphanumeric() || matches!(sign, '.' | '-' | '_'));
    let is_fit = if authority.starts_with('[') { host.parse::<Ipv6Addr>().is_ok() } else { is_name };
    if is_fit && port_is_fit { Ok(host.to_lowercase()) } else { Err(AddressError::Shape) }
}

fn is_user(user: &str) -> bool {
    let is_fit = |sign: char| sign.is_alphanumeric() || matches!(sign, '.' | '-' | '_' | '+');
    !user.is_empty() && !user.starts_with('-') && user.chars().all(is_fit)
}

/// RFC 3986, section 2.1; what is no escape stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escape = (*first == b'%').then(|| after.get(..2)).flatten();
        let escape = escape.and_then(|pair| std::str::from_utf8(pair).ok());
        match escape.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => (bytes.push(byte), rest = &after[2..]).1,
            None => (bytes.push(*first), rest = after).1,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether a host is written as an address that no public network has.
///
/// A name that leads there is not found out: what answers would need a certificate, or a known key of ssh,
/// for that name, and git refuses it otherwise.
fn is_private(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(address) => !is_public(address),
        // curl takes `127.1` and `2130706433` for addresses too; no host is named like that.
        Err(_) => host == "localhost" || host.ends_with(".localhost") || !host.contains(char::is_alphabetic),
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(…)")
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_what_git_reaches_over_https_ssh_or_the_disk() {
        let table = [
            ("https://github.com/anne/line.git", "https://github.com/anne/line.git", "github.com"),
            ("https://GitHub.com:8443/anne/line", "https://GitHub.com:8443/anne/line", "github.com"),
            ("ssh://git@example.org:22/srv/line.git", "ssh://git@example.org:22/srv/line.git", "example.org"),
            ("git@github.com:anne/line.git", "git@github.com:anne/line.git", "github.com"),
            ("/srv/50%/line.git", "file:///srv/50%25/line.git", "/srv/50%/line.git"),
            ("file:///srv/line.git", "file:///srv/line.git", "/srv/line.git"),
        ];
        for (text, url, host) in table {
            let address = Address::new(text, Network::Public).unwrap();
            assert_eq!((address.url(), address.host()), (url, host));
        }
    }

    #[test]
    fn an_address_that_runs_programs_or_leaks_is_refused() {
        use AddressError::*;
        let table = [
            ("", Shape),
            ("--upload-pack=touch /tmp/x", Shape),
            ("line.git", Shape),
            ("https://github.com", Shape),
            ("https://github.com/anne/line.git?token=secret", Shape),
            ("https:///line.git", Shape),
            ("ssh://-oProxyCommand=x/line", Shape),
            ("-oProxyCommand=x:line", Shape),
            ("ext::sh -c 'touch /tmp/x'", Scheme),
            ("ext::sh -c 'curl https://example.org/'", Scheme),
            ("fd::17/foo", Scheme),
            ("git://github.com/anne/line", Scheme),
            ("ext::https://example.org/line", Scheme),
            ("http://example.org/line.git", Plain),
            ("https://localhost/line.git", Private),
            ("https://127.1/line.git", Private),
            ("https://[::1]/line.git", Private),
            ("git@10.0.0.1:line.git", Private),
            ("https://[::ffff:10.0.0.1]/line.git", Private),
            ("https://[64:ff9b::a00:1]/line.git", Private),
            ("ssh://git@198.18.0.1/line.git", Private),
            ("ssh://anne:secret@example.org/line.git", Password),
            ("anne:secret@example.org:line.git", Password),
        ];
        for (text, error) in table {
            assert_eq!(Address::new(text, Network::Public).err(), Some(error), "{text}");
        }
        for text in ["http://example.org/line.git", "https://[::1]:8443/line.git", "http://10.0.0.1/line"] {
            assert!(Address::new(text, Network::Private).is_ok(), "{text}");
        }
    }

    #[test]
    fn an_address_shows_no_password_and_hands_it_on_apart() {
        let address = Address::new("https://anne:p%40ss:%@example.org/line.git", Network::Public).unwrap();
        let expected = Credential { user: "anne".into(), password: "p@ss:%".into() };
        assert_eq!(address.credential(), Some(&expected));
        assert_eq!(address.base(), "https://example.org");
        let shown = format!("{address} {address:?} {}", address.host());
        assert!(!shown.contains("anne") && !shown.contains("ss:"), "{shown}");
        let token = Address::new("https://ghp_token@github.com/anne/line", Network::Public).unwrap();
        assert!(!format!("{token} {token:?}").contains("ghp_"));
    }
}
