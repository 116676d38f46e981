//! A small authority of one's own, with name servers for which every name leads to this machine.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

const NEEDED: &str = "these tests need `pebble` (script/test installs it)";

/// Two programs, which end with it.
pub(super) struct Pebble {
    folder: TempDir,
    directory: u16,
    looks_at: u16,
    children: Vec<Child>,
}

impl Pebble {
    /// Looks whether names are ours at a port of this machine, in place of 443.
    pub(super) fn looking_at(port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut root = CertificateParams::default();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &root).unwrap();
        for (name, text) in
            [("root.pem", root.pem()), ("own.pem", own.pem()), ("own.key", key.serialize_pem())]
        {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let mut pebble = Self { folder, directory: free_port(), looks_at: port, children: Vec::new() };
        pebble.start();
        pebble
    }

    /// It begins anew, and has forgotten every account.
    pub(super) fn restart(&mut self) {
        self.stop();
        self.start();
    }

    pub(super) fn stop(&mut self) {
        for mut child in self.children.drain(..) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    fn start(&mut self) {
        let names = format!("127.0.0.1:{}", free_port());
        let config = serde_json::json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{}", self.directory),
            "managementListenAddress": format!("127.0.0.1:{}", free_port()),
            "certificate": self.path("own.pem"),
            "privateKey": self.path("own.key"),
            "httpPort": 1,
            "tlsPort": self.looks_at,
        }});
        std::fs::write(self.path("config.json"), config.to_string()).unwrap();
        let management = format!("127.0.0.1:{}", free_port());
        let mut server = Command::new("pebble-challtestsrv");
        server.args(["-dns01", &names, "-management", &management, "-defaultIPv6", ""]);
        server.args(["-http01", "", "-https01", "", "-tlsalpn01", ""]);
        self.run(server, "Starting management server");
        let mut authority = Command::new("pebble");
        authority.args(["-strict", "-dnsserver", &names, "-config"]).arg(self.path("config.json"));
        authority.env("PEBBLE_VA_NOSLEEP", "1");
        self.run(authority, "ACME directory available");
        // It says so a little before it listens.
        let mut tries = 0;
        while TcpStream::connect(("127.0.0.1", self.directory)).is_err() {
            tries += 1;
            assert!(tries < 1000, "pebble listens");
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    /// Starts a program, and waits until it says that it is there.
    fn run(&mut self, mut command: Command, there: &'static str) {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect(NEEDED);
        let out = child.stdout.take().unwrap();
        self.children.push(child);
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            for row in BufReader::new(out).lines().map_while(Result::ok) {
                if row.contains(there) {
                    let _ = tell.send(());
                }
            }
        });
        told.recv_timeout(Duration::from_secs(20)).expect("the program says that it is there");
    }

    /// Where it is asked.
    pub(super) fn directory(&self) -> String {
        format!("https://127.0.0.1:{}/dir", self.directory)
    }

    /// The root that vouches for its own server.
    pub(super) fn ca_file(&self) -> PathBuf {
        self.path("root.pem")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A port on which nobody listens.
pub(super) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}
