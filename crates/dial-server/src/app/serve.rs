//! Answers until told to stop; then lets the calls in progress end.

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use dial_origin::disk::{self, RealDisk};
use dial_origin::event::{Event, What};
use jiff::tz::TimeZone;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::events::Listening;
use super::https::Https;
use super::keep::{Keeping, Order};
use super::sip::{self, Telephone};
use super::{App, Lock, twiml_channel};
use crate::alarm::Alarms;
use crate::channel::phone::Phone;
use crate::channel::sip::Surroundings;
use crate::channel::twiml::Twiml;
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::incident::{StatusShelf, WatchedLine};
use crate::library::Library;
use crate::line::Line;
use crate::logging::Redactor;
use crate::report::{Report, Reports};
use crate::store::Store;
use crate::web;

/// How often a drain looks whether the last call has ended.
const DRAIN_LOOK: Duration = Duration::from_millis(200);
/// How long media streams of which nobody waits for the end may take to end.
const STREAMS_END: Duration = Duration::from_secs(3);

/// Serves every line of a configuration until a signal comes, or `until` is cancelled. `ready` is told the
/// address.
///
/// `reload` reads the configuration once more, when a signal asks for it.
pub(crate) async fn serve(
    app: App,
    config: &Config,
    redactor: &Redactor,
    reload: &dyn Fn() -> Result<Config>,
    until: &CancellationToken,
    ready: impl FnOnce(SocketAddr),
) -> Result<()> {
    let lock = Lock::take_patiently(&app.data_dir).await;
    if let Lock::Ours(_) = lock {
        // What a process that was killed had begun; each line's own is swept by its keeper.
        app.sounds.sweep();
        for folder in ["store", "incidents", "alarms"] {
            disk::sweep(&RealDisk, &app.data_dir.join(folder));
        }
    }
    app.lines.iter().for_each(|owned| app.restore(owned));
    let (reports, heard) = Reports::new();
    let twiml = Arc::new(twiml_channel(&app, config, &reports)?);
    warn_of_set_up(config);
    let listen = config.server.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}: is another program there? choose another with --listen")
    })?;
    let address = listener.local_addr().context("the listener has no address")?;

    let zone = config.lines.first().map_or(TimeZone::UTC, |line| line.time_zone.clone());
    let (bell, alarms) = Alarms::new(&config.alarm, zone, &app.data_dir, app.clock.clone());
    let status = Arc::new(StatusShelf::new(public_url(config), app.clock.now()));
    let listening = Listening {
        heard,
        lines: watched(config),
        metrics: Arc::clone(&reports.metrics),
        calls: Arc::clone(&reports.calls),
        bell,
        status: Arc::clone(&status),
        public_url: public_url(config),
        redactor: redactor.clone(),
        clock: app.clock.clone(),
        data_dir: app.data_dir.clone(),
        writes: !matches!(lock, Lock::Elsewhere),
    };
    let listening = std::thread::Builder::new().name("events".into()).spawn(move || listening.run())?;
    let stop_alarms = CancellationToken::new();
    let alarms = tokio::spawn(alarms.run(stop_alarms.clone()));
    let keepers = keep_all(&app, &lock, &reports)?;
    let stop_voices = CancellationToken::new();
    let teller = reports.clone();
    let renderer = app.renderer(config, stop_voices.clone()).telling(move |line, spoken| {
        teller.tell(Report::Voice { line: line.into(), voice: spoken.told() });
    });
    let (wake_voices, woken) = std::sync::mpsc::channel();
    let speaking = std::thread::Builder::new().name("voices".into()).spawn(move || renderer.run(&woken))?;
    let lines: Vec<_> = app.lines.iter().map(|owned| Arc::clone(&owned.line)).collect();
    let surroundings = sip::surroundings(&app, config, &reports);
    let App { library, store, mut writer, clock, data_dir, .. } = app;
    if let Err(error) = writer.compact(clock.now()) {
        warn!("The store of callers' places cannot be tidied: {error}");
    }
    let writing = std::thread::Builder::new().name("store".into()).spawn(move || writer.run())?;

    let (stop_server, stop) = oneshot::channel::<()>();
    let routes = web::router(Arc::clone(&twiml), Arc::clone(&library))
        .merge(web::status::router(status))
        .merge(web::metrics::router(Arc::clone(&reports.metrics), clock.clone()))
        .merge(web::ready::router({
            let lines = lines.clone();
            move || lacking(&lines)
        }));
    let phone = phone(&lines, (&library, &store), &clock, &reports, config);
    let routes =
        phone.iter().fold(routes, |routes, phone| routes.merge(web::phone::router(Arc::clone(phone))));
    let https = Https::start(config, &data_dir, &clock, reports.clone(), routes.clone()).await?;
    let surroundings = Surroundings { presented: Some(https.served()), ..surroundings };
    let telephone = Telephone::start(config, surroundings).await?;
    let service = routes.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(web::without_delay(listener), service).with_graceful_shutdown(async {
        let _ = stop.await;
    });
    let server = tokio::spawn(server.into_future());
    // A signal that comes as soon as the line answers is not to end it.
    let hangups = Hangups::new()?;
    info!(%address, "The line answers");
    ready(address);

    tokio::select! {
        heeded = heed_signals(hangups, &keepers, &https, &reports, reload) => heeded?,
        () = until.cancelled() => {}
    }
    drain(&twiml, &telephone, Duration::from_secs(u64::from(config.server.drain_s))).await?;
    telephone.stop().await?;
    twiml.streams.stop(STREAMS_END).await;
    if let Some(phone) = phone {
        phone.stop(STREAMS_END).await;
    }
    let _ = stop_server.send(());
    // A provider keeps its connections open; after the last call they have nothing more to say.
    if let Ok(ended) = tokio::time::timeout(Duration::from_secs(3), server).await {
        ended.context("the server failed")??;
    }
    https.stop().await?;
    store.close();
    stop_voices.cancel();
    drop(wake_voices);
    join(speaking, "the work on the voice");
    for (_, orders, keeping) in keepers {
        drop(orders);
        join(keeping, "the keeper of a line's copy");
    }
    drop((twiml, reports));
    join(listening, "the listener to what is told");
    stop_alarms.cancel();
    let _ = alarms.await;
    join(writing, "the writer of records");
    drop(lock);
    info!("Stopped");
    Ok(())
}

/// The telephone in the browser, if anybody may use it.
fn phone(
    lines: &[Arc<Line>],
    (library, store): (&Arc<Library>, &Arc<Store>),
    clock: &Clock,
    reports: &Reports,
    config: &Config,
) -> Option<Arc<Phone>> {
    let open = config.phone.open_to != config::OpenTo::Nobody;
    let (kept, clock, reports) = ((Arc::clone(library), Arc::clone(store)), clock.clone(), reports.clone());
    open.then(|| Arc::new(Phone::new(lines.to_vec(), kept, clock, reports, config.phone)))
}

/// Waits for the calls in progress; a second signal, or the limit, ends the wait.
async fn drain(twiml: &Twiml, telephone: &Telephone, limit: Duration) -> Result<()> {
    twiml.drain();
    telephone.drain();
    let going_on = || twiml.going_on() + telephone.going_on();
    if going_on() == 0 {
        return Ok(());
    }
    info!(
        calls.going_on = going_on(),
        limit_s = limit.as_secs(),
        "Waiting for calls to end; signal again to stop now"
    );
    let ended = async {
        while going_on() > 0 {
            tokio::time::sleep(DRAIN_LOOK).await;
        }
    };
    tokio::select! {
        () = ended => Ok(()),
        () = tokio::time::sleep(limit) => Ok(()),
        signal = shutdown_signal() => signal,
    }
}

async fn shutdown_signal() -> Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).context("cannot wait for signals")?;
        tokio::select! {
            _ = terminate.recv() => {}
            interrupt = tokio::signal::ctrl_c() => interrupt.context("cannot wait for signals")?,
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.context("cannot wait for signals")?;
    Ok(())
}

/// What would silence the line later is said at the start.
fn warn_of_set_up(config: &Config) {
    if config.server.public_url.is_none() {
        warn!(
            "No public_url is set: webhooks' signatures are checked against the address in the request, which fails \
             behind a proxy that changes it. Set [server] public_url to the https address that your provider calls"
        );
    }
    if let Some(advice) = crate::checkup::plain_advice(config) {
        warn!("{advice}");
    }
    for line in &config.lines {
        for advice in crate::checkup::signature_advice(line) {
            warn!(line = line.name, "{advice}");
        }
    }
}

/// A line's name, the way to tell its keeper something, and its thread.
type Kept = (String, Sender<Order>, JoinHandle<()>);

/// Starts a keeper for each line.
fn keep_all(app: &App, lock: &Lock, reports: &Reports) -> Result<Vec<Kept>> {
    if let (Lock::Impossible(error), Some(owned)) = (lock, app.lines.first()) {
        let what = What::DiskFailed { why: error.to_string() };
        reports.event(Event { at: app.clock.now(), line: owned.line.name.clone(), what });
    }
    let lines: Vec<_> = app.lines.iter().map(|owned| Arc::clone(&owned.line)).collect();
    let mut kept = Vec::new();
    for owned in &app.lines {
        let keeping = Keeping {
            line: Arc::clone(&owned.line),
            lines: lines.clone(),
            origins: owned.origins.clone(),
            settings: owned.settings,
            data_dir: app.data_dir.clone(),
            surroundings: app.surroundings.clone(),
            sounds: Arc::clone(&app.sounds),
            library: Arc::clone(&app.library),
            clock: app.clock.clone(),
            reports: reports.clone(),
            only_reads: matches!(lock, Lock::Elsewhere),
        };
        let (orders, told) = std::sync::mpsc::channel();
        let thread = std::thread::Builder::new().name(format!("keep {}", owned.line.name));
        let name = owned.line.name.clone();
        kept.push((name, orders, thread.spawn(move || keeping.run(&told))?));
    }
    Ok(kept)
}

/// Until a signal to stop comes; upon the one to reload, the origins of the new configuration are asked.
async fn heed_signals(
    mut hangups: Hangups,
    kept: &[Kept],
    https: &Https,
    reports: &Reports,
    reload: &dyn Fn() -> Result<Config>,
) -> Result<()> {
    loop {
        tokio::select! {
            () = hangups.next() => {}
            stop = shutdown_signal() => return stop,
        }
        match tokio::task::block_in_place(reload) {
            Ok(config) => {
                reports.tell(Report::Lines(watched(&config)));
                https.reload(Some(&config));
                tell_keepers(kept, &config);
            }
            Err(error) => {
                https.reload(None);
                warn!("The new configuration cannot be used, the old one stays: {error:#}");
            }
        }
    }
}

/// Signals to read the configuration again; there are none but on Unix.
struct Hangups(#[cfg(unix)] tokio::signal::unix::Signal);

impl Hangups {
    /// From now on they are waited for.
    fn new() -> Result<Self> {
        #[cfg(unix)]
        return {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self(signal(SignalKind::hangup()).context("cannot wait for signals")?))
        };
        #[cfg(not(unix))]
        Ok(Self())
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        if self.0.recv().await.is_some() {
            return;
        }
        std::future::pending::<()>().await;
    }
}

fn tell_keepers(kept: &[Kept], config: &Config) {
    for (name, orders, _) in kept {
        let order = match config.lines.iter().find(|line| line.name == *name) {
            Some(line) => Order::Ask(line.origins.clone(), line.keeping(&config.data)),
            None => {
                warn!(line = name, "The line is no longer in the configuration; it goes on until a restart");
                Order::Look
            }
        };
        let _ = orders.send(order);
    }
    for line in config.lines.iter().filter(|line| kept.iter().all(|(name, ..)| *name != line.name)) {
        warn!(line = line.name, "The line is new in the configuration; it answers after a restart");
    }
    info!(
        "The configuration was read again: origins are those of the new one, all else follows at a restart"
    );
}

/// What is known of the lines beforehand.
fn watched(config: &Config) -> Vec<WatchedLine> {
    let watched = |line: &config::Line| WatchedLine {
        name: line.name.clone(),
        zone: line.time_zone.clone(),
        poll_s: line.origins.iter().map(|origin| origin.poll_s).max().unwrap_or(60),
        origins: line.origins.iter().map(|origin| origin.name.clone()).collect(),
    };
    config.lines.iter().map(watched).collect()
}

fn public_url(config: &Config) -> Option<String> {
    config.server.public_url.as_ref().map(ToString::to_string)
}

/// The lines that have nothing to offer yet.
fn lacking(lines: &[Arc<Line>]) -> Vec<String> {
    let lacking = lines.iter().filter(|line| line.catalogue().is_unread());
    lacking.map(|line| line.name.clone()).collect()
}

fn join(thread: JoinHandle<()>, what: &str) {
    if thread.join().is_err() {
        warn!("{what} had failed");
    }
}
