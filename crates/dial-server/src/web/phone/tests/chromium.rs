//! A real Chromium without a window, driven by the DevTools protocol.

use std::process::Stdio;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const NEEDED: &str = "these tests need `chromium` (script/test installs it)";
/// What a browser, or a call in it, may take. A machine that runs other tests meanwhile is slow.
const PATIENCE: Duration = Duration::from_secs(90);

pub(super) struct Chromium {
    process: Child,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: Option<String>,
    next: u64,
    /// What the page's console and the browser complained of.
    pub(super) complaints: Vec<String>,
    _profile: tempfile::TempDir,
}

impl Chromium {
    /// Starts it with an empty page.
    pub(super) async fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut process = Command::new("chromium")
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--disable-background-networking", "--remote-debugging-port=0"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect(NEEDED);
        let mut rows = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = async {
            while let Some(row) = rows.next_line().await.unwrap() {
                if let Some(address) = row.strip_prefix("DevTools listening on ") {
                    return address.to_owned();
                }
            }
            panic!("{NEEDED}: it has ended");
        };
        let address = tokio::time::timeout(PATIENCE, address).await.expect("Chromium does not begin");
        tokio::spawn(async move { while let Ok(Some(_)) = rows.next_line().await {} });
        let (socket, _) = connect_async(address).await.unwrap();
        let (session, complaints) = (None, Vec::new());
        let mut chromium = Self { process, socket, session, next: 0, complaints, _profile: profile };
        let target = chromium.ask("Target.createTarget", json!({ "url": "about:blank" })).await;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = chromium.ask("Target.attachToTarget", attach).await;
        chromium.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page.enable", "Runtime.enable", "Log.enable"] {
            chromium.ask(domain, json!({})).await;
        }
        chromium
    }

    /// Asks the browser for something.
    pub(super) async fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let mut message = json!({ "id": self.next, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.socket.send(Message::Text(message.to_string().into())).await.unwrap();
        loop {
            let next = tokio::time::timeout(PATIENCE, self.socket.next()).await;
            let next = next.unwrap_or_else(|_| panic!("no answer to {message}")).unwrap().unwrap();
            let Message::Text(text) = next else { continue };
            let told: Value = serde_json::from_str(&text).unwrap();
            if told["id"] == self.next {
                assert!(told["error"].is_null(), "{message}: {}", told["error"]);
                return told["result"].clone();
            }
            match told["method"].as_str() {
                Some("Log.entryAdded") => self.complaints.push(told["params"]["entry"].to_string()),
                Some("Runtime.exceptionThrown") => self.complaints.push(told["params"].to_string()),
                _ => {}
            }
        }
    }

    /// What a script comes to; a promise is waited for.
    pub(super) async fn run(&mut self, script: &str) -> Value {
        let params = json!({ "expression": script, "awaitPromise": true, "returnByValue": true });
        let told = self.ask("Runtime.evaluate", params).await;
        assert!(told["exceptionDetails"].is_null(), "{script}: {}", told["exceptionDetails"]);
        told["result"]["value"].clone()
    }

    /// Goes to an address, and waits until the page is there.
    pub(super) async fn go(&mut self, address: &str) {
        self.ask("Page.navigate", json!({ "url": address })).await;
        let complete = format!("location.href === {address:?} && document.readyState === \"complete\"");
        self.until_anew(&complete).await;
    }

    /// Waits until something is true of the page.
    pub(super) async fn until(&mut self, what: &str) {
        let script = format!(
            "new Promise((done) => {{ const look = () => {{ if ({what}) done(true); }};
             new MutationObserver(look).observe(document, {{ subtree: true, childList: true, attributes: true, characterData: true }});
             look(); }})"
        );
        assert_eq!(self.run(&script).await, true);
    }

    /// The same while the page itself may be replaced.
    async fn until_anew(&mut self, what: &str) {
        let there = async { while self.run(what).await != true {} };
        tokio::time::timeout(PATIENCE, there).await.expect("the page is not there");
    }

    /// Presses a key of the keyboard.
    pub(super) async fn press(&mut self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, None),
            "Enter" => (13, Some("\r")),
            other => (i64::from(other.as_bytes()[0]), Some(other)),
        };
        let mut down = json!({ "type": "keyDown", "key": key, "windowsVirtualKeyCode": code });
        if let Some(text) = text {
            down["text"] = text.into();
        }
        self.ask("Input.dispatchKeyEvent", down).await;
        let up = json!({ "type": "keyUp", "key": key, "windowsVirtualKeyCode": code });
        self.ask("Input.dispatchKeyEvent", up).await;
    }

    /// Ends it, and all that it has started.
    pub(super) async fn end(mut self) {
        self.session = None;
        self.ask("Browser.close", json!({})).await;
        let _ = tokio::time::timeout(PATIENCE, self.process.wait()).await;
    }
}
