//! https of our own while the program lives, and the watch over the certificates that concern it.
//!
//! Certificates have a thread of their own: no call waits for an authority, a file or a look.

use std::future::IntoFuture;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use dial_origin::certificate::Certificate;
use dial_origin::certificate::watch::{Target, Watch};
use dial_origin::event::{Event, What};
use dial_origin::fault::{Fault, FaultKind};
use dial_origin::http::is_public;
use reqwest::Url;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::clock::Clock;
use crate::config::{CertificateFrom, Config};
use crate::report::Reports;
use crate::web::https::{Authority, Files, Keeper, Listener, News, Served, Source, chain};

/// The longest wait between two looks: the clock may have been set meanwhile.
const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// A server that has been told to end may take so long.
const END: Duration = Duration::from_secs(3);

/// What is alive of it.
pub(super) struct Https {
    served: Arc<Served>,
    server: Option<tokio::task::JoinHandle<io::Result<()>>>,
    certificates: JoinHandle<()>,
    reload: [Arc<Notify>; 2],
    /// The hosts to look at.
    wanted: Arc<Mutex<Vec<Target>>>,
    stop: CancellationToken,
    stop_server: CancellationToken,
}

impl Https {
    /// Listens, if the configuration says where, and begins to look at certificates.
    ///
    /// # Errors
    /// If the address cannot be listened on. A certificate that is missing is told, and no error.
    pub(super) async fn start(
        config: &Config,
        data_dir: &Path,
        clock: &Clock,
        reports: Reports,
        routes: Router,
    ) -> Result<Self> {
        let served = Arc::new(Served::default());
        let teller = Teller { lines: names(config), clock: clock.clone(), reports, host: our_name(config) };
        let mut keeper = source(config, data_dir).map(|source| Keeper::new(Arc::clone(&served), source));
        if let Some(keeper) = &mut keeper {
            keeper.begin(clock.now(), &mut |news| teller.news(news));
        }
        let (stop, stop_server) = (CancellationToken::new(), CancellationToken::new());
        let server = match config.https.listen {
            Some(listen) => Some(serve(listen, Arc::clone(&served), routes, stop_server.clone()).await?),
            None => None,
        };
        let reload = [Arc::new(Notify::new()), Arc::new(Notify::new())];
        let (again, look_again) = (Arc::clone(&reload[0]), Arc::clone(&reload[1]));
        let file = data_dir.join("store/certificates.json");
        let allowed = |target: &Target, address: IpAddr| {
            target.private || target.allowed.contains(&address.to_canonical()) || is_public(address)
        };
        let watch = Watch::new(targets(config), file, Box::new(allowed));
        let wanted = Arc::new(Mutex::new(targets(config)));
        let looked_at = Arc::clone(&wanted);
        let (clock, stopped) = (clock.clone(), stop.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let tend = move || {
            let mut tell = |news| teller.news(news);
            let keep = async {
                if let Some(keeper) = keeper {
                    keeper.run(clock.clone(), again, stopped.clone(), &mut tell).await;
                }
            };
            let look = async {
                tokio::select! {
                    () = look(watch, &looked_at, &clock, &look_again, &teller.reports) => {}
                    () = stopped.cancelled() => {}
                }
            };
            runtime.block_on(async { tokio::join!(keep, look) });
        };
        let thread = std::thread::Builder::new().name("certificates".into());
        let certificates = thread.spawn(tend)?;
        Ok(Self { served, server, certificates, reload, wanted, stop, stop_server })
    }

    /// What is presented, for others who speak TLS.
    pub(super) fn served(&self) -> Arc<Served> {
        Arc::clone(&self.served)
    }

    /// Files are read again, an authority that failed is asked again, every host is looked at.
    /// With a new configuration, its hosts.
    pub(super) fn reload(&self, config: Option<&Config>) {
        if let Some(config) = config {
            *self.wanted.lock().unwrap_or_else(PoisonError::into_inner) = targets(config);
        }
        self.reload.iter().for_each(|reload| reload.notify_one());
    }

    /// Ends what is left, after the last call.
    pub(super) async fn stop(self) -> Result<()> {
        self.stop.cancel();
        self.stop_server.cancel();
        if let Some(server) = self.server
            && let Ok(ended) = tokio::time::timeout(END, server).await
        {
            ended.context("the server of https failed")??;
        }
        if tokio::task::block_in_place(|| self.certificates.join()).is_err() {
            warn!("The keeper of certificates had failed");
        }
        Ok(())
    }
}

async fn serve(
    listen: SocketAddr,
    served: Arc<Served>,
    routes: Router,
    stop: CancellationToken,
) -> Result<tokio::task::JoinHandle<io::Result<()>>> {
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!(
            "cannot listen for https on {listen}: is another program there, or may this user not use the port? \
             See docs/https.md, or choose another in [https] listen"
        )
    })?;
    let address = listener.local_addr().context("the listener has no address")?;
    if served.used().is_none() {
        warn!(%address, "There is no certificate yet: https is refused until there is one, plain HTTP is answered");
    } else {
        info!(%address, "The line answers https");
    }
    let server = axum::serve(Listener::new(listener, served), routes);
    Ok(tokio::spawn(server.with_graceful_shutdown(stop.cancelled_owned()).into_future()))
}

/// Looks at hosts for ever; `again` has all be looked at now.
async fn look(
    mut watch: Watch,
    wanted: &Mutex<Vec<Target>>,
    clock: &Clock,
    again: &Notify,
    reports: &Reports,
) {
    loop {
        let due = watch.look(clock.now(), &mut |event| reports.event(event)).await;
        let wait = due.map(|due| due.duration_since(clock.now()));
        let wait = wait.and_then(|wait| Duration::try_from(wait).ok()).unwrap_or(LONGEST_WAIT);
        tokio::select! {
            () = tokio::time::sleep(wait.min(LONGEST_WAIT)) => {}
            () = again.notified() => {
                watch.replace(wanted.lock().unwrap_or_else(PoisonError::into_inner).clone());
                watch.hurry();
            }
        }
    }
}

fn source(config: &Config, data_dir: &Path) -> Option<Source> {
    Some(match config.https.certificate()? {
        CertificateFrom::Files { certificate, key } => Source::Files(Files::new(certificate, key)),
        CertificateFrom::Acme => Source::Acme(Authority::in_folder(&config.https, data_dir)),
    })
}

/// The hosts of the origins, and our own name, for every line.
fn targets(config: &Config) -> Vec<Target> {
    let of_origins = config.lines.iter().flat_map(|line| {
        line.origins.iter().filter_map(|origin| {
            let (host, port) = origin.https()?;
            let (line, name) = (line.name.clone(), Some(origin.name.clone()));
            let (private, allowed) = (origin.is_private(), origin.allowed_addresses().to_vec());
            Some(Target { line, origin: name, host, port, private, allowed, roots: None })
        })
    });
    of_origins.chain(ours(config)).collect()
}

fn ours(config: &Config) -> Vec<Target> {
    let url = config.server.public_url.as_ref().and_then(|url| Url::parse(url.as_str()).ok());
    let Some(url) = url.filter(|url| url.scheme() == "https") else { return Vec::new() };
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return Vec::new() };
    // It may well lead to an address inside our own network.
    let target = |line| {
        let (host, private, allowed) = (host.to_owned(), true, Vec::new());
        Target { line, origin: None, host, port, private, allowed, roots: None }
    };
    names(config).into_iter().map(target).collect()
}

fn names(config: &Config) -> Vec<String> {
    config.lines.iter().map(|line| line.name.clone()).collect()
}

/// Under which name our certificate is spoken of.
fn our_name(config: &Config) -> String {
    let asked = config.https.acme_domains.first().cloned();
    asked
        .or_else(|| ours(config).into_iter().next().map(|target| target.host))
        .unwrap_or_else(|| "dial".into())
}

/// Makes events of news, for every line.
struct Teller {
    lines: Vec<String>,
    clock: Clock,
    reports: Reports,
    host: String,
}

impl Teller {
    fn news(&self, news: News) {
        let urgent = news.is_urgent();
        let what = match news {
            News::Presents(certificate, life) => {
                let (names, issuer) = (certificate.names.join(", "), &certificate.issuer);
                info!(names, issuer, ends = %certificate.not_after, ?life, "Our certificate");
                // Under the name by which it is missed, so that it ends what was told of that.
                let certificate = Arc::new(Certificate { host: self.host.clone(), ..certificate });
                What::CertificateSeen { origin: None, certificate, life, remarks: Vec::new() }
            }
            News::Stays { error, life } if urgent => {
                let why = chain(&error);
                let kind = match life {
                    Some(_) => FaultKind::OurCertificate(why),
                    None => FaultKind::NoCertificate(why),
                };
                let fault = Fault::new(kind, self.host.as_str());
                What::CertificateRefused { origin: None, fault }
            }
            News::Stays { error, .. } => {
                return warn!(cause = chain(&error), "No newer certificate yet; what there is goes on");
            }
        };
        for line in &self.lines {
            self.reports.event(Event { at: self.clock.now(), line: line.clone(), what: what.clone() });
        }
    }
}
