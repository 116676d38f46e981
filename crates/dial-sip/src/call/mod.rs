//! One call to us, from its INVITE to its end (RFC 3261 sections 13 to 15): what is answered, what is sent,
//! and what the host hears of.
//!
//! A call does not know its transport, nor what is played. Requests reach it once each, for a transaction
//! holds back what is repeated; what it wants done it leaves in acts.

mod answer;
mod event;
mod inside;
mod ours;
mod parties;
mod timer;

use std::time::Duration;

use bytes::Bytes;

pub use event::{CallEvent, CallId, Invitation, Why};
pub use parties::{Parties, Party};

use crate::chance::Chance;
use crate::dialog::Dialog;
use crate::message::{Content, Method, Name, Refusal, Reply, Request, SUPPORTED, Status};
use crate::net::Flow;
use crate::sdp::{Codec, Description, Local, LocalSession, Media, Preference};
use crate::time::Moment;
use crate::transaction::{GIVE_UP, Key, T1, T2};
use timer::SessionTimer;

/// A call that the host neither answers nor refuses is refused then (RFC 3261 section 16.6, timer C).
const MAX_RINGING: Duration = Duration::from_mins(3);

/// What a call wants done.
pub(crate) enum Act {
    /// Answers a request, through its transaction.
    Reply { key: Key, status: Status, bytes: Bytes },
    /// Begins a transaction of ours.
    Ask { method: Method, branch: String, bytes: Bytes },
    /// Sends what no transaction repeats: an ACK of ours, or an answer that the call itself repeats.
    Send { bytes: Bytes },
    /// Sends an answer again, the way that its transaction sends.
    Again { key: Key, bytes: Bytes },
    /// Tells the host.
    Tell(CallEvent),
}

/// What a call must know of the host.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// The Contact of ours, in brackets.
    pub(crate) contact: String,
    /// Our hop, without branch: `SIP/2.0/UDP host:port`.
    pub(crate) via: String,
    /// The name of the program.
    pub(crate) product: String,
    /// Whose order of codecs counts.
    pub(crate) preference: Preference,
    /// No call is longer.
    pub(crate) max_call: Duration,
}

/// Where a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The INVITE came, and is not answered yet.
    Invited,
    /// It was answered with 200, and the ACK is still to come.
    Answered,
    /// Both sides know that it was answered.
    Confirmed,
    /// Nothing of it is left but the transactions.
    Over,
}

/// An answer that is sent again and again until the other side says that it came.
struct Repeated {
    /// The number of the INVITE that an ACK names, or that of the provisional answer that a PRACK names.
    number: u32,
    key: Key,
    bytes: Bytes,
    interval: Duration,
    next: Moment,
    gives_up: Moment,
}

impl Repeated {
    fn new(number: u32, key: Key, bytes: Bytes, now: Moment) -> Self {
        Self { number, key, bytes, interval: T1, next: now + T1, gives_up: now + GIVE_UP }
    }

    fn wakes(&self) -> Moment {
        self.next.min(self.gives_up)
    }

    /// What to send again now.
    fn wake(&mut self, now: Moment, longest: Duration) -> Option<Act> {
        if self.next > now {
            return None;
        }
        self.interval = (self.interval * 2).min(longest);
        self.next = now + self.interval;
        Some(Act::Again { key: self.key, bytes: self.bytes.clone() })
    }
}

/// One call.
pub(crate) struct Call {
    site: Site,
    dialog: Dialog,
    chance: Chance,
    state: State,
    /// The INVITE that began it, and its transaction.
    invite: Request,
    key: Key,
    /// Which way the last request of theirs came, and so requests of ours go.
    flow: Flow,
    session: LocalSession,
    local: Option<Local>,
    media: Option<Media>,
    /// The description that we sent last, for renewals by INVITE.
    description: String,
    /// We offered, and the ACK must answer.
    is_offering: bool,
    /// 200 until the ACK; and a provisional answer until its PRACK.
    accepted: Option<Repeated>,
    reliable: Option<Repeated>,
    /// The number of our provisional answer that no PRACK has named yet, be it repeated any more or not.
    unconfirmed: Option<u32>,
    timer: Option<SessionTimer>,
    /// The branch and number of our INVITE or UPDATE that is not answered yet.
    pending: Option<(String, Method, u32)>,
    /// Whether the other side serves UPDATE.
    knows_update: bool,
    ends: Moment,
}

impl Call {
    /// A call that an INVITE begins, with what the host is told of it. The INVITE is answered with 100.
    ///
    /// # Errors
    ///
    /// How the INVITE is refused: no sound that we can serve, a session that is too short.
    #[expect(clippy::too_many_arguments, reason = "all that one call is made of, in one place")]
    pub(crate) fn new(
        site: Site,
        trunk: String,
        invite: Request,
        key: Key,
        flow: Flow,
        mut chance: Chance,
        now: Moment,
        acts: &mut Vec<Act>,
    ) -> Result<Self, Refusal> {
        let timer = SessionTimer::agree(&invite, now)?;
        let dialog = Dialog::new(&invite, chance.word()).ok_or(Refusal::plain(Status::BAD_REQUEST))?;
        let offer = match invite.content() {
            Content::Description(text) => Some(Box::new(served(text, site.preference)?)),
            Content::Nothing | Content::Unknown => None,
        };
        let invitation = Invitation {
            trunk,
            call_id: String::from_utf8_lossy(dialog.call_id()).into_owned(),
            parties: Parties::of(&invite),
            offer,
            flow,
        };
        let knows_update = invite.headers.lists(Name::Allow, "UPDATE");
        let ends = now + MAX_RINGING;
        let session = LocalSession::new(chance.number());
        let call = Self {
            site,
            dialog,
            chance,
            state: State::Invited,
            invite,
            key,
            flow,
            session,
            local: None,
            media: None,
            description: String::new(),
            is_offering: false,
            accepted: None,
            reliable: None,
            unconfirmed: None,
            timer,
            pending: None,
            knows_update,
            ends,
        };
        let trying = Reply::new(&call.invite, flow.remote, Status::TRYING, None).finish();
        acts.push(Act::Reply { key, status: Status::TRYING, bytes: trying });
        acts.push(Act::Tell(CallEvent::Invited(Box::new(invitation))));
        Ok(call)
    }

    /// The way that requests of ours go.
    pub(crate) fn flow(&self) -> Flow {
        self.flow
    }

    /// The dialog of the call.
    pub(crate) fn dialog(&self) -> &Dialog {
        &self.dialog
    }

    /// Whether nothing of it is left.
    pub(crate) fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// When it wants to be woken.
    pub(crate) fn wakes(&self) -> Option<Moment> {
        if self.is_over() {
            return None;
        }
        let repeated = self.accepted.iter().chain(&self.reliable).map(Repeated::wakes);
        let timer = self.timer.iter().filter(|_| self.state != State::Invited).map(SessionTimer::wakes);
        repeated.chain(timer).chain([self.ends]).min()
    }

    /// It is woken.
    pub(crate) fn wake(&mut self, now: Moment, acts: &mut Vec<Act>) {
        if self.is_over() {
            return;
        }
        let given_up =
            |repeated: &Option<Repeated>| repeated.as_ref().is_some_and(|repeated| repeated.gives_up <= now);
        let is_session_over =
            self.state != State::Invited && self.timer.is_some_and(|timer| timer.is_over(now));
        // RFC 3261 section 13.3.1.4: without an ACK the call is ended as if it had been begun.
        if given_up(&self.accepted) {
            return self.bye(None, Why::NoAck, acts);
        }
        if given_up(&self.reliable) {
            return self.refuse_for(Status::INTERNAL, Why::NoPrack, acts);
        }
        if self.ends <= now {
            return match self.state {
                State::Invited => self.refuse_for(Status::UNAVAILABLE_NOW, Why::TooLong, acts),
                _ => self.bye(None, Why::TooLong, acts),
            };
        }
        if is_session_over {
            return self.bye(None, Why::SessionExpired, acts);
        }
        acts.extend(self.accepted.as_mut().and_then(|repeated| repeated.wake(now, T2)));
        // RFC 3262 section 3: a provisional answer is repeated ever more seldom, without a bound.
        acts.extend(self.reliable.as_mut().and_then(|repeated| repeated.wake(now, GIVE_UP)));
        if self.state == State::Confirmed && self.timer.is_some_and(|timer| timer.is_due(now)) {
            self.renew(now, acts);
        }
    }

    /// It is over, for whatever reason; the host hears of it once.
    fn end(&mut self, why: Why, acts: &mut Vec<Act>) {
        if self.state != State::Over {
            self.state = State::Over;
            (self.accepted, self.reliable, self.timer, self.pending) = (None, None, None, None);
            acts.push(Act::Tell(CallEvent::Ended(why)));
        }
    }

    /// Begins an answer that is of this dialog.
    fn reply(&self, request: &Request, status: Status) -> Reply {
        Reply::new(request, self.flow.remote, status, Some(self.dialog.tag()))
    }

    /// An answer that may change the dialog, with all that it must say.
    fn reply_with_contact(&self, request: &Request, status: Status) -> Reply {
        self.reply(request, status)
            .header(Name::Contact, &self.site.contact)
            .header(Name::Allow, Method::ALLOW)
            .header(Name::Supported, SUPPORTED.join(", "))
            .header(Name::Server, &self.site.product)
    }
}

/// What an offer would come to, if it has sound that we serve.
fn served(body: &[u8], preference: Preference) -> Result<Media, Refusal> {
    let refused = |_| Refusal::plain(Status::NOT_ACCEPTABLE_HERE);
    let offer = Description::parse(body).map_err(|_| Refusal::plain(Status::NOT_ACCEPTABLE_HERE))?;
    let nowhere = Local { address: ([192, 0, 2, 1], 9).into(), master: [0; crate::sdp::MASTER_LEN] };
    let (_, media) =
        crate::sdp::answer(&offer, &nowhere, &mut LocalSession::new(0), preference).map_err(refused)?;
    Ok(Media { keys: None, ..media })
}

/// The codec that we offer first.
fn first_codec(preference: Preference) -> Codec {
    match preference {
        Preference::Ours(codec) => codec,
        Preference::Theirs => Codec::Pcma,
    }
}
