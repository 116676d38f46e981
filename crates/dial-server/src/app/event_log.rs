//! Events as rows of the log.

use std::collections::HashMap;

use dial_origin::event::{Event, What};
use jiff::tz::TimeZone;
use tracing::{error, info, warn};

/// Writes events to the log: what changes, not what goes on.
#[derive(Default)]
pub(super) struct EventLog {
    /// The fault that each origin was last told to have.
    faults: HashMap<(String, String), &'static str>,
}

impl EventLog {
    pub(super) fn take(&mut self, event: &Event, zone: &TimeZone) {
        let line = event.line.as_str();
        match &event.what {
            What::OriginFailed { origin, fault, .. } => {
                let key = (event.line.clone(), origin.clone());
                if self.faults.insert(key, fault.kind.label()) == Some(fault.kind.label()) {
                    return;
                }
                let (host, remedy, detail) = (&fault.host, fault.remedy(), &fault.detail);
                warn!(line, origin, host, detail, remedy, "The origin {}", fault.told(zone));
                for defect in fault.of_list() {
                    warn!(line, origin, "{defect}");
                }
            }
            What::OriginAnswered { origin, .. } => {
                if self.faults.remove(&(event.line.clone(), origin.clone())).is_some() {
                    info!(line, origin, "The origin is well again");
                }
            }
            What::Switched { from, to } => match to {
                Some(to) => info!(line, from, to, "The list comes from another origin"),
                None => warn!(line, from, "No origin is of use; callers hear the copy that is held"),
            },
            What::Behind { origin, lacks } => {
                info!(line, origin, lacks, "The origin is behind what is offered");
            }
            What::CaughtUp { origin } => info!(line, origin, "The origin has caught up"),
            What::Held { origin, reason, id } => {
                let remedy =
                    format!("look at it with `dial held`; if it is right, run `dial approve {line}`");
                warn!(line, origin, ?reason, id, remedy, "A list waits for a person");
            }
            What::Released { id, how } => info!(line, id, ?how, "The list waits no more"),
            What::LeftOut { origin, file, fault, kept } => {
                warn!(line, origin, "{}", fault.of_recording(file, *kept));
            }
            What::Replaced { origin, file } => {
                info!(line, origin, file, "The file was replaced, and is fetched anew");
            }
            What::TakenIn { file } => info!(line, file, "The recording is offered after all"),
            What::Doubts { origin, defects } => {
                for defect in defects {
                    warn!(line, origin, "{defect}");
                }
            }
            What::Published { origin, number, recordings, added, removed } => {
                info!(
                    line,
                    origin,
                    snapshot = number,
                    recordings,
                    added,
                    removed,
                    "New recordings are offered"
                );
            }
            What::Restored { number, by_hand, damaged } => {
                info!(line, snapshot = number, by_hand, "The copy on the disk is offered");
                for name in damaged {
                    warn!(line, name, "This did not stand its check, and is left out");
                }
            }
            What::DiskFailed { why } => {
                error!(line, "Our own disk fails: {why}; what is offered stays offered");
            }
            What::DiskWorks => info!(line, "Our own disk works again"),
            What::DiskLow { free } => {
                error!(line, free, "Little room is left on the disk; older copies were given up");
            }
            What::ReadOnly => {
                warn!(line, "Another dial has the data folder: this one plays its copy, and asks no origin");
            }
            What::ClockWrong { ahead_s } => error!(line, ahead_s, "The clock of this machine is wrong"),
            What::ClockRight => info!(line, "The clock of this machine is right again"),
            What::CertificateRefused { fault, .. } => {
                warn!(line, host = fault.host, remedy = fault.remedy(), "The host {}", fault.told(zone));
            }
            What::CertificateSeen { certificate, remarks, .. } => {
                for remark in remarks {
                    warn!(
                        line,
                        host = certificate.host,
                        issuer = certificate.issuer,
                        "Its certificate changed: {remark:?}"
                    );
                }
            }
            What::RefreshFailed => error!(line, "The work on the copy begins anew"),
            What::Empty | What::CycleEnded { .. } => {}
        }
    }
}
