//! One call of a page, from its first message to its last.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use dial_core::call::{CallId, CallRecord, HangupCause};
use dial_core::session::{Left, Memory};
use dial_core::time::Millis;
use jiff::Timestamp;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::info;

use super::message::{Screen, Told, read, sound};
use super::{Patience, Phone};
use crate::channel::live::{Ended, Feed, Live};
use crate::channel::stream::Allowance;
use crate::channel::transcript::Party;
use crate::line::Line;

/// Why a call ended that nobody ended.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the page was closed, or its connection has failed")]
    Gone,
    #[error("nothing came for too long")]
    Silent,
    #[error("more came than a page sends")]
    Flood,
    #[error("it lasted too long")]
    TooLong,
    #[error("this server stops")]
    Stopped,
}

pub(super) async fn run(phone: &Phone, line: &Arc<Line>, mut socket: WebSocket) {
    let (answered_at, catalogue) = (phone.clock.now(), line.catalogue());
    if catalogue.is_unread() {
        phone.reports.trouble(&line.name, &catalogue);
    } else {
        phone.reports.call(&line.name);
    }
    info!(line = line.name, "A browser rings");
    let library = Arc::clone(&phone.library);
    let call = Live::offered(Arc::clone(line), library, catalogue, answered_at, Memory::default());
    let (feed, began) = (Feed::new(call), phone.stopwatch.passed());
    let mut call = Call { phone, socket: &mut socket, feed, began, keys: 0, screen: Screen::default() };
    let ended = call.run().await;
    let (ended, broken) = match ended {
        Ok(ended) => (ended, None),
        // Who closes the page hangs up.
        Err(broken) => (call.feed.hang_up(Millis::ZERO, &mut Screen::default()), Some(broken)),
    };
    let because = broken.map(|broken| broken.to_string());
    info!(line = line.name, call.duration_s = ended.at.as_seconds(), because, "A browser's call is over");
    record(phone, line, answered_at, &ended);
    let close = Message::Close(Some(CloseFrame { code: close_code::NORMAL, reason: "".into() }));
    let _ = timeout(phone.patience.send, socket.send(close)).await;
}

fn record(phone: &Phone, line: &Line, answered_at: Timestamp, ended: &Ended) {
    let cause = match ended.by {
        Party::Caller => HangupCause::Caller,
        Party::Line => HangupCause::Line,
    };
    phone.reports.ended(&line.name, cause);
    let mut name = [0; 16];
    let named = getrandom::fill(&mut name).ok();
    let name = named.and_then(|()| CallId::new(&format!("phone-{:032x}", u128::from_be_bytes(name))));
    let (recording, position_ms) = match ended.left {
        Left::At(recording, position) => (Some(recording), Some(position.0)),
        Left::Untouched | Left::Finished => (None, None),
    };
    let Some(call) = name else { return };
    let (line, duration_s) = (line.name.clone(), ended.at.as_seconds());
    let record = CallRecord {
        line,
        call,
        caller: None,
        answered_at,
        duration_s,
        cause,
        recording,
        position_ms,
        sound: None,
    };
    phone.store.record(record);
}

struct Call<'a> {
    phone: &'a Phone,
    socket: &'a mut WebSocket,
    feed: Feed,
    began: Duration,
    /// How many keys came.
    keys: u32,
    screen: Screen,
}

impl Call<'_> {
    async fn run(&mut self) -> Result<Ended, Broken> {
        let Patience { idle, whole, .. } = self.phone.patience;
        let began = Instant::now();
        let mut silent_at = began + idle;
        let mut allowance = Allowance::new(self.phone.stopwatch.passed());
        loop {
            while let Some(part) = self.feed.send(self.now()) {
                self.say(Message::Binary(sound(self.keys, &part).into())).await?;
            }
            let wake =
                self.feed.wake().map_or(whole, |wake| Duration::from_millis((wake - self.now()).0.into()));
            let ended = tokio::select! {
                biased;
                () = self.phone.stop.cancelled() => return Err(Broken::Stopped),
                message = self.socket.recv() => {
                    silent_at = Instant::now() + idle;
                    if !allowance.take(self.phone.stopwatch.passed()) {
                        return Err(Broken::Flood);
                    }
                    match message {
                        Some(Ok(Message::Text(text))) => read(&text).and_then(|told| self.take(told)),
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Broken::Gone),
                        Some(Ok(_)) => None,
                    }
                }
                () = sleep_until(silent_at) => return Err(Broken::Silent),
                () = sleep_until(began + whole) => return Err(Broken::TooLong),
                () = sleep_until(Instant::now() + wake) => {
                    let now = self.now();
                    self.feed.overdue(now, &mut self.screen)
                }
            };
            for text in std::mem::take(&mut self.screen.0) {
                self.say(Message::Text(text.into())).await?;
            }
            if let Some(ended) = ended {
                return Ok(ended);
            }
        }
    }

    /// What the page tells. Tells how the call ended, if it did.
    fn take(&mut self, told: Told) -> Option<Ended> {
        match told {
            Told::Sounded(number) => self.feed.sounded(number, &mut self.screen),
            Told::Press(key, since) => {
                self.keys += 1;
                let now = self.now();
                self.feed.press(key, since, now, &mut self.screen)
            }
            Told::HangUp(since) => Some(self.feed.hang_up(since, &mut self.screen)),
        }
    }

    fn now(&self) -> Millis {
        let passed = self.phone.stopwatch.passed().saturating_sub(self.began).as_millis();
        Millis(u32::try_from(passed).unwrap_or(u32::MAX))
    }

    async fn say(&mut self, message: Message) -> Result<(), Broken> {
        match timeout(self.phone.patience.send, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Broken::Gone),
        }
    }
}
