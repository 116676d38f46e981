//! A certificate of our own from an authority (RFC 8555).
//!
//! That a name is ours is proven on port 443 itself (RFC 8737), so port 80 is not needed.

mod attempts;
mod client;
mod error;
mod kept;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use instant_acme::{
    Account, AuthorizationStatus, ChallengeType, Identifier, NewAccount, NewOrder, Order, OrderStatus,
    RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::crypto::ring::sign::any_ecdsa_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::CertifiedKey;
use tracing::{info, warn};

pub(super) use self::attempts::Attempts;
pub(crate) use self::error::AcmeError;
use self::kept::Folder;
use super::pair::{Pair, PairError};
use super::served::Served;
use crate::config::Https;

/// A whole order may take so long.
const ORDER: Duration = Duration::from_mins(5);
/// One step of it may take so long.
const STEP: RetryPolicy = RetryPolicy::new().timeout(Duration::from_mins(2));

/// Whom we ask for a certificate, and for which names.
#[derive(Debug)]
pub(crate) struct Authority {
    directory: String,
    email: Option<String>,
    domains: Vec<String>,
    ca_file: Option<PathBuf>,
    folder: Folder,
}

impl Authority {
    /// As the configuration says. What is to be kept goes into `secrets/acme` of the data folder.
    pub(crate) fn in_folder(https: &Https, data_dir: &Path) -> Self {
        Self {
            directory: https.acme_directory.clone(),
            email: https.acme_email.clone(),
            domains: https.acme_domains.clone(),
            ca_file: https.acme_ca_file.clone(),
            folder: Folder::new(data_dir.join("secrets/acme")),
        }
    }

    /// The names.
    pub(super) fn domains(&self) -> &[String] {
        &self.domains
    }

    /// The certificate that it gave before, if there is one on the disk.
    pub(crate) fn kept(&self) -> Option<Result<Pair, PairError>> {
        self.folder.certificate()
    }

    /// Asks for a new certificate. While that goes on, `served` answers the authority's challenges.
    pub(super) async fn order(&self, served: &Served) -> Result<Pair, AcmeError> {
        info!(names = self.domains.join(", "), "Asking `{}` for a certificate", self.directory);
        let ordered = tokio::time::timeout(ORDER, self.order_at_leisure(served)).await;
        served.answer(HashMap::new());
        ordered.unwrap_or(Err(AcmeError::Slow))
    }

    async fn order_at_leisure(&self, served: &Served) -> Result<Pair, AcmeError> {
        let account = self.account().await?;
        let names: Vec<_> = self.domains.iter().map(|name| Identifier::Dns(name.clone())).collect();
        let mut order = match account.new_order(&NewOrder::new(&names)).await {
            Ok(order) => order,
            Err(error) => {
                if error::is_unknown_account(&error) {
                    // The next attempt makes a new one.
                    self.folder.forget_account();
                }
                return Err(self.failed(error));
            }
        };
        self.prove(&mut order, served).await?;
        let key = order.finalize().await.map_err(|error| self.failed(error))?;
        let chain = order.poll_certificate(&STEP).await.map_err(|error| self.failed(error))?;
        let pair = Pair::parse("what the authority sent", chain.as_bytes(), key.as_bytes())
            .map_err(AcmeError::Useless)?;
        if !pair.is_for(&self.domains) {
            return Err(AcmeError::OtherNames(pair.certificate.names.join(", ")));
        }
        if let Err(error) = self.folder.keep_certificate(&chain, &key) {
            warn!(%error, "The new certificate is used, and cannot be kept on the disk");
        }
        Ok(pair)
    }

    async fn account(&self) -> Result<Account, AcmeError> {
        let builder = || client::new(self.ca_file.as_deref()).map(Account::builder_with_http);
        if let Some(credentials) = self.folder.account(&self.directory) {
            return builder()?.from_credentials(credentials).await.map_err(|error| self.failed(error));
        }
        let contact = self.email.as_ref().map(|email| format!("mailto:{email}"));
        let contact: Vec<_> = contact.as_deref().into_iter().collect();
        let wanted =
            NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
        let (account, credentials) = builder()?
            .create(&wanted, self.directory.clone(), None)
            .await
            .map_err(|error| self.failed(error))?;
        if let Err(error) = self.folder.keep_account(&credentials) {
            warn!(%error, "The account with the authority cannot be kept on the disk");
        }
        Ok(account)
    }

    /// Answers a challenge for every name that the authority does not know to be ours yet.
    async fn prove(&self, order: &mut Order, served: &Served) -> Result<(), AcmeError> {
        let mut answers = HashMap::new();
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization.map_err(|error| self.failed(error))?;
            if authorization.status != AuthorizationStatus::Pending {
                continue;
            }
            let name = authorization.identifier().to_string();
            let mut challenge =
                authorization.challenge(ChallengeType::TlsAlpn01).ok_or(AcmeError::NoChallenge)?;
            let digest = challenge.key_authorization().digest();
            answers.insert(name.clone(), answer(&name, digest.as_ref())?);
            served.answer(answers.clone());
            challenge.set_ready().await.map_err(|error| self.failed(error))?;
        }
        match order.poll_ready(&STEP).await {
            Ok(OrderStatus::Ready) => Ok(()),
            Ok(_) | Err(instant_acme::Error::Api(_)) => Err(self.why_not(order).await),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// What the authority found when it looked.
    async fn why_not(&self, order: &mut Order) -> AcmeError {
        let mut authorizations = order.authorizations();
        while let Some(Ok(mut authorization)) = authorizations.next().await {
            let name = authorization.identifier().to_string();
            let Ok(state) = authorization.refresh().await else { continue };
            let problems = state.challenges.iter().filter_map(|challenge| challenge.error.clone());
            if let Some(problem) = problems.into_iter().next() {
                return AcmeError::NotOurs { name, problem: instant_acme::Error::Api(problem) };
            }
        }
        AcmeError::NotOurs {
            name: self.domains.join(", "),
            problem: instant_acme::Error::Str("the authority does not say why"),
        }
    }

    fn failed(&self, source: instant_acme::Error) -> AcmeError {
        AcmeError::Failed { directory: self.directory.clone(), source }
    }
}

/// The certificate that proves a name (RFC 8737, section 3).
fn answer(name: &str, digest: &[u8]) -> Result<Arc<CertifiedKey>, AcmeError> {
    let mut params = CertificateParams::new([name.to_owned()]).map_err(AcmeError::Key)?;
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let key = KeyPair::generate().map_err(AcmeError::Key)?;
    let certificate = params.self_signed(&key).map_err(AcmeError::Key)?;
    let der = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    // Not compared with the certificate: rustls reads none whose critical extension it does not know.
    let key = any_ecdsa_type(&der).map_err(|error| AcmeError::Useless(PairError::OtherKey(error)))?;
    Ok(Arc::new(CertifiedKey::new(vec![certificate.der().clone()], key)))
}
