//! Twilio's signature: base64 of HMAC-SHA1 over the URL and the sorted form.
//!
//! It must not know the time: this signature carries none, so that the state in our URLs is bound to
//! its call instead.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::super::form::Form;
use super::url::{masked, webhook_urls, without_fragment};
use super::{Refusal, SignedRequest};
use crate::secret::Secret;

/// The signature of a request to `url` with the decoded parameters of a POSTed form; none for a GET.
pub(crate) fn sign(token: &Secret, url: &str, form: &Form) -> String {
    STANDARD.encode(mac(token, without_fragment(url), &appendix(form)))
}

/// Does one of the tokens make the signature that the first of the headers carries?
pub(super) fn check(
    request: &SignedRequest<'_>,
    headers: &[&'static str],
    tokens: &[Secret],
) -> Result<(), Refusal> {
    if tokens.is_empty() {
        return Err(Refusal::NoToken);
    }
    let found = headers.iter().find_map(|name| request.header(name).map(|text| (*name, text)));
    let Some((part, text)) = found else {
        return Err(Refusal::MissingHeader { header: headers.first().copied().unwrap_or_default() });
    };
    let not_base64 = |_| Refusal::Malformed { part, reason: "it is not base64".to_owned() };
    let signature = STANDARD.decode(text.trim()).map_err(not_base64)?;
    let form = request.form().transpose()?;
    let appended = form.as_ref().map(appendix).unwrap_or_default();

    // Every spelling is tried with every token, whatever has matched already.
    let mut right = subtle::Choice::from(0);
    for url in webhook_urls(request.url) {
        for token in tokens {
            right |= mac(token, &url, &appended).as_slice().ct_eq(&signature);
        }
    }
    if !bool::from(right) {
        return Err(Refusal::WrongSignature { url: masked(request.url), keys: tokens.len() });
    }
    if form.is_some() || request.body.is_empty() { Ok(()) } else { check_body(request) }
}

/// Twilio: for a body that is no form, the signed URL carries the body's hash.
fn check_body(request: &SignedRequest<'_>) -> Result<(), Refusal> {
    let url = || masked(request.url);
    let query = request.url.split_once('?').map_or("", |(_, query)| query);
    let query = Form::parse(query.as_bytes())
        .map_err(|error| Refusal::Malformed { part: "query", reason: error.to_string() })?;
    let Some(promised) = query.value("bodySHA256") else {
        return Err(Refusal::UnsignedBody { url: url() });
    };
    let actual = format!("{:x}", Bytes::copy_from_slice(&Sha256::digest(request.body)));
    if bool::from(actual.as_bytes().ct_eq(promised.as_bytes())) {
        Ok(())
    } else {
        Err(Refusal::WrongBody { url: url() })
    }
}

/// Names in byte order, each with its distinct values in order; no separators.
fn appendix(form: &Form) -> String {
    let mut sorted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in form.pairs() {
        sorted.entry(name).or_default().insert(value);
    }
    let pairs = sorted.iter().flat_map(|(name, values)| values.iter().flat_map(move |value| [*name, *value]));
    pairs.collect()
}

fn mac(token: &Secret, url: &str, appended: &str) -> Vec<u8> {
    let mut mac =
        Hmac::<Sha1>::new_from_slice(token.expose().as_bytes()).expect("HMAC takes a key of any length");
    mac.update(url.as_bytes());
    mac.update(appended.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
