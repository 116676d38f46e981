//! Faults in British English sentences, with times in a line's zone: what the origin did, and what to do.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};

use super::{CertificateFault, Fault, FaultKind};

impl Fault {
    /// What the origin did, as the end of a sentence that begins with its name.
    pub fn told(&self, zone: &TimeZone) -> String {
        self.kind.told(zone)
    }

    /// The one-line remedy, as a sentence without its full stop.
    pub fn remedy(&self) -> String {
        let host = &self.host;
        match &self.kind {
            FaultKind::NoSuchHost => format!(
                "check the name {host} in dial.toml, and whether this machine reaches the internet"
            ),
            FaultKind::Certificate(_) | FaultKind::OldTls => format!(
                "ask whoever runs {host} to renew its certificate, or name another origin in dial.toml and run `dial reload`"
            ),
            FaultKind::NoRoots => "install the package ca-certificates on this machine".into(),
            FaultKind::PrivateAddress => format!(
                "if {host} is meant to be in your own network, set private = true for this origin, or name its address in allowed_addresses; if not, somebody may be trying to misuse it"
            ),
            FaultKind::Missing => format!("look whether the list and the recordings still lie where dial.toml says, at {host}"),
            FaultKind::Forbidden => format!("check the token or password for {host} in dial.toml"),
            FaultKind::Busy => "nothing: it is asked again when it allows that; a token raises the limit of GitHub".into(),
            FaultKind::TooLarge(_) => "if it is meant to be so large, allow more under [line.origin.limits] in dial.toml (audio_mb for a recording, list_mb for a list or feed), and run `dial reload`".into(),
            FaultKind::Slow => format!("ask whoever runs {host}, or allow it more time under [line.origin.limits] in dial.toml (least_kb_per_s, list_s), and run `dial reload`"),
            FaultKind::LfsPointer => "name the address of the files themselves, or use an origin of kind \"git\", which fetches what LFS holds".into(),
            FaultKind::List(_) => "mend the list as it says; until then callers hear what was offered before".into(),
            FaultKind::Sound(_) => "listen to the file, and upload it again".into(),
            FaultKind::Git(_) => format!("run `git ls-remote` with the address in dial.toml, as the user that runs dial, and see what it says of {host}"),
            FaultKind::Folder(_) => format!("let the user that runs dial read {host}"),
            FaultKind::Disk(_) => "make room on the disk of the data folder, and let the user that runs dial write there".into(),
            FaultKind::OurCertificate(_) => "see to [https] in dial.toml and to what it names, and run `dial reload`; until then what there is goes on".into(),
            FaultKind::NoCertificate(_) => "see to [https] in dial.toml and to what it names, or to the web server in front, and run `dial reload`; until then no telephone company gets through by https".into(),
            _ => format!("ask whoever runs {host}, or name another origin in dial.toml and run `dial reload`"),
        }
    }
}

impl FaultKind {
    fn told(&self, zone: &TimeZone) -> String {
        match self {
            Self::NoSuchHost => "cannot be found: its name leads nowhere".into(),
            Self::Refused => "refuses the connection".into(),
            Self::Unreachable => "cannot be reached".into(),
            Self::NoAnswer => "does not answer".into(),
            Self::Slow => "answers too slowly".into(),
            Self::Cut => "broke off before the end".into(),
            Self::WrongLength { stated, came } => format!("stated {stated} bytes and sent {came}"),
            Self::Garbled => "answers in a way that nobody can read".into(),
            Self::Certificate(fault) => fault.told(zone),
            Self::AsksForCertificate => "asks us for a certificate, which we do not have".into(),
            Self::NotTls => "does not speak https there: the port may be wrong, or a network's log-in page stands in between".into(),
            Self::OldTls => "is too old to be spoken to safely".into(),
            Self::NoRoots => "could not be checked, for this machine has no certificates to trust".into(),
            Self::RedirectLoop => "sends us round in a circle".into(),
            Self::Downgrade => "sends us from https to http, which is not safe".into(),
            Self::PrivateAddress => "leads to an address inside a private network, which was not followed".into(),
            Self::Missing => "lacks the file".into(),
            Self::Forbidden => "does not let us in".into(),
            Self::Busy => "asks to be left alone for a while".into(),
            Self::Status(status) => format!("answers with an error of its own (status {status})"),
            Self::NoContent => "answers with nothing".into(),
            Self::WrongContent(what) => format!("sent {what}"),
            Self::LfsPointer => "sent a pointer of Git LFS instead of the recording".into(),
            Self::TooLarge(bytes) => format!("sent more than the {} MB that are allowed", bytes / 1_000_000),
            Self::Bomb => "sent something that grows without end when it is unpacked".into(),
            Self::BadEncoding => "sent something that cannot be unpacked".into(),
            Self::List(defects) => match defects.first() {
                Some(defect) => format!("sent a list that cannot be used: {} {}", defect.place, defect.what),
                None => "sent a list that cannot be used".into(),
            },
            Self::Sound(what) => format!("sent a recording that fails its check: {what}"),
            Self::Git(words) => format!("could not be read by git, which says: {words}"),
            Self::Folder(why) => format!("cannot be read: {why}"),
            Self::Disk(why) => format!("could not be kept, for our own disk fails: {why}"),
            Self::OurCertificate(why) => format!("has no newer certificate of ours to present: {why}"),
            Self::NoCertificate(why) => format!("has no certificate at all to present: {why}"),
        }
    }
}

impl CertificateFault {
    fn told(&self, zone: &TimeZone) -> String {
        match self {
            Self::Expired(Some(at)) => format!("presented a certificate that expired {}", moment(*at, zone)),
            Self::Expired(None) => "presented a certificate that has expired".into(),
            Self::NotYetValid(Some(at)) => {
                format!("presented a certificate that is not valid before {}", moment(*at, zone).trim_start_matches("at "))
            }
            Self::NotYetValid(None) => "presented a certificate that is not valid yet".into(),
            Self::SelfSigned => "presented a certificate that it signed itself".into(),
            Self::UnknownIssuer => "presented a certificate from an issuer that nobody trusts".into(),
            Self::Incomplete => {
                "presented its certificate without the one above it: browsers may still work, we cannot check it".into()
            }
            Self::WrongName(names) if names.is_empty() => "presented a certificate for no name at all".into(),
            Self::WrongName(names) => format!("presented a certificate for other names ({})", names.join(", ")),
            Self::Revoked => "presented a certificate that its issuer has called back".into(),
            Self::Other(words) => format!("presented a certificate that is refused ({words})"),
        }
    }
}

/// A moment in a sentence: `at 13:59 on 23 November 2026`.
pub fn moment(at: Timestamp, zone: &TimeZone) -> String {
    let at = at.round(Unit::Second).unwrap_or(at).to_zoned(zone.clone());
    at.strftime("at %H:%M on %-d %B %Y").to_string()
}
