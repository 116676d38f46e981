//! A sentence in a document: our own sound of it, or the words for the telephone company's voice.

use dial_core::time::Millis;
use reqwest::Url;

use super::TwimlLine;
use crate::prompts::Voice;
use crate::speech;

/// Longer sentences are not put into an address, in bytes.
const MAX_WORDS: usize = 600;

/// A sentence in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Utterance {
    pub(super) words: String,
    /// Where our own sound of it is fetched.
    pub(super) sound: Option<String>,
    pub(super) length: Millis,
}

impl Utterance {
    /// The words for the telephone company's voice.
    pub(super) fn said(words: String) -> Self {
        let length = speech::estimate(&words);
        Self { words, sound: None, length }
    }
}

impl TwimlLine {
    /// The sentence in our own voices. A speech program of this machine is less clear than the telephone
    /// company's voice, which is therefore asked where only the program could fill in.
    pub(super) fn utter(&self, words: String, base: &str) -> Utterance {
        let clip = (words.len() <= MAX_WORDS).then(|| self.line.book.clip(&words)).flatten();
        match clip.filter(|clip| !clip.voices.has(Voice::Program)) {
            Some(clip) => {
                let sound = Some(address(base, &self.line.name, &clip.content(), &words));
                Utterance { words, sound, length: clip.length() }
            }
            None => Utterance::said(words),
        }
    }
}

/// `/say/LINE/CONTENT.wav?words=…`: any node can say the words, and another sound has another address.
fn address(base: &str, line: &str, content: &str, words: &str) -> String {
    let query = Url::parse_with_params("http://localhost/", [("words", words)]);
    let query = query.ok().and_then(|url| url.query().map(str::to_owned)).unwrap_or_default();
    format!("{base}/say/{line}/{content}.wav?{query}")
}
