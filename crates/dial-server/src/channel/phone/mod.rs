//! Calls from a browser: a page with a keypad, and the sound over a WebSocket.
//!
//! Nobody is known by a browser, so nothing is remembered of its callers. It is driven by
//! [`live::Feed`](super::live::Feed), as media streams are; the page tells to the sample what has sounded.

mod door;
mod drive;
mod message;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::WebSocket;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

pub(crate) use door::{Guest, NotOpen};

use crate::clock::{Clock, Stopwatch};
use crate::config;
use crate::library::Library;
use crate::line::Line;
use crate::report::Reports;
use crate::store::Store;

/// The largest message of a page.
pub(crate) const MAX_MESSAGE: usize = 512;
/// So much may wait to be sent to a page.
pub(crate) const MAX_UNSENT: usize = 64 * 1024;

/// How patient the line is with a page; tests are less so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// Without a message: a page tells ten times a second what has sounded.
    pub(crate) idle: Duration,
    /// For one message of ours.
    pub(crate) send: Duration,
    /// For the whole call.
    pub(crate) whole: Duration,
}

/// The telephone in the browser.
pub(crate) struct Phone {
    pub(crate) lines: Vec<Arc<Line>>,
    pub(crate) library: Arc<Library>,
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Clock,
    pub(crate) stopwatch: Stopwatch,
    pub(crate) reports: Reports,
    pub(crate) open_to: config::OpenTo,
    pub(crate) patience: Patience,
    places: Arc<Semaphore>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// A place for a call, held until that ends.
pub(crate) struct PlaceForCall {
    _permit: OwnedSemaphorePermit,
    _task: TaskTrackerToken,
}

impl Phone {
    /// A telephone for these lines.
    pub(crate) fn new(
        lines: Vec<Arc<Line>>,
        (library, store): (Arc<Library>, Arc<Store>),
        clock: Clock,
        reports: Reports,
        config: config::Phone,
    ) -> Self {
        let patience = Patience {
            idle: Duration::from_secs(20),
            send: Duration::from_secs(5),
            whole: Duration::from_hours(5),
        };
        Self {
            lines,
            library,
            store,
            clock,
            stopwatch: Stopwatch::system(),
            reports,
            open_to: config.open_to,
            patience,
            places: Arc::new(Semaphore::new(config.calls as usize)),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }
    }

    /// The line with a name.
    pub(crate) fn line(&self, name: &str) -> Option<&Arc<Line>> {
        self.lines.iter().find(|line| line.name == name)
    }

    /// A place for another call, if there is one.
    pub(crate) fn place(&self) -> Option<PlaceForCall> {
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(PlaceForCall { _permit: permit, _task: self.tasks.token() })
    }

    /// A page rings a line.
    pub(crate) async fn call(&self, line: &Arc<Line>, socket: WebSocket) {
        drive::run(self, line, socket).await;
    }

    /// Ends the calls, and waits until they have ended, but not for ever.
    pub(crate) async fn stop(&self, within: Duration) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(within, self.tasks.wait()).await.is_err() {
            tracing::warn!("Some calls of browsers did not end in time");
        }
    }
}
