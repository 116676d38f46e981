//! Answers until told to stop; then lets the calls in progress end.

use std::future::IntoFuture;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tracing::{info, warn};

use super::watch::Watch;
use super::{App, twiml_channel};
use crate::channel::twiml::Twiml;
use crate::config::Config;
use crate::web;

/// How often a drain looks whether the last call has ended.
const DRAIN_LOOK: Duration = Duration::from_millis(200);

/// Serves every line of a configuration until a signal comes. `ready` is told the address.
pub(crate) async fn serve(app: App, config: &Config, ready: impl FnOnce(SocketAddr)) -> Result<()> {
    let lock = lock(&app.data_dir)?;
    let twiml = Arc::new(twiml_channel(&app, config)?);
    warn_of_set_up(config);
    let listen = config.server.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}: is another program there? choose another with --listen")
    })?;
    let address = listener.local_addr().context("the listener has no address")?;

    let App { lines, library, store, mut writer, sounds, clock, data_dir: _ } = app;
    writer.compact(clock.now()).context("cannot tidy the store of callers' places")?;
    let writing = std::thread::Builder::new().name("store".into()).spawn(move || writer.run())?;
    let (stop_watch, stopped) = std::sync::mpsc::channel();
    let watch = Watch { lines, library: Arc::clone(&library), sounds };
    let watching = std::thread::Builder::new().name("watch".into()).spawn(move || watch.run(&stopped))?;

    let (stop_server, stop) = oneshot::channel::<()>();
    let routes = web::router(Arc::clone(&twiml), library);
    let server = axum::serve(web::without_delay(listener), routes).with_graceful_shutdown(async {
        let _ = stop.await;
    });
    let server = tokio::spawn(server.into_future());
    info!(%address, "The line answers");
    ready(address);

    shutdown_signal().await?;
    drain(&twiml, Duration::from_secs(u64::from(config.server.drain_s))).await?;
    let _ = stop_server.send(());
    drop(stop_watch);
    // A provider keeps its connections open; after the last call they have nothing more to say.
    if let Ok(ended) = tokio::time::timeout(Duration::from_secs(3), server).await {
        ended.context("the server failed")??;
    }
    store.close();
    join(watching, "the watch over the origins");
    join(writing, "the writer of records");
    drop(lock);
    info!("Stopped");
    Ok(())
}

/// Waits for the calls in progress; a second signal, or the limit, ends the wait.
async fn drain(twiml: &Twiml, limit: Duration) -> Result<()> {
    twiml.drain();
    if twiml.going_on() == 0 {
        return Ok(());
    }
    info!(
        calls.going_on = twiml.going_on(),
        limit_s = limit.as_secs(),
        "Waiting for calls to end; signal again to stop now"
    );
    let ended = async {
        while twiml.going_on() > 0 {
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
    for line in &config.lines {
        for advice in crate::checkup::signature_advice(line) {
            warn!(line = line.name, "{advice}");
        }
    }
}

/// One process at a time writes to a data folder.
fn lock(data_dir: &std::path::Path) -> Result<std::fs::File> {
    let path = data_dir.join("lock");
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("cannot write `{}`", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => {
            anyhow::bail!(
                "another dial uses the data folder `{}`: stop it, or choose another with --data-dir",
                data_dir.display()
            )
        }
        Err(std::fs::TryLockError::Error(error)) => return Err(error).context("cannot lock the data folder"),
    }
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())?;
    Ok(file)
}

fn join(thread: std::thread::JoinHandle<()>, what: &str) {
    if thread.join().is_err() {
        warn!("{what} had failed");
    }
}
