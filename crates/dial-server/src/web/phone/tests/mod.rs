//! The page in a real browser: a whole call by keyboard alone, what is heard, and what a tool for accessibility says.

mod chromium;
mod sound;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use dial_core::catalogue::{self, Catalogue, FileName, Recording, RecordingId, When};
use dial_core::phrase::PhraseBook;
use dial_core::session::Rules;
use dial_core::time::Millis;
use dial_origin::sound::Sound;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use self::chromium::Chromium;
use self::sound::{assert_same, simulated};
use super::*;
use crate::channel::transcript::{Happening, TranscriptEvent};
use crate::clock::Clock;
use crate::config;
use crate::incident::StatusShelf;
use crate::library::Library;
use crate::prompts::PromptBook;
use crate::report::Reports;
use crate::store::Store;

fn answered_at() -> Timestamp {
    "2022-07-10T12:00:00Z".parse().unwrap()
}

fn line(library: &Library) -> Arc<Line> {
    let zone = TimeZone::get("Europe/London").unwrap();
    let recording = |title: &str| {
        let file = FileName::new(&format!("{title}.mp3")).unwrap();
        let mut sound = vec![0x55; 8000 * 600];
        for (number, tenth) in (1u32..).zip(sound.chunks_mut(800)) {
            tenth[..4].copy_from_slice(&number.to_be_bytes());
        }
        library.add(&[(title.into(), Arc::new(Sound::in_memory(title, Bytes::from(sound))))]);
        let sound = catalogue::Sound::plain(Millis::seconds(600), title);
        Recording { id: RecordingId::of(&file), file, title: Some(title.into()), when: When::Unknown, sound }
    };
    let (phrases, book) = (PhraseBook::default(), PromptBook::without_voice());
    let line = Line::new("st-annes".into(), Rules::default(), phrases, book, zone.clone());
    let recordings = vec![recording("Evensong"), recording("Matins")];
    line.publish(Catalogue::new("St Anne's, Bellham".into(), zone, recordings));
    Arc::new(line)
}

struct Server {
    base: String,
    line: Arc<Line>,
    library: Arc<Library>,
    _dir: tempfile::TempDir,
}

impl Server {
    async fn start() -> Self {
        let (dir, library) = (tempfile::tempdir().unwrap(), Arc::new(Library::default()));
        let (store, line) = (Store::open(dir.path(), answered_at()).unwrap().0, line(&library));
        let config = config::Phone { open_to: config::OpenTo::Machine, calls: 2 };
        let kept = (Arc::clone(&library), Arc::new(store));
        let clock = Clock::from_fn(answered_at);
        let phone = Phone::new(vec![Arc::clone(&line)], kept, clock, Reports::new().0, config);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let status = Arc::new(StatusShelf::new(None, answered_at()));
        let routes = router(Arc::new(phone)).merge(crate::web::status::router(status));
        let service = routes.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(crate::web::without_delay(listener), service).await });
        Self { base, line, library, _dir: dir }
    }
}

#[tokio::test]
async fn the_pages_are_there_for_whom_they_are_open_and_load_only_our_own() {
    let server = Server::start().await;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for path in ["/phone", "/phone/st-annes", "/phone/phone.css", "/phone/phone.js", "/phone/ear.js"] {
        let response = client.get(format!("{}{path}", server.base)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
    }
    assert_eq!(client.get(format!("{}/phone/st-johns", server.base)).send().await.unwrap().status(), 404);
    let elsewhere = client.get(format!("{}/phone", server.base)).header("x-forwarded-for", "192.0.2.7");
    assert_eq!(elsewhere.send().await.unwrap().status(), 403);
}

/// What of the call's events is a key, and when; on the call's own clock.
fn keys(told: &Value) -> Vec<(u64, char)> {
    let events = told.as_array().unwrap().iter().map(|text| text.as_str().unwrap());
    let events = events.filter_map(|text| serde_json::from_str::<TranscriptEvent>(text).ok());
    let key = |event: TranscriptEvent| match event.what {
        Happening::Key { key } => Some((event.at_ms, key)),
        _ => None,
    };
    events.filter_map(key).collect()
}

#[tokio::test]
async fn a_whole_call_by_keyboard_alone_sounds_as_in_the_simulator() {
    let server = Server::start().await;
    let mut chromium = Chromium::start().await;
    // The listener between is a script of its own; the policy is tested beside.
    chromium.ask("Page.setBypassCSP", json!({ "enabled": true })).await;
    let tap = json!({ "source": include_str!("tap.js") });
    chromium.ask("Page.addScriptToEvaluateOnNewDocument", tap).await;
    chromium.go(&format!("{}/phone", server.base)).await;

    chromium.press("Tab").await;
    assert_eq!(chromium.run("document.activeElement.id").await, "call");
    chromium.press("Enter").await;
    chromium.until("document.getElementById('screen').textContent.includes('To hear Evensong')").await;
    assert_eq!(chromium.run("document.getElementById('call').textContent.trim()").await, "Hang up");
    chromium.press("2").await;
    chromium.until("document.getElementById('screen').textContent.includes('♪ Matins, from 0:00')").await;
    chromium.press("6").await;
    chromium.until("document.getElementById('screen').textContent.includes('♪ Matins, from 0:3')").await;
    chromium.press("5").await;
    chromium.until("document.getElementById('screen').textContent.includes('Paused')").await;
    chromium.press("Enter").await;
    chromium.until("document.getElementById('phone').dataset.state === 'idle'").await;
    assert_eq!(chromium.run("document.getElementById('state').textContent").await, "You have hung up.");

    let keys = keys(&chromium.run("window.told").await);
    assert_eq!(keys.iter().map(|(_, key)| *key).collect::<String>(), "265");
    let heard = STANDARD.decode(chromium.run("window.keep()").await.as_str().unwrap()).unwrap();
    // Without the policy it looks for a picture of the page, which is not there.
    chromium.complaints.retain(|complaint| !complaint.contains("favicon.ico"));
    assert_eq!(chromium.complaints, Vec::<String>::new());
    chromium.end().await;
    let samples: Vec<i16> =
        heard.chunks_exact(2).map(|sample| i16::from_le_bytes([sample[0], sample[1]])).collect();
    assert_same(&samples, &simulated(&server.line, &server.library, &keys, answered_at()));
}

#[tokio::test]
async fn the_page_fits_a_narrow_screen_and_a_tool_finds_nothing_wrong_with_it_in_a_call_or_out_of_one() {
    let axe =
        std::env::var_os("DIAL_AXE").map(|file| std::fs::read_to_string(file).expect("axe-core is there"));
    let server = Server::start().await;
    let mut chromium = Chromium::start().await;
    for (width, scheme) in [(320, "light"), (1280, "dark")] {
        let metrics = json!({ "width": width, "height": 640, "deviceScaleFactor": 1, "mobile": false });
        chromium.ask("Emulation.setDeviceMetricsOverride", metrics).await;
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        chromium.ask("Emulation.setEmulatedMedia", features).await;
        chromium.go(&format!("{}/phone/st-annes", server.base)).await;
        assert_eq!(
            chromium
                .run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
                .await,
            true,
            "{width}"
        );
        look(&mut chromium, axe.as_deref()).await;
        chromium.press("Tab").await;
        chromium.press("Enter").await;
        chromium.until("document.getElementById('screen').childElementCount > 0").await;
        look(&mut chromium, axe.as_deref()).await;
        let mut order = Vec::new();
        for _ in 0..13 {
            chromium.press("Tab").await;
            let focused = "document.activeElement.dataset.key ?? document.activeElement.id";
            order.push(chromium.run(focused).await.as_str().unwrap_or_default().to_owned());
        }
        assert_eq!(order.join(" "), "1 2 3 4 5 6 7 8 9 * 0 # screen");
        let small = "[...document.querySelectorAll('button')].filter((key) => key.offsetWidth < 44 || key.offsetHeight < 44).length";
        assert_eq!(chromium.run(small).await, 0);
    }
    assert_eq!(chromium.complaints, Vec::<String>::new(), "nothing is refused by the page's own policy");
    chromium.end().await;
}

/// What axe-core finds. Without it (script/test fetches it) only what this file itself looks at is looked at.
async fn look(chromium: &mut Chromium, axe: Option<&str>) {
    let Some(axe) = axe else { return };
    chromium.run(&format!("{axe}; true")).await;
    let tags = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']";
    let script = format!(
        "axe.run({{ runOnly: {tags} }}).then(({{ violations }}) => violations.map(({{ id, nodes }}) => id + ' ' + nodes.map(({{ html }}) => html)))"
    );
    assert_eq!(chromium.run(&script).await, json!([]));
}
