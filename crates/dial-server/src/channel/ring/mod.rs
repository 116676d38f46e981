//! Ring: a caller for any TwiML server, that behaves as a provider would.
//!
//! It asks for documents, does what they say on a clock of its own, presses the keys of a script and
//! tells what happened. It must not know who answers: our own line and anybody else's are rung alike.

mod clock;
mod failure;
mod http;
mod media;
mod part;
mod sound;
mod walk;

use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
pub(crate) use reqwest::Url;

pub(crate) use clock::{MAX_CALL_MS, Pace};
pub(crate) use failure::{APOLOGY, Failure};
pub(crate) use http::direct;

use super::script::Script;
use super::transcript::{Party, TranscriptEvent};
use super::twiml::form::Form;
use crate::secret::Secret;
use clock::CallClock;
use http::Http;
use walk::Call;

/// How many documents a call asks for before it gives up, unless the caller says otherwise.
pub(crate) const MAX_DOCUMENTS: u32 = 500;
/// How long a request may take with all its redirects; Twilio's ceiling.
pub(crate) const REQUEST_DEADLINE: Duration = Duration::from_secs(15);

/// A withheld number, as it reaches a line.
pub(crate) const WITHHELD: &str = "anonymous";
/// Reserved by Ofcom for drama: nobody's number.
pub(crate) const DIALLED: &str = "+441134960999";

/// Who rings, and how.
#[derive(Clone)]
pub(crate) struct Caller {
    /// The caller's number, sent as it stands.
    pub(crate) from: String,
    /// The number that was dialled, sent as it stands.
    pub(crate) to: String,
    /// `AC` and 32 hexadecimal digits.
    pub(crate) account_sid: String,
    /// Signs the requests; without it they are not signed.
    pub(crate) token: Option<Secret>,
    /// How the first document is asked for.
    pub(crate) method: Method,
    /// Is told when the call has ended.
    pub(crate) status_url: Option<Url>,
    /// The keys that will be pressed.
    pub(crate) script: Script,
    /// Does the call take its time?
    pub(crate) pace: Pace,
    /// When the caller hangs up, in seconds; without it the line must.
    pub(crate) for_seconds: Option<u64>,
    /// How long words take to say, in milliseconds.
    pub(crate) say_ms: fn(&str) -> u64,
    /// When the caller gives up a line that goes round in circles.
    pub(crate) max_documents: u32,
    /// How long each request for a document may take.
    pub(crate) deadline: Duration,
    /// Is told the call's time before each request, in milliseconds: a server's clock may follow it.
    pub(crate) asks: Option<Arc<dyn Fn(u64) + Send + Sync>>,
}

impl Caller {
    /// A silent caller who waits until the line hangs up, with all limits at their defaults.
    pub(crate) fn new(from: &str, to: &str, say_ms: fn(&str) -> u64) -> Self {
        Self {
            from: from.to_owned(),
            to: to.to_owned(),
            account_sid: format!("AC{}", "0".repeat(32)),
            token: None,
            method: Method::POST,
            status_url: None,
            script: Script::default(),
            pace: Pace::default(),
            for_seconds: None,
            say_ms,
            max_documents: MAX_DOCUMENTS,
            deadline: REQUEST_DEADLINE,
            asks: None,
        }
    }

    /// Rings the line at `answer`, and stays until somebody hangs up.
    ///
    /// Each event is told as it happens; a play when it has ended. What is heard goes to `record`, in
    /// order and without gaps. A server that fails does not fail this: what a provider would then play
    /// is in the transcript, and the reason in the report.
    ///
    /// # Errors
    /// When this machine has no HTTP client or no random numbers.
    pub(crate) async fn ring<'a>(
        &'a self,
        answer: &Url,
        on_event: &'a mut (dyn FnMut(TranscriptEvent) + Send),
        record: Option<&'a mut (dyn FnMut(Heard<'_>) + Send)>,
    ) -> Result<Report, RingError> {
        let call_sid = format!("CA{}", random_hex()?);
        let mut standing = Form::default();
        for (name, value) in [
            ("CallSid", call_sid.as_str()),
            ("AccountSid", &self.account_sid),
            ("From", &self.from),
            ("To", &self.to),
            ("Direction", "inbound"),
            ("ApiVersion", "2010-04-01"),
        ] {
            standing.push(name, value);
        }
        let http = Http::new(self.token.clone(), self.deadline)?;
        let clock = CallClock::new(&self.script, self.pace, self.for_seconds);
        let call = Call::new(self, http, clock, standing, on_event, record);
        Ok(call.run(answer, call_sid).await)
    }
}

/// What the caller hears, piece by piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard<'a> {
    /// Words of the line.
    Words {
        /// All of the words, even if a key cut them short.
        text: &'a str,
        /// For how long they were heard, in milliseconds.
        ms: u64,
    },
    /// Sound, as mu-law at 8,000 Hz: exactly what was heard.
    Sound(&'a [u8]),
    /// Nothing, or sound in a format that is not read here.
    Silence {
        /// For how long, in milliseconds.
        ms: u64,
    },
}

/// How a call went.
#[derive(Debug)]
pub(crate) struct Report {
    /// The call's name in every request.
    pub(crate) call_sid: String,
    /// How long it took on its own clock, in milliseconds.
    pub(crate) duration_ms: u64,
    /// Who hung up.
    pub(crate) ended_by: Party,
    /// The provider's word for it: `completed`, `busy` or `no-answer`.
    pub(crate) status: &'static str,
    /// How many documents were asked for.
    pub(crate) documents: u32,
    /// Why the provider would have apologised and hung up.
    pub(crate) failure: Option<Failure>,
    /// What would stand in the provider's log, each line once.
    pub(crate) warnings: Vec<String>,
}

/// Why a call could not even be tried.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RingError {
    /// TLS or the proxy settings of this machine.
    #[error("cannot make an HTTP client")]
    Client(#[source] reqwest::Error),
    /// The system's random numbers.
    #[error("cannot name the call: the system gives no random numbers")]
    Random(#[source] getrandom::Error),
}

/// Beside an answer address of ours lies its status address.
pub(crate) fn status_url(answer: &Url) -> Option<Url> {
    let path = answer.path().strip_suffix("/answer")?;
    let mut status = answer.clone();
    status.set_path(&format!("{path}/status"));
    Some(status)
}

/// 32 hexadecimal digits that nobody has used before.
fn random_hex() -> Result<String, RingError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(RingError::Random)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

#[cfg(test)]
mod tests;
