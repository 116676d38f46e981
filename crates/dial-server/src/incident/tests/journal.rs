//! Incidents outlive the process, and the disk may fail.

use super::super::journal::{self, Journal};
use super::*;

fn desk(dir: &std::path::Path) -> Desk {
    let shelf = Arc::new(StatusShelf::new(None, at("09:00")));
    Desk::open(Journal::open(dir), &[line("st-annes")], &Redactor::default(), shelf, at("09:00")).0
}

#[test]
fn an_open_incident_survives_a_restart_and_is_closed_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut before = desk(dir.path());
    before.take(&event("14:02", failed("cdn", FaultKind::Missing, 1)));
    before.calls_answered("st-annes", 1, at("14:03"));
    before.tick(at("14:04"));
    drop(before);

    let mut after = desk(dir.path());
    assert!(after.take(&event("14:05", failed("cdn", FaultKind::Missing, 1))).is_empty());
    after.take(&event("14:06", answered("cdn")));
    let closed = after.take(&event("14:07", answered("cdn")));
    assert_eq!((closed[0].change, closed[0].incident.calls), (Change::Closed, 1));
    after.take(&event("14:08", What::Empty));

    let known = journal::read(dir.path()).unwrap();
    let ids: Vec<_> = known.iter().map(|incident| (incident.id.as_str(), incident.is_open())).collect();
    assert_eq!(ids, [("20261123-1", false), ("20261123-2", true)]);
}

#[test]
fn a_torn_last_row_costs_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let mut before = desk(dir.path());
    before.take(&event("14:02", failed("cdn", FaultKind::Missing, 1)));
    let path = dir.path().join("incidents/journal.jsonl");
    let mut text = std::fs::read_to_string(&path).unwrap();
    text.push_str("{\"id\":\"20261123-9\",\"li");
    std::fs::write(&path, text).unwrap();
    before.take(&event("14:03", What::Empty));
    assert_eq!(journal::read(dir.path()).unwrap().len(), 2, "what was written after it counts");
    drop(before);
    let changes = desk(dir.path()).take(&event("14:04", published()));
    let changes: Vec<_> = changes.iter().map(|notice| notice.change).collect();
    assert_eq!(changes, [Change::Closed, Change::Updated], "both are known again");
}

#[test]
fn only_the_last_closed_incidents_are_kept_but_every_open_one() {
    let dir = tempfile::tempdir().unwrap();
    let (mut journal, _) = Journal::open(dir.path());
    let mut timeline = timeline();
    let mut notices = take(&mut timeline, vec![("09:30", What::Empty)]);
    for minute in 0..600 {
        let at = at("14:00") + SignedDuration::from_mins(minute);
        for what in [What::ClockWrong { ahead_s: 400 }, What::ClockRight] {
            notices.extend(timeline.take(&Event { at, line: "st-annes".into(), what }));
        }
    }
    journal.write(&notices, || timeline.incidents());
    drop(journal);
    for _ in 0..2 {
        let (_, known) = Journal::open(dir.path());
        assert_eq!(known.len(), 501);
        assert!(known[0].is_open() && known[0].cause == Cause::Empty);
        assert_eq!(known[500].id, "20261123-601");
    }
    let rows = std::fs::read_to_string(dir.path().join("incidents/journal.jsonl")).unwrap();
    assert_eq!(rows.lines().count(), 501, "what is out of date is compacted away");
}

#[test]
fn a_disk_that_fails_stops_nothing_and_is_caught_up_with() {
    let dir = tempfile::tempdir().unwrap();
    // Where the folder should be is a file: nothing can be written.
    std::fs::write(dir.path().join("incidents"), "in the way").unwrap();
    let mut desk = desk(dir.path());
    assert_eq!(desk.take(&event("14:02", failed("cdn", FaultKind::Missing, 1))).len(), 1);
    assert!(journal::read(dir.path()).is_err());
    std::fs::remove_file(dir.path().join("incidents")).unwrap();
    assert!(desk.tick(at("14:03")).is_empty());
    assert_eq!(journal::read(dir.path()).unwrap().len(), 1);
}

#[test]
fn a_process_that_does_not_own_the_folder_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::in_memory();
    let notices = take(&mut timeline(), vec![("14:02", What::Empty)]);
    journal.write(&notices, Vec::new);
    assert!(journal::read(dir.path()).unwrap().is_empty());
}

#[test]
fn what_a_person_and_a_provider_do_is_written_down_too() {
    let dir = tempfile::tempdir().unwrap();
    let mut desk = desk(dir.path());
    desk.fresh_since("st-annes", at("2026-11-22T10:00:00Z"));
    desk.take(&event("14:02", failed("cdn", FaultKind::Refused, 2)));
    let grown = desk.take(&event("14:02", What::CycleEnded { fresh: false }));
    assert_eq!(grown[0].incident.level, Level::Critical, "the copy is older than this process");
    desk.acknowledge("20261123-1", "Ruth", at("14:05"));
    desk.signatures("st-annes", Signatures::Wrong, at("14:06"));
    desk.signatures("st-annes", Signatures::Right, at("14:07"));
    let gone = desk.watch(&[line("st-marys")], at("14:08"));
    assert_eq!((gone.len(), gone[0].change), (1, Change::Closed));
    let known = journal::read(dir.path()).unwrap();
    assert_eq!(known[0].acknowledged.as_ref().map(|person| person.by.as_str()), Some("Ruth"));
    assert!(known.len() == 2 && known.iter().all(|incident| !incident.is_open()));
}
