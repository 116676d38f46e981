//! Servers that are too old, by OpenSSL: ours cannot be.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use dial_origin::fault::FaultKind;
use reqwest::Url;

use crate::bench::{Bench, ask, patient};

/// `openssl s_server` on a port of its own; it ends with the test.
struct Old {
    server: Child,
    port: u16,
}

impl Old {
    fn start(folder: &Path, way: &[&str]) -> Self {
        let (key, certificate) = (folder.join("key.pem"), folder.join("certificate.pem"));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=good.test", "-keyout"])
            .arg(&key)
            .arg("-out")
            .arg(&certificate)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut server = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-www", "-cipher", "ALL:@SECLEVEL=0"])
            .args(way)
            .arg("-key")
            .arg(&key)
            .arg("-cert")
            .arg(&certificate)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut told = BufReader::new(server.stdout.take().unwrap()).lines().map_while(Result::ok);
        // It says `ACCEPT 127.0.0.1:46221`.
        let port = told.find_map(|row| row.strip_prefix("ACCEPT ")?.rsplit_once(':')?.1.parse().ok());
        Self { server, port: port.unwrap() }
    }
}

impl Drop for Old {
    fn drop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}

#[tokio::test]
async fn a_server_that_is_too_old_is_refused() {
    let bench = Bench::new();
    for way in [&["-tls1"][..], &["-tls1_1"], &["-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"]] {
        let old = Old::start(bench.folder.path(), way);
        let url = Url::parse(&format!("https://good.test:{}/", old.port)).unwrap();
        let fault = bench.client(patient()).get(&ask(&url)).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::OldTls, "{way:?}: {fault:?}");
    }
}
