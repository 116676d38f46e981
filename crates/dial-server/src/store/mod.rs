//! What outlives a call: its record, and the caller's place. Kept in files under the data folder.
//!
//! Reading is from memory and never waits; writing goes through a bounded queue to one writer.
//! A caller is a keyed hash here, never a number.

mod caller;
mod files;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use anyhow::{Context, Result};
use dial_core::call::CallRecord;
use dial_core::catalogue::RecordingId;
use dial_core::session::{Left, Memory, Place, Speed, State, Volume};
use dial_core::time::Millis;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tracing::warn;

pub(crate) use caller::{CallerKey, Pepper};

/// Writes that wait for the disk; beyond it they are dropped rather than hold up a call.
const QUEUE: usize = 10_000;

/// What comes within this time is written at once: many calls cost the disk no more than one.
const GATHERING: Duration = Duration::from_millis(50);

/// What is kept of one caller on one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct CallerRow {
    line: String,
    caller: CallerKey,
    recording: Option<RecordingId>,
    position_ms: u32,
    left_at: Timestamp,
    speed: u8,
    volume: i8,
}

enum Write {
    Caller(CallerRow),
    Call(CallRecord),
    End,
}

/// Places and records, read from memory, written behind.
pub(crate) struct Store {
    pepper: Pepper,
    callers: Mutex<HashMap<(String, CallerKey), CallerRow>>,
    queue: SyncSender<Write>,
}

/// Writes what the store queued.
pub(crate) struct Writer {
    files: files::Files,
    queue: Receiver<Write>,
    /// Told once, not for every call.
    fails: bool,
}

impl Store {
    /// Opens the store under the data folder; rows past their time are left out.
    ///
    /// A disk that cannot be read or written costs callers their places, and nothing else.
    pub(crate) fn open(data_dir: &Path, now: Timestamp) -> Result<(Self, Writer)> {
        let pepper = Pepper::open(data_dir).context("cannot prepare the key that hides callers' numbers")?;
        let files = files::Files::new(&data_dir.join("store"));
        let callers = files.callers(now).into_iter().map(|row| ((row.line.clone(), row.caller.clone()), row));
        let (sender, receiver) = sync_channel(QUEUE);
        let store = Self { pepper, callers: Mutex::new(callers.collect()), queue: sender };
        Ok((store, Writer { files, queue: receiver, fails: false }))
    }

    /// The keyed hash of a caller; none where the number is withheld or no number.
    pub(crate) fn caller(&self, from: &str) -> Option<CallerKey> {
        dial_core::call::PhoneNumber::new(from).map(|number| self.pepper.hide(&number))
    }

    /// What is remembered of a caller.
    pub(crate) fn memory(&self, line: &str, caller: Option<&CallerKey>) -> Memory {
        let Some(caller) = caller else { return Memory::default() };
        let callers = self.callers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let row = callers.get(&(line.to_owned(), caller.clone()));
        let place = row.and_then(|row| {
            let position = Millis(row.position_ms);
            row.recording.map(|recording| Place { recording, position, left_at: row.left_at })
        });
        Memory {
            remembered: true,
            place,
            speed: row.and_then(|row| Speed::step(row.speed)).unwrap_or_default(),
            volume: row.and_then(|row| Volume::step(row.volume)).unwrap_or_default(),
        }
    }

    /// Remembers what a call changed for its caller.
    pub(crate) fn remember(
        &self,
        line: &str,
        caller: Option<&CallerKey>,
        left: Left,
        state: &State,
        now: Timestamp,
    ) {
        let Some(caller) = caller else { return };
        let key = (line.to_owned(), caller.clone());
        let mut callers = self.callers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let before = callers.get(&key);
        let (recording, position_ms, left_at) = match left {
            Left::At(recording, position) => (Some(recording), position.0, now),
            Left::Finished => (None, 0, now),
            Left::Untouched => match before {
                Some(row) => (row.recording, row.position_ms, row.left_at),
                // Nothing to remember of a caller who only passed by.
                None if (state.speed, state.volume) == Default::default() => return,
                None => (None, 0, now),
            },
        };
        let (speed, volume) = (state.speed.number(), state.volume.number());
        let row = CallerRow {
            line: key.0.clone(),
            caller: caller.clone(),
            recording,
            position_ms,
            left_at,
            speed,
            volume,
        };
        let same = |before: &&CallerRow| CallerRow { left_at: row.left_at, ..(*before).clone() } == row;
        if before.filter(same).is_some_and(|before| row.recording.is_none() || before.left_at == row.left_at)
        {
            return;
        }
        callers.insert(key, row.clone());
        drop(callers);
        self.write(Write::Caller(row));
    }

    /// Writes down a call that is over.
    pub(crate) fn record(&self, record: CallRecord) {
        self.write(Write::Call(record));
    }

    /// Nothing more will be written: the writer ends when it has written what is queued.
    pub(crate) fn close(&self) {
        let _ = self.queue.send(Write::End);
    }

    fn write(&self, write: Write) {
        if self.queue.try_send(write).is_err() {
            warn!("A call's record was dropped: the disk does not keep up, or the store is closed");
        }
    }
}

impl Writer {
    /// Writes until the store is dropped. Blocks: give it a thread of its own.
    pub(crate) fn run(mut self) {
        while let Ok(first) = self.queue.recv() {
            if !matches!(first, Write::End) {
                std::thread::sleep(GATHERING);
            }
            let batch: Vec<Write> = std::iter::once(first).chain(self.queue.try_iter()).collect();
            let ends = batch.iter().any(|write| matches!(write, Write::End));
            let written = self.files.append(&batch);
            if let Err(error) = &written
                && !self.fails
            {
                let dir = self.files.dir().display();
                warn!(%error, "Records of calls cannot be written to `{dir}`, and are lost until they can");
            }
            self.fails = written.is_err();
            if ends {
                return;
            }
        }
    }

    /// Replaces the files by what is still of use. Only the process that owns the data folder may.
    pub(crate) fn compact(&mut self, now: Timestamp) -> std::io::Result<()> {
        self.files.compact(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2022-07-10T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_place_outlives_the_process_and_a_number_is_nowhere_on_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        let place = Left::At(RecordingId(7), Millis::seconds(90));
        {
            let (store, writer) = Store::open(dir.path(), now()).unwrap();
            let caller = store.caller("+441134960000");
            let mut state = State::new(now());
            state.speed = Speed::step(4).unwrap();
            store.remember("st-annes", caller.as_ref(), place, &state, now());
            store.remember("st-annes", None, place, &state, now());
            drop(store);
            writer.run();
        }
        let (store, mut writer) = Store::open(dir.path(), now()).unwrap();
        let caller = store.caller("+44 113 496 0000");
        let memory = store.memory("st-annes", caller.as_ref());
        assert_eq!(
            memory.place.map(|place| (place.recording, place.position.0)),
            Some((RecordingId(7), 90_000))
        );
        assert_eq!(memory.speed.number(), 4);
        assert_eq!(store.memory("st-marys", caller.as_ref()).place, None);
        assert!(!store.memory("st-annes", store.caller("anonymous").as_ref()).remembered);
        let text = std::fs::read_to_string(dir.path().join("store/callers.jsonl")).unwrap();
        assert!(!text.contains("1134960000"), "{text}");

        let later = Timestamp::from_second(now().as_second() + 400 * 86_400).unwrap();
        writer.compact(later).unwrap();
        assert_eq!(std::fs::read_to_string(dir.path().join("store/callers.jsonl")).unwrap(), "");
    }

    #[test]
    fn a_torn_last_row_costs_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let caller = {
            let (store, writer) = Store::open(dir.path(), now()).unwrap();
            let caller = store.caller("+441134960000");
            let left = Left::At(RecordingId(7), Millis::seconds(90));
            store.remember("st-annes", caller.as_ref(), left, &State::new(now()), now());
            drop(store);
            writer.run();
            caller
        };
        let path = dir.path().join("store/callers.jsonl");
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str("{\"line\":\"st-annes\",\"call");
        std::fs::write(&path, text).unwrap();
        let (store, writer) = Store::open(dir.path(), now()).unwrap();
        assert!(store.memory("st-annes", caller.as_ref()).place.is_some());
        store.remember("st-annes", caller.as_ref(), Left::Finished, &State::new(now()), now());
        drop(store);
        writer.run();
        let (store, _) = Store::open(dir.path(), now()).unwrap();
        assert!(
            store.memory("st-annes", caller.as_ref()).place.is_none(),
            "what was written after it counts"
        );
    }
}
