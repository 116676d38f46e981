//! What a volunteer sees: one sentence, the newest recording, the origins, what waits.

use dial_origin::event::Hold;

use super::*;

fn status(events: Vec<(&str, What)>) -> Status {
    let lines = [line("st-annes")];
    let mut board = Board::new(&lines, Redactor::default());
    let mut timeline = timeline();
    for (clock, what) in events {
        board.take(&event(clock, what.clone()));
        timeline.take(&event(clock, what));
    }
    Status::of(&board, &timeline, at("15:00"))
}

#[test]
fn the_light_tells_what_callers_hear() {
    let held = What::Held { origin: "cdn".into(), reason: Hold::Empty, id: "h1".into() };
    for (events, light, sentence) in [
        (vec![], Light::Red, "The phone line has trouble, and callers hear it."),
        (vec![("14:00", published())], Light::Green, "The phone line is working."),
        (
            vec![("14:00", published()), ("14:02", failed("cdn", expired("13:59"), 1))],
            Light::Amber,
            "The phone line is working, but something needs a person.",
        ),
        (
            vec![("14:00", published()), ("14:02", failed("cdn", FaultKind::Missing, 1))],
            Light::Green,
            "The phone line is working.",
        ),
        (
            vec![("14:00", published()), ("14:02", held)],
            Light::Amber,
            "The phone line is working, but something needs a person.",
        ),
        (
            vec![("14:00", published()), ("14:02", What::Empty)],
            Light::Red,
            "The phone line has trouble, and callers hear it.",
        ),
    ] {
        let status = status(events);
        assert_eq!((status.light, status.sentence), (light, sentence));
    }
}

#[test]
fn each_origin_shows_its_last_answer_and_its_certificate() {
    let status = status(vec![
        ("14:00", published()),
        ("14:01", answered("website")),
        ("14:01", seen("cdn.example", Life::Yellow)),
        ("14:02", failed("cdn", FaultKind::Refused, 1)),
        ("14:02", What::Switched { from: Some("cdn".into()), to: Some("website".into()) }),
        ("14:02", What::CycleEnded { fresh: true }),
    ]);
    let line = &status.lines[0];
    let [cdn, website] = line.origins.as_slice() else { panic!("{line:?}") };
    assert_eq!(
        (cdn.sight, cdn.in_use, website.sight, website.in_use),
        (Sight::Failing, false, Sight::Well, true)
    );
    assert_eq!(cdn.said.as_deref(), Some("The origin cdn (cdn.example) refuses the connection."));
    assert_eq!(cdn.certificate_life, Some(Life::Red), "it is judged when it is shown");
    assert_eq!((line.checked_at, line.fresh_at), (Some(at("14:02")), Some(at("14:02"))));
    assert_eq!(later(at("14:02"), 1), at("15:02"));
}

#[test]
fn a_list_waits_until_it_is_released() {
    let held = What::Held { origin: "cdn".into(), reason: Hold::Empty, id: "h1".into() };
    let released = What::Released { id: "h1".into(), how: dial_origin::event::Release::Approved };
    assert_eq!(status(vec![("14:00", held.clone())]).lines[0].held.len(), 1);
    assert_eq!(status(vec![("14:00", held), ("14:01", released)]).lines[0].held.len(), 0);
}
