//! Ten thousand recordings: the first copy, the start from it, the menu, time and memory.

use std::fs::{self, File};
use std::io::{Error, Read, Result, Write};
use std::net::TcpStream;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::document::{Service, list, wav};
use crate::faulty::Faulty;
use crate::program::Program;
use crate::ring::Call;
use crate::stages;
use crate::table::{ratio_row, say, spread};

/// As many recordings as anybody has.
pub(crate) const MANY: usize = 10_000;
/// So many of them are unlike each other: to write each costs the disk its time, whoever writes.
const UNLIKE: usize = 1_000;
/// What a usual church has.
const FEW: usize = 10;
/// Short, so that what is measured is the number of them; what a minute of sound costs is another matter.
const LENGTH_MS: u32 = 300;
/// Each step of a call is made so often.
const CALLS: usize = 200;
/// Gentle menus speak so many recordings on a page.
const PAGE: usize = 3;
/// How often it is looked whether the copy is complete.
const LOOK: Duration = Duration::from_millis(50);
/// When nothing is going on any more.
const REST: Duration = Duration::from_secs(3);

pub(crate) fn measure(dial: &Path) -> Result<()> {
    let services: Vec<Service> =
        (1..=MANY).map(|number| Service::new(number, &format!("Service {number} of all"))).collect();
    let document = list(&services);
    let (many, few) = (origin(&services, &document), origin(&services[..FEW], &list(&services[..FEW])));
    say(&format!(
        "A catalogue of {MANY} recordings of {LENGTH_MS} ms, {UNLIKE} of them unlike each other, at a website over http; its \
         list has {} kB.\n",
        document.len() / 1000
    ));
    let mut program = Program::new(dial, &[])?;
    let origin = |server: &Faulty| {
        format!(
            "[[line.origin]]\nkind = \"http\"\nurl = \"{}\"\nprivate = true\npoll_s = 3600\n",
            server.url("127.0.0.1")
        )
    };
    program.configure(&[("many", origin(&many)), ("few", origin(&few))])?;

    let begun = program.start()?;
    let newest = &services[MANY - 1].title;
    let first = program.hear_after(begun, "many", newest)?;
    let complete = complete(&program, begun)?;
    let bare = bare(&many, program.data().parent().unwrap_or(Path::new(".")))?;
    say(&format!("{:<44}{:>10}{:>10}{:>7}", "the first copy", "ours ms", "bare ms", "ratio"));
    say(&ratio_row("start until the newest is offered", first, None));
    say(&ratio_row("until all are", complete, Some((bare, "fetched by hand; those unlike written, synced"))));
    sleep(REST);
    memory("after the first copy", &program)?;
    program.stop()?;

    let begun = program.start()?;
    let restored = program.hear_after(begun, "many", newest)?;
    say(&ratio_row("\nrestart until the menu is heard", restored, None));
    sleep(REST);
    memory("after the restart", &program)?;
    menus(&program)?;
    program.stop()?;
    stages::measure(&program.data(), &many, services)
}

fn origin(services: &[Service], document: &[u8]) -> Faulty {
    let server = Faulty::start_plain(&[("/data.json", document)]);
    for (service, number) in services.iter().zip(1..) {
        server.put(&format!("/audio/{}", service.file), &wav(number % UNLIKE, LENGTH_MS));
    }
    server
}

/// How long it takes until every recording is offered.
fn complete(program: &Program, begun: Instant) -> Result<Duration> {
    loop {
        let status: serde_json::Value = serde_json::from_str(&program.get("/status.json")?)?;
        let mut lines = status["lines"].as_array().into_iter().flatten();
        let line = lines.find(|line| line["name"] == "many");
        if line.is_some_and(|line| line["snapshot"]["recordings"] == MANY) {
            return Ok(begun.elapsed());
        }
        sleep(LOOK);
    }
}

/// What it costs to fetch all, each over a connection of its own, and to write and sync those that are new.
fn bare(server: &Faulty, dir: &Path) -> Result<Duration> {
    let begun = Instant::now();
    for number in 1..=MANY {
        let mut stream = TcpStream::connect(server.address())?;
        write!(
            stream,
            "GET /audio/{number:05}.wav HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let body = answer.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
        let body = body.ok_or_else(|| Error::other("the origin's answer has no end of its head"))?;
        if number > UNLIKE {
            continue;
        }
        let path = dir.join("bare");
        let mut file = File::create(&path)?;
        file.write_all(&answer[body..])?;
        file.sync_all()?;
        fs::rename(&path, dir.join("bare-whole"))?;
    }
    Ok(begun.elapsed())
}

fn memory(when: &str, program: &Program) -> Result<()> {
    say(&format!(
        "{when}: {:.0} MB, of which {:.0} MB its own; at most it was {:.0} MB; it has computed for {:.2} s",
        program.memory_mb("VmRSS")?,
        program.memory_mb("RssAnon")?,
        program.memory_mb("VmHWM")?,
        program.computed()?.as_secs_f64()
    ));
    Ok(())
}

/// How long a caller waits for an answer, beside a line with few recordings.
fn menus(program: &Program) -> Result<()> {
    let greeting =
        |line| (0..CALLS).map(|_| Ok(Call::ring(program.address, line)?.took)).collect::<Result<Vec<_>>>();
    let choice = |line| {
        let choose = |_| {
            let mut call = Call::ring(program.address, line)?;
            call.press("1").map(|()| call.took)
        };
        (0..CALLS).map(choose).collect::<Result<Vec<_>>>()
    };
    let mut call = Call::ring(program.address, "many")?;
    let mut pages = Vec::new();
    for _ in 0..MANY / PAGE {
        call.press("0")?;
        pages.push(call.took);
    }
    if !call.document.contains("Service 1 of all") {
        return Err(Error::other(format!("the last page does not offer the oldest: {}", call.document)));
    }
    call.press("1")?;
    let oldest = call.took;
    let middle = |times: &[Duration]| spread(times)[1];
    let few = (middle(&greeting("few")?), middle(&choice("few")?));
    let row = |name, time, bare| say(&ratio_row(name, time, Some((bare, "a line with 10 recordings"))));
    say(&format!("\n{:<44}{:>10}{:>10}{:>7}", "webhooks of a call", "ours ms", "bare ms", "ratio"));
    row("the first menu, median", middle(&greeting("many")?), few.0);
    row("choosing the newest, median", middle(&choice("many")?), few.1);
    row("the last 100 pages of the menu, median", middle(&pages[pages.len() - 100..]), few.0);
    row("choosing the oldest", oldest, few.1);
    Ok(())
}
