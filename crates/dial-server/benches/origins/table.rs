//! Rows for a person to read.

use std::io::Write;
use std::time::Duration;

pub(crate) fn say(row: &str) {
    let mut output = std::io::stdout().lock();
    let _ = writeln!(output, "{row}").and_then(|()| output.flush());
}

/// The least, the middle and the greatest.
pub(crate) fn spread(times: &[Duration]) -> [Duration; 3] {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let at = |place: usize| sorted.get(place).copied().unwrap_or_default();
    [at(0), at(sorted.len() / 2), at(sorted.len().saturating_sub(1))]
}

/// `name        0.003    0.120    4.870 s`.
pub(crate) fn spread_row(name: &str, times: &[Duration]) -> String {
    let [least, middle, greatest] = spread(times).map(|time| time.as_secs_f64());
    format!("{name:<44}{least:>9.3}{middle:>9.3}{greatest:>9.3}")
}

pub(crate) fn spread_heading(what: &str) -> String {
    format!("{what:<44}    min s median s    max s")
}

/// What we need, what the bare thing needs, and how many times as much that is.
pub(crate) fn ratio_row(name: &str, ours: Duration, bare: Option<(Duration, &str)>) -> String {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    match bare {
        Some((bare, what)) => {
            format!("{name:<44}{:>10.1}{:>10.1}{:>7.1}  {what}", ms(ours), ms(bare), ms(ours) / ms(bare))
        }
        None => format!("{name:<44}{:>10.1}", ms(ours)),
    }
}
