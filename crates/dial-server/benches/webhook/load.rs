//! Load on a server: as fast as it answers, or at a fixed rate.

use std::io::Result;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use super::call::{Caller, Signer, between};
use super::http::Connection;

/// Not measured: connections open, code and caches are warmed.
const WARM_UP: Duration = Duration::from_secs(1);
/// Measured.
const MEASURED: Duration = Duration::from_secs(5);

/// Who is asked, and by what token.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) signer: Signer,
}

/// What one run measured.
#[derive(Default)]
pub(crate) struct Measured {
    /// In nanoseconds, of turns only, sorted.
    latencies: Vec<u32>,
    /// All requests, those that end calls too.
    requests: usize,
    /// All calls, those before the measuring too.
    pub(crate) calls: u64,
}

impl Measured {
    /// In microseconds; 1.0 is the longest.
    pub(crate) fn quantile(&self, part: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let at = (part * last as f64).round() as usize;
        self.latencies.get(at).map_or(0.0, |ns| f64::from(*ns) / 1000.0)
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.requests as f64 / MEASURED.as_secs_f64()
    }
}

/// Calls on so many connections. With a rate each request has its moment, spread evenly over the
/// connections, and its latency counts from that moment, whatever has held it up.
pub(crate) fn calls(target: &Target, connections: u32, rate: Option<u32>) -> Result<Measured> {
    let start = Instant::now() + Duration::from_millis(50);
    let one = |number: u32| {
        let target = target.clone();
        let pace = rate.map(|rate| {
            let gap = Duration::from_secs(1) / rate;
            (start + gap * number, gap * connections)
        });
        thread::spawn(move || connection(&target, start, pace))
    };
    let threads: Vec<_> = (0..connections).map(one).collect();
    let mut all = Measured::default();
    for thread in threads {
        let part = thread.join().expect("a connection's thread does not panic")?;
        all.latencies.extend(part.latencies);
        all.requests += part.requests;
        all.calls += part.calls;
    }
    all.latencies.sort_unstable();
    Ok(all)
}

fn connection(target: &Target, start: Instant, mut pace: Option<(Instant, Duration)>) -> Result<Measured> {
    let mut connection = Connection::open(target.address)?;
    let mut caller = Caller::new(target.signer.clone(), target.address.to_string());
    let mut measured = Measured::default();
    let (from, until) = (start + WARM_UP, start + WARM_UP + MEASURED);
    sleep_until(start);
    loop {
        let turn = !caller.is_over();
        let request = caller.next_request();
        let mut began = Instant::now();
        if let Some((due, gap)) = &mut pace {
            sleep_until(*due);
            began = *due;
            *due += *gap;
        }
        if began >= until {
            measured.calls = caller.calls;
            return Ok(measured);
        }
        connection.exchange(request)?;
        let took = began.elapsed();
        if began >= from {
            measured.requests += 1;
            if turn {
                measured.latencies.push(u32::try_from(took.as_nanos()).unwrap_or(u32::MAX));
            }
        }
        caller.hear(connection.body())?;
    }
}

fn sleep_until(moment: Instant) {
    let left = moment.saturating_duration_since(Instant::now());
    if !left.is_zero() {
        thread::sleep(left);
    }
}

/// Fetches the piece of a call's first recording over and over: its length, and bytes per second.
pub(crate) fn media(target: &Target, connections: u32) -> Result<(usize, f64)> {
    let threads: Vec<_> = (0..connections)
        .map(|_| {
            let target = target.clone();
            thread::spawn(move || pieces(&target))
        })
        .collect();
    let (mut length, mut sum) = (0, 0.0);
    for thread in threads {
        let (one, bytes) = thread.join().expect("a connection's thread does not panic")?;
        length = one;
        sum += bytes;
    }
    Ok((length, sum))
}

fn pieces(target: &Target) -> Result<(usize, f64)> {
    let mut connection = Connection::open(target.address)?;
    let mut caller = Caller::new(target.signer.clone(), target.address.to_string());
    let path = loop {
        connection.exchange(caller.next_request())?;
        let document = String::from_utf8_lossy(connection.body()).into_owned();
        if let Some(path) = between(&document, "<Play>", "</Play>") {
            break path.replace("&amp;", "&");
        }
        caller.hear(document.as_bytes())?;
    };
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", target.address);
    let length = connection.exchange(request.as_bytes())?;
    let (start, mut bytes) = (Instant::now(), 0);
    while start.elapsed() < MEASURED {
        bytes += connection.exchange(request.as_bytes())?;
    }
    Ok((length, bytes as f64 / start.elapsed().as_secs_f64()))
}
