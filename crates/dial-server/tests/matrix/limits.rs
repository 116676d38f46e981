//! What `dial.toml` says that an origin is allowed is what the origin is allowed.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::bench::{Line, wav};

/// An origin without leave to lie in a private network, and what `dial check` says of it.
fn checked(line: &Line, host: &str, rows: &str) -> String {
    let url = line.faulty.url(host);
    line.configure(&format!("[[line.origin]]\nkind = \"http\"\nname = \"cdn\"\nurl = \"{url}\"\n{rows}\n"));
    line.run(&["check"])
}

#[test]
fn a_recording_larger_than_is_allowed_is_refused_and_the_setting_is_named() {
    let line = Line::new();
    // 16 kB a second.
    line.faulty.put("/audio/evensong.wav", &wav(70));
    let limited =
        |audio_mb| checked(&line, "localhost", &format!("private = true\nlimits.audio_mb = {audio_mb}"));
    let told = limited(1);
    assert!(
        told.contains("audio/evensong.wav") && told.contains("more than the 1 MB that are allowed"),
        "{told}"
    );
    assert!(told.contains("[line.origin.limits]") && told.contains("audio_mb"), "{told}");
    let told = limited(2);
    assert!(told.contains("hear 1 recording"), "{told}");
}

#[test]
fn an_address_that_is_allowed_is_asked_and_another_one_is_not() {
    let line = Line::new();
    let told = checked(&line, "127.0.0.1", "allowed_addresses = [\"127.0.0.2\"]");
    assert!(told.contains("private network") && told.contains("allowed_addresses"), "{told}");
    let told = checked(&line, "127.0.0.1", "allowed_addresses = [\"127.0.0.1\"]");
    assert!(told.contains("hear 1 recording"), "{told}");
}

#[test]
fn a_proxy_is_asked_and_finds_the_host() {
    let line = Line::new();
    let (proxy, asked) = proxy(line.faulty.address());
    // Nobody but the proxy knows this name.
    let told = checked(&line, "good.test", &format!("proxy = \"http://{proxy}\""));
    assert!(told.contains("hear 1 recording"), "{told}");
    assert!(asked.load(Ordering::SeqCst) > 0);
}

/// A proxy that leads every name to one address (RFC 9110, section 9.3.6), and how often it was asked.
fn proxy(to: std::net::SocketAddr) -> (std::net::SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, asked) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&asked);
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && client.read_exact(&mut byte).is_ok() {
                head.push(byte[0]);
            }
            assert!(head.starts_with(b"CONNECT good.test:"), "{}", String::from_utf8_lossy(&head));
            count.fetch_add(1, Ordering::SeqCst);
            client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
            let server = TcpStream::connect(to).unwrap();
            for (mut from, mut to) in
                [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)]
            {
                thread::spawn(move || std::io::copy(&mut from, &mut to));
            }
        }
    });
    (address, asked)
}
