//! The messages of a media stream: JSON in text frames, in the two spellings that telephone companies use.
//!
//! Reading is lenient: fields that nobody asked for are passed over, and so is a message of an unknown kind.
//! A message may hold a caller's number, and is never logged.

use std::borrow::Cow;
use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dial_core::call::CallId;
use dial_core::key::Key;
use dial_core::time::Millis;
use serde::{Deserialize, Serialize};

/// A telephone company whose media streams we understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// Twilio, whose handshakes are signed.
    Twilio,
    /// `SignalWire`: Twilio's messages, and handshakes of which nobody tells whether they are signed.
    SignalWire,
    /// Telnyx: its own spelling, and handshakes without a signature.
    Telnyx,
}

/// What a telephone company tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The stream begins.
    Start(Start),
    /// The caller's sound, so long after the stream began by the company's clock.
    Sound(Option<Millis>),
    /// The caller pressed a key.
    Key(Key),
    /// The part with a number has sounded, or was thrown away.
    Mark(u64),
    /// The call is over.
    Stop,
    /// Something that changes nothing.
    Other,
}

/// What the beginning of a stream tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// The stream's name, which stands in what we send.
    pub(super) stream: String,
    /// The call's.
    pub(super) call: CallId,
    /// The parameters of our document.
    pub(super) parameters: HashMap<String, String>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow, alias = "stream_id", rename = "streamSid")]
    stream: Option<Cow<'a, str>>,
    start: Option<Beginning>,
    #[serde(borrow)]
    media: Option<Media<'a>>,
    #[serde(borrow)]
    dtmf: Option<Dtmf<'a>>,
    #[serde(borrow)]
    mark: Option<Name<'a>>,
}

#[derive(Deserialize)]
struct Beginning {
    #[serde(alias = "stream_id", rename = "streamSid")]
    stream: Option<String>,
    /// Telnyx: the `CallSid` of its webhooks is the `call_control_id`.
    #[serde(alias = "call_control_id", rename = "callSid")]
    call: String,
    #[serde(default, alias = "custom_parameters", rename = "customParameters")]
    parameters: HashMap<String, String>,
}

#[derive(Deserialize)]
struct Media<'a> {
    #[serde(borrow)]
    timestamp: Option<Number<'a>>,
}

/// Numbers come as strings mostly.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number<'a> {
    Number(u32),
    #[serde(borrow)]
    Text(Cow<'a, str>),
}

#[derive(Deserialize)]
struct Dtmf<'a> {
    #[serde(borrow)]
    digit: Cow<'a, str>,
}

#[derive(Deserialize, Serialize)]
struct Name<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

/// Reads a message; none if it is not one.
pub(super) fn read(text: &str) -> Option<Said> {
    let message: Message<'_> = serde_json::from_str(text).ok()?;
    Some(match &*message.event {
        "start" => {
            let start = message.start?;
            let stream = message.stream.map(Cow::into_owned).or(start.stream)?;
            Said::Start(Start { stream, call: CallId::new(&start.call)?, parameters: start.parameters })
        }
        "media" => Said::Sound(match message.media?.timestamp {
            Some(Number::Number(ms)) => Some(Millis(ms)),
            Some(Number::Text(text)) => text.parse().ok().map(Millis),
            None => None,
        }),
        "dtmf" => message.dtmf?.digit.parse().map_or(Said::Other, Said::Key),
        "mark" => message.mark?.name.parse().map_or(Said::Other, Said::Mark),
        "stop" => Said::Stop,
        _ => Said::Other,
    })
}

/// What we say in a stream.
pub(super) struct Mouth {
    carrier: Carrier,
    stream: String,
}

#[derive(Serialize)]
struct Saying<'a> {
    event: &'static str,
    #[serde(rename = "streamSid", skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
    #[serde(rename = "stream_id", skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media: Option<Payload>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<Name<'static>>,
}

#[derive(Serialize)]
struct Payload {
    payload: String,
}

impl Mouth {
    pub(super) fn new(carrier: Carrier, stream: String) -> Self {
        Self { carrier, stream }
    }

    /// Sound to be played after what was sent before it: mu-law without a header.
    pub(super) fn media(&self, sound: &[u8]) -> String {
        let media = Payload { payload: STANDARD.encode(sound) };
        Self::text(&Saying { media: Some(media), ..self.saying("media") })
    }

    /// Asks to be told when all that was sent has sounded.
    pub(super) fn mark(&self, number: u64) -> String {
        let mark = Name { name: number.to_string().into() };
        Self::text(&Saying { mark: Some(mark), ..self.saying("mark") })
    }

    /// What has not sounded yet is to be thrown away.
    pub(super) fn clear(&self) -> String {
        Self::text(&self.saying("clear"))
    }

    fn saying(&self, event: &'static str) -> Saying<'_> {
        let (sid, id) = match self.carrier {
            Carrier::Twilio | Carrier::SignalWire => (Some(self.stream.as_str()), None),
            Carrier::Telnyx => (None, Some(self.stream.as_str())),
        };
        Saying { event, sid, id, media: None, mark: None }
    }

    fn text(saying: &Saying<'_>) -> String {
        serde_json::to_string(saying).expect("text and numbers can always be written as JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_begin_a_stream() {
        let twilio = r#"{"event":"start","sequenceNumber":"1","streamSid":"MZ1","start":{"streamSid":"MZ1","accountSid":"AC1",
            "callSid":"CA1","tracks":["inbound"],"customParameters":{"token":"v1.x"},"mediaFormat":{"encoding":"audio/x-mulaw"}}}"#;
        let telnyx = r#"{"event":"start","sequence_number":"1","stream_id":"MZ1","start":{"user_id":"u","call_control_id":"CA1",
            "from":"+441134960123","to":"+44113","custom_parameters":{"token":"v1.x"},"media_format":{"encoding":"PCMU"}}}"#;
        for text in [twilio, telnyx] {
            let Some(Said::Start(start)) = read(text) else { panic!("{text}") };
            assert_eq!((start.stream.as_str(), start.call.as_str()), ("MZ1", "CA1"));
            assert_eq!(start.parameters["token"], "v1.x");
        }
    }

    #[test]
    fn what_is_told_is_read_leniently_and_what_is_no_message_not_at_all() {
        for (text, said) in [
            (r#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#, Some(Said::Other)),
            (
                r#"{"event":"media","media":{"track":"inbound","chunk":"2","timestamp":"40","payload":"/w=="}}"#,
                Some(Said::Sound(Some(Millis(40)))),
            ),
            (r#"{"event":"media","media":{"timestamp":40}}"#, Some(Said::Sound(Some(Millis(40))))),
            (r#"{"event":"media","media":{"timestamp":"soon"}}"#, Some(Said::Sound(None))),
            (r##"{"event":"dtmf","stream_id":"1","dtmf":{"digit":"#"}}"##, Some(Said::Key(Key::HASH))),
            (r#"{"event":"dtmf","dtmf":{"digit":"A"}}"#, Some(Said::Other)),
            (r#"{"event":"mark","mark":{"name":"17"}}"#, Some(Said::Mark(17))),
            (r#"{"event":"mark","mark":{"name":"-1"}}"#, Some(Said::Other)),
            (r#"{"event":"stop","stop":{}}"#, Some(Said::Stop)),
            (r#"{"event":"start","start":{"callSid":"a b"}}"#, None),
            (r#"{"event":"media"}"#, None),
            ("[]", None),
            ("", None),
        ] {
            assert_eq!(read(text), said, "{text}");
        }
    }

    #[test]
    fn what_we_say_names_the_stream_as_its_company_does() {
        let twilio = Mouth::new(Carrier::Twilio, "MZ1".into());
        assert_eq!(
            twilio.media(&[0xff, 0x7f]),
            r#"{"event":"media","streamSid":"MZ1","media":{"payload":"/38="}}"#
        );
        assert_eq!(twilio.mark(3), r#"{"event":"mark","streamSid":"MZ1","mark":{"name":"3"}}"#);
        assert_eq!(Mouth::new(Carrier::Telnyx, "s".into()).clear(), r#"{"event":"clear","stream_id":"s"}"#);
    }
}
