//! Tables of events, and the sentences that they make.

use dial_origin::event::{Hold, Release};

use super::*;

/// The story of the only incident.
fn story(events: Vec<(&str, What)>) -> String {
    let mut timeline = timeline();
    take(&mut timeline, events);
    let all = timeline.incidents();
    assert_eq!(all.len(), 1, "{:?}", all.iter().map(|incident| words::story(incident)).collect::<Vec<_>>());
    words::story(&all[0])
}

#[test]
fn an_expired_certificate_is_told_from_the_fault_to_the_cure() {
    let switch = |from: &str, to: &str| What::Switched { from: Some(from.into()), to: Some(to.into()) };
    let told = story(vec![
        ("14:02", failed("cdn", expired("13:59"), 1)),
        ("14:02", switch("cdn", "website")),
        ("14:02", What::CycleEnded { fresh: true }),
        ("14:03", failed("cdn", expired("13:59"), 2)),
        ("16:19", answered("cdn")),
        ("16:20", answered("cdn")),
    ]);
    assert_eq!(
        told,
        "14:02 The origin cdn (cdn.example) presented a certificate that expired at 13:59 on 23 November 2026. \
         14:02 Switched to the origin website. Callers noticed nothing. 16:20 The origin cdn is well again."
    );
}

#[test]
fn each_fault_is_told_in_a_sentence_and_so_is_its_end() {
    let held = |reason| What::Held { origin: "cdn".into(), reason, id: "h7".into() };
    let left_out = |kept| What::LeftOut {
        origin: "cdn".into(),
        file: "evensong.mp3".into(),
        fault: Fault::new(FaultKind::Missing, "cdn.example"),
        kept,
    };
    let table: Vec<(Vec<(&str, What)>, &str)> = vec![
        (
            vec![
                ("14:02", failed("cdn", FaultKind::Refused, 1)),
                ("14:03", failed("cdn", FaultKind::NoAnswer, 2)),
                ("14:04", answered("cdn")),
                ("14:05", answered("cdn")),
            ],
            "14:02 The origin cdn (cdn.example) refuses the connection. 14:03 The origin cdn (cdn.example) does \
             not answer. 14:05 The origin cdn is well again. Callers noticed nothing.",
        ),
        (
            vec![
                ("14:02", held(Hold::Shrunken { gone: 12, of: 30 })),
                ("15:00", What::Released { id: "h7".into(), how: Release::Approved }),
            ],
            "14:02 The list of the origin cdn lacks 12 of the 30 recordings that are offered; it waits until a \
             person has looked at it. 15:00 A person approved the list. Callers noticed nothing.",
        ),
        (
            vec![("14:02", left_out(false)), ("15:00", What::TakenIn { file: "evensong.mp3".into() })],
            "14:02 The recording evensong.mp3 is not offered: the origin cdn lacks the file. 15:00 \
             The recording evensong.mp3 is in order again. Callers heard the other recordings.",
        ),
        (
            vec![("14:02", left_out(true))],
            "14:02 The recording evensong.mp3 is offered with its older sound: the origin cdn lacks the file. \
             Callers notice nothing.",
        ),
        (
            vec![("14:02", What::Empty), ("14:30", published())],
            "14:02 There is nothing to play: no copy is on the disk, and no origin gave one. 14:30 Copy 12 is \
             offered: 24 recordings, of them 1 new; 0 went. Callers heard that the line has some trouble.",
        ),
        (
            vec![("14:02", What::ClockWrong { ahead_s: -420 }), ("14:30", What::ClockRight)],
            "14:02 This computer's clock is 7 minutes slow. 14:30 This computer's clock is right again. Callers \
             noticed nothing.",
        ),
        (
            vec![("14:02", What::DiskLow { free: 900_000_000 }), ("14:30", What::DiskWorks)],
            "14:02 Only 900 MB are left on our own disk, so older copies were given up. 14:30 The disk works \
             again. Callers noticed nothing.",
        ),
        (
            vec![
                ("14:00", What::CycleEnded { fresh: true }),
                ("14:01", What::CycleEnded { fresh: false }),
                ("14:02", What::CycleEnded { fresh: false }),
                ("14:30", What::CycleEnded { fresh: true }),
            ],
            "14:02 No origin has confirmed the recordings since 14:00 on 23 November 2026. 14:30 The recordings \
             are confirmed again. Callers noticed nothing: the line went on with the recordings of 23 November 2026.",
        ),
        (
            vec![
                ("14:02", What::Behind { origin: "website".into(), lacks: 1 }),
                ("14:03", What::Behind { origin: "website".into(), lacks: 1 }),
                ("2026-11-24T09:10:00Z", What::CaughtUp { origin: "website".into() }),
            ],
            "14:02 The origin website is behind: it lacks 1 recording that we offer. 24 November 2026, 09:10 The \
             origin website has caught up. Callers noticed nothing.",
        ),
    ];
    for (events, told) in table {
        assert_eq!(story(events), told);
    }
}

#[test]
fn times_are_told_in_the_zone_of_the_line() {
    let mut timeline = timeline();
    let summer = Event { at: at("2026-07-01T13:00:00Z"), line: "st-annes".into(), what: What::Empty };
    timeline.take(&summer);
    assert!(words::story(&timeline.incidents()[0]).starts_with("14:00 There is nothing to play"));
}

#[test]
fn what_others_say_is_masked_and_stays_on_its_row() {
    let redactor = Redactor::default();
    redactor.register("hunter2-hunter2");
    let mut timeline = Timeline::new([], redactor.clone());
    timeline.watch(&[line("st-annes")], at("09:00"));
    let git = "fatal: https://x:hunter2-hunter2@git.example\n+44 113 496 0123\u{1b}[31m \u{202e}".to_owned()
        + &"y".repeat(2000);
    timeline.take(&event("14:02", failed("cdn", FaultKind::Git(git), 2)));
    let told = words::story(&timeline.incidents()[0]);
    redactor.assert_clean(&told);
    assert!(!told.contains(['\n', '\u{1b}', '\u{202e}']) && told.len() < 1000, "{told}");
    assert!(told.contains("git.example"), "{told}");
}

#[test]
fn a_post_has_four_headings_and_says_what_a_person_must_add() {
    let mut timeline = timeline();
    take(&mut timeline, vec![("14:02", failed("cdn", expired("13:59"), 1))]);
    timeline.calls_answered("st-annes", 1, at("15:00"));
    take(&mut timeline, vec![("16:19", answered("cdn")), ("16:20", answered("cdn"))]);
    let text = post(&timeline.incidents()[0]);
    let headings: Vec<_> = text.lines().filter(|row| row.starts_with('#')).collect();
    assert_eq!(
        headings,
        [
            "# 23 November 2026: The origin cdn (cdn.example) presented a certificate that expired at 13:59 on 23 \
             November 2026",
            "## What happened",
            "## Why",
            "## How it was fixed",
            "## How we stop it happening again"
        ]
    );
    for part in [
        "Callers noticed nothing.\n1 call was answered meanwhile.",
        "was over at 16:20 on 23 November 2026, after 2 hours and 18 minutes.",
        "- 14:02 The origin cdn (cdn.example) presented",
        "The origin cdn is well again.\nThe advice was: Ask whoever runs cdn.example to renew its certificate",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(text.matches("[Please add: ").count(), 4);
}
