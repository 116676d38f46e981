//! Session timers (RFC 4028): a call whose other side is gone ends, even if nobody says so.

use std::time::Duration;

use crate::message::{Headers, Name, Refusal, Request, Status, scan};
use crate::time::Moment;

/// The shortest interval that we keep, in seconds (RFC 4028 section 5).
const MIN_SE: u32 = 90;
/// The interval where the caller names none, in seconds.
const USUAL: u32 = 1_800;

/// Who renews the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refresher {
    Us,
    Them,
}

/// What was agreed about the life of the session.
#[derive(Debug, Clone, Copy)]
pub(super) struct SessionTimer {
    interval_s: u32,
    refresher: Refresher,
    /// The other side understands this, so that it may be required to.
    is_known: bool,
    since: Moment,
    /// A renewal of ours is on its way, or is tried again at this moment.
    retry: Option<Moment>,
    is_asking: bool,
}

/// `600;refresher=uac`
fn session_expires(headers: &Headers) -> Option<(u32, Option<&[u8]>)> {
    let value = headers.first(Name::SessionExpires)?;
    let refresher = scan::split(value, b';').skip(1).find_map(|param| {
        let (name, value) = param.split_at(param.iter().position(|byte| *byte == b'=')?);
        scan::trim(name)
            .eq_ignore_ascii_case(b"refresher")
            .then(|| scan::trim(value.get(1..).unwrap_or_default()))
    });
    Some((headers.number(Name::SessionExpires)?, refresher))
}

impl SessionTimer {
    /// What we agree to when an INVITE or UPDATE of theirs is accepted; none if nobody wants a timer.
    ///
    /// The interval is never above the one that is offered. The caller renews, if it says that it can.
    pub(super) fn agree(request: &Request, now: Moment) -> Result<Option<Self>, Refusal> {
        let is_known =
            request.headers.lists(Name::Supported, "timer") || request.headers.lists(Name::Require, "timer");
        let floor = request.headers.number(Name::MinSe).unwrap_or(0);
        let new = |interval_s, refresher| Self {
            interval_s,
            refresher,
            is_known,
            since: now,
            retry: None,
            is_asking: false,
        };
        Ok(match session_expires(&request.headers) {
            Some((offered, _)) if offered < MIN_SE && is_known => {
                return Err(Refusal::with(Status::INTERVAL_TOO_SMALL, Name::MinSe, MIN_SE.to_string()));
            }
            // A hop of the network wants it, and the caller would not understand a refusal: then there is none.
            Some((offered, _)) if offered < MIN_SE => None,
            // RFC 4028 section 9: without support the other side cannot renew.
            Some((offered, refresher)) => Some(match refresher {
                Some(role) if role.eq_ignore_ascii_case(b"uas") => new(offered, Refresher::Us),
                _ if is_known => new(offered, Refresher::Them),
                _ => new(offered, Refresher::Us),
            }),
            None if is_known => Some(new(USUAL.max(floor), Refresher::Them)),
            None => None,
        })
    }

    /// The call is answered now.
    pub(super) const fn begin(&mut self, now: Moment) {
        self.since = now;
    }

    /// The fields of our answer to their request.
    pub(super) fn fields(&self) -> Vec<(Name, String)> {
        let role = if self.refresher == Refresher::Them { "uac" } else { "uas" };
        let mut fields = vec![(Name::SessionExpires, format!("{};refresher={role}", self.interval_s))];
        if self.refresher == Refresher::Them && self.is_known {
            fields.push((Name::Require, "timer".into()));
        }
        fields
    }

    /// The field of a renewal of ours.
    pub(super) fn field(&self) -> String {
        format!("{};refresher=uac", self.interval_s)
    }

    /// A renewal of ours was accepted.
    pub(super) fn renewed(&mut self, headers: &Headers, now: Moment) {
        if let Some((interval_s, refresher)) = session_expires(headers) {
            self.interval_s = interval_s.clamp(MIN_SE, self.interval_s.max(MIN_SE));
            let is_theirs = refresher.is_some_and(|role| role.eq_ignore_ascii_case(b"uas"));
            self.refresher = if is_theirs { Refresher::Them } else { Refresher::Us };
        }
        (self.since, self.retry, self.is_asking) = (now, None, false);
    }

    /// A renewal of ours was refused for now.
    pub(super) fn refused(&mut self, floor: Option<u32>, again: Moment) {
        self.interval_s = self.interval_s.max(floor.unwrap_or(0).min(86_400));
        (self.retry, self.is_asking) = (Some(again), false);
    }

    /// A renewal of ours is on its way.
    pub(super) fn asking(&mut self) {
        (self.retry, self.is_asking) = (None, true);
    }

    /// When we end the call: the smaller of 32 s and a third of the interval before it is over (section 10).
    fn ends(&self) -> Moment {
        let early = (self.interval_s / 3).min(32);
        self.since + Duration::from_secs(u64::from(self.interval_s - early))
    }

    fn renews(&self) -> Option<Moment> {
        let due = self.since + Duration::from_secs(u64::from(self.interval_s / 2));
        (self.refresher == Refresher::Us && !self.is_asking).then(|| self.retry.unwrap_or(due))
    }

    /// When it wants to be woken.
    pub(super) fn wakes(&self) -> Moment {
        self.renews().map_or(self.ends(), |renews| renews.min(self.ends()))
    }

    /// Whether the session is over.
    pub(super) fn is_over(&self, now: Moment) -> bool {
        self.ends() <= now
    }

    /// Whether it is ours to renew it now.
    pub(super) fn is_due(&self, now: Moment) -> bool {
        self.renews().is_some_and(|at| at <= now)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::message::Message;

    fn agreed(lines: &str) -> Result<Option<SessionTimer>, Refusal> {
        match Message::parse(Bytes::from(format!(
            "INVITE sip:a@b SIP/2.0\r\n{}\r\n",
            lines.replace('\n', "\r\n")
        ))) {
            Ok(Message::Request(request)) => SessionTimer::agree(&request, Moment::default()),
            _ => panic!("no request"),
        }
    }

    fn fields(lines: &str) -> String {
        let timer = agreed(lines).unwrap();
        timer.map_or(String::new(), |timer| {
            timer.fields().iter().map(|(name, value)| format!("{}: {value}\n", name.long())).collect()
        })
    }

    #[test]
    fn the_interval_is_never_above_the_offered_one() {
        for (lines, expected) in [
            (
                "Supported: timer\nSession-Expires: 600;refresher=uac\n",
                "Session-Expires: 600;refresher=uac\nRequire: timer\n",
            ),
            ("k: timer\nx: 600\n", "Session-Expires: 600;refresher=uac\nRequire: timer\n"),
            (
                "Supported: timer\nSession-Expires: 90 ; refresher = uas\n",
                "Session-Expires: 90;refresher=uas\n",
            ),
            ("Session-Expires: 600\n", "Session-Expires: 600;refresher=uas\n"),
            ("Supported: timer\n", "Session-Expires: 1800;refresher=uac\nRequire: timer\n"),
            ("Supported: timer\nMin-SE: 3600\n", "Session-Expires: 3600;refresher=uac\nRequire: timer\n"),
            ("", ""),
        ] {
            assert_eq!(fields(lines), expected, "{lines}");
        }
    }

    #[test]
    fn an_interval_that_is_too_small_is_refused() {
        let refusal = agreed("Supported: timer\nSession-Expires: 89\n").unwrap_err();
        assert_eq!(
            (refusal.status, refusal.header),
            (Status::INTERVAL_TOO_SMALL, Some((Name::MinSe, "90".into())))
        );
    }

    #[test]
    fn a_session_that_nobody_renews_ends_before_its_time() {
        let ends = |lines| agreed(lines).unwrap().unwrap().ends().as_secs();
        assert_eq!(ends("Supported: timer\nSession-Expires: 600;refresher=uac\n"), 568);
        assert_eq!(ends("Supported: timer\nSession-Expires: 90;refresher=uac\n"), 60);
        let ours = agreed("Supported: timer\nSession-Expires: 90;refresher=uas\n").unwrap().unwrap();
        assert_eq!((ours.wakes().as_secs(), ours.is_due(ours.wakes())), (45, true));
    }
}
