//! Calls through Twilio and its compatibles: webhooks answered with TwiML.
//!
//! Whatever fails inside, the answer is 200 with a polite sentence: a caller never hears the provider's
//! own message while this process lives. Only a request that nobody we know has signed is refused.

mod call;
mod dialect;
pub(crate) mod document;
pub(crate) mod form;
mod render;
mod repeats;
pub(crate) mod signature;
mod streamed;
#[cfg(test)]
mod tests;
mod tracker;
mod utterance;
mod webhook;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dial_core::call::PhoneNumber;
use dial_core::phrase::{Context, Phrase};
use dial_core::time::Millis;
use dial_core::token::Keyring;

pub(crate) use call::Caller;
pub(crate) use dialect::{Dialect, Tier};
pub(crate) use render::Voice;
pub(crate) use webhook::router;

use super::stream::Streams;
use crate::clock::Clock;
use crate::library::Library;
use crate::line::Line;
use crate::report::Reports;
use crate::store::Store;
use repeats::Repeats;
use signature::Verifier;
use tracker::Tracker;

/// A line as a provider reaches it.
pub(crate) struct TwimlLine {
    /// The line.
    pub(crate) line: Arc<Line>,
    /// The numbers that lead to it.
    pub(crate) numbers: Vec<PhoneNumber>,
    /// How the provider speaks for it.
    pub(crate) voice: Voice,
    /// Whether its own voices speak where they can.
    pub(crate) speaks_itself: bool,
    /// Which documents its provider understands.
    pub(crate) dialect: Dialect,
    /// How its calls are carried.
    pub(crate) tier: Tier,
    /// Who may call its webhooks.
    pub(crate) verifier: Verifier,
}

impl TwimlLine {
    /// What the caller hears when the line itself fails.
    fn trouble(&self) -> String {
        let catalogue = self.line.catalogue();
        let as_of = jiff::Timestamp::UNIX_EPOCH;
        let context = Context { catalogue: &catalogue, as_of, naming: self.line.rules.menu.naming() };
        render::farewell(&self.voice, &self.line.words(&Phrase::Plain("trouble"), &context))
    }
}

/// What is said where not even the line is known.
pub(crate) fn last_words() -> String {
    let voice = Voice { name: "Polly.Amy".into(), language: "en-GB".into() };
    render::farewell(
        &voice,
        "I'm sorry, this line is having some trouble just now. Please ring again in a little while. Goodbye.",
    )
}

/// Everything that answers webhooks.
pub(crate) struct Twiml {
    pub(crate) lines: Vec<TwimlLine>,
    pub(crate) library: Arc<Library>,
    pub(crate) store: Arc<Store>,
    pub(crate) keyring: Keyring,
    pub(crate) clock: Clock,
    /// The address under which providers know us, without a trailing slash.
    pub(crate) public_url: Option<String>,
    /// From our answer until the caller hears it: the provider reads the document and fetches the sound.
    pub(crate) start_delay: Millis,
    /// Calls that are sent over media streams.
    pub(crate) streams: Streams,
    /// Where calls are told.
    pub(crate) reports: Reports,
    repeats: Repeats,
    tracker: Tracker,
    draining: AtomicBool,
}

impl Twiml {
    /// A channel that answers for these lines.
    pub(crate) fn new(
        lines: Vec<TwimlLine>,
        library: Arc<Library>,
        store: Arc<Store>,
        keyring: Keyring,
        clock: Clock,
        public_url: Option<String>,
        reports: Reports,
    ) -> Self {
        let (repeats, tracker, draining) = (Repeats::default(), Tracker::default(), AtomicBool::new(false));
        let (start_delay, streams) = (call::START_DELAY, Streams::default());
        Self {
            lines,
            library,
            store,
            keyring,
            clock,
            public_url,
            start_delay,
            streams,
            reports,
            repeats,
            tracker,
            draining,
        }
    }

    /// From now on new calls are turned away politely; calls in progress go on.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether new calls are turned away.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// How many calls are going on.
    pub(crate) fn going_on(&self) -> usize {
        self.tracker.going_on(self.clock.now()) + self.streams.going_on()
    }

    /// The line with a name.
    pub(crate) fn line(&self, name: &str) -> Option<&TwimlLine> {
        self.lines.iter().find(|line| line.line.name == name)
    }

    /// The line of a called number; the only line, where there is but one.
    fn line_of_number(&self, to: &str) -> Option<&TwimlLine> {
        let number = PhoneNumber::new(to);
        let called =
            self.lines.iter().find(|line| number.as_ref().is_some_and(|to| line.numbers.contains(to)));
        called.or(match self.lines.as_slice() {
            [only] => Some(only),
            _ => None,
        })
    }
}
