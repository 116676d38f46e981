//! A telephone by hand over UDP, which does no more than it must: it repeats what is not answered (RFC 3261
//! section 17.1), sends silence and keys, and reports what it heard.

use std::collections::VecDeque;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use dial_sip::rtp::{Header, Packet, Reception, rtcp};

use crate::path::{LONGEST, Path};

/// The number of its source.
const SSRC: u32 = 4_711;
/// The time between two packets.
const FRAME: Duration = Duration::from_millis(20);
/// What is not answered is repeated after this, then twice as late each time, but no later than that.
const T1: Duration = Duration::from_millis(500);
const T2: Duration = Duration::from_secs(4);

/// One call.
pub(crate) struct Caller<'a> {
    sip: UdpSocket,
    rtp: UdpSocket,
    signalling: &'a Path,
    sound: &'a Path,
    call: u64,
    to: String,
    /// Answers that it will not have heard.
    deaf_to: u32,
    /// A request that is not answered yet, when to repeat it, and how long was waited.
    asking: Option<(String, Instant, Duration)>,
    /// When each good answer to the INVITE came, and when the line hung up.
    pub(crate) answers: Vec<Instant>,
    pub(crate) is_hung_up: Option<Instant>,
    is_over: bool,
    sequence: u16,
    timestamp: u32,
    next: Instant,
    keys: VecDeque<Vec<u8>>,
    heard: Option<Reception>,
}

impl<'a> Caller<'a> {
    /// Rings by two paths, and does not hear the first few good answers.
    pub(crate) fn rings(signalling: &'a Path, sound: &'a Path, call: u64, deaf_to: u32) -> Self {
        let [sip, rtp] = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
        for socket in [&sip, &rtp] {
            socket.set_nonblocking(true).unwrap();
        }
        let now = Instant::now();
        let mut caller = Self {
            sip,
            rtp,
            signalling,
            sound,
            call,
            to: "<sip:st-marys@127.0.0.1>".into(),
            deaf_to,
            asking: None,
            answers: Vec::new(),
            is_hung_up: None,
            is_over: false,
            sequence: 0,
            timestamp: 0,
            next: now,
            keys: VecDeque::new(),
            heard: None,
        };
        let offer = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {} RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=rtcp-mux\r\n",
            caller.sound.far.port()
        );
        caller.ask("INVITE", 1, &offer);
        caller
    }

    /// Time passes until something is so; whether it was, before so long was over.
    pub(crate) fn until(&mut self, longest: Duration, is_so: impl Fn(&Self) -> bool) -> bool {
        let ends = Instant::now() + longest;
        while !is_so(self) {
            if Instant::now() >= ends {
                return false;
            }
            self.signals();
            self.sounds();
            std::thread::sleep(Duration::from_millis(2));
        }
        true
    }

    pub(crate) fn passes(&mut self, time: Duration) {
        self.until(time, |_| false);
    }

    /// Whether the line is heard.
    pub(crate) fn hears(&self) -> bool {
        self.heard.is_some()
    }

    /// Presses a key for 160 ms: eight packets, then three of its end, and a pause.
    pub(crate) fn presses(&mut self, code: u8) {
        let begins = self.timestamp;
        for place in 1..=11_u16 {
            let [high, low] = (160 * place.min(8)).to_be_bytes();
            let header = self.header(101, place == 1);
            let header = Header { timestamp: begins, ..header };
            let end = if place > 8 { 0x80 } else { 0 };
            self.keys.push_back([&header.to_bytes()[..], &[code, end | 0x0a, high, low]].concat());
        }
        self.until(Duration::from_secs(5), |caller| caller.keys.is_empty());
        self.passes(Duration::from_millis(300));
    }

    /// Tells three times how the line was heard, then hangs up. Whether that was answered.
    pub(crate) fn hangs_up(&mut self) -> bool {
        let block = self.heard.as_mut().expect("the line was heard").report(0);
        let report = rtcp::write(SSRC, None, &[block], "caller", None);
        for _ in 0..3 {
            self.rtp.send_to(&report, self.sound.near).unwrap();
        }
        self.passes(Duration::from_millis(100));
        self.ask("BYE", 2, "");
        self.until(Duration::from_secs(32), |caller| caller.is_over)
    }

    fn ask(&mut self, method: &str, number: u32, body: &str) {
        let us = self.signalling.far;
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let (call, to, length) = (self.call, &self.to, body.len());
        let request = format!(
            "{method} sip:st-marys@127.0.0.1 SIP/2.0\r\n\
             Via: SIP/2.0/UDP {us};rport;branch=z9hG4bK{call}{method}\r\nMax-Forwards: 70\r\n\
             From: <sip:caller-{call}@127.0.0.1>;tag={call}\r\nTo: {to}\r\nCall-ID: call-{call}\r\n\
             CSeq: {number} {method}\r\nContact: <sip:caller@{us}>\r\n{kind}Content-Length: {length}\r\n\r\n{body}"
        );
        self.send(&request);
        if method != "ACK" {
            self.asking = Some((request, Instant::now() + T1, T1));
        }
    }

    fn send(&self, text: &str) {
        self.sip.send_to(text.as_bytes(), self.signalling.near).unwrap();
    }

    fn signals(&mut self) {
        let mut buffer = vec![0; LONGEST];
        while let Ok(length) = self.sip.recv(&mut buffer) {
            let text = String::from_utf8(buffer[..length].to_vec()).unwrap();
            self.hears_of(&text);
        }
        let now = Instant::now();
        if let Some((request, at, waited)) = self.asking.take_if(|(_, at, _)| *at <= now) {
            self.send(&request);
            let waits = (waited * 2).min(T2);
            self.asking = Some((request, at + waits, waits));
        }
    }

    fn hears_of(&mut self, text: &str) {
        let (first, number) = (text.lines().next().unwrap_or_default(), field(text, "CSeq"));
        match (first, number) {
            (_, "1 INVITE") if first.starts_with("SIP/2.0 1") => self.asking = None,
            ("SIP/2.0 200 OK", "1 INVITE") => {
                self.asking = None;
                self.answers.push(Instant::now());
                if self.answers.len() > self.deaf_to as usize {
                    field(text, "To").clone_into(&mut self.to);
                    let port = text.split("m=audio ").nth(1).unwrap().split(' ').next().unwrap();
                    self.sound.leads_to(([127, 0, 0, 1], port.parse().unwrap()).into());
                    self.ask("ACK", 1, "");
                }
            }
            ("SIP/2.0 200 OK", "2 BYE") => (self.asking, self.is_over) = (None, true),
            _ if first.starts_with("BYE ") => {
                self.is_hung_up.get_or_insert_with(Instant::now);
                let kept = ["Via", "From", "To", "Call-ID", "CSeq"];
                let kept = kept.map(|name| format!("{name}: {}\r\n", field(text, name))).concat();
                self.send(&format!("SIP/2.0 200 OK\r\n{kept}Content-Length: 0\r\n\r\n"));
            }
            _ => panic!("the line sent {first} for {number}"),
        }
    }

    fn header(&mut self, payload_type: u8, marker: bool) -> Header {
        self.sequence += 1;
        self.timestamp += 160;
        Header { marker, payload_type, sequence: self.sequence, timestamp: self.timestamp, ssrc: SSRC }
    }

    /// Sends what is due, and counts what came.
    fn sounds(&mut self) {
        let now = Instant::now();
        while self.next <= now {
            self.next += FRAME;
            let packet = self.keys.pop_front().unwrap_or_else(|| {
                let header = self.header(8, false);
                [&header.to_bytes()[..], &[0xd5; 160]].concat()
            });
            self.rtp.send_to(&packet, self.sound.near).unwrap();
        }
        let mut buffer = [0; 2_048];
        while let Ok(length) = self.rtp.recv(&mut buffer) {
            if let Some(Packet { header, .. }) = Packet::parse(&buffer[..length]) {
                self.heard.get_or_insert_with(|| Reception::new(&header)).receive(&header, header.timestamp);
            }
        }
    }
}

fn field<'a>(text: &'a str, name: &str) -> &'a str {
    let begin = format!("{name}: ");
    text.lines().find_map(|row| row.strip_prefix(begin.as_str())).unwrap_or_default()
}

/// Where a line is.
pub(crate) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}
