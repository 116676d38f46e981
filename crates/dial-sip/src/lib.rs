//! Answers SIP calls: messages, transactions, dialogs, sound and keys. It has never heard of a church.
//!
//! This crate is pure: bytes, addresses, moments and chance are arguments, and what it returns is bytes to
//! send and events. It must not know sockets, clocks, threads, names in DNS, files, or what is played.
//!
//! [`endpoint::Endpoint`] is all of the signalling in one: a host gives it what came, does what it wants, and
//! wakes it when it asks for that. Sound has paths of its own, without the endpoint: [`rtp`], [`dtmf`]
//! and [`srtp`].
//!
//! | module | what it decides |
//! |---|---|
//! | [`message`] | what a message says, and what is answered to one that is wrong |
//! | [`transaction`] | what is sent again when something is lost |
//! | [`dialog`] | what every request inside a call must say |
//! | [`call`] | what happens to one call |
//! | [`sdp`] | which sound both sides have |
//! | [`rtp`], [`dtmf`] | whose sound is heard, how well, and which keys |
//! | [`srtp`] | sound and reports that are encrypted |
//! | [`auth`], [`register`] | who knows a password; accounts at registrars |
//! | [`locate`] | where the servers of a name are |
//! | [`guard`] | who is answered at all |
//!
//! # How a host drives it
//!
//! ```
//! use std::time::Duration;
//!
//! use bytes::Bytes;
//! use dial_sip::call::CallEvent;
//! use dial_sip::endpoint::{Config, Endpoint, Output};
//! use dial_sip::guard::Trunk;
//! use dial_sip::net::{Flow, Transport};
//! use dial_sip::sdp::Local;
//! use dial_sip::time::Moment;
//!
//! let trunk = Trunk { name: "carrier".into(), networks: vec!["203.0.113.0/24".parse()?], ..Trunk::default() };
//! let seed = [0; 32]; // from the machine's source of randomness
//! let mut endpoint = Endpoint::new(Config { trunks: vec![trunk], ..Config::default() }, seed);
//!
//! // A datagram came. Of a stream, `message::StreamFramer` cuts the messages.
//! let flow = Flow { transport: Transport::Udp, local: "192.0.2.1:5060".parse()?, remote: "203.0.113.9:5060".parse()? };
//! let now = Moment::after_start(Duration::from_millis(1)); // from the host's own clock
//! let datagram = Bytes::from_static(b"INVITE sip:100@192.0.2.1 SIP/2.0\r\n\
//!     Via: SIP/2.0/UDP 203.0.113.9;rport;branch=z9hG4bK1\r\nFrom: <sip:+441134960001@carrier>;tag=1\r\n\
//!     To: <sip:100@192.0.2.1>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:203.0.113.9>\r\n\
//!     Content-Type: application/sdp\r\n\r\nv=0\r\nc=IN IP4 203.0.113.9\r\nm=audio 6000 RTP/AVP 8\r\n");
//! endpoint.receive(datagram, flow, None, now);
//!
//! let mut sent = Vec::new();
//! while let Some(output) = endpoint.poll() {
//!     match output {
//!         Output::Transmit(transmit) => sent.push(transmit), // to the socket of `transmit.flow`
//!         Output::Call(call, CallEvent::Invited(_)) => {
//!             // The host finds a line and opens a port for sound; `master` is random.
//!             let local = Local { address: "192.0.2.1:40000".parse()?, master: [7; 30] };
//!             endpoint.answer(call, local, now);
//!         }
//!         Output::Call(_, CallEvent::Answered(media)) => assert_eq!(media.remote, "203.0.113.9:6000".parse()?),
//!         Output::Call(..) | Output::Registration(..) => {}
//!     }
//! }
//! assert!(sent[0].bytes.starts_with(b"SIP/2.0 100 ") && sent[1].bytes.starts_with(b"SIP/2.0 200 "));
//!
//! // No ACK came yet: half a second later the 200 is sent again.
//! let then = endpoint.wakes().expect("an answer waits for its ACK");
//! assert_eq!(then, now + Duration::from_millis(500));
//! endpoint.wake(then);
//! assert!(matches!(endpoint.poll(), Some(Output::Transmit(again)) if again == sent[1]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

//!
//! # What is left to the host
//!
//! - Sockets. Of a stream: a line end in answer to [`message::Framed::Ping`], [`endpoint::Endpoint::broke`] and the end
//!   of the connection on [`message::Broken`], an end to connections that are idle or of no use
//!   ([`guard::Guard::may_speak`]), and [`endpoint::Endpoint::closed`].
//! - Names: what [`locate::locate`] asks. Where a registrar's servers are, again and again, by
//!   [`endpoint::Endpoint::set_servers`]; where a trunk's are, by [`guard::Guard::set_trunks`].
//! - Which line a call is for, and limits of a line or a caller: [`endpoint::Endpoint::refuse`]. Calls whose sound
//!   has ended: [`endpoint::Endpoint::hang_up`]. A machine that cannot keep up: [`endpoint::Endpoint::drain`] and
//!   [`endpoint::Endpoint::resume`].
//! - Sound itself: [`srtp`] encrypts it with the keys that [`sdp::Media`] holds, packet for packet.

pub mod auth;
pub mod call;
pub mod chance;
pub mod dialog;
pub mod dtmf;
pub mod endpoint;
pub mod guard;
pub mod locate;
pub mod message;
pub mod net;
pub mod register;
pub mod rtp;
pub mod sdp;
pub mod srtp;
pub mod time;
pub mod transaction;

mod timers;
