//! `[line.origin.limits]`: how long an origin may take, and how much it may send.
//!
//! It must not know how any of it is enforced; it only holds the numbers, and takes their defaults from
//! what every origin is allowed. Checks of certificates are not among them: nothing switches those off.

use std::time::Duration;

use dial_origin::http::Policy;
use dial_origin::origin::git::GitSettings;
use serde::Serialize;

use super::section::Section;

/// As limits are written here, and as they are enforced.
const KB: u64 = 1_000;
const MB: u64 = 1_000_000;

/// How long an origin may take, and how much it may send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Limits {
    /// For one document of its list.
    list_s: u32,
    /// The lowest speed of a recording.
    least_kb_per_s: u32,
    /// The largest list or page of a feed.
    list_mb: u32,
    /// The largest recording.
    audio_mb: u32,
    /// What only HTTP has.
    #[serde(flatten)]
    web: Option<WebLimits>,
}

/// Limits of an origin that we ask over HTTP ourselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct WebLimits {
    /// For a name, a connection and the handshake.
    connect_s: u32,
    /// For the head of an answer, and between two parts of it.
    read_s: u32,
    /// How many redirects are followed; none for a bucket, where none are.
    redirects: Option<u32>,
}

/// Which limits an origin has, by its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Http,
    Feed,
    Bucket,
    Git,
}

impl Limits {
    pub(super) fn read(mut section: Section<'_, '_>, of: Of) -> Self {
        let mut limits = Self::usual(of);
        section.number("list_s", 2..=120, &mut limits.list_s);
        section.number("least_kb_per_s", 1..=1_000, &mut limits.least_kb_per_s);
        section.number("list_mb", 1..=100, &mut limits.list_mb);
        // Larger ones are not prepared.
        section.number("audio_mb", 1..=2_000, &mut limits.audio_mb);
        if let Some(web) = &mut limits.web {
            section.number("connect_s", 1..=30, &mut web.connect_s);
            section.number("read_s", 1..=120, &mut web.read_s);
            if let Some(redirects) = &mut web.redirects {
                section.number("redirects", 0..=10, redirects);
            }
            if web.connect_s > limits.list_s {
                let what = format!("{} is longer than list_s, {}", web.connect_s, limits.list_s);
                section.conflict("connect_s", &what, "use a shorter time, or a longer list_s");
            }
        }
        section.finish();
        limits
    }

    /// What is allowed unless the file says otherwise.
    pub(super) fn usual(of: Of) -> Self {
        let policy = Policy::default();
        let seconds = |time: Duration| time.as_secs() as u32;
        let redirects = (of != Of::Bucket).then_some(policy.max_redirects as u32);
        let web = WebLimits { connect_s: seconds(policy.connect), read_s: seconds(policy.read), redirects };
        let list = if of == Of::Feed { policy.max_feed } else { policy.max_list };
        Self {
            list_s: seconds(policy.list),
            least_kb_per_s: (policy.least_speed / KB) as u32,
            list_mb: (list / MB) as u32,
            audio_mb: (policy.max_audio / MB) as u32,
            web: (of != Of::Git).then_some(web),
        }
    }

    /// As the HTTP client enforces them.
    pub(super) fn policy(&self) -> Policy {
        let usual = Policy {
            list: Duration::from_secs(self.list_s.into()),
            least_speed: u64::from(self.least_kb_per_s) * KB,
            max_list: u64::from(self.list_mb) * MB,
            max_feed: u64::from(self.list_mb) * MB,
            max_audio: u64::from(self.audio_mb) * MB,
            ..Policy::default()
        };
        let Some(web) = &self.web else { return usual };
        Policy {
            connect: Duration::from_secs(web.connect_s.into()),
            read: Duration::from_secs(web.read_s.into()),
            max_redirects: web.redirects.map_or(usual.max_redirects, |most| most as usize),
            ..usual
        }
    }

    /// The same for a repository.
    pub(crate) fn restrict(&self, settings: &mut GitSettings) {
        let policy = self.policy();
        settings.within = policy.visit();
        settings.min_speed = policy.least_speed;
        settings.max_list = policy.max_list;
        settings.max_audio = policy.max_audio;
    }
}
