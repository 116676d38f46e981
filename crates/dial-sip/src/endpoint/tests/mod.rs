//! Whole calls in virtual time: bytes in, bytes and events out.

mod answer;
mod change;
mod end;
mod flood;
mod form;
mod ours;

use super::*;
use crate::call::Why;
use crate::message::{Name, Response};
use crate::sdp::Media;

pub(super) const SDP: &str = "v=0\r\no=- 1 1 IN IP4 203.0.113.9\r\ns=-\r\nc=IN IP4 203.0.113.9\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";

/// A caller and the endpoint that it rings.
pub(super) struct Line {
    pub(super) endpoint: Endpoint,
    pub(super) now: Moment,
    pub(super) flow: Flow,
    pub(super) sent: Vec<(Flow, Bytes)>,
    pub(super) events: Vec<(CallId, CallEvent)>,
    pub(super) registrations: Vec<RegistrationEvent>,
    branch: u32,
}

pub(super) fn flow(transport: Transport, remote: &str) -> Flow {
    Flow { transport, local: "192.0.2.1:5060".parse().unwrap(), remote: remote.parse().unwrap() }
}

pub(super) fn local() -> Local {
    Local { address: "192.0.2.1:40000".parse().unwrap(), master: [7; crate::sdp::MASTER_LEN] }
}

impl Line {
    pub(super) fn new() -> Self {
        Self::with(Config {
            trunks: vec![Trunk {
                name: "carrier".into(),
                networks: vec!["203.0.113.0/24".parse().unwrap()],
                ..Trunk::default()
            }],
            ..Config::default()
        })
    }

    pub(super) fn with(config: Config) -> Self {
        Self {
            endpoint: Endpoint::new(config, [42; 32]),
            now: Moment::default(),
            flow: flow(Transport::Udp, "203.0.113.9:5070"),
            sent: Vec::new(),
            events: Vec::new(),
            registrations: Vec::new(),
            branch: 0,
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.endpoint.poll() {
            match output {
                Output::Transmit(transmit) => self.sent.push((transmit.flow, transmit.bytes)),
                Output::Call(id, event) => self.events.push((id, event)),
                Output::Registration(_, event) => self.registrations.push(event),
            }
        }
    }

    pub(super) fn bytes(&mut self, bytes: impl Into<Bytes>) {
        self.endpoint.receive(bytes.into(), self.flow, None, self.now);
        self.drain();
    }

    /// Time passes, and the endpoint is woken whenever it wants to be.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.endpoint.wakes().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.endpoint.wake(self.now);
            self.drain();
        }
        self.now = end;
    }

    /// What was sent since this was last asked.
    pub(super) fn taken(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.sent).into_iter().map(|(_, bytes)| Message::parse(bytes).unwrap()).collect()
    }

    /// The statuses that were sent since this was last asked.
    pub(super) fn statuses(&mut self) -> Vec<u16> {
        let taken = self.taken().into_iter();
        taken
            .filter_map(|message| {
                if let Message::Response(response) = message { Some(response.status.code()) } else { None }
            })
            .collect()
    }

    pub(super) fn last_response(&mut self) -> Response {
        let last = self.taken().into_iter().rev().find_map(|message| {
            if let Message::Response(response) = message { Some(response) } else { None }
        });
        last.expect("an answer was sent")
    }

    pub(super) fn last_request(&mut self) -> Request {
        let last =
            self.taken().into_iter().rev().find_map(|message| {
                if let Message::Request(request) = message { Some(request) } else { None }
            });
        last.expect("a request was sent")
    }

    pub(super) fn call(&self) -> CallId {
        self.events.iter().find(|(_, event)| matches!(event, CallEvent::Invited(_))).expect("somebody rang").0
    }

    pub(super) fn calls(&self) -> usize {
        self.events.iter().filter(|(_, event)| matches!(event, CallEvent::Invited(_))).count()
    }

    pub(super) fn ended(&self) -> Option<Why> {
        self.events
            .iter()
            .find_map(|(_, event)| if let CallEvent::Ended(why) = event { Some(*why) } else { None })
    }

    pub(super) fn media(&self) -> Vec<Media> {
        let media = |event: &CallEvent| match event {
            CallEvent::Answered(media) | CallEvent::MediaChanged(media) => Some(Media::clone(media)),
            _ => None,
        };
        self.events.iter().filter_map(|(_, event)| media(event)).collect()
    }

    pub(super) fn answer(&mut self) {
        let call = self.call();
        self.endpoint.answer(call, local(), self.now);
        self.drain();
    }

    /// Nothing of any call is left, at most 40 s later.
    pub(super) fn assert_forgotten(&mut self) {
        self.pass(Duration::from_secs(70));
        assert_eq!((self.endpoint.calls(), self.endpoint.transactions()), (0, 0));
        assert!(
            self.endpoint.tags.is_empty()
                && self.endpoint.merges.is_empty()
                && self.endpoint.branches.is_empty()
        );
        assert_eq!(self.endpoint.wakes(), None);
    }
}

/// One caller's requests.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) call_id: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) number: u32,
    pub(super) lines: String,
}

impl Caller {
    pub(super) fn new() -> Self {
        Self {
            call_id: "a84b4c76".into(),
            from: "\"A\" <sip:+441134960001@carrier.example>;tag=1928".into(),
            to: "<sip:100@192.0.2.1>".into(),
            number: 1,
            lines: String::new(),
        }
    }

    pub(super) fn with(lines: &str) -> Self {
        Self { lines: lines.into(), ..Self::new() }
    }

    pub(super) fn text(&self, method: &str, branch: &str, number: u32, lines: &str, body: &str) -> String {
        let Self { call_id, from, to, .. } = self;
        let kind = if body.is_empty() || lines.contains("Content-Type") {
            ""
        } else {
            "Content-Type: application/sdp\r\n"
        };
        format!(
            "{method} sip:100@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.9:5070;rport;branch=z9hG4bK{branch}\r\nMax-Forwards: 70\r\n\
             From: {from}\r\nTo: {to}\r\nCall-ID: {call_id}\r\nCSeq: {number} {method}\r\nContact: <sip:a@203.0.113.9:5070>\r\n{lines}{kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// The next request, in a transaction of its own.
    pub(super) fn next(&mut self, line: &mut Line, method: &str, lines: &str, body: &str) {
        self.number += 1;
        line.branch += 1;
        let text = self.text(method, &format!("n{}", line.branch), self.number, lines, body);
        line.bytes(text);
    }

    pub(super) fn invite(&self, body: &str) -> String {
        self.text("INVITE", "inv", self.number, &self.lines, body)
    }

    pub(super) fn ack(&self, line: &mut Line, body: &str) {
        line.branch += 1;
        let text = self.text("ACK", &format!("a{}", line.branch), self.number, "", body);
        line.bytes(text);
    }

    /// Takes the tag that an answer gave us.
    pub(super) fn follow(&mut self, response: &Response) {
        self.to = String::from_utf8(response.headers.first(Name::To).unwrap().to_vec()).unwrap();
    }
}

/// A call that both sides know to be answered; nothing that was sent until then is left to look at.
pub(super) fn confirmed(lines: &str) -> (Line, Caller) {
    let (mut line, mut caller) = (Line::new(), Caller::with(lines));
    line.bytes(caller.invite(SDP));
    line.answer();
    caller.follow(&line.last_response());
    caller.ack(&mut line, "");
    assert!(line.events.iter().any(|(_, event)| *event == CallEvent::Confirmed));
    line.sent.clear();
    (line, caller)
}
