//! The sound of what the line says. Nothing here waits: a sentence is joined from clips that are in memory.
//!
//! The words are the same on every channel. Which voice says them, in this order: clips that the church
//! recorded, the built-in pack, a neural voice, a speech program of this machine. What the last two say
//! is made beforehand ([`Renderer`]); on webhooks the telephone company's voice stands in for what is missing.

mod clip;
mod gap;
mod murmur;
mod own;
mod program;
mod renderer;
mod said;
mod sentences;
mod speaker;
mod spoken;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use dial_core::language::Language;
use dial_voice::pack::{By, Pack, Piece};
use tokio_util::sync::CancellationToken;

pub(crate) use clip::{Clip, Voice, Voices};
pub(crate) use gap::Gap;
pub(crate) use renderer::{Renderer, Speaking};
pub(crate) use speaker::{Neural, Program, Speaker};
pub(crate) use spoken::Spoken;

use crate::speech;

/// The mu-law value of silence (ITU-T G.711).
pub(crate) const SILENCE: u8 = 0xff;
/// Bytes of telephone sound in a millisecond.
const BYTES_PER_MS: usize = 8;

/// So many sentences that were put together for a caller are kept for the next ones.
const MAX_MADE: usize = 64;

/// All that a line can say, as sound. Reading takes no lock.
pub(crate) struct PromptBook(ArcSwap<Shelf>);

/// What is at hand.
#[derive(Default)]
struct Shelf {
    /// The built-in clips, with those of the church over them; nothing where no voice is wanted.
    pack: Option<Arc<Pack>>,
    /// What other voices said of the words that the pack lacks.
    fillings: HashMap<Gap, Filling>,
    /// Sentences that nearly every caller hears.
    ready: HashMap<String, Clip>,
    /// Sentences that were put together for a caller: those who hear them too share the sound.
    made: ArcSwap<HashMap<Arc<str>, Clip>>,
    /// Every sentence is a murmur as long as is estimated of it.
    #[cfg(test)]
    murmurs: bool,
}

/// A gap of the pack as another voice says it.
#[derive(Debug, Clone)]
pub(crate) struct Filling {
    pub(crate) voice: Voice,
    pub(crate) sound: Arc<[u8]>,
}

impl PromptBook {
    /// No voice at all: sentences take the time that is estimated of them.
    #[cfg(test)]
    pub(crate) fn without_voice() -> Self {
        Self(ArcSwap::default())
    }

    /// A murmur for every sentence, as long as is estimated of it.
    #[cfg(test)]
    pub(crate) fn murmuring() -> Self {
        Self(ArcSwap::from_pointee(Shelf { murmurs: true, ..Shelf::default() }))
    }

    /// The built-in voice of a language.
    pub(crate) fn of(language: Language) -> Self {
        let pack = Some(Arc::new(built_in(language)));
        Self(ArcSwap::from_pointee(Shelf { pack, ..Shelf::default() }))
    }

    /// The sentence as sound, where every word of it has a voice.
    pub(crate) fn clip(&self, words: &str) -> Option<Clip> {
        self.0.load().clip(words)
    }

    /// The sentence as far as it has a voice; a soft murmur where nothing of it has one.
    pub(crate) fn clip_or_murmur(&self, words: &str) -> Clip {
        self.0.load().clip_or_murmur(words)
    }

    /// Says something now, with the help of voices that may take long; tells who says which words.
    pub(crate) fn say_now(&self, words: &str, speakers: &[Speaker]) -> (Option<Clip>, Vec<String>) {
        let shelf = self.0.load();
        let Some((mut pieces, mut voices)) = shelf.pieces(words) else { return (None, Vec::new()) };
        let until = CancellationToken::new();
        let mut told = Vec::new();
        for piece in &mut pieces {
            let by = match piece.by {
                Some(By::Church) => "your own clip".to_owned(),
                Some(By::Pack) => "the built-in voice".to_owned(),
                None => match say_gap(&Gap::of(piece), speakers, &until, &mut told) {
                    Some((speaker, sound)) => {
                        piece.sound = Some(sound.into());
                        voices.add(speaker.voice());
                        speaker.name().to_owned()
                    }
                    None => "nobody".to_owned(),
                },
            };
            told.push(format!("{by}: {}", piece.words));
        }
        pieces.retain(|piece| piece.sound.is_some());
        let clip = (!pieces.is_empty()).then(|| Clip::new(Pack::speak(&pieces), voices));
        (clip, told)
    }

    /// Says from now on with these clips and what was said of their gaps. The sentences are made ready.
    fn put(&self, pack: Arc<Pack>, fillings: HashMap<Gap, Filling>, sentences: &[String]) {
        let mut shelf = Shelf { pack: Some(pack), fillings, ..Shelf::default() };
        let ready = sentences.iter().filter_map(|words| Some((words.clone(), shelf.clip(words)?)));
        shelf.ready = ready.collect();
        self.0.store(Arc::new(shelf));
    }
}

/// The first voice that says it, and what it said; why others could not is told.
fn say_gap<'a>(
    gap: &Gap,
    speakers: &'a [Speaker],
    until: &CancellationToken,
    told: &mut Vec<String>,
) -> Option<(&'a Speaker, Vec<u8>)> {
    speakers.iter().find_map(|speaker| match speaker.say(gap, until) {
        Ok(sound) => Some((speaker, sound)),
        Err(why) => {
            told.push(format!("{} could not say `{}`: {why}", speaker.name(), gap.words));
            None
        }
    })
}

/// The built-in clips of a language; none where there are none.
fn built_in(language: Language) -> Pack {
    match language {
        Language::English => Pack::built_in(),
        Language::Welsh => Pack::empty(),
    }
}

/// The words of a sentence that no clip of a pack says.
fn gaps(pack: &Pack, words: &str) -> Vec<Gap> {
    pack.pieces(words).iter().filter(|piece| piece.sound.is_none()).map(Gap::of).collect()
}

impl Shelf {
    fn clip(&self, words: &str) -> Option<Clip> {
        if let Some(clip) = self.ready.get(words) {
            return Some(clip.clone());
        }
        #[cfg(test)]
        if self.murmurs {
            return Some(Clip::new(murmur::murmur(words, speech::estimate(words)), Voices::default()));
        }
        let (pieces, voices) = self.pieces(words)?;
        let is_whole = !pieces.is_empty() && pieces.iter().all(|piece| piece.sound.is_some());
        is_whole.then(|| Clip::new(Pack::speak(&pieces), voices))
    }

    fn clip_or_murmur(&self, words: &str) -> Clip {
        let made = self.made.load();
        if let Some(clip) = self.ready.get(words).or_else(|| made.get(words)) {
            return clip.clone();
        }
        let clip = self.clip(words).unwrap_or_else(|| self.partly(words));
        self.made.rcu(|made| {
            let mut made = if made.len() < MAX_MADE { HashMap::clone(made) } else { HashMap::new() };
            made.insert(words.into(), clip.clone());
            made
        });
        clip
    }

    /// The words of a sentence that have a voice, or a murmur.
    fn partly(&self, words: &str) -> Clip {
        let spoken = self.pieces(words).and_then(|(mut pieces, voices)| {
            pieces.retain(|piece| piece.sound.is_some());
            (!pieces.is_empty()).then(|| (Pack::speak(&pieces), voices))
        });
        match spoken {
            Some((sound, voices)) => Clip::new(sound, voices),
            None => Clip::new(murmur::murmur(words, speech::estimate(words)), Voices::default()),
        }
    }

    /// The pieces of a sentence, with gaps filled where another voice said them, and whose voices these are.
    fn pieces(&self, words: &str) -> Option<(Vec<Piece<'_>>, Voices)> {
        let mut voices = Voices::default();
        let mut pieces = self.pack.as_ref()?.pieces(words);
        for piece in &mut pieces {
            match piece.by {
                Some(By::Church) => voices.add(Voice::Church),
                Some(By::Pack) => voices.add(Voice::Pack),
                None => {
                    if let Some(filling) = self.fillings.get(&Gap::of(piece)) {
                        piece.sound = Some((&*filling.sound).into());
                        voices.add(filling.voice);
                    }
                }
            }
        }
        Some((pieces, voices))
    }
}
