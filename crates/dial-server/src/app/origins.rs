//! From a configuration to origins that can be asked.

use std::path::Path;

use dial_origin::keeper::NamedOrigin;
use dial_origin::origin::{Folder, Origin};

use crate::config::{self, OriginKind};

/// The origins of a line, the preferred one first.
pub(super) fn open(origins: &[config::Origin], _data_dir: &Path, _line: &str) -> Vec<NamedOrigin> {
    let open =
        |origin: &config::Origin| NamedOrigin { name: origin.name.clone(), origin: kind(&origin.kind) };
    origins.iter().map(open).collect()
}

fn kind(kind: &OriginKind) -> Box<dyn Origin> {
    match kind {
        OriginKind::Folder { path } => Box::new(Folder::new(path.clone())),
    }
}
