//! Webhooks as providers send them, against a real server on a real socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use dial_core::catalogue::{self, Catalogue, FileName, Recording, RecordingId, When};
use dial_core::language::Language;
use dial_core::phrase::PhraseBook;
use dial_core::session::Rules;
use dial_core::time::Millis;
use dial_core::token::Keyring;
use dial_origin::sound::Sound;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use reqwest::{Client, Method};

use super::form::Form;
use super::signature::{Policy, Scheme, TWILIO_HEADER, Verifier, sign};
use super::{Dialect, Tier, Twiml, TwimlLine, Voice};
use crate::clock::Clock;
use crate::library::Library;
use crate::line::Line;
use crate::prompts::PromptBook;
use crate::report::Reports;
use crate::secret::Secret;
use crate::store::{Store, Writer};

const CALLER: &str = "+441134960123";
/// At this time the clock fails.
const A_FAULT: i64 = -1;
const PUBLIC: &str = "https://phone.example.org";

/// A server with two lines, whose clock the test moves.
struct Server {
    address: String,
    client: Client,
    seconds: Arc<AtomicI64>,
    twiml: Arc<Twiml>,
    store: Arc<Store>,
    writer: Option<Writer>,
    dir: tempfile::TempDir,
}

fn secret(text: &str) -> Secret {
    Secret::new("the test", text).unwrap()
}

fn line(name: &str, numbers: &[&str], title: &str, library: &Library, book: PromptBook) -> TwimlLine {
    let zone = TimeZone::get("Europe/London").unwrap();
    let file = FileName::new(&format!("{name}.mp3")).unwrap();
    let content = format!("content-of-{name}");
    library.add(&[(
        content.clone(),
        Arc::new(Sound::in_memory(&content, Bytes::from(vec![0x55; 8000 * 1800]))),
    )]);
    let recording = Recording {
        id: RecordingId::of(&file),
        file,
        title: Some(title.into()),
        when: When::Unknown,
        sound: catalogue::Sound::plain(Millis::seconds(1800), &content),
    };
    let line = Line::new(name.into(), Rules::default(), PhraseBook::default(), book, zone.clone());
    line.publish(Catalogue::new("St Anne's".into(), zone, vec![recording]));
    TwimlLine {
        line: Arc::new(line),
        numbers: numbers.iter().map(|number| dial_core::call::PhoneNumber::new(number).unwrap()).collect(),
        voice: Voice { name: "Polly.Brian".into(), language: "en-GB".into() },
        speaks_itself: true,
        tier: Tier::Gather,
        dialect: Dialect::Twilio,
        verifier: Verifier {
            scheme: Scheme::twilio(vec![secret("old token"), secret("token")]),
            policy: Policy::Strict,
        },
    }
}

impl Server {
    async fn start() -> Self {
        Self::with("Evensong", PromptBook::without_voice()).await
    }

    async fn with(title: &str, book: PromptBook) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let started: Timestamp = "2022-07-10T12:00:00Z".parse().unwrap();
        let (store, writer) = Store::open(dir.path(), started).unwrap();
        let (library, store) = (Arc::new(Library::default()), Arc::new(store));
        let lines = vec![
            line("st-annes", &["+441134960999"], title, &library, book),
            line("st-johns", &["+441134960888"], "Matins", &library, PromptBook::without_voice()),
        ];
        let seconds = Arc::new(AtomicI64::new(0));
        let passed = Arc::clone(&seconds);
        let clock = Clock::from_fn(move || {
            let seconds = passed.load(Ordering::SeqCst);
            assert!(seconds != A_FAULT, "a fault that the test made");
            started + SignedDuration::from_secs(seconds)
        });
        let keyring = Keyring::new([7; 32], &[]);
        let twiml = Arc::new(Twiml::new(
            lines,
            Arc::clone(&library),
            Arc::clone(&store),
            keyring,
            clock,
            Some(PUBLIC.into()),
            Reports::new().0,
        ));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let routes = crate::web::router(Arc::clone(&twiml), library);
        tokio::spawn(async move { axum::serve(crate::web::without_delay(listener), routes).await });
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client =
            Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { address, client, seconds, twiml, store, writer: Some(writer), dir }
    }

    fn at(&self, seconds: i64) {
        self.seconds.store(seconds, Ordering::SeqCst);
    }

    /// A signed request; its status, type and body.
    async fn post(&self, path: &str, more: &[(&str, &str)]) -> (u16, String, String) {
        self.post_signed(path, more, |url, form| Some(sign(&secret("token"), url, form))).await
    }

    async fn post_signed(
        &self,
        path: &str,
        more: &[(&str, &str)],
        signature: impl Fn(&str, &Form) -> Option<String>,
    ) -> (u16, String, String) {
        let mut form = Form::default();
        let usual =
            [("CallSid", "CA00000000000000000000000000000001"), ("From", CALLER), ("To", "+441134960999")];
        for (name, value) in
            usual.iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name)).chain(more)
        {
            form.push(name, value);
        }
        let mut request = self
            .client
            .request(Method::POST, format!("{}{path}", self.address))
            .header("content-type", "application/x-www-form-urlencoded; charset=UTF-8")
            .body(form.encode());
        if let Some(signature) = signature(&format!("{PUBLIC}{path}"), &form) {
            request = request.header(TWILIO_HEADER, signature);
        }
        let response = request.send().await.unwrap();
        let kind =
            response.headers().get("content-type").map_or("", |kind| kind.to_str().unwrap()).to_owned();
        (response.status().as_u16(), kind, response.text().await.unwrap())
    }

    /// The document of a webhook that is answered as every webhook should be.
    async fn document(&self, path: &str, more: &[(&str, &str)]) -> String {
        let (status, kind, body) = self.post(path, more).await;
        assert_eq!((status, kind.as_str()), (200, "application/xml; charset=utf-8"), "{path}: {body}");
        assert!(super::document::Document::parse(body.as_bytes()).is_ok(), "{body}");
        body
    }

    fn written(mut self, file: &str) -> String {
        self.store.close();
        self.writer.take().unwrap().run();
        std::fs::read_to_string(self.dir.path().join("store").join(file)).unwrap()
    }
}

/// Where a document sends the key.
fn action(document: &str) -> String {
    let rest = document.split("action=\"").nth(1).unwrap();
    rest.split('"').next().unwrap().strip_prefix(PUBLIC).unwrap().to_owned()
}

#[tokio::test]
async fn a_call_is_answered_and_a_key_plays() {
    let server = Server::start().await;
    let offer = server.document("/twiml/st-annes/answer", &[]).await;
    assert!(
        offer.contains("<Say voice=\"Polly.Brian\" language=\"en-GB\">Welcome to St Anne&apos;s.</Say>"),
        "{offer}"
    );
    server.at(5);
    let playing = server.document(&action(&offer), &[("Digits", "1")]).await;
    assert!(playing.contains("/0-600000.wav</Play></Gather>"), "{playing}");
    server.at(5 + 600 + 30);
    let next = server.document(&action(&playing), &[]).await;
    assert!(
        next.contains("/600000-1200000.wav</Play>") && !next.contains("<Say"),
        "no word between pieces: {next}"
    );
}

#[tokio::test]
async fn a_repeated_or_late_webhook_gives_the_same_answer() {
    let server = Server::start().await;
    let offer = server.document("/twiml/st-annes/answer", &[]).await;
    server.at(3);
    assert_eq!(server.document("/twiml/st-annes/answer", &[]).await, offer);
    let playing = server.document(&action(&offer), &[("Digits", "1")]).await;
    server.at(100);
    let seek = server.document(&action(&playing), &[("Digits", "6")]).await;
    server.at(109);
    assert_eq!(server.document(&action(&playing), &[("Digits", "6")]).await, seek);
    let other = server.document(&action(&playing), &[("Digits", "4")]).await;
    assert_ne!(other, seek, "another key is another request");
    server.at(4000);
    let late = server.document(&action(&playing), &[("Digits", "0")]).await;
    assert!(late.contains("You are 10 minutes into 30."), "no later than the piece: {late}");
}

#[tokio::test]
async fn what_is_not_signed_by_the_lines_provider_is_refused() {
    let server = Server::start().await;
    let refused = [
        server.post_signed("/twiml/st-annes/answer", &[], |_, _| None).await,
        server.post_signed("/twiml/st-annes/answer", &[], |_, _| Some("bm90IGEgc2lnbmF0dXJl".into())).await,
        server
            .post_signed("/twiml/st-annes/answer", &[], |url, form| Some(sign(&secret("wrong"), url, form)))
            .await,
        server
            .post_signed("/twiml/st-annes/answer", &[], |_, form| {
                Some(sign(&secret("token"), "https://other.example.org/twiml/st-annes/answer", form))
            })
            .await,
        server.post_signed("/twiml/answer", &[], |_, _| None).await,
        server.post_signed("/twiml/st-annes/status", &[("CallStatus", "completed")], |_, _| None).await,
    ];
    for (status, _, body) in refused {
        assert_eq!(status, 403, "{body}");
        assert!(!body.contains("Response"));
    }
    let rotated = server
        .post_signed("/twiml/st-annes/answer", &[], |url, form| Some(sign(&secret("old token"), url, form)));
    assert_eq!(rotated.await.0, 200, "both tokens are believed while one is changed for the other");
}

#[tokio::test]
async fn the_called_number_or_the_path_chooses_the_line() {
    let server = Server::start().await;
    for (to, title) in [("+441134960888", "Matins"), ("+441134960999", "Evensong")] {
        let offer = server.document("/twiml/answer", &[("To", to), ("CallSid", to)]).await;
        assert!(offer.contains(&format!("To hear {title}")), "{offer}");
    }
    assert!(
        server.document("/twiml/st-johns/answer", &[("CallSid", "CA3")]).await.contains("To hear Matins")
    );
    for path in ["/twiml/nobody/answer", "/twiml/answer"] {
        let (status, kind, body) = server.post(path, &[("To", "+441134960777")]).await;
        assert_eq!((status, kind.as_str()), (200, "application/xml; charset=utf-8"));
        assert!(body.contains("<Hangup/>") && body.contains("not connected to a line"), "{body}");
    }
}

#[tokio::test]
async fn a_token_of_another_call_or_of_nobody_starts_the_call_anew() {
    let server = Server::start().await;
    let offer = server.document("/twiml/st-annes/answer", &[]).await;
    for (path, call) in [
        (action(&offer), "CA00000000000000000000000000000002"),
        ("/twiml/st-annes/step/v1.0000.AAAA.AAAA".to_owned(), "CA00000000000000000000000000000003"),
        ("/twiml/st-annes/step/..%2f..%2fetc".to_owned(), "CA00000000000000000000000000000004"),
        (action(&offer).replace("st-annes", "st-johns"), "CA00000000000000000000000000000005"),
    ] {
        let anew = server.document(&path, &[("CallSid", call), ("Digits", "1")]).await;
        assert!(anew.contains("Welcome to St Anne&apos;s."), "{path}: {anew}");
    }
    server.at(7 * 3600);
    let expired = server.document(&action(&offer), &[("Digits", "1")]).await;
    assert!(expired.contains("Welcome to"), "{expired}");
}

#[tokio::test]
async fn a_fault_of_ours_is_answered_politely_in_the_lines_voice() {
    let server = Server::start().await;
    server.at(A_FAULT);
    let (status, kind, body) = server
        .post_signed("/twiml/st-annes/answer", &[], |url, form| Some(sign(&secret("token"), url, form)))
        .await;
    assert_eq!((status, kind.as_str()), (200, "application/xml; charset=utf-8"));
    assert!(
        body.contains("<Say voice=\"Polly.Brian\"")
            && body.contains("having some trouble")
            && body.contains("<Hangup/>"),
        "{body}"
    );
}

#[tokio::test]
async fn a_webhook_that_lacks_its_call_is_answered_politely() {
    let server = Server::start().await;
    for call in ["", "a b"] {
        let body = server.document("/twiml/st-annes/answer", &[("CallSid", call)]).await;
        assert!(body.contains("having some trouble") && body.contains("<Hangup/>"), "{body}");
    }
    let huge = "x".repeat(70_000);
    let (status, ..) = server.post("/twiml/st-annes/answer", &[("More", &huge)]).await;
    assert_eq!(status, 413);
}

#[tokio::test]
async fn the_fallback_greets_anew_and_does_not_go_round_for_ever() {
    let server = Server::start().await;
    server.document("/twiml/st-annes/answer", &[]).await;
    for _ in 0..3 {
        assert!(
            server.document("/twiml/st-annes/fallback", &[("ErrorCode", "11200")]).await.contains("<Gather")
        );
    }
    let last = server.document("/twiml/st-annes/fallback", &[("ErrorCode", "11200")]).await;
    assert!(last.contains("having some trouble") && last.contains("<Hangup/>"), "{last}");
}

#[tokio::test]
async fn the_status_callback_writes_the_record_and_the_place_by_keyed_hash_only() {
    let server = Server::start().await;
    let offer = server.document("/twiml/st-annes/answer", &[]).await;
    server.at(2);
    let playing = server.document(&action(&offer), &[("Digits", "1")]).await;
    assert_eq!(server.twiml.going_on(), 1);
    server.at(402);
    let ended = [("CallStatus", "completed"), ("CallDuration", "402")];
    server.document("/twiml/st-annes/status", &ended).await;
    server.document("/twiml/st-annes/status", &ended).await;
    assert_eq!(server.twiml.going_on(), 0);
    assert!(playing.contains("<Play>"));

    server.at(1000);
    let again = server.document("/twiml/st-annes/answer", &[("CallSid", "CA2")]).await;
    assert!(again.contains("Last time, you were 6 minutes into Evensong."), "{again}");
    let withheld =
        server.document("/twiml/st-annes/answer", &[("CallSid", "CA3"), ("From", "anonymous")]).await;
    assert!(withheld.contains("Welcome to"), "{withheld}");

    let calls = server.written("calls.jsonl");
    assert_eq!(calls.matches("\"call\"").count(), 1, "a repeated callback is one call: {calls}");
    assert!(
        calls.contains("\"duration_s\":402,\"cause\":\"caller\"") && !calls.contains("1134960123"),
        "{calls}"
    );
}

#[tokio::test]
async fn any_title_makes_a_well_formed_document_under_the_limit() {
    let long = "Gŵyl & <b>\"Pasg\"</b> ".repeat(14);
    for title in ["\"Come & see\" <now>", "Dydd Gŵyl Dewi 🏴 🎵", "צום תשעה באב", "]]>&#0;", &long]
    {
        let server = Server::with(title, PromptBook::without_voice()).await;
        let offer = server.document("/twiml/st-annes/answer", &[]).await;
        let playing = server.document(&action(&offer), &[("Digits", "1")]).await;
        let help = server.document(&action(&playing), &[("Digits", "0")]).await;
        assert!([&offer, &playing, &help].iter().all(|document| document.len() < 64 * 1024));
    }
}

#[tokio::test]
async fn new_calls_are_turned_away_politely_while_the_line_drains_and_others_go_on() {
    let server = Server::start().await;
    let offer = server.document("/twiml/st-annes/answer", &[]).await;
    server.twiml.drain();
    let turned_away = server.document("/twiml/st-annes/answer", &[("CallSid", "CA9")]).await;
    assert!(turned_away.contains("Please ring again in a little while"), "{turned_away}");
    assert!(server.document(&action(&offer), &[("Digits", "1")]).await.contains("<Play>"));
}

#[tokio::test]
async fn the_lines_own_voice_is_played_and_the_providers_says_what_it_lacks() {
    let server = Server::with("Plough Monday", PromptBook::of(Language::English)).await;
    let document = server.document("/twiml/st-annes/answer", &[]).await;
    assert!(
        document
            .contains("<Say voice=\"Polly.Brian\" language=\"en-GB\">To hear Plough Monday, press 1.</Say>"),
        "{document}"
    );
    let wait = "words=Or+just+wait%2C+and+the+newest+service+will+begin.</Play>";
    assert!(document.contains(wait), "{document}");
    let from = document.find("<Play>").unwrap() + 6;
    let address = &document[from..document[from..].find("</Play>").unwrap() + from];
    let sound = server.client.get(address.replace(PUBLIC, &server.address)).send().await.unwrap();
    assert_eq!(
        (sound.status().as_u16(), &sound.headers()["content-type"]),
        (200, &"audio/wav".parse().unwrap())
    );
    assert!(sound.headers()["cache-control"].to_str().unwrap().contains("immutable"));
    let bytes = sound.bytes().await.unwrap();
    assert!(bytes.starts_with(b"RIFF") && bytes.len() > 8_000, "{}", bytes.len());

    let asked = |path: &str| server.client.get(format!("{}{path}", server.address)).send();
    let changed = asked("/say/st-annes/0123456789abcdef.wav?words=Goodbye.").await.unwrap();
    assert_eq!(
        (changed.status().as_u16(), &changed.headers()["cache-control"]),
        (200, &"no-store".parse().unwrap())
    );
    for unknown in [
        "/say/st-annes/0.wav?words=Plough+Monday.",
        "/say/st-annes/0.wav",
        "/say/nobody/0.wav?words=Goodbye.",
    ] {
        assert_eq!(asked(unknown).await.unwrap().status(), 404, "{unknown}");
    }
}

#[tokio::test]
async fn a_provider_that_could_not_use_the_sound_says_the_words_itself() {
    let server = Server::with("Evensong", PromptBook::of(Language::English)).await;
    assert!(server.document("/twiml/st-annes/answer", &[]).await.contains("/say/st-annes/"));
    let anew = server.document("/twiml/st-annes/fallback", &[("ErrorCode", "11200")]).await;
    assert!(anew.contains("<Say ") && !anew.contains("/say/st-annes/"), "{anew}");
}

#[test]
fn nothing_that_is_logged_of_a_call_names_its_caller_or_its_keys() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let log = crate::logging::captured(|| {
        runtime.block_on(async {
            let server = Server::start().await;
            let offer = server.document("/twiml/st-annes/answer", &[]).await;
            server.document(&action(&offer), &[("Digits", "1")]).await;
            server.document("/twiml/st-annes/step/v1.0000.AAAA.AAAA", &[]).await;
            server.document("/twiml/st-annes/fallback", &[]).await;
            server
                .document("/twiml/st-annes/status", &[("CallStatus", "completed"), ("CallDuration", "60")])
                .await;
            server.post_signed("/twiml/st-annes/answer", &[], |_, _| None).await;
            let step = action(&offer);
            server.post_signed(&step, &[], |_, _| Some("d3Jvbmc=".into())).await;
            server.post("/twiml/answer", &[("To", "+441134960777")]).await;
        });
    });
    assert!(log.contains("A call is answered") && log.contains("refused"), "{log}");
    let ours: String = log.lines().filter(|row| row.contains("dial::")).collect::<Vec<_>>().join("\n");
    crate::logging::assert_clean(&ours);
    for secret in [CALLER, "1134960123", "1134960777", "old token"] {
        assert!(!ours.contains(secret), "{secret} is in the log:\n{ours}");
    }
}
