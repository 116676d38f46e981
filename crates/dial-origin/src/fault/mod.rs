//! Why an origin, or one recording of it, could not be had.
//!
//! A fault tells a cause, not a library's error; `words.rs` tells it to a person.

mod defect;
mod words;

pub use words::moment;

use std::time::Duration;

use dial_core::catalogue::Defect;
use jiff::Timestamp;

use crate::certificate::Certificate;

/// Why an origin, or one recording of it, could not be had.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The cause.
    pub kind: FaultKind,
    /// Whom it concerns: a host for what came over a network, else a path. Never a secret.
    pub host: String,
    /// More for an expert, in a few words, such as an address or a library's own message; may be empty.
    pub detail: String,
    /// The certificate that was refused.
    pub certificate: Option<Box<Certificate>>,
    /// How long the origin asks to be left alone (RFC 9110, section 10.2.3).
    pub retry_after: Option<Duration>,
}

/// The cause of a fault.
#[derive(Debug, Clone, PartialEq)]
pub enum FaultKind {
    /// The host's name leads nowhere, or no name server answers.
    NoSuchHost,
    /// Nobody listens there.
    Refused,
    /// It cannot be reached: no route, or the connection broke before an answer.
    Unreachable,
    /// Nothing came within the time allowed for connecting, or for the head of an answer.
    NoAnswer,
    /// It answers, but too slowly to be done within the time allowed.
    Slow,
    /// The answer ended before it was complete.
    Cut,
    /// The number of bytes is not what was stated.
    WrongLength {
        /// What was stated.
        stated: u64,
        /// What came.
        came: u64,
    },
    /// It does not speak HTTP, or breaks its rules.
    Garbled,
    /// Its certificate is refused.
    Certificate(CertificateFault),
    /// It wants a certificate of us.
    AsksForCertificate,
    /// It does not speak TLS where it should: the wrong port, or a captive portal.
    NotTls,
    /// It speaks only what is no longer safe.
    OldTls,
    /// Neither this machine nor the program has certificates to trust.
    NoRoots,
    /// It redirects in a circle, or too often.
    RedirectLoop,
    /// It redirects from https to http.
    Downgrade,
    /// It leads to an address inside a private network.
    PrivateAddress,
    /// It says that this is not there (404, 410).
    Missing,
    /// It says that we may not have this (401, 403).
    Forbidden,
    /// It asks to be left alone for a while (429).
    Busy,
    /// It answers with another status than success.
    Status(u16),
    /// It says that it succeeded, and sends nothing, or a part that nobody asked for.
    NoContent,
    /// What came is something else than what was asked for, such as a page in HTML; in words.
    WrongContent(String),
    /// What came is a pointer of Git LFS instead of the recording.
    LfsPointer,
    /// What came is larger than is allowed, in bytes.
    TooLarge(u64),
    /// What came grows without measure when it is unpacked.
    Bomb,
    /// What came cannot be unpacked.
    BadEncoding,
    /// The list cannot be used: why, all at once.
    List(Vec<Defect>),
    /// The recording fails its checks; in words.
    Sound(String),
    /// `git` failed; its last words.
    Git(String),
    /// A file or folder of this machine cannot be read; why.
    Folder(String),
    /// Our own disk fails; why.
    Disk(String),
    /// We have no newer certificate to present under our own name; why.
    OurCertificate(String),
    /// We have none at all to present under our own name, so nobody can ring by https; why.
    NoCertificate(String),
}

/// Why a certificate is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateFault {
    /// It, or one above it, has expired.
    Expired(Option<Timestamp>),
    /// It begins later.
    NotYetValid(Option<Timestamp>),
    /// It is signed by itself.
    SelfSigned,
    /// Nobody we trust vouches for it.
    UnknownIssuer,
    /// The server left out a certificate between its own and the one we trust.
    Incomplete,
    /// It is for other names.
    WrongName(Vec<String>),
    /// Its issuer has called it back.
    Revoked,
    /// Another reason, in words.
    Other(String),
}

/// How a fault is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The way to the origin: the next one is asked at once.
    Transport,
    /// What the origin gave: the next one is asked, and a person may have to decide.
    Content,
    /// Somebody may mean harm.
    Security,
    /// Our own machine.
    Ours,
}

impl Fault {
    /// A fault of a host or path, with nothing more known of it.
    pub fn new(kind: FaultKind, host: impl Into<String>) -> Self {
        let (host, detail) = (host.into(), String::new());
        Self { kind, host, detail, certificate: None, retry_after: None }
    }

    /// The same with more for an expert.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}

impl FaultKind {
    /// How it is treated.
    pub fn class(&self) -> Class {
        match self {
            Self::PrivateAddress | Self::Bomb => Class::Security,
            Self::WrongContent(_)
            | Self::LfsPointer
            | Self::TooLarge(_)
            | Self::List(_)
            | Self::Sound(_)
            | Self::WrongLength { .. } => Class::Content,
            Self::NoRoots | Self::Disk(_) | Self::OurCertificate(_) | Self::NoCertificate(_) => Class::Ours,
            _ => Class::Transport,
        }
    }

    /// Whether the certificate is at fault: such an alarm is raised at once.
    pub fn is_certificate(&self) -> bool {
        matches!(self, Self::Certificate(_) | Self::OldTls)
    }

    /// One word for metrics and for the key of an incident; it never changes.
    pub fn label(&self) -> &'static str {
        match self {
            Self::NoSuchHost => "dns",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::NoAnswer => "no-answer",
            Self::Slow => "slow",
            Self::Cut => "truncated",
            Self::WrongLength { .. } => "wrong-length",
            Self::Garbled => "garbled",
            Self::Certificate(_) | Self::OldTls => "certificate",
            Self::AsksForCertificate => "asks-for-certificate",
            Self::NotTls => "not-tls",
            Self::NoRoots => "no-roots",
            Self::RedirectLoop => "redirect-loop",
            Self::Downgrade => "downgrade",
            Self::PrivateAddress => "private-address",
            Self::Missing => "missing",
            Self::Forbidden => "forbidden",
            Self::Busy => "busy",
            Self::Status(_) => "status",
            Self::NoContent => "no-content",
            Self::WrongContent(_) => "wrong-content",
            Self::LfsPointer => "lfs-pointer",
            Self::TooLarge(_) => "too-large",
            Self::Bomb => "bomb",
            Self::BadEncoding => "bad-encoding",
            Self::List(_) => "list",
            Self::Sound(_) => "sound",
            Self::Git(_) => "git",
            Self::Folder(_) => "folder",
            Self::Disk(_) => "disk",
            Self::OurCertificate(_) => "our-certificate",
            Self::NoCertificate(_) => "no-certificate",
        }
    }
}
