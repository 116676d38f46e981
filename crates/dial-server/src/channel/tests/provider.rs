//! A telephone company for tests, as far as media streams go: it plays what it is sent on a clock of its own, tells
//! what has sounded, and presses the caller's keys between two ticks of the sound.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use super::{Acts, Served};
use crate::channel::stream::Carrier;
use crate::channel::twiml::form::Form;
use crate::channel::twiml::signature::{TWILIO_HEADER, sign};
use crate::secret::Secret;

/// A server that is silent for so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);
const CALL: &str = "CA00000000000000000000000000000007";

/// What a document tells of the stream to open.
pub(super) struct Connect {
    pub(super) url: String,
    pub(super) parameters: Vec<(String, String)>,
    /// Where the call goes on afterwards.
    pub(super) redirect: String,
}

/// The webhooks of the company.
pub(super) struct Provider {
    pub(super) carrier: Carrier,
    pub(super) token: Secret,
    base: String,
    from: &'static str,
    client: reqwest::Client,
}

impl Provider {
    pub(super) fn new(served: &Served, carrier: Carrier, from: &'static str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { carrier, token: served.token.clone(), base: served.base.clone(), from, client }
    }

    /// The document of a webhook, which is a whole address.
    pub(super) async fn ask(&self, url: &str, more: &[(&str, &str)]) -> String {
        let mut form = Form::default();
        let usual = [("CallSid", CALL), ("From", self.from), ("To", "+441134960999")];
        usual.iter().chain(more).for_each(|(name, value)| form.push(name, value));
        let request = self.client.post(url).header(TWILIO_HEADER, sign(&self.token, url, &form));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let response = request.body(form.encode()).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.text().await.unwrap()
    }

    /// Rings the line, which asks for a stream.
    pub(super) async fn ring(&self) -> Connect {
        let document = self.ask(&format!("{}/twiml/st-annes/answer", self.base), &[]).await;
        assert!(
            document.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Connect><Stream ")
        );
        assert!(document.ends_with("</Redirect></Response>"), "{document}");
        let rtp = " bidirectionalMode=\"rtp\" bidirectionalCodec=\"PCMU\"";
        assert_eq!(document.contains(rtp), self.carrier == Carrier::Telnyx, "{document}");
        let between = |text: &str, from: &str, to: &str| {
            text.split(from).nth(1).unwrap().split(to).next().unwrap().to_owned()
        };
        let parameter =
            |text: &str| (text.split('"').next().unwrap().into(), between(text, "value=\"", "\""));
        Connect {
            url: between(&document, "url=\"", "\""),
            parameters: document.split("<Parameter name=\"").skip(1).map(parameter).collect(),
            redirect: between(&document, "<Redirect method=\"POST\">", "<"),
        }
    }

    /// Opens a connection; tells the refusal's status if it is refused.
    pub(super) async fn open(&self, url: &str, signature: Option<&str>) -> Result<Socket, u16> {
        let mut request = url.into_client_request().unwrap();
        if let Some(signature) = signature {
            request.headers_mut().insert(TWILIO_HEADER, signature.parse().unwrap());
        }
        match connect_async_with_config(request, None, true).await {
            Ok((socket, _)) => Ok(socket),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// A stream that has begun.
    pub(super) async fn connect(&self, connect: &Connect, time: &Arc<AtomicU64>) -> Stream {
        let signature = sign(&self.token, &connect.url, &Form::default());
        let signed = (self.carrier == Carrier::Twilio).then_some(signature.as_str());
        let socket = self.open(&connect.url, signed).await.unwrap();
        let mut stream = Stream::new(socket, self.carrier, time);
        stream.begin(&connect.parameters).await;
        stream
    }
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

enum Queued {
    Sound(Vec<u8>),
    Mark(String),
}

/// One stream.
pub(super) struct Stream {
    socket: Socket,
    carrier: Carrier,
    queue: VecDeque<Queued>,
    /// The call's clock, which the server's follows.
    time: Arc<AtomicU64>,
    /// What was heard.
    pub(super) heard: Vec<u8>,
    cleared: bool,
    /// From here on the time is told with each mark; before, nothing depends on it, and tests are faster.
    tells_time_from_ms: u64,
}

impl Stream {
    pub(super) fn new(socket: Socket, carrier: Carrier, time: &Arc<AtomicU64>) -> Self {
        let (queue, time) = (VecDeque::new(), Arc::clone(time));
        Self { socket, carrier, queue, time, heard: Vec::new(), cleared: false, tells_time_from_ms: 0 }
    }

    pub(super) fn at_ms(&self) -> u64 {
        self.time.load(Ordering::SeqCst)
    }

    pub(super) async fn begin(&mut self, parameters: &[(String, String)]) {
        let parameters: serde_json::Map<String, Value> =
            parameters.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        let (connected, start) = match self.carrier {
            Carrier::Twilio | Carrier::SignalWire => (
                json!({ "event": "connected", "protocol": "Call", "version": "1.0.0" }),
                json!({ "event": "start", "sequenceNumber": "1", "streamSid": "MZ7", "start": {
                    "streamSid": "MZ7", "accountSid": "AC7", "callSid": CALL, "tracks": ["inbound"],
                    "customParameters": parameters,
                    "mediaFormat": { "encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1 } } }),
            ),
            Carrier::Telnyx => (
                json!({ "event": "connected", "version": "1.0.0" }),
                json!({ "event": "start", "sequence_number": "1", "stream_id": "MZ7", "start": {
                    "user_id": "u7", "call_control_id": CALL, "from": "+441134960123",
                    "custom_parameters": parameters,
                    "media_format": { "encoding": "PCMU", "sample_rate": 8000, "channels": 1 } } }),
            ),
        };
        self.tell(connected).await;
        self.tell(start).await;
    }

    /// Sends a message; that the server has closed already is seen when its messages are read.
    pub(super) async fn tell(&mut self, mut message: Value) {
        let name = if self.carrier == Carrier::Telnyx { "stream_id" } else { "streamSid" };
        if message["event"] != "connected" {
            message[name] = "MZ7".into();
        }
        self.send(&message.to_string()).await;
    }

    pub(super) async fn send(&mut self, text: &str) {
        let _ = self.socket.send(Message::Text(text.into())).await;
    }

    /// Takes one message of the server's; false if it has ended the stream.
    pub(super) async fn take(&mut self) -> bool {
        let message = tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("the server is silent");
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(_)) | Err(_)) | None => return false,
            Some(Ok(other)) => panic!("{other:?}"),
        };
        let message: Value = serde_json::from_str(&text).unwrap();
        let name = if self.carrier == Carrier::Telnyx { "stream_id" } else { "streamSid" };
        assert_eq!(message[name], "MZ7", "{text}");
        match message["event"].as_str().unwrap() {
            "media" => {
                let sound = STANDARD.decode(message["media"]["payload"].as_str().unwrap()).unwrap();
                assert!(sound.len().is_multiple_of(160) && (160..=8000).contains(&sound.len()));
                self.queue.push_back(Queued::Sound(sound));
            }
            "mark" => {
                self.queue.push_back(Queued::Mark(message["mark"]["name"].as_str().unwrap().into()));
                assert!(self.queued_ms() <= 500, "half a second at most is sent ahead");
            }
            "clear" => {
                for queued in std::mem::take(&mut self.queue) {
                    if let Queued::Mark(name) = queued {
                        self.tell_mark(&name).await;
                    }
                }
                self.cleared = true;
            }
            other => panic!("{other}"),
        }
        true
    }

    /// Waits until the server has heard of all that has sounded: then it has sent half a second again.
    pub(super) async fn settle(&mut self) {
        while self.queued_ms() <= 400 {
            match self.queue.pop_front() {
                Some(Queued::Mark(name)) => self.tell_mark(&name).await,
                Some(sound) => {
                    self.queue.push_front(sound);
                    assert!(self.take().await);
                }
                None => assert!(self.take().await),
            }
        }
    }

    fn queued_ms(&self) -> usize {
        let length = |queued: &Queued| if let Queued::Sound(sound) = queued { sound.len() / 8 } else { 0 };
        self.queue.iter().map(length).sum()
    }

    async fn tell_mark(&mut self, name: &str) {
        if self.at_ms() >= self.tells_time_from_ms {
            self.tell_time().await;
        }
        // By hand, for there are hundreds of thousands of them.
        let stream = if self.carrier == Carrier::Telnyx { "stream_id" } else { "streamSid" };
        self.send(&format!(r#"{{"event":"mark","{stream}":"MZ7","mark":{{"name":"{name}"}}}}"#)).await;
    }

    /// The caller is silent; of a real caller's sound comes fifty times a second what comes here once.
    async fn tell_time(&mut self) {
        let at = self.at_ms().to_string();
        let media = json!({ "track": "inbound", "chunk": "1", "timestamp": at, "payload": "/////w==" });
        self.tell(json!({ "event": "media", "media": media })).await;
    }
}

impl Acts for Stream {
    async fn play_until(&mut self, until_ms: u64) -> bool {
        self.tells_time_from_ms = until_ms.saturating_sub(1000);
        while self.at_ms() < until_ms {
            match self.queue.pop_front() {
                None if !self.take().await => return false,
                None => {}
                Some(Queued::Mark(name)) => self.tell_mark(&name).await,
                Some(Queued::Sound(mut sound)) => {
                    let rest = sound
                        .split_off(sound.len().min(((until_ms - self.at_ms()) as usize).saturating_mul(8)));
                    self.time.fetch_add(sound.len() as u64 / 8, Ordering::SeqCst);
                    self.heard.extend(sound);
                    if !rest.is_empty() {
                        self.queue.push_front(Queued::Sound(rest));
                    }
                }
            }
        }
        true
    }

    async fn press(&mut self, key: char) {
        self.tell_time().await;
        self.tell(json!({ "event": "dtmf", "dtmf": { "track": "inbound_track", "digit": key.to_string() } }))
            .await;
        self.cleared = false;
        while !self.cleared && self.take().await {}
    }

    async fn hang_up(&mut self) {
        self.tell_time().await;
        self.tell(json!({ "event": "stop", "stop": { "accountSid": "AC7", "callSid": CALL } })).await;
        while self.take().await {}
    }
}
