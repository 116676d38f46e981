//! Callers by hand: they ring, acknowledge, repeat what is not answered, and hang up. One thread has them all.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

use bytes::Bytes;
use dial_sip::message::{Message, Method, Reply, Response, Status};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::Timespec;

use crate::ear::Ear;
use crate::message::Dialog;
use crate::program::LINE;
use crate::socket::{Batch, dropped, now, open};

/// As many proxies as a telephone company may have: each is a source with a limit of its own.
const SOURCES: u8 = 8;
const MS: i64 = 1_000_000;
/// The first repetition of what is not answered (RFC 3261, T1), and when it is given up.
const REPEAT: i64 = 500 * MS;
const GIVEN_UP: i64 = 16 * REPEAT;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Rings,
    Talks,
    Leaves,
    Over,
    Failed,
}

/// One caller.
pub(crate) struct Caller {
    pub(crate) stage: Stage,
    /// The line's port of sound.
    pub(crate) port: u16,
    /// When it rang, was answered, and hung up.
    pub(crate) rang: i64,
    pub(crate) answered: i64,
    /// When the first packet came, if the call lasted for one.
    pub(crate) heard: Option<i64>,
    to: String,
    source: usize,
    /// How long it talks; without end, until it is told otherwise.
    pub(crate) talks: Option<i64>,
    asked: i64,
    /// When it is to do something next: repeat, or hang up.
    next: i64,
}

/// All callers of a line.
pub(crate) struct Telephones<'a> {
    line: SocketAddr,
    ear: &'a Ear,
    sources: Vec<(UdpSocket, SocketAddr)>,
    batch: Batch,
    pub(crate) callers: Vec<Caller>,
    /// Who is to be woken when; only the last wish of each counts.
    due: BinaryHeap<Reverse<(i64, usize)>>,
    /// Requests that were sent again.
    pub(crate) repeats: u64,
    /// What the line answered, when it was no good news.
    pub(crate) refusals: Vec<u16>,
}

impl<'a> Telephones<'a> {
    pub(crate) fn new(line: SocketAddr, ear: &'a Ear) -> Self {
        let source = |number| {
            let socket = open(Ipv4Addr::new(127, 0, 2, number));
            let us = socket.local_addr().unwrap();
            (socket, us)
        };
        let sources = (1..=SOURCES).map(source).collect();
        let (callers, due, refusals) = (Vec::new(), BinaryHeap::new(), Vec::new());
        Self { line, ear, sources, batch: Batch::new(), callers, due, repeats: 0, refusals }
    }

    pub(crate) fn count(&self, stage: Stage) -> usize {
        self.callers.iter().filter(|caller| caller.stage == stage).count()
    }

    pub(crate) fn talking(&self) -> impl Iterator<Item = &Caller> {
        self.callers.iter().filter(|caller| caller.stage == Stage::Talks)
    }

    /// Messages for which we had no room.
    pub(crate) fn dropped(&self) -> u64 {
        self.sources.iter().map(|(socket, _)| dropped(socket)).sum()
    }

    /// Rings, and talks for so many nanoseconds, or until told otherwise.
    pub(crate) fn ring(&mut self, talks: Option<i64>) {
        let (number, at) = (self.callers.len(), now());
        self.callers.push(Caller {
            stage: Stage::Rings,
            port: 0,
            rang: at,
            answered: 0,
            heard: None,
            to: format!("<sip:{LINE}@{}>", self.line),
            source: number % self.sources.len(),
            talks,
            asked: at,
            next: i64::MAX,
        });
        let invite = self.dialog(number).invite(self.ear.port());
        self.send(number, &invite);
        self.wake_at(number, at + REPEAT);
    }

    fn wake_at(&mut self, number: usize, at: i64) {
        self.callers[number].next = at;
        self.due.push(Reverse((at, number)));
    }

    /// So many ring, so many a second, and all are answered or refused.
    pub(crate) fn ring_all(&mut self, count: usize, a_second: f64) {
        let begun = now();
        for place in 0..count {
            let at = begun + (place as f64 / a_second * 1e9) as i64;
            self.until(at);
            self.ring(None);
        }
        self.until_none(Stage::Rings);
    }

    /// All who talk hang up, so many a second.
    pub(crate) fn hang_up_all(&mut self, a_second: f64) {
        let begun = now();
        let talking = (0..self.callers.len()).filter(|number| self.callers[*number].stage == Stage::Talks);
        for (place, number) in talking.collect::<Vec<_>>().into_iter().enumerate() {
            self.until(begun + (place as f64 / a_second * 1e9) as i64);
            self.leave(number);
        }
        self.until_none(Stage::Leaves);
    }

    /// Waits until nobody is at a stage.
    pub(crate) fn until_none(&mut self, stage: Stage) {
        while self.count(stage) > 0 {
            self.until(now() + 5 * MS);
        }
    }

    /// Does what is due and answers what comes, until a moment.
    pub(crate) fn until(&mut self, moment: i64) {
        loop {
            let at = now();
            while let Some(Reverse((due, number))) = self.due.peek().copied()
                && due <= at
            {
                self.due.pop();
                if self.callers[number].next == due {
                    self.wake(number, at);
                }
            }
            let next = self.due.peek().map_or(moment, |Reverse((due, _))| moment.min(*due));
            let wait = (next - now()).max(0);
            let mut ready: Vec<_> =
                self.sources.iter().map(|(socket, _)| PollFd::new(socket, PollFlags::IN)).collect();
            let wait = Timespec { tv_sec: wait / 1_000_000_000, tv_nsec: wait % 1_000_000_000 };
            let _ = poll(&mut ready, Some(&wait));
            let ready: Vec<_> = ready.iter().map(|one| one.revents().contains(PollFlags::IN)).collect();
            for (source, _) in ready.iter().enumerate().filter(|(_, ready)| **ready) {
                self.receive(source);
            }
            if now() >= moment {
                return;
            }
        }
    }

    fn dialog(&self, number: usize) -> Dialog<'_> {
        let caller = &self.callers[number];
        let us = self.sources[caller.source].1;
        Dialog { line: self.line, us, number, whom: LINE, to: &caller.to }
    }

    fn send(&self, number: usize, bytes: &[u8]) {
        let _ = self.sources[self.callers[number].source].0.send_to(bytes, self.line);
    }

    fn wake(&mut self, number: usize, at: i64) {
        let caller = &mut self.callers[number];
        let bytes = match caller.stage {
            Stage::Rings | Stage::Leaves if at - caller.asked >= GIVEN_UP => {
                caller.stage = Stage::Failed;
                return;
            }
            Stage::Rings => self.dialog(number).invite(self.ear.port()),
            Stage::Leaves => self.dialog(number).bye(),
            Stage::Talks => return self.leave(number),
            Stage::Over | Stage::Failed => return,
        };
        self.send(number, &bytes);
        self.repeats += 1;
        // Twice as long each time.
        let next = at + (at - self.callers[number].asked).max(REPEAT);
        self.wake_at(number, next);
    }

    fn leave(&mut self, number: usize) {
        let at = now();
        let caller = &mut self.callers[number];
        caller.heard = self.ear.first(caller.port).filter(|heard| *heard > caller.rang);
        (caller.stage, caller.asked) = (Stage::Leaves, at);
        let bye = self.dialog(number).bye();
        self.send(number, &bye);
        self.wake_at(number, at + REPEAT);
    }

    fn receive(&mut self, source: usize) {
        let mut came = Vec::new();
        while self
            .batch
            .read(&self.sources[source].0, |bytes, _, at| came.push((Bytes::copy_from_slice(bytes), at)))
        {
        }
        for (bytes, at) in came {
            match Message::parse(bytes) {
                Ok(Message::Response(response)) => self.answered(&response, at),
                Ok(Message::Request(request)) if request.method() == Method::Bye => {
                    if let Some(number) = number(request.call_id()) {
                        self.callers[number].stage = Stage::Failed;
                    }
                    let ok = Reply::new(&request, self.line, Status::OK, None).finish();
                    let _ = self.sources[source].0.send_to(&ok, self.line);
                }
                _ => {}
            }
        }
    }

    fn answered(&mut self, response: &Response, at: i64) {
        let Some(number) = number(response.call_id()) else { return };
        let is_invite = response.cseq().is_some_and(|cseq| cseq.method == b"INVITE");
        let caller = &mut self.callers[number];
        if response.status.is_provisional() {
            return;
        }
        match (caller.stage, response.status.is_success()) {
            (Stage::Rings, true) => {
                let Some(port) = port(response.body()) else { return caller.stage = Stage::Failed };
                (caller.stage, caller.port, caller.answered) = (Stage::Talks, port, at);
                caller.to =
                    String::from_utf8_lossy(response.headers.first(dial_sip::message::Name::To).unwrap())
                        .into();
                let leaves = caller.talks.map_or(i64::MAX, |talks| now() + talks);
                self.ear.begins(port);
                let ack = self.dialog(number).ack();
                self.send(number, &ack);
                self.wake_at(number, leaves);
            }
            // The answer was repeated: our acknowledgement is late.
            (Stage::Talks | Stage::Leaves, true) if is_invite => {
                let ack = self.dialog(number).ack();
                self.send(number, &ack);
            }
            (Stage::Leaves, _) if !is_invite => caller.stage = Stage::Over,
            (Stage::Rings, false) => {
                caller.stage = Stage::Failed;
                self.refusals.push(response.status.code());
                let ack = self.dialog(number).ack();
                self.send(number, &ack);
            }
            _ => {}
        }
    }
}

/// The number of a call, by its name.
fn number(call_id: Option<&[u8]>) -> Option<usize> {
    std::str::from_utf8(call_id?).ok()?.split('-').next()?.parse().ok()
}

/// Where the line hears a call.
fn port(body: &[u8]) -> Option<u16> {
    std::str::from_utf8(body).ok()?.split("m=audio ").nth(1)?.split(' ').next()?.parse().ok()
}
