//! Registrars, good and bad.

use super::*;
use crate::message::{Message, Request};

fn at(ms: u64) -> Moment {
    Moment::after_start(Duration::from_millis(ms))
}

fn flow(remote: &str) -> Flow {
    Flow {
        transport: Transport::Udp,
        local: "192.0.2.1:5060".parse().unwrap(),
        remote: remote.parse().unwrap(),
    }
}

struct Desk {
    registration: Registration,
    now: Moment,
    events: Vec<RegistrationEvent>,
    asked: Option<(Flow, String, Request)>,
    kept_alive: usize,
}

impl Desk {
    fn new() -> Self {
        let account = Account {
            domain: "sip.example".into(),
            user: "+441134960123".into(),
            credentials: Credentials { user: "u".into(), password: "p".into() },
            expires_s: 600,
            servers: vec![flow("198.51.100.1:5060"), flow("198.51.100.2:5060")],
        };
        let registration = Registration::new(account, "dial".into(), None, Chance::seeded([9; 32]), at(0));
        let mut desk = Self { registration, now: at(0), events: Vec::new(), asked: None, kept_alive: 0 };
        desk.pass(Duration::ZERO);
        desk
    }

    fn take(&mut self, acts: Vec<Act>) {
        for act in acts {
            match act {
                Act::Ask { flow, branch, bytes } => {
                    let Ok(Message::Request(request)) = Message::parse(bytes) else { panic!("no request") };
                    self.asked = Some((flow, branch, request));
                }
                Act::KeepAlive { .. } => self.kept_alive += 1,
                Act::Tell(event) => self.events.push(event),
            }
        }
    }

    /// Time passes until something is asked, at most so long; how long it took.
    fn pass(&mut self, longest: Duration) -> Duration {
        let start = self.now;
        self.asked = None;
        while self.asked.is_none() {
            let Some(next) = self.registration.wakes().filter(|next| next.since(start) <= longest) else {
                break;
            };
            self.now = self.now.max(next);
            let mut acts = Vec::new();
            self.registration.wake(self.now, &mut acts);
            self.take(acts);
        }
        self.now.since(start)
    }

    fn reply(&mut self, text: &str) {
        let (_, branch, _) = self.asked.take().expect("something was asked");
        let text = format!("SIP/2.0 {}\r\n", text.trim_end().replace('\n', "\r\n")) + "\r\n";
        let Ok(Message::Response(response)) = Message::parse(Bytes::from(text)) else {
            panic!("no response")
        };
        let mut acts = Vec::new();
        self.registration.answered(&branch, &response, self.now, &mut acts);
        self.take(acts);
    }

    fn lose(&mut self) {
        let (_, branch, _) = self.asked.take().expect("something was asked");
        let mut acts = Vec::new();
        self.registration.unanswered(&branch, self.now, &mut acts);
        self.take(acts);
    }
}

const OURS: &str = "<sip:+441134960123@192.0.2.1:5060>";

#[test]
fn an_account_answers_the_challenge_and_is_renewed_before_its_time() {
    let mut desk = Desk::new();
    let first = desk.asked.as_ref().unwrap().2.clone();
    assert_eq!(first.uri_text(), b"sip:sip.example");
    desk.reply("401 x\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"");
    let second = desk.asked.as_ref().unwrap().2.clone();
    assert_eq!(second.cseq().unwrap().number, first.cseq().unwrap().number + 1);
    assert_eq!(second.call_id(), first.call_id());
    assert!(second.headers.first(Name::Authorization).is_some());
    desk.reply(&format!("200 OK\nContact: {OURS};expires=100, <sip:other@x>;expires=7\nExpires: 900"));
    assert_eq!(desk.events, [RegistrationEvent::Registered(Duration::from_secs(100))]);
    let pause = desk.pass(Duration::from_secs(200)).as_secs();
    assert!((70..80).contains(&pause), "{pause}");
    assert_eq!(desk.kept_alive as u64, pause / 25, "every 25 s");
    assert!(
        desk.asked.as_ref().unwrap().2.headers.first(Name::Authorization).is_some(),
        "the nonce serves again"
    );
}

#[test]
fn six_seconds_are_renewed_within_six_seconds() {
    let mut desk = Desk::new();
    desk.reply(&format!("200 OK\nContact: {OURS};expires=6"));
    assert!(desk.pass(Duration::from_mins(1)) < Duration::from_secs(5));
}

#[test]
fn a_registrar_that_wants_longer_gets_it() {
    let mut desk = Desk::new();
    desk.reply("423 x\nMin-Expires: 3600");
    assert_eq!(desk.asked.as_ref().unwrap().2.headers.number(Name::Expires), Some(3_600));
    desk.reply("423 x\nMin-Expires: 3600");
    assert_eq!(desk.events, [RegistrationEvent::Failed(Failure::Refused(423))]);
}

#[test]
fn a_registrar_that_is_silent_is_asked_for_ever_at_each_of_its_servers() {
    let mut desk = Desk::new();
    desk.reply("200 OK");
    assert!(desk.registration.is_registered());
    desk.pass(Duration::from_mins(10));
    let mut pauses = Vec::new();
    let mut servers = Vec::new();
    for _ in 0..50 {
        servers.push(desk.asked.as_ref().unwrap().0.remote);
        desk.lose();
        assert!(!desk.registration.is_registered());
        pauses.push(desk.pass(Duration::from_mins(10)).as_secs());
    }
    assert!(pauses[10..].iter().all(|pause| (30..=60).contains(pause)), "{pauses:?}");
    assert!(servers.windows(2).all(|pair| pair[0] != pair[1]));
    assert_eq!(desk.events.len(), 51);
    desk.reply("200 OK");
    assert!(desk.registration.is_registered());
}

#[test]
fn a_refused_password_is_not_hammered() {
    let mut desk = Desk::new();
    let asks = "401 x\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"";
    desk.reply(asks);
    desk.reply(asks);
    assert_eq!(desk.events, [RegistrationEvent::Failed(Failure::Credentials(NotAsked::Refused))]);
    assert!(desk.pass(Duration::from_mins(100)) >= REFUSED);
}

#[test]
fn a_wish_to_be_left_alone_is_heard() {
    let mut desk = Desk::new();
    desk.reply("503 x\nRetry-After: 120");
    assert_eq!(desk.pass(Duration::from_mins(10)).as_secs(), 120);
    desk.reply("503 x\nRetry-After: 4000000000");
    assert_eq!(desk.pass(Duration::from_secs(4_000)), LONGEST_LEAVE);
}

#[test]
fn an_answer_that_names_others_only_is_a_failure() {
    let mut desk = Desk::new();
    desk.reply("200 OK\nContact: <sip:a@b>, <sip:c@d>");
    assert_eq!(desk.events, [RegistrationEvent::Failed(Failure::NotNamed)]);
}

#[test]
fn who_leaves_says_so() {
    let mut desk = Desk::new();
    desk.reply("200 OK");
    desk.registration.leave(desk.now);
    desk.pass(Duration::from_secs(1));
    let request = &desk.asked.as_ref().unwrap().2;
    assert_eq!(request.headers.number(Name::Expires), Some(0));
    desk.reply("200 OK");
    assert_eq!(desk.events.last(), Some(&RegistrationEvent::Left));
    assert_eq!(desk.registration.wakes(), None);
}
