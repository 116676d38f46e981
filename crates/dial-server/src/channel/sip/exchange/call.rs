//! What happens to one call: it rings, plays, changes, ends.

use std::net::SocketAddr;
use std::sync::Arc;

use dial_core::call::{CallId as OurCallId, CallRecord, HangupCause, SoundQuality};
use dial_core::session::Left;
use dial_playout::{Event, Ports, Quality, Refused};
use dial_sip::call::{CallEvent, CallId, Invitation, Why};
use dial_sip::message::{Name, Refusal, Status};
use dial_sip::rtp::Learn;
use dial_sip::sdp::{Local, Media};
use sha2::{Digest, Sha256};
use tracing::{info, warn};

use super::Exchange;
use crate::channel::sip::player::{Closing, Note, Player};
use crate::channel::transcript::Party;
use crate::line::Line;
use crate::store::CallerKey;

/// Who finds no room is asked to stay away for so many seconds.
const RETRY_AFTER_S: &str = "5";

/// A call that rings or plays.
pub(super) struct Ongoing {
    line: Arc<Line>,
    /// By which it came.
    trunk: String,
    record: OurCallId,
    caller: Option<CallerKey>,
    answered_at: jiff::Timestamp,
    /// Where its sound may come from.
    learn: Learn,
    /// Until it plays.
    waiting: Option<Waiting>,
    playing: Option<dial_playout::CallId>,
    why: Option<Why>,
}

/// A call that was answered, and waits for the caller's side to know it.
struct Waiting {
    ports: Ports,
    media: Option<Box<Media>>,
}

impl Exchange {
    pub(super) fn call(&mut self, call: CallId, event: CallEvent) {
        match event {
            CallEvent::Invited(invitation) => self.invited(call, &invitation),
            CallEvent::Answered(media) => {
                if let Some(waiting) = self.calls.get_mut(&call).and_then(|ongoing| ongoing.waiting.as_mut())
                {
                    waiting.media = Some(media);
                }
            }
            CallEvent::Confirmed => self.play(call),
            CallEvent::MediaChanged(media) => match self.calls.get_mut(&call) {
                Some(Ongoing { waiting: Some(waiting), .. }) => waiting.media = Some(media),
                Some(Ongoing { playing: Some(playing), .. }) => self.engine.change(*playing, &media),
                _ => {}
            },
            CallEvent::Digit(digit) => {
                if let Some(playing) = self.calls.get(&call).and_then(|ongoing| ongoing.playing) {
                    self.engine.press(playing, digit);
                }
            }
            CallEvent::Ended(why) => self.ended(call, why),
        }
    }

    fn invited(&mut self, call: CallId, invitation: &Invitation) {
        let now = self.now();
        let around = &self.parts.surroundings;
        let Some(line) = around.lines.rung(&invitation.trunk, &invitation.parties).cloned() else {
            warn!(trunk = invitation.trunk, called = ?invitation.parties.called, "A number was rung that no line has");
            self.endpoint.refuse(call, &Refusal::plain(Status::NOT_FOUND), now);
            return;
        };
        let opened = self.engine.open(invitation.flow.local.ip());
        let (ports, master) = match (opened, random()) {
            (Ok(ports), Some(master)) => (ports, master),
            (opened, _) => {
                warn!(line = line.name, "A call is asked to come later: {}", told(opened.err()));
                let later = Refusal {
                    status: Status::UNAVAILABLE,
                    header: Some((Name::RetryAfter, RETRY_AFTER_S.into())),
                };
                self.endpoint.refuse(call, &later, now);
                return;
            }
        };
        let ours = ports.rtp();
        let address = self.parts.advertised.map_or(ours, |ip| SocketAddr::new(ip, ours.port()));
        let caller =
            invitation.parties.caller.as_ref().and_then(|caller| around.store.caller(caller.expose()));
        let ongoing = Ongoing {
            line,
            trunk: invitation.trunk.clone(),
            record: record_id(&invitation.call_id),
            caller,
            answered_at: around.clock.now(),
            learn: self.learn(invitation),
            waiting: Some(Waiting { ports, media: None }),
            playing: None,
            why: None,
        };
        self.calls.insert(call, ongoing);
        self.endpoint.ring(call, now);
        self.endpoint.answer(call, Local { address, master }, now);
    }

    /// Behind a router sound comes from another address than is told; who is, must be said, for it is less safe.
    fn learn(&self, invitation: &Invitation) -> Learn {
        if self.parts.behind_routers.contains(&invitation.trunk) {
            Learn::Behind(invitation.flow.remote.ip())
        } else {
            Learn::Never
        }
    }

    /// The caller's side knows that it was answered: the line speaks.
    fn play(&mut self, call: CallId) {
        let Some(ongoing) = self.calls.get_mut(&call) else { return };
        let Some(Waiting { ports, media: Some(media) }) = ongoing.waiting.take() else { return };
        let around = &self.parts.surroundings;
        ongoing.answered_at = around.clock.now();
        let memory = around.store.memory(&ongoing.line.name, ongoing.caller.as_ref());
        let (notes, tap) = (self.notes.0.clone(), self.parts.tap.clone());
        let player =
            Player::answer(call, &ongoing.line, &around.library, memory, ongoing.answered_at, notes, tap);
        info!(line = ongoing.line.name, call.id = %ongoing.record, "A call is answered");
        if player.is_polite_failure() {
            around.reports.trouble(&ongoing.line.name, &ongoing.line.catalogue());
        } else {
            around.reports.call(&ongoing.line.name);
        }
        match self.engine.add(ports, &media, ongoing.learn, Box::new(player)) {
            Ok(playing) => {
                ongoing.playing = Some(playing);
                self.playing.insert(playing, call);
            }
            Err(refused) => {
                warn!("A call cannot be played: {refused}");
                self.endpoint.hang_up(call, Some("Q.850;cause=34"), self.now());
            }
        }
    }

    /// Something happened to the sound of a call.
    pub(super) fn sounds(&mut self, event: Event) {
        let (playing, reason) = match event {
            Event::Over(playing) => (playing, "Q.850;cause=16"),
            Event::Silent(playing) => (playing, "Q.850;cause=41;text=\"No sound from you\""),
            Event::Elsewhere(playing) => return self.hears_strangers(playing),
            // The caller's side says it in signalling too.
            Event::Goodbye(_) => return,
        };
        if let Some(call) = self.playing.get(&playing) {
            self.endpoint.hang_up(*call, Some(reason), self.now());
        }
    }

    /// The usual reason for keys that do nothing. It is told once a trunk, for each of its calls would say the same.
    fn hears_strangers(&mut self, playing: dial_playout::CallId) {
        let call = self.playing.get(&playing).and_then(|call| self.calls.get(call));
        let Some(trunk) = call.map(|call| call.trunk.clone()) else { return };
        if self.elsewhere.insert(trunk.clone()) {
            warn!(
                trunk,
                "The sound of a caller comes from another address than was agreed on, so its keys are not heard; \
                 if the trunk's callers are behind a router, write nat = true there"
            );
        }
    }

    fn ended(&mut self, call: CallId, why: Why) {
        let Some(ongoing) = self.calls.get_mut(&call) else { return };
        match ongoing.playing {
            // Its player closes it.
            Some(playing) => {
                ongoing.why = Some(why);
                self.engine.remove(playing);
                self.playing.remove(&playing);
            }
            None => {
                let Some(ongoing) = self.calls.remove(&call) else { return };
                // It was answered, though the caller's side never said that it knows: somebody rang, and heard nothing.
                let was_answered = ongoing.waiting.as_ref().is_some_and(|waiting| waiting.media.is_some());
                if was_answered || why == Why::NoAck {
                    let cause = if why == Why::Caller { HangupCause::Caller } else { HangupCause::Failed };
                    self.record(ongoing, Left::Untouched, cause, None);
                }
            }
        }
    }

    /// What is to be remembered is written down.
    pub(super) fn note(&mut self, note: &Note) {
        match note {
            Note::Reached(call, left, state) => {
                let Some(Ongoing { line, caller, .. }) = self.calls.get(call) else { return };
                let around = &self.parts.surroundings;
                around.store.remember(&line.name, caller.as_ref(), *left, state, around.clock.now());
            }
            Note::Closing(closing) => self.close(closing),
        }
    }

    /// The player of a call has ended.
    fn close(&mut self, closing: &Closing) {
        let Some(ongoing) = self.calls.remove(&closing.call) else { return };
        let (around, now, ended) =
            (&self.parts.surroundings, self.parts.surroundings.clock.now(), &closing.ended);
        around.store.remember(&ongoing.line.name, ongoing.caller.as_ref(), ended.left, &ended.state, now);
        let cause = match (ended.by, ongoing.why) {
            (Party::Line, _) => HangupCause::Line,
            (Party::Caller, None | Some(Why::Caller)) => HangupCause::Caller,
            (Party::Caller, Some(_)) => HangupCause::Failed,
        };
        self.record(ongoing, ended.left, cause, Some(sound_quality(&closing.quality)));
    }

    /// Writes down that a call is over.
    fn record(&self, ongoing: Ongoing, left: Left, cause: HangupCause, sound: Option<SoundQuality>) {
        let (around, now) = (&self.parts.surroundings, self.parts.surroundings.clock.now());
        let Ongoing { line, caller, record, answered_at, .. } = ongoing;
        let (recording, position_ms) = match left {
            Left::At(recording, position) => (Some(recording), Some(position.0)),
            Left::Untouched | Left::Finished => (None, None),
        };
        // A call on hold lasts too, though nothing sounds.
        let duration_s = now.duration_since(answered_at).as_secs().clamp(0, i64::from(u32::MAX)) as u32;
        info!(line = line.name, call.id = %record, call.duration_s = duration_s, "A call is over");
        around.reports.ended(&line.name, cause);
        around.store.record(CallRecord {
            line: line.name.clone(),
            call: record,
            caller: caller.map(|caller| caller.as_str().to_owned()),
            answered_at,
            duration_s,
            cause,
            recording,
            position_ms,
            sound,
        });
    }
}

/// The name of a call in our records: what its caller's side calls it may hold an address, so it is hashed.
fn record_id(call_id: &str) -> OurCallId {
    let hash = Sha256::digest(call_id.as_bytes());
    let name = hash.iter().take(16).fold(String::from("sip-"), |name, byte| format!("{name}{byte:02x}"));
    OurCallId::new(&name).expect("a short word of letters and digits is an identifier")
}

fn sound_quality(quality: &Quality) -> SoundQuality {
    SoundQuality {
        packets: quality.sent,
        lost: quality.lost,
        jitter_ms: quality.jitter_ms,
        round_trip_ms: quality.round_trip.map(|round_trip| round_trip.as_millis() as u32),
    }
}

fn told(refused: Option<Refused>) -> String {
    refused.map_or_else(|| "this machine gives no chance".into(), |refused| refused.to_string())
}

fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes)
}
