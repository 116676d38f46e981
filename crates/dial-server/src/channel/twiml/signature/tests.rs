//! The vectors of the providers' libraries, and the requests that must be refused.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use proptest::prelude::*;

use super::url::stream_urls;
use super::*;

const U: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
const P: &str =
    "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
const P_DOCS: &str =
    "CallSid=CA1234567890ABCDE&Caller=%2B14158675310&Digits=1234&From=%2B14158675310&To=%2B18005551212";
const FORM: &str = "application/x-www-form-urlencoded; charset=UTF-8";

fn secret(text: &str) -> Secret {
    Secret::new("test", text).unwrap()
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&str, &str)| {
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
    };
    pairs.iter().map(pair).collect()
}

fn verify(
    scheme: Scheme,
    url: &str,
    method: &Method,
    pairs: &[(&str, &str)],
    body: &[u8],
    now: i64,
) -> Result<(), Refusal> {
    let headers = headers(pairs);
    let request = SignedRequest { url, method, headers: &headers, body };
    Verifier { scheme, policy: Policy::Strict }.verify(&request, Timestamp::from_second(now).unwrap())
}

fn twilio(url: &str, form: &str, signature: &str) -> Result<(), Refusal> {
    let pairs = [("x-twilio-signature", signature), ("content-type", FORM)];
    verify(Scheme::twilio(vec![secret("12345")]), url, &Method::POST, &pairs, form.as_bytes(), 0)
}

#[test]
fn every_published_form_vector_of_twilio_is_believed() {
    let repeated = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
    let vectors = [
        ("https://example.com/myapp.php?foo=1&bar=2", P_DOCS, "L/OH5YylLD5NRKLltdqwSvS0BnU="),
        (U, P, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (U, P, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com/myapp.php?foo=1&bar=2", P, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", P, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        ("https://mycompany.com:1234/myapp.php?foo=1&bar=2", P, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (U, repeated, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
        (
            "https://mycompany.com/myapp.php?foo=1&bar=2&Body=It%27s+amazing",
            P,
            "TfZzewPq8wqrGlMfyAud8+/IvJ0=",
        ),
        ("https://mycompany.com/myapp.php?foo=1&bar=2&Body=It's+amazing", P, "TfZzewPq8wqrGlMfyAud8+/IvJ0="),
        (
            "https://phone.example.org/v/answer",
            "CallerName=Zo%C3%AB&Digits=&From=%2B441134960000",
            "pmmFIaqVauLkg4cb+sP+OsOGf5s=",
        ),
    ];
    for (number, (url, form, signature)) in vectors.into_iter().enumerate() {
        assert_eq!(twilio(url, form, signature), Ok(()), "vector {number}");
    }
}

#[test]
fn our_own_signatures_are_the_published_ones() {
    let signed = |url, form: &str| sign(&secret("12345"), url, &Form::parse(form.as_bytes()).unwrap());
    assert_eq!(signed(U, P), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    assert_eq!(
        signed("https://mycompany.com:443/myapp.php?foo=1&bar=2#rc=2", P),
        "kvajT1Ptam85bY51eRf/AJRuM3w="
    );
    assert_eq!(signed("http://mycompany.com:80/myapp.php?foo=1&bar=2", P), "0ZXoZLH/DfblKGATFgpif+LLRf4=");
}

#[test]
fn a_get_request_is_signed_over_its_url_alone() {
    let url = "https://phone.example.org/v/answer?CallSid=CA00000000000000000000000000000001&From=%2B441134960000&To=%2B441134960999";
    let pairs = [("x-twilio-signature", "zSuoCIy2Kx6CLlHPOA5yLwhMBTg=")];
    let scheme = Scheme::twilio(vec![secret("12345")]);
    assert_eq!(verify(scheme, url, &Method::GET, &pairs, b"", 0), Ok(()));
}

#[test]
fn a_json_body_is_believed_by_the_hash_in_the_url() {
    let url = format!("{U}&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620");
    let pairs =
        [("x-twilio-signature", "a9nBmqA0ju/hNViExpshrM61xv4="), ("content-type", "application/json")];
    let scheme = Scheme::twilio(vec![secret("12345")]);
    let check = |url: &str, body: &[u8]| verify(scheme.clone(), url, &Method::POST, &pairs, body, 0);
    assert_eq!(check(&url, br#"{"property": "value", "boolean": true}"#), Ok(()));
    assert!(matches!(check(&url, br#"{"property": "other"}"#), Err(Refusal::WrongBody { .. })));

    let unsigned = [
        ("x-twilio-signature", &*sign(&secret("12345"), U, &Form::default())),
        ("content-type", "text/plain"),
    ];
    let verdict = verify(scheme.clone(), U, &Method::POST, &unsigned, b"x", 0);
    assert!(matches!(verdict, Err(Refusal::UnsignedBody { .. })), "{verdict:?}");
}

#[test]
fn signalwire_is_believed_under_its_own_header_and_under_twilios() {
    for header in ["x-signalwire-signature", "x-twilio-signature"] {
        let pairs = [(header, "RSOYDt4T1cUTdK1PDd93/VVr8B8="), ("content-type", FORM)];
        let scheme = Scheme::signalwire(vec![secret("12345")]);
        assert_eq!(verify(scheme, U, &Method::POST, &pairs, P.as_bytes(), 0), Ok(()), "{header}");
    }
}

#[test]
fn a_token_can_be_changed_without_losing_a_call() {
    let pairs = [("x-twilio-signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8="), ("content-type", FORM)];
    let scheme = Scheme::twilio(vec![secret("the-next-one"), secret("12345")]);
    assert_eq!(verify(scheme, U, &Method::POST, &pairs, P.as_bytes(), 0), Ok(()));
}

const TELNYX_KEY: &str = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";
const TELNYX_SIGNATURE: &str =
    "C7lO0YGTl1dw4RRd43ZMV149OTsAoGB0UUkB3czDUSWVqo8exK/IVoDDCo82lCMTfFDeczJsXOWWmYZGPqFNCw==";
const TELNYX_BODY: &[u8] = b"CallSid=v3%3Aabc&Digits=1&From=%2B441134960000";

fn telnyx(time: &str, body: &[u8], now: i64) -> Result<(), Refusal> {
    let pairs =
        [("telnyx-signature-ed25519", TELNYX_SIGNATURE), ("telnyx-timestamp", time), ("content-type", FORM)];
    verify(Scheme::telnyx(&[TELNYX_KEY]).unwrap(), U, &Method::POST, &pairs, body, now)
}

#[test]
fn telnyx_is_believed_within_five_minutes() {
    for now in [1_700_000_000, 1_700_000_300, 1_699_999_700] {
        assert_eq!(telnyx("1700000000", TELNYX_BODY, now), Ok(()));
    }
    assert_eq!(
        telnyx("1700000000", TELNYX_BODY, 1_700_000_301),
        Err(Refusal::Stale { off_s: 301, allowed_s: 300 })
    );
    assert_eq!(
        telnyx("1700000000", TELNYX_BODY, 1_699_999_600),
        Err(Refusal::Stale { off_s: -400, allowed_s: 300 })
    );
}

#[test]
fn telnyx_is_refused_for_another_time_or_body_or_without_headers() {
    assert!(matches!(telnyx("1700000001", TELNYX_BODY, 1_700_000_000), Err(Refusal::WrongSignature { .. })));
    assert!(matches!(telnyx("1700000000", b"Digits=2", 1_700_000_000), Err(Refusal::WrongSignature { .. })));
    assert!(matches!(telnyx("soon", TELNYX_BODY, 1_700_000_000), Err(Refusal::Malformed { .. })));
    let verdict = verify(Scheme::telnyx(&[TELNYX_KEY]).unwrap(), U, &Method::POST, &[], b"", 0);
    assert_eq!(verdict, Err(Refusal::MissingHeader { header: "telnyx-signature-ed25519" }));
    assert!(matches!(Scheme::telnyx(&["AAAA"]), Err(KeyError::WrongLength { bytes: 3 })));
}

#[test]
fn a_refusal_says_why_and_what_to_do_and_shows_no_secret() {
    let url =
        "https://user:pw@phone.example.org/v/answer/abcdefghijklmnopqrstuvwxyz0123?From=%2B441134960000";
    let refusal = twilio(url, P, "AAAA").unwrap_err();
    let text = refusal.to_string();
    assert!(text.contains("`https://phone.example.org/v/answer/***`"), "{text}");
    assert!(refusal.remedy().contains("primary token"));

    assert!(matches!(twilio(U, P, "not base64!"), Err(Refusal::Malformed { .. })));
    assert!(matches!(
        twilio(U, "a=%2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        Err(Refusal::Malformed { part: "body", .. })
    ));
    let missing =
        verify(Scheme::signalwire(vec![secret("12345")]), U, &Method::POST, &[], b"", 0).unwrap_err();
    assert_eq!(missing, Refusal::MissingHeader { header: "x-signalwire-signature" });
    let none = verify(Scheme::twilio(vec![]), U, &Method::POST, &[], b"", 0).unwrap_err();
    assert_eq!(none, Refusal::NoToken);
}

#[test]
fn an_unsigned_request_passes_only_where_the_operator_said_so() {
    let request = SignedRequest { url: U, method: &Method::POST, headers: &HeaderMap::new(), body: b"" };
    let verdict =
        |policy| Verifier { scheme: Scheme::twilio(vec![]), policy }.verify(&request, Timestamp::UNIX_EPOCH);
    assert_eq!(verdict(Policy::Strict), Err(Refusal::NoToken));
    assert_eq!(verdict(Policy::LogOnly), Ok(()));
    assert_eq!(verdict(Policy::Off), Ok(()));
}

#[test]
fn a_stream_may_be_signed_as_wss_or_https_with_or_without_a_slash() {
    let expected = ["wss://h/s", "wss://h/s/", "https://h/s", "https://h/s/"];
    assert_eq!(stream_urls("wss://h/s"), expected);
    assert_eq!(stream_urls("https://h/s/"), expected);
}

#[test]
fn a_url_in_a_log_shows_neither_numbers_nor_tokens_nor_queries() {
    let table = [
        (
            "https://u:p@phone.example.org:8443/v/answer?From=%2B44#x",
            "https://phone.example.org:8443/v/answer",
        ),
        ("https://phone.example.org/from/+441134960000/x", "https://phone.example.org/from/***/x"),
        (
            "https://phone.example.org/audio/2024-05-19/0-1800000.wav",
            "https://phone.example.org/audio/2024-05-19/0-1800000.wav",
        ),
        ("https://phone.example.org", "https://phone.example.org"),
        ("/s/abcdefghijklmnopqrstuvwxyz/", "/s/***/"),
        ("tel:+441134960000", "***"),
    ];
    for (url, shown) in table {
        assert_eq!(masked(url), shown);
    }
}

proptest! {
    #[test]
    fn one_changed_byte_of_the_url_is_refused(at in 0..U.len(), byte in 0x20_u8..0x7f) {
        let mut changed = U.as_bytes().to_vec();
        prop_assume!(changed[at] != byte);
        changed[at] = byte;
        let changed = String::from_utf8(changed).unwrap();
        prop_assert!(twilio(&changed, P, "RSOYDt4T1cUTdK1PDd93/VVr8B8=").is_err(), "{}", changed);
    }

    #[test]
    fn one_changed_byte_of_a_parameter_is_refused(pair in 0..5_usize, at in 0..32_usize, byte in 0x20_u8..0x7f, of_name: bool) {
        let mut pairs = Form::parse(P.as_bytes()).unwrap().pairs().to_vec();
        let text = if of_name { &mut pairs[pair].0 } else { &mut pairs[pair].1 };
        let mut bytes = std::mem::take(text).into_bytes();
        let at = at % bytes.len();
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        *text = String::from_utf8(bytes).unwrap();
        let mut form = Form::default();
        for (name, value) in &pairs {
            form.push(name, value);
        }
        prop_assert!(twilio(U, &form.encode(), "RSOYDt4T1cUTdK1PDd93/VVr8B8=").is_err());
    }
}
