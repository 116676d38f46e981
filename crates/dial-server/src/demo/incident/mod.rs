//! The world of `dial demo --incident`: a CDN and a website on this machine, and certificates for them that
//! are good or have expired. Nothing here is told to anybody; `cli` tells the story.

mod caller;
mod certificates;
mod website;

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use dial_origin::http::Surroundings;
use jiff::ToSpan;
use jiff::civil::Date;

pub(crate) use caller::{Heard, Ringing};
use certificates::Authority;
pub(crate) use website::Website;

/// The name of the CDN, which is nobody's (RFC 6761).
const CDN: &str = "cdn.bellham.test";
/// The name of the church's own website.
const WEBSITE: &str = "www.bellham.test";

/// A certificate, as it is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certificate {
    Good,
    /// It expired two days ago.
    Expired,
}

/// Two places where the recordings come from.
pub(crate) struct World {
    /// The preferred one.
    pub(crate) cdn: Website,
    /// The other.
    pub(crate) website: Website,
    authority: Authority,
    today: Date,
}

impl World {
    /// Both are well, and serve the same folder.
    pub(crate) async fn new(folder: &Path, today: Date) -> Result<Self> {
        let authority = Authority::new(today)?;
        let good = |host| certificate(&authority, host, Certificate::Good, today);
        let cdn = Website::open(CDN, folder, good(CDN)?).await?;
        let website = Website::open(WEBSITE, folder, good(WEBSITE)?).await?;
        Ok(Self { cdn, website, authority, today })
    }

    /// From now on a place presents such a certificate.
    pub(crate) fn present(&self, place: &Website, what: Certificate) -> Result<()> {
        place.present(certificate(&self.authority, place.host, what, self.today)?);
        Ok(())
    }

    /// What the clients of origins need in order to find and to trust both. No configuration can say this.
    pub(crate) fn surroundings(&self) -> Surroundings {
        let here =
            |name: &str| name.ends_with(".bellham.test").then(|| vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]);
        Surroundings { roots: vec![self.authority.root()], hosts: Some(Arc::new(here)) }
    }

    /// Serves both until it is dropped.
    pub(crate) async fn serve(&self) -> Result<()> {
        tokio::try_join!(self.cdn.serve(), self.website.serve()).map(|_| ())
    }
}

fn certificate(
    authority: &Authority,
    host: &str,
    what: Certificate,
    today: Date,
) -> Result<Arc<rustls::sign::CertifiedKey>> {
    let until = match what {
        Certificate::Good => today.saturating_add(60.days()),
        Certificate::Expired => today.saturating_sub(2.days()),
    };
    authority.certify(host, today.saturating_sub(30.days()), until)
}
