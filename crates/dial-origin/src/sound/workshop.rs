//! Who makes telephone sound of a file: we ourselves, or the user's `ffmpeg` for kinds that we do not play.
//!
//! It must not know where sound is kept. A file whose decoder hangs is not tried again.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use dial_audio::decode::{DecodeError, MediaSource};
use dial_audio::prepare::{self, PrepareError, Prepared, Progress, Warning};

use super::SoundError;
use super::ffmpeg::Ffmpeg;
use super::watch::{Stop, Work, watched};

/// A decoder that gives nothing for so long hangs: an hour of sound takes seconds.
const PATIENCE: Duration = Duration::from_mins(2);
/// Decoders that hang go on in the background; with more than these nothing new is begun.
const MAX_HUNG: usize = 4;
/// A file may lack this part of its stated length before anybody is told.
const MISSING_PER_CENT: u64 = 2;

/// Makes telephone sound of a file; `prepare::prepare` but in tests.
pub type Preparer = fn(
    Box<dyn MediaSource>,
    Option<&str>,
    &mut dyn Write,
    &mut dyn FnMut(Progress),
) -> Result<Prepared, PrepareError>;

/// Who makes telephone sound of a file.
#[derive(Debug)]
pub struct Workshop {
    /// What decodes.
    pub preparer: Preparer,
    /// The program that decodes the rest, looked for in `PATH`.
    pub ffmpeg: PathBuf,
    /// After so long without a sound a decoder is left behind.
    pub patience: Duration,
    /// Contents whose decoders hang.
    pub hung: Mutex<HashSet<String>>,
}

impl Default for Workshop {
    fn default() -> Self {
        let hung = Mutex::default();
        Self { preparer: prepare::prepare, ffmpeg: "ffmpeg".into(), patience: PATIENCE, hung }
    }
}

impl Workshop {
    /// Makes sound of a file with a certain content; `sink` makes a place for it, anew for each attempt.
    pub(super) fn make<S: Write>(
        &self,
        path: &Path,
        content: &str,
        sink: &mut dyn FnMut() -> Result<S, SoundError>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Prepared, S), SoundError> {
        let mut place = sink()?;
        let error = match self.by_ourselves(path, content, &mut place, progress) {
            Ok(prepared) => return Ok((prepared, place)),
            Err(error) if is_for_ffmpeg(&error) => error,
            Err(error) => return Err(error),
        };
        drop(place);
        let mut place = sink()?;
        let prepared = self.by_ffmpeg(path, error, &mut place, progress)?;
        Ok((prepared, place))
    }

    fn by_ourselves(
        &self,
        path: &Path,
        content: &str,
        sink: &mut dyn Write,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Prepared, SoundError> {
        {
            let hung = self.hung.lock().unwrap_or_else(PoisonError::into_inner);
            if hung.contains(content) || hung.len() >= MAX_HUNG {
                return Err(SoundError::Hung);
            }
        }
        let source = File::open(path).map_err(SoundError::Read)?;
        let extension = path.extension().and_then(|extension| extension.to_str()).map(ToOwned::to_owned);
        let preparer = self.preparer;
        let work: Work =
            Box::new(move |sink, progress| preparer(Box::new(source), extension.as_deref(), sink, progress));
        watched(work, self.patience, sink, progress).map_err(|stop| match stop {
            Stop::Failed(error) => told(error),
            Stop::Hung => {
                self.hung.lock().unwrap_or_else(PoisonError::into_inner).insert(content.to_owned());
                SoundError::Hung
            }
        })
    }

    fn by_ffmpeg(
        &self,
        path: &Path,
        error: SoundError,
        sink: &mut dyn Write,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Prepared, SoundError> {
        let (ffmpeg, source) = match Ffmpeg::start(&self.ffmpeg, path) {
            Ok(started) => started,
            Err(_) => return Err(without_ffmpeg(error)),
        };
        let preparer = self.preparer;
        let work: Work = Box::new(move |sink, progress| preparer(source, Some("wav"), sink, progress));
        match watched(work, self.patience, sink, progress) {
            Ok(mut prepared) => {
                let end = ffmpeg.end();
                let playable_ms = prepared.samples / 8;
                match end.stated_ms {
                    Some(stated_ms) if playable_ms * 100 < stated_ms * (100 - MISSING_PER_CENT) => {
                        prepared.warnings.insert(0, Warning::CutShort { playable_ms, stated_ms });
                    }
                    _ if !end.is_well => prepared.warnings.insert(0, Warning::Torn { playable_ms }),
                    _ => {}
                }
                Ok(prepared)
            }
            Err(Stop::Failed(PrepareError::Write(error))) => Err(SoundError::Store(error)),
            Err(Stop::Failed(PrepareError::TooLong)) => Err(SoundError::Prepare(PrepareError::TooLong)),
            Err(Stop::Hung) => Err(SoundError::Hung),
            Err(Stop::Failed(_)) => Err(SoundError::Ffmpeg(ffmpeg.end().told)),
        }
    }
}

fn told(error: PrepareError) -> SoundError {
    match error {
        PrepareError::Write(error) => SoundError::Store(error),
        error => SoundError::Prepare(error),
    }
}

/// Whether ffmpeg may do better: what is no sound, and what is cut, it would only make noise of.
fn is_for_ffmpeg(error: &SoundError) -> bool {
    matches!(
        error,
        SoundError::Hung
            | SoundError::Prepare(
                PrepareError::DecoderPanicked
                    | PrepareError::Decode(DecodeError::Unsupported { .. } | DecodeError::Endless)
            )
    )
}

fn without_ffmpeg(error: SoundError) -> SoundError {
    match error {
        SoundError::Prepare(PrepareError::Decode(DecodeError::Unsupported { codec })) => {
            SoundError::NoFfmpeg(codec)
        }
        error => error,
    }
}
