//! Whatever happens, in whatever order: nothing panics, no cause has two incidents, and all comes to an end.

use std::collections::BTreeSet;

use dial_origin::event::{Hold, Release, Remark};
use proptest::prelude::*;

use super::*;

const ORIGINS: [&str; 2] = ["cdn", "website"];
const LINES: [&str; 3] = ["st-annes", "st-marys", "nobody"];

fn kind() -> impl Strategy<Value = FaultKind> {
    prop_oneof![
        Just(FaultKind::Refused),
        Just(FaultKind::Slow),
        Just(FaultKind::Missing),
        Just(FaultKind::Bomb),
        Just(FaultKind::OldTls),
        Just(FaultKind::NoRoots),
        Just(FaultKind::Disk("full".into())),
        Just(expired("13:59")),
        ".{0,20}".prop_map(FaultKind::WrongContent),
    ]
}

fn life() -> impl Strategy<Value = Life> {
    prop_oneof![Just(Life::Valid), Just(Life::Yellow), Just(Life::Red), Just(Life::Expired)]
}

fn what() -> impl Strategy<Value = What> {
    let origin = || prop::sample::select(ORIGINS.to_vec()).prop_map(str::to_owned);
    let id = || prop::sample::select(vec!["h1".to_owned(), "h2".to_owned()]);
    let host = origin().prop_map(|origin| format!("{origin}.example"));
    prop_oneof![
        4 => origin().prop_map(|origin| answered(&origin)),
        4 => (origin(), kind(), 1..4_u32).prop_map(|(origin, kind, cycles)| failed(&origin, kind, cycles)),
        1 => (prop::option::of(origin()), prop::option::of(origin())).prop_map(|(from, to)| What::Switched { from, to }),
        1 => origin().prop_map(|origin| What::Behind { origin, lacks: 2 }),
        1 => origin().prop_map(|origin| What::CaughtUp { origin }),
        1 => (origin(), id(), any::<bool>()).prop_map(|(origin, id, empty)| {
            What::Held { origin, id, reason: if empty { Hold::Empty } else { Hold::Changed { of: 4 } } }
        }),
        1 => id().prop_map(|id| What::Released { id, how: Release::Withdrawn }),
        1 => (origin(), ".{0,8}", kind(), any::<bool>()).prop_map(|(origin, file, kind, kept)| {
            What::LeftOut { origin, file, fault: Fault::new(kind, "x.example"), kept }
        }),
        1 => ".{0,8}".prop_map(|file| What::TakenIn { file }),
        1 => Just(published()),
        1 => any::<bool>().prop_map(|by_hand| What::Restored { number: 3, by_hand, damaged: vec!["4".into()] }),
        1 => Just(What::Empty),
        1 => Just(What::DiskFailed { why: "full".into() }),
        1 => Just(What::DiskLow { free: 1 }),
        1 => Just(What::ReadOnly),
        1 => any::<i64>().prop_map(|ahead_s| What::ClockWrong { ahead_s }),
        2 => (host, life(), any::<bool>()).prop_map(|(host, life, older)| {
            let remarks = if older { vec![Remark::Older] } else { Vec::new() };
            let origin = host.strip_suffix(".example").map(str::to_owned);
            What::CertificateSeen { origin, certificate: certificate(&host), life, remarks }
        }),
        1 => kind().prop_map(|kind| What::CertificateRefused { origin: None, fault: Fault::new(kind, "our.example") }),
        4 => any::<bool>().prop_map(|fresh| What::CycleEnded { fresh }),
    ]
}

/// Something that happens so many seconds after what happened before; the clock may be set back.
fn events() -> impl Strategy<Value = Vec<(i64, usize, Option<What>)>> {
    prop::collection::vec((-600..90_000_i64, 0..LINES.len(), prop::option::weighted(0.9, what())), 0..120)
}

/// Everything that heals anything of a line.
fn cures(files: &BTreeSet<String>) -> Vec<What> {
    let mut cures = Vec::new();
    for _ in 0..2 {
        for origin in ORIGINS {
            cures.push(answered(origin));
            cures.push(What::CaughtUp { origin: origin.into() });
            let certificate = certificate(&format!("{origin}.example"));
            let (origin, remarks) = (Some(origin.to_owned()), Vec::new());
            cures.push(What::CertificateSeen { origin, certificate, life: Life::Valid, remarks });
        }
        let certificate = certificate("our.example");
        cures.push(What::CertificateSeen {
            origin: None,
            certificate,
            life: Life::Valid,
            remarks: Vec::new(),
        });
    }
    cures.extend(["h1", "h2"].map(|id| What::Released { id: id.into(), how: Release::Approved }));
    cures.extend(files.iter().map(|file| What::TakenIn { file: file.clone() }));
    cures.extend([What::DiskWorks, What::ClockRight, published(), What::CycleEnded { fresh: true }]);
    cures
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_sequence_of_events_keeps_one_incident_a_cause_and_every_healed_one_closes(events in events()) {
        let lines = [line("st-annes"), line("st-marys")];
        let redactor = Redactor::default();
        let mut timeline = Timeline::new([], redactor.clone());
        let mut board = Board::new(&lines, redactor);
        timeline.watch(&lines, at("09:00"));
        let (mut now, mut files) = (at("09:00"), BTreeSet::new());
        let mut notices = Vec::new();
        for (seconds, line, what) in events {
            now += SignedDuration::from_secs(seconds);
            let Some(what) = what else {
                notices.extend(timeline.tick(now));
                notices.extend(match seconds % 3 {
                    0 => timeline.calls_answered(LINES[line], seconds.unsigned_abs(), now),
                    1 => timeline.trouble_heard(LINES[line], Trouble::Unread, now),
                    _ => timeline.trouble_heard(LINES[line], Trouble::Fault, now),
                });
                notices.extend(timeline.signatures_wrong(LINES[line], now));
                continue;
            };
            if let What::LeftOut { file, .. } = &what {
                files.insert(file.clone());
            }
            let event = Event { at: now, line: LINES[line].into(), what };
            board.take(&event);
            notices.extend(timeline.take(&event));

            let all = timeline.incidents();
            let open: Vec<_> = all.iter().filter(|incident| incident.is_open()).collect();
            let causes: BTreeSet<_> = open.iter().map(|incident| (&incident.line, &incident.cause)).collect();
            prop_assert_eq!(causes.len(), open.len());
            let ids: BTreeSet<_> = all.iter().map(|incident| &incident.id).collect();
            prop_assert_eq!(ids.len(), all.len());
        }
        for notice in &notices {
            let incident = &notice.incident;
            prop_assert!(!words::story(incident).contains('\n'));
            prop_assert!(incident.entries.len() <= 60 && !incident.remedy.is_empty());
            prop_assert!(incident.closed_at.is_none_or(|closed| closed >= incident.opened_at));
            let row = serde_json::to_string(&**incident).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Incident>(&row).unwrap(), &**incident);
        }
        Status::of(&board, &timeline, now);

        for line in LINES {
            for what in cures(&files) {
                notices.extend(timeline.take(&Event { at: now, line: line.into(), what }));
            }
            for _ in 0..2 {
                notices.extend(timeline.calls_answered(line, 1, now));
            }
            notices.extend(timeline.signatures_right(line, now));
        }
        let open: Vec<_> = timeline.incidents().into_iter().filter(|incident| incident.is_open()).collect();
        prop_assert!(open.is_empty(), "{open:#?}");
        let count = |change| notices.iter().filter(|notice: &&Notice| notice.change == change).count();
        prop_assert_eq!(count(Change::Opened), count(Change::Closed));
    }
}
