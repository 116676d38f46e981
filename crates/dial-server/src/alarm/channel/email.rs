//! By e-mail: one message for one address, over TLS or not at all.
//!
//! It must not know of other addresses: one that is refused keeps nobody else from being told.

use std::path::PathBuf;

use lettre::address::Envelope;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox as Written, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use sha2::{Digest, Sha256};

use super::DEADLINE;
use super::failure::Failure;
use super::kept::Kept;
use super::roots::Roots;
use crate::alarm::notice::Notice;
use crate::config::{Email, MailAddress, Security};
use crate::secret::Secret;

/// One address, and the server that takes mail for it.
pub(super) struct Mailbox {
    server: String,
    port: u16,
    security: Security,
    login: Option<(String, PathBuf)>,
    from: MailAddress,
    to: MailAddress,
    roots: Roots,
    tls: Kept<TlsParameters>,
}

impl Mailbox {
    pub(super) fn new(email: &Email, to: &MailAddress, roots: &Roots) -> Self {
        Self {
            server: email.server.clone(),
            port: email.port,
            security: email.security,
            login: email.user.clone().zip(email.password_file.clone()),
            from: email.from.clone(),
            to: to.clone(),
            roots: roots.clone(),
            tls: Kept::none(),
        }
    }

    pub(super) fn to(&self) -> &MailAddress {
        &self.to
    }

    pub(super) async fn send(&self, notice: &Notice) -> Result<(), Failure> {
        let mail = self.write(notice).map_err(Failure::Mail)?;
        let envelope = Envelope::new(Some(self.from.expose().clone()), vec![self.to.expose().clone()]);
        let sent = self.transport()?.send_raw(&envelope.map_err(Failure::Mail)?, &mail).await;
        if sent.is_err() {
            self.tls.forget();
        }
        sent.map(|_| ()).map_err(Failure::Smtp)
    }

    fn write(&self, notice: &Notice) -> Result<Vec<u8>, lettre::error::Error> {
        let domain = self.from.expose().domain();
        let mailbox = |address: &MailAddress, name: Option<&str>| {
            Written::new(name.map(Into::into), address.expose().clone())
        };
        // The same message has the same name at each try, so that a reader shows it once, and one incident
        // is one thread (RFC 5322, section 3.6.4).
        let thread = format!("<{}@{domain}>", hash(&notice.id));
        let name = hash(&format!("{} {} {}", notice.id, notice.kind.word(), notice.at));
        let message = Message::builder()
            .from(mailbox(&self.from, Some("Phone line")))
            .to(mailbox(&self.to, None))
            .subject(&notice.subject)
            .date(notice.at.into())
            .message_id(Some(format!("<{name}@{domain}>")))
            .references(thread)
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(notice.text() + "\n")?;
        Ok(message.formatted())
    }

    fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, Failure> {
        let tls = self.tls.or_make(|| self.parameters()).map_err(|error| Failure::Client(Box::new(error)))?;
        let tls = match self.security {
            Security::Tls => Tls::Wrapper(tls),
            Security::StartTls => Tls::Required(tls),
        };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.server);
        let mut builder = builder.port(self.port).tls(tls).timeout(Some(DEADLINE));
        if let Some((user, password_file)) = &self.login {
            let password = Secret::from_file(password_file)?;
            builder = builder.credentials(Credentials::new(user.clone(), password.expose().to_owned()));
        }
        Ok(builder.build())
    }

    fn parameters(&self) -> Result<TlsParameters, lettre::transport::smtp::Error> {
        let mut builder = TlsParameters::builder(self.server.clone());
        for root in self.roots.iter() {
            builder = builder.add_root_certificate(Certificate::from_der(root.to_vec())?);
        }
        builder.build()
    }
}

/// RFC 3834, section 5: so that nobody's holiday message answers.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}
