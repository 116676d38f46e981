//! Says beforehand what the pack lacks, and takes on the clips that a church records, while calls go on.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use dial_core::catalogue::Revision;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::Filling;
use super::clip::Voice;
use super::gap::Gap;
use super::own::{self, Own, Print};
use super::said::Said;
use super::sentences::{self, Sentences};
use super::speaker::Speaker;
use super::spoken::Spoken;
use crate::clock::Clock;
use crate::line::Line;

/// Folders of clips and new catalogues are looked at so often.
const LOOK: Duration = Duration::from_secs(5);
/// A voice that failed so often in a row is left alone for this time.
const MAX_FAILURES: usize = 3;
const REST: SignedDuration = SignedDuration::from_hours(1);
/// So many sentences are said before calls use them.
const BATCH: usize = 8;

/// A line, and what may speak on it besides the pack.
pub(crate) struct Speaking {
    pub(crate) line: Arc<Line>,
    /// The folder of the church's own clips.
    pub(crate) clips: Option<PathBuf>,
    /// The preferred one first.
    pub(crate) speakers: Vec<Speaker>,
}

/// Hears who speaks on which line.
type Teller = Box<dyn Fn(&str, &Spoken) + Send>;

/// Says things beforehand.
pub(crate) struct Renderer {
    lines: Vec<Work>,
    said: Said,
    clock: Clock,
    until: CancellationToken,
    /// Hears who speaks on which line.
    teller: Teller,
}

/// What is known of a line.
struct Work {
    speaking: Speaking,
    spoken: Spoken,
    done: Option<Done>,
    /// When voices that failed are asked again.
    again: Option<Timestamp>,
}

/// What the sound of a line follows from.
#[derive(PartialEq, Eq)]
struct Done {
    revision: Revision,
    day: Date,
    clips: Print,
    voices: Vec<String>,
}

impl Renderer {
    pub(crate) fn new(lines: Vec<Speaking>, data_dir: &Path, clock: Clock, until: CancellationToken) -> Self {
        let work = |speaking| Work { speaking, spoken: Spoken::default(), done: None, again: None };
        let lines = lines.into_iter().map(work).collect();
        Self { lines, said: Said::new(data_dir), clock, until, teller: Box::new(|_, _| {}) }
    }

    /// Tells who speaks on which line, whenever that changes.
    pub(crate) fn telling(self, teller: impl Fn(&str, &Spoken) + Send + 'static) -> Self {
        Self { teller: Box::new(teller), ..self }
    }

    /// Who speaks on each line, by its name.
    pub(crate) fn spoken(&self) -> Vec<(String, Spoken)> {
        let named = |work: &Work| (work.speaking.line.name.clone(), work.spoken.clone());
        self.lines.iter().map(named).collect()
    }

    /// Works until it is told to stop. Whatever fails costs the sentences that it was to say.
    pub(crate) fn run(mut self, stop: &Receiver<()>) {
        loop {
            for work in &mut self.lines {
                let name = work.speaking.line.name.clone();
                let look = AssertUnwindSafe(|| work.look(&self.said, self.clock.now(), &self.until));
                match catch_unwind(look) {
                    Ok(true) => (self.teller)(&name, &work.spoken),
                    Ok(false) => {}
                    Err(_) => {
                        error!(line = name, "The work on the voice failed: this is a fault of the program");
                    }
                }
            }
            match stop.recv_timeout(LOOK) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// One look at each line.
    pub(crate) fn once(&mut self) {
        let now = self.clock.now();
        for work in &mut self.lines {
            work.look(&self.said, now, &self.until);
        }
    }
}

impl Work {
    /// Does what there is to do. Says whether there was anything.
    fn look(&mut self, said: &Said, now: Timestamp, until: &CancellationToken) -> bool {
        let Speaking { line, clips, speakers } = &self.speaking;
        let done = Done {
            revision: line.catalogue().revision(),
            // Recordings are named otherwise as they grow old.
            day: now.to_zoned(line.zone.clone()).date(),
            clips: clips.as_deref().map(own::print).unwrap_or_default(),
            voices: speakers.iter().map(Speaker::id).collect(),
        };
        let is_due = self.again.is_some_and(|again| again <= now);
        if self.done.as_ref() == Some(&done) && !is_due {
            return false;
        }
        self.again = None;
        self.spoken = self.refresh(&done, said, now, until);
        if !self.spoken.failures.is_empty() {
            self.again = now.checked_add(REST).ok();
        }
        self.done = Some(done);
        true
    }

    /// Puts together what can be said at once, then says the rest.
    fn refresh(&self, done: &Done, said: &Said, now: Timestamp, until: &CancellationToken) -> Spoken {
        let Speaking { line, clips, speakers } = &self.speaking;
        let catalogue = line.catalogue();
        let own = clips.as_deref().map(|folder| own::read(folder, &line.phrases, catalogue.church_name()));
        let Own { clips, faults } = own.unwrap_or_default();
        for fault in &faults {
            warn!(line = line.name, "A clip of the church cannot be used: {fault}");
        }
        let count = clips.len();
        let pack = Arc::new(super::built_in(line.phrases.language).overlaid(clips));
        let Sentences { usual, others } = sentences::of(line, &catalogue, now);
        let mut known = HashSet::new();
        let gaps: Vec<Gap> = usual
            .iter()
            .chain(&others)
            .flat_map(|words| super::gaps(&pack, words))
            .filter(|gap| known.insert(gap.clone()))
            .collect();
        let mut fillings = HashMap::new();
        let mut pending = Vec::new();
        for gap in gaps {
            let found = speakers.iter().zip(&done.voices).find_map(|(speaker, id)| {
                Some(Filling { voice: speaker.voice(), sound: said.find(id, &gap)? })
            });
            let is_best =
                found.as_ref().is_some_and(|found| Some(found.voice) == speakers.first().map(Speaker::voice));
            fillings.extend(found.map(|filling| (gap.clone(), filling)));
            if !is_best && !speakers.is_empty() {
                pending.push(gap);
            }
        }
        line.book.put(Arc::clone(&pack), fillings.clone(), &usual);
        let mut failures = Failures::new(speakers.len());
        let (total, mut new) = (pending.len(), 0);
        if total > 0 {
            info!(line = line.name, "A voice says {total} names and sentences that the built-in clips lack");
        }
        for gap in &pending {
            if until.is_cancelled() {
                break;
            }
            let best = fillings.get(gap).map(|filling| filling.voice);
            if let Some((filling, id)) = self.say(gap, done, best, &mut failures, until) {
                if let Err(error) = said.keep(id, gap, &filling.sound) {
                    tracing::debug!(line = line.name, %error, "What a voice said cannot be kept");
                }
                fillings.insert(gap.clone(), filling);
                new += 1;
                if new % BATCH == 0 {
                    line.book.put(Arc::clone(&pack), fillings.clone(), &usual);
                }
            }
        }
        if new > 0 {
            line.book.put(pack, fillings.clone(), &usual);
            said.sweep();
            info!(line = line.name, "A voice has said {new} of them");
        }
        Spoken { clips: count, faults, failures: failures.told, ..Spoken::of(&fillings, &known) }
    }

    /// The first voice that says it, unless a worse one than `best` would.
    fn say<'a>(
        &self,
        gap: &Gap,
        done: &'a Done,
        best: Option<Voice>,
        failures: &mut Failures,
        until: &CancellationToken,
    ) -> Option<(Filling, &'a str)> {
        let speakers = self.speaking.speakers.iter().zip(&done.voices).enumerate();
        for (place, (speaker, id)) in speakers {
            if failures.in_a_row[place] >= MAX_FAILURES || best.is_some_and(|best| best <= speaker.voice()) {
                continue;
            }
            match speaker.say(gap, until) {
                Ok(sound) => {
                    failures.in_a_row[place] = 0;
                    return Some((Filling { voice: speaker.voice(), sound: sound.into() }, id));
                }
                Err(_) if until.is_cancelled() => return None,
                Err(why) => {
                    failures.in_a_row[place] += 1;
                    let (line, name) = (&self.speaking.line.name, speaker.name());
                    warn!(line, "The voice {name} could not say `{}`: {why}", gap.words);
                    if failures.told.len() < MAX_FAILURES {
                        failures.told.push(format!("{name} could not say `{}`: {why}", gap.words));
                    }
                }
            }
        }
        None
    }
}

/// How voices fared.
struct Failures {
    in_a_row: Vec<usize>,
    told: Vec<String>,
}

impl Failures {
    fn new(speakers: usize) -> Self {
        Self { in_a_row: vec![0; speakers], told: Vec::new() }
    }
}
