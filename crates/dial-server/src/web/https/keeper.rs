//! Keeps the certificate in use fresh: looks at its files, or asks the authority in time.

use std::sync::Arc;
use std::time::Duration;

use dial_origin::certificate::{Certificate, Life};
use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::acme::{AcmeError, Attempts, Authority};
use super::files::Files;
use super::pair::{Pair, PairError};
use super::served::Served;
use crate::clock::Clock;

/// How often files are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// The longest wait for the authority's turn: the clock may have been set meanwhile.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// Where certificates come from.
#[derive(Debug)]
pub(crate) enum Source {
    /// Two files.
    Files(Files),
    /// An authority.
    Acme(Authority),
}

/// What is new of the certificate.
#[derive(Debug)]
pub(crate) enum News {
    /// This one is presented, and so long it lives: told when either changes.
    Presents(Certificate, Life),
    /// A newer one could not be had or used, and what there is stays: told once for each reason.
    Stays {
        /// The reason.
        error: StaysError,
        /// How long what there is still lives; none: there is nothing to present.
        life: Option<Life>,
    },
}

/// Why there is no newer certificate.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StaysError {
    /// What there is in its place cannot be used.
    #[error("cannot use the certificate")]
    Pair(#[from] PairError),
    /// The authority gave none.
    #[error("cannot get a certificate")]
    Acme(#[from] AcmeError),
}

impl News {
    /// Whether a person has to see to it now: files do not mend themselves, and an authority may fail
    /// for weeks before anybody notices.
    pub(crate) fn is_urgent(&self) -> bool {
        match self {
            Self::Presents(..) => false,
            Self::Stays { error: StaysError::Pair(_), .. } => true,
            Self::Stays { life, .. } => life.is_none_or(|life| life >= Life::Red),
        }
    }
}

/// Whom news are told.
pub(crate) type Tell<'a> = &'a mut (dyn FnMut(News) + Send);

/// Keeps the certificate in use fresh.
#[derive(Debug)]
pub(crate) struct Keeper {
    served: Arc<Served>,
    source: Source,
    attempts: Attempts,
    presents: Option<(String, Life)>,
    stays: Option<String>,
}

impl Keeper {
    /// For what is served, from a source.
    pub(crate) fn new(served: Arc<Served>, source: Source) -> Self {
        Self { served, source, attempts: Attempts::default(), presents: None, stays: None }
    }

    /// Takes what lies on the disk, before the first connection is accepted.
    pub(crate) fn begin(&mut self, at: Timestamp, tell: Tell<'_>) {
        let found = match &mut self.source {
            Source::Files(files) => files.look(),
            Source::Acme(authority) => authority.kept(),
        };
        if let Some(found) = found {
            self.take(found.map_err(StaysError::Pair), at, tell);
        }
    }

    /// Goes on until `stop`; `reload` has it look at once.
    pub(crate) async fn run(
        mut self,
        clock: Clock,
        reload: Arc<Notify>,
        stop: CancellationToken,
        tell: Tell<'_>,
    ) {
        loop {
            let wait = tokio::select! {
                wait = self.tend(&clock, tell) => wait,
                () = stop.cancelled() => return,
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = reload.notified() => self.hurry(),
                () = stop.cancelled() => return,
            }
        }
    }

    /// Does what is due, and says how long nothing is.
    pub(super) async fn tend(&mut self, clock: &Clock, tell: Tell<'_>) -> Duration {
        let at = clock.now();
        let wait = match &mut self.source {
            Source::Files(files) => {
                if let Some(found) = files.look() {
                    self.take(found.map_err(StaysError::Pair), at, tell);
                }
                LOOK
            }
            Source::Acme(authority) => {
                let used = self.served.used().filter(|used| used.is_for(authority.domains()));
                let due = self.attempts.due(used.as_ref().map(|used| &used.certificate));
                if due <= at {
                    self.attempts.begin(at);
                    let ordered = authority.order(&self.served).await;
                    self.attempts.end(ordered.is_ok());
                    self.take(ordered.map_err(StaysError::Acme), clock.now(), tell);
                    Duration::ZERO
                } else {
                    Duration::try_from(due.duration_since(at)).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)
                }
            }
        };
        self.tell_life(clock.now(), tell);
        wait
    }

    /// A person has changed something: files are read again, the authority is asked again.
    pub(super) fn hurry(&mut self) {
        match &mut self.source {
            Source::Files(files) => files.forget(),
            Source::Acme(_) => self.attempts.forget(),
        }
        self.stays = None;
    }

    fn take(&mut self, found: Result<Pair, StaysError>, at: Timestamp, tell: Tell<'_>) {
        let taken = found.and_then(|pair| self.served.take(pair, at).map_err(StaysError::Pair));
        match taken {
            Ok(_) => {
                self.stays = None;
                self.tell_life(at, tell);
            }
            Err(error) => {
                // Time alone mends this one.
                if let (Source::Files(files), StaysError::Pair(PairError::NotYet)) =
                    (&mut self.source, &error)
                {
                    files.forget();
                }
                let words = chain(&error);
                if self.stays.as_ref() != Some(&words) {
                    self.stays = Some(words);
                    let life = self.served.used().map(|used| used.certificate.life(at));
                    tell(News::Stays { error, life });
                }
            }
        }
    }

    fn tell_life(&mut self, at: Timestamp, tell: Tell<'_>) {
        let Some(used) = self.served.used() else { return };
        let life = used.certificate.life(at);
        let presents = Some((used.certificate.fingerprint.clone(), life));
        if self.presents != presents {
            self.presents = presents;
            tell(News::Presents(used.certificate.clone(), life));
        }
    }
}

/// An error with its causes, in one row.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
