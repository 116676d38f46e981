//! Pieces as a provider fetches them: over a socket, from the router as it is served.

mod ranges;

use std::sync::Arc;

use axum::body::Bytes;
use dial_audio::{g711, stretch, wav};
use dial_origin::sound::Sound;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method};

use crate::library::Library;

const MS: usize = 2500;
const PIECE: &str = "/audio/2022-06-12.c0ffee/500-1500.wav";
const ETAG: &str = "\"c0ffee-500-1500-100-0\"";

/// Bytes none of whose neighbours are alike.
fn stored() -> Vec<u8> {
    (0..MS * 8).map(|at| (at * 7 % 251) as u8).collect()
}

/// The file that a piece of the stored bytes is.
fn wav_of(sound: &[u8]) -> Vec<u8> {
    [&wav::mulaw_header(sound.len() as u32)[..], sound].concat()
}

fn piece() -> Vec<u8> {
    wav_of(&stored()[4000..12000])
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The status, and the range that is told.
    fn range(&self) -> (u16, &str) {
        (self.status, self.header("content-range"))
    }
}

/// Asks a server that holds one recording.
async fn ask(method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let library = Arc::new(Library::default());
    library.add(&[("c0ffee".into(), Arc::new(Sound::in_memory("c0ffee", Bytes::from(stored()))))]);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, super::router(library)).await });
    // An error only says that a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().no_proxy().build().unwrap();
    let mut request = client.request(method, format!("http://{address}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: response.bytes().await.unwrap().to_vec() }
}

async fn get(path: &str, headers: &[(&str, &str)]) -> Answer {
    ask(Method::GET, path, headers).await
}

fn louder(sound: &[u8], decibels: i8) -> Vec<u8> {
    let table = g711::gain_table(decibels);
    sound.iter().map(|byte| table[usize::from(*byte)]).collect()
}

#[tokio::test]
async fn a_piece_of_audio_is_a_header_with_the_right_lengths_and_exactly_the_stored_bytes() {
    let answer = get(PIECE, &[]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body.len(), 58 + 8000);
    assert_eq!(&answer.body[58..], &stored()[4000..12000]);
    assert_eq!(&answer.body[..4], b"RIFF");
    assert_eq!(&answer.body[8..16], b"WAVEfmt ");
    assert_eq!(answer.body[4..8], (answer.body.len() as u32 - 8).to_le_bytes());
    assert_eq!(answer.body[46..50], 8000u32.to_le_bytes(), "the samples that `fact` tells");
    assert_eq!(answer.body[54..58], 8000u32.to_le_bytes(), "the bytes that `data` tells");
    assert_eq!(answer.header("content-type"), "audio/wav");
    assert_eq!(answer.header("content-length"), "8058");
    assert_eq!(answer.header("accept-ranges"), "bytes");
    assert_eq!(answer.header("etag"), ETAG);
    assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
}

#[tokio::test]
async fn head_has_the_headers_of_get_and_no_body_even_with_a_range() {
    for path in [PIECE.to_owned(), format!("{PIECE}?gain=6"), format!("{PIECE}?speed=1.5&gain=6")] {
        let whole = get(&path, &[]).await;
        for headers in [&[][..], &[("range", "bytes=0-9")]] {
            let head = ask(Method::HEAD, &path, headers).await;
            let told = |answer: &Answer| {
                let mut headers = answer.headers.clone();
                headers.remove("date");
                (answer.status, headers)
            };
            assert_eq!(told(&head), told(&whole), "{path}");
            assert_eq!(head.body, b"");
        }
    }
}

#[tokio::test]
async fn audio_that_the_client_has_is_not_sent_again() {
    let weak = format!("W/{ETAG}");
    let list = format!("\"else\", {weak} , \"more\"");
    for known in [ETAG, &weak, &list, "*"] {
        // Section 13.2.2 of RFC 9110: this comes before any range.
        let answer = get(PIECE, &[("if-none-match", known), ("range", "bytes=0-9")]).await;
        assert_eq!(answer.range(), (304, ""), "{known}");
        assert_eq!(answer.header("etag"), ETAG);
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        assert!(["", "8058"].contains(&answer.header("content-length")), "as of the whole, or not told");
        assert_eq!(answer.body, b"");
    }
    assert_eq!(get(PIECE, &[("if-none-match", "\"else\", W/\"more\"")]).await.body, piece());
}

#[tokio::test]
async fn each_address_of_audio_has_a_validator_of_its_own() {
    let mut tags = Vec::new();
    for piece in ["500-1500.wav", "500-1501.wav", "500-1500.wav?gain=6", "500-1500.wav?speed=1.5"] {
        tags.push(get(&format!("/audio/a.c0ffee/{piece}"), &[]).await.header("etag").to_owned());
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 4);
}

#[tokio::test]
async fn audio_ends_where_the_recording_ends() {
    let answer = get("/audio/a.c0ffee/2000-4294967295.wav", &[]).await;
    assert!(answer.body == wav_of(&stored()[16000..]));
    let last = get("/audio/a.c0ffee/2499-2500.wav", &[]).await;
    assert!(last.body == wav_of(&stored()[19992..]));
}

#[tokio::test]
async fn audio_that_is_not_there_is_not_found() {
    for path in [
        "/audio/a.c0ffee/2500-2600.wav",
        "/audio/a.c0ffee/4294967294-4294967295.wav",
        "/audio/a.unknown/0-1000.wav",
        "/audio/c0ffee/0-1000.wav",
        "/audio/a.c0ffee.more/0-1000.wav",
        "/audio/a./0-1000.wav",
    ] {
        let answer = get(path, &[]).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("cache-control"), "", "{path}");
        assert!(answer.body.ends_with(b".\n"), "{path} is answered in words");
    }
}

#[tokio::test]
async fn an_address_of_audio_that_makes_no_sense_is_refused_in_words() {
    for piece in [
        "0-1000",
        "0-1000.mp3",
        "1000.wav",
        "1000-0.wav",
        "1000-1000.wav",
        "a-b.wav",
        "-1-5.wav",
        "0-4294967296.wav",
        "0-1000.wav?speed=1.25",
        "0-1000.wav?speed=1.1504",
        "0-1000.wav?speed=NaN",
        "0-1000.wav?speed=0",
        "0-1000.wav?gain=5",
        "0-1000.wav?gain=18",
        "0-1000.wav?gain=",
        "0-1000.wav?gain",
        "0-1000.wav?volume=6",
        "%2e%2e%2fetc",
        "%ff-1.wav",
    ] {
        let answer = get(&format!("/audio/a.c0ffee/{piece}"), &[]).await;
        assert_eq!(answer.status, 400, "{piece}");
        assert!(!answer.body.is_empty(), "{piece} is answered in words");
    }
}

#[tokio::test]
async fn audio_at_another_speed_has_exactly_the_stated_length_and_no_ranges() {
    for (speed, factor) in [("0.75", 0.75), ("0.85", 0.85), ("1.15", 1.15), ("1.3", 1.3), ("1.5", 1.5)] {
        for (piece, sound) in [("500-1500", &stored()[4000..12000]), ("0-1", &stored()[..8])] {
            let path = format!("/audio/a.c0ffee/{piece}.wav?speed={speed}");
            let answer = get(&path, &[("range", "bytes=0-9")]).await;
            assert_eq!(answer.range(), (200, ""), "{path}");
            assert_eq!(answer.header("accept-ranges"), "none", "{path}");
            assert_eq!(answer.header("content-length"), answer.body.len().to_string(), "{path}");
            let expected: Vec<u8> = stretch::stretch(sound, factor).flatten().collect();
            assert_eq!(expected.len(), (sound.len() as f64 / factor).round() as usize);
            assert!(answer.body == wav_of(&expected), "{path}");
        }
    }
    assert!(get(&format!("{PIECE}?speed=1"), &[]).await.body == piece());
}

#[tokio::test]
async fn louder_audio_is_the_stored_bytes_mapped_by_a_table_ranges_too() {
    for gain in [-12, -6, 6, 12] {
        // More than two blocks, and an end within one.
        let all = wav_of(&louder(&stored()[..19_800], gain));
        let path = format!("/audio/a.c0ffee/0-2475.wav?gain={gain}");
        let answer = get(&path, &[]).await;
        assert_eq!(answer.header("accept-ranges"), "bytes");
        assert!(answer.body == all, "{gain} dB");
        assert!(answer.body[58..] != stored()[..19_800], "{gain} dB");
        let part = get(&path, &[("range", "bytes=40-16500")]).await;
        assert_eq!(part.range(), (206, "bytes 40-16500/19858"));
        assert!(part.body == all[40..=16500], "{gain} dB");
    }
    assert!(get(&format!("{PIECE}?gain=0"), &[]).await.body == piece());
}

#[tokio::test]
async fn audio_is_changed_in_speed_and_volume_at_once() {
    let answer = get(&format!("{PIECE}?speed=0.75&gain=-6"), &[]).await;
    let stretched: Vec<u8> = stretch::stretch(&stored()[4000..12000], 0.75).flatten().collect();
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    assert!(answer.body == wav_of(&louder(&stretched, -6)));
}
