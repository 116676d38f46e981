//! An origin that does what a schedule says: it lags, lies, hangs and fails.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use dial_core::catalogue::{Entry, FileName, When};
use dial_origin::fault::{CertificateFault, Fault, FaultKind};
use dial_origin::origin::{Item, Listing, Origin, Progress, Wait};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What an origin has and how it behaves.
#[derive(Debug, Clone, Default)]
pub(super) struct Conduct {
    /// Its recordings: a name, and which sound it has.
    pub(super) recordings: Vec<(String, u32)>,
    /// What it fails with.
    pub(super) fault: Option<FaultKind>,
    /// What it says instead of its list.
    pub(super) lie: Option<Lie>,
    /// What its recordings are instead.
    pub(super) spoils: Option<Spoil>,
    /// So many times it keeps us waiting.
    pub(super) slow: u32,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Lie {
    Empty,
    Shrunken,
    Changed,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Spoil {
    Missing,
    Corrupt,
    Pointer,
}

pub(super) type Shared = Arc<Mutex<Conduct>>;

pub(super) struct Acting(pub(super) Shared);

/// The bytes of a recording's file.
pub(super) fn file(name: &str, version: u32) -> Vec<u8> {
    format!("SOUND {name} {version}").into_bytes()
}

/// Faults of all kinds.
pub(super) fn faults() -> Vec<FaultKind> {
    let at = Some(Timestamp::UNIX_EPOCH);
    vec![
        FaultKind::NoSuchHost,
        FaultKind::Refused,
        FaultKind::NoAnswer,
        FaultKind::Slow,
        FaultKind::Cut,
        FaultKind::Certificate(CertificateFault::Expired(at)),
        FaultKind::Certificate(CertificateFault::NotYetValid(at)),
        FaultKind::Certificate(CertificateFault::UnknownIssuer),
        FaultKind::NotTls,
        FaultKind::NoRoots,
        FaultKind::RedirectLoop,
        FaultKind::PrivateAddress,
        FaultKind::Missing,
        FaultKind::Busy,
        FaultKind::Status(503),
        FaultKind::WrongContent("a page in HTML".into()),
        FaultKind::Bomb,
        FaultKind::List(Vec::new()),
    ]
}

impl Acting {
    fn listing(conduct: &Conduct) -> Listing {
        let all = conduct.recordings.iter();
        let shown: Vec<(String, u32)> = match conduct.lie {
            None => all.cloned().collect(),
            Some(Lie::Empty) => Vec::new(),
            Some(Lie::Shrunken) => all.take(1).cloned().collect(),
            Some(Lie::Changed) => all.map(|(name, version)| (format!("other-{name}"), *version)).collect(),
        };
        let item = |(number, (name, version)): (usize, (String, u32))| Item {
            entry: Entry {
                file: FileName::new(&name).unwrap(),
                title: Some(name.clone()),
                when: When::Told(Timestamp::from_second(1_000_000_000 + number as i64 * 86_400).unwrap()),
                chapters: Vec::new(),
            },
            place: name,
            mark: Some(version.to_string()),
            len: None,
            sha256: None,
            duration_ms: None,
            chapters_at: None,
        };
        Listing {
            church_name: "St Anne's".into(),
            items: shown.into_iter().enumerate().map(item).collect(),
            changed_at: None,
            defects: Vec::new(),
        }
    }
}

impl Origin for Acting {
    fn list<'a>(&'a mut self, _zone: &'a TimeZone) -> Wait<'a, Result<Arc<Listing>, Fault>> {
        Box::pin(async move {
            let conduct = self.0.lock().unwrap().clone();
            Waiting(conduct.slow).await;
            match conduct.fault {
                Some(kind) => Err(Fault::new(kind, "origin.test")),
                None => Ok(Arc::new(Self::listing(&conduct))),
            }
        })
    }

    fn fetch<'a>(
        &'a mut self,
        item: &'a Item,
        draft: &'a Path,
        _progress: Progress<'a>,
    ) -> Wait<'a, Result<PathBuf, Fault>> {
        Box::pin(async move {
            let conduct = self.0.lock().unwrap().clone();
            Waiting(conduct.slow).await;
            let version = item.mark.as_deref().and_then(|mark| mark.parse().ok()).unwrap_or(0);
            let bytes = match conduct.spoils {
                None => file(&item.place, version),
                Some(Spoil::Missing) => return Err(Fault::new(FaultKind::Missing, "origin.test")),
                Some(Spoil::Corrupt) => b"noise".to_vec(),
                Some(Spoil::Pointer) => return Err(Fault::new(FaultKind::LfsPointer, "origin.test")),
            };
            let written = std::fs::write(draft, bytes);
            written.map_err(|error| Fault::new(FaultKind::Disk(error.to_string()), "draft"))?;
            Ok(draft.to_owned())
        })
    }
}

/// Is not ready so many times.
struct Waiting(u32);

impl Future for Waiting {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        Poll::Pending
    }
}
