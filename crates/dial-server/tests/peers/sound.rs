//! What the line says, and whether a telephone heard just that.

use std::path::Path;
use std::process::Command;

use dial_audio::{alaw, g711};

use crate::line::Line;
use crate::program::{run, text};

/// Samples of a second on the telephone.
pub(crate) const SECOND: usize = 8_000;

/// Samples of 20 ms.
const FRAME: usize = SECOND / 50;

/// What `dial call` hears of the same line in its first seconds, as a telephone in Europe hears it.
pub(crate) fn expected(line: &Line) -> Vec<i16> {
    assert_eq!(g711::encode(0), 0xff);
    let record = line.folder().join("expected.wav");
    let mut dial = Command::new(env!("CARGO_BIN_EXE_dial"));
    dial.current_dir(line.folder())
        .args(["call", "--config", "dial.toml", "--for", "6", "--record"])
        .arg(&record);
    let output = run(dial.env_remove("DIAL_CONFIG"));
    assert!(output.status.success(), "{}", text(&output));
    let bytes = std::fs::read(record).unwrap();
    samples_of(&bytes).iter().map(|byte| alaw::decode(alaw::FROM_MULAW[usize::from(*byte)])).collect()
}

/// The samples in a WAV of 16 bits; of one that is still being written, those that there are.
pub(crate) fn heard(wav: &Path) -> Vec<i16> {
    let bytes = std::fs::read(wav).unwrap_or_default();
    samples_of(&bytes).chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect()
}

fn samples_of(wav: &[u8]) -> &[u8] {
    let data = wav.windows(4).position(|word| word == b"data");
    data.and_then(|at| wav.get(at + 8..)).unwrap_or_default()
}

/// For how many samples the menu was heard just as it was sent.
///
/// A telephone begins with what comes while its ear is being made ready; from the first loud sound on nothing
/// may differ.
pub(crate) fn same(heard: &[i16], expected: &[i16]) -> usize {
    let loud = expected.iter().position(|sample| sample.unsigned_abs() > 500).unwrap();
    let mark = &expected[loud..loud + 400];
    let at = heard.windows(mark.len()).position(|part| part == mark).expect("the menu was heard");
    heard[at..].iter().zip(&expected[loud..]).take_while(|(one, other)| one == other).count()
}

/// Which share of the first four seconds of the menu was heard just as it was sent, in its order, by pieces of
/// 20 ms in which something is said.
pub(crate) fn share(heard: &[i16], expected: &[i16]) -> f64 {
    let loud = expected.iter().position(|sample| sample.unsigned_abs() > 500).unwrap();
    let pieces = expected[loud..loud + 4 * SECOND].chunks_exact(FRAME);
    let said = pieces.filter(|piece| piece.iter().any(|sample| sample.unsigned_abs() > 500));
    let (mut all, mut found, mut rest) = (0, 0, heard);
    for piece in said {
        all += 1;
        if let Some(at) = rest.windows(FRAME).position(|part| part == piece) {
            found += 1;
            rest = &rest[at + FRAME..];
        }
    }
    f64::from(found) / f64::from(all)
}

/// A WAV of a minute in which nothing is said.
pub(crate) fn write_silence(wav: &Path) {
    let mut sox = Command::new("sox");
    sox.args(["-n", "-r", "8000", "-c", "1", "-b", "16"]).arg(wav).args(["trim", "0", "60"]);
    assert!(run(&mut sox).status.success());
}
