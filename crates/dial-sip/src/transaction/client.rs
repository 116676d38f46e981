//! A request of ours (RFC 3261 section 17.1, RFC 6026 section 7.2).

use std::time::Duration;

use bytes::Bytes;

use super::{GIVE_UP, Step, T1, T2, T4};
use crate::message::Status;
use crate::net::Flow;
use crate::time::Moment;

/// Where it is, in the RFC's words; `Calling` stands for Trying too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Calling,
    Proceeding,
    Completed,
    Accepted,
}

/// What becomes of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// Whoever sent the request hears of it.
    Up,
    /// Whoever sent the request hears of it, and it is acknowledged by this transaction.
    UpAndAck,
    /// It was heard of before: it is acknowledged again, and nobody hears of it.
    AckAgain,
    /// It was heard of before.
    No,
}

/// One client transaction.
#[derive(Clone)]
pub struct Client {
    /// Which way the request goes.
    pub flow: Flow,
    is_invite: bool,
    state: State,
    request: Bytes,
    interval: Duration,
    next: Option<Moment>,
    ends: Option<Moment>,
}

impl Client {
    /// A request goes out now.
    pub fn new(flow: Flow, is_invite: bool, request: Bytes, now: Moment) -> Self {
        // Timers A or E, and B or F.
        let next = (!flow.transport.is_reliable()).then_some(now + T1);
        Self {
            flow,
            is_invite,
            state: State::Calling,
            request,
            interval: T1,
            next,
            ends: Some(now + GIVE_UP),
        }
    }

    /// An answer came.
    pub fn receive(&mut self, status: Status, now: Moment) -> Passed {
        let is_reliable = self.flow.transport.is_reliable();
        match (self.state, status, self.is_invite) {
            // ## Calling => Proceeding: an INVITE is no more repeated
            (State::Calling | State::Proceeding, status, is_invite) if status.is_provisional() => {
                if is_invite {
                    // An INVITE may ring for long; ours are inside a call, so three minutes are plenty.
                    (self.next, self.ends) = (None, Some(now + Duration::from_mins(3)));
                }
                self.state = State::Proceeding;
                Passed::Up
            }
            // ## Calling | Proceeding => Accepted: timer M
            (State::Calling | State::Proceeding, status, true) if status.is_success() => {
                self.end(State::Accepted, now + GIVE_UP);
                Passed::Up
            }
            // ## Calling | Proceeding => Completed: timer D
            (State::Calling | State::Proceeding, _, true) => {
                self.end(State::Completed, if is_reliable { now } else { now + GIVE_UP });
                Passed::UpAndAck
            }
            // ## Calling | Proceeding => Completed: timer K
            (State::Calling | State::Proceeding, _, false) => {
                self.end(State::Completed, if is_reliable { now } else { now + T4 });
                Passed::Up
            }
            // Each repetition of a good answer is acknowledged by whoever sent the request.
            (State::Accepted, status, _) if status.is_success() => Passed::Up,
            (State::Completed, status, true) if !status.is_provisional() => Passed::AckAgain,
            _ => Passed::No,
        }
    }

    fn end(&mut self, state: State, at: Moment) {
        (self.state, self.next, self.ends) = (state, None, Some(at));
    }

    /// When it wants to be woken.
    pub fn wakes(&self) -> Option<Moment> {
        self.next.into_iter().chain(self.ends).min()
    }

    /// It is woken. `TimedOut` is as if 408 had come (RFC 3261 section 8.1.3.1).
    pub fn wake(&mut self, now: Moment) -> Step {
        if self.ends.is_some_and(|at| at <= now) {
            let is_waiting = matches!(self.state, State::Calling | State::Proceeding);
            return if is_waiting { Step::TimedOut } else { Step::Over };
        }
        if self.next.is_none_or(|at| at > now) {
            return Step::Wait;
        }
        self.interval = match (self.is_invite, self.state) {
            (true, _) => self.interval * 2,
            (false, State::Calling) => (self.interval * 2).min(T2),
            (false, _) => T2,
        };
        self.next = Some(now + self.interval);
        Step::Repeat(self.request.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Transport;

    fn at(ms: u64) -> Moment {
        Moment::after_start(Duration::from_millis(ms))
    }

    fn client(transport: Transport, is_invite: bool) -> Client {
        let flow =
            Flow { transport, local: "[::1]:5060".parse().unwrap(), remote: "[::2]:5060".parse().unwrap() };
        Client::new(flow, is_invite, Bytes::from_static(b"request"), at(0))
    }

    fn run(client: &mut Client) -> (Vec<u128>, Step) {
        let mut times = Vec::new();
        loop {
            let now = client.wakes().unwrap();
            let step = client.wake(now);
            times.push(now.since(Moment::default()).as_millis());
            if !matches!(step, Step::Repeat(_) | Step::Wait) {
                return (times, step);
            }
        }
    }

    #[test]
    fn a_request_is_repeated_over_datagrams_until_it_is_given_up() {
        let (times, step) = run(&mut client(Transport::Udp, false));
        assert_eq!(times, [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500, 32_000]);
        assert_eq!(step, Step::TimedOut);
        let (times, _) = run(&mut client(Transport::Udp, true));
        assert_eq!(times, [500, 1_500, 3_500, 7_500, 15_500, 31_500, 32_000]);
        assert_eq!(run(&mut client(Transport::Tls, false)).0, [32_000]);
    }

    #[test]
    fn an_answer_is_heard_of_once() {
        let mut bye = client(Transport::Udp, false);
        assert_eq!(bye.receive(Status::TRYING, at(10)), Passed::Up);
        assert_eq!(bye.receive(Status::OK, at(20)), Passed::Up);
        assert_eq!(bye.receive(Status::OK, at(30)), Passed::No);
        assert_eq!(run(&mut bye), (vec![5_020], Step::Over));
    }

    #[test]
    fn a_refusal_of_an_invite_is_acknowledged_each_time_and_an_acceptance_by_the_call() {
        let mut refused = client(Transport::Udp, true);
        assert_eq!(refused.receive(Status::BUSY, at(10)), Passed::UpAndAck);
        assert_eq!(refused.receive(Status::BUSY, at(20)), Passed::AckAgain);
        assert_eq!(run(&mut refused), (vec![32_010], Step::Over));
        let mut accepted = client(Transport::Udp, true);
        assert_eq!(accepted.receive(Status::OK, at(10)), Passed::Up);
        assert_eq!(accepted.receive(Status::OK, at(20)), Passed::Up);
        assert_eq!(accepted.receive(Status::BUSY, at(20)), Passed::No);
    }
}
