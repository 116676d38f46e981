//! A sentence in pieces: the longest clips that the pack has, and gaps for what it lacks.

use std::borrow::Cow;

use super::take::Tone;
use super::{By, Pack};
use crate::words::spoken;

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Its words, in the form that is said, without the pause after them.
    pub words: String,
    /// How it ends, and so which pause follows.
    pub tone: Tone,
    /// Its sound as mu-law; nothing is a gap, which another voice may fill.
    pub sound: Option<Cow<'a, [u8]>>,
    /// Whose clip it is.
    pub by: Option<By>,
}

// What a way of saying a sentence costs: few clips are better, a wrong tone is worse than one more clip,
// and two gaps are worse than a gap that swallows the two words between them.
const CLIP: u32 = 10;
const WRONG_TONE: u32 = 15;
const GAP: u32 = 2_500;
const GAP_WORD: u32 = 1_000;

/// A word as the pack knows it, as it is written, and the pause after it.
struct Word {
    small: String,
    whole: String,
    pause: Option<char>,
}

/// The best way from a word to the end.
#[derive(Clone, Copy, Default)]
struct Way {
    cost: u32,
    /// Where the next piece begins.
    next: usize,
    gap: bool,
}

/// The pieces of a text.
pub(super) fn pieces<'a>(pack: &'a Pack, text: &str) -> Vec<Piece<'a>> {
    let words = words(text);
    let ways = ways(pack, &words);
    let mut pieces: Vec<Piece> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let way = ways[at];
        let part = &words[at..way.next];
        let tone = tone(&words, way.next);
        let found = if way.gap { None } else { pack.find(&key(part), tone) };
        let (sound, by) = found.map(|found| (Cow::Borrowed(found.sound), found.by)).unzip();
        let text = text_of(part);
        pieces.push(Piece { words: text, tone, sound, by });
        at = way.next;
    }
    pieces
}

/// The cheapest way from every word on, from the last to the first.
fn ways(pack: &Pack, words: &[Word]) -> Vec<Way> {
    let mut ways = vec![Way::default(); words.len() + 1];
    // The cheapest way that begins with a gap: it may be worth to let one run on over words that there are.
    let mut gap = Way { cost: u32::MAX, next: words.len(), gap: true };
    for at in (0..words.len()).rev() {
        let ends = Way { cost: ways[at + 1].cost + GAP, next: at + 1, gap: true };
        gap = if ends.cost <= gap.cost { ends } else { gap };
        gap.cost += GAP_WORD;
        ways[at] = gap;
        for next in at + 1..=words.len().min(at + pack.longest) {
            let tone = tone(words, next);
            let Some(found) = pack.find(&key(&words[at..next]), tone) else { continue };
            let cost = ways[next].cost
                + match found.by {
                    By::Church => 0,
                    By::Pack if found.fits => CLIP,
                    By::Pack => CLIP + WRONG_TONE,
                };
            if cost <= ways[at].cost {
                ways[at] = Way { cost, next, gap: false };
            }
        }
    }
    ways
}

/// How the words before a place end. A text that just ends falls.
fn tone(words: &[Word], end: usize) -> Tone {
    Tone::before(words[end - 1].pause.or((end == words.len()).then_some('.')))
}

fn words(text: &str) -> Vec<Word> {
    let read = |word: &str| {
        let whole = word.trim_end_matches([',', '.', '?']);
        Word { small: whole.to_lowercase(), whole: whole.into(), pause: word[whole.len()..].chars().next() }
    };
    spoken(text).replace('-', " ").split_whitespace().map(read).collect()
}

/// How a pack knows some words.
pub(super) fn label(text: &str) -> String {
    key(&words(text))
}

fn key(words: &[Word]) -> String {
    joined(words, |word| &word.small)
}

fn text_of(words: &[Word]) -> String {
    joined(words, |word| &word.whole)
}

fn joined(words: &[Word], form: impl Fn(&Word) -> &str) -> String {
    let mut text = String::new();
    for (at, word) in words.iter().enumerate() {
        text.push_str(form(word));
        if at + 1 < words.len() {
            text.extend(word.pause);
            text.push(' ');
        }
    }
    text
}
