//! Parts of a piece, as players ask for them.

use super::{Answer, ETAG, PIECE, get, louder, piece, stored, wav_of};

/// The parts of a `multipart/byteranges`: what each says of its range, and its bytes.
fn parts(answer: &Answer) -> Vec<(String, Vec<u8>)> {
    let boundary = answer.header("content-type").strip_prefix("multipart/byteranges; boundary=").unwrap();
    let delimiter = format!("\r\n--{boundary}");
    let find = |bytes: &[u8], wanted: &[u8]| bytes.windows(wanted.len()).position(|there| there == wanted);
    let mut rest = &answer.body[find(&answer.body, delimiter.as_bytes()).unwrap() + delimiter.len()..];
    let mut parts = Vec::new();
    while rest != b"--\r\n" {
        let heading = find(rest, b"\r\n\r\n").unwrap();
        let words = String::from_utf8(rest[..heading].to_vec()).unwrap();
        assert!(words.contains("\r\nContent-Type: audio/wav\r\n"), "{words}");
        let (_, range) = words.split_once("\r\nContent-Range: ").unwrap();
        let end = find(&rest[heading + 4..], delimiter.as_bytes()).unwrap() + heading + 4;
        parts.push((range.to_owned(), rest[heading + 4..end].to_vec()));
        rest = &rest[end + delimiter.len()..];
    }
    parts
}

#[tokio::test]
async fn a_range_is_sent_byte_for_byte() {
    let all = piece();
    let table = [
        ("bytes=0-57", 0..58),
        ("bytes=0-0", 0..1),
        ("bytes=50-99", 50..100),
        ("bytes=58-", 58..8058),
        ("bytes=8057-", 8057..8058),
        ("bytes=-100", 7958..8058),
        ("bytes=-99999", 0..8058),
        ("bytes=8000-99999", 8000..8058),
        ("bytes=100-199,99999-", 100..200),
    ];
    for (range, expected) in table {
        let answer = get(PIECE, &[("range", range)]).await;
        let told = format!("bytes {}-{}/8058", expected.start, expected.end - 1);
        assert_eq!(answer.range(), (206, &*told), "{range}");
        assert_eq!(answer.header("content-length"), expected.len().to_string(), "{range}");
        assert_eq!(answer.header("content-type"), "audio/wav", "{range}");
        assert!(answer.body == all[expected], "{range}");
    }
}

#[tokio::test]
async fn several_ranges_come_as_parts_in_their_order_each_byte_for_byte() {
    for (query, all) in [("", piece()), ("?gain=6", wav_of(&louder(&stored()[4000..12000], 6)))] {
        let answer = get(&format!("{PIECE}{query}"), &[("range", "bytes=4000-4999, 0-99,-1,99999-")]).await;
        assert_eq!(answer.range(), (206, ""));
        assert_eq!(answer.header("content-length"), answer.body.len().to_string());
        let expected = [
            ("bytes 4000-4999/8058".to_owned(), all[4000..5000].to_vec()),
            ("bytes 0-99/8058".to_owned(), all[..100].to_vec()),
            ("bytes 8057-8057/8058".to_owned(), all[8057..].to_vec()),
        ];
        assert!(parts(&answer) == expected);
    }
}

#[tokio::test]
async fn a_range_of_another_version_is_answered_with_the_whole_audio() {
    let range = ("range", "bytes=0-9");
    assert_eq!(get(PIECE, &[range, ("if-range", ETAG)]).await.range(), (206, "bytes 0-9/8058"));
    for other in ["\"else\"", "W/\"c0ffee-500-1500-100-0\"", "Sun, 12 Jun 2022 10:00:00 GMT"] {
        let answer = get(PIECE, &[range, ("if-range", other)]).await;
        assert_eq!(answer.range(), (200, ""), "{other}");
        assert!(answer.body == piece(), "{other}");
    }
}

#[tokio::test]
async fn a_range_beyond_the_end_is_told_the_length_and_not_kept() {
    for range in ["bytes=8058-", "bytes=9000-9999", "bytes=-0"] {
        let answer = get(PIECE, &[("range", range)]).await;
        assert_eq!(answer.range(), (416, "bytes */8058"), "{range}");
        assert_eq!(answer.header("cache-control"), "", "{range}");
        assert_eq!(answer.body, b"");
    }
}

#[tokio::test]
async fn a_range_that_cannot_be_read_is_ignored() {
    for range in ["bytes=x", "bytes=9-1", "bytes 0-9", "bytes=", "minutes=0-1", "bytes=0-9,x", "9"] {
        let answer = get(PIECE, &[("range", range)]).await;
        assert_eq!(answer.range(), (200, ""), "{range}");
        assert!(answer.body == piece(), "{range}");
    }
}
