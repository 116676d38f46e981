//! Calls over media streams: the telephone company opens a WebSocket for a call, plays what we send, and tells
//! how far it is and which keys come.
//!
//! A stream is one stretch of a call that began with a webhook and may end with one: when it fails, the call goes
//! on by webhooks, at its place. It is driven by [`live::Feed`](super::live::Feed), as the phone in the browser is.

mod calls;
mod drive;
mod handshake;
mod limits;
mod message;

use std::sync::Arc;
use std::time::Duration;

use dial_core::call::CallId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use calls::Calls;
pub(crate) use calls::Left;
pub(crate) use handshake::router;
pub(crate) use limits::{Allowance, Limits};
pub(crate) use message::Carrier;

use crate::channel::live::Reached;
use crate::channel::transcript::TranscriptEvent;
use crate::clock::Stopwatch;
use crate::store::CallerKey;

/// The parameter that carries the call's state.
pub(crate) const TOKEN: &str = "token";
/// The parameter that carries who rings, as a keyed hash; empty where that is withheld.
pub(crate) const CALLER: &str = "caller";

/// Somebody who hears of everything that happens in every stream.
pub(crate) type Witness = Arc<dyn Fn(&CallId, &TranscriptEvent) + Send + Sync>;

/// The streams of this node.
pub(crate) struct Streams {
    /// What a stream may cost.
    pub(crate) limits: Limits,
    /// Their time.
    pub(crate) stopwatch: Stopwatch,
    /// Nobody, but in tests.
    pub(crate) witness: Option<Witness>,
    calls: Calls,
    /// Places for connections that have not named their call yet.
    waiting: Arc<Semaphore>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Default for Streams {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            stopwatch: Stopwatch::system(),
            witness: None,
            calls: Calls::default(),
            waiting: Arc::new(Semaphore::new(limits::MAX_WAITING)),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }
    }
}

impl Streams {
    /// Whether another call of a line may be sent over a stream.
    pub(crate) fn has_room(&self, line: &str) -> bool {
        !self.stop.is_cancelled() && self.calls.has_room(line, &self.limits)
    }

    /// A place for a connection that has not named its call yet.
    fn wait(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.waiting).try_acquire_owned().ok()
    }

    /// The call comes back by a webhook: how its stream ended. One that still goes on is ended.
    pub(crate) fn come_back(&self, call: &CallId, now: jiff::Timestamp) -> Option<Left> {
        self.calls.come_back(call, now)
    }

    /// The call is over, as was told by a webhook: what was heard of it, if its stream went on until now.
    pub(crate) fn hang_up(&self, call: &CallId, now: jiff::Timestamp) -> Option<Reached> {
        self.calls.hang_up(call, now)
    }

    /// How many go on.
    pub(crate) fn going_on(&self) -> usize {
        self.calls.going_on()
    }

    /// Ends them all, and waits until they have ended, but not for ever.
    pub(crate) async fn stop(&self, within: Duration) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(within, self.tasks.wait()).await.is_err() {
            tracing::warn!("Some media streams did not end in time");
        }
    }
}

/// To whom a stream's token is bound besides its call: the stream is not told who rings.
pub(crate) fn bound_to(line: &str, caller: Option<&CallerKey>) -> String {
    // A line's name has no space in it, so this is no line of any other token.
    format!("{line} stream {}", caller.map_or("", CallerKey::as_str))
}
