//! `[[line.origin]]`: the places where recordings come from, the preferred one first.
//!
//! It must not look at any of them.

use std::net::IpAddr;
use std::path::PathBuf;

use dial_origin::origin::git::{Address, Branch, Network};
use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::limits::{Limits, Of};
use super::line::{SLUG, slug};
use super::section::{Section, refused};
use super::way::Way;

/// How often an origin is looked at, unless the file says otherwise.
pub(crate) const DEFAULT_POLL_S: u32 = 60;
/// So many recordings of a feed are offered, unless the file says otherwise.
const DEFAULT_ITEMS: u32 = 200;
/// What a web address looks like.
const ADDRESS: &str = "an address such as \"https://www.example.org/services\"";

/// One place where recordings come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Origin {
    /// Its name in logs and on pages; its kind, unless the file says otherwise.
    pub(crate) name: String,
    /// How often it is looked at, in seconds.
    pub(crate) poll_s: u32,
    /// What it is.
    #[serde(flatten)]
    pub(crate) kind: OriginKind,
}

/// The kinds of origins, each with what it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum OriginKind {
    /// A folder of this machine.
    Folder {
        /// The folder; `data.json` and `audio/` are in it.
        path: PathBuf,
    },
    /// A web address with `data.json` and `audio/` under it.
    Http {
        /// The address.
        url: String,
        /// How it lets us in.
        #[serde(flatten)]
        entry: Entry,
        /// The way to it.
        #[serde(flatten)]
        way: Way,
    },
    /// A Git repository with `data.json` and `audio/` in it.
    Git {
        /// Its address: https, ssh or file.
        url: String,
        /// The branch; none: the one that the repository calls its `HEAD`.
        branch: Option<String>,
        /// The folder in it; none: its top.
        folder: Option<String>,
        /// A file with a token for https.
        token_file: Option<PathBuf>,
        /// Whether it may lie in a private network.
        private: bool,
        /// How long it may take, and how much may come.
        limits: Limits,
    },
    /// The podcast feed of a website.
    Feed {
        /// Its address.
        url: String,
        /// So many of its recordings are offered.
        items: u32,
        /// How it lets us in.
        #[serde(flatten)]
        entry: Entry,
        /// The way to it.
        #[serde(flatten)]
        way: Way,
    },
    /// A bucket that speaks S3.
    Bucket {
        /// Its name.
        bucket: String,
        /// The folder in it; empty for the bucket itself.
        #[serde(skip_serializing_if = "String::is_empty")]
        folder: String,
        /// Its region.
        region: String,
        /// The server; none for Amazon's own.
        endpoint: Option<String>,
        /// Whether the bucket's name stands in the host of an address, rather than in its path.
        host_style: bool,
        /// A file in the form of `~/.aws/credentials`; none for a bucket that everybody may read.
        credentials_file: Option<PathBuf>,
        /// The way to it.
        #[serde(flatten)]
        way: Way,
    },
}

/// How a website lets us in: with a token, with a name and password, or without.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Entry {
    /// A file with a token.
    pub(crate) token_file: Option<PathBuf>,
    /// A name.
    pub(crate) user: Option<String>,
    /// A file with its password.
    pub(crate) password_file: Option<PathBuf>,
}

/// The word after `kind =`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Folder,
    Http,
    Git,
    Feed,
    Bucket,
}

impl Origin {
    /// None if it cannot be told what the origin is; the fault is noted then.
    pub(super) fn read(mut section: Section<'_, '_>) -> Option<Self> {
        section.require("kind", "write kind = \"folder\", \"http\", \"git\", \"feed\" or \"bucket\"");
        // Without its kind, nobody knows which other keys belong here.
        let kind = section.choice("kind")?;
        let name = section.text("name", SLUG, slug);
        let mut poll_s = DEFAULT_POLL_S;
        section.number("poll_s", 5..=86_400, &mut poll_s);
        let (word, kind) = match kind {
            Kind::Folder => ("folder", folder(&mut section)),
            Kind::Http => ("http", http(&mut section)),
            Kind::Git => ("git", git(&mut section)),
            Kind::Feed => ("feed", feed(&mut section)),
            Kind::Bucket => ("bucket", bucket(&mut section)),
        };
        section.finish();
        Some(Self { name: name.unwrap_or_else(|| word.into()), poll_s, kind: kind? })
    }

    /// The host and port that present a certificate, if it has them.
    pub(crate) fn https(&self) -> Option<(String, u16)> {
        let url = match &self.kind {
            OriginKind::Folder { .. } => return None,
            OriginKind::Http { url, .. } | OriginKind::Feed { url, .. } | OriginKind::Git { url, .. } => {
                url.clone()
            }
            OriginKind::Bucket { endpoint: Some(endpoint), .. } => endpoint.clone(),
            OriginKind::Bucket { region, .. } => format!("https://s3.{region}.amazonaws.com"),
        };
        let url = Url::parse(&url).ok().filter(|url| url.scheme() == "https")?;
        let (host, port) = (url.host_str()?, url.port_or_known_default()?);
        let host = match &self.kind {
            OriginKind::Bucket { bucket, host_style: true, .. } => format!("{bucket}.{host}"),
            _ => host.to_owned(),
        };
        Some((host, port))
    }

    /// Whether it may lie in a private network.
    pub(crate) fn is_private(&self) -> bool {
        match &self.kind {
            OriginKind::Folder { .. } => false,
            OriginKind::Git { private, .. } => *private,
            OriginKind::Http { way, .. } | OriginKind::Feed { way, .. } | OriginKind::Bucket { way, .. } => {
                way.private
            }
        }
    }

    /// The addresses of a private network where it may lie all the same.
    pub(crate) fn allowed_addresses(&self) -> &[IpAddr] {
        match &self.kind {
            OriginKind::Folder { .. } | OriginKind::Git { .. } => &[],
            OriginKind::Http { way, .. } | OriginKind::Feed { way, .. } | OriginKind::Bucket { way, .. } => {
                &way.allowed_addresses
            }
        }
    }
}

fn folder(section: &mut Section<'_, '_>) -> Option<OriginKind> {
    section.require("path", "write the folder that holds data.json and audio/");
    section.path("path").map(|path| OriginKind::Folder { path })
}

fn http(section: &mut Section<'_, '_>) -> Option<OriginKind> {
    section.require("url", "write the address under which data.json and audio/ lie");
    let way = Way::read(section, Of::Http);
    let (url, entry) = (section.text("url", ADDRESS, address(way.private)), entry(section));
    Some(OriginKind::Http { url: url?, entry, way })
}

fn git(section: &mut Section<'_, '_>) -> Option<OriginKind> {
    section.require("url", "write the address of the repository, as for `git clone`");
    let private = switch(section, "private");
    let network = if private { Network::Private } else { Network::Public };
    let repository = |text: &str| match (Url::parse(text), Address::new(text, network)) {
        (Ok(url), _) if url.password().is_some() => {
            Err("a password stands in it; write it into a file, and name that in token_file".to_owned())
        }
        (_, Ok(_)) => Ok(text.to_owned()),
        (_, Err(error)) => Err(format!("it {error}")),
    };
    let branch =
        |text: &str| Branch::new(text).map(|_| text.to_owned()).map_err(|error| format!("it {error}"));
    let expected = "an address such as \"https://github.com/st-marys/services\"";
    Some(OriginKind::Git {
        private,
        branch: section.text("branch", "the name of a branch", branch),
        folder: section.text("folder", "a folder of the repository", plain),
        token_file: section.path("token_file"),
        limits: Limits::read(section.table("limits"), Of::Git),
        url: section.text("url", expected, repository)?,
    })
}

fn feed(section: &mut Section<'_, '_>) -> Option<OriginKind> {
    section.require("url", "write the address of the feed, such as \"https://www.example.org/feed/podcast\"");
    let (way, mut items) = (Way::read(section, Of::Feed), DEFAULT_ITEMS);
    section.number("items", 1..=2_000, &mut items);
    let (url, entry) = (section.text("url", ADDRESS, address(way.private)), entry(section));
    Some(OriginKind::Feed { url: url?, items, entry, way })
}

fn bucket(section: &mut Section<'_, '_>) -> Option<OriginKind> {
    section.require("bucket", "write the name of the bucket");
    let way = Way::read(section, Of::Bucket);
    Some(OriginKind::Bucket {
        folder: section.text("folder", "a folder of the bucket", plain).unwrap_or_default(),
        region: section.text("region", "a region", plain).unwrap_or_else(|| "us-east-1".into()),
        endpoint: section.text("endpoint", ADDRESS, address(way.private)),
        host_style: switch(section, "host_style"),
        credentials_file: section.path("credentials_file"),
        bucket: section.text("bucket", "the name of a bucket", plain)?,
        way,
    })
}

fn switch(section: &mut Section<'_, '_>, key: &'static str) -> bool {
    let mut on = false;
    section.switch(key, &mut on);
    on
}

fn entry(section: &mut Section<'_, '_>) -> Entry {
    let user = section.text("user", "a name", |text: &str| Ok::<_, &str>(text.to_owned()));
    let entry =
        Entry { token_file: section.path("token_file"), password_file: section.path("password_file"), user };
    if entry.user.is_some() != entry.password_file.is_some() {
        section.conflict(
            "user",
            "a name and a password belong together",
            "write both user and password_file",
        );
    }
    if entry.user.is_some() && entry.token_file.is_some() {
        section.conflict("token_file", "there is a password, too", "write either token_file or user");
    }
    entry
}

fn plain(text: &str) -> Result<String, &'static str> {
    if text.is_empty() { Err("it is empty") } else { Ok(text.to_owned()) }
}

/// Reads a web address. A secret in it is not repeated.
fn address(private: bool) -> impl Fn(&str) -> Result<String, String> {
    move |text| {
        let url = Url::parse(text).map_err(|_| refused(text))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "a password stands in it; write it into a file, and name that in password_file".into()
            );
        }
        match url.scheme() {
            "https" => Ok(url.into()),
            "http" if private => Ok(url.into()),
            "http" => {
                Err("anybody on the way could change what plain http brings; use https, or private = true \
                           for a server in your own network"
                    .into())
            }
            _ => Err(refused(text)),
        }
    }
}
