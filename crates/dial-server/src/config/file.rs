//! Finds and reads the configuration file.
//!
//! It must not know what a configuration holds.

use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::Config;
use super::fault::ConfigError;

/// The name of the file, wherever it is looked for.
const FILE_NAME: &str = "dial.toml";

/// The largest configuration that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// No file was named, and there is none where one is looked for.
    #[error(
        "there is no configuration at {}\n\nWrite this into `dial.toml`, or name another file with --config:\n\n{}\n\
         All that can be set is shown by `dial config`.",
        places(.looked_at),
        super::SMALLEST
    )]
    None {
        /// Where it was looked for.
        looked_at: Vec<PathBuf>,
    },
    /// The file cannot be read.
    #[error("cannot read the configuration `{}`", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file was read, and is wrong.
    #[error("the configuration is wrong\n{0}")]
    Wrong(ConfigError),
}

fn places(looked_at: &[PathBuf]) -> String {
    looked_at.iter().map(|file| format!("`{}`", file.display())).collect::<Vec<_>>().join(" or ")
}

/// The places where a file is looked for that nobody named: here, then the platform's own place.
pub(crate) fn usual_places() -> Vec<PathBuf> {
    let mut places = vec![PathBuf::from(".").join(FILE_NAME)];
    if let Ok(platform) = etcetera::choose_base_strategy() {
        places.push(platform.config_dir().join("dial").join(FILE_NAME));
    }
    places
}

/// Reads the named file, or else the first there is of `places`.
pub(crate) fn load(named: Option<&Path>, places: &[PathBuf]) -> Result<Config, LoadError> {
    let file = match named {
        Some(file) => file,
        None => places
            .iter()
            .find(|file| file.exists())
            .ok_or_else(|| LoadError::None { looked_at: places.to_vec() })?,
    };
    let text = read(file).map_err(|source| LoadError::Unreadable { file: file.into(), source })?;
    Config::parse(&text, file).map_err(LoadError::Wrong)
}

fn read(file: &Path) -> io::Result<String> {
    let length = std::fs::metadata(file)?.len();
    if length > MAX_FILE {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than a mebibyte"));
    }
    std::fs::read_to_string(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_file_the_message_says_where_to_write_what() {
        let error = load(None, &["./nowhere/dial.toml".into(), "/nowhere/dial.toml".into()]).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("`./nowhere/dial.toml` or `/nowhere/dial.toml`"), "{message}");
        assert!(message.contains(super::super::SMALLEST), "{message}");
    }

    #[test]
    fn a_named_file_is_read_even_where_another_is_usual() {
        let folder = tempfile::tempdir().unwrap();
        let (usual, named) = (folder.path().join("dial.toml"), folder.path().join("other.toml"));
        std::fs::write(&usual, super::super::SMALLEST).unwrap();
        std::fs::write(&named, super::super::SMALLEST.replace("st-marys", "named")).unwrap();
        let places = [folder.path().join("none.toml"), usual];
        assert_eq!(load(None, &places).unwrap().lines[0].name, "st-marys");
        assert_eq!(load(Some(&named), &places).unwrap().lines[0].name, "named");
    }

    #[test]
    fn a_named_file_that_is_not_there_is_never_replaced_by_a_usual_one() {
        let folder = tempfile::tempdir().unwrap();
        let usual = folder.path().join("dial.toml");
        std::fs::write(&usual, super::super::SMALLEST).unwrap();
        let error = load(Some(&folder.path().join("gone.toml")), &[usual]).unwrap_err();
        assert!(matches!(error, LoadError::Unreadable { .. }), "{error}");
    }
}
