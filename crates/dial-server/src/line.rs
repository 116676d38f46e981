//! One telephone line as the channels see it: its rules, its words, and the catalogues it offers.

use std::sync::Arc;

use arc_swap::ArcSwap;
use dial_core::catalogue::{Catalogue, Revision};
use dial_core::phrase::{Context, Phrase, PhraseBook};
use dial_core::session::{CallSession, Event, Rules, Turn};
use dial_core::time::Millis;
use jiff::tz::TimeZone;

use crate::library::Library;
use crate::prompts::PromptBook;

/// Calls that began with an older catalogue keep it; so many are held for them.
const SHELF: usize = 10;
/// A recording that cannot be played leads to the menu, which plays nothing by itself.
const ATTEMPTS: usize = 3;

/// One telephone line.
pub(crate) struct Line {
    /// Its name, in addresses and logs.
    pub(crate) name: String,
    /// How it treats its callers.
    pub(crate) rules: Rules,
    /// Its words.
    pub(crate) phrases: PhraseBook,
    /// The sound of its words.
    pub(crate) book: PromptBook,
    /// The zone in which it speaks.
    pub(crate) zone: TimeZone,
    catalogues: ArcSwap<Vec<Arc<Catalogue>>>,
}

impl Line {
    /// A line that has nothing to play yet.
    pub(crate) fn new(
        name: String,
        rules: Rules,
        phrases: PhraseBook,
        book: PromptBook,
        zone: TimeZone,
    ) -> Self {
        let nothing = Catalogue::unread(zone.clone());
        Self { name, rules, phrases, book, zone, catalogues: ArcSwap::from_pointee(vec![Arc::new(nothing)]) }
    }

    /// What is offered to a caller who rings now.
    pub(crate) fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(self.catalogues.load().first().expect("a line always has a catalogue"))
    }

    /// What a call began with, if it is still held; else what is offered now.
    pub(crate) fn catalogue_of(&self, revision: Revision) -> Arc<Catalogue> {
        let held = self.catalogues.load();
        let same = held.iter().find(|catalogue| catalogue.revision() == revision);
        same.map_or_else(|| self.catalogue(), Arc::clone)
    }

    /// All catalogues that calls may still use.
    pub(crate) fn catalogues(&self) -> Arc<Vec<Arc<Catalogue>>> {
        self.catalogues.load_full()
    }

    /// Offers a catalogue to callers from now on. Says whether it is another one.
    pub(crate) fn publish(&self, catalogue: Catalogue) -> bool {
        if catalogue.revision() == self.catalogue().revision() {
            return false;
        }
        let newest = Arc::new(catalogue);
        self.catalogues.rcu(|held| {
            let older = held.iter().filter(|older| older.revision() != newest.revision());
            std::iter::once(&newest).chain(older).take(SHELF).cloned().collect::<Vec<_>>()
        });
        true
    }

    /// The session's turn upon an event, none of whose recordings is missing.
    pub(crate) fn turn(session: &mut CallSession, library: &Library, event: Event, at: Millis) -> Turn {
        let mut turn = session.handle(event, at);
        for _ in 0..ATTEMPTS {
            let Some(piece) = turn.piece() else { break };
            let recording = session.context().catalogue.find(piece.recording, session.context().as_of);
            if recording.is_some_and(|recording| library.find(&recording.sound.content).is_some()) {
                break;
            }
            turn = session.handle(Event::Unavailable, at);
        }
        turn
    }

    /// The words of a phrase.
    pub(crate) fn words(&self, phrase: &Phrase, context: &Context) -> String {
        self.phrases.words(phrase, context)
    }
}
