//! An offer of ours, where the other side makes none, and what its answer means.

use super::answer::agree;
use super::session::Lines;
use super::{Codec, Description, Direction, Disagreement, Local, LocalSession, Media, Preference};

/// The payload type that we offer for keys.
const EVENT: u8 = 101;

/// Offers both codecs, the first as we prefer, and keys by RFC 4733.
pub fn offer(local: &Local, session: &mut LocalSession, first: Codec) -> String {
    let mut codecs = Codec::ALL;
    if first == Codec::Pcma {
        codecs.reverse();
    }
    let lines = Lines {
        port: local.address.port(),
        protocol: "RTP/AVP",
        codecs: &codecs.map(|codec| (codec.payload_type(), codec.name())),
        event: Some((EVENT, 8_000)),
        ptime_ms: 20,
        direction: Direction::Both,
        key: None,
        rtcp_mux: false,
    };
    session.write(local.address, &lines.write())
}

/// Offers again what holds already, in the form of our last description, but that both send: RFC 3264 section 8
/// wants every stream in its place, also those that were refused. None if we described nothing yet.
pub fn offer_again(session: &mut LocalSession) -> Option<String> {
    let (address, streams) = session.last_streams()?;
    let held = [Direction::ReceiveOnly, Direction::SendOnly, Direction::Inactive];
    let both = format!("a={}", Direction::Both.name());
    let open = |line: &str| {
        if held.iter().any(|held| line == format!("a={}", held.name())) { both.clone() } else { line.into() }
    };
    let streams: String = streams.lines().map(|line| open(line) + "\r\n").collect();
    Some(session.write(address, &streams))
}

/// What the answer to an offer of ours agrees to; `before` is what held when we offered, if anything did.
///
/// # Errors
///
/// If it refuses the stream, or names what we did not offer.
pub fn accept(answer: &Description, local: &Local, before: Option<&Media>) -> Result<Media, Disagreement> {
    let stream = answer.streams.iter().find(|stream| stream.is_sound()).ok_or(Disagreement::NotOffered)?;
    // What was encrypted stays so, and what was not has no key of ours.
    if stream.is_secure() != before.is_some_and(|before| before.keys.is_some()) {
        return Err(Disagreement::NotOffered);
    }
    let preference = before.map_or(Preference::Theirs, |before| Preference::Ours(before.codec));
    let mut media = agree(stream, local, preference)?;
    // RFC 4568 section 5.1.3: the answer names the key that it answers, and its suite.
    let named = |media: &Media| media.keys.as_ref().map(|(ours, _)| (ours.tag, ours.suite));
    let (fits, event) = match before {
        Some(before) => (
            (media.codec, media.payload_type) == (before.codec, before.payload_type)
                && named(&media) == named(before),
            before.telephone_event.map(|event| event.payload_type),
        ),
        None => (media.payload_type == media.codec.payload_type(), Some(EVENT)),
    };
    if !fits {
        return Err(Disagreement::NotOffered);
    }
    media.telephone_event = media.telephone_event.filter(|known| Some(known.payload_type) == event);
    Ok(media)
}
