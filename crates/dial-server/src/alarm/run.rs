//! Sends what there is to send, each channel on its own, until it is told to stop.
//!
//! Nothing of a call waits for it: messages are handed over without waiting, and what is slow here is
//! slow for one channel only.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};

use super::channel::{Channel, Roots};
use super::desk::{Desk, Remark, Tried};
use super::notice::{Level, Notice, NoticeKind};
use super::ping::Ping;
use super::row::Rows;
use crate::clock::Clock;
use crate::config;

/// The most messages that wait to be taken in; a desk that is slower than this has failed.
const MAX_INBOX: usize = 256;
/// However far away the next thing is, it is looked again after so long: the clock may have been set.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// What has changed is on the disk after so long.
const SAVE_AFTER: Duration = Duration::from_millis(200);

/// Hands messages over; its clones lead to the same desk.
#[derive(Clone)]
pub(crate) struct AlarmBell(mpsc::Sender<Message>);

enum Message {
    Tell(Notice),
    Only(Vec<String>),
}

impl AlarmBell {
    /// Hands a message over. It never waits; what finds no room is in the log only.
    pub(crate) fn tell(&self, notice: Notice) {
        let subject = notice.subject.clone();
        if self.0.try_send(Message::Tell(notice)).is_err() {
            error!("There is no room for an alarm: {subject}");
        }
    }

    /// Says which incidents are open, once after a start: what was told before and is not among them is over.
    pub(crate) fn only(&self, ids: Vec<String>) {
        if self.0.try_send(Message::Only(ids)).is_err() {
            error!("There is no room for the list of open incidents");
        }
    }
}

/// Everything that tells people: a desk with its inbox, and the channels.
pub(crate) struct Alarms {
    inbox: mpsc::Receiver<Message>,
    office: Office,
}

struct Office {
    desk: Mutex<Desk>,
    channels: Vec<Channel>,
    ping: Option<Ping>,
    rows: Rows,
    clock: Clock,
    /// Rung whenever the desk has changed.
    rung: watch::Sender<()>,
}

impl Alarms {
    /// Of a configuration. The zone is that of all times in messages; nothing is sent before [`Self::run`].
    pub(crate) fn new(
        config: &config::Alarm,
        zone: TimeZone,
        data_dir: &Path,
        clock: Clock,
    ) -> (AlarmBell, Self) {
        Self::trusting(config, zone, data_dir, clock, &Roots::default())
    }

    pub(super) fn trusting(
        config: &config::Alarm,
        zone: TimeZone,
        data_dir: &Path,
        clock: Clock,
        roots: &Roots,
    ) -> (AlarmBell, Self) {
        let (sender, inbox) = mpsc::channel(MAX_INBOX);
        let channels = Channel::all(config, roots);
        let names: Vec<&str> = channels.iter().map(Channel::name).collect();
        let desk = Mutex::new(Desk::new(config, zone, &names, clock.now()));
        let ping = config.ping_url.as_ref().map(|url| Ping::new(url, roots));
        let rows = Rows::new(&super::folder(data_dir));
        let office = Office { desk, channels, ping, rows, clock, rung: watch::Sender::default() };
        (AlarmBell(sender), Self { inbox, office })
    }

    /// Sends until `stop`; what has not been sent by then is sent after the next start.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let Self { mut inbox, office } = self;
        office.restore().await;
        let work = async {
            let sending = join_all((0..office.channels.len()).map(|channel| office.send(channel)));
            tokio::join!(office.take_in(&mut inbox), office.look(), sending, office.ping(), office.keep());
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = work => {}
        }
        while let Ok(message) = inbox.try_recv() {
            office.handle(message);
        }
        let rows = office.desk().rows();
        office.save(&rows, &mut false).await;
    }
}

impl Office {
    async fn restore(&self) {
        match self.rows.read().await {
            Ok(rows) => self.desk().restore(rows, self.clock.now()),
            Err(error) => {
                warn!(%error, "Alarms that waited when dial was stopped cannot be read, and are lost");
            }
        }
    }

    async fn take_in(&self, inbox: &mut mpsc::Receiver<Message>) {
        while let Some(message) = inbox.recv().await {
            self.handle(message);
        }
        // The senders are gone; what waits is still to be sent.
        std::future::pending::<()>().await;
    }

    fn handle(&self, message: Message) {
        let now = self.clock.now();
        match message {
            Message::Tell(notice) => {
                let (id, level, subject) = (notice.id.clone(), notice.level, notice.subject.clone());
                let is_over = notice.kind == NoticeKind::Closed;
                if self.desk().tell(notice, now) {
                    match level {
                        _ if is_over => info!(incident.id = id, "{subject}"),
                        Level::Info => info!(incident.id = id, "{subject}"),
                        Level::Warning => warn!(incident.id = id, "{subject}"),
                        Level::Critical => error!(incident.id = id, "{subject}"),
                    }
                }
            }
            Message::Only(ids) => self.desk().only(&ids, now),
        }
        self.rung.send_replace(());
    }

    /// Lays out reminders, and that all is well.
    async fn look(&self) {
        let mut rung = self.rung.subscribe();
        loop {
            rung.mark_unchanged();
            let before = self.desk().changes();
            self.desk().look(self.clock.now());
            if self.desk().changes() != before {
                self.rung.send_replace(());
                continue;
            }
            let next = self.desk().next_look();
            self.wait(next, &mut rung).await;
        }
    }

    /// Sends what waits for one channel.
    async fn send(&self, channel: usize) {
        let mut rung = self.rung.subscribe();
        loop {
            rung.mark_unchanged();
            let due = self.desk().due(channel, self.clock.now());
            let Some(waiting) = due else {
                let next = self.desk().next_due(channel);
                self.wait(next, &mut rung).await;
                continue;
            };
            let sent = self.channels[channel].send(&waiting.notice).await;
            let tried = match sent {
                Ok(()) => Tried::Sent,
                Err(failure) => Tried::Failed { why: failure.told(), asked: failure.asked() },
            };
            // Without random bytes the waits are half of their bounds.
            let random = getrandom::u32().unwrap_or(u32::MAX / 2);
            let remark = self.desk().tried(channel, waiting.ticket, &tried, self.clock.now(), random);
            report(self.channels[channel].name(), &waiting.notice.subject, &tried, remark);
            self.rung.send_replace(());
        }
    }

    /// Asks the switch that tells others when we are dead.
    async fn ping(&self) {
        let Some(ping) = &self.ping else { return };
        let mut works = true;
        loop {
            if self.desk().is_well() {
                let asked = ping.ask().await;
                match &asked {
                    Err(failure) if works => {
                        warn!("The switch of ping_url cannot be asked: {}", failure.told());
                    }
                    Ok(()) if !works => info!("The switch of ping_url is asked again"),
                    _ => {}
                }
                works = asked.is_ok();
            }
            sleep(Ping::EVERY).await;
        }
    }

    /// Keeps on the disk what has to survive a restart.
    async fn keep(&self) {
        let mut rung = self.rung.subscribe();
        let (mut kept, mut failing) = (self.desk().changes(), false);
        loop {
            // Senders live as long as we do: this waits for a change, never fails.
            let _ = rung.changed().await;
            sleep(SAVE_AFTER).await;
            rung.mark_unchanged();
            let (changes, rows) = {
                let desk = self.desk();
                (desk.changes(), desk.rows())
            };
            if changes != kept && self.save(&rows, &mut failing).await {
                kept = changes;
            }
        }
    }

    async fn save(&self, rows: &[super::row::Row], failing: &mut bool) -> bool {
        let written = self.rows.write(rows).await;
        if let (Err(error), false) = (&written, *failing) {
            warn!(%error, "Alarms that wait cannot be written to the data folder: they would not survive a restart");
        }
        *failing = written.is_err();
        written.is_ok()
    }

    /// Waits for a moment or for a change, whichever comes first.
    async fn wait(&self, until: Option<Timestamp>, rung: &mut watch::Receiver<()>) {
        let left = until.map(|until| until.duration_since(self.clock.now()).max(SignedDuration::ZERO));
        let left = left.map_or(LONGEST_WAIT, SignedDuration::unsigned_abs).min(LONGEST_WAIT);
        let _ = timeout(left, rung.changed()).await;
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells the log of a change for better or worse; a try like the one before is for debugging.
fn report(channel: &str, subject: &str, tried: &Tried, remark: Remark) {
    let why = match tried {
        Tried::Sent => "",
        Tried::Failed { why, .. } => why,
    };
    match remark {
        Remark::Works => info!(alarm.channel = channel, "Alarms by {channel} can be sent again"),
        Remark::Fails => {
            warn!(alarm.channel = channel, "An alarm cannot be sent by {channel}, and is tried again: {why}");
        }
        Remark::GivenUp => {
            error!(alarm.channel = channel, "An alarm is given up after a day: {channel}: {why}: {subject}");
        }
        Remark::AsBefore => debug!(alarm.channel = channel, why, "An alarm was tried: {subject}"),
    }
}
