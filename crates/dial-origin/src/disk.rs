//! What our own state asks of a disk, step by step, so that every step can fail in a test.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// What a draft's name begins with: whatever has it after a crash is swept away.
pub const DRAFT: &str = ".draft-";

/// A file that is being written.
pub trait Draft: Write + Send {
    /// Returns when its bytes are on the disk.
    fn sync(&mut self) -> io::Result<()>;
}

/// The steps.
pub trait Disk: Send + Sync {
    /// Makes a folder and those above it.
    fn make_dir(&self, dir: &Path) -> io::Result<()>;
    /// Begins a file; one with that name is lost.
    fn create(&self, path: &Path) -> io::Result<Box<dyn Draft>>;
    /// Gives a file its name, in place of another with that name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Returns when the names in a folder are on the disk.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// Takes a file away.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Free and total bytes of the disk that holds a folder.
    fn room(&self, dir: &Path) -> io::Result<(u64, u64)>;
}

/// The real disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn make_dir(&self, dir: &Path) -> io::Result<()> {
        fs::create_dir_all(dir)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn Draft>> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
        Ok(Box::new(file))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn room(&self, dir: &Path) -> io::Result<(u64, u64)> {
        Ok((fs4::available_space(dir)?, fs4::total_space(dir)?))
    }
}

impl Draft for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

/// A name for a draft in a folder, unlike any other of this process.
pub fn draft_in(dir: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    dir.join(format!("{DRAFT}{}-{number}", std::process::id()))
}

/// Replaces a file whole: after a crash it is the old one or the new one, and the new one once this returns.
pub fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let draft = draft_in(dir);
    let written = (|| {
        let mut file = disk.create(&draft)?;
        file.write_all(bytes)?;
        file.sync()?;
        drop(file);
        disk.rename(&draft, path)
    })();
    if written.is_err() {
        let _ = disk.remove(&draft);
    }
    written?;
    disk.sync_dir(dir)
}

/// Reads a file that is not larger than it should be.
pub fn read(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {max} bytes")));
    }
    Ok(bytes)
}

/// Takes away what interrupted writes left in a folder.
pub fn sweep(disk: &dyn Disk, dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(DRAFT) {
            let _ = disk.remove(&entry.path());
        }
    }
}
