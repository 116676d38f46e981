//! Somebody who rings the line as the telephone company does, and remembers what was heard.

use std::net::SocketAddr;

use anyhow::{Context, Result};

use crate::channel::ring::{self, Caller, DIALLED, Pace, Url, WITHHELD};
use crate::channel::transcript::{Happening, TranscriptEvent};
use crate::secret::Secret;
use crate::speech;

/// Where the line is, and what signs the requests.
#[derive(Clone)]
pub(crate) struct Ringing {
    /// The line's server.
    pub(crate) address: SocketAddr,
    /// The line's name.
    pub(crate) line: &'static str,
    /// The telephone company's token.
    pub(crate) token: Secret,
}

/// What somebody heard.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// The sentences, in order.
    pub(crate) words: Vec<String>,
    /// The recording that was played first, as its list has it.
    pub(crate) recording: Option<String>,
    /// Its sound as it reached the caller: mu-law at 8,000 Hz.
    pub(crate) sound: Vec<u8>,
}

impl Heard {
    /// Whether both heard the same recording, byte by byte, as far as both listened.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let len = self.sound.len().min(other.sound.len());
        len > 0 && self.recording == other.recording && self.sound[..len] == other.sound[..len]
    }
}

impl Ringing {
    /// The address of the line's webhook.
    pub(crate) fn answer(&self) -> Result<Url> {
        let text = format!("http://{}/twiml/{}/answer", self.address, self.line);
        text.parse().context("the line has no address")
    }

    /// Rings, presses the keys, and hangs up after some seconds. With `Pace::Real` each key has its moment.
    pub(crate) async fn ring(&self, keys: &str, seconds: u64, pace: Pace) -> Result<Heard> {
        let mut caller = Caller::new(WITHHELD, DIALLED, |words| speech::estimate(words).0.into());
        caller.token = Some(self.token.clone());
        caller.script = keys.parse().context("these are no keys")?;
        (caller.for_seconds, caller.pace) = (Some(seconds), pace);
        let answer = self.answer()?;
        caller.status_url = ring::status_url(&answer);
        let (mut heard, mut sound) = (Heard::default(), Vec::new());
        let mut listen = |event: TranscriptEvent| match event.what {
            Happening::Say { text } => heard.words.push(text),
            Happening::Play { recording, .. } if heard.recording.is_none() => {
                heard.recording = Some(recording);
            }
            _ => {}
        };
        let mut record = |piece: ring::Heard<'_>| {
            if let ring::Heard::Sound(bytes) = piece {
                sound.push(bytes.to_vec());
            }
        };
        let report = caller.ring(&answer, &mut listen, Some(&mut record)).await?;
        if let Some(failure) = report.failure {
            return Err(failure).context("the caller heard the telephone company's own message");
        }
        heard.sound = sound.into_iter().next().unwrap_or_default();
        Ok(heard)
    }
}
