//! An authority that nobody trusts but the demonstration, and what it certifies.

use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::civil::Date;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;

/// An authority of our own.
pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// Valid for some years around a day.
    pub(super) fn new(today: Date) -> Result<Self> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name.push(DnType::CommonName, "Demonstration Trust");
        params.not_before = date_time_ymd(i32::from(today.year()) - 5, 1, 1);
        params.not_after = date_time_ymd(i32::from(today.year()) + 5, 1, 1);
        Ok(Self(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?))
    }

    /// What has to be trusted.
    pub(super) fn root(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// A certificate for a host, valid from one day to another.
    pub(super) fn certify(&self, host: &str, from: Date, until: Date) -> Result<Arc<CertifiedKey>> {
        let day = |date: Date| {
            date_time_ymd(date.year().into(), date.month().cast_unsigned(), date.day().cast_unsigned())
        };
        let mut params = CertificateParams::new(vec![host.to_owned()])?;
        params.distinguished_name.push(DnType::CommonName, host);
        (params.not_before, params.not_after) = (day(from), day(until));
        let key = KeyPair::generate()?;
        let chain = vec![params.signed_by(&key, &self.0)?.der().clone()];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let key = rustls::crypto::ring::sign::any_supported_type(&key).context("a key of an unknown kind")?;
        Ok(Arc::new(CertifiedKey::new(chain, key)))
    }
}
