//! Scripted calls over media streams, and what can go wrong with a stream.

use std::sync::Mutex;

use super::provider::{Connect, Provider, Stream};
use super::*;
use crate::channel::stream::Carrier;
use crate::channel::twiml::form::Form;
use crate::channel::twiml::signature::sign;

/// A server whose calls are streamed, and what its callers hear.
async fn streamed(
    case: &Case,
    carrier: Carrier,
    change: impl FnOnce(&mut Twiml),
) -> (Served, Arc<Mutex<Story>>) {
    let story = Arc::new(Mutex::new(Story::default()));
    let told = Arc::clone(&story);
    let dialect = if carrier == Carrier::Telnyx { Dialect::Portable } else { Dialect::Twilio };
    let served =
        Served::start(case, (dialect, Tier::Stream(carrier)), PromptBook::without_voice(), |twiml| {
            twiml.streams.witness = Some(Arc::new(move |_, event| told.lock().unwrap().tell(event)));
            change(twiml);
        })
        .await;
    story.lock().unwrap().titles.clone_from(&served.titles);
    (served, story)
}

async fn on_stream(case: &Case, carrier: Carrier) -> (String, Vec<u8>) {
    let (served, story) = streamed(case, carrier, |_| {}).await;
    let provider = Provider::new(&served, carrier, case.from());
    let connect = provider.ring().await;
    let mut stream = provider.connect(&connect, &served.time).await;
    if act(case, &mut stream).await {
        let after = provider.ask(&connect.redirect, &[]).await;
        assert!(after.contains("<Response><Hangup/></Response>"), "{}: {after}", case.name);
    }
    assert_eq!(served.twiml.going_on(), 0);
    let text = story.lock().unwrap().text();
    (text, std::mem::take(&mut stream.heard))
}

#[tokio::test]
async fn every_transcript_goes_as_written_over_a_media_stream() {
    for case in cases() {
        let (story, sound) = on_stream(&case, Carrier::Twilio).await;
        assert_story(&case, "a media stream", &story);
        assert!(sound == on_the_simulator(&case).1, "{} sounds otherwise than in the simulator", case.name);
    }
}

#[tokio::test]
async fn every_transcript_goes_as_written_over_a_media_stream_of_telnyx() {
    for case in cases() {
        assert_story(&case, "a media stream of Telnyx", &on_stream(&case, Carrier::Telnyx).await.0);
    }
}

/// A caller who listens to the newest service until two minutes into it, over a stream.
async fn listening(carrier: Carrier, change: impl FnOnce(&mut Twiml)) -> (Served, Provider, Connect, Stream) {
    let case = case("sound: plain\nrecordings: 3\ncaller: known");
    let (served, _) = streamed(&case, carrier, change).await;
    let provider = Provider::new(&served, carrier, CALLER);
    let connect = provider.ring().await;
    let mut stream = provider.connect(&connect, &served.time).await;
    assert!(stream.play_until(1000).await);
    stream.press('1').await;
    assert!(stream.play_until(120_000).await);
    (served, provider, connect, stream)
}

fn case(settings: &str) -> Case {
    let settings = settings.lines().map(|row| row.split_once(": ").unwrap());
    Case {
        name: "a case of its own".into(),
        settings: settings.map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        expected: String::new(),
        path: PathBuf::new(),
    }
}

/// Where a document plays on, in milliseconds; and whether it says anything.
fn plays_from(document: &str) -> (u64, bool) {
    let piece = document.split("/audio/").nth(1).unwrap_or_else(|| panic!("{document}"));
    let range = piece.split('/').nth(1).unwrap().split('-').next().unwrap();
    (range.parse().unwrap(), document.contains("<Say"))
}

/// How much of the recording that plays at the end was heard, of a sound that has no silence in it.
fn recording_heard_ms(stream: &Stream) -> u64 {
    stream.heard.iter().rev().take_while(|byte| **byte == PLAIN).count() as u64 / 8
}

#[tokio::test]
async fn a_stream_that_is_cut_goes_on_by_webhooks_from_the_same_place_within_a_part() {
    for carrier in [Carrier::Twilio, Carrier::SignalWire, Carrier::Telnyx] {
        let (served, provider, connect, mut stream) = listening(carrier, |_| {}).await;
        stream.settle().await;
        let heard_ms = recording_heard_ms(&stream);
        drop(stream);
        let after = provider.ask(&connect.redirect, &[]).await;
        let (from_ms, speaks) = plays_from(&after);
        assert!((heard_ms - 100..=heard_ms).contains(&from_ms), "{from_ms} after {heard_ms}");
        assert!(!speaks, "not a word between them: {after}");
        served.time.fetch_add(4000, Ordering::SeqCst);
        assert_eq!(provider.ask(&connect.redirect, &[]).await, after, "a repeated webhook");
        let action = after.split("action=\"").nth(1).unwrap().split('"').next().unwrap();
        let on = provider.ask(action, &[("Digits", "5")]).await;
        assert!(on.contains("Paused"), "the keys are as they were: {on}");
    }
}

#[tokio::test]
async fn a_call_that_comes_back_while_its_stream_seems_to_go_on_ends_the_stream() {
    let (served, provider, connect, mut stream) = listening(Carrier::Twilio, |_| {}).await;
    let (from_ms, _) = plays_from(&provider.ask(&connect.redirect, &[]).await);
    assert!(from_ms > 60_000);
    while stream.take().await {}
    assert_eq!(served.twiml.streams.going_on(), 0);
}

#[tokio::test]
async fn a_stream_that_never_began_leaves_its_call_to_webhooks() {
    let (served, _) = streamed(&case("recordings: 3"), Carrier::Twilio, |_| {}).await;
    let provider = Provider::new(&served, Carrier::Twilio, "anonymous");
    let connect = provider.ring().await;
    let after = provider.ask(&connect.redirect, &[]).await;
    assert!(after.contains("<Gather ") && after.contains("Welcome to"), "{after}");
    let forged = provider.ask(&connect.redirect.replace("/after/v1", "/after/v2"), &[]).await;
    assert!(forged.contains("Welcome to"), "{forged}");
}

#[tokio::test]
async fn where_there_is_no_room_for_a_stream_a_call_goes_by_webhooks_from_the_beginning() {
    let full = |twiml: &mut Twiml| twiml.streams.limits.per_line = 1;
    let (served, provider, connect, stream) = listening(Carrier::Twilio, full).await;
    let answer = format!("{}/twiml/st-annes/answer", served.base);
    let offer = provider.ask(&answer, &[("CallSid", "CA8")]).await;
    assert!(offer.contains("<Gather "), "{offer}");
    drop(stream);
    provider.ask(&connect.redirect, &[]).await;
    let offer = provider.ask(&answer, &[("CallSid", "CA9")]).await;
    assert!(offer.contains("<Connect>"), "{offer}");
}

#[tokio::test]
async fn who_hangs_up_in_a_stream_is_remembered_to_the_tick_and_the_record_tells_it() {
    let (served, provider, _, mut stream) = listening(Carrier::Twilio, |_| {}).await;
    let heard_ms = recording_heard_ms(&stream);
    stream.hang_up().await;
    let caller = served.store.caller(CALLER);
    let place = served.store.memory("st-annes", caller.as_ref()).place.unwrap();
    assert_eq!(u64::from(place.position.0), heard_ms);
    assert_eq!(served.twiml.going_on(), 0);
    let ended = [("CallStatus", "completed"), ("CallDuration", "120")];
    provider.ask(&format!("{}/twiml/st-annes/status", served.base), &ended).await;
    let again = served.store.memory("st-annes", caller.as_ref()).place.unwrap();
    assert_eq!(again.position, place.position, "what is exact is not reckoned anew");
}

#[tokio::test]
async fn a_call_whose_end_is_told_before_its_stream_has_ended_is_over() {
    let (served, provider, _, mut stream) = listening(Carrier::Twilio, |_| {}).await;
    let ended = [("CallStatus", "completed"), ("CallDuration", "120")];
    provider.ask(&format!("{}/twiml/st-annes/status", served.base), &ended).await;
    while stream.take().await {}
    assert_eq!(served.twiml.going_on(), 0);
    let place = served.store.memory("st-annes", served.store.caller(CALLER).as_ref()).place.unwrap();
    assert!(place.position.0.abs_diff(recording_heard_ms(&stream) as u32) <= 100);
}

#[tokio::test]
async fn a_handshake_that_twilio_did_not_sign_is_refused() {
    let (served, _) = streamed(&case("recordings: 3"), Carrier::Twilio, |_| {}).await;
    let provider = Provider::new(&served, Carrier::Twilio, "anonymous");
    let url = provider.ring().await.url;
    let signed = |url: &str| sign(&served.token, url, &Form::default());
    for signature in [None, Some("bm90IGEgc2lnbmF0dXJl".to_owned()), Some(signed("ws://elsewhere/stream"))] {
        assert_eq!(provider.open(&url, signature.as_deref()).await.err(), Some(403));
    }
    let spellings = [url.clone(), format!("{url}/"), url.replace("ws://", "http://")];
    for spelling in spellings {
        assert!(provider.open(&url, Some(&signed(&spelling))).await.is_ok(), "{spelling}");
    }
    let nowhere = url.replace("st-annes", "st-johns");
    assert_eq!(provider.open(&nowhere, Some(&signed(&nowhere))).await.err(), Some(404));
}

#[tokio::test]
async fn a_stream_whose_parameters_are_not_ours_is_ended_without_a_sound() {
    let (served, _) = streamed(&case("recordings: 3"), Carrier::Telnyx, |_| {}).await;
    let provider = Provider::new(&served, Carrier::Telnyx, CALLER);
    let connect = provider.ring().await;
    let ours = connect.parameters.clone();
    let changed = |name: &str, value: &str| {
        let mut parameters = ours.clone();
        parameters.iter_mut().filter(|(key, _)| key == name).for_each(|row| row.1 = value.to_owned());
        parameters
    };
    let step = connect.redirect.rsplit('/').next().unwrap();
    let other = served.store.caller("+441134960124").unwrap();
    for parameters in [
        Vec::new(),
        changed("token", "v1.0000.AAAA.AAAA"),
        // That of the redirect is signed, and for something else.
        changed("token", step),
        changed("caller", other.as_str()),
        changed("caller", ""),
    ] {
        let socket = provider.open(&connect.url, None).await.unwrap();
        let mut stream = Stream::new(socket, Carrier::Telnyx, &served.time);
        stream.begin(&parameters).await;
        assert!(!stream.take().await, "{parameters:?}");
    }
    let mut stream = provider.connect(&connect, &served.time).await;
    assert!(stream.play_until(100).await, "what others tried has not harmed it");
    let mut again = provider.connect(&connect, &served.time).await;
    assert!(!again.take().await, "a token is of use once");
}

#[tokio::test]
async fn messages_that_are_too_large_too_many_or_none_at_all_end_a_stream_and_not_its_call() {
    let silent = |twiml: &mut Twiml| twiml.streams.limits.idle = Duration::from_millis(300);
    let (_served, provider, connect, mut stream) = listening(Carrier::Twilio, silent).await;
    while stream.take().await {}
    assert!(plays_from(&provider.ask(&connect.redirect, &[]).await).0 > 60_000);

    let (_served, provider, connect, mut stream) = listening(Carrier::Twilio, |_| {}).await;
    stream.send(&"x".repeat(17_000)).await;
    while stream.take().await {}
    assert!(plays_from(&provider.ask(&connect.redirect, &[]).await).0 > 60_000);

    let (_served, provider, connect, mut stream) = listening(Carrier::Twilio, |_| {}).await;
    for _ in 0..2000 {
        stream.send("{\"event\":\"mark\",\"mark\":{\"name\":\"0\"}}").await;
    }
    while stream.take().await {}
    assert!(plays_from(&provider.ask(&connect.redirect, &[]).await).0 > 60_000);
}

#[tokio::test]
async fn who_connects_and_says_nothing_is_sent_away_and_only_so_many_may_wait() {
    let impatient = |twiml: &mut Twiml| twiml.streams.limits.start = Duration::from_secs(2);
    let (served, _) = streamed(&case("recordings: 3"), Carrier::Telnyx, impatient).await;
    let provider = Provider::new(&served, Carrier::Telnyx, "anonymous");
    let connect = provider.ring().await;
    let mut waiting = Vec::new();
    let refused = loop {
        match provider.open(&connect.url, None).await {
            Ok(socket) => waiting.push(Stream::new(socket, Carrier::Telnyx, &served.time)),
            Err(status) => break status,
        }
    };
    assert_eq!((refused, waiting.len()), (503, 64));
    for stream in &mut waiting {
        assert!(!stream.take().await);
    }
    assert!(provider.connect(&connect, &served.time).await.play_until(100).await);
}

#[tokio::test]
async fn nonsense_in_a_stream_changes_nothing() {
    let (_served, _, _, mut stream) = listening(Carrier::Twilio, |_| {}).await;
    let heard = stream.heard.len();
    for text in [
        "",
        "{",
        "[]",
        "null",
        "{\"event\":\"start\"}",
        "{\"event\":\"dtmf\",\"dtmf\":{\"digit\":\"Q\"}}",
        "{\"event\":\"mark\",\"mark\":{\"name\":\"99999999999999999999999\"}}",
    ] {
        stream.send(text).await;
    }
    assert!(stream.play_until(125_000).await);
    assert_eq!(stream.heard.len(), heard + 5000 * 8);
}

#[tokio::test]
async fn when_this_server_stops_its_streams_end_and_their_calls_can_go_on_elsewhere() {
    let (served, _, _, mut stream) = listening(Carrier::Twilio, |_| {}).await;
    assert_eq!(served.twiml.going_on(), 1);
    served.twiml.streams.stop(Duration::from_secs(20)).await;
    assert_eq!(served.twiml.streams.going_on(), 0);
    while stream.take().await {}
}
