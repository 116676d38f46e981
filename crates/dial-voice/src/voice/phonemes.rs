//! Words to the sounds of the model: a line's lexicon, a dictionary that knows parts of speech, and a guess.

use misaki_rs::fallback::FallbackError;
use misaki_rs::{Fallback, G2P, Language};

use super::guess::guess;
use super::vocabulary;
use crate::lexicon::{Lexicon, Said};

/// Knows how English words are said in Britain. Takes a second to build, and is kept.
pub struct Phonemes {
    dictionary: G2P,
    lexicon: Lexicon,
}

struct Guess;

impl Fallback for Guess {
    fn phonemize(&self, word: &str) -> Result<String, FallbackError> {
        Ok(guess(word))
    }
}

impl Phonemes {
    /// With a line's names.
    pub fn new(lexicon: Lexicon) -> Self {
        Self { dictionary: G2P::with_fallback(Language::EnglishGB, Some(Box::new(Guess))), lexicon }
    }

    /// The sounds of words as [`crate::words::spoken`] writes them: one group of sounds for each word,
    /// with a space between.
    pub fn of(&self, words: &str) -> String {
        let marked: Vec<String> = words.split_whitespace().map(|word| self.marked(word)).collect();
        let phonemes = match self.dictionary.g2p(&marked.join(" ")) {
            Ok((phonemes, _)) => phonemes,
            // The dictionary stumbles over nothing that was seen; if it does, each word is guessed.
            Err(_) => words.split_whitespace().map(guess).collect::<Vec<_>>().join(" "),
        };
        phonemes.chars().filter(|phoneme| vocabulary::number(*phoneme).is_some()).collect()
    }

    /// A word of the lexicon in the dictionary's own notation, with the pause after it.
    fn marked(&self, word: &str) -> String {
        let core = word.trim_end_matches([',', '.', '?']);
        let (stem, ending) = match core.strip_suffix("'s") {
            Some(stem) => (stem, "z"),
            None => (core, ""),
        };
        let pause = &word[core.len()..];
        match self
            .lexicon
            .said(core)
            .map(|said| (said, ""))
            .or_else(|| Some((self.lexicon.said(stem)?, ending)))
        {
            Some((Said::Phonemes(phonemes), ending)) => format!("[{stem}](/{phonemes}{ending}/){pause}"),
            Some((Said::Like(like), "")) => format!("{like}{pause}"),
            Some((Said::Like(like), _)) => format!("{like}'s{pause}"),
            None => word.replace('-', " "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::spoken;

    #[test]
    fn the_lines_sentences_are_turned_into_british_sounds() {
        let phonemes = Phonemes::new(Lexicon::with("Whitkirk = \"wit kirk\"").unwrap());
        let of = |text: &str| phonemes.of(&spoken(text));
        assert_eq!(of("Sunday the 12th of June."), "sˈʌndA ðə twˈɛlfθ ɒv ʤˈuːn.");
        assert_eq!(of("Corpus Christi, Taizé's"), "kˈɔːpəs kɹˈɪsti, tˈAzAz");
        assert!(!of("Whitkirk, Zzyzx, Llanfair & Mytholmroyd").contains('❓'));
        assert_eq!(of("press 4").split(' ').count(), 2);
    }
}
