//! A faulty origin with a list and a recording, and clients that trust it.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use dial_core::catalogue::Entry;
use dial_core::catalogue::{FileName, When};
use dial_origin::fault::Fault;
use dial_origin::http::{Ask, Client, Hosts, Policy, Surroundings};
use dial_origin::origin::{Http, Item, Listing, Origin};
use jiff::tz::TimeZone;
use reqwest::Url;
use tempfile::TempDir;

use crate::faulty::Faulty;

pub(crate) const LIST: &str = r#"{"church_name": "St Anne's", "services": [
    {"file": "2026-11-15.wav"}, {"file": "2025/carols & more?.wav", "title": "Carols"}]}"#;

pub(crate) struct Bench {
    pub(crate) faulty: Faulty,
    pub(crate) folder: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let files: [(&str, &[u8]); 3] = [
            ("/data.json", LIST.as_bytes()),
            ("/audio/2026-11-15.wav", &wav()),
            ("/audio/2025/carols%20&%20more%3F.wav", &wav()),
        ];
        Self { faulty: Faulty::start(&files), folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn client(&self, policy: Policy) -> Client {
        client(&self.faulty, policy, names())
    }

    pub(crate) fn origin(&self, policy: Policy) -> Http {
        Http::new(self.client(policy), &self.faulty.url("good.test"), None).unwrap()
    }

    pub(crate) fn draft(&self) -> PathBuf {
        self.folder.path().join("draft")
    }

    pub(crate) async fn list(&self) -> Result<Arc<Listing>, Fault> {
        self.origin(patient()).list(&TimeZone::UTC).await
    }

    pub(crate) async fn fetch(&self, item: &Item) -> Result<PathBuf, Fault> {
        self.origin(patient()).fetch(item, &self.draft(), &mut |_, _| {}).await
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        Url::parse(&self.faulty.url("good.test")).unwrap().join(path).unwrap()
    }

    pub(crate) fn item(&self) -> Item {
        Item {
            entry: Entry {
                file: FileName::new("2026-11-15.wav").unwrap(),
                title: None,
                when: When::named(None, &TimeZone::UTC),
                chapters: Vec::new(),
            },
            place: self.url("audio/2026-11-15.wav").into(),
            mark: None,
            len: None,
            sha256: None,
            duration_ms: None,
            chapters_at: None,
        }
    }
}

pub(crate) fn client(faulty: &Faulty, policy: Policy, hosts: Hosts) -> Client {
    Client::new(policy, Surroundings { roots: vec![faulty.root()], hosts: Some(hosts) })
}

/// All names lead to this machine, but one that leads nowhere.
pub(crate) fn names() -> Hosts {
    Arc::new(|name| match name {
        "nowhere.test" => Some(Vec::new()),
        _ => Some(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]),
    })
}

/// This machine is allowed, and may be as busy as it likes.
pub(crate) fn patient() -> Policy {
    Policy {
        connect: Duration::from_secs(20),
        list: Duration::from_mins(1),
        read: Duration::from_secs(20),
        max_list: 1_000_000,
        max_audio: 4_000_000,
        private: true,
        ..Policy::default()
    }
}

/// For servers that let us wait.
pub(crate) fn short() -> Policy {
    Policy {
        connect: Duration::from_secs(1),
        list: Duration::from_secs(3),
        read: Duration::from_secs(1),
        speed_window: Duration::from_secs(1),
        ..patient()
    }
}

pub(crate) fn ask(url: &Url) -> Ask<'_> {
    Ask { url, credentials: None, known: None, cap: 1_000_000, stated: None }
}

/// Two seconds of a rising and falling tone, as 16-bit sound at 8,000 Hz.
pub(crate) fn wav() -> Vec<u8> {
    let samples = (0..16_000_i32).map(|at| ((at % 80 - 40) * 300) as i16);
    let sound: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + sound.len() as u32).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data");
    wav.extend((sound.len() as u32).to_le_bytes());
    wav.extend(sound);
    wav
}
