//! How soon the second origin's list is heard when the first one fails, beside the limits that we promise.

use std::io::{Error, Result};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::document::{Service, list, wav};
use crate::faulty::{Behaviour, Faulty};
use crate::program::Program;
use crate::table::say;

/// For faults of the way: nobody is there, or it is not who it should be.
const CONNECTION: Duration = Duration::from_secs(5);
/// For an origin that is there, and slow.
const SLOW: Duration = Duration::from_secs(15);
/// A listener whose queue is full lets nobody in; it is full when this passes.
const LET_IN: Duration = Duration::from_millis(200);
/// No queue is longer than that of a usual kernel.
const LONGEST_QUEUE: usize = 5_000;

/// How the first origin fails.
enum Fault {
    Behaves(Behaviour),
    /// Not even the connection is made: nothing answers its first packet.
    BlackHole(BlackHole),
}

/// What was measured of a fault, and what it may be.
struct Row {
    name: &'static str,
    fresh: Duration,
    running: Duration,
    limit: Duration,
}

pub(crate) fn measure(dial: &Path) -> Result<bool> {
    say(
        "Failover: until the first call whose menu offers what the second origin lists. A fresh line: from the \
         start of the program. A running line: from the start of a cycle (dial reload), with a copy of the first \
         origin's list, and news at the second origin. All origins over https, all faults side by side.\n",
    );
    use Behaviour::*;
    let faults = [
        ("nothing is wrong with it", Fault::Behaves(Well), CONNECTION),
        ("refuses the connection", Fault::Behaves(Refused), CONNECTION),
        ("black hole: no answer to the first packet", Fault::BlackHole(BlackHole::new()?), CONNECTION),
        ("black hole in the TLS handshake", Fault::Behaves(SilentHandshake), CONNECTION),
        ("an expired certificate", Fault::Behaves(Expired), CONNECTION),
        ("a certificate of another host", Fault::Behaves(WrongHost), CONNECTION),
        ("status 503", Fault::Behaves(Status(503)), CONNECTION),
        ("no answer to the request", Fault::Behaves(SilentAfterRequest), SLOW),
        ("a head that drips", Fault::Behaves(DripsHead), SLOW),
        ("a body that drips", Fault::Behaves(DripsBody), SLOW),
    ];
    let rows = thread::scope(|scope| {
        let one = |(name, fault, limit)| {
            scope.spawn(move || {
                row(dial, name, &fault, limit).map_err(|error| Error::other(format!("{name}: {error}")))
            })
        };
        let threads: Vec<_> = faults.into_iter().map(one).collect();
        let joined = threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| Error::other("a fault's thread failed"))?);
        joined.collect::<Result<Vec<_>>>()
    })?;
    say(&format!(
        "{:<44}{:>9}{:>11}{:>9}{:>7}",
        "the first origin:", "fresh s", "running s", "limit s", "ratio"
    ));
    let mut within = true;
    for Row { name, fresh, running, limit } in rows {
        let worst = fresh.max(running);
        let verdict = if worst > limit { "  over the limit" } else { "" };
        within &= worst <= limit;
        say(&format!(
            "{name:<44}{:>9.2}{:>11.2}{:>9}{:>7.2}{verdict}",
            fresh.as_secs_f64(),
            running.as_secs_f64(),
            limit.as_secs(),
            worst.as_secs_f64() / limit.as_secs_f64()
        ));
    }
    Ok(within)
}

fn row(dial: &Path, name: &'static str, fault: &Fault, limit: Duration) -> Result<Row> {
    let (first, second) = (Faulty::start(&[]), Faulty::start(&[]));
    let mut services = vec![Service::new(1, "Service 1 of all")];
    publish(&[&first, &second], &services);
    let (url, origin) = (first.url("localhost"), |name: &str, url: &str| {
        format!(
            "[[line.origin]]\nkind = \"http\"\nname = \"{name}\"\nurl = \"{url}\"\nprivate = true\npoll_s = 3600\n"
        )
    });
    let both =
        |first: &str| [("st-annes", origin("first", first) + &origin("second", &second.url("localhost")))];
    let fail = || match fault {
        Fault::Behaves(behaviour) => {
            first.behave(behaviour.clone());
            url.clone()
        }
        Fault::BlackHole(hole) => format!("https://{}/", hole.address),
    };

    let mut program = Program::new(dial, &[&first, &second])?;
    program.configure(&both(&fail()))?;
    let begun = program.start()?;
    let fresh = program.hear_after(begun, "st-annes", "Service 1 of all")?;
    program.stop()?;

    std::fs::remove_dir_all(program.data())?;
    first.behave(Behaviour::Well);
    program.configure(&both(&url))?;
    program.start()?;
    program.hear("st-annes", "Service 1 of all", || ())?;
    services.push(Service::new(2, "Service 2 of all"));
    // Where the first one is well, the news is its own.
    let well = matches!(fault, Fault::Behaves(Behaviour::Well));
    let fresh_one = if well { &first } else { &second };
    publish(&[fresh_one], &services);
    program.configure(&both(&fail()))?;
    let running = program.hear_after(program.look()?, "st-annes", "Service 2 of all")?;
    program.stop()?;
    Ok(Row { name, fresh, running, limit })
}

fn publish(origins: &[&Faulty], services: &[Service]) {
    for origin in origins {
        for (service, number) in services.iter().zip(1..) {
            origin.put(&format!("/audio/{}", service.file), &wav(number, 3_000));
        }
        origin.put("/data.json", &list(services));
    }
}

/// A listener that accepts nobody, and whose queue is full: the kernel drops what comes.
struct BlackHole {
    address: SocketAddr,
    _listener: TcpListener,
    _queue: Vec<TcpStream>,
}

impl BlackHole {
    fn new() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let queue = (0..LONGEST_QUEUE).map_while(|_| TcpStream::connect_timeout(&address, LET_IN).ok());
        let queue = queue.collect();
        Ok(Self { address, _listener: listener, _queue: queue })
    }
}
