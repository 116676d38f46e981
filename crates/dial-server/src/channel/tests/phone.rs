//! Scripted calls over the way by which the page rings: a page without a screen, on a clock of its own.

use std::collections::VecDeque;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use super::*;
use crate::channel::phone::Phone;
use crate::config;

/// A server that is silent for so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

struct Server {
    host: String,
    time: Arc<AtomicU64>,
    titles: BTreeMap<String, String>,
    phone: Arc<Phone>,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
    _dir: tempfile::TempDir,
}

impl Server {
    async fn start(case: &Case, change: impl FnOnce(&mut Phone)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (line, library, store) = case.line(dir.path(), PromptBook::without_voice());
        let (titles, time) = (titles(&line), Arc::new(AtomicU64::new(0)));
        let config = config::Phone { open_to: config::OpenTo::Everyone, calls: 2 };
        let clock = Clock::from_fn(answered_at);
        let mut phone = Phone::new(vec![line], (library, store), clock, Reports::new().0, config);
        let passed = Arc::clone(&time);
        phone.stopwatch = Stopwatch::from_fn(move || Duration::from_millis(passed.load(Ordering::SeqCst)));
        change(&mut phone);
        let phone = Arc::new(phone);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let routes = crate::web::phone::router(Arc::clone(&phone));
        let task =
            tokio::spawn(async move { axum::serve(crate::web::without_delay(listener), routes).await });
        Self { host, time, titles, phone, task, _dir: dir }
    }

    /// Rings as a page of an origin does; tells the refusal's status if it is refused.
    async fn ring(&self, origin: &str) -> Result<Page, u16> {
        let mut request = format!("ws://{}/phone/st-annes/call", self.host).into_client_request().unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        let story = Story { rows: Vec::new(), titles: self.titles.clone() };
        let time = Arc::clone(&self.time);
        match connect_async_with_config(request, None, true).await {
            Ok((socket, _)) => {
                let (parts, heard) = (VecDeque::new(), Vec::new());
                Ok(Page { socket, story, time, parts, heard, since: 0, keys: 0 })
            }
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    async fn rings(&self) -> Page {
        self.ring(&format!("http://{}", self.host)).await.unwrap_or_else(|status| panic!("{status}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Page {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    story: Story,
    time: Arc<AtomicU64>,
    parts: VecDeque<(u32, Vec<u8>)>,
    heard: Vec<u8>,
    /// Milliseconds since a part has sounded or a key came.
    since: u64,
    keys: u32,
}

impl Page {
    /// Takes one message; false if the line has closed the call.
    async fn take(&mut self) -> bool {
        match tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("the server is silent") {
            Some(Ok(Message::Text(text))) => {
                let value: Value = serde_json::from_str(&text).unwrap();
                if value["event"] != "begins" {
                    self.story.tell(&serde_json::from_value(value).unwrap());
                }
            }
            Some(Ok(Message::Binary(bytes))) => {
                let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
                if number(0) == self.keys {
                    self.parts.push_back((number(4), bytes[8..].to_vec()));
                }
                let ahead: usize = self.parts.iter().map(|(_, sound)| sound.len() / 8).sum();
                assert!(ahead <= 500, "half a second at most is sent ahead");
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => return false,
            Some(Ok(other)) => panic!("{other:?}"),
        }
        true
    }

    async fn tell(&mut self, message: Value) {
        let _ = self.socket.send(Message::Text(message.to_string().into())).await;
    }
}

impl Acts for Page {
    async fn play_until(&mut self, until_ms: u64) -> bool {
        while self.time.load(Ordering::SeqCst) < until_ms {
            let Some((number, mut sound)) = self.parts.pop_front() else {
                if !self.take().await {
                    return false;
                }
                continue;
            };
            let room_ms = until_ms - self.time.load(Ordering::SeqCst);
            let rest = sound.split_off(sound.len().min((room_ms as usize).saturating_mul(8)));
            let ms = sound.len() as u64 / 8;
            self.since += ms;
            self.time.fetch_add(ms, Ordering::SeqCst);
            self.heard.extend(sound);
            if rest.is_empty() {
                self.since = 0;
                self.tell(json!({ "sounded": number })).await;
            } else {
                self.parts.push_front((number, rest));
            }
        }
        true
    }

    async fn press(&mut self, key: char) {
        self.parts.clear();
        self.keys += 1;
        let since = std::mem::take(&mut self.since);
        self.tell(json!({ "press": key.to_string(), "since": since })).await;
        while self.parts.is_empty() && self.take().await {}
    }

    async fn hang_up(&mut self) {
        self.tell(json!({ "hang_up": true, "since": self.since })).await;
        while self.take().await {}
    }
}

#[tokio::test]
async fn every_transcript_goes_as_written_on_the_telephone_of_the_browser() {
    for case in cases() {
        // A browser's caller is nobody whom the line remembers.
        if case.from() == CALLER {
            continue;
        }
        let server = Server::start(&case, |_| {}).await;
        let mut page = server.rings().await;
        act(&case, &mut page).await;
        let (story, sound) = on_the_simulator(&case);
        assert_story(&case, "the telephone of the browser", &page.story.text());
        assert_eq!(page.story.text(), story);
        assert!(page.heard == sound, "{} sounds otherwise than in the simulator", case.name);
    }
}

fn case() -> Case {
    Case {
        name: "a case of its own".into(),
        settings: BTreeMap::from([("recordings".into(), "3".into())]),
        expected: String::new(),
        path: PathBuf::new(),
    }
}

#[tokio::test]
async fn another_page_cannot_ring_and_only_so_many_can_at_a_time() {
    let server = Server::start(&case(), |_| {}).await;
    assert_eq!(server.ring("https://elsewhere.example.org").await.err(), Some(403));
    assert_eq!(server.ring("null").await.err(), Some(403));
    let (mut first, _second) = (server.rings().await, server.rings().await);
    let here = format!("http://{}", server.host);
    assert_eq!(server.ring(&here).await.err(), Some(503));
    first.hang_up().await;
    // The place is given back when the connection has ended, which is a moment after its last word.
    let free = async {
        while server.ring(&here).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, free).await.expect("the place is given back");
}

#[tokio::test]
async fn a_page_that_is_silent_floods_or_sends_nonsense_harms_nobody() {
    let silent = |phone: &mut Phone| phone.patience.idle = Duration::from_millis(300);
    let server = Server::start(&case(), silent).await;
    let mut page = server.rings().await;
    while page.take().await {}

    let server = Server::start(&case(), |_| {}).await;
    let mut page = server.rings().await;
    for text in ["", "{", "null", "{\"press\":\"x\"}", "{\"sounded\":4294967295}"] {
        page.socket.send(Message::Text(text.into())).await.unwrap();
    }
    assert!(page.play_until(2000).await, "what it does not understand is passed over");
    for _ in 0..2000 {
        page.tell(json!({ "sounded": 0 })).await;
    }
    while page.take().await {}
    let mut page = server.rings().await;
    page.tell(json!({ "press": "1".repeat(600) })).await;
    while page.take().await {}
}

#[tokio::test]
async fn when_this_server_stops_the_calls_of_browsers_end() {
    let server = Server::start(&case(), |_| {}).await;
    let mut page = server.rings().await;
    assert!(page.play_until(1000).await);
    server.phone.stop(PATIENCE).await;
    while page.take().await {}
}
