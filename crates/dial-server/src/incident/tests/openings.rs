//! When an incident opens, how urgent it is, how it grows, and what it counts.

use dial_origin::event::{Hold, Remark};

use super::*;

fn opened(events: Vec<(&str, What)>) -> Option<Level> {
    let mut timeline = timeline();
    take(&mut timeline, events);
    timeline.incidents().first().map(|incident| incident.level)
}

#[test]
fn ordinary_faults_of_the_way_wait_for_a_second_cycle_and_others_do_not() {
    let waiting = [
        FaultKind::NoSuchHost,
        FaultKind::Refused,
        FaultKind::Unreachable,
        FaultKind::NoAnswer,
        FaultKind::Slow,
        FaultKind::Status(503),
    ];
    for kind in waiting {
        assert_eq!(opened(vec![("14:02", failed("cdn", kind.clone(), 1))]), None, "{kind:?}");
        let twice =
            vec![("14:02", failed("cdn", kind.clone(), 1)), ("14:03", failed("cdn", kind.clone(), 2))];
        assert_eq!(opened(twice), Some(Level::Info), "{kind:?}");
    }
    for (kind, level) in [
        (expired("13:59"), Level::Critical),
        (FaultKind::OldTls, Level::Critical),
        (FaultKind::NoRoots, Level::Critical),
        (FaultKind::Disk("no room".into()), Level::Critical),
        (FaultKind::NoCertificate("the file is missing".into()), Level::Critical),
        (FaultKind::OurCertificate("the new one does not fit its key".into()), Level::Warning),
        (FaultKind::PrivateAddress, Level::Critical),
        (FaultKind::Bomb, Level::Critical),
        (FaultKind::Busy, Level::Warning),
        (FaultKind::Missing, Level::Info),
        (FaultKind::WrongContent("a page".into()), Level::Info),
        (FaultKind::LfsPointer, Level::Info),
        (FaultKind::List(Vec::new()), Level::Info),
    ] {
        assert_eq!(opened(vec![("14:02", failed("cdn", kind.clone(), 1))]), Some(level), "{kind:?}");
    }
}

#[test]
fn a_fault_that_did_not_last_is_never_told() {
    let mut timeline = timeline();
    let events = vec![
        ("14:02", failed("cdn", FaultKind::Refused, 1)),
        ("14:02", What::Switched { from: Some("cdn".into()), to: Some("website".into()) }),
        ("14:03", answered("cdn")),
    ];
    assert_eq!(take(&mut timeline, events), []);
    assert!(timeline.incidents().is_empty());
}

#[test]
fn an_empty_list_is_critical_at_once_and_a_shrunken_one_a_warning() {
    let held = |reason| vec![("14:02", What::Held { origin: "cdn".into(), reason, id: "h1".into() })];
    assert_eq!(opened(held(Hold::Empty)), Some(Level::Critical));
    assert_eq!(opened(held(Hold::Shrunken { gone: 3, of: 9 })), Some(Level::Warning));
    assert_eq!(opened(held(Hold::Changed { of: 9 })), Some(Level::Warning));
}

#[test]
fn a_certificate_is_shown_while_yellow_and_told_when_red() {
    assert_eq!(opened(vec![("14:02", seen("cdn.example", Life::Yellow))]), None);
    assert_eq!(opened(vec![("14:02", seen("cdn.example", Life::Red))]), Some(Level::Warning));
    let mut timeline = timeline();
    let notices = take(
        &mut timeline,
        vec![
            ("14:02", seen("cdn.example", Life::Red)),
            ("14:10", answered("cdn")),
            ("14:11", answered("cdn")),
            ("15:02", seen("cdn.example", Life::Red)),
            ("16:02", seen("cdn.example", Life::Expired)),
            ("16:03", failed("cdn", expired("16:00"), 1)),
            ("17:02", seen("cdn.example", Life::Valid)),
            ("17:17", seen("cdn.example", Life::Valid)),
        ],
    );
    let changes: Vec<_> = notices.iter().map(|notice| notice.change).collect();
    assert_eq!(changes, [Change::Opened, Change::Risen, Change::Updated, Change::Closed]);
    assert!(notices[1].incident.why.contains("expired"), "what is graver is told as the cause");
}

#[test]
fn a_new_issuer_is_worth_a_look_and_an_older_certificate_a_warning() {
    let remark = |remark| {
        let certificate = certificate("cdn.example");
        let remarks = vec![remark];
        let life = Life::Valid;
        vec![("14:02", What::CertificateSeen { origin: Some("cdn".into()), certificate, life, remarks })]
    };
    assert_eq!(opened(remark(Remark::IssuerChanged { from: "Old CA".into() })), Some(Level::Info));
    assert_eq!(opened(remark(Remark::Older)), Some(Level::Warning));
    assert_eq!(opened(remark(Remark::BrokenChain)), Some(Level::Warning));
}

#[test]
fn stale_recordings_never_expire_but_their_incident_grows() {
    let mut timeline = timeline();
    let start = at("14:00");
    timeline.take(&event("14:00", published()));
    let mut levels = Vec::new();
    for minutes in 1..=26 * 60 {
        let at = start + SignedDuration::from_mins(minutes);
        let cycles = u32::try_from(minutes).unwrap();
        for what in [failed("cdn", FaultKind::Refused, cycles), What::CycleEnded { fresh: false }] {
            let line = "st-annes".into();
            for notice in timeline.take(&Event { at, line, what }) {
                if matches!(notice.change, Change::Opened | Change::Risen) {
                    levels.push((minutes, notice.incident.level));
                }
            }
        }
    }
    assert_eq!(levels, [(2, Level::Info), (60, Level::Warning), (24 * 60, Level::Critical)]);
    let incident = &timeline.incidents()[0];
    assert_eq!(incident.entries.len(), 3, "what repeats is told once: {:?}", incident.entries);
    assert_eq!(
        words::heard(incident),
        "Callers notice nothing: the line goes on with the recordings of 23 November 2026."
    );
}

#[test]
fn another_origin_that_is_fresh_keeps_an_incident_small() {
    let mut timeline = timeline();
    for minutes in 0..3000_u32 {
        let at = at("14:00") + SignedDuration::from_mins(minutes.into());
        for what in [failed("cdn", FaultKind::Refused, minutes + 1), What::CycleEnded { fresh: true }] {
            timeline.take(&Event { at, line: "st-annes".into(), what });
        }
    }
    let incident = &timeline.incidents()[0];
    assert_eq!((incident.level, incident.heard), (Level::Info, Heard::Nothing));
}

#[test]
fn without_any_copy_everything_is_critical() {
    let mut timeline = timeline();
    let events = vec![
        ("14:02", failed("cdn", FaultKind::Missing, 1)),
        ("14:02", What::Empty),
        ("14:02", What::CycleEnded { fresh: false }),
    ];
    take(&mut timeline, events);
    let all = timeline.incidents();
    assert!(all.iter().all(|incident| incident.level == Level::Critical), "{all:?}");
    assert!(all.iter().all(|incident| incident.heard == Heard::Trouble), "{all:?}");
}

#[test]
fn calls_are_counted_while_an_incident_is_open() {
    let mut timeline = timeline();
    timeline.calls_answered("st-annes", 1, at("14:00"));
    take(&mut timeline, vec![("14:02", failed("cdn", FaultKind::Missing, 1))]);
    for clock in ["14:03", "14:04", "14:05"] {
        assert!(timeline.calls_answered("st-annes", 1, at(clock)).is_empty());
    }
    timeline.calls_answered("st-marys", 1, at("14:06"));
    let notices = timeline.tick(at("14:07"));
    assert_eq!((notices.len(), notices[0].incident.calls, notices[0].change), (1, 3, Change::Updated));
    assert_eq!(timeline.tick(at("14:08")), [], "nothing is told twice");
    take(&mut timeline, vec![("14:09", answered("cdn")), ("14:10", answered("cdn"))]);
    timeline.calls_answered("st-annes", 1, at("14:11"));
    assert_eq!(words::calls(&timeline.incidents()[0]), "3 calls were answered meanwhile.");
}

#[test]
fn a_polite_message_is_an_incident_until_callers_hear_recordings_again() {
    let mut timeline = timeline();
    let opened = timeline.trouble_heard("st-annes", Trouble::Fault, at("14:02"));
    assert_eq!((opened[0].change, opened[0].incident.level), (Change::Opened, Level::Critical));
    assert_eq!((opened[0].incident.calls, opened[0].incident.polite_calls), (1, 1));
    assert!(timeline.calls_answered("st-annes", 1, at("14:03")).is_empty());
    let closed = timeline.calls_answered("st-annes", 1, at("14:04"));
    assert_eq!(closed[0].change, Change::Closed);
    assert_eq!(words::heard(&closed[0].incident), "Callers heard that the line has some trouble.");
}

#[test]
fn before_the_first_look_at_the_origins_the_polite_message_is_no_incident() {
    let mut timeline = timeline();
    assert_eq!(timeline.trouble_heard("st-annes", Trouble::Unread, at("14:00")), []);
    assert_eq!(timeline.incidents(), []);
    take(&mut timeline, vec![("14:01", What::Empty)]);
    timeline.trouble_heard("st-annes", Trouble::Unread, at("14:02"));
    timeline.calls_answered("st-annes", 7, at("14:03"));
    let all = timeline.incidents();
    assert_eq!((all.len(), all[0].calls, all[0].polite_calls), (1, 8, 1), "what explains it counts it");
}

#[test]
fn with_nothing_to_play_the_polite_message_is_no_second_incident() {
    let mut timeline = timeline();
    take(&mut timeline, vec![("14:02", What::Empty)]);
    assert!(timeline.trouble_heard("st-annes", Trouble::Fault, at("14:03")).is_empty());
    assert_eq!(
        words::calls(&timeline.incidents()[0]),
        "1 call was answered meanwhile; 1 heard of the trouble."
    );
}

#[test]
fn wrong_signatures_are_critical_until_one_fits() {
    let mut timeline = timeline();
    assert_eq!(timeline.signatures_wrong("st-annes", at("14:02"))[0].incident.level, Level::Critical);
    assert!(timeline.signatures_wrong("st-annes", at("14:03")).is_empty());
    assert_eq!(timeline.signatures_right("st-annes", at("14:04"))[0].change, Change::Closed);
}

#[test]
fn a_refresh_that_hangs_is_seen_by_the_clock_alone() {
    let mut timeline = timeline();
    take(&mut timeline, vec![("14:00", What::CycleEnded { fresh: true })]);
    assert!(timeline.tick(at("15:00")).is_empty());
    let stuck = timeline.tick(at("15:10"));
    assert_eq!((stuck[0].change, &stuck[0].incident.cause), (Change::Opened, &Cause::Stuck));
    assert!(stuck[0].incident.why.contains("since 14:00"), "{}", stuck[0].incident.why);
    let ended = take(&mut timeline, vec![("15:20", What::CycleEnded { fresh: true })]);
    assert_eq!(ended[0].change, Change::Closed);
}

#[test]
fn the_disk_is_one_cause_however_many_lines_there_are() {
    let mut timeline = Timeline::new([], Redactor::default());
    timeline.watch(&[line("st-annes"), line("st-marys")], at("09:00"));
    for line in ["st-annes", "st-marys"] {
        let what = What::DiskFailed { why: "no room".into() };
        timeline.take(&Event { at: at("14:02"), line: line.into(), what });
        timeline.calls_answered(line, 1, at("14:03"));
    }
    let all = timeline.incidents();
    assert_eq!((all.len(), all[0].line.as_ref(), all[0].calls), (1, None, 2));
}

#[test]
fn many_recordings_left_out_are_one_incident_that_ends_with_the_last() {
    let mut timeline = timeline();
    for number in 0..300 {
        let fault = Fault::new(FaultKind::Missing, "cdn.example");
        let file = format!("{number}.mp3");
        let what = What::LeftOut { origin: "cdn".into(), file, fault, kept: false };
        timeline.take(&event("14:02", what));
    }
    let all = timeline.incidents();
    assert_eq!((all.len(), all[0].entries.len()), (1, 11));
    assert_eq!(all[0].why, "300 recordings are not offered, or only with their older sound.");
    let ended = (0..300).rev().map(|number| What::TakenIn { file: format!("{number}.mp3") });
    let notices: Vec<_> = ended.flat_map(|what| timeline.take(&event("15:00", what))).collect();
    assert_eq!(notices.iter().filter(|notice| notice.change == Change::Closed).count(), 1);
    assert!(timeline.incidents().iter().all(|incident| !incident.is_open()));
}

#[test]
fn what_is_wrong_with_an_origin_that_is_not_used_any_more_is_over() {
    let mut timeline = timeline();
    take(&mut timeline, vec![("14:02", failed("cdn", expired("13:59"), 1))]);
    let changed = WatchedLine { origins: vec!["website".into()], ..line("st-annes") };
    let notices = timeline.watch(&[changed], at("14:30"));
    assert_eq!(notices[0].change, Change::Closed);
    assert!(words::story(&notices[0].incident).contains("14:30 It is not used any more."));
}

#[test]
fn somebody_may_say_that_they_see_to_it() {
    let mut timeline = timeline();
    take(&mut timeline, vec![("14:02", failed("cdn", expired("13:59"), 1))]);
    let id = timeline.incidents()[0].id.clone();
    let notice = timeline.acknowledge(&id, "Ruth", at("14:05")).unwrap();
    assert_eq!(notice.change, Change::Acknowledged);
    assert!(words::story(&notice.incident).contains("14:05 Ruth sees to it."));
    assert_eq!(timeline.acknowledge("20200101-1", "Ruth", at("14:05")), None);
}
