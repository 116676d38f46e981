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

/// What the answer to our [`offer`] agrees to.
///
/// # Errors
///
/// If it refuses the stream, or names what we did not offer.
pub fn accept(answer: &Description, local: &Local) -> Result<Media, Disagreement> {
    let stream = answer.streams.first().ok_or(Disagreement::NotOffered)?;
    if !stream.is_sound() || stream.is_secure() {
        return Err(Disagreement::NotOffered);
    }
    let mut media = agree(stream, local, Preference::Theirs)?;
    if media.payload_type != media.codec.payload_type() {
        return Err(Disagreement::NotOffered);
    }
    media.telephone_event = media.telephone_event.filter(|event| event.payload_type == EVENT);
    Ok(media)
}
