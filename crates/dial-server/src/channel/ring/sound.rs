//! What the caller hears: sounds are fetched first, then heard verb by verb, until a key.
//!
//! It must not know what comes after a verb.

use bytes::Bytes;
use reqwest::Url;

use super::clock::{Line, Passed};
use super::http::{Answer, resolve};
use super::media::{BYTES_PER_MS, Media, is_played};
use super::part::{self, Part};
use super::walk::Call;
use super::{Failure, Heard};
use crate::channel::transcript::{Happening, TranscriptEvent};
use crate::channel::twiml::document::Verb;
use crate::channel::twiml::signature::masked;

/// The most bytes of sound that are kept of a call; after half of them a new document begins anew.
const MAX_KEPT: usize = 256 * 1024 * 1024;

impl Call<'_> {
    /// Forgets sounds before they become too many.
    pub(super) fn forget(&mut self) {
        if self.kept > MAX_KEPT / 2 {
            self.media.clear();
            self.kept = 0;
        }
    }

    /// Fetches what is to be played and is not yet here.
    pub(super) async fn fetch(&mut self, page: &Url, verbs: &[Verb], number: u16) -> Result<(), Failure> {
        for verb in verbs {
            let Verb::Play { url, .. } = verb else {
                continue;
            };
            let url = resolve(page, url, 11100)?;
            if self.media.contains_key(&url) {
                continue;
            }
            let answer = self.http.media(url.clone()).await?;
            if !is_played(&answer.content_type) {
                let content_type = named(&answer.content_type);
                return Err(Failure::MediaType { number, url: masked(url.as_str()), content_type });
            }
            self.keep(Answer { url, ..answer })?;
        }
        Ok(())
    }

    /// Reads a sound and keeps it for the rest of the call.
    pub(super) fn keep(&mut self, answer: Answer) -> Result<(), Failure> {
        let shown = masked(answer.url.as_str());
        let read = Media::read(&answer.content_type, answer.body);
        let mut media = read.map_err(|reason| Failure::Sound { url: shown.clone(), reason })?;
        if media.length_ms.is_none() {
            self.warn(format!("the length of `{shown}` is not known here and counts as nothing"));
        }
        if self.record.is_none() {
            media.mulaw = None;
        }
        self.kept += media.mulaw.as_ref().map_or(0, Bytes::len);
        if self.kept > MAX_KEPT {
            let reason = "the sounds of this call are longer than 256 MiB together";
            return Err(Failure::Sound { url: shown, reason });
        }
        self.media.insert(answer.url, media);
        Ok(())
    }

    /// Lets the caller hear one verb, as often as it says.
    pub(super) async fn sound(&mut self, page: &Url, verb: &Verb, line: Line) -> Result<Passed, Failure> {
        let times = match verb {
            Verb::Say { times, .. } | Verb::Play { times, .. } => *times,
            _ => 1,
        };
        for _ in 0..times {
            let began_ms = self.clock.at_ms();
            let passed = match verb {
                Verb::Say { text, .. } => self.say(text, line).await,
                Verb::Play { url, .. } => self.play(&resolve(page, url, 11100)?, line).await,
                Verb::Pause { length_s } => self.silence(length_s * 1000, line).await,
                _ => Passed::Whole,
            };
            // What takes no time is not repeated.
            if passed != Passed::Whole || self.clock.at_ms() == began_ms {
                return Ok(passed);
            }
        }
        Ok(Passed::Whole)
    }

    pub(super) async fn say(&mut self, text: &str, line: Line) -> Passed {
        self.tell(Happening::Say { text: text.to_owned() });
        let (passed, ms) = self.pass((self.caller.say_ms)(text), line).await;
        self.heard(Heard::Words { text, ms });
        self.tell_key(passed);
        passed
    }

    async fn play(&mut self, url: &Url, line: Line) -> Passed {
        let Media { length_ms, mulaw } =
            self.media.get(url).expect("what is played has been fetched").clone();
        let said = part::words(url);
        if let Some(text) = &said {
            self.tell(Happening::Say { text: text.clone() });
        }
        let at_ms = self.clock.at_ms();
        let (passed, ms) = self.pass(length_ms.unwrap_or(0), line).await;
        if said.is_none() {
            let part = Part::of(url);
            let what = Happening::Play {
                title: None,
                from_ms: part.from_ms,
                to_ms: part.position_ms(ms),
                speed: part.speed,
                recording: part.recording,
            };
            (self.on_event)(TranscriptEvent { at_ms, what });
        }
        match mulaw {
            Some(samples) if passed == Passed::Whole => self.heard(Heard::Sound(&samples)),
            Some(samples) => {
                self.heard(Heard::Sound(&samples[..samples.len().min((ms * BYTES_PER_MS) as usize)]));
            }
            None => self.heard(Heard::Silence { ms }),
        }
        self.tell_key(passed);
        passed
    }

    pub(super) async fn silence(&mut self, ms: u64, line: Line) -> Passed {
        let (passed, ms) = self.pass(ms, line).await;
        self.heard(Heard::Silence { ms });
        self.tell_key(passed);
        passed
    }

    /// Lets time pass, and tells how it ended and how much it was.
    async fn pass(&mut self, ms: u64, line: Line) -> (Passed, u64) {
        let began_ms = self.clock.at_ms();
        let passed = self.clock.pass(ms, line).await;
        (passed, self.clock.at_ms() - began_ms)
    }

    fn tell_key(&mut self, passed: Passed) {
        if let Passed::Key { key, .. } = passed {
            self.tell(Happening::Key { key });
        }
    }

    fn heard(&mut self, heard: Heard<'_>) {
        if let Some(record) = &mut self.record {
            record(heard);
        }
    }
}

/// A content type for a message.
pub(super) fn named(content_type: &str) -> String {
    if content_type.is_empty() { "none".to_owned() } else { content_type.to_owned() }
}
