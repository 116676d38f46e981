//! Brings signalling, sound and the line together: one task that owns all calls of SIP.

mod account;
mod call;

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use anyhow::Result;
use dial_playout::{Engine, Event, Meter};
use dial_sip::call::CallId;
use dial_sip::endpoint::{Config, Endpoint, Output, RegistrationId};
use dial_sip::guard::Trunk;
use dial_sip::locate::Server;
use dial_sip::net::Transport;
use dial_sip::time::Moment;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::accounts::OwnAccount;
use super::dns::Dns;
use super::player::{Note, Tap};
use super::transport::tls::Names;
use super::transport::{Arrival, Doors, Locals, Out};
use super::{GoingOn, Surroundings};
use call::Ongoing;

/// So many arrivals are taken before timers, sound and the sockets have their turn.
const AT_ONCE: usize = 16;
/// How often the names of telephone companies are looked up anew.
const LOOK_AGAIN: Duration = Duration::from_mins(5);
/// How long accounts and calls may take to be left when we stop.
const LEAVING: Duration = Duration::from_secs(3);
/// Nothing is done for longer than this without a look at what is due.
const LOOK: Duration = Duration::from_mins(1);

/// What it is made of.
pub(super) struct Parts {
    pub(super) endpoint: Config,
    pub(super) settings: dial_playout::Settings,
    pub(super) advertised: Option<IpAddr>,
    pub(super) trunks: Vec<Trunk>,
    pub(super) accounts: Vec<OwnAccount>,
    /// The trunks and accounts whose callers are behind routers.
    pub(super) behind_routers: Vec<String>,
    pub(super) doors: Doors,
    pub(super) dns: Dns,
    pub(super) names: Names,
    pub(super) out: Out,
    pub(super) arrivals: mpsc::Receiver<Arrival>,
    pub(super) listens: Vec<(Transport, SocketAddr)>,
    pub(super) surroundings: Surroundings,
    pub(super) going_on: GoingOn,
    pub(super) tap: Tap,
}

/// All calls of SIP.
pub(super) struct Exchange {
    parts: Parts,
    endpoint: Endpoint,
    engine: Engine,
    sound: mpsc::UnboundedReceiver<Event>,
    notes: (mpsc::UnboundedSender<Note>, mpsc::UnboundedReceiver<Note>),
    calls: HashMap<CallId, Ongoing>,
    playing: HashMap<dial_playout::CallId, CallId>,
    registrations: HashMap<RegistrationId, usize>,
    servers: Vec<Vec<Server>>,
    /// The trunks whose sound comes from elsewhere, as was told.
    elsewhere: HashSet<String>,
    locals: Locals,
    started: Instant,
}

impl Exchange {
    pub(super) fn new(mut parts: Parts) -> Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        // No more than a few events a call, so there is no bound but that of calls.
        let (tell, sound) = mpsc::unbounded_channel();
        let engine = Engine::start(parts.settings.clone(), move |event| {
            let _ = tell.send(event);
        })?;
        let endpoint = Endpoint::new(std::mem::take(&mut parts.endpoint), seed);
        let servers = vec![Vec::new(); parts.accounts.len()];
        Ok(Self {
            parts,
            endpoint,
            engine,
            sound,
            notes: mpsc::unbounded_channel(),
            calls: HashMap::new(),
            playing: HashMap::new(),
            registrations: HashMap::new(),
            servers,
            elsewhere: HashSet::new(),
            locals: Locals::default(),
            started: Instant::now(),
        })
    }

    /// Tells how the sound is doing.
    pub(super) fn meter(&self) -> Meter {
        self.engine.meter()
    }

    fn now(&self) -> Moment {
        Moment::after_start(self.started.elapsed())
    }

    /// Answers until stopped.
    pub(super) async fn run(mut self, drain: CancellationToken, stop: CancellationToken) {
        let mut came = Vec::with_capacity(AT_ONCE);
        let mut looking = FuturesUnordered::new();
        looking.extend((0..self.parts.accounts.len()).map(|at| self.look_up(at, Duration::ZERO)));
        let mut is_draining = false;
        loop {
            self.deliver();
            let wakes = self.endpoint.wakes().map_or(LOOK, |wakes| wakes.since(self.now()).min(LOOK));
            if wakes.is_zero() {
                // What is due comes before what arrives: a flood holds up no repetition and no registration.
                self.endpoint.wake(self.now());
                continue;
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = drain.cancelled(), if !is_draining => {
                    is_draining = true;
                    self.endpoint.drain();
                }
                event = self.sound.recv() => match event {
                    Some(event) => self.sounds(event),
                    None => break,
                },
                Some(note) = self.notes.1.recv() => self.note(&note),
                taken = self.parts.arrivals.recv_many(&mut came, AT_ONCE) => {
                    if taken == 0 {
                        break;
                    }
                    let now = self.now();
                    came.drain(..).for_each(|arrival| self.arrives(arrival, now));
                    // The sockets are read by the same task, and have room for some hundred messages.
                    self.deliver();
                    tokio::task::yield_now().await;
                }
                Some((at, servers)) = looking.next(), if !looking.is_empty() => {
                    self.found(at, &servers);
                    looking.push(self.look_up(at, LOOK_AGAIN));
                }
                () = tokio::time::sleep(wakes) => self.endpoint.wake(self.now()),
            }
        }
        self.leave().await;
    }

    /// Ends all calls and leaves all accounts.
    async fn leave(&mut self) {
        let now = self.now();
        self.endpoint.drain();
        for call in self.calls.keys().copied().collect::<Vec<_>>() {
            self.endpoint.hang_up(call, Some("SIP;cause=503;text=\"Going down\""), now);
        }
        for registration in self.registrations.keys().copied().collect::<Vec<_>>() {
            self.endpoint.leave(registration, now);
        }
        let until = Instant::now() + LEAVING;
        loop {
            self.deliver();
            while let Ok(note) = self.notes.1.try_recv() {
                self.note(&note);
            }
            if self.calls.is_empty() && self.endpoint.asking() == 0 {
                break;
            }
            let wakes = self.endpoint.wakes().map_or(LOOK, |wakes| wakes.since(self.now()));
            tokio::select! {
                () = tokio::time::sleep_until(until) => break,
                Some(arrival) = self.parts.arrivals.recv() => self.arrives(arrival, self.now()),
                () = tokio::time::sleep(wakes) => self.endpoint.wake(self.now()),
            }
        }
        self.engine.stop();
        while let Ok(note) = self.notes.1.try_recv() {
            self.note(&note);
        }
    }

    fn arrives(&mut self, arrival: Arrival, now: Moment) {
        match arrival {
            Arrival::Message { bytes, flow, tls_name } => {
                self.endpoint.receive(bytes, flow, tls_name.as_deref(), now);
            }
            Arrival::Broken { broken, flow, tls_name } => {
                self.endpoint.broke(&broken, flow, tls_name.as_deref());
            }
            Arrival::Closed(flow) => self.endpoint.closed(flow, now),
        }
    }

    /// Does what signalling wants.
    fn deliver(&mut self) {
        while let Some(output) = self.endpoint.poll() {
            match output {
                Output::Transmit(transmit) => self.parts.out.send(transmit),
                Output::Call(call, event) => self.call(call, event),
                Output::Registration(registration, event) => self.registered(registration, event),
            }
        }
        self.parts.going_on.set(self.calls.len());
        let metrics = &self.parts.surroundings.reports.metrics;
        metrics.signalled(self.endpoint.calls(), self.endpoint.guard().counters);
    }
}
