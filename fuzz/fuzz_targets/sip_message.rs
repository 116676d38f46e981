//! Reading a message is total, from a datagram and from a stream; what is served has all that a call needs,
//! and an endpoint that hears it goes on.
#![no_main]

use std::time::Duration;

use bytes::Bytes;
use dial_sip::endpoint::{Config, Endpoint, Output};
use dial_sip::guard::Trunk;
use dial_sip::message::{
    Content, Framed, MAX_MESSAGE, Message, Method, Reply, Status, StreamFramer, Verdict,
};
use dial_sip::net::{Flow, Transport};
use dial_sip::time::Moment;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let remote = "203.0.113.9:5060".parse().expect("an address");
    let flow =
        Flow { transport: Transport::Udp, local: "192.0.2.1:5060".parse().expect("an address"), remote };
    match Message::parse(Bytes::copy_from_slice(bytes)) {
        Ok(Message::Request(request)) => {
            if let Content::Description(text) = request.content() {
                assert!(text.len() <= request.body().len());
            }
            if request.verdict() == Verdict::Serve {
                assert!(request.via().is_some() && request.from().is_some() && request.to().is_some());
                assert!(request.cseq().is_some() && request.call_id().is_some() && request.uri().is_some());
                assert_ne!(request.method(), Method::Unknown);
            }
            // Whatever is echoed can be read again, and says the same.
            let reply = Reply::new(&request, remote, Status::OK, Some("tag")).finish();
            if request.flaw().is_none() {
                let Ok(Message::Response(response)) = Message::parse(reply) else {
                    panic!("an answer of ours")
                };
                assert_eq!(response.call_id(), request.call_id());
                assert_eq!(response.from(), request.from());
            }
        }
        Ok(Message::Response(response)) => drop(response.verdict()),
        Err(_) => {}
    }

    let (mut framer, mut read) = (StreamFramer::default(), 0);
    for piece in bytes.chunks(97) {
        framer.push(piece);
        while let Ok(Some(framed)) = framer.next() {
            if let Framed::Message(message) = framed {
                assert!(message.len() <= MAX_MESSAGE);
                read += message.len();
            }
        }
    }
    assert!(read <= bytes.len());

    let trunk = Trunk { networks: vec!["203.0.113.0/24".parse().expect("a network")], ..Trunk::default() };
    let mut endpoint = Endpoint::new(Config { trunks: vec![trunk], ..Config::default() }, [1; 32]);
    endpoint.receive(Bytes::copy_from_slice(bytes), flow, None, Moment::default());
    endpoint.wake(Moment::after_start(Duration::from_mins(10)));
    endpoint.wake(Moment::after_start(Duration::from_mins(20)));
    while let Some(output) = endpoint.poll() {
        if let Output::Transmit(transmit) = output {
            assert!(Message::parse(transmit.bytes).is_ok());
        }
    }
    assert_eq!((endpoint.calls(), endpoint.transactions()), (0, 0));
});
