//! The token's payload: a fixed layout, big-endian. Reading is total.

use jiff::Timestamp;

use super::Token;
use crate::catalogue::{RecordingId, Revision};
use crate::session::{Left, Silence, Speed, Stage, State, Volume};
use crate::time::Millis;

const REMEMBERED: u8 = 1;
const TOLD_KEYS: u8 = 2;
const HINTED: u8 = 4;

pub(super) fn write(token: &Token) -> Vec<u8> {
    let state = &token.state;
    let mut bytes = Vec::with_capacity(72);
    bytes.extend(token.revision.0.to_be_bytes());
    bytes.extend(token.issued.0.to_be_bytes());
    bytes.extend(token.lead.0.to_be_bytes());
    bytes.extend(state.answered_at.as_millisecond().to_be_bytes());
    bytes.extend(state.last_key.0.to_be_bytes());
    bytes.push(state.speed.number());
    bytes.extend(state.volume.number().to_be_bytes());
    let flag = |set: bool, flag: u8| if set { flag } else { 0 };
    bytes.push(
        flag(state.remembered, REMEMBERED) | flag(state.told_keys, TOLD_KEYS) | flag(state.hinted, HINTED),
    );
    match state.left {
        Left::Untouched => bytes.push(0),
        Left::Finished => bytes.push(1),
        Left::At(recording, position) => {
            bytes.push(2);
            bytes.extend(recording.0.to_be_bytes());
            bytes.extend(position.0.to_be_bytes());
        }
    }
    let mut stage = |tag: u8, recording: RecordingId, position: Millis, last: &[u8]| {
        bytes.push(tag);
        bytes.extend(recording.0.to_be_bytes());
        bytes.extend(position.0.to_be_bytes());
        bytes.extend(last);
    };
    match state.stage {
        Stage::Ringing => bytes.push(0),
        Stage::Resuming { recording, position } => stage(1, recording, position, &[]),
        Stage::Menu { offset, silence } => {
            let silence = match silence {
                Silence::Repeats => 0,
                Silence::Plays => 1,
                Silence::Ends => 2,
            };
            bytes.push(2);
            bytes.extend(offset.to_be_bytes());
            bytes.push(silence);
        }
        Stage::Playing { recording, from, to } => stage(3, recording, from, &to.0.to_be_bytes()),
        Stage::Paused { recording, position, reminders } => stage(4, recording, position, &[reminders]),
        Stage::Wondering { recording, position, asked } => stage(5, recording, position, &[asked]),
        Stage::Over => bytes.push(6),
    }
    bytes
}

pub(super) fn read(bytes: &[u8]) -> Option<Token> {
    let mut rest = Reader(bytes);
    let revision = Revision(u64::from_be_bytes(rest.take()?));
    let issued = rest.millis()?;
    let lead = rest.millis()?;
    let answered_at = Timestamp::from_millisecond(i64::from_be_bytes(rest.take()?)).ok()?;
    let last_key = rest.millis()?;
    let speed = Speed::step(rest.byte()?)?;
    let volume = Volume::step(i8::from_be_bytes(rest.take()?))?;
    let flags = rest.byte()?;
    let left = match rest.byte()? {
        0 => Left::Untouched,
        1 => Left::Finished,
        2 => Left::At(rest.recording()?, rest.millis()?),
        _ => return None,
    };
    let stage = match rest.byte()? {
        0 => Stage::Ringing,
        1 => Stage::Resuming { recording: rest.recording()?, position: rest.millis()? },
        2 => Stage::Menu {
            offset: u32::from_be_bytes(rest.take()?),
            silence: match rest.byte()? {
                0 => Silence::Repeats,
                1 => Silence::Plays,
                2 => Silence::Ends,
                _ => return None,
            },
        },
        3 => Stage::Playing { recording: rest.recording()?, from: rest.millis()?, to: rest.millis()? },
        4 => {
            Stage::Paused { recording: rest.recording()?, position: rest.millis()?, reminders: rest.byte()? }
        }
        5 => Stage::Wondering { recording: rest.recording()?, position: rest.millis()?, asked: rest.byte()? },
        6 => Stage::Over,
        _ => return None,
    };
    let set = |flag: u8| flags & flag != 0;
    let (remembered, told_keys, hinted) = (set(REMEMBERED), set(TOLD_KEYS), set(HINTED));
    let state = State { stage, answered_at, last_key, speed, volume, remembered, told_keys, hinted, left };
    rest.0.is_empty().then_some(Token { revision, issued, lead, state })
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take().map(|[byte]| byte)
    }

    fn millis(&mut self) -> Option<Millis> {
        self.take().map(|bytes| Millis(u32::from_be_bytes(bytes)))
    }

    fn recording(&mut self) -> Option<RecordingId> {
        self.take().map(|bytes| RecordingId(u64::from_be_bytes(bytes)))
    }
}
