//! A word of a closed set: its names are those that serde knows, and stand nowhere else.
//!
//! It must not know any of the sets.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer};

/// Reads one of the words of `T`, or says which there are.
pub(crate) fn parse<T: DeserializeOwned>(word: &str) -> Result<T, NotAChoice> {
    let deserializer: StrDeserializer<'_, NotAChoice> = word.into_deserializer();
    T::deserialize(deserializer)
}

/// The words of `T`.
pub(super) fn words<T: DeserializeOwned>() -> &'static [&'static str] {
    parse::<T>("").err().map_or(&[], |NotAChoice(words)| words)
}

/// The word is none of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotAChoice(pub(crate) &'static [&'static str]);

impl fmt::Display for NotAChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "use one of {}", self.0.join(", "))
    }
}

impl std::error::Error for NotAChoice {}

impl serde::de::Error for NotAChoice {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(&[])
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self(expected)
    }
}
