//! How long a registrar remembers us.

use std::time::Duration;

use crate::message::{Headers, Name, NameAddr, scan};

/// The time that an answer grants to a contact of ours; none if it does not name it.
///
/// `expires` of the Contact comes before the Expires field (RFC 3261 section 10.2.4). Some registrars name
/// nobody: then what we asked for holds.
pub(super) fn granted(headers: &Headers, ours: &[u8], asked_s: u32) -> Option<Duration> {
    let general = headers.number(Name::Expires);
    let mut contacts = headers.items(Name::Contact).filter_map(NameAddr::parse).peekable();
    let seconds = if contacts.peek().is_none() {
        general.unwrap_or(asked_s)
    } else {
        let named: Vec<_> = contacts.collect();
        // An address translator that knows SIP may have changed our address: then the only one is ours.
        let own = named.iter().find(|contact| contact.uri.eq_ignore_ascii_case(ours));
        let contact = own.or(named.first().filter(|_| named.len() == 1))?;
        let param =
            contact.params.value("expires").and_then(|value| scan::number(value, u64::from(u32::MAX)));
        param.map_or(general.unwrap_or(asked_s), |seconds| seconds as u32)
    };
    (seconds > 0).then(|| Duration::from_secs(u64::from(seconds.min(super::MAX_EXPIRES))))
}
