//! How names are said that no dictionary has, or has wrongly: a list for each line, and ours before it.

use std::collections::BTreeMap;

const CHURCH: &str = include_str!("lexicon.en-GB.toml");
/// No name needs more.
const MAX_SAID: usize = 200;

/// How a word is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// As these words are, each in the dictionary: `wit kirk`.
    Like(String),
    /// In phonemes, which stand between slashes: `/tˈAzA/`.
    Phonemes(String),
}

/// Words and how they are said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lexicon(BTreeMap<String, Said>);

/// Why a list of words cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LexiconError {
    /// It is not written as such a list.
    #[error("cannot read the list of words; write each row as  Whitkirk = \"wit kirk\"")]
    Form(#[source] toml::de::Error),
    /// A word is said in a way that cannot be.
    #[error("cannot say `{0}` so: write words, or phonemes between two slashes")]
    Said(String),
}

impl Default for Lexicon {
    fn default() -> Self {
        let mut lexicon = Self(BTreeMap::new());
        lexicon.add(CHURCH).expect("the built-in list is one, as a test shows");
        lexicon
    }
}

impl Lexicon {
    /// The words of a church, with those of a line's file, which come first.
    pub fn with(text: &str) -> Result<Self, LexiconError> {
        let mut lexicon = Self::default();
        lexicon.add(text)?;
        Ok(lexicon)
    }

    /// How the word is said, if the list has it. Capitals do not count.
    pub fn said(&self, word: &str) -> Option<&Said> {
        self.0.get(&word.to_lowercase())
    }

    fn add(&mut self, text: &str) -> Result<(), LexiconError> {
        let rows: BTreeMap<String, String> = toml::from_str(text).map_err(LexiconError::Form)?;
        for (word, said) in rows {
            let inner = said.strip_prefix('/').and_then(|said| said.strip_suffix('/'));
            let fits = !said.trim().is_empty() && said.len() <= MAX_SAID;
            let said = match inner {
                Some(phonemes) if fits && !phonemes.contains(['/', '(', ')']) => {
                    Said::Phonemes(phonemes.into())
                }
                None if fits && said.chars().all(|sign| sign.is_alphabetic() || " '-".contains(sign)) => {
                    Said::Like(said)
                }
                _ => return Err(LexiconError::Said(word)),
            };
            self.0.insert(word.to_lowercase(), said);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_names_and_those_of_every_church() {
        let lexicon = Lexicon::with("Whitkirk = \"wit kirk\"\n\"Taizé\" = \"/tˈɛzA/\"").unwrap();
        assert_eq!(lexicon.said("WHITKIRK"), Some(&Said::Like("wit kirk".into())));
        assert_eq!(lexicon.said("Taizé"), Some(&Said::Phonemes("tˈɛzA".into())));
        assert!(lexicon.said("Christi").is_some());
        assert_eq!(lexicon.said("Leeds"), None);
    }

    #[test]
    fn what_cannot_be_said_is_refused_by_name() {
        for wrong in ["Leeds = \"\"", "Leeds = \"/a/b/\"", "Leeds = \"l33ds\"", "Leeds = 3", "Leeds"] {
            assert!(Lexicon::with(wrong).is_err(), "{wrong}");
        }
    }
}
