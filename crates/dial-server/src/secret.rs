//! A secret: a token or a key that is read once, and never printed.
//!
//! It must not know what it protects, nor ever show itself: whoever needs the text says `expose`.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The longest secret that is read, in bytes: a private key in PEM fits, a wrong file does not.
pub(crate) const MAX_SECRET: u64 = 4096;

/// A token or key, surrounding white space removed, never empty.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl Secret {
    /// Takes a secret from a text.
    ///
    /// # Errors
    /// [`SecretError::Empty`] and [`SecretError::TooLong`], named after `place`.
    pub(crate) fn new(place: &str, text: &str) -> Result<Self, SecretError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(SecretError::Empty { place: place.to_owned() });
        }
        if text.len() as u64 > MAX_SECRET {
            return Err(SecretError::TooLong { place: place.to_owned() });
        }
        Ok(Self(text.to_owned()))
    }

    /// Reads a secret from a file, as systemd credentials and Docker secrets provide it.
    ///
    /// # Errors
    /// When the file cannot be read, is empty, is longer than [`MAX_SECRET`] or is not UTF-8.
    pub(crate) fn from_file(path: &Path) -> Result<Self, SecretError> {
        let cannot_read = |source| SecretError::CannotRead { path: path.to_owned(), source };
        let mut text = String::new();
        let file = File::open(path).map_err(cannot_read)?;
        file.take(MAX_SECRET + 1).read_to_string(&mut text).map_err(cannot_read)?;
        if text.len() as u64 > MAX_SECRET {
            return Err(SecretError::TooLong { place: path.display().to_string() });
        }
        Self::new(&path.display().to_string(), &text)
    }

    /// Reads a secret from an environment variable.
    ///
    /// # Errors
    /// When the variable is not set, is not UTF-8, is empty or longer than [`MAX_SECRET`].
    pub(crate) fn from_environment(name: &str) -> Result<Self, SecretError> {
        let text = std::env::var(name).map_err(|_| SecretError::NotSet { name: name.to_owned() })?;
        Self::new(name, &text)
    }

    /// The secret itself, for the one place that needs it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Why there is no secret; it names the place, never the content.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretError {
    /// The file is missing, unreadable or not text.
    #[error("cannot read the secret in `{}`", path.display())]
    CannotRead {
        /// The file that was tried.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no such variable, or it is not text.
    #[error("cannot read the secret in the environment variable `{name}`: it is not set, or is not text")]
    NotSet {
        /// The variable's name.
        name: String,
    },
    /// There is nothing but white space.
    #[error("the secret in `{place}` is empty")]
    Empty {
        /// The file or variable.
        place: String,
    },
    /// It is longer than [`MAX_SECRET`].
    #[error("the secret in `{place}` is longer than {MAX_SECRET} bytes: is it the right one?")]
    TooLong {
        /// The file or variable.
        place: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_trimmed_and_never_prints_itself() {
        let secret = Secret::new("test", "  12345\n").unwrap();
        assert_eq!(secret.expose(), "12345");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
    }

    #[test]
    fn a_secret_is_read_from_a_file_of_bounded_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "12345\r\n").unwrap();
        assert_eq!(Secret::from_file(&path).unwrap().expose(), "12345");
        std::fs::write(&path, " \n").unwrap();
        assert!(matches!(Secret::from_file(&path), Err(SecretError::Empty { .. })));
        std::fs::write(&path, "x".repeat(5000)).unwrap();
        assert!(matches!(Secret::from_file(&path), Err(SecretError::TooLong { .. })));
        let missing = folder.path().join("missing");
        assert!(matches!(Secret::from_file(&missing), Err(SecretError::CannotRead { .. })));
    }

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        let error = Secret::from_environment("DIAL_TEST_NO_SUCH_VARIABLE").unwrap_err();
        assert!(error.to_string().contains("DIAL_TEST_NO_SUCH_VARIABLE"), "{error}");
    }
}
