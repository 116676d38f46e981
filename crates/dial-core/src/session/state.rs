//! Where a caller is: small, `Copy`, and enough to go on from on any node.

use jiff::Timestamp;

use crate::catalogue::RecordingId;
use crate::time::Millis;

/// Where a caller is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// The stage of the call.
    pub stage: Stage,
    /// When the line answered: what was audible then is what this caller is offered.
    pub answered_at: Timestamp,
    /// When the last key came, since the answer.
    pub last_key: Millis,
    /// How fast recordings play.
    pub speed: Speed,
    /// How loud recordings play.
    pub volume: Volume,
    /// Whether this caller's place is remembered.
    pub remembered: bool,
    /// Whether the keys were announced.
    pub told_keys: bool,
    /// Whether the hint at 55 minutes was given.
    pub hinted: bool,
    /// What this call changes in the caller's place.
    pub left: Left,
}

impl State {
    /// A call that rings.
    pub fn new(answered_at: Timestamp) -> Self {
        Self {
            stage: Stage::Ringing,
            answered_at,
            last_key: Millis::ZERO,
            speed: Speed::default(),
            volume: Volume::default(),
            remembered: false,
            told_keys: false,
            hinted: false,
            left: Left::Untouched,
        }
    }
}

/// The stages of a call, in the order of its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Not answered yet.
    Ringing,
    /// Told where they were; silence carries on from there.
    Resuming {
        /// What they heard last time.
        recording: RecordingId,
        /// Where it will carry on.
        position: Millis,
    },
    /// Offered recordings.
    Menu {
        /// Where the page begins in the list.
        offset: u32,
        /// What silence will do.
        silence: Silence,
    },
    /// Listening.
    Playing {
        /// To what.
        recording: RecordingId,
        /// Where this turn's piece begins.
        from: Millis,
        /// Where it ends.
        to: Millis,
    },
    /// Paused.
    Paused {
        /// In what.
        recording: RecordingId,
        /// Where it will go on.
        position: Millis,
        /// How often the caller was reminded.
        reminders: u8,
    },
    /// Asked whether they are still there.
    Wondering {
        /// What was playing.
        recording: RecordingId,
        /// Where it will go on.
        position: Millis,
        /// How often they were asked.
        asked: u8,
    },
    /// The call is over.
    Over,
}

/// What silence after the menu does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// The offer is repeated.
    Repeats,
    /// The newest recording plays.
    Plays,
    /// The line says goodbye.
    Ends,
}

/// What a call changes in the caller's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Nothing: what was remembered stays.
    Untouched,
    /// A recording was heard to its end: nothing is remembered.
    Finished,
    /// They were here.
    At(RecordingId, Millis),
}

/// What is remembered of a caller from an earlier call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Memory {
    /// Whether this caller can be known again: withheld callers cannot.
    pub remembered: bool,
    /// Where they were.
    pub place: Option<Place>,
    /// How fast they listened.
    pub speed: Speed,
    /// How loud.
    pub volume: Volume,
}

/// Where a caller was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// In what.
    pub recording: RecordingId,
    /// How far.
    pub position: Millis,
    /// When they left.
    pub left_at: Timestamp,
}

/// How fast a recording plays, its pitch kept, in steps from 0.75 to 1.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Speed(u8);

const PERCENT: [u8; 6] = [75, 85, 100, 115, 130, 150];

impl Default for Speed {
    fn default() -> Self {
        Self(2)
    }
}

impl Speed {
    /// The step with a number, from 0.
    pub fn step(number: u8) -> Option<Self> {
        (usize::from(number) < PERCENT.len()).then_some(Self(number))
    }

    /// The number of the step, from 0.
    pub fn number(self) -> u8 {
        self.0
    }

    /// In percent of the usual speed.
    pub fn percent(self) -> u8 {
        PERCENT[usize::from(self.0)]
    }

    /// As a factor.
    pub fn factor(self) -> f64 {
        f64::from(self.percent()) / 100.0
    }

    /// A step slower.
    pub fn slower(self) -> Option<Self> {
        self.0.checked_sub(1).map(Self)
    }

    /// A step faster.
    pub fn faster(self) -> Option<Self> {
        Self::step(self.0 + 1)
    }

    /// How long a stretch of a recording sounds.
    pub fn sounding(self, stretch: Millis) -> Millis {
        Millis((u64::from(stretch.0) * 100 / u64::from(self.percent())) as u32)
    }

    /// How much of a recording is heard in a time.
    pub fn heard(self, sounding: Millis) -> Millis {
        Millis((u64::from(sounding.0) * u64::from(self.percent()) / 100).min(u64::from(u32::MAX)) as u32)
    }
}

/// How loud a recording plays, in steps of 6 dB from -12 to +12 dB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Volume(i8);

const LOUDEST: i8 = 2;
const STEP_DB: i8 = 6;

impl Volume {
    /// The step with a number, from -2 to 2.
    pub fn step(number: i8) -> Option<Self> {
        (-LOUDEST..=LOUDEST).contains(&number).then_some(Self(number))
    }

    /// The number of the step, from -2.
    pub fn number(self) -> i8 {
        self.0
    }

    /// In decibels against the recording as it is.
    pub fn decibels(self) -> i8 {
        self.0 * STEP_DB
    }

    /// A step louder.
    pub fn louder(self) -> Option<Self> {
        Self::step(self.0 + 1)
    }

    /// A step quieter.
    pub fn quieter(self) -> Option<Self> {
        Self::step(self.0 - 1)
    }
}
