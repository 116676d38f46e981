//! When a fault opens an incident, and how urgent it is from the start.

use dial_origin::fault::{Class, Fault, FaultKind};

use super::Level;

/// An ordinary fault of the way to an origin opens an incident when it has lasted so many cycles.
const ORDINARY_CYCLES: u32 = 2;

/// What every passing fault of one origin is called: it is one cause, however it shows itself.
const DOWN: &str = "down";

/// How a fault opens an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Opening {
    /// After how many cycles in a row; 1 is at once.
    pub(super) after: u32,
    /// How urgent it is at least.
    pub(super) level: Level,
}

/// How a fault opens an incident.
pub(super) fn opening(fault: &Fault) -> Opening {
    let level = match &fault.kind {
        FaultKind::Certificate(_)
        | FaultKind::OldTls
        | FaultKind::NoRoots
        | FaultKind::NoCertificate(_)
        | FaultKind::Disk(_) => Level::Critical,
        kind if kind.class() == Class::Security => Level::Critical,
        FaultKind::Forbidden | FaultKind::Busy | FaultKind::OurCertificate(_) => Level::Warning,
        _ => Level::Info,
    };
    Opening { after: if passes(&fault.kind) { ORDINARY_CYCLES } else { 1 }, level }
}

/// The label under which an origin's faults belong together.
pub(super) fn label(kind: &FaultKind) -> &'static str {
    if passes(kind) { DOWN } else { kind.label() }
}

/// Whether it is the way to the origin that fails, which often mends itself.
fn passes(kind: &FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::NoSuchHost
            | FaultKind::Refused
            | FaultKind::Unreachable
            | FaultKind::NoAnswer
            | FaultKind::Slow
            | FaultKind::Cut
            | FaultKind::Garbled
            | FaultKind::Status(_)
            | FaultKind::Git(_)
    )
}
