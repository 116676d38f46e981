use jiff::civil::date;
use jiff::{Timestamp, tz::TimeZone};

use dial_audio::g711;
use dial_core::date::{spoken, spoken_time, spoken_with_year};
use dial_core::key::Key;
use dial_core::phrase::PhraseBook;

use super::*;

fn small() -> Pack {
    let label = |words: &str, tone| Label { words: words.into(), tone };
    let clips = [
        ("for", Tone::Running),
        ("evensong", Tone::Rising),
        ("evensong", Tone::Falling),
        ("sunday", Tone::Running),
        ("the third", Tone::Running),
        ("sunday the third", Tone::Running),
        ("of may", Tone::Rising),
        ("press four", Tone::Falling),
    ];
    let clips = clips
        .into_iter()
        .enumerate()
        .map(|(at, (words, tone))| (label(words, tone), vec![at as u8; 400]))
        .collect();
    Pack::read(write("nobody", "none", &clips).into()).unwrap()
}

fn is_whole(pieces: &[Piece]) -> bool {
    pieces.iter().all(|piece| piece.sound.is_some())
}

fn told(pieces: &[Piece]) -> String {
    let told = |piece: &Piece| match piece.sound {
        Some(_) => format!("[{}]", piece.words),
        None => format!("<{}>", piece.words),
    };
    pieces.iter().map(told).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_sentence_is_said_in_the_longest_pieces() {
    let pack = small();
    let pieces = pack.pieces("For Evensong, Sunday the 3rd of May, press 4.");
    assert_eq!(told(&pieces), "[For] [Evensong] [Sunday the third] [of May] [press four]");
    let tones: Vec<_> = pieces.iter().map(|piece| piece.tone).collect();
    assert_eq!(tones, [Tone::Running, Tone::Rising, Tone::Running, Tone::Rising, Tone::Falling]);
    assert!(Pack::speak(&pieces).len() > 5 * 400);
}

#[test]
fn what_the_pack_lacks_is_a_gap_that_another_voice_may_fill() {
    let pack = small();
    let mut pieces = pack.pieces("For Plough Sunday at St Anne's, Sunday the 3rd of May, press 4.");
    assert_eq!(
        told(&pieces),
        "[For] <Plough Sunday at Saint Anne's> [Sunday the third] [of May] [press four]"
    );
    let without = Pack::speak(&pieces).len();
    pieces[1].sound = Some(vec![g711::SILENCE; 800].into());
    assert!(Pack::speak(&pieces).len() > without + 700);
}

#[test]
fn what_a_church_recorded_is_said_wherever_its_words_are() {
    let own = [("Sunday the 3rd of May".to_owned(), vec![7; 100]), ("Press 4".to_owned(), vec![8; 100])];
    let pack = small().overlaid(own);
    let pieces = pack.pieces("For Evensong, Sunday the 3rd of May, press 4.");
    assert_eq!(told(&pieces), "[For] [Evensong] [Sunday the third of May] [press four]");
    let by: Vec<_> = pieces.iter().map(|piece| piece.by.unwrap()).collect();
    assert_eq!(by, [By::Pack, By::Pack, By::Church, By::Church]);
    assert_eq!(
        Pack::empty().overlaid([("Noswaith dda".into(), vec![1])]).pieces("Noswaith dda.")[0].by,
        Some(By::Church)
    );
}

#[test]
fn a_file_that_is_cut_short_is_no_pack() {
    let whole = write("nobody", "none", &BTreeMap::new());
    assert!(Pack::read(whole.into()).is_ok());
    for damaged in [&b""[..], b"dial voice pack 2\na\nb\n\n", b"dial voice pack 1\na\nb\n9 rising for\n\nxx"]
    {
        assert_eq!(Pack::read(damaged.into()), Err(PackError));
    }
}

#[test]
fn the_built_in_pack_is_that_of_the_phrase_file() {
    let takes = script::takes();
    assert_eq!(
        Pack::built_in().script,
        script::checksum(&takes),
        "the phrases or the list of clips have changed since the pack was made: run script/voice-pack"
    );
}

#[test]
fn the_built_in_pack_says_every_phrase_of_the_line() {
    let pack = Pack::built_in();
    let book = PhraseBook::default();
    for (row, text) in book.rows() {
        for key in Key::ALL {
            let mut text = text.replace("{key}", &key.spoken());
            for (name, filling) in [
                ("church", "Evensong"),
                ("recording", "Choral Evensong, Sunday the 27th of September"),
                ("seconds", "30"),
                ("minutes", "5"),
                ("position", "1 hour and 12 minutes"),
                ("place", "12 minutes into 58"),
                ("date", "Tuesday the 2nd of March"),
                ("time", "6.30 in the evening"),
            ] {
                text = text.replace(&format!("{{{name}}}"), filling);
            }
            assert!(is_whole(&pack.pieces(&text)), "{row}: {}", told(&pack.pieces(&text)));
        }
    }
}

#[test]
fn the_built_in_pack_says_every_date_and_time() {
    let pack = Pack::built_in();
    let says = |text: &str| {
        let pieces = pack.pieces(text);
        assert!(is_whole(&pieces), "{}", told(&pieces));
    };
    for day in date(2026, 1, 1).series(jiff::Span::new().days(1)).take(366) {
        says(&format!("For Evensong, {}, press 4.", spoken(day)));
        says(&format!("This is {}.", spoken_with_year(day)));
    }
    for minute in 0..24 * 60 {
        let instant = Timestamp::from_second(minute * 60).unwrap();
        says(&format!(
            "This is Evensong, Sunday the 3rd of May, at {}.",
            spoken_time(instant, &TimeZone::UTC)
        ));
    }
    for minutes in 1..60 {
        says(&format!("You are {minutes} minutes into {}.", 60 - minutes).replace(" 1 minutes", " 1 minute"));
        says(&format!("You are less than a minute into 2 hours and {minutes} minutes."));
    }
}

#[test]
fn clips_are_as_loud_as_recordings_and_none_is_too_loud() {
    let pack = Pack::built_in();
    let (clips, bytes) = pack.size();
    assert!(clips > 500 && bytes < 10_000_000, "{clips} clips, {bytes} bytes");
    let ceiling = 32_768.0 * 10_f32.powf(-3.0 / 20.0);
    let loudest = pack.sound.iter().map(|byte| f32::from(g711::decode(*byte)).abs());
    let first = pack.sound.len() - bytes;
    assert!(loudest.skip(first).fold(0.0, f32::max) <= ceiling);
    let sentence = Pack::speak(&pack.pieces("For Evensong, Sunday the 3rd of May, press 4."));
    let sound: Vec<f32> = sentence.iter().map(|byte| f32::from(g711::decode(*byte)) / 32_768.0).collect();
    let loud = crate::sound::loudness(&sound).unwrap();
    assert!((-23.5..-18.5).contains(&loud), "{loud}");
}
