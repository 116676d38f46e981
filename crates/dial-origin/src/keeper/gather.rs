//! Gathers the sound of what a list names: known sound is kept, new files are fetched, checked and prepared.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use dial_core::catalogue::chapters::read;
use dial_core::catalogue::{Defect, FileName, Gravity};
use jiff::{SignedDuration, Timestamp};

use super::ask::same_fault;
use super::choose::Chosen;
use super::{Keeper, Reporter, Stage};
use crate::chapters;
use crate::event::What;
use crate::fault::{Fault, FaultKind};
use crate::origin::{Item, Listing};
use crate::snapshot::record::{Beside, RecordingRecord, Source};
use crate::sound::several::at_once;
use crate::sound::source::Stamp;
use crate::sound::{Sound, SoundError};

/// A file that failed is tried again after this, then after twice as long, and so on.
const FIRST_REST: SignedDuration = SignedDuration::from_mins(1);
/// But not less often than this.
const LONGEST_REST: SignedDuration = SignedDuration::from_hours(6);
/// Doublings beyond this exceed it anyway.
const MAX_DOUBLINGS: u32 = 10;
/// A recording may be shorter than stated by so much, in per cent.
const SHORTER_PERCENT: u64 = 2;
/// Or by so much, in milliseconds: stated lengths are rounded.
const SHORTER_MS: u64 = 3_000;
/// While a first copy is made, what is ready is offered so often.
const PARTIAL_EVERY: SignedDuration = SignedDuration::from_secs(30);

/// A file that could not be had.
pub(super) struct Attempt {
    fault: Fault,
    failures: u32,
    pub(super) next: Timestamp,
}

/// A file that was fetched: its sound, where it came from, and what lay beside it.
type Fetched = (Arc<Sound>, Source, Option<Beside>);

/// What was gathered so far.
#[derive(Default)]
pub(super) struct Gathered {
    /// By the place in the list.
    pub(super) rows: HashMap<usize, RecordingRecord>,
    /// So that nobody takes them away before they are published.
    pub(super) sounds: Vec<Arc<Sound>>,
}

impl Keeper {
    /// Takes a list over, with all of its sound that can be had, and offers it.
    pub(super) async fn take(&mut self, chosen: &Chosen, reporter: &mut dyn Reporter) {
        let mut gathered = Gathered::default();
        let mut wanted = Vec::new();
        {
            let known: HashMap<&str, &RecordingRecord> = self
                .current
                .iter()
                .flat_map(|current| &current.record.recordings)
                .map(|row| (row.file.as_str(), row))
                .collect();
            let origin = self.places.get(chosen.place).map(|place| place.name.as_str()).unwrap_or_default();
            for (number, item) in chosen.listing.items.iter().enumerate() {
                match known.get(item.entry.file.as_str()) {
                    Some(row) if is_same(row, origin, item) && !self.turns.is_replaced(&row.file) => {
                        gathered.rows.insert(number, retold(row, item));
                    }
                    _ => wanted.push(number),
                }
            }
        }
        // Callers want the newest first.
        let instant =
            |number: &usize| chosen.listing.items.get(*number).and_then(|item| item.entry.when.instant());
        wanted.sort_by_key(|number| std::cmp::Reverse(instant(number)));
        let listings = if wanted.is_empty() { Vec::new() } else { self.other_listings(chosen.place) };
        let others: Vec<Listed> =
            listings.iter().map(|(place, listing)| Listed::of(*place, listing)).collect();
        let mut published_at = reporter.now();
        for (turn, number) in wanted.iter().copied().enumerate() {
            let Some(item) = chosen.listing.items.get(number) else { continue };
            if turn % at_once() == 0 {
                let soon = wanted.iter().skip(turn).take(at_once());
                let soon: Vec<&Item> = soon.filter_map(|soon| chosen.listing.items.get(*soon)).collect();
                self.prepare_ahead(chosen.place, &soon, reporter).await;
            }
            let before = gathered.sounds.len();
            let holders = holders(item, chosen.place, &others);
            self.gather(number, &holders, &mut gathered, reporter).await;
            let is_new = gathered.sounds.len() > before;
            let waited = reporter.now().duration_since(published_at) > PARTIAL_EVERY;
            if is_new && (self.current.is_none() || waited) {
                self.publish(chosen, &gathered, reporter);
                published_at = reporter.now();
            }
        }
        self.publish(chosen, &gathered, reporter);
        self.forget_troubles(chosen, reporter);
        self.tell_doubts(chosen, reporter);
    }

    fn tell_doubts(&mut self, chosen: &Chosen, reporter: &mut dyn Reporter) {
        let mut defects = chosen.listing.defects.clone();
        let sounds: HashMap<&str, &Sound> = self
            .current
            .iter()
            .flat_map(|current| &current.sounds)
            .map(|(content, sound)| (content.as_str(), sound.as_ref()))
            .collect();
        for row in self.current.iter().flat_map(|current| &current.record.recordings) {
            let warnings = sounds.get(row.content.as_str()).map(|sound| sound.warnings()).unwrap_or_default();
            let doubt = |gravity, what: String, remedy: &str| Defect {
                gravity,
                place: format!("audio/{}", row.file),
                what,
                remedy: remedy.into(),
            };
            let remedy = "listen to it, and replace it if need be";
            defects.extend(warnings.iter().map(|what| doubt(Gravity::Doubtful, what.clone(), remedy)));
            if let Some(Beside::Fault(why)) = &row.beside {
                let what = format!("its chapters cannot be read: {why}");
                defects.push(doubt(Gravity::Ignored, what, "mend them; until then they are found by ear"));
            }
        }
        if defects != self.doubts {
            self.doubts.clone_from(&defects);
            let origin = self.places.get(chosen.place).map(|place| place.name.clone()).unwrap_or_default();
            reporter.tell(What::Doubts { origin, defects });
        }
    }

    async fn gather(
        &mut self,
        number: usize,
        holders: &[(usize, &Item)],
        gathered: &mut Gathered,
        reporter: &mut dyn Reporter,
    ) {
        let Some((_, item)) = holders.first() else { return };
        let file = item.entry.file.as_str();
        let mut last: Option<(String, Fault)> = None;
        for (place, item) in holders {
            let name = self.places.get(*place).map(|place| place.name.clone()).unwrap_or_default();
            match self.fetch(*place, &name, item, reporter).await {
                Ok((sound, source, beside)) => {
                    self.turns.fetched(file);
                    let row = RecordingRecord {
                        file: file.into(),
                        title: item.entry.title.clone(),
                        when: item.entry.when.into(),
                        content: sound.content().into(),
                        blake3: sound.blake3().into(),
                        chapters: chapters::rows(&item.entry.chapters),
                        beside,
                        source,
                    };
                    gathered.rows.insert(number, row);
                    gathered.sounds.push(sound);
                    if self.troubles.remove(file).is_some() {
                        reporter.tell(What::TakenIn { file: file.into() });
                    }
                    return;
                }
                // The fault of the preferred origin is the one to mend.
                Err(fault) => last = last.or(Some((name, fault))),
            }
        }
        let Some((origin, fault)) = last else { return };
        let old =
            self.current.iter().flat_map(|current| &current.record.recordings).find(|row| row.file == file);
        let kept = old.map(|old| gathered.rows.insert(number, retold(old, item))).is_some();
        let known = self.troubles.get(file).is_some_and(|known| same_fault(known, &fault));
        if !known {
            self.troubles.insert(file.into(), fault.clone());
            reporter.tell(What::LeftOut { origin, file: file.into(), fault, kept });
        }
    }

    fn other_listings(&self, preferred: usize) -> Vec<(usize, Arc<Listing>)> {
        let others = self.places.iter().enumerate().filter(|(place, _)| *place != preferred);
        others.filter_map(|(place, other)| Some((place, Arc::clone(other.listing.as_ref()?)))).collect()
    }

    async fn fetch(
        &mut self,
        place: usize,
        origin: &str,
        item: &Item,
        reporter: &mut dyn Reporter,
    ) -> Result<Fetched, Fault> {
        let key = key(origin, item);
        if let Some(attempt) = self.attempts.get(&key).filter(|attempt| attempt.next > reporter.now()) {
            return Err(attempt.fault.clone());
        }
        let result = self.fetch_now(place, item, &key, reporter).await;
        match &result {
            Ok(_) => {
                self.attempts.remove(&key);
                self.note_disk(Ok(()), reporter);
            }
            // As soon as the disk is well, all goes on.
            Err(Fault { kind: FaultKind::Disk(why), .. }) => {
                self.note_disk(Err(io::Error::other(why.clone())), reporter);
            }
            Err(fault) => {
                let failures = self.attempts.get(&key).map_or(0, |attempt| attempt.failures) + 1;
                let rest = (FIRST_REST * (1_i32 << (failures - 1).min(MAX_DOUBLINGS))).min(LONGEST_REST);
                let next = reporter.now().checked_add(rest).unwrap_or(Timestamp::MAX);
                self.attempts.insert(key, Attempt { fault: fault.clone(), failures, next });
            }
        }
        result
    }

    async fn fetch_now(
        &mut self,
        place: usize,
        item: &Item,
        key: &str,
        reporter: &mut dyn Reporter,
    ) -> Result<Fetched, Fault> {
        // Before it is fetched: what is replaced meanwhile looks different the next time.
        let seen = match self.places.get_mut(place) {
            Some(place) => place.origin.inspect(item).await?,
            None => None,
        };
        self.make_room(item.len.or(seen.as_ref().and_then(|seen| seen.len)), reporter)?;
        let file = item.entry.file.as_str();
        let draft = self.draft(key, &item.entry.file)?;
        let Some(place) = self.places.get_mut(place) else {
            return Err(Fault::new(FaultKind::Missing, item.place.clone()));
        };
        let (origin, is_local) = (place.name.clone(), place.origin.is_local());
        let mut progress = |came, all| reporter.progress(file, Stage::Fetching(came, all));
        let path = place.origin.fetch(item, &draft, &mut progress).await?;
        let len = Stamp::of(&path).map_or(0, |stamp| stamp.len);
        let mut progress = |done| reporter.progress(file, Stage::Preparing(done));
        let prepared = self.sounds.prepare_file(&path, item.sha256, &mut progress);
        if !matches!(prepared, Err(SoundError::Store(_))) {
            // Good or bad, it is not fetched on from here.
            let _ = fs::remove_file(&draft);
        }
        let sound = prepared.map_err(|error| fault_of(&error, item))?;
        if let Some(flaw) = flaw(&sound, item, is_local) {
            return Err(Fault::new(FaultKind::Sound(flaw), item.place.clone()));
        }
        let beside = beside(place.origin.chapters(item).await);
        let source = Source { origin, place: item.place.clone(), mark: item.mark.clone(), len, seen };
        Ok((sound, source, beside))
    }

    /// Where a file is fetched to: the same place each time, so that an interrupted fetch can go on.
    fn draft(&self, key: &str, file: &FileName) -> Result<PathBuf, Fault> {
        let dir = self.dir.join("incoming");
        let made = self.disk.make_dir(&dir);
        made.map_err(|error| Fault::new(FaultKind::Disk(error.to_string()), dir.display().to_string()))?;
        let ending = PathBuf::from(file.as_str());
        let ending = ending.extension().and_then(|ending| ending.to_str()).unwrap_or("audio");
        Ok(dir.join(format!("{key}.{ending}")))
    }

    /// What a list no longer names troubles nobody.
    fn forget_troubles(&mut self, chosen: &Chosen, reporter: &mut dyn Reporter) {
        if !self.troubles.is_empty() {
            let named: HashSet<&str> =
                chosen.listing.items.iter().map(|item| item.entry.file.as_str()).collect();
            for (file, _) in self.troubles.extract_if(|file, _| !named.contains(file.as_str())) {
                reporter.tell(What::TakenIn { file });
            }
        }
        if self.troubles.is_empty() {
            self.attempts.clear();
        }
    }
}

/// What an origin lists, by the names of the files.
struct Listed<'a> {
    place: usize,
    items: HashMap<&'a str, &'a Item>,
}

impl<'a> Listed<'a> {
    fn of(place: usize, listing: &'a Listing) -> Self {
        let items = listing.items.iter().map(|item| (item.entry.file.as_str(), item));
        Self { place, items: items.collect() }
    }
}

/// The origins that list an item's file, the chosen one first, with what they say of it.
fn holders<'a>(item: &'a Item, preferred: usize, others: &[Listed<'a>]) -> Vec<(usize, &'a Item)> {
    let file = item.entry.file.as_str();
    let others = others.iter().filter_map(|listed| Some((listed.place, *listed.items.get(file)?)));
    std::iter::once((preferred, item)).chain(others).collect()
}

/// Whether a file is the one that a sound was made of, as far as the list tells.
///
/// Another origin gives the same file another mark; to fetch all of it again would help nobody.
fn is_same(row: &RecordingRecord, origin: &str, item: &Item) -> bool {
    row.source.origin != origin || (row.source.place == item.place && row.source.mark == item.mark)
}

/// A known sound with what the list says of it now.
fn retold(row: &RecordingRecord, item: &Item) -> RecordingRecord {
    let (title, when) = (item.entry.title.clone(), item.entry.when.into());
    RecordingRecord { title, when, chapters: chapters::rows(&item.entry.chapters), ..row.clone() }
}

/// What lies beside a file. Without chapters a recording is as good to listen to.
fn beside(told: Result<Option<Vec<u8>>, Fault>) -> Option<Beside> {
    Some(match told {
        Ok(bytes) => match read(&bytes?) {
            Ok(chapters) => Beside::Chapters(chapters::rows(&chapters)),
            Err(error) => Beside::Fault(error.to_string()),
        },
        Err(fault) => Beside::Fault(format!("they cannot be had ({})", fault.kind.label())),
    })
}

/// Names a file at an origin.
pub(super) fn key(origin: &str, item: &Item) -> String {
    let text =
        [origin, item.entry.file.as_str(), &item.place, item.mark.as_deref().unwrap_or_default()].join("\n");
    blake3::hash(text.as_bytes()).to_hex().get(..32).unwrap_or_default().to_owned()
}

fn fault_of(error: &SoundError, item: &Item) -> Fault {
    let kind = match error {
        SoundError::Read(why) => FaultKind::Folder(why.to_string()),
        SoundError::Changing => FaultKind::Folder("it is still being written".into()),
        SoundError::Store(why) => FaultKind::Disk(why.to_string()),
        SoundError::TooLarge
        | SoundError::Other
        | SoundError::Prepare(_)
        | SoundError::NoFfmpeg(_)
        | SoundError::Ffmpeg(_)
        | SoundError::Hung => FaultKind::Sound(error.to_string()),
    };
    Fault::new(kind, item.place.clone())
}

/// What keeps a sound from being offered.
fn flaw(sound: &Sound, item: &Item, is_local: bool) -> Option<String> {
    if sound.is_silent() {
        return Some("nothing can be heard in it: was the microphone on?".into());
    }
    if is_local {
        return None;
    }
    if let Some(flaw) = sound.cut_short() {
        return Some(flaw.to_owned());
    }
    let (stated, playable) = (item.duration_ms?, u64::from(sound.len_ms()));
    let missing = stated.saturating_sub(playable);
    (missing > SHORTER_MS && missing * 100 > stated * SHORTER_PERCENT)
        .then(|| format!("it lasts {} seconds instead of {}", playable / 1000, stated / 1000))
}
