//! Whether what came over a network is a list or a recording at all: servers like to send a page instead.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use dial_audio::band::Band;
use dial_audio::decode::{DecodeError, Decoder};
use dial_core::catalogue::{Defect, Manifest};
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::Item;
use crate::fault::{Fault, FaultKind};

/// Bytes of a recording that are read at once.
const BUFFER: usize = 128 * 1024;

/// Reads a list, and what is wrong with it though it can be used.
pub(super) fn list(bytes: &[u8], zone: &TimeZone) -> Result<(Manifest, Vec<Defect>), FaultKind> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if text.starts_with(b"<") {
        return Err(FaultKind::WrongContent("a web page instead of the list".into()));
    }
    if text.starts_with(b"version https://git-lfs") {
        return Err(FaultKind::LfsPointer);
    }
    let reading = Manifest::read(bytes, zone);
    match reading.manifest {
        Some(manifest) => Ok((manifest, reading.defects)),
        None => Err(FaultKind::List(reading.defects)),
    }
}

/// Takes a draft that came whole, if it is the item's recording, as far as its first bytes and its hash tell;
/// otherwise it is removed. `host` is what the fault calls the origin.
pub(super) fn recording(draft: &Path, item: &Item, host: &str) -> Result<PathBuf, Fault> {
    match check(draft, item) {
        Ok(()) => Ok(draft.into()),
        Err(kind) => {
            // It is of no use; if it cannot be removed, the next attempt writes over it.
            let _ = fs::remove_file(draft);
            Err(Fault::new(kind, host).with_detail(item.entry.file.as_str()))
        }
    }
}

fn check(path: &Path, item: &Item) -> Result<(), FaultKind> {
    let disk = |error: io::Error| FaultKind::Disk(error.to_string());
    let extension = Path::new(item.entry.file.as_str()).extension().and_then(|extension| extension.to_str());
    match Decoder::open(Box::new(File::open(path).map_err(disk)?), extension, Band::Narrow) {
        Ok(_) => {}
        Err(DecodeError::LfsPointer) => return Err(FaultKind::LfsPointer),
        Err(DecodeError::WebPage { .. }) => {
            return Err(FaultKind::WrongContent("a web page instead of the recording".into()));
        }
        Err(DecodeError::NotSound { start }) => {
            let what = format!("something else than a recording, which begins with `{start}`");
            return Err(FaultKind::WrongContent(what));
        }
        Err(DecodeError::Read(error)) => return Err(disk(error)),
        Err(error) => return Err(FaultKind::Sound(error.to_string())),
    }
    let same = match item.sha256 {
        Some(stated) => sha256(path).map_err(disk)? == stated,
        None => true,
    };
    let other = || FaultKind::Sound("it is not the one that the list means, for its SHA-256 differs".into());
    if same { Ok(()) } else { Err(other()) }
}

fn sha256(path: &Path) -> io::Result<[u8; 32]> {
    let (mut file, mut hash) = (File::open(path)?, Sha256::new());
    let mut buffer = vec![0; BUFFER];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finalize().into()),
            read => hash.update(&buffer[..read]),
        }
    }
}
