//! The files of the voice: what they are called, and the checksum that each must have.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// A file that the voice needs. It is taken only if every byte is as expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VoiceFile {
    /// What it is called.
    pub name: &'static str,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: &'static str,
}

/// Kokoro-82M, version 1.0, with weights of 8 bits.
pub const MODEL: VoiceFile = VoiceFile {
    name: "kokoro-v1.0.int8.onnx",
    bytes: 92_361_271,
    sha256: "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
};

/// The British voices of Kokoro; the first is the one that the built-in pack speaks with.
pub const SPEAKERS: [VoiceFile; 4] = [
    speaker("bm_george.bin", "c4b235a4c1f2cd3b939fed08b899ce9385638b763f7b73a59616c4fc9bd6c9bc"),
    speaker("bm_lewis.bin", "b8f671cef828c30e66fdf0b0756a76bba58f6bb3398cbbf27058642acbcedb97"),
    speaker("bf_emma.bin", "669fe0647f9dd04fcab92f1439a40eeb4c8b4ab1f82e4996fe3d918ce4a63b73"),
    speaker("bm_daniel.bin", "6b3194bbceffb746733cbc22c8f593dd44e401a71d53895a2dca891bc595a1e8"),
];

const fn speaker(name: &'static str, sha256: &'static str) -> VoiceFile {
    VoiceFile { name, bytes: 522_240, sha256 }
}

/// Why a file of the voice cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file is not there, or cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// Where it was looked for.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It is another file, or a damaged one.
    #[error("`{}` is not `{name}`, or is damaged: its checksum is {found}", path.display())]
    Other {
        /// Where it lies.
        path: PathBuf,
        /// What it should be.
        name: &'static str,
        /// The checksum that it has.
        found: String,
    },
}

impl VoiceFile {
    /// Reads the file, if it is this one.
    pub fn read(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        let fault = |source| FileError::Read { path: path.into(), source };
        let found = fs::metadata(path).map_err(fault)?.len();
        let other = |found| FileError::Other { path: path.into(), name: self.name, found };
        if found != self.bytes {
            return Err(other(format!("not asked for, as it has {found} bytes and not {}", self.bytes)));
        }
        let content = fs::read(path).map_err(fault)?;
        match sha256(&content) {
            sum if sum == self.sha256 => Ok(content),
            sum => Err(other(sum)),
        }
    }
}

/// The SHA-256 of some bytes, in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_taken_only_if_every_byte_is_right() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("voice.bin");
        let wanted = VoiceFile {
            name: "voice.bin",
            bytes: 3,
            sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        };
        assert!(matches!(wanted.read(&path), Err(FileError::Read { .. })));
        for (content, right) in [("abc", true), ("abd", false), ("abcd", false)] {
            fs::write(&path, content).unwrap();
            assert_eq!(wanted.read(&path).is_ok(), right, "{content}");
        }
    }
}
