//! From a new list at an origin to the first call that offers what is new in it.

use std::fs::{self, File};
use std::io::{Error, Result};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use tempfile::TempDir;

use crate::document::{Service, list, wav};
use crate::faulty::Faulty;
use crate::program::Program;
use crate::table::{say, spread, spread_heading, spread_row};

/// The shortest wait that a configuration may have.
const POLL: Duration = Duration::from_secs(5);
/// It is waited for so often, each time from another moment between two looks.
const TIMES: u32 = 6;
/// And so often it is looked for at once.
const AT_ONCE: usize = 10;
/// The recording of a new list lasts as long as a notice does.
const LENGTH_MS: u32 = 20_000;
/// What lies in a folder for so long is not being copied any more.
const LONG_AGO: Duration = Duration::from_mins(1);

/// A place that a church puts its recordings.
enum Place {
    Website(Faulty),
    Folder(TempDir),
}

impl Place {
    fn origin(&self, poll_s: u64) -> String {
        match self {
            Self::Website(server) => format!(
                "[[line.origin]]\nkind = \"http\"\nurl = \"{}\"\nprivate = true\npoll_s = {poll_s}\n",
                server.url("localhost")
            ),
            Self::Folder(folder) => {
                let path = folder.path().display();
                format!("[[line.origin]]\nkind = \"folder\"\npath = \"{path}\"\npoll_s = {poll_s}\n")
            }
        }
    }

    /// Puts the last recording of a list there, then the list.
    fn put(&self, services: &[Service]) -> Result<()> {
        let (name, number) = services.last().map_or(("", 0), |last| (last.file.as_str(), services.len()));
        let (recording, list) = (wav(number, LENGTH_MS), list(services));
        match self {
            Self::Website(server) => {
                server.put(&format!("/audio/{name}"), &recording);
                server.put("/data.json", &list);
            }
            Self::Folder(folder) => {
                fs::create_dir_all(folder.path().join("audio"))?;
                fs::write(folder.path().join("audio").join(name), recording)?;
                fs::write(folder.path().join("data.json"), list)?;
            }
        }
        Ok(())
    }

    /// As if what was put there had lain there for long.
    fn settle(&self, services: &[Service]) -> Result<()> {
        let (Self::Folder(folder), Some(last)) = (self, services.last()) else { return Ok(()) };
        let files = [folder.path().join("audio").join(&last.file), folder.path().join("data.json")];
        let then = SystemTime::now() - LONG_AGO;
        files.iter().try_for_each(|path| File::options().append(true).open(path)?.set_modified(then))
    }

    /// How often its list was asked for, where it can tell.
    fn looks(&self) -> usize {
        let Self::Website(server) = self else { return 0 };
        server.requests().iter().filter(|request| request.path == "/data.json").count()
    }
}

pub(crate) fn measure(dial: &Path) -> Result<()> {
    say(&format!(
        "New list at an origin, until the first call whose menu offers its new recording of {} s. poll_s is {}, \
         its minimum; the wait for the next look is part of the first two rows.\n",
        LENGTH_MS / 1000,
        POLL.as_secs()
    ));
    say(&spread_heading(&format!("polled, {TIMES} times")));
    let places =
        [("website", Place::Website(Faulty::start(&[]))), ("folder", Place::Folder(tempfile::tempdir()?))];
    let mut lists = [first_list(), first_list()];
    let program = start(dial, &places, &lists, POLL.as_secs())?;
    let (website, folder) = thread::scope(|scope| {
        let program = &program;
        let measuring = places.iter().zip(&mut lists);
        let mut threads =
            measuring.map(|((line, place), list)| scope.spawn(|| polled(program, line, place, list)));
        let mut next = || threads.next().map(thread::ScopedJoinHandle::join);
        let (website, folder) = (next(), next());
        website.zip(folder).ok_or_else(|| Error::other("there are two places"))
    })?;
    let failed = |_| Error::other("a measuring thread failed");
    let (website, folder) = (website.map_err(failed)??, folder.map_err(failed)??);
    say(&spread_row("website over https", &website.heard));
    say(&spread_row("  until the list is asked for", &website.asked));
    let work: Vec<_> =
        website.heard.iter().zip(&website.asked).map(|(heard, asked)| heard.saturating_sub(*asked)).collect();
    say(&spread_row("  from then on", &work));
    say(&spread_row("folder (a new file must lie still for 5 s)", &folder.heard));
    drop(program);

    let program = start(dial, &places, &lists, 3600)?;
    say(&spread_heading(&format!("looked for at once (dial reload), {AT_ONCE} times")));
    let mut at_once = Vec::new();
    for ((line, place), list) in places.iter().zip(&mut lists) {
        let times = (0..AT_ONCE).map(|_| {
            let words = grow(list);
            place.put(list)?;
            place.settle(list)?;
            program.hear_after(program.look()?, line, &words)
        });
        let times = times.collect::<Result<Vec<_>>>()?;
        say(&spread_row(line, &times));
        at_once.push(times);
    }
    let part = |times: &[Duration]| spread(times).map(|time| time.as_secs_f64() / POLL.as_secs_f64());
    let ([_, middle, greatest], [_, work, _]) = (part(&website.heard), part(&at_once[0]));
    say(&format!("Website beside poll_s: median {middle:.2}, max {greatest:.2}; the work alone {work:.3}\n"));
    Ok(())
}

/// How long it was until a list was asked for, and until it was heard.
#[derive(Default)]
struct Polled {
    asked: Vec<Duration>,
    heard: Vec<Duration>,
}

fn polled(program: &Program, line: &str, place: &Place, list: &mut Vec<Service>) -> Result<Polled> {
    let mut polled = Polled::default();
    for time in 0..TIMES {
        thread::sleep(POLL * time / TIMES);
        let (words, looks) = (grow(list), place.looks());
        place.put(list)?;
        let begun = Instant::now();
        let mut asked = None;
        let mut look = || {
            if asked.is_none() && place.looks() > looks {
                asked = Some(begun.elapsed());
            }
        };
        let heard = program.hear(line, &words, &mut look)? - begun;
        look();
        polled.asked.push(asked.unwrap_or_default());
        polled.heard.push(heard);
    }
    Ok(polled)
}

fn start(dial: &Path, places: &[(&str, Place)], lists: &[Vec<Service>], poll_s: u64) -> Result<Program> {
    let trusted = places.iter().filter_map(|(_, place)| match place {
        Place::Website(server) => Some(server),
        Place::Folder(_) => None,
    });
    let mut program = Program::new(dial, &trusted.collect::<Vec<_>>())?;
    let lines: Vec<_> = places.iter().map(|(line, place)| (*line, place.origin(poll_s))).collect();
    program.configure(&lines)?;
    for ((_, place), list) in places.iter().zip(lists) {
        place.put(list)?;
        place.settle(list)?;
    }
    program.start()?;
    for ((line, _), list) in places.iter().zip(lists) {
        program.hear(line, list.last().map_or("", |last| &last.title), || ())?;
    }
    Ok(program)
}

fn first_list() -> Vec<Service> {
    vec![Service::new(1, "Service 1 of all")]
}

/// One more service; what it is called.
fn grow(list: &mut Vec<Service>) -> String {
    let number = list.len() + 1;
    let title = format!("Service {number} of all");
    list.push(Service::new(number, &title));
    title
}
