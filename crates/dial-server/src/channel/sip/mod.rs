//! The line's own telephone: calls from SIP trunks, exchanges and softphones (RFC 3261).
//!
//! `transport` has the sockets, `dial_sip` decides what is answered, `dial_playout` sends the sound and hears the
//! keys, and `exchange` brings them together. What is said is the session's business, as on every channel.

mod accounts;
mod dns;
mod exchange;
mod lines;
mod player;
#[cfg(test)]
pub(crate) mod tests;
mod transport;

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use dial_playout::{Meter, Priority, SystemClock};
use dial_sip::endpoint::Config;
use dial_sip::guard::{Limits, Trunk};
use dial_sip::net::Transport;
use dial_sip::sdp::{Codec, Preference};
use rustls::server::ResolvesServerCert;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::sip::CodecOrder;
use crate::config::{self};
use crate::library::Library;
use crate::report::Reports;
use crate::store::Store;
use accounts::OwnAccount;
use dns::Dns;
use exchange::Exchange;
pub(crate) use lines::Lines;
use player::Tap;
use transport::tls::{Asked, Names, Tls};
use transport::{Bound, Doors, Streams, Udp};

/// With sound so late, in milliseconds, calls are no more played at other speeds; it is half of what new calls are
/// refused with.
const LATE_MS: u32 = 5;
/// Calls for which one thread sends sound in time on a small machine.
const CALLS_A_THREAD: usize = 3_000;

/// What the channel needs of the rest of the program.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) lines: Arc<Lines>,
    pub(crate) library: Arc<Library>,
    pub(crate) store: Arc<Store>,
    pub(crate) reports: Reports,
    pub(crate) clock: Clock,
    /// The certificate of `[https]`, for TLS.
    pub(crate) presented: Option<Arc<dyn ResolvesServerCert>>,
}

/// The channel, ready to run.
pub(crate) struct Sip {
    exchange: Exchange,
    udp: Vec<Udp>,
    streams: Streams,
    addresses: Vec<(Transport, SocketAddr)>,
    going_on: GoingOn,
}

/// By which clock sound goes, and how urgently.
struct Pace {
    clock: Arc<dyn dial_playout::Clock>,
    priority: Priority,
}

/// How many calls are going on, for whoever waits for their end.
#[derive(Debug, Clone, Default)]
pub(crate) struct GoingOn(Arc<AtomicUsize>);

impl GoingOn {
    /// So many.
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, count: usize) {
        self.0.store(count, Ordering::Relaxed);
    }
}

impl Sip {
    /// Listens, and prepares all else; answers nobody before it runs.
    ///
    /// # Errors
    /// If an address cannot be listened on, or a password or certificate cannot be read.
    pub(crate) async fn open(config: &config::Sip, surroundings: Surroundings) -> Result<Self> {
        let pace = Pace { clock: Arc::new(SystemClock::default()), priority: Priority::First };
        Self::open_at(config, surroundings, pace, None).await
    }

    /// The same at another pace of sound, and with somebody who hears what happens.
    async fn open_at(
        config: &config::Sip,
        surroundings: Surroundings,
        Pace { clock, priority }: Pace,
        tap: Tap,
    ) -> Result<Self> {
        let trunks = config.trunks.iter().map(accounts::trunk).collect::<Result<Vec<_>>>()?;
        let accounts = config.accounts.iter().map(OwnAccount::open).collect::<Result<Vec<_>>>()?;
        let bound = Bound::all(&config.listen).await?;
        let addresses = bound.addresses();
        let names = Names::default();
        let (presented, ca_file) = (surroundings.presented.clone(), config.ca_file.as_deref());
        let tls = Tls::new(presented, asked(&trunks, &accounts), ca_file, names.clone())?;
        let doors = Doors::default();
        doors.set(&trunks);
        let (out, udp, streams, arrivals) = bound.split(doors.clone(), tls);
        let endpoint = Config {
            product: concat!("dial/", env!("CARGO_PKG_VERSION")).into(),
            public_host: config.public_address.clone(),
            preference: match config.codec {
                CodecOrder::Pcma => Preference::Ours(Codec::Pcma),
                CodecOrder::Pcmu => Preference::Ours(Codec::Pcmu),
                CodecOrder::Caller => Preference::Theirs,
            },
            trunks: trunks.clone(),
            limits: Limits::for_calls(config.max_calls as usize),
            ..Config::default()
        };
        let going_on = GoingOn::default();
        let settings = dial_playout::Settings {
            ports: config.rtp_ports.0.clone(),
            max_calls: config.max_calls as usize,
            silent: Duration::from_secs(config.silent_s.into()),
            threads: threads(config.max_calls as usize),
            clock,
            priority,
        };
        let library = Arc::clone(&surroundings.library);
        let exchange = Exchange::new(exchange::Parts {
            endpoint,
            settings,
            advertised: advertised(config.public_address.as_deref()).await?,
            trunks,
            accounts,
            behind_routers: behind_routers(config),
            doors,
            dns: Dns::of_machine(),
            names,
            out,
            arrivals,
            listens: addresses.clone(),
            surroundings,
            going_on: going_on.clone(),
            tap,
        })?;
        let meter = exchange.meter();
        library.asks_whether_late(move || meter.read().lag_ms >= LATE_MS);
        Ok(Self { exchange, udp, streams, addresses, going_on })
    }

    /// Where it listens.
    pub(crate) fn addresses(&self) -> &[(Transport, SocketAddr)] {
        &self.addresses
    }

    /// Tells how the sound of calls is doing.
    pub(crate) fn meter(&self) -> Meter {
        self.exchange.meter()
    }

    /// How many calls are going on.
    pub(crate) fn going_on(&self) -> GoingOn {
        self.going_on.clone()
    }

    /// Answers until stopped. Once `drain` is cancelled, no more calls are taken; once `stop` is, those that are
    /// going on are ended, accounts are left, and it returns.
    pub(crate) async fn run(self, drain: CancellationToken, stop: CancellationToken) {
        let receiving = futures_util::future::join_all(self.udp.into_iter().map(Udp::run));
        tokio::select! {
            () = self.exchange.run(drain, stop) => {}
            // They end only when nobody listens to them any more.
            _ = receiving => {}
            () = self.streams.run() => {}
        }
    }
}

/// How many threads send sound: more than one only where there may be calls for them, for each takes precedence
/// over everything else.
fn threads(max_calls: usize) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    max_calls.div_ceil(CALLS_A_THREAD).min(processors)
}

/// Whether any trunk, or the server of any account, is known by its certificate.
fn asked(trunks: &[Trunk], accounts: &[OwnAccount]) -> Asked {
    let by_name =
        trunks.iter().any(|trunk| !trunk.tls_names.is_empty()) || accounts.iter().any(OwnAccount::wants_tls);
    if by_name { Asked::Everybody } else { Asked::Nobody }
}

/// The trunks and accounts whose callers are behind routers.
fn behind_routers(config: &config::Sip) -> Vec<String> {
    let trunks = config.trunks.iter().filter(|trunk| trunk.nat).map(|trunk| &trunk.name);
    trunks.chain(config.accounts.iter().filter(|one| one.nat).map(|one| &one.name)).cloned().collect()
}

/// The address at which others hear our sound, if it is not that of the socket.
async fn advertised(public_address: Option<&str>) -> Result<Option<IpAddr>> {
    let Some(name) = public_address else { return Ok(None) };
    if let Ok(ip) = name.trim_matches(['[', ']']).parse() {
        return Ok(Some(ip));
    }
    let cannot = || format!("cannot find the address of `{name}`: is [sip] public_address right?");
    let mut found = tokio::net::lookup_host((name, 5060)).await.with_context(cannot)?;
    Ok(Some(found.next().with_context(cannot)?.ip()))
}
