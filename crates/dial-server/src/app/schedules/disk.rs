//! A real folder behind a disk that fails, fills up, is cut off in mid-write, and forgets at a power cut
//! whatever was not told to last.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use dial_origin::disk::{Disk, Draft, RealDisk};

/// What is wrong with the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    Well,
    /// Nothing can be written.
    Full,
    /// Nothing can be changed.
    ReadOnly,
}

#[derive(Default)]
struct Inner {
    trouble: Option<Trouble>,
    /// After so many more steps the process is dead: nothing that it does reaches the disk.
    steps_to_live: Option<u64>,
    steps: u64,
    /// Files whose bytes are not on the disk yet.
    unsynced: Vec<PathBuf>,
    /// Names given and not on the disk yet: the new name, and what it named before.
    renamed: Vec<(PathBuf, Option<Vec<u8>>)>,
}

#[derive(Clone, Default)]
pub(super) struct FaultyDisk(Arc<Mutex<Inner>>);

impl FaultyDisk {
    pub(super) fn set(&self, trouble: Trouble) {
        self.0.lock().unwrap().trouble = Some(trouble);
    }

    /// The process dies after so many more steps.
    pub(super) fn die_after(&self, steps: u64) {
        self.0.lock().unwrap().steps_to_live = Some(steps);
    }

    pub(super) fn is_dead(&self) -> bool {
        self.0.lock().unwrap().steps_to_live == Some(0)
    }

    /// Another process takes over. After a power cut, `chance` decides what of the unsynced was lost.
    pub(super) fn revive(&self, power_cut: bool, mut chance: impl FnMut() -> bool) {
        let mut inner = self.0.lock().unwrap();
        inner.steps_to_live = None;
        if power_cut {
            for (name, before) in inner.renamed.drain(..).rev() {
                if chance() {
                    let _ = match before {
                        Some(bytes) => fs::write(&name, bytes),
                        None => fs::remove_file(&name),
                    };
                }
            }
            for path in inner.unsynced.drain(..) {
                if let Ok(bytes) = fs::read(&path)
                    && chance()
                {
                    let _ = fs::write(&path, &bytes[..bytes.len() / 2]);
                }
            }
        }
        inner.unsynced.clear();
        inner.renamed.clear();
    }

    fn step(&self, writes: bool) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap();
        inner.steps += 1;
        match &mut inner.steps_to_live {
            Some(0) => return Err(io::Error::other("the process is dead")),
            Some(left) => *left -= 1,
            None => {}
        }
        match inner.trouble {
            Some(Trouble::Full) if writes => Err(io::ErrorKind::StorageFull.into()),
            Some(Trouble::ReadOnly) => Err(io::ErrorKind::ReadOnlyFilesystem.into()),
            _ => Ok(()),
        }
    }
}

impl Disk for FaultyDisk {
    fn make_dir(&self, dir: &Path) -> io::Result<()> {
        if dir.is_dir() {
            return Ok(());
        }
        self.step(true)?;
        RealDisk.make_dir(dir)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn Draft>> {
        self.step(true)?;
        let file = fs::File::create(path)?;
        self.0.lock().unwrap().unsynced.push(path.into());
        Ok(Box::new(FaultyDraft { file, path: path.into(), disk: self.clone() }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(false)?;
        let before = fs::read(to).ok();
        fs::rename(from, to)?;
        let mut inner = self.0.lock().unwrap();
        for path in inner.unsynced.iter_mut().filter(|path| *path == from) {
            *path = to.into();
        }
        inner.renamed.push((to.into(), before));
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.step(false)?;
        self.0.lock().unwrap().renamed.retain(|(name, _)| name.parent() != Some(dir));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step(false)?;
        fs::remove_file(path)
    }

    fn room(&self, _dir: &Path) -> io::Result<(u64, u64)> {
        self.step(false)?;
        Ok((900, 1000))
    }
}

struct FaultyDraft {
    file: fs::File,
    path: PathBuf,
    disk: FaultyDisk,
}

impl Write for FaultyDraft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.disk.step(true) {
            // A write that fails may have got half of it there.
            let _ = self.file.write(&bytes[..bytes.len() / 2]);
            return Err(error);
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Draft for FaultyDraft {
    fn sync(&mut self) -> io::Result<()> {
        self.disk.step(true)?;
        self.disk.0.lock().unwrap().unsynced.retain(|path| *path != self.path);
        Ok(())
    }
}
