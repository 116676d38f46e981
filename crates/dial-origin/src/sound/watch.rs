//! Work on a sound, on a thread of its own, so that a decoder that hangs can be left behind.
//!
//! It must not know files or formats. This is the one place outside `app` that starts threads: a thread that
//! never ends cannot be joined, whoever starts it.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use dial_audio::prepare::{PrepareError, Prepared, Progress};

/// Pieces of sound that wait to be taken; a piece is at most a decoder's packet.
const WAITING: usize = 64;
/// How far work on sound stands behind calls (nice(2)).
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Work that makes sound.
pub(super) type Work =
    Box<dyn FnOnce(&mut dyn Write, &mut dyn FnMut(Progress)) -> Result<Prepared, PrepareError> + Send>;

/// What a thread tells.
enum Told {
    Sound(Vec<u8>),
    Progress(Progress),
    Done(Result<Prepared, PrepareError>),
}

/// Why there is no prepared sound.
#[derive(Debug)]
pub(super) enum Stop {
    /// The work failed.
    Failed(PrepareError),
    /// Nothing came of it for so long.
    Hung,
}

/// Does the work, writes what comes of it to `sink`, and gives up when nothing comes for `patience`.
pub(super) fn watched(
    work: Work,
    patience: Duration,
    sink: &mut dyn Write,
    progress: &mut dyn FnMut(Progress),
) -> Result<Prepared, Stop> {
    let (teller, told) = sync_channel(WAITING);
    let thread = aside("sound", move || tell(work, &teller)).map_err(failed)?;
    let result = listen(&told, patience, sink, progress);
    // Whoever is still at work learns from it that nobody listens any more.
    drop(told);
    if matches!(result, Ok(_) | Err(Stop::Failed(_))) && thread.is_finished() {
        let _ = thread.join();
    }
    result
}

/// Does something beside, on a thread with a name.
pub(super) fn aside<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    Builder::new().name(name.into()).spawn(move || {
        // On Linux alone this is a matter of the thread.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::nice(NICE);
        work()
    })
}

fn failed(error: io::Error) -> Stop {
    Stop::Failed(PrepareError::Write(error))
}

fn listen(
    told: &Receiver<Told>,
    patience: Duration,
    sink: &mut dyn Write,
    progress: &mut dyn FnMut(Progress),
) -> Result<Prepared, Stop> {
    loop {
        match told.recv_timeout(patience) {
            Ok(Told::Sound(bytes)) => sink.write_all(&bytes).map_err(failed)?,
            Ok(Told::Progress(done)) => progress(done),
            Ok(Told::Done(result)) => return result.map_err(Stop::Failed),
            Err(RecvTimeoutError::Timeout) => return Err(Stop::Hung),
            Err(RecvTimeoutError::Disconnected) => return Err(Stop::Failed(PrepareError::DecoderPanicked)),
        }
    }
}

fn tell(work: Work, teller: &SyncSender<Told>) {
    let mut progress = |done| drop(teller.send(Told::Progress(done)));
    let result = work(&mut Teller(teller), &mut progress);
    let _ = teller.send(Told::Done(result));
}

/// Hands sound over.
struct Teller<'a>(&'a SyncSender<Told>);

impl Write for Teller<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !bytes.is_empty() {
            self.0.send(Told::Sound(bytes.to_vec())).map_err(|_| io::ErrorKind::BrokenPipe)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(100);

    const LATER: Duration = Duration::from_mins(1);

    #[test]
    fn work_that_hangs_is_left_behind_and_learns_that_nobody_listens() {
        let (mut ended, learns) = io::pipe().unwrap();
        let (wakes, sleeps) = sync_channel::<()>(0);
        let mut sink = Vec::new();
        let work: Work = Box::new(move |sink, _| {
            let _learns = learns;
            sink.write_all(b"one").unwrap();
            let _ = sleeps.recv();
            sink.write_all(b"two").map_err(PrepareError::Write)?;
            unreachable!("nobody listens")
        });
        let result = watched(work, SOON, &mut sink, &mut |_| {});
        assert!(matches!(result, Err(Stop::Hung)), "{result:?}");
        assert_eq!(sink, b"one");
        drop(wakes);
        assert_eq!(io::Read::read(&mut ended, &mut [0]).unwrap(), 0);
    }

    #[test]
    fn work_that_panics_is_told_as_such() {
        let work: Work = Box::new(|_, _| panic!("a fault of a decoder"));
        let result = watched(work, LATER, &mut Vec::new(), &mut |_| {});
        assert!(matches!(result, Err(Stop::Failed(PrepareError::DecoderPanicked))), "{result:?}");
    }

    #[test]
    fn a_sink_that_fails_is_told_and_ends_the_work() {
        let work: Work = Box::new(|sink, _| {
            loop {
                sink.write_all(&[0; 64]).map_err(PrepareError::Write)?;
            }
        });
        let result = watched(work, LATER, &mut &mut [0_u8; 8][..], &mut |_| {});
        assert!(matches!(result, Err(Stop::Failed(PrepareError::Write(_)))), "{result:?}");
    }
}
