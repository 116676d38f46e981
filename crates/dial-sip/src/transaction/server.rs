//! A request that came to us (RFC 3261 section 17.2, RFC 6026 section 7.1).

use std::time::Duration;

use bytes::Bytes;

use super::{GIVE_UP, Step, T1, T2, T4};
use crate::message::Status;
use crate::net::Flow;
use crate::time::Moment;

/// Where it is, in the RFC's words; `Proceeding` stands for Trying too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Proceeding,
    Completed,
    Confirmed,
    Accepted,
}

/// One server transaction.
#[derive(Clone)]
pub struct Server {
    /// Which way its answers go.
    pub flow: Flow,
    is_invite: bool,
    state: State,
    last: Option<Bytes>,
    interval: Duration,
    next: Option<Moment>,
    ends: Option<Moment>,
}

impl Server {
    /// A request came, and is an INVITE or not.
    pub const fn new(flow: Flow, is_invite: bool) -> Self {
        Self { flow, is_invite, state: State::Proceeding, last: None, interval: T1, next: None, ends: None }
    }

    /// Whether a final answer was given.
    pub fn is_answered(&self) -> bool {
        self.state != State::Proceeding
    }

    /// An answer goes out. After a final one, none follows.
    ///
    /// A good answer to an INVITE is repeated by the call, not here (RFC 6026 section 7.1).
    pub fn respond(&mut self, status: Status, bytes: &Bytes, now: Moment) {
        if self.is_answered() {
            return;
        }
        self.last = Some(bytes.clone());
        let is_reliable = self.flow.transport.is_reliable();
        match (status, self.is_invite) {
            (status, _) if status.is_provisional() => {}
            // ## Proceeding => Accepted: timer L
            (status, true) if status.is_success() => {
                self.state = State::Accepted;
                self.ends = Some(now + GIVE_UP);
            }
            // ## Proceeding => Completed: timers G and H
            (_, true) => {
                self.state = State::Completed;
                self.ends = Some(now + GIVE_UP);
                self.next = (!is_reliable).then_some(now + self.interval);
            }
            // ## Proceeding => Completed: timer J
            (_, false) => {
                self.state = State::Completed;
                self.ends = Some(if is_reliable { now } else { now + GIVE_UP });
            }
        }
    }

    /// The request came again: what to send again. Nobody else hears of it.
    pub fn repeated(&self) -> Option<Bytes> {
        self.last.clone().filter(|_| self.state != State::Confirmed)
    }

    /// An ACK came that is of this transaction: the bad news arrived.
    pub fn acked(&mut self, now: Moment) {
        // ## Completed => Confirmed: timer I
        if self.is_invite && self.state == State::Completed {
            self.state = State::Confirmed;
            self.next = None;
            self.ends = Some(if self.flow.transport.is_reliable() { now } else { now + T4 });
        }
    }

    /// When it wants to be woken.
    pub fn wakes(&self) -> Option<Moment> {
        self.next.into_iter().chain(self.ends).min()
    }

    /// It is woken.
    pub fn wake(&mut self, now: Moment) -> Step {
        if self.ends.is_some_and(|at| at <= now) {
            let never_acked = self.is_invite && self.state == State::Completed;
            return if never_acked { Step::TimedOut } else { Step::Over };
        }
        if self.next.is_none_or(|at| at > now) {
            return Step::Wait;
        }
        self.interval = (self.interval * 2).min(T2);
        self.next = Some(now + self.interval);
        self.last.clone().map_or(Step::Wait, Step::Repeat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Transport;

    fn at(ms: u64) -> Moment {
        Moment::after_start(Duration::from_millis(ms))
    }

    fn flow(transport: Transport) -> Flow {
        Flow {
            transport,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: "192.0.2.2:5060".parse().unwrap(),
        }
    }

    /// All that it does by itself until it ends: (milliseconds, step).
    fn run(server: &mut Server) -> Vec<(u128, Step)> {
        let mut steps = Vec::new();
        while let Some(now) = server.wakes() {
            let step = server.wake(now);
            let ends = !matches!(step, Step::Repeat(_) | Step::Wait);
            steps.push((now.since(Moment::default()).as_millis(), step));
            if ends {
                break;
            }
        }
        steps
    }

    #[test]
    fn a_refusal_is_repeated_until_it_is_acknowledged() {
        let mut server = Server::new(flow(Transport::Udp), true);
        server.respond(Status::BUSY, &Bytes::from_static(b"486"), at(0));
        let times: Vec<_> = run(&mut server.clone()).into_iter().map(|(ms, _)| ms).collect();
        assert_eq!(times, [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500, 32_000]);
        assert_eq!(run(&mut server.clone()).pop().unwrap().1, Step::TimedOut);
        server.acked(at(600));
        assert_eq!((run(&mut server), server.repeated()), (vec![(5_600, Step::Over)], None));
    }

    #[test]
    fn an_acceptance_is_kept_and_repeated_when_the_invite_comes_again() {
        let mut server = Server::new(flow(Transport::Udp), true);
        server.respond(Status::TRYING, &Bytes::from_static(b"100"), at(0));
        assert_eq!(server.repeated(), Some(Bytes::from_static(b"100")));
        server.respond(Status::OK, &Bytes::from_static(b"200"), at(0));
        server.respond(Status::BUSY, &Bytes::from_static(b"486"), at(0));
        assert_eq!(server.repeated(), Some(Bytes::from_static(b"200")));
        assert_eq!(run(&mut server), [(32_000, Step::Over)]);
    }

    #[test]
    fn a_stream_repeats_nothing() {
        let mut invite = Server::new(flow(Transport::Tcp), true);
        invite.respond(Status::BUSY, &Bytes::from_static(b"486"), at(0));
        assert_eq!(run(&mut invite), [(32_000, Step::TimedOut)]);
        let mut bye = Server::new(flow(Transport::Tls), false);
        bye.respond(Status::OK, &Bytes::from_static(b"200"), at(7));
        assert_eq!(run(&mut bye), [(7, Step::Over)]);
    }

    #[test]
    fn another_request_is_answered_alike_for_thirty_two_seconds() {
        let mut bye = Server::new(flow(Transport::Udp), false);
        assert_eq!((bye.repeated(), bye.wakes()), (None, None));
        bye.respond(Status::OK, &Bytes::from_static(b"200"), at(0));
        assert_eq!(bye.repeated(), Some(Bytes::from_static(b"200")));
        assert_eq!(run(&mut bye), [(32_000, Step::Over)]);
    }
}
