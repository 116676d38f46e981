//! A call as a provider makes it: signed webhooks, each to the address that the last document names.

use std::io::{Error, Result, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// What the caller presses after the greeting; an empty text is silence.
const KEYS: [&str; 6] = ["1", "6", "", "6", "4", ""];
/// So many people ring, again and again.
const CALLERS: u64 = 1000;
/// What a provider sends besides what differs from call to call.
const CONSTANT: [(&str, &str); 14] = [
    ("AccountSid", "AC0123456789abcdef0123456789abcdef"),
    ("ApiVersion", "2010-04-01"),
    ("Called", "+441134960000"),
    ("CalledCity", "Leeds"),
    ("CalledCountry", "GB"),
    ("CalledState", ""),
    ("CalledZip", ""),
    ("CallerCountry", "GB"),
    ("Direction", "inbound"),
    ("FromCountry", "GB"),
    ("StirVerstat", "TN-Validation-Passed-A"),
    ("To", "+441134960000"),
    ("ToCity", "Leeds"),
    ("ToCountry", "GB"),
];

/// Numbers the calls of this process.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Signs as the provider does: base64 of HMAC-SHA1 over the address and the sorted parameters.
#[derive(Clone)]
pub(crate) struct Signer(Hmac<Sha1>);

impl Signer {
    pub(crate) fn new(token: &str) -> Self {
        Self(Hmac::new_from_slice(token.trim().as_bytes()).expect("HMAC takes a key of any length"))
    }

    fn sign(&self, url: &str, sorted: &[(&str, &str)]) -> String {
        let mut mac = self.0.clone();
        mac.update(url.as_bytes());
        for (name, value) in sorted {
            mac.update(name.as_bytes());
            mac.update(value.as_bytes());
        }
        STANDARD.encode(mac.finalize().into_bytes())
    }

    /// A signed request of this form, in place of what `request` held.
    pub(crate) fn write(&self, request: &mut Vec<u8>, host: &str, path: &str, mut form: Vec<(&str, &str)>) {
        form.sort_unstable();
        let signature = self.sign(&format!("http://{host}{path}"), &form);
        let pairs: Vec<String> =
            form.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let body = pairs.join("&");
        request.clear();
        write!(
            request,
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n\
             Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nContent-Length: {}\r\n\
             I-Twilio-Idempotency-Token: 00000000-0000-4000-8000-000000000000\r\nX-Twilio-Signature: {signature}\r\n\r\n{body}",
            body.len()
        )
        .expect("writing to a Vec does not fail");
    }
}

/// One caller after the other, on one connection.
pub(crate) struct Caller {
    signer: Signer,
    host: String,
    call: String,
    from: String,
    /// Where the next request goes; none once the call is over.
    action: Option<String>,
    /// How many keys were pressed; none before the greeting.
    pressed: Option<usize>,
    request: Vec<u8>,
    /// How many calls were begun.
    pub(crate) calls: u64,
}

impl Caller {
    pub(crate) fn new(signer: Signer, host: String) -> Self {
        let mut caller = Self {
            signer,
            host,
            call: String::new(),
            from: String::new(),
            action: None,
            pressed: None,
            request: Vec::with_capacity(2048),
            calls: 0,
        };
        caller.ring();
        caller
    }

    fn ring(&mut self) {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.call = format!("CA{:016x}{number:016x}", since.as_nanos() as u64);
        self.from = format!("+4411349{:05}", number % CALLERS);
        self.action = Some("/twiml/demo/answer".into());
        self.pressed = None;
        self.calls += 1;
    }

    /// Whether the next request ends the call: it is no turn, and is not timed.
    pub(crate) fn is_over(&self) -> bool {
        self.action.is_none() || self.pressed.is_some_and(|pressed| pressed == KEYS.len())
    }

    /// The next request, signed.
    pub(crate) fn next_request(&mut self) -> &[u8] {
        let over = self.is_over();
        let path = match &self.action {
            Some(action) if !over => action,
            _ => "/twiml/demo/status",
        };
        let mut form: Vec<(&str, &str)> = CONSTANT.to_vec();
        form.extend([("CallSid", self.call.as_str()), ("Caller", &self.from), ("From", &self.from)]);
        form.push(("CallStatus", if over { "completed" } else { "in-progress" }));
        if over {
            form.push(("CallDuration", "60"));
        } else if let Some(pressed) = self.pressed {
            form.extend([("Digits", KEYS[pressed]), ("msg", "Gather End"), ("FinishedOnKey", "")]);
        }
        self.signer.write(&mut self.request, &self.host, path, form);
        &self.request
    }

    /// What the answer means for the next request.
    pub(crate) fn hear(&mut self, document: &[u8]) -> Result<()> {
        if self.is_over() {
            self.ring();
            return Ok(());
        }
        let text = std::str::from_utf8(document).map_err(Error::other)?;
        let here = format!("http://{}", self.host);
        let action = between(text, " action=\"", "\"").map(|action| action.replace("&amp;", "&"));
        let action = action.map(|action| action.strip_prefix(&here).map_or(action.clone(), str::to_owned));
        if action.is_none() && self.pressed.is_none() {
            return Err(Error::other(format!("the greeting asks for no key: {text}")));
        }
        self.action = action;
        self.pressed = Some(self.pressed.map_or(0, |pressed| pressed + 1));
        Ok(())
    }
}

/// The text between two marks.
pub(crate) fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

/// The values above hold nothing else that needs it.
fn encode(value: &str) -> String {
    value.replace('+', "%2B").replace(' ', "+")
}
