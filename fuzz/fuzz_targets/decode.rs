//! Whatever a stranger uploads is played or refused: in bounded time, in bounded memory, and without a panic of ours.
//!
//! A panic of a decoder that we build on is caught and costs only that file, so it is let pass here too.
//! `script/fuzz-seeds` makes a small file of each kind to begin with.
#![no_main]

use std::io::Cursor;
use std::panic;
use std::process::abort;
use std::sync::Once;

use dial_audio::prepare::{PrepareError, prepare};
use libfuzzer_sys::fuzz_target;

static HOOK: Once = Once::new();

fuzz_target!(|bytes: &[u8]| {
    HOOK.call_once(|| {
        panic::set_hook(Box::new(|told| {
            let is_of_ours = told.location().is_none_or(|place| !place.file().contains("/registry/src/"));
            if is_of_ours {
                eprintln!("{told}");
                abort();
            }
        }));
    });
    let mut sink = Vec::new();
    let result = prepare(Box::new(Cursor::new(bytes.to_vec())), None, &mut sink, &mut |_| {});
    let prepared = match result {
        Ok(prepared) => prepared,
        Err(PrepareError::Write(error)) => panic!("memory takes everything: {error}"),
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    assert_eq!(prepared.samples, sink.len() as u64);
    assert!(prepared.silences.iter().all(|silence| silence.start_ms < silence.end_ms));
    assert!(prepared.silences.is_sorted_by_key(|silence| silence.start_ms));
    assert!(prepared.silences.last().is_none_or(|silence| silence.end_ms * 8 <= prepared.samples));
});
