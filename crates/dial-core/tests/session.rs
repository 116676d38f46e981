//! The call flow as a whole: every event in every reachable state yields a turn, every silent call
//! ends, and nothing is played that the catalogue does not offer.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::{HashSet, VecDeque};
use std::sync::LazyLock;

use dial_core::catalogue::{Catalogue, Chapter, FileName, Recording, RecordingId, Sound, When};
use dial_core::key::{Action, Key, KeyMap};
use dial_core::menu::MenuStyle;
use dial_core::phrase::PhraseBook;
use dial_core::session::{
    CallSession, Event, Left, Memory, Next, Place, Prompt, Rules, Silence, Speed, Stage, State, Turn, Volume,
};
use dial_core::time::Millis;
use jiff::{Timestamp, tz::TimeZone};
use proptest::prelude::*;

const SPOKEN: Millis = Millis::seconds(3);

fn answered_at() -> Timestamp {
    "2022-07-10T12:00:00Z".parse().unwrap()
}

/// A week between recordings, the first of them in the future; lengths from 20 s to 2 hours.
fn catalogue(count: usize) -> Catalogue {
    let recording = |number: usize| {
        let file = FileName::new(&format!("{number}.mp3")).unwrap();
        let week_s = 7 * 86_400 * (number as i64 - 1);
        let when = Timestamp::from_second(answered_at().as_second() - week_s).unwrap();
        let mut sound = Sound::plain(Millis::seconds([7200, 20, 600, 3500][number % 4]), &number.to_string());
        if number.is_multiple_of(2) {
            sound.silences = (1..100).map(|place| Millis::seconds(place * 31)).collect();
            let chapter = |start| Chapter { start: Millis::seconds(start), name: None };
            sound.chapters = [0, 200, 900].map(chapter).to_vec();
        }
        Recording { id: RecordingId::of(&file), file, title: None, when: When::Told(when), sound }
    };
    let zone = TimeZone::get("Europe/London").unwrap();
    Catalogue::new("St Anne's".into(), zone, (0..count).map(recording).collect())
}

fn rules(menu: MenuStyle) -> Rules {
    Rules { menu, keys: KeyMap::default(), ..Rules::default() }
}

/// How long a turn takes when no key comes.
fn duration(turn: &Turn) -> Millis {
    let sounds = turn.prompts.iter().map(|prompt| match prompt {
        Prompt::Say(_) => SPOKEN,
        Prompt::Play(piece) => piece.sounding(),
    });
    let wait = match turn.next {
        Next::Gather { wait } => wait,
        Next::Hangup => Millis::ZERO,
    };
    sounds.fold(wait, |sum, length| sum + length)
}

/// What must be true of every turn.
fn assert_sound(turn: &Turn, session: &CallSession, catalogue: &Catalogue) {
    let audible = catalogue.audible(session.state().answered_at);
    static BOOK: LazyLock<PhraseBook> = LazyLock::new(PhraseBook::default);
    for (place, prompt) in turn.prompts.iter().enumerate() {
        match prompt {
            Prompt::Say(phrase) => {
                let words = BOOK.words(phrase, &session.context());
                assert!(words.len() > 5 && !words.contains(['{', '}']), "{phrase:?} says {words:?}");
                assert!(
                    !words.contains("  ") && !words.contains("the recording,"),
                    "{phrase:?} says {words:?}"
                );
            }
            Prompt::Play(piece) => {
                assert_eq!(place, turn.prompts.len() - 1, "a piece comes last: {turn:?}");
                let offered = audible.iter().find(|recording| recording.id == piece.recording);
                let offered = offered.unwrap_or_else(|| panic!("plays what is not offered: {piece:?}"));
                assert!(piece.from < piece.to && piece.to <= offered.sound.length, "{piece:?}");
                assert!(
                    piece.to - piece.from < Millis::seconds(39 * 60),
                    "too long for a provider: {piece:?}"
                );
            }
        }
    }
    if turn.next == Next::Hangup {
        assert_eq!(session.state().stage, Stage::Over);
    }
}

/// Feeds silence until the line hangs up; tells how long that took.
fn silent_end(mut session: CallSession, catalogue: &Catalogue, mut turn: Turn, mut at: Millis) -> Millis {
    let start = at;
    for _ in 0..400 {
        assert_sound(&turn, &session, catalogue);
        at = at + duration(&turn);
        match turn.next {
            Next::Hangup => return at - start,
            Next::Gather { .. } => turn = session.handle(Event::NoInput, at),
        }
    }
    panic!("a silent call does not end: {:?}", session.state());
}

fn events() -> Vec<Event> {
    let heard = [0, 1, 40_000, 9_000_000].map(Millis);
    let digits = Key::ALL.into_iter().flat_map(|key| heard.map(|heard| Event::Digit { key, heard }));
    let place = |recording: usize, position| Place {
        recording: RecordingId::of(&FileName::new(&format!("{recording}.mp3")).unwrap()),
        position: Millis::seconds(position),
        left_at: Timestamp::from_second(answered_at().as_second() - 3600).unwrap(),
    };
    let memory = |place| Memory { remembered: true, place, ..Memory::default() };
    let answers =
        [None, Some(place(2, 300)), Some(place(0, 300)), Some(place(77, 300)), Some(place(2, 9000))];
    digits
        .chain([Event::NoInput, Event::Unavailable, Event::Hangup])
        .chain(heard.map(|heard| Event::Moved { heard }))
        .chain(answers.map(|place| Event::Answered { memory: memory(place) }))
        .collect()
}

#[test]
fn every_event_in_every_reachable_state_yields_a_turn_and_every_silent_call_ends() {
    for menu in [MenuStyle::Gentle, MenuStyle::Classic] {
        for count in [0, 1, 2, 3, 13] {
            let (rules, catalogue) = (rules(menu), catalogue(count));
            let mut seen = HashSet::new();
            let mut open = VecDeque::from([(State::new(answered_at()), Millis::ZERO)]);
            while let Some((state, at)) = open.pop_front() {
                for event in events() {
                    let mut session = CallSession::restore(&rules, &catalogue, state);
                    let turn = session.handle(event, at);
                    assert_sound(&turn, &session, &catalogue);
                    // How loud and when the last key came do not change the shape of a call.
                    let shape =
                        State { volume: Volume::default(), last_key: Millis::ZERO, ..session.state() };
                    if seen.len() < 1200 && seen.insert(format!("{shape:?}")) {
                        open.push_back((session.state(), at + duration(&turn)));
                        silent_end(session, &catalogue, turn, at);
                    }
                }
            }
            assert!(seen.len() >= 2, "{menu:?} {count}: {}", seen.len());
        }
    }
}

#[test]
fn an_endless_recording_ends_for_a_caller_who_is_gone() {
    let (mut rules, catalogue) = (rules(MenuStyle::Gentle), catalogue(5));
    rules.still_there = Millis::seconds(1800);
    let mut session = CallSession::new(&rules, &catalogue, answered_at());
    let first = session
        .handle(Event::Answered { memory: Memory { remembered: true, ..Memory::default() } }, Millis::ZERO);
    let turn =
        session.handle(Event::Digit { key: "4".parse().unwrap(), heard: Millis::ZERO }, duration(&first));
    assert_eq!(
        turn.piece().map(|piece| piece.to),
        Some(Millis::seconds(589)),
        "parted in the silence near ten minutes"
    );
    let took = silent_end(session, &catalogue, turn, duration(&first));
    assert!((Millis::seconds(1750)..Millis::seconds(1900)).contains(&took), "{took}");
}

#[test]
fn a_line_whose_list_was_not_read_yet_says_so_politely_and_ends() {
    let (rules, catalogue) = (rules(MenuStyle::Gentle), Catalogue::unread(TimeZone::UTC));
    let mut session = CallSession::new(&rules, &catalogue, answered_at());
    let turn = session.handle(Event::Answered { memory: Memory::default() }, Millis::ZERO);
    let words: Vec<_> = turn.phrases().map(dial_core::phrase::Phrase::row).collect();
    assert_eq!((words, turn.next), (vec!["trouble"], Next::Hangup));
}

#[test]
fn a_call_that_moves_to_another_way_goes_on_where_it_was() {
    let (rules, catalogue) = (rules(MenuStyle::Gentle), catalogue(3));
    let mut session = CallSession::new(&rules, &catalogue, answered_at());
    let offer = session.handle(Event::Answered { memory: Memory::default() }, Millis::ZERO);
    let again = session.handle(Event::Moved { heard: Millis::ZERO }, Millis::seconds(4));
    assert_eq!(again.prompts, offer.prompts[1..], "the offer without the welcome");

    session.handle(Event::Digit { key: Key::digit(1).unwrap(), heard: Millis::ZERO }, Millis::seconds(9));
    let moved = session.handle(Event::Moved { heard: Millis::seconds(7) }, Millis::seconds(20));
    assert_eq!(moved.prompts.len(), 1, "not a word");
    assert_eq!(moved.piece().unwrap().from, Millis::seconds(7));

    let key = rules.keys.key(Action::Pause).unwrap();
    session.handle(Event::Digit { key, heard: Millis::seconds(10) }, Millis::seconds(130));
    let paused = session.state().stage;
    let still = session.handle(Event::Moved { heard: Millis::ZERO }, Millis::seconds(140));
    assert_eq!((session.state().stage, still.piece()), (paused, None));

    session.handle(Event::Hangup, Millis::seconds(150));
    assert_eq!(session.handle(Event::Moved { heard: Millis::ZERO }, Millis::seconds(151)).next, Next::Hangup);
}

#[test]
fn no_key_is_mapped_twice_into_help() {
    let keys = KeyMap::default().with("1".parse().unwrap(), Action::Back).with(Key::HASH, Action::None);
    let (rules, catalogue) = (Rules { keys, ..rules(MenuStyle::Gentle) }, catalogue(5));
    let mut session = CallSession::new(&rules, &catalogue, answered_at());
    session.handle(Event::Answered { memory: Memory::default() }, Millis::ZERO);
    session.handle(Event::Digit { key: "1".parse().unwrap(), heard: Millis::ZERO }, Millis::ZERO);
    let turn = session.handle(Event::Digit { key: "0".parse().unwrap(), heard: Millis::ZERO }, Millis::ZERO);
    let book = PhraseBook::default();
    let words: Vec<_> = turn.phrases().map(|phrase| book.words(phrase, &session.context())).collect();
    assert_eq!(words.iter().filter(|words| words.contains("go back 30 seconds")).count(), 1, "{words:?}");
    assert!(!words.iter().any(|words| words.contains("next recording")), "{words:?}");
}

fn any_state() -> impl Strategy<Value = State> {
    let millis = || prop_oneof![any::<u32>(), 0..10_000_000u32].prop_map(Millis);
    let recording = || {
        prop_oneof![
            any::<u64>().prop_map(RecordingId),
            (0..14).prop_map(|number| RecordingId::of(&FileName::new(&format!("{number}.mp3")).unwrap()))
        ]
    };
    let silence = prop_oneof![Just(Silence::Repeats), Just(Silence::Plays), Just(Silence::Ends)];
    let stage = prop_oneof![
        Just(Stage::Ringing),
        (recording(), millis()).prop_map(|(recording, position)| Stage::Resuming { recording, position }),
        (any::<u32>(), silence).prop_map(|(offset, silence)| Stage::Menu { offset, silence }),
        (recording(), millis(), millis()).prop_map(|(recording, from, to)| Stage::Playing {
            recording,
            from,
            to
        }),
        (recording(), millis(), any::<u8>()).prop_map(|(recording, position, reminders)| {
            Stage::Paused { recording, position, reminders }
        }),
        (recording(), millis(), any::<u8>())
            .prop_map(|(recording, position, asked)| { Stage::Wondering { recording, position, asked } }),
        Just(Stage::Over),
    ];
    let left = prop_oneof![
        Just(Left::Untouched),
        Just(Left::Finished),
        (recording(), millis()).prop_map(|(recording, position)| Left::At(recording, position))
    ];
    let marks = (any::<bool>(), any::<bool>(), any::<bool>());
    (stage, millis(), 0..6u8, -2..3i8, marks, left).prop_map(
        |(stage, last_key, speed, volume, marks, left)| State {
            stage,
            answered_at: answered_at(),
            last_key,
            speed: Speed::step(speed).unwrap(),
            volume: Volume::step(volume).unwrap(),
            remembered: marks.0,
            told_keys: marks.1,
            hinted: marks.2,
            left,
        },
    )
}

fn any_event() -> impl Strategy<Value = Event> {
    let digit = (0..12usize, any::<u32>())
        .prop_map(|(key, heard)| Event::Digit { key: Key::ALL[key], heard: Millis(heard) });
    let moved = any::<u32>().prop_map(|heard| Event::Moved { heard: Millis(heard) });
    let rare = prop_oneof![Just(Event::Unavailable), Just(Event::Hangup), moved];
    prop_oneof![4 => digit, 2 => Just(Event::NoInput), 3 => rare]
}

#[test]
fn a_busy_machine_gives_up_other_speeds_and_says_so() {
    let (rules, catalogue) = (rules(MenuStyle::Gentle), catalogue(3));
    let key = |sign| Event::Digit { key: Key::try_from(sign).unwrap(), heard: Millis::seconds(5) };
    let mut session = CallSession::new(&rules, &catalogue, answered_at());
    session.handle(Event::Answered { memory: Memory::default() }, Millis::ZERO);
    let mut at = Millis::ZERO;
    let mut press = |session: &mut CallSession, sign| {
        at = at + Millis::seconds(10);
        let turn = session.handle(key(sign), at);
        let said = turn.phrases().map(|phrase| PhraseBook::default().words(phrase, &session.context()));
        (said.collect::<Vec<_>>(), turn.piece().unwrap().speed.factor())
    };
    press(&mut session, '1');
    let mut session = session.at_usual_speed_only(true);
    assert_eq!(press(&mut session, '9'), (vec!["That is as fast as it will go.".to_owned()], 1.0));
    let mut session = session.at_usual_speed_only(false);
    assert_eq!(press(&mut session, '9'), (vec!["Faster.".to_owned()], 1.15));
    let mut session = session.at_usual_speed_only(true);
    assert_eq!(press(&mut session, '4'), (vec!["At the usual speed.".to_owned()], 1.0));
    assert_eq!(press(&mut session, '4'), (vec![], 1.0));
}

proptest! {
    #[test]
    fn a_forged_state_never_panics_and_plays_only_what_is_offered(
        state in any_state(),
        events in proptest::collection::vec((any_event(), any::<u32>()), 1..12),
        count in 0..14usize,
        classic in any::<bool>(),
    ) {
        let rules = rules(if classic { MenuStyle::Classic } else { MenuStyle::Gentle });
        let catalogue = catalogue(count);
        let mut session = CallSession::restore(&rules, &catalogue, state);
        let mut last = None;
        for (event, at) in events {
            let turn = session.handle(event, Millis(at));
            assert_sound(&turn, &session, &catalogue);
            session.left(Millis(at));
            last = Some((turn, Millis(at % 100_000_000)));
        }
        let (turn, at) = last.unwrap();
        silent_end(session, &catalogue, turn, at);
    }

    #[test]
    fn a_token_carries_any_state_and_only_to_its_own_call(state in any_state(), at in 0..1_000_000u32, byte in 0..200usize) {
        use dial_core::{call::CallId, catalogue::Revision, token::{Keyring, Token}};
        let ring = Keyring::new([7; 32], &[]);
        let call = CallId::new("CA1").unwrap();
        let token = Token { revision: Revision(9), issued: Millis(at), lead: Millis(5), state };
        let text = ring.sign(&token, &call, "st-annes");
        prop_assert!(text.len() < 300);
        let now = Timestamp::from_second(answered_at().as_second() + i64::from(at) / 1000).unwrap();
        prop_assert_eq!(ring.verify(&text, &call, "st-annes", now), Ok(token));
        prop_assert!(ring.verify(&text, &CallId::new("CA2").unwrap(), "st-annes", now).is_err());
        prop_assert!(ring.verify(&text, &call, "st-marys", now).is_err());
        prop_assert!(Keyring::new([8; 32], &[]).verify(&text, &call, "st-annes", now).is_err());
        prop_assert!(Keyring::new([8; 32], &[[7; 32]]).verify(&text, &call, "st-annes", now).is_ok());
        let late = Timestamp::from_second(now.as_second() + 6 * 3600 + 2000).unwrap();
        prop_assert!(ring.verify(&text, &call, "st-annes", late).is_err());
        let mut forged = text.clone().into_bytes();
        let place = byte % forged.len();
        forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
        prop_assert!(ring.verify(std::str::from_utf8(&forged).unwrap(), &call, "st-annes", now).is_err());
    }

    #[test]
    fn no_text_is_a_token_by_chance(text in "(v1\\.)?[A-Za-z0-9_.é-]{0,320}") {
        use dial_core::{call::CallId, token::Keyring};
        let verdict = Keyring::new([7; 32], &[]).verify(&text, &CallId::new("CA1").unwrap(), "x", answered_at());
        prop_assert!(verdict.is_err());
    }
}
