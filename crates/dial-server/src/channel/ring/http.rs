//! Requests as a provider makes them: signed, bounded, redirects followed by hand.
//!
//! It must not know what the answers mean.

use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{Method, StatusCode};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, Url};

use super::{Failure, RingError, random_hex};
use crate::channel::twiml::document::{DocumentError, MAX_DOCUMENT};
use crate::channel::twiml::form::Form;
use crate::channel::twiml::signature::{TWILIO_HEADER, masked, sign};
use crate::secret::Secret;

/// The most HTTP redirects that are followed; Twilio: then error 11215.
const MAX_REDIRECTS: usize = 10;
/// How long a connection may take; Twilio's default.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);
/// How long a sound may take to arrive.
const MEDIA_DEADLINE: Duration = Duration::from_mins(2);
/// The longest sound that is taken, in bytes: more than two hours of mu-law.
const MAX_MEDIA: usize = 64 * 1024 * 1024;

/// Asks servers.
pub(super) struct Http {
    client: Client,
    /// For our own machine: a proxy would look for the server on itself.
    direct: Client,
    token: Option<Secret>,
    deadline: Duration,
}

/// What a server answered, and from where in the end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) url: Url,
    /// Lower case, without parameters; empty if the server did not say.
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) form: Form,
}

/// What the asker makes of the answer: it decides how long that may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Document,
    Media,
}

/// A client for servers of this machine.
pub(crate) fn direct() -> Result<Client, RingError> {
    known_clients().map(|(_, direct)| direct)
}

fn known_clients() -> Result<(Client, Client), RingError> {
    // To read the machine's certificates takes as long as a call's documents: once is enough.
    static CLIENTS: OnceLock<(Client, Client)> = OnceLock::new();
    if let Some(clients) = CLIENTS.get() {
        return Ok(clients.clone());
    }
    let clients = clients()?;
    Ok(CLIENTS.get_or_init(|| clients).clone())
}

impl Http {
    pub(super) fn new(token: Option<Secret>, deadline: Duration) -> Result<Self, RingError> {
        let (client, direct) = known_clients()?;
        Ok(Self { client, direct, token, deadline })
    }

    /// Asks for a document.
    pub(super) async fn document(&self, request: Request) -> Result<Answer, Failure> {
        self.within(self.deadline, Kind::Document, request).await
    }

    /// Asks for a sound: a GET without any of the call's parameters.
    pub(super) async fn media(&self, url: Url) -> Result<Answer, Failure> {
        let request = Request { method: Method::GET, url, form: Form::default() };
        self.within(MEDIA_DEADLINE, Kind::Media, request).await
    }

    async fn within(&self, time: Duration, kind: Kind, request: Request) -> Result<Answer, Failure> {
        let url = masked(request.url.as_str());
        let late = |_| Failure::Deadline { url, after_ms: time.as_millis() };
        tokio::time::timeout(time, self.follow(kind, request)).await.map_err(late)?
    }

    async fn follow(&self, kind: Kind, mut request: Request) -> Result<Answer, Failure> {
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(&request).await?;
            let status = response.status();
            let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            match location {
                Some(location) if status.is_redirection() => {
                    redirect(&mut request, location, status)?;
                }
                _ if status.is_success() => return read(kind, request.url, response).await,
                _ => {
                    return Err(Failure::Status { url: masked(request.url.as_str()), status });
                }
            }
        }
        Err(Failure::TooManyRedirects { url: masked(request.url.as_str()) })
    }

    async fn send(&self, request: &Request) -> Result<Response, Failure> {
        let mut url = request.url.clone();
        // Twilio: the fragment holds overrides for the provider; GET appends the form to the query.
        url.set_fragment(None);
        let is_post = request.method == Method::POST;
        if !is_post && !request.form.pairs().is_empty() {
            url.query_pairs_mut().extend_pairs(request.form.pairs());
        }
        let shown = masked(url.as_str());
        let idempotency = random_hex().map_err(|_| Failure::Random { url: shown.clone() })?;
        let mut builder = self.client_for(&url).request(request.method.clone(), url.clone());
        builder = builder.header("i-twilio-idempotency-token", idempotency);
        if is_post {
            let content_type = "application/x-www-form-urlencoded; charset=UTF-8";
            builder = builder.header(CONTENT_TYPE, content_type).body(request.form.encode());
        }
        let nothing = Form::default();
        builder = self.signed(builder, &url, if is_post { &request.form } else { &nothing });
        // Twilio: by default a failed connection is tried once more; the token tells that it is a retry.
        let again = builder.try_clone();
        let sent = match (builder.send().await, again) {
            (Err(error), Some(again)) if error.is_connect() => again.send().await,
            (sent, _) => sent,
        };
        sent.map_err(|error| Failure::Unreachable { url: shown, source: error.without_url() })
    }

    fn signed(&self, builder: RequestBuilder, url: &Url, form: &Form) -> RequestBuilder {
        let Some(token) = &self.token else {
            return builder;
        };
        let mut bare = url.clone();
        // Twilio: user and password are dropped before signing. Neither fails where there is a host.
        let _ = bare.set_username("");
        let _ = bare.set_password(None);
        builder.header(TWILIO_HEADER, sign(token, bare.as_str(), form))
    }

    fn client_for(&self, url: &Url) -> &Client {
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let is_ours = host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        if is_ours { &self.direct } else { &self.client }
    }
}

/// Only http and https can be asked.
pub(super) fn resolve(base: &Url, reference: &str, number: u16) -> Result<Url, Failure> {
    match base.join(reference) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        _ => Err(Failure::Url { number, url: masked(reference) }),
    }
}

/// Twilio: a redirect loses `Digits`; RFC 9110 15.4: only 307 and 308 keep the method.
fn redirect(request: &mut Request, location: &str, status: StatusCode) -> Result<(), Failure> {
    request.url = resolve(&request.url, location, 11216)?;
    if !matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT) {
        request.method = Method::GET;
    }
    let mut form = Form::default();
    for (name, value) in request.form.pairs().iter().filter(|(name, _)| name != "Digits") {
        form.push(name, value);
    }
    request.form = form;
    Ok(())
}

/// Reads an answer; its URL is that of the request, without the parameters that a GET appended.
async fn read(kind: Kind, url: Url, mut response: Response) -> Result<Answer, Failure> {
    let shown = masked(url.as_str());
    let content_type =
        response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let content_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_sound = kind == Kind::Media || content_type.starts_with("audio/");
    let most = if is_sound { MAX_MEDIA } else { MAX_DOCUMENT };
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= most => body.extend_from_slice(&chunk),
            Ok(Some(_)) if is_sound => {
                return Err(Failure::Sound { url: shown, reason: "it is longer than 64 MiB" });
            }
            Ok(Some(_)) => {
                return Err(Failure::Document { url: shown, source: DocumentError::TooLong });
            }
            Ok(None) => {
                return Ok(Answer { url, content_type, body });
            }
            Err(error) => {
                return Err(Failure::Unreachable { url: shown, source: error.without_url() });
            }
        }
    }
}

/// Mozilla's roots besides the machine's own: a machine without any still rings.
fn roots() -> impl Iterator<Item = reqwest::Certificate> {
    let all = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
    all.filter_map(|root| reqwest::Certificate::from_der(root).ok())
}

/// A client that knows the machine's proxy, and one that does not.
fn clients() -> Result<(Client, Client), RingError> {
    // An error only says that a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = || {
        Client::builder()
            .redirect(Policy::none())
            .tls_certs_merge(roots())
            .connect_timeout(CONNECT_DEADLINE)
            .user_agent(concat!("dial/", env!("CARGO_PKG_VERSION")))
    };
    let client = builder().build().map_err(RingError::Client)?;
    let direct = builder().no_proxy().build().map_err(RingError::Client)?;
    Ok((client, direct))
}
