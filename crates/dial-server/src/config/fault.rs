//! What is wrong with a configuration, said so that a volunteer can mend it.
//!
//! It must not know which keys exist, and never holds the value of a key that could be a secret.

use std::fmt;
use std::path::PathBuf;

/// One thing that is wrong in the file, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The full key, such as `line[0].call.seek_s`; empty where the text itself is not TOML.
    pub(crate) path: String,
    /// The row of the file, from 1; none for what is missing.
    pub(crate) row: Option<usize>,
    /// What is wrong.
    pub(crate) what: String,
    /// What to do about it; may be empty.
    pub(crate) remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.what)?;
        if !self.remedy.is_empty() {
            write!(f, "; {}", self.remedy)?;
        }
        Ok(())
    }
}

/// Everything that is wrong with one configuration file, in the order of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigError {
    /// The file, as it was named.
    pub(crate) file: PathBuf,
    /// What is wrong in it; never empty.
    pub(crate) faults: Vec<Fault>,
}

impl std::error::Error for ConfigError {}

/// One line for each fault, in the form `dial.toml:12: line[0].menue: …` that editors understand.
impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.faults.iter().enumerate() {
            let end = if i == 0 { "" } else { "\n" };
            write!(f, "{end}{}:", self.file.display())?;
            if let Some(row) = fault.row {
                write!(f, "{row}:")?;
            }
            write!(f, " {fault}")?;
        }
        Ok(())
    }
}
