//! In which order records are tried.

use super::{MAX_RECORDS, Naptr, Srv};
use crate::chance::Chance;
use crate::net::Transport;

/// The transports that a domain has, with the names of their services, in the order that it wishes (RFC 3263
/// section 4.1). What the host does not have is passed over.
pub(super) fn services(records: &[Naptr], usable: &[Transport]) -> Vec<(Transport, String)> {
    let mut records: Vec<_> = records.iter().take(MAX_RECORDS).collect();
    records.sort_by_key(|record| (record.order, record.preference));
    let service = |record: &Naptr| {
        let transport = match record.service.to_ascii_uppercase().as_str() {
            "SIP+D2U" => Transport::Udp,
            "SIP+D2T" => Transport::Tcp,
            "SIPS+D2T" => Transport::Tls,
            _ => return None,
        };
        let leads_on = record.flags.eq_ignore_ascii_case("s") && usable.contains(&transport);
        leads_on.then(|| (transport, record.replacement.clone()))
    };
    records.into_iter().filter_map(service).collect()
}

/// Machines in the order of RFC 2782: by priority, and by chance within one, as their weights say.
pub(super) fn machines<'a>(records: &'a [Srv], chance: &mut Chance) -> Vec<&'a Srv> {
    let mut left: Vec<_> = records.iter().take(MAX_RECORDS).filter(|record| !is_none(record)).collect();
    // Those without a weight are first in the running sum, and so have a small share of their own.
    left.sort_by_key(|record| (record.priority, record.weight != 0));
    let mut ordered = Vec::with_capacity(left.len());
    while let Some(first) = left.first() {
        let priority = first.priority;
        let equals = left.iter().take_while(|record| record.priority == priority);
        let sum: u64 = equals.clone().map(|record| u64::from(record.weight)).sum();
        let drawn = chance.number() % (sum + 1);
        let mut running = 0;
        let chosen = equals.clone().position(|record| {
            running += u64::from(record.weight);
            running >= drawn
        });
        ordered.push(left.remove(chosen.unwrap_or_default()));
    }
    ordered
}

/// Whether a record says that there is no such service.
pub(super) fn is_none(record: &Srv) -> bool {
    matches!(record.target.as_str(), "" | ".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn srv(priority: u16, weight: u16, port: u16) -> Srv {
        Srv { priority, weight, port, target: "a.example".into() }
    }

    fn ports(records: &[Srv], chance: &mut Chance) -> Vec<u16> {
        machines(records, chance).iter().map(|record| record.port).collect()
    }

    #[test]
    fn a_lower_priority_is_always_first_and_none_is_lost() {
        let records = [srv(20, 9, 3), srv(10, 0, 1), srv(10, 50, 2), srv(30, 0, 4)];
        let mut chance = Chance::seeded([1; 32]);
        for _ in 0..100 {
            let mut ports = ports(&records, &mut chance);
            assert_eq!(ports[2..], [3, 4]);
            ports.sort_unstable();
            assert_eq!(ports, [1, 2, 3, 4]);
        }
    }

    #[test]
    fn a_machine_is_first_as_often_as_its_weight_says() {
        let mut chance = Chance::seeded([2; 32]);
        for (weights, expected) in [
            ([10, 30, 60], [10, 30, 60]),
            ([0, 0, 0], [100, 0, 0]),
            ([0, 50, 50], [1, 50, 49]),
            ([65_535, 65_535, 0], [50, 50, 0]),
        ] {
            let records = [srv(1, weights[0], 0), srv(1, weights[1], 1), srv(1, weights[2], 2)];
            let mut firsts = [0u32; 3];
            for _ in 0..10_000 {
                firsts[usize::from(ports(&records, &mut chance)[0])] += 1;
            }
            for (first, expected) in firsts.into_iter().zip(expected) {
                assert!(first.abs_diff(expected * 100) < 250, "{weights:?} {firsts:?}");
            }
        }
    }

    #[test]
    fn a_service_that_is_none_has_no_machine_and_answers_have_a_bound() {
        let none = Srv { target: ".".into(), ..srv(0, 0, 0) };
        let mut chance = Chance::seeded([3; 32]);
        let nameless = Srv { target: String::new(), ..none.clone() };
        assert!(machines(&[none, nameless], &mut chance).is_empty());
        assert_eq!(machines(&vec![srv(0, 1, 1); 1_000], &mut chance).len(), MAX_RECORDS);
    }
}
