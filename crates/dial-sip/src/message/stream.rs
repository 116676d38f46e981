//! Finds messages in a stream (RFC 3261 section 18.3), and the line ends that keep one alive (RFC 5626
//! section 3.5.1). It keeps one message at most.

use bytes::{Buf as _, Bytes, BytesMut};

use super::MAX_MESSAGE;
use super::header::Name;
use super::scan::{is_token, number, trim};

/// What a stream brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Framed {
    /// A whole message.
    Message(Bytes),
    /// Two line ends: the other side asks whether we live, and wants one line end.
    Ping,
    /// One line end: the other side lives.
    Pong,
}

/// The stream cannot be read any further, and is to be closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The header fields do not end within [`MAX_MESSAGE`] bytes.
    #[error("cannot read a stream: a message has more than 64 KiB of header fields")]
    TooLong,
    /// What comes is not SIP.
    #[error("cannot read a stream: it is not SIP")]
    NotSip,
    /// No length is named, or none that is a number: nobody knows where the next message begins.
    #[error("cannot read a stream: a message does not say how long it is")]
    NoLength(
        /// The message up to its body, so that its sender can be told: 400.
        Bytes,
    ),
    /// The body is longer than [`MAX_MESSAGE`].
    #[error("cannot read a stream: a message is longer than 64 KiB")]
    BodyTooLong(
        /// The message up to its body, so that its sender can be told: 513.
        Bytes,
    ),
}

/// Cuts a stream into messages.
#[derive(Debug, Default)]
pub struct StreamFramer {
    buffer: BytesMut,
    /// So much has been searched for the end of the header fields.
    searched: usize,
    /// Header fields and body together, once they are known.
    whole: Option<usize>,
}

impl StreamFramer {
    /// Takes what came; ask [`next`](Self::next) until it gives nothing more.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// How many bytes wait for the rest of their message.
    pub fn waiting(&self) -> usize {
        self.buffer.len()
    }

    /// The next message or sign of life; nothing until more bytes come.
    ///
    /// # Errors
    ///
    /// If the stream cannot be read any further.
    #[expect(clippy::should_implement_trait, reason = "an iterator that may go on after its end")]
    pub fn next(&mut self) -> Result<Option<Framed>, Broken> {
        if let Some(sign) = self.sign_of_life() {
            return Ok(Some(sign));
        }
        if self.whole.is_none()
            && self.buffer.first().is_none_or(|byte| *byte == b'\r')
            && self.buffer.len() < 4
        {
            return Ok(None);
        }
        if self.whole.is_none() {
            let Some(head) = self.head()? else { return Ok(None) };
            self.whole = Some(head + self.body_len(head)?);
        }
        match self.whole {
            Some(whole) if self.buffer.len() >= whole => {
                (self.whole, self.searched) = (None, 0);
                Ok(Some(Framed::Message(self.buffer.split_to(whole).freeze())))
            }
            _ => Ok(None),
        }
    }

    /// Between messages only; a single line end may be the half of two that is still on its way.
    fn sign_of_life(&mut self) -> Option<Framed> {
        if self.whole.is_some() || self.searched > 0 {
            return None;
        }
        let (len, sign) = match &self.buffer[..] {
            [b'\r', b'\n', b'\r', b'\n', ..] => (4, Framed::Ping),
            [b'\r', b'\n', next, ..] if *next != b'\r' => (2, Framed::Pong),
            b"\r\n" => (2, Framed::Pong),
            _ => return None,
        };
        self.buffer.advance(len);
        Some(sign)
    }

    /// How long the header fields are, with the empty line after them.
    fn head(&mut self) -> Result<Option<usize>, Broken> {
        let begins = self.buffer.first().is_none_or(|byte| is_token(*byte));
        if !begins {
            return Err(Broken::NotSip);
        }
        let from = self.searched.saturating_sub(3);
        let found = self.buffer.get(from..).unwrap_or_default().windows(4).position(|end| end == b"\r\n\r\n");
        self.searched = self.buffer.len();
        match found {
            Some(place) if from + place + 4 <= MAX_MESSAGE => Ok(Some(from + place + 4)),
            None if self.buffer.len() <= MAX_MESSAGE => Ok(None),
            _ => Err(Broken::TooLong),
        }
    }

    fn body_len(&self, head: usize) -> Result<usize, Broken> {
        let head = self.buffer.get(..head).unwrap_or_default();
        let mut named = None;
        for line in head.split(|byte| *byte == b'\n').skip(1) {
            let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
            let (name, value) = line.split_at(colon);
            if Name::of(trim(name)) != Name::ContentLength
                || line.starts_with(b" ")
                || line.starts_with(b"\t")
            {
                continue;
            }
            let digits = trim(value.get(1..).unwrap_or_default());
            match number(digits, u64::MAX) {
                Some(len) if named.is_none_or(|before| before == len) => named = Some(len),
                _ => return Err(Broken::NoLength(Bytes::copy_from_slice(head))),
            }
        }
        match named {
            None => Err(Broken::NoLength(Bytes::copy_from_slice(head))),
            Some(len) if len > MAX_MESSAGE.saturating_sub(head.len()) as u64 => {
                Err(Broken::BodyTooLong(Bytes::copy_from_slice(head)))
            }
            Some(len) => Ok(len as usize),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYE: &[u8] = b"BYE sip:a@b SIP/2.0\r\nVia: x\r\nl : 3\r\n\r\nabc";

    #[test]
    fn messages_are_found_however_the_stream_is_cut() {
        let stream = [BYE, b"\r\n\r\n", BYE, b"\r\n", BYE].concat();
        for piece in 1..stream.len() {
            let mut framer = StreamFramer::default();
            let mut messages = 0;
            for bytes in stream.chunks(piece) {
                framer.push(bytes);
                while let Some(framed) = framer.next().unwrap() {
                    messages += usize::from(framed == Framed::Message(Bytes::from_static(BYE)));
                }
            }
            assert_eq!((messages, framer.waiting()), (3, 0), "in pieces of {piece}");
        }
    }

    #[test]
    fn two_line_ends_ask_for_one() {
        let mut framer = StreamFramer::default();
        framer.push(b"\r\n\r\n");
        assert_eq!(framer.next(), Ok(Some(Framed::Ping)));
        framer.push(b"\r\n");
        assert_eq!(framer.next(), Ok(Some(Framed::Pong)));
        assert_eq!(framer.next(), Ok(None));
    }

    #[test]
    fn a_stream_that_has_no_end_or_no_length_is_closed() {
        for (stream, expected) in [
            (vec![b'a'; MAX_MESSAGE + 1], "more than 64 KiB of header"),
            (b"\x16\x03\x01\x02".to_vec(), "not SIP"),
            (b"BYE sip:a@b SIP/2.0\r\nVia: x\r\n\r\n".to_vec(), "how long"),
            (b"BYE sip:a@b SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\nab".to_vec(), "how long"),
            (b"BYE sip:a@b SIP/2.0\r\nl: -1\r\n\r\n".to_vec(), "how long"),
            (b"BYE sip:a@b SIP/2.0\r\nl: 99999999999\r\n\r\n".to_vec(), "is longer than 64 KiB"),
        ] {
            let mut framer = StreamFramer::default();
            framer.push(&stream);
            let broken = framer.next().unwrap_err().to_string();
            assert!(broken.contains(expected), "{broken}");
        }
    }
}
