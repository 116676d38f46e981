//! Every kind of file and of damage, made by other people's encoders: played as far as it is sound, or refused in words.

mod damage;
mod make;
mod row;
mod stuck;
mod table;

use std::collections::HashSet;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use make::Bench;
use table::ROWS;

#[test]
fn every_kind_of_file_is_played_as_far_as_it_is_sound_or_refused_in_words() {
    let names: HashSet<&str> = ROWS.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), ROWS.len(), "a name stands twice");
    let bench = Bench::new();
    let next = AtomicUsize::new(0);
    let told = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(row) = ROWS.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let result = row.check(&bench);
                    told.lock().unwrap().push((row.name, result));
                }
            });
        }
    });
    let mut told = told.into_inner().unwrap();
    told.sort_by_key(|(name, _)| ROWS.iter().position(|row| row.name == *name));
    let (mut text, mut faults) = (String::new(), 0);
    for (name, result) in &told {
        let (mark, words) = match result {
            Ok(words) => (' ', words),
            Err(words) => ('!', words),
        };
        faults += usize::from(result.is_err());
        writeln!(text, "{mark} {name:<24} {words}").unwrap();
    }
    println!("{text}");
    assert_eq!(told.len(), ROWS.len());
    assert_eq!(faults, 0, "rows that are not as they should be:\n{text}");
}
