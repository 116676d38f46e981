//! What git says when it fails, cleaned of secrets, and which fault that is.

use crate::fault::{CertificateFault, FaultKind};

/// How many of git's last words a person is shown, in characters.
const MAX_WORDS: usize = 300;

/// Lines that say nothing of the cause.
const IDLE: [&str; 4] = [
    "hint:",
    "Could not read from remote repository",
    "Please make sure you have the correct access rights",
    "and the repository exists",
];

/// The fault that git's words tell. They are git's own, libcurl's with OpenSSL or GnuTLS, and OpenSSH's.
pub(super) fn fault(words: &str) -> FaultKind {
    let told = words.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|words| told.contains(words));
    if let Some(fault) = certificate(&told, words) {
        return fault;
    }
    if says(&["could not resolve", "name or service not known", "name resolution"]) {
        FaultKind::NoSuchHost
    } else if says(&["connection refused"]) {
        FaultKind::Refused
    } else if says(&["no route to host", "network is unreachable"]) {
        FaultKind::Unreachable
    } else if says(&["timed out", "timeout was reached"]) {
        FaultKind::NoAnswer
    } else if says(&["couldn't connect to server", "could not connect to server", "failed to connect"]) {
        FaultKind::Refused
    } else if says(&["protocol \"http\"", "protocol 'http'", "transport 'http'"]) {
        FaultKind::Downgrade
    } else if says(&["redirects followed"]) {
        FaultKind::RedirectLoop
    } else if let Some(status) = status(&told) {
        of_status(status)
    } else if says(&[
        "authentication failed",
        "could not read username",
        "could not read password",
        "unable to get password",
        "permission denied (",
        "access denied",
        "not authorized",
    ]) {
        FaultKind::Forbidden
    } else if says(&["no space left on device", "disk quota exceeded", "read-only file system"]) {
        FaultKind::Disk(words_of(words))
    } else if says(&[
        "does not appear to be a git repository",
        "couldn't find remote ref",
        "repository not found",
        "could not be found",
        "' not found",
        "does not exist",
        "not our ref",
    ]) {
        FaultKind::Missing
    } else if says(&["early eof", "hung up unexpectedly", "transfer closed", "unexpected disconnect"]) {
        FaultKind::Cut
    } else if says(&["connection reset by peer", "connection was reset", "empty reply from server"]) {
        FaultKind::Unreachable
    } else {
        FaultKind::Git(words_of(words))
    }
}

/// The faults of TLS.
fn certificate(told: &str, words: &str) -> Option<FaultKind> {
    let says = |words: &[&str]| words.iter().any(|words| told.contains(words));
    let certificate = |fault| Some(FaultKind::Certificate(fault));
    if says(&["error setting certificate", "error adding trust anchors", "problem with the ssl ca cert"]) {
        Some(FaultKind::NoRoots)
    } else if says(&["protocol version", "unsupported protocol", "dh key too small"]) {
        Some(FaultKind::OldTls)
    } else if says(&["wrong version number", "unexpected tls packet", "packet with illegal or unsupported"]) {
        Some(FaultKind::NotTls)
    } else if says(&["certificate required", "certificate is required"]) {
        Some(FaultKind::AsksForCertificate)
    } else if !says(&["certificate", "ssl peer"]) {
        None
    } else if says(&["has expired", "is expired", "expired certificate"]) {
        certificate(CertificateFault::Expired(None))
    } else if says(&["not yet valid", "not yet activated"]) {
        certificate(CertificateFault::NotYetValid(None))
    } else if says(&["self-signed", "self signed"]) {
        certificate(CertificateFault::SelfSigned)
    } else if says(&["local issuer", "issuer is unknown", "issuer certificate"]) {
        certificate(CertificateFault::UnknownIssuer)
    } else if says(&["revoked"]) {
        certificate(CertificateFault::Revoked)
    } else {
        certificate(CertificateFault::Other(words_of(words)))
    }
}

/// `The requested URL returned error: 503`.
fn status(told: &str) -> Option<u16> {
    let (_, after) = told.split_once("returned error: ")?;
    after.get(..3)?.parse().ok()
}

fn of_status(status: u16) -> FaultKind {
    match status {
        401 | 403 => FaultKind::Forbidden,
        404 | 410 => FaultKind::Missing,
        429 => FaultKind::Busy,
        status => FaultKind::Status(status),
    }
}

/// The last line that says something, as it is shown.
pub(super) fn words_of(told: &str) -> String {
    let says = |line: &&str| !line.is_empty() && !IDLE.iter().any(|idle| line.contains(idle));
    let line = told.lines().map(str::trim).rfind(says).unwrap_or("nothing");
    let line =
        ["fatal: ", "error: ", "remote: "].iter().fold(line, |line, head| line.trim_start_matches(head));
    line.chars().take(MAX_WORDS).collect()
}

/// Git's words without the users and passwords, queries and secrets that they may repeat.
pub(super) fn clean(told: &str, secrets: &[&str]) -> String {
    let is_odd = |sign: char| sign.is_control() && sign != '\n';
    let mut text: String = told.replace('\r', "\n").chars().filter(|sign| !is_odd(*sign)).collect();
    for secret in secrets {
        text = text.replace(secret, "…");
    }
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + "://".len());
        let is_end = |sign: char| sign.is_whitespace() || matches!(sign, '\'' | '"' | '<' | '>');
        let (address, after) = after.split_at(after.find(is_end).unwrap_or(after.len()));
        cleaned.push_str(before);
        // A password may hold a `/`: what stands before the last `@` goes.
        let shown = address.rsplit_once('@').map_or(address, |(_, shown)| shown);
        match shown.split_once('?') {
            Some((shown, _)) => cleaned.extend([shown, "?…"]),
            None => cleaned.push_str(shown),
        }
        rest = after;
    }
    cleaned.push_str(rest);
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_git_tell_the_fault() {
        use CertificateFault::*;
        use FaultKind::*;
        let at = "fatal: unable to access 'https://example.org/line.git/': ";
        let table = [
            ("Could not resolve host: example.org", NoSuchHost),
            ("Failed to connect to example.org port 443 after 3 ms: Couldn't connect to server", Refused),
            ("Failed to connect to example.org port 443: No route to host", Unreachable),
            ("Failed to connect to example.org port 443 after 130013 ms: Connection timed out", NoAnswer),
            ("SSL certificate problem: certificate has expired", Certificate(Expired(None))),
            ("SSL certificate problem: certificate is not yet valid", Certificate(NotYetValid(None))),
            ("SSL certificate problem: self-signed certificate", Certificate(SelfSigned)),
            ("SSL certificate problem: unable to get local issuer certificate", Certificate(UnknownIssuer)),
            (
                "server certificate verification failed. CAfile: none CRLfile: none",
                Certificate(Other(
                    "unable to access 'https://example.org/line.git/': server certificate verification failed. CAfile: none CRLfile: none".into(),
                )),
            ),
            ("error setting certificate verify locations: CAfile: /none", NoRoots),
            ("gnutls_handshake() failed: An unexpected TLS packet was received.", NotTls),
            ("error:0A000102:SSL routines::unsupported protocol", OldTls),
            ("Maximum (20) redirects followed", RedirectLoop),
            ("Protocol \"http\" not supported or disabled in libcurl", Downgrade),
            ("The requested URL returned error: 403", Forbidden),
            ("The requested URL returned error: 404", Missing),
            ("The requested URL returned error: 429", Busy),
            ("The requested URL returned error: 503", Status(503)),
        ];
        for (told, expected) in table {
            assert_eq!(fault(&format!("{at}{told}\n")), expected, "{told}");
        }
        let table = [
            ("fatal: could not read Username for 'https://github.com': terminal prompts disabled", Forbidden),
            ("remote: Repository not found.\nfatal: repository 'https://x/y/' not found", Missing),
            ("fatal: couldn't find remote ref refs/heads/line", Missing),
            (
                "git@x: Permission denied (publickey).\r\nfatal: Could not read from remote repository.",
                Forbidden,
            ),
            ("ssh: Could not resolve hostname x: Name or service not known", NoSuchHost),
            ("ssh: connect to host x port 22: Connection refused", Refused),
            (
                "Host key verification failed.\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.",
                Git("Host key verification failed.".into()),
            ),
            ("fatal: early EOF\nfatal: fetch-pack: invalid index-pack output", Cut),
            ("fatal: not a git repository: '/x'", Git("not a git repository: '/x'".into())),
            (
                "fatal: write error: No space left on device",
                Disk("write error: No space left on device".into()),
            ),
        ];
        for (told, expected) in table {
            assert_eq!(fault(told), expected, "{told}");
        }
    }

    #[test]
    fn what_git_says_is_cleaned_of_secrets() {
        let table = [
            ("to 'https://anne:s3c/r@t@example.org/line.git/'", "to 'https://example.org/line.git/'"),
            ("see https://example.org/x?token=abc for", "see https://example.org/x?… for"),
            ("a token ghp_0123 here", "a token … here"),
            ("bell\u{7}\rline", "bell\nline"),
        ];
        for (told, cleaned) in table {
            assert_eq!(clean(told, &["ghp_0123"]), cleaned);
        }
    }
}
