//! The walk through a call's documents, verb by verb, by the provider's rules.
//!
//! It must not know how requests are made, nor how time passes.

use std::collections::HashMap;

use reqwest::Url;

use super::clock::{CallClock, Line, Passed};
use super::http::{Answer, Http, Request, resolve};
use super::media::{Media, is_played};
use super::sound::named;
use super::{APOLOGY, Caller, Failure, Heard, Report};
use crate::channel::transcript::{Happening, Party, TranscriptEvent};
use crate::channel::twiml::document::{Document, DocumentError, Gather, Verb};
use crate::channel::twiml::form::Form;
use crate::channel::twiml::signature::masked;

/// Error numbers for a wrong type of sound, outside and inside a Gather.
const MEDIA_TYPE: u16 = 13420;
const NESTED_MEDIA_TYPE: u16 = 13325;

/// The most warnings that are kept of a call.
const MAX_WARNINGS: usize = 100;

/// A call in progress.
pub(super) struct Call<'a> {
    pub(super) caller: &'a Caller,
    pub(super) http: Http,
    pub(super) clock: CallClock,
    standing: Form,
    pub(super) on_event: &'a mut (dyn FnMut(TranscriptEvent) + Send),
    pub(super) record: Option<&'a mut (dyn FnMut(Heard<'_>) + Send)>,
    pub(super) media: HashMap<Url, Media>,
    /// How many bytes of sound are kept.
    pub(super) kept: usize,
    documents: u32,
    warnings: Vec<String>,
}

/// What a document or a verb leads to.
enum Next {
    Verb,
    Document(Request),
    End(Ending),
}

/// How a call ends.
#[derive(Clone, Copy)]
struct Ending {
    by: Party,
    status: &'static str,
}

impl<'a> Call<'a> {
    pub(super) fn new(
        caller: &'a Caller,
        http: Http,
        clock: CallClock,
        standing: Form,
        on_event: &'a mut (dyn FnMut(TranscriptEvent) + Send),
        record: Option<&'a mut (dyn FnMut(Heard<'_>) + Send)>,
    ) -> Self {
        let (media, warnings) = (HashMap::new(), Vec::new());
        Self { caller, http, clock, standing, on_event, record, media, kept: 0, documents: 0, warnings }
    }

    /// Goes from document to document until somebody hangs up.
    pub(super) async fn run(mut self, answer: &Url, call_sid: String) -> Report {
        let mut failure = None;
        let mut next = match resolve(answer, "", 11100) {
            Ok(url) => Ok(Next::Document(self.request(self.caller.method.clone(), url, None))),
            Err(failure) => Err(failure),
        };
        let ending = loop {
            next = match next {
                Ok(Next::Document(request)) => self.document(request).await,
                Ok(Next::End(ending)) => break ending,
                // Twilio: the end of a document is a hang-up.
                Ok(Next::Verb) => break LINE_HANGS_UP,
                Err(cause @ Failure::TooManyDocuments { .. }) => {
                    failure = Some(cause);
                    break CALLER_HANGS_UP;
                }
                Err(cause) => {
                    failure = Some(cause);
                    Ok(Next::End(self.apologise().await))
                }
            };
        };
        self.tell(Happening::Hangup { by: ending.by });
        self.report_status(ending).await;
        let duration_ms = self.clock.at_ms();
        let Ending { by: ended_by, status } = ending;
        let (documents, warnings) = (self.documents, self.warnings);
        Report { call_sid, duration_ms, ended_by, status, documents, failure, warnings }
    }

    async fn document(&mut self, request: Request) -> Result<Next, Failure> {
        if self.documents == self.caller.max_documents {
            return Err(Failure::TooManyDocuments { documents: self.documents });
        }
        self.documents += 1;
        if let Some(asks) = &self.caller.asks {
            asks(self.clock.at_ms());
        }
        self.forget();
        let answer = self.http.document(request).await?;
        self.clock.answered_now();
        let page = answer.url.clone();
        let document = self.understand(answer)?;
        for warning in &document.warnings {
            self.warn(format!("{warning} in `{}`", masked(page.as_str())));
        }
        for (place, verb) in document.verbs.iter().enumerate() {
            let is_first = place == 0 && self.documents == 1;
            match self.verb(&page, verb, is_first).await? {
                Next::Verb => {}
                next => return Ok(next),
            }
        }
        Ok(Next::Verb)
    }

    /// Twilio: XML and HTML are TwiML; plain text is, if it can be, and is else read aloud; sound is
    /// played.
    fn understand(&mut self, answer: Answer) -> Result<Document, Failure> {
        let url = masked(answer.url.as_str());
        let only = |verb| Document { verbs: vec![verb], warnings: Vec::new() };
        let parsed = match answer.content_type.as_str() {
            "text/xml" | "application/xml" | "text/html" => Document::parse(&answer.body),
            "text/plain" => {
                Document::parse(&answer.body).or_else(|error| match std::str::from_utf8(&answer.body) {
                    Ok(text) if !text.trim().is_empty() => Ok(only(Verb::Say {
                        voice: None,
                        language: None,
                        text: text.trim().to_owned(),
                        times: 1,
                    })),
                    _ => Err(error),
                })
            }
            kind if is_played(kind) => {
                let page = answer.url.clone();
                self.keep(answer)?;
                Ok(only(Verb::Play { url: page.into(), times: 1 }))
            }
            other => Err(DocumentError::ContentType { content_type: named(other) }),
        };
        parsed.map_err(|source| Failure::Document { url, source })
    }

    async fn verb(&mut self, page: &Url, verb: &Verb, is_first: bool) -> Result<Next, Failure> {
        Ok(match verb {
            Verb::Say { .. } | Verb::Play { .. } | Verb::Pause { .. } => {
                self.fetch(page, std::slice::from_ref(verb), MEDIA_TYPE).await?;
                match self.sound(page, verb, Line::IsDeaf).await? {
                    Passed::TimeUp { .. } => Next::End(self.time_up()),
                    _ => Next::Verb,
                }
            }
            Verb::Gather(gather) => self.gather(page, gather).await?,
            Verb::Redirect { url, method } => {
                let url = resolve(page, url, 11100)?;
                Next::Document(self.request(method.clone(), url, None))
            }
            Verb::Hangup => Next::End(LINE_HANGS_UP),
            Verb::Reject { busy } => {
                let refused = if *busy { "busy" } else { "no-answer" };
                Next::End(Ending { by: Party::Line, status: if is_first { refused } else { "completed" } })
            }
        })
    }

    async fn gather(&mut self, page: &Url, gather: &Gather) -> Result<Next, Failure> {
        // Twilio: all files are loaded before the first one plays.
        self.fetch(page, &gather.children, NESTED_MEDIA_TYPE).await?;
        let mut passed = Passed::Whole;
        for child in &gather.children {
            passed = self.sound(page, child, Line::Listens).await?;
            if passed != Passed::Whole {
                break;
            }
        }
        let mut digits = String::new();
        if passed == Passed::Whole {
            let wait_ms = gather.timeout_s * 1000;
            self.tell(Happening::Gather { wait_ms });
            passed = self.silence(wait_ms, Line::Listens).await;
        }
        loop {
            match passed {
                Passed::TimeUp { .. } => return Ok(Next::End(self.time_up())),
                Passed::Key { key, .. } if gather.finish_on_key != Some(key) => digits.push(key),
                Passed::Key { .. } | Passed::Whole => break,
            }
            if gather.num_digits.is_some_and(|enough| digits.len() >= enough as usize) {
                break;
            }
            passed = self.silence(gather.timeout_s * 1000, Line::Listens).await;
        }
        if digits.is_empty() && !gather.action_on_empty_result {
            return Ok(Next::Verb);
        }
        let url = resolve(page, gather.action.as_deref().unwrap_or_default(), 11100)?;
        Ok(Next::Document(self.request(gather.method.clone(), url, Some(digits))))
    }

    async fn apologise(&mut self) -> Ending {
        match self.say(APOLOGY, Line::IsDeaf).await {
            Passed::TimeUp { .. } => self.time_up(),
            _ => LINE_HANGS_UP,
        }
    }

    fn time_up(&mut self) -> Ending {
        if self.clock.at_ms() < super::MAX_CALL_MS {
            return CALLER_HANGS_UP;
        }
        self.warn("32015: the call has reached its maximum duration".to_owned());
        LINE_HANGS_UP
    }

    fn request(&self, method: axum::http::Method, url: Url, digits: Option<String>) -> Request {
        let mut form = self.standing.clone();
        form.push("CallStatus", if self.documents == 0 { "ringing" } else { "in-progress" });
        if let Some(digits) = digits.filter(|digits| !digits.is_empty()) {
            form.push("Digits", &digits);
        }
        Request { method, url, form }
    }

    async fn report_status(&mut self, ending: Ending) {
        let Some(url) = self.caller.status_url.clone() else {
            return;
        };
        let mut form = self.standing.clone();
        form.push("CallStatus", ending.status);
        form.push("CallDuration", &(self.clock.at_ms() / 1000).to_string());
        let request = Request { method: axum::http::Method::POST, url, form };
        if let Err(failure) = self.http.document(request).await {
            self.warn(format!("15003: the status callback has failed: {failure}"));
        }
    }

    pub(super) fn tell(&mut self, what: Happening) {
        (self.on_event)(TranscriptEvent { at_ms: self.clock.at_ms(), what });
    }

    pub(super) fn warn(&mut self, warning: String) {
        if self.warnings.len() < MAX_WARNINGS && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

const LINE_HANGS_UP: Ending = Ending { by: Party::Line, status: "completed" };
const CALLER_HANGS_UP: Ending = Ending { by: Party::Caller, status: "completed" };
