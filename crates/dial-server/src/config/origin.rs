//! `[[line.origin]]`: the places where recordings come from, the preferred one first.
//!
//! It must not look at any of them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::line::{SLUG, slug};
use super::section::Section;

/// How often an origin is looked at, unless the file says otherwise.
pub(crate) const DEFAULT_POLL_S: u32 = 60;

/// One place where recordings come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Origin {
    /// Its name in logs and on pages; its kind, unless the file says otherwise.
    pub(crate) name: String,
    /// How often it is looked at, in seconds.
    pub(crate) poll_s: u32,
    /// What it is.
    #[serde(flatten)]
    pub(crate) kind: OriginKind,
}

/// The kinds of origins, each with what it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum OriginKind {
    /// A folder of this machine.
    Folder {
        /// The folder; `data.json` and `audio/` are in it.
        path: PathBuf,
    },
}

/// The word after `kind =`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Folder,
}

impl Origin {
    /// None if it cannot be told what the origin is; the fault is noted then.
    pub(super) fn read(mut section: Section<'_, '_>) -> Option<Self> {
        section.require("kind", "write kind = \"folder\"");
        // Without its kind, nobody knows which other keys belong here.
        let kind = section.choice("kind")?;
        let name = section.text("name", SLUG, slug);
        let mut poll_s = DEFAULT_POLL_S;
        section.number("poll_s", 5..=86_400, &mut poll_s);
        let (word, kind) = match kind {
            Kind::Folder => {
                section.require("path", "write the folder that holds data.json and audio/");
                ("folder", section.path("path").map(|path| OriginKind::Folder { path }))
            }
        };
        section.finish();
        Some(Self { name: name.unwrap_or_else(|| word.into()), poll_s, kind: kind? })
    }
}
