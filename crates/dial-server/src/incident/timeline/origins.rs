//! Origins that fail, lag and come back, and the certificates that they present.

use dial_origin::certificate::{Certificate, Life};
use dial_origin::event::{Remark, What};
use dial_origin::fault::{Fault, FaultKind};
use jiff::Timestamp;

use super::super::opening::{self, opening};
use super::super::{Cause, Heard, Level, words};
use super::{Change, Found, Key, Notice, Timeline};

impl Timeline {
    pub(super) fn take_origin(&mut self, at: Timestamp, line: &str, what: &What, notices: &mut Vec<Notice>) {
        match what {
            What::OriginAnswered { origin, .. } => self.answered(at, line, origin, notices),
            What::OriginFailed { origin, fault, cycles, .. } => {
                self.failed(at, line, Some(origin), fault, *cycles, notices);
            }
            What::CertificateRefused { origin, fault } => {
                self.failed(at, line, origin.as_deref(), fault, u32::MAX, notices);
            }
            What::CertificateSeen { origin, certificate, life, remarks } => {
                self.seen(at, line, origin.as_deref(), certificate, *life, remarks, notices);
            }
            What::Switched { from, to } => {
                self.switched(at, line, from.as_deref(), to.as_deref(), notices);
            }
            What::Behind { origin, lacks } => {
                let (text, remedy) = (words::behind(origin, *lacks), words::remedy_behind(origin));
                let cause = Cause::Behind { origin: origin.clone() };
                let found = Found::new(at, line, cause, text, remedy).of(Some(origin));
                self.found(found, notices);
            }
            What::CaughtUp { origin } => {
                let key = (Some(line.to_owned()), Cause::Behind { origin: origin.clone() });
                self.healed(&key, at, &words::caught_up(origin), notices);
            }
            _ => {}
        }
    }

    fn failed(
        &mut self,
        at: Timestamp,
        line: &str,
        origin: Option<&str>,
        fault: &Fault,
        cycles: u32,
        notices: &mut Vec<Notice>,
    ) {
        let told = self.clean(&fault.told(&self.zone(line)));
        let text = match origin {
            Some(origin) => words::origin_did(origin, &fault.host, &told),
            None => words::we_did(&fault.host, &told),
        };
        let refused = fault.kind.is_certificate();
        let cause = match (&fault.kind, origin) {
            (FaultKind::Disk(_), _) => Cause::Disk,
            (_, Some(origin)) if !refused => {
                let label = opening::label(&fault.kind).to_owned();
                Cause::Origin { origin: origin.to_owned(), label }
            }
            _ => Cause::Certificate { host: fault.host.clone() },
        };
        let opening = opening(fault);
        let remedy = self.clean(&words::sentence(&fault.remedy()));
        let found = Found::new(at, line, cause, text, remedy).of(origin).at_least(opening.level);
        self.found(Found { told: cycles >= opening.after, refused, ..found }, notices);
    }

    /// A good answer heals what the origin gave before, in time.
    fn answered(&mut self, at: Timestamp, line: &str, origin: &str, notices: &mut Vec<Notice>) {
        let of_this = self.keys(line, |incident| {
            let healable = match incident.cause {
                Cause::Origin { .. } => true,
                Cause::Certificate { .. } => incident.refused,
                _ => false,
            };
            healable && incident.origin.as_deref() == Some(origin)
        });
        for key in of_this {
            let well = words::well_again(origin);
            self.good(&key, at, &well, notices);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "they are the parts of one event")]
    fn seen(
        &mut self,
        at: Timestamp,
        line: &str,
        origin: Option<&str>,
        certificate: &Certificate,
        life: Life,
        remarks: &[Remark],
        notices: &mut Vec<Notice>,
    ) {
        let cause = Cause::Certificate { host: certificate.host.clone() };
        let mut faults = Vec::new();
        if let Some(text) = words::life(certificate, life, &self.zone(line)) {
            // A renewer begins at a third: what is yellow is shown, and nobody is called.
            let level = if life == Life::Expired { Level::Critical } else { Level::Warning };
            faults.push((level, text));
        }
        for remark in remarks {
            let level = match remark {
                // Issuers change their own certificates often, and mean no harm by it.
                Remark::IssuerChanged { .. } => Level::Info,
                Remark::Older | Remark::BrokenChain => Level::Warning,
            };
            faults.push((level, self.clean(&words::remark(certificate, remark))));
        }
        if faults.is_empty() {
            let key = (Some(line.to_owned()), cause);
            let healed = words::certificate_well(&certificate.host);
            match self.open.get(&key).map(|track| track.incident.refused) {
                Some(true) => self.good(&key, at, &healed, notices),
                Some(false) => self.healed(&key, at, &healed, notices),
                None => {}
            }
            return;
        }
        for (level, text) in faults {
            let remedy = words::remedy_certificate(&certificate.host);
            let found = Found::new(at, line, cause.clone(), text, remedy).of(origin);
            self.found(found.at_least(level), notices);
        }
    }

    fn switched(
        &mut self,
        at: Timestamp,
        line: &str,
        from: Option<&str>,
        to: Option<&str>,
        notices: &mut Vec<Notice>,
    ) {
        let concerned = self.keys(line, |incident| {
            let origin = incident.origin.as_deref();
            incident.cause.explains_staleness()
                && (to.is_none() || (origin.is_some() && (origin == from || origin == to)))
        });
        let state = self.lines.get(line);
        let text = words::switched(to, state.is_some_and(|state| state.empty));
        let heard = match (to, state) {
            (None, Some(state)) => state.heard(),
            _ => Heard::Nothing,
        };
        for key in concerned {
            let Some(track) = self.open.get_mut(&key) else { continue };
            let news = track.incident.add(at, text.clone());
            if (track.incident.callers_heard(heard) || news) && track.told {
                notices.push(track.notice(Change::Updated));
            }
        }
    }

    /// Something good of a cause that may come and go.
    pub(super) fn good(&mut self, key: &Key, at: Timestamp, text: &str, notices: &mut Vec<Notice>) {
        let Some(track) = self.open.get_mut(key) else { return };
        // What was only watched is forgotten at once: it did not last.
        if track.good() || !track.told {
            self.healed(key, at, text, notices);
        }
    }
}
