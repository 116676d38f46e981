//! What a volunteer needs to know on one page. Pure: it is made of a board and a timeline.

use std::sync::Arc;

use arc_swap::ArcSwap;
use dial_origin::certificate::Life;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};

use super::board::LineBoard;
use super::{Board, Cause, Incident, Level, Newest, Timeline, words};

/// So many closed incidents are shown beside the open ones.
const RECENT: usize = 10;

/// What callers hear, in one sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Light {
    /// Recordings, and all is well.
    Green,
    /// Recordings, but something needs a person.
    Amber,
    /// Trouble.
    Red,
}

/// All lines at a moment.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Status {
    /// When this was true.
    pub(crate) at: Timestamp,
    /// The worst of its lines.
    pub(crate) light: Light,
    /// The same as one sentence.
    pub(crate) sentence: &'static str,
    /// Each line, in the order of the configuration.
    pub(crate) lines: Vec<LineStatus>,
    /// The open incidents, the latest first.
    #[serde(serialize_with = "plainly")]
    pub(crate) open: Vec<Arc<Incident>>,
    /// The last closed incidents, the latest first.
    #[serde(serialize_with = "plainly")]
    pub(crate) recent: Vec<Arc<Incident>>,
    /// Every incident that is known.
    #[serde(skip)]
    pub(crate) all: Vec<Arc<Incident>>,
}

/// One line.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct LineStatus {
    /// Its name.
    pub(crate) name: String,
    /// Its church, once a list told it.
    pub(crate) church: Option<String>,
    /// Who speaks on it, as a sentence.
    pub(crate) voice: Option<String>,
    /// What its callers hear.
    pub(crate) light: Light,
    /// The same as one sentence.
    pub(crate) sentence: &'static str,
    /// When its origins were last looked at.
    pub(crate) checked_at: Option<Timestamp>,
    /// When an origin last confirmed what is offered.
    pub(crate) fresh_at: Option<Timestamp>,
    /// The copy that is offered.
    pub(crate) snapshot: Option<Snapshot>,
    /// The newest recording.
    pub(crate) newest: Option<Newest>,
    /// Where recordings come from, the preferred place first.
    pub(crate) origins: Vec<OriginStatus>,
    /// Lists that wait for a person.
    pub(crate) held: Vec<HeldList>,
    /// The zone of its times.
    #[serde(skip)]
    pub(crate) zone: TimeZone,
}

/// The copy that a line offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Snapshot {
    /// Its number.
    pub(crate) number: u64,
    /// How many recordings it has, where that was told.
    pub(crate) recordings: Option<usize>,
    /// Since when it is offered.
    pub(crate) offered_at: Timestamp,
}

/// How an origin looked when it was last looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Sight {
    /// It was not looked at yet.
    #[default]
    Unknown,
    /// It answered.
    Well,
    /// It failed.
    Failing,
}

/// One origin.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct OriginStatus {
    /// Its name.
    pub(crate) name: String,
    /// How it looked.
    pub(crate) sight: Sight,
    /// Whether its list is the one in use.
    pub(crate) in_use: bool,
    /// When it was last looked at.
    pub(crate) looked_at: Option<Timestamp>,
    /// What is wrong with it, as a sentence.
    pub(crate) said: Option<String>,
    /// How many of the recordings that are offered it lacks.
    pub(crate) lacks: Option<usize>,
    /// Until when its certificate is valid.
    pub(crate) certificate_until: Option<Timestamp>,
    /// How long its certificate still lives.
    pub(crate) certificate_life: Option<Life>,
}

/// A list that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct HeldList {
    /// What a person says to approve it.
    pub(crate) id: String,
    /// Since when it waits.
    pub(crate) since: Timestamp,
    /// Why, as a sentence.
    pub(crate) why: String,
}

impl Status {
    /// What is known now.
    pub(crate) fn of(board: &Board, timeline: &Timeline, at: Timestamp) -> Self {
        let all = timeline.incidents();
        let (open, closed): (Vec<_>, Vec<_>) = all.iter().cloned().partition(|incident| incident.is_open());
        let lines: Vec<_> = board.lines.iter().map(|line| LineStatus::of(line, &open, at)).collect();
        let light = lines.iter().map(|line| line.light).max().unwrap_or(Light::Green);
        let sentence = words::light(light, lines.len());
        Self { at, light, sentence, lines, open, recent: closed.into_iter().take(RECENT).collect(), all }
    }

    /// The incident with a name.
    pub(crate) fn incident(&self, id: &str) -> Option<&Arc<Incident>> {
        self.all.iter().find(|incident| incident.id == id)
    }
}

impl LineStatus {
    fn of(board: &LineBoard, open: &[Arc<Incident>], at: Timestamp) -> Self {
        let light = light(board, open);
        let origins = board.line.origins.iter().map(|name| OriginStatus::of(board, name, at));
        Self {
            name: board.line.name.clone(),
            church: board.church.clone(),
            voice: board.voice.clone(),
            light,
            sentence: words::light(light, 1),
            checked_at: board.checked_at,
            fresh_at: board.fresh_at,
            snapshot: board.snapshot.clone(),
            newest: board.newest.clone(),
            origins: origins.collect(),
            held: board.held.values().cloned().collect(),
            zone: board.line.zone.clone(),
        }
    }
}

impl OriginStatus {
    fn of(board: &LineBoard, name: &str, at: Timestamp) -> Self {
        let origin = board.origins.get(name);
        let certificate = origin.and_then(|origin| origin.certificate.as_deref());
        Self {
            name: name.to_owned(),
            sight: origin.map_or(Sight::Unknown, |origin| origin.sight),
            in_use: board.in_use.as_deref() == Some(name),
            looked_at: origin.and_then(|origin| origin.looked_at),
            said: origin.and_then(|origin| origin.said.clone()),
            lacks: origin.and_then(|origin| origin.lacks),
            certificate_until: certificate.map(|certificate| certificate.not_after),
            certificate_life: certificate.map(|certificate| certificate.life(at)),
        }
    }
}

/// Red is what callers hear; what is urgent but inaudible is amber.
fn light(board: &LineBoard, open: &[Arc<Incident>]) -> Light {
    let mut open = open.iter().filter(|incident| incident.concerns(&board.line.name));
    let audible =
        |incident: &Incident| matches!(incident.cause, Cause::Empty | Cause::Polite | Cause::Signature);
    if board.snapshot.is_none() || open.clone().any(|incident| audible(incident)) {
        return Light::Red;
    }
    let urgent = open.any(|incident| incident.level >= Level::Warning);
    if urgent || !board.held.is_empty() { Light::Amber } else { Light::Green }
}

fn plainly<S: Serializer>(incidents: &[Arc<Incident>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(incidents.iter().map(|incident| &**incident))
}

/// Where the status lies for whoever shows it: reading takes no lock.
pub(crate) struct StatusShelf {
    status: ArcSwap<Status>,
    /// The address under which the world reaches us, without a slash at its end.
    pub(crate) public_url: Option<String>,
}

impl StatusShelf {
    /// A shelf that says nothing of any line yet.
    pub(crate) fn new(public_url: Option<String>, at: Timestamp) -> Self {
        let status = Status {
            at,
            light: Light::Green,
            sentence: words::NOTHING_KNOWN,
            lines: Vec::new(),
            open: Vec::new(),
            recent: Vec::new(),
            all: Vec::new(),
        };
        let public_url = public_url.map(|url| url.trim_end_matches('/').to_owned());
        Self { status: ArcSwap::from_pointee(status), public_url }
    }

    /// Shows this from now on.
    pub(crate) fn show(&self, status: Status) {
        self.status.store(Arc::new(status));
    }

    /// What is shown.
    pub(crate) fn shown(&self) -> Arc<Status> {
        self.status.load_full()
    }
}
