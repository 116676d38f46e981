//! Every scripted call over SIP and RTP, word for word and byte by byte.

use std::collections::VecDeque;
use std::sync::Arc;

use dial_audio::alaw;
use tokio::task::block_in_place;

use super::{Caller, Exchange};
use crate::channel::tests::{Case, Story, answered_at, assert_story, cases, on_the_simulator, titles};
use crate::channel::transcript::{Happening, Party};
use crate::prompts::PromptBook;

/// So long a caller listens before he takes what has come: it fits into his socket.
const LISTENS_MS: u64 = 1_000;

/// When the first frame goes out.
const FIRST_MS: u64 = 60;

fn wait(mut is_so: impl FnMut() -> bool) {
    while !is_so() {
        std::thread::yield_now();
    }
}

/// The simulator does not count the frame in which something is pressed; over a network it has gone out.
fn forget_last(heard: &mut Vec<u8>) {
    heard.truncate(heard.len() - 160);
}

/// Tells what has happened; and who hung up, once somebody has.
fn told(exchange: &mut Exchange, story: &mut Story) -> Option<Party> {
    let mut by = None;
    while let Ok((_, event)) = exchange.events.try_recv() {
        story.tell(&event);
        if let Happening::Hangup { by: party } = event.what {
            by = Some(party);
        }
    }
    by
}

/// The story, and what was heard, in A-law.
async fn call(case: &Case) -> (String, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    let (line, library, store) = case.line(dir.path(), PromptBook::without_voice());
    let mut story = Story { rows: Vec::new(), titles: titles(&line) };
    let mut exchange = Exchange::of(line, library, store, answered_at()).await;
    let (address, meter) = (exchange.address, exchange.meter.clone());
    // An engine without calls looks for some every 20 ms.
    exchange.pass_until(40);
    let mut caller = block_in_place(|| Caller::ring(address, case.from()));
    block_in_place(|| wait(|| meter.read().granted == 1));

    // The first frame goes out at 60 ms. The frame in which a key is pressed has gone out, and
    // is no time of the call: what follows begins anew.
    let script = case.script();
    let (mut due_ms, mut lost_ms) = (0, FIRST_MS);
    let presses = script.presses().iter().map(|press| {
        due_ms += press.after_ms;
        lost_ms += 20;
        (due_ms.next_multiple_of(20) + lost_ms - 20, press.key)
    });
    let mut presses: VecDeque<(u64, char)> = presses.collect();
    let end_ms = case.limit().map(|limit| u64::from(limit) * 1_000);
    let (mut at_ms, mut keys) = (40, 0);
    let by = loop {
        let end_ms = end_ms.map(|end_ms| end_ms + FIRST_MS + 20 * keys);
        let next_ms = presses.front().map(|(due_ms, _)| *due_ms).into_iter().chain(end_ms).min();
        at_ms = next_ms.map_or(at_ms + LISTENS_MS, |next_ms| next_ms.min(at_ms + LISTENS_MS));
        exchange.pass_until(at_ms);
        caller.listen();
        if let Some(by) = told(&mut exchange, &mut story) {
            break by;
        }
        if end_ms == Some(at_ms) {
            forget_last(&mut caller.heard);
            block_in_place(|| {
                caller.hang_up();
                wait(|| meter.read().granted == 2);
            });
            exchange.pass_until(at_ms + 20);
            break told(&mut exchange, &mut story).expect("the player was told before the next packet");
        }
        while presses.front().is_some_and(|(due_ms, _)| *due_ms <= at_ms) {
            forget_last(&mut caller.heard);
            caller.press(presses.pop_front().expect("it was looked at").1);
            keys += 1;
            block_in_place(|| wait(|| meter.read().keys == keys));
        }
    };
    if by == Party::Line {
        block_in_place(|| caller.is_hung_up());
        block_in_place(|| wait(|| meter.read().granted == 2));
        exchange.pass_until(at_ms + 100);
    }
    let told_late = told(&mut exchange, &mut story);
    assert_eq!(told_late, None, "{}", case.name);
    exchange.stop().await;
    (story.text(), caller.heard)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn every_transcript_goes_as_written_over_sip_and_every_byte_is_heard() {
    for case in cases() {
        let (story, heard) = call(&case).await;
        assert_story(&case, "SIP", &story);
        let expected: Vec<u8> =
            on_the_simulator(&case).1.iter().map(|byte| alaw::FROM_MULAW[usize::from(*byte)]).collect();
        // Not by `assert_eq`: it would print millions of bytes.
        if heard != expected {
            let differs = heard.iter().zip(&expected).position(|(one, other)| one != other);
            panic!("{}: {} of {} bytes, and another at {differs:?}", case.name, heard.len(), expected.len());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn the_place_of_a_caller_is_kept_while_the_call_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let case = cases().into_iter().find(|case| case.name.contains("keys-five-minutes")).unwrap();
    let (line, library, store) = case.line(dir.path(), PromptBook::without_voice());
    let caller_key = store.caller("+441134960123");
    let place = |store: &crate::store::Store| store.memory(&line.name, caller_key.as_ref()).place;
    let mut exchange = Exchange::of(Arc::clone(&line), library, Arc::clone(&store), answered_at()).await;
    let (address, meter) = (exchange.address, exchange.meter.clone());
    exchange.pass_until(40);
    let mut caller = block_in_place(|| Caller::ring(address, "+441134960123"));
    block_in_place(|| wait(|| meter.read().granted == 1));
    exchange.pass_until(1_000);
    caller.press('1');
    block_in_place(|| wait(|| meter.read().keys == 1));
    for second in 2..65 {
        exchange.pass_until(second * 1_000);
        caller.breathe();
        caller.listen();
    }
    block_in_place(|| wait(|| place(&store).is_some()));
    let position = place(&store).unwrap().position;
    // The keys were named before, and told after a minute of the call.
    assert!((30..60).contains(&position.as_seconds()), "{position:?}");
    exchange.stop().await;
}
