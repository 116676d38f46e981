//! `dial chapters`: where the parts of a recording begin, and how a person corrects them.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use dial_core::catalogue::chapters::{MAX_CHAPTERS_FILE, read};
use dial_core::catalogue::{Chapter, Recording};
use dial_core::time::Millis;
use dial_origin::chapters::{By, Corrections};
use dial_origin::keeper::line_dir;
use dial_origin::snapshot::Snapshot;
use dial_origin::sound::{Sound, SoundStore};

use super::{held, reload};
use crate::app::sound_dir;
use crate::config::{Config, Line};

/// Columns of a waveform.
const WIDTH: usize = 72;
const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Show and correct where the parts of a recording begin.
///
/// With keys 1 and 3 of the help a caller goes from part to part. Parts are found by ear: speech, hymns and
/// other music. What the list, the feed or a file beside the recording tells counts more, and what you set
/// here counts most; it stays until the recording is replaced.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dial chapters                                    all recordings
  dial chapters 2022-06-12.mp3 > parts.txt         one of them, as a text to be corrected
  dial chapters 2022-06-12.mp3 --set parts.txt     rows such as `12:30 First hymn`
  dial chapters 2022-06-12.mp3 --forget            as before the correction")]
pub(crate) struct ChaptersArgs {
    /// The recording, by its file
    recording: Option<String>,
    /// The line, if there are several
    #[arg(long, value_name = "LINE")]
    line: Option<String>,
    /// Correct its chapters by the rows of a file; `-` is the standard input
    #[arg(long, value_name = "FILE", requires = "recording", conflicts_with = "forget")]
    set: Option<PathBuf>,
    /// Take the correction back
    #[arg(long, requires = "recording")]
    forget: bool,
}

/// Shows, sets or forgets.
pub(crate) fn run(args: &ChaptersArgs, config: &Config) -> anyhow::Result<ExitCode> {
    let line = held::line(config, args.line.as_deref())?;
    let dir = line_dir(&config.data.dir, &line.name);
    let desk = Desk {
        line,
        store: SoundStore::new(&sound_dir(&config.data.dir)),
        corrections: Corrections::read(&dir),
        dir,
        config,
    };
    let now = Snapshot::now(&desk.dir, &line.time_zone, &desk.store);
    let snapshot = now.context("there are no recordings yet: start the line with `dial serve`")?;
    let mut out = io::stdout().lock();
    let Some(wanted) = &args.recording else {
        for recording in snapshot.catalogue.all() {
            desk.row(&snapshot, recording, &mut out)?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    let recording = find(&snapshot, wanted)?;
    match &args.set {
        Some(path) => desk.set(&snapshot, recording, path, &mut out)?,
        None if args.forget => desk.forget(recording, &mut out)?,
        None => desk.show(&snapshot, recording, &mut out)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The recording of a file; its ending may be left out.
fn find<'a>(snapshot: &'a Snapshot, wanted: &str) -> anyhow::Result<&'a Recording> {
    let all = snapshot.catalogue.all();
    let stem =
        |recording: &&Recording| Path::new(recording.file.as_str()).with_extension("") == Path::new(wanted);
    let found =
        all.iter().find(|recording| recording.file.as_str() == wanted).or_else(|| all.iter().find(stem));
    found.with_context(|| format!("no recording is called `{wanted}`: see them all with `dial chapters`"))
}

struct Desk<'a> {
    config: &'a Config,
    line: &'a Line,
    dir: PathBuf,
    store: SoundStore,
    corrections: Corrections,
}

impl Desk<'_> {
    fn row(&self, snapshot: &Snapshot, recording: &Recording, out: &mut dyn Write) -> anyhow::Result<()> {
        let (count, by) = (recording.sound.chapters.len(), self.by(snapshot, recording));
        let parts = match count {
            0 => "no parts".into(),
            1 => format!("1 part, {by}"),
            _ => format!("{count} parts, {by}"),
        };
        writeln!(out, "{:<32} {:>8}  {parts}", recording.file.as_str(), clock(recording.sound.length))?;
        Ok(())
    }

    fn by(&self, snapshot: &Snapshot, recording: &Recording) -> &'static str {
        match snapshot.told(&recording.file, &self.corrections).map(|(by, _)| by) {
            Some(By::Person) => "corrected by hand",
            Some(By::Origin) => "as the church tells",
            Some(By::Ear) | None => "found by ear",
        }
    }

    /// In the form in which it can be corrected: what is no row begins with `#`.
    fn show(&self, snapshot: &Snapshot, recording: &Recording, out: &mut dyn Write) -> anyhow::Result<()> {
        let (file, by) = (recording.file.as_str(), self.by(snapshot, recording));
        let title = recording.title.as_deref().unwrap_or("no title");
        let sounds = snapshot.sounds.iter().find(|(content, _)| *content == recording.sound.content);
        let before = sounds.map_or(0, |(_, sound)| sound.before_ms());
        writeln!(out, "# {file}: {title}, {}; {by}", clock(recording.sound.length))?;
        if let Some((_, sound)) = sounds {
            writeln!(out, "# {}", loudness(sound))?;
            let peaks = self.store.peaks(&recording.sound.content).unwrap_or_default();
            writeln!(out, "# {}", waveform(&peaks))?;
        }
        for Chapter { start, name } in &recording.sound.chapters {
            // As in the file itself, in which a person looks for them.
            let start = clock(*start + Millis(if start.0 == 0 { 0 } else { before }));
            writeln!(out, "{start:>8}  {}", name.as_deref().unwrap_or_default())?;
        }
        if recording.sound.chapters.is_empty() {
            writeln!(out, "# It has no parts. Write rows such as: 12:30 First hymn")?;
        }
        writeln!(out, "# Correct the rows in a text file, then: dial chapters {file} --set FILE")?;
        Ok(())
    }

    fn set(
        mut self,
        snapshot: &Snapshot,
        recording: &Recording,
        path: &Path,
        out: &mut dyn Write,
    ) -> anyhow::Result<()> {
        let bytes = text(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
        let chapters = read(&bytes).with_context(|| format!("`{}`", path.display()))?;
        let length = recording.sound.length;
        if let Some(late) = chapters.iter().find(|chapter| chapter.start > length + Millis::seconds(60)) {
            bail!("a part begins at {}, but the recording ends at {}", clock(late.start), clock(length));
        }
        let file = recording.file.as_str();
        let (_, len) = snapshot.told(&recording.file, &self.corrections).context("it is not offered now")?;
        self.corrections.set(file, len, &chapters);
        self.keep()?;
        writeln!(out, "{file} has {} parts now, as you say. {}", chapters.len(), self.when()?)?;
        Ok(())
    }

    fn forget(mut self, recording: &Recording, out: &mut dyn Write) -> anyhow::Result<()> {
        let file = recording.file.as_str();
        if self.corrections.forget(file) {
            self.keep()?;
            writeln!(out, "{file} has its parts as before. {}", self.when()?)?;
        } else {
            writeln!(out, "{file} was not corrected.")?;
        }
        Ok(())
    }

    fn keep(&self) -> anyhow::Result<()> {
        self.corrections.write(&self.dir).context("the correction cannot be written to the data folder")
    }

    fn when(&self) -> anyhow::Result<String> {
        let when = if reload::wake(self.config)? { "now" } else { "when the server starts" };
        Ok(format!("Callers of {} find them {when}.", self.line.name))
    }
}

fn text(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let source: Box<dyn Read> =
        if path == Path::new("-") { Box::new(io::stdin()) } else { Box::new(fs::File::open(path)?) };
    source.take(MAX_CHAPTERS_FILE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// `1:02:30`, `12:30`.
fn clock(at: Millis) -> String {
    let seconds = at.as_seconds();
    match seconds / 3_600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

fn loudness(sound: &Sound) -> String {
    match (sound.recorded_lufs(), sound.levelled_lufs()) {
        (Some(recorded), Some(levelled)) => {
            format!("recorded at {recorded:.0} LUFS, heard at {levelled:.0} LUFS")
        }
        _ => "nothing can be heard in it".into(),
    }
}

/// The loudest sample of each column.
fn waveform(peaks: &[u8]) -> String {
    let column = |at: usize| {
        let (from, to) = (at * peaks.len() / WIDTH, ((at + 1) * peaks.len()).div_ceil(WIDTH));
        let highest = peaks.get(from..to).into_iter().flatten().max().copied().unwrap_or_default();
        let bar = (usize::from(highest) * (BARS.len() - 1)).div_ceil(255);
        BARS.get(bar).copied().unwrap_or(' ')
    };
    (0..WIDTH).map(column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waveform_shows_where_it_is_loud() {
        let peaks: Vec<u8> = (0..720).map(|at| if at < 360 { 255 } else { 0 }).collect();
        assert_eq!(waveform(&peaks), format!("{}{}", "█".repeat(36), " ".repeat(36)));
        assert_eq!(waveform(&[]), " ".repeat(WIDTH));
        assert_eq!(waveform(&[128]), "▅".repeat(WIDTH));
    }

    #[test]
    fn times_are_shown_as_people_write_them() {
        let shown = [0, 65_000, 3_725_900].map(|at| clock(Millis(at)));
        assert_eq!(shown, ["0:00", "1:05", "1:02:05"]);
    }
}
