//! What a server says of a file without sending it (RFC 9110, section 9.3.2).

use reqwest::header::{self, HeaderMap};
use reqwest::{Method, StatusCode};
use tokio::time::Instant;

use super::headers::{self, Validators};
use super::{Ask, Client};
use crate::fault::Fault;
use crate::origin::Seen;

impl Client {
    /// How a file looks from outside. None: the server does not tell without sending it.
    pub async fn inspect(&self, ask: &Ask<'_>) -> Result<Option<Seen>, Fault> {
        let end = Instant::now() + self.policy.list;
        let response = self.head(Method::HEAD, ask, HeaderMap::new(), Some(end)).await?;
        if response.status() != StatusCode::OK {
            return Ok(None);
        }
        let told = response.headers();
        let len = headers::text(told, header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
        let Validators { etag, last_modified } = Validators::of(told);
        Ok(Some(Seen { etag, last_modified, len }).filter(|seen| *seen != Seen::default()))
    }
}
