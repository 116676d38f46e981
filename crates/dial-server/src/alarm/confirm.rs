//! Which channels a person has confirmed: a test message arrived there, and its code was typed.
//!
//! It must not know how a test is sent, nor who types.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use atomic_write_file::AtomicWriteFile;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::channel::Channel;
use super::notice::{Level, Notice, NoticeKind};

/// A code can be typed for so long.
const CODE_LASTS: SignedDuration = SignedDuration::from_hours(7 * 24);
/// After so long a channel should be tried again: people move, and telephones are replaced.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(365 * 24);
/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 64 * 1024;

/// What was sent and confirmed, by the names of channels.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Confirmed(BTreeMap<String, Confirmation>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmation {
    /// Whither the channel led then.
    fingerprint: String,
    /// The code of the last test.
    code: String,
    /// When that was sent.
    sent_at: Timestamp,
    /// When the channel was last confirmed.
    confirmed_at: Option<Timestamp>,
}

/// Why nobody knows whether a channel works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// Nobody has confirmed it.
    Never,
    /// It led elsewhere when it was confirmed.
    Changed,
    /// That was more than a year ago.
    LongAgo,
}

impl Confirmed {
    /// What was kept; nothing where there is no file.
    ///
    /// # Errors
    /// When the file cannot be read, or was not written by us.
    pub(crate) fn load(data_dir: &Path) -> io::Result<Self> {
        let path = path(data_dir);
        match std::fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            metadata if metadata.as_ref().is_ok_and(|metadata| metadata.len() > MAX_FILE) => {
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 64 KiB"));
            }
            metadata => metadata?,
        };
        Ok(serde_json::from_slice(&std::fs::read(&path)?)?)
    }

    /// Keeps it, on the disk when it returns.
    ///
    /// # Errors
    /// When the data folder cannot be written.
    pub(crate) fn save(&self, data_dir: &Path) -> io::Result<()> {
        std::fs::create_dir_all(super::folder(data_dir))?;
        let mut file = AtomicWriteFile::open(path(data_dir))?;
        serde_json::to_writer_pretty(&mut file, self)?;
        writeln!(file)?;
        file.commit()
    }

    /// A test with this code went out by a channel.
    pub(crate) fn sent(&mut self, channel: &Channel, code: &str, at: Timestamp) {
        let (name, fingerprint) = (channel.name().to_owned(), channel.fingerprint());
        let before = self.0.get(&name).filter(|before| before.fingerprint == fingerprint);
        let confirmed_at = before.and_then(|before| before.confirmed_at);
        self.0.insert(name, Confirmation { fingerprint, code: code.into(), sent_at: at, confirmed_at });
    }

    /// Somebody typed a code. Says which channel it came by, if it came by one in the last seven days.
    pub(crate) fn confirm(&mut self, code: &str, at: Timestamp) -> Option<&str> {
        let sent = |one: &Confirmation| one.code == code && at.duration_since(one.sent_at) <= CODE_LASTS;
        let (name, confirmation) = self.0.iter_mut().find(|(_, confirmation)| sent(confirmation))?;
        confirmation.confirmed_at = Some(at);
        Some(name)
    }

    /// Whether nobody knows if a channel works, and why.
    pub(crate) fn doubt(&self, channel: &Channel, now: Timestamp) -> Option<Doubt> {
        let Some((confirmation, at)) =
            self.0.get(channel.name()).and_then(|one| Some((one, one.confirmed_at?)))
        else {
            return Some(Doubt::Never);
        };
        match confirmation {
            moved if moved.fingerprint != channel.fingerprint() => Some(Doubt::Changed),
            _ if now.duration_since(at) > GOOD_FOR => Some(Doubt::LongAgo),
            _ => None,
        }
    }
}

/// What to say of the channels that nobody has confirmed: a sentence for each, and no channel at all is one.
pub(crate) fn advice(channels: &[Channel], confirmed: &Confirmed, now: Timestamp) -> Vec<String> {
    if channels.is_empty() {
        let text = "alarm.to: nobody is told when the line is in trouble; name a way under [[alarm.to]], then run `dial alarm test`";
        return vec![text.into()];
    }
    let doubts = channels.iter().filter_map(|channel| Some((channel.name(), confirmed.doubt(channel, now)?)));
    let sentence = |(name, doubt)| {
        let why = match doubt {
            Doubt::Never => "nobody has confirmed that alarms arrive",
            Doubt::Changed => "it leads elsewhere than when somebody confirmed that alarms arrive",
            Doubt::LongAgo => "it is more than a year since somebody confirmed that alarms arrive",
        };
        format!("alarm.to `{name}`: {why}; run `dial alarm test --channel {name}`")
    };
    doubts.map(sentence).collect()
}

/// A code of four digits for each channel, no two the same.
///
/// # Errors
/// When the machine gives no random bytes.
pub(crate) fn codes(count: usize) -> Result<Vec<String>, getrandom::Error> {
    let mut codes: Vec<String> = Vec::with_capacity(count);
    while codes.len() < count {
        let code = format!("{:04}", getrandom::u32()? % 10_000);
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    Ok(codes)
}

/// The message that asks for a confirmation.
pub(crate) fn test(code: &str, at: Timestamp) -> Notice {
    Notice {
        id: format!("test/{code}"),
        kind: NoticeKind::Test,
        level: Level::Info,
        at,
        subject: format!("Test of the phone line's alarms: {code}"),
        body: format!(
            "Nothing is wrong. Somebody tries out whether alarms of the phone line reach you.\n\
             Please tell them the code {code}, or type it where `dial alarm test` asks for it."
        ),
        remedy: format!(
            "run `dial alarm test --confirm {code}` on the machine that runs dial, within seven days"
        ),
        link: None,
    }
}

fn path(data_dir: &Path) -> PathBuf {
    super::folder(data_dir).join("confirmed.json")
}

#[cfg(test)]
mod tests {
    use super::super::channel::Roots;
    use super::*;
    use crate::config::Config;

    fn channels(topic: &str) -> Vec<Channel> {
        let text = format!(
            "[[alarm.to]]\nkind = \"ntfy\"\nurl = \"https://ntfy.sh/{topic}\"\n\
             [[alarm.to]]\nkind = \"email\"\nserver = \"s\"\nfrom = \"a@b.org\"\nto = [\"c@d.org\", \"e@f.org\"]\n"
        );
        let config = Config::parse(&(text + crate::config::SMALLEST), Path::new("dial.toml")).unwrap();
        Channel::all(&config.alarm, &Roots::default())
    }

    fn day(day: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * day)
    }

    fn doubts(confirmed: &Confirmed, channels: &[Channel], now: Timestamp) -> Vec<Option<Doubt>> {
        channels.iter().map(|channel| confirmed.doubt(channel, now)).collect()
    }

    #[test]
    fn a_channel_is_in_doubt_until_somebody_types_its_code_and_again_when_it_changes_or_a_year_has_gone() {
        let (ours, moved) = (channels("a"), channels("b"));
        let mut confirmed = Confirmed::default();
        assert_eq!(doubts(&confirmed, &ours, day(0)), [Some(Doubt::Never); 3]);
        confirmed.sent(&ours[0], "1234", day(0));
        assert_eq!(confirmed.confirm("4321", day(1)), None);
        assert_eq!(confirmed.confirm("1234", day(8)), None, "it was sent too long ago");
        assert_eq!(confirmed.confirm("1234", day(7)), Some("ntfy"));
        assert_eq!(doubts(&confirmed, &ours, day(8)), [None, Some(Doubt::Never), Some(Doubt::Never)]);
        assert_eq!(doubts(&confirmed, &moved, day(8))[0], Some(Doubt::Changed));
        assert_eq!(doubts(&confirmed, &ours, day(373))[0], Some(Doubt::LongAgo));
        confirmed.sent(&ours[0], "5678", day(9));
        assert_eq!(doubts(&confirmed, &ours, day(9))[0], None, "a further test takes nothing back");
        assert_eq!(
            advice(&ours, &confirmed, day(9))[0],
            "alarm.to `email.1`: nobody has confirmed that alarms arrive; run `dial alarm test --channel email.1`"
        );
        assert!(advice(&[], &confirmed, day(9))[0].starts_with("alarm.to: nobody is told"));
    }

    #[test]
    fn what_was_confirmed_is_kept_without_saying_where_a_channel_leads() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Confirmed::load(folder.path()).unwrap(), Confirmed::default());
        let mut confirmed = Confirmed::default();
        for (channel, code) in channels("secret-topic").iter().zip(["1", "2", "3"]) {
            confirmed.sent(channel, code, day(0));
        }
        confirmed.save(folder.path()).unwrap();
        assert_eq!(Confirmed::load(folder.path()).unwrap(), confirmed);
        let text = std::fs::read_to_string(path(folder.path())).unwrap();
        assert!(!text.contains("secret-topic") && !text.contains("c@d.org"), "{text}");
        std::fs::write(path(folder.path()), "{\"ntfy\":").unwrap();
        assert!(Confirmed::load(folder.path()).is_err());
    }

    #[test]
    fn codes_are_four_digits_and_differ() {
        let codes = codes(50).unwrap();
        let distinct: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!(distinct.len(), 50);
        assert!(codes.iter().all(|code| code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_digit())));
    }
}
