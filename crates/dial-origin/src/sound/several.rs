//! Prepares several files at the same time, one on each processor: a first copy of many recordings takes its time.
//!
//! What comes of it lies in the store; whoever wants a sound finds it there, and meets every fault again by himself.

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::watch::aside;
use super::{Progress, SoundStore};

/// Words about progress that wait to be heard.
const WAITING: usize = 64;

/// A file that lies on this machine, and what it is said to be.
#[derive(Debug)]
pub(crate) struct Near {
    pub(crate) path: PathBuf,
    pub(crate) sha256: Option<[u8; 32]>,
}

/// How many files are prepared at the same time.
pub(crate) fn at_once() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Prepares all; tells of each by its place how far it is. Returns when nothing more comes of any.
pub(crate) fn prepare_all(
    store: &Arc<SoundStore>,
    files: Vec<Near>,
    progress: &mut dyn FnMut(usize, Progress),
) {
    let (teller, told) = sync_channel(WAITING);
    let count = at_once().min(files.len());
    let next = Arc::new(Mutex::new(files.into_iter().enumerate()));
    let work = || {
        let (store, next, teller) = (Arc::clone(store), Arc::clone(&next), teller.clone());
        aside("ahead", move || {
            let take = || next.lock().unwrap_or_else(PoisonError::into_inner).next();
            while let Some((place, Near { path, sha256 })) = take() {
                let mut progress = |done| _ = teller.send((place, done));
                let _ = store.prepare_file(&path, sha256, &mut progress);
            }
        })
    };
    // Without threads nothing is lost: each file is prepared when it is wanted.
    let threads: Vec<_> = (0..count).filter_map(|_| work().ok()).collect();
    drop(teller);
    for (place, done) in told {
        progress(place, done);
    }
    for thread in threads {
        let _ = thread.join();
    }
}
