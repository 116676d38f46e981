//! What a program costs: its time, the processor's, and its memory, as the kernel of Linux tells them.

use std::fs;
use std::io::{Error, Result};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The peak is asked for so often; it only grows.
const LOOK: Duration = Duration::from_millis(3);
/// The kernel counts processor time in so many parts of a second.
const TICKS_PER_SECOND: f64 = 100.0;

/// What a program costs.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) wall_s: f64,
    /// In all threads, of the kernel for it too.
    pub(crate) cpu_s: f64,
    pub(crate) peak_mib: f64,
}

impl Cost {
    pub(crate) fn median(costs: &[Self]) -> Self {
        let of = |part: fn(&Self) -> f64| {
            let mut sorted: Vec<f64> = costs.iter().map(part).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            sorted.get(sorted.len() / 2).copied().unwrap_or_default()
        };
        Self {
            wall_s: of(|cost| cost.wall_s),
            cpu_s: of(|cost| cost.cpu_s),
            peak_mib: of(|cost| cost.peak_mib),
        }
    }

    /// The median of the ratios round by round: what else the machine did, it did to both.
    pub(crate) fn ratio(these: &[Self], those: &[Self]) -> Self {
        let ratios = these.iter().zip(those).map(|(this, that)| Self {
            wall_s: this.wall_s / that.wall_s,
            cpu_s: this.cpu_s / that.cpu_s,
            peak_mib: this.peak_mib / that.peak_mib,
        });
        Self::median(&ratios.collect::<Vec<_>>())
    }
}

/// Runs a program to its end.
pub(crate) fn measure(mut command: Command) -> Result<Cost> {
    let (begun, before) = (Instant::now(), of_children()?);
    let mut process = command.stdin(Stdio::null()).spawn()?;
    let mut peak_kib = 0.0;
    let status = loop {
        if let Some(status) = process.try_wait()? {
            break status;
        }
        peak_kib = peak_of(process.id()).unwrap_or(peak_kib);
        sleep(LOOK);
    };
    let wall_s = begun.elapsed().as_secs_f64();
    if !status.success() {
        return Err(Error::other(format!("{command:?} ended with {status}")));
    }
    Ok(Cost { wall_s, cpu_s: of_children()? - before, peak_mib: peak_kib / 1024.0 })
}

/// KiB that were resident at the most: `proc_pid_status(5)`.
fn peak_of(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let row = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    row.split_whitespace().next()?.parse().ok()
}

/// Seconds that all children have computed which have ended: `proc_pid_stat(5)`, fields 16 and 17.
fn of_children() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(13).take(2);
    let ticks: f64 = fields.filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks / TICKS_PER_SECOND)
}
