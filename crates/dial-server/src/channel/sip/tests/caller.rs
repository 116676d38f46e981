//! A telephone by hand: one call over UDP, its sound and keys in RTP.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use dial_sip::rtp::{Header, Packet};

/// Nothing that is waited for takes longer, be the machine ever so busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// One call.
pub(crate) struct Caller {
    sip: UdpSocket,
    rtp: UdpSocket,
    line: SocketAddr,
    /// Where the line hears us.
    theirs: SocketAddr,
    from: String,
    to: String,
    sequence: u16,
    /// What was heard, in A-law.
    pub(crate) heard: Vec<u8>,
}

impl Caller {
    /// Rings a line, and is answered.
    pub(crate) fn ring(line: SocketAddr, number: &str) -> Self {
        let socket = || {
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            socket
        };
        let (sip, rtp) = (socket(), socket());
        let from = format!("<sip:{number}@127.0.0.1>;tag=caller");
        let mut caller = Self {
            sip,
            rtp,
            line,
            theirs: line,
            from,
            to: "<sip:line@127.0.0.1>".into(),
            sequence: 0,
            heard: Vec::new(),
        };
        let port = caller.rtp.local_addr().unwrap().port();
        let sdp = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
        );
        caller.ask("INVITE", 1, &sdp);
        let answer = loop {
            let answer = caller.receive();
            if answer.starts_with("SIP/2.0 200") {
                break answer;
            }
            assert!(answer.starts_with("SIP/2.0 1"), "{answer}");
        };
        field(&answer, "To").clone_into(&mut caller.to);
        let port = answer.split("m=audio ").nth(1).unwrap().split(' ').next().unwrap();
        caller.theirs = SocketAddr::new(line.ip(), port.parse().unwrap());
        caller.ask("ACK", 1, "");
        caller
    }

    /// Presses a key: three packets of it, and three of its end.
    pub(crate) fn press(&mut self, key: char) {
        let code = "0123456789*#".find(key).unwrap() as u8;
        self.sequence = self.sequence.wrapping_add(100);
        let timestamp = u32::from(self.sequence) * 160;
        for n in 0..6_u16 {
            let [high, low] = (160 * (n + 1).min(4)).to_be_bytes();
            let end = if n >= 3 { 0x80 } else { 0 };
            let header = Header {
                marker: n == 0,
                payload_type: 101,
                sequence: self.sequence + n,
                timestamp,
                ssrc: 77,
            };
            let packet = [&header.to_bytes()[..], &[code, end + 10, high, low]].concat();
            self.rtp.send_to(&packet, self.theirs).unwrap();
        }
    }

    /// Says nothing, as telephones do 50 times a second.
    pub(crate) fn breathe(&mut self) {
        self.sequence = self.sequence.wrapping_add(1);
        let timestamp = u32::from(self.sequence) * 160;
        let header = Header { marker: false, payload_type: 8, sequence: self.sequence, timestamp, ssrc: 77 };
        self.rtp.send_to(&[&header.to_bytes()[..], &[0xd5; 160]].concat(), self.theirs).unwrap();
    }

    /// Takes what has come of the sound.
    pub(crate) fn listen(&mut self) {
        self.rtp.set_nonblocking(true).unwrap();
        let mut bytes = [0; 2_048];
        while let Ok(length) = self.rtp.recv(&mut bytes) {
            let packet = Packet::parse(&bytes[..length]).unwrap();
            assert_eq!(packet.header.payload_type, 8);
            self.heard.extend_from_slice(packet.payload);
        }
        self.rtp.set_nonblocking(false).unwrap();
    }

    /// Hangs up, and hears that it was understood.
    pub(crate) fn hang_up(&mut self) {
        self.ask("BYE", 2, "");
        let answer = self.receive();
        assert!(answer.starts_with("SIP/2.0 200"), "{answer}");
    }

    /// The line hangs up.
    pub(crate) fn is_hung_up(&mut self) {
        let bye = self.receive();
        assert!(bye.starts_with("BYE "), "{bye}");
        let kept =
            ["Via", "From", "To", "Call-ID", "CSeq"].map(|name| format!("{name}: {}\r\n", field(&bye, name)));
        let answer = format!("SIP/2.0 200 OK\r\n{}Content-Length: 0\r\n\r\n", kept.concat());
        self.sip.send_to(answer.as_bytes(), self.line).unwrap();
    }

    fn ask(&self, method: &str, number: u32, body: &str) {
        let us = self.sip.local_addr().unwrap();
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let text = format!(
            "{method} sip:line@{} SIP/2.0\r\nVia: SIP/2.0/UDP {us};rport;branch=z9hG4bK{method}{}\r\n\
             Max-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\nCall-ID: call-{}\r\nCSeq: {number} {method}\r\n\
             Contact: <sip:caller@{us}>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            self.line,
            us.port(),
            self.from,
            self.to,
            us.port(),
            body.len(),
        );
        self.sip.send_to(text.as_bytes(), self.line).unwrap();
    }

    fn receive(&self) -> String {
        let mut bytes = [0; 8_192];
        let length = self.sip.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    }
}

/// The value of a header field.
fn field<'a>(message: &'a str, name: &str) -> &'a str {
    let line = message
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with(&format!("{}:", name.to_ascii_lowercase())));
    line.unwrap().split_once(':').unwrap().1.trim()
}
