//! A turn as a TwiML document. Well-formed whatever the words are, and never over 64 kB.

use std::borrow::Cow;
use std::fmt::Write;

use dial_core::session::{Next, Piece, Prompt, Turn};

use super::dialect::Dialect;
use super::utterance::Utterance;
use crate::channel::stream::Carrier;

/// Twilio's limit of a document (error 11750).
const MAX_DOCUMENT: usize = 64 * 1024;
/// Most documents are shorter.
const USUAL_DOCUMENT: usize = 1024;
/// Twilio's limit of a Polly voice's text, in bytes (warning 13521).
const MAX_SAY: usize = 2900;
/// A gather must wait at least one second (warning 13313).
const SHORTEST_WAIT_S: u32 = 1;

/// How a line speaks through a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Voice {
    /// The provider's name of it, such as `Polly.Amy`.
    pub(crate) name: String,
    /// Its language, such as `en-GB`.
    pub(crate) language: String,
}

/// A turn as a document: `says` are its sentences, `media` names a piece's address, `action` takes the key.
pub(super) fn document(
    turn: &Turn,
    voice: &Voice,
    dialect: Dialect,
    action: &str,
    says: &[Utterance],
    media: impl Fn(&Piece) -> String,
) -> String {
    let mut says = says.iter();
    let mut xml = String::with_capacity(USUAL_DOCUMENT);
    xml.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>");
    if let Next::Gather { wait } = turn.next {
        let timeout = wait.as_seconds().max(SHORTEST_WAIT_S);
        let action = escape(action);
        let _ = write!(
            xml,
            "<Gather input=\"dtmf\" numDigits=\"1\" finishOnKey=\"\" timeout=\"{timeout}\" action=\"{action}\" method=\"POST\""
        );
        xml.push_str(if dialect.calls_action_on_silence() { " actionOnEmptyResult=\"true\">" } else { ">" });
    }
    for prompt in &turn.prompts {
        match prompt {
            Prompt::Say(_) => match says.next() {
                Some(Utterance { sound: Some(address), .. }) => play(&mut xml, address),
                Some(Utterance { words, .. }) => say(&mut xml, voice, words),
                None => {}
            },
            Prompt::Play(piece) => play(&mut xml, &media(piece)),
        }
    }
    match turn.next {
        Next::Hangup => xml.push_str("<Hangup/>"),
        Next::Gather { .. } => {
            xml.push_str("</Gather>");
            if !dialect.calls_action_on_silence() {
                let _ = write!(xml, "<Redirect method=\"POST\">{}</Redirect>", escape(action));
            }
        }
    }
    xml.push_str("</Response>");
    debug_assert!(xml.len() <= MAX_DOCUMENT, "bounded titles and sentences bound the document");
    xml
}

/// What opens a media stream, and where the call goes on when that has ended.
pub(super) fn connect(carrier: Carrier, stream: &str, parameters: &[(&str, &str)], after: &str) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Connect>");
    let _ = write!(xml, "<Stream url=\"{}\"", escape(stream));
    // Without it Telnyx expects whole MP3 files from us.
    xml.push_str(match carrier {
        Carrier::Twilio | Carrier::SignalWire => ">",
        Carrier::Telnyx => " bidirectionalMode=\"rtp\" bidirectionalCodec=\"PCMU\">",
    });
    for (name, value) in parameters {
        let _ = write!(xml, "<Parameter name=\"{}\" value=\"{}\"/>", escape(name), escape(value));
    }
    let _ =
        write!(xml, "</Stream></Connect><Redirect method=\"POST\">{}</Redirect></Response>", escape(after));
    xml
}

/// The end of a call, without a word.
pub(super) fn hang_up() -> String {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Hangup/></Response>".into()
}

/// A polite sentence, and the end of the call.
pub(crate) fn farewell(voice: &Voice, words: &str) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>");
    say(&mut xml, voice, words);
    xml.push_str("<Hangup/></Response>");
    xml
}

fn play(xml: &mut String, address: &str) {
    let _ = write!(xml, "<Play>{}</Play>", escape(address));
}

fn say(xml: &mut String, voice: &Voice, words: &str) {
    let mut words = words.trim();
    if words.is_empty() {
        return;
    }
    if words.len() > MAX_SAY {
        let end = (0..=MAX_SAY).rev().find(|end| words.is_char_boundary(*end)).unwrap_or(0);
        words = &words[..end];
    }
    let (name, language) = (escape(&voice.name), escape(&voice.language));
    let _ = write!(xml, "<Say voice=\"{name}\" language=\"{language}\">{}</Say>", escape(words));
}

/// Escapes markup, and leaves out what XML 1.0 cannot hold (its section 2.2).
fn escape(text: &str) -> Cow<'_, str> {
    let lawful = |sign: &char| matches!(sign, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if text.chars().all(|sign| lawful(&sign)) {
        return quick_xml::escape::escape(text);
    }
    let text: String = text.chars().filter(lawful).collect();
    quick_xml::escape::escape(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dial_core::catalogue::RecordingId;
    use dial_core::phrase::Phrase;
    use dial_core::session::{Speed, Volume};
    use dial_core::time::Millis;

    fn voice() -> Voice {
        Voice { name: "Polly.Amy".into(), language: "en-GB".into() }
    }

    fn turn() -> Turn {
        let piece = Piece {
            recording: RecordingId(1),
            from: Millis::ZERO,
            to: Millis(1000),
            speed: Speed::default(),
            volume: Volume::default(),
        };
        let prompts = vec![Prompt::Say(Phrase::Plain("welcome")), Prompt::Play(piece)];
        Turn { prompts, next: Next::Gather { wait: Millis::ZERO } }
    }

    fn rendered(dialect: Dialect, words: &str) -> String {
        let says = [Utterance::said(words.into())];
        document(&turn(), &voice(), dialect, "/step/v1", &says, |_| "/a.wav?speed=1&gain=6".into())
    }

    #[test]
    fn a_turn_is_a_gather_that_holds_its_words_and_its_piece() {
        assert_eq!(
            rendered(Dialect::Twilio, "Hello."),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Gather input=\"dtmf\" numDigits=\"1\" finishOnKey=\"\" \
             timeout=\"1\" action=\"/step/v1\" method=\"POST\" actionOnEmptyResult=\"true\">\
             <Say voice=\"Polly.Amy\" language=\"en-GB\">Hello.</Say><Play>/a.wav?speed=1&amp;gain=6</Play></Gather></Response>"
        );
    }

    #[test]
    fn a_portable_document_goes_on_by_a_redirect() {
        let xml = rendered(Dialect::Portable, "Hello.");
        assert!(xml.ends_with("</Gather><Redirect method=\"POST\">/step/v1</Redirect></Response>"), "{xml}");
        assert!(!xml.contains("actionOnEmptyResult"));
    }

    #[test]
    fn any_words_make_a_well_formed_document() {
        for words in [
            "\"Come & see\" <he> said: it's",
            "]]> <!-- &amp; -->",
            "Gŵyl y Pasg 🔔🎶 \u{202e}שלום\u{202c} السلام",
            "bell\u{7} null\u{0} \u{ffff} \u{fffe} \u{b}",
            &"ab ".repeat(5000),
        ] {
            let xml = rendered(Dialect::Twilio, words);
            let mut reader = quick_xml::Reader::from_str(&xml);
            while !matches!(reader.read_event().unwrap(), quick_xml::events::Event::Eof) {}
            assert!(xml.len() < MAX_DOCUMENT);
        }
    }
}
