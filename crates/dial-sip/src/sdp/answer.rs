//! An answer to what was offered (RFC 3264 section 6).

use super::session::Lines;
use super::{Description, Disagreement, Keying, Local, LocalSession, Media, Preference, Stream};

/// Answers an offer: the text of the answer, and what was agreed.
///
/// The first stream of sound that we can serve is taken. Every other is refused with port 0, in its place.
///
/// # Errors
///
/// If no stream can be served: why the first stream of sound cannot.
pub fn answer(
    offer: &Description,
    local: &Local,
    session: &mut LocalSession,
    preference: Preference,
) -> Result<(String, Media), Disagreement> {
    let mut reason = Disagreement::NoSound;
    let mut agreed = None;
    for (place, stream) in offer.streams.iter().enumerate().filter(|(_, stream)| stream.is_sound()) {
        match agree(stream, local, preference) {
            Ok(media) => {
                agreed = Some((place, media));
                break;
            }
            Err(why) if reason == Disagreement::NoSound => reason = why,
            Err(_) => {}
        }
    }
    let (taken, media) = agreed.ok_or(reason)?;
    let mut streams = String::new();
    for (place, stream) in offer.streams.iter().enumerate() {
        streams += &if place == taken { accepted(stream, local, &media) } else { refused(stream) };
    }
    Ok((session.write(local.address, &streams), media))
}

pub(super) fn agree(stream: &Stream, local: &Local, preference: Preference) -> Result<Media, Disagreement> {
    let (codec, payload_type) = stream.codec(preference)?;
    let (remote, remote_rtcp) = stream.addresses()?;
    let keys = stream.key()?.map(|theirs| {
        let ours = Keying { tag: theirs.tag, suite: theirs.suite, master: local.master };
        (ours, theirs.clone())
    });
    Ok(Media {
        codec,
        payload_type,
        telephone_event: stream.telephone_event(),
        ptime_ms: stream.ptime_ms(),
        remote,
        remote_rtcp,
        rtcp_mux: stream.rtcp_mux,
        direction: stream.our_direction(),
        keys,
    })
}

fn accepted(stream: &Stream, local: &Local, media: &Media) -> String {
    let lines = Lines {
        port: local.address.port(),
        protocol: &stream.protocol,
        codecs: &[(media.payload_type, media.codec.name())],
        event: media.telephone_event.map(|event| (event.payload_type, event.clock)),
        ptime_ms: media.ptime_ms,
        direction: media.direction,
        key: media.keys.as_ref().map(|(ours, _)| ours),
        rtcp_mux: media.rtcp_mux,
    };
    lines.write()
}

/// The line as it was offered, with port 0.
fn refused(stream: &Stream) -> String {
    format!("m={} 0 {} {}\r\n", stream.kind, stream.protocol, stream.formats.join(" "))
}
