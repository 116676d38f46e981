//! Can a telephone company reach us in safety: the certificate of our own, and plain HTTP beyond this machine?

use std::path::Path;

use dial_origin::certificate::Life;
use jiff::Timestamp;
use reqwest::Url;

use super::Level;
use crate::config::{CertificateFrom, Config};
use crate::web::https::{Authority, Pair, PairError, chain};

/// What is wrong, as of a moment.
pub(super) fn findings(config: &Config, data_dir: &Path, at: Timestamp) -> Vec<(Level, String)> {
    let mut found = Vec::new();
    match config.https.certificate() {
        Some(CertificateFrom::Files { certificate, key }) => {
            found.extend(pair(config, "https.certificate_file", &Pair::read(certificate, key), at));
        }
        Some(CertificateFrom::Acme) => match Authority::in_folder(&config.https, data_dir).kept() {
            Some(kept) => found.extend(pair(config, "https.acme", &kept, at)),
            None => found.push((
                Level::Advice,
                "https.acme: there is no certificate yet; `dial serve` asks for it when it starts".into(),
            )),
        },
        None => {}
    }
    found.extend(plain_advice(config).map(|advice| (Level::Advice, advice)));
    found
}

/// Why plain HTTP beyond this machine deserves a thought. It never keeps a line from answering.
pub(crate) fn plain_advice(config: &Config) -> Option<String> {
    let server = &config.server;
    if server.listen.ip().is_loopback() || server.behind_proxy {
        return None;
    }
    Some(if config.https.listen.is_some() {
        "server.listen: calls can be read and changed on their way here too, for this is plain HTTP; set it to \
         \"127.0.0.1:8080\", or set behind_proxy = true if a web server of yours uses it"
            .into()
    } else {
        "server.listen: whoever stands in between can read and change calls, for this is plain HTTP; let dial \
         answer https itself ([https] in dial.toml), or set behind_proxy = true if a web server with a \
         certificate passes calls on"
            .into()
    })
}

fn pair(config: &Config, key: &str, pair: &Result<Pair, PairError>, at: Timestamp) -> Vec<(Level, String)> {
    let pair = match pair {
        Ok(pair) => pair,
        Err(error) => return vec![(Level::Missing, format!("{key}: {}", chain(error)))],
    };
    let mut found = Vec::new();
    let ends = pair.certificate.not_after.strftime("%-d %B %Y");
    match pair.certificate.life(at) {
        Life::Expired => found.push((
            Level::Missing,
            format!("{key}: the certificate expired on {ends}, and telephone companies refuse it; renew it"),
        )),
        Life::Red => found.push((
            Level::Advice,
            format!("{key}: the certificate expires on {ends}; look why it was not renewed yet"),
        )),
        Life::Yellow | Life::Valid => {}
    }
    let url = config.server.public_url.as_ref().and_then(|url| Url::parse(url.as_str()).ok());
    if let Some(name) = url.as_ref().and_then(Url::domain)
        && !pair.is_for(&[name.to_owned()])
    {
        let names = pair.certificate.names.join(", ");
        found.push((
            Level::Missing,
            format!(
                "{key}: the certificate is for {names}, and server.public_url is at {name}; get one for it"
            ),
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SMALLEST;

    fn config(server: &str, more: &str, folder: &Path) -> Config {
        let text = format!("{SMALLEST}[server]\n{server}\n{more}\n");
        Config::parse(&text, &folder.join("dial.toml")).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn plain_http_beyond_this_machine_is_spoken_of_unless_a_proxy_is_named() {
        let acme = "[https]\nlisten = \"0.0.0.0:443\"\nacme = true\nacme_domains = [\"phone.example.org\"]";
        for (server, more, advice) in [
            ("", "", None),
            ("listen = \"127.0.0.1:80\"\npublic_url = \"https://phone.example.org\"", "", None),
            ("listen = \"[::1]:80\"", acme, None),
            ("listen = \"0.0.0.0:8080\"\nbehind_proxy = true", "", None),
            ("listen = \"0.0.0.0:8080\"", "", Some("let dial answer https itself")),
            (
                "listen = \"0.0.0.0:8080\"\npublic_url = \"https://phone.example.org\"",
                "",
                Some("set behind_proxy = true"),
            ),
            ("listen = \"[::]:8080\"", acme, Some("set it to \"127.0.0.1:8080\"")),
        ] {
            let found = plain_advice(&config(server, more, Path::new("/etc/dial")));
            match advice {
                Some(advice) => {
                    assert!(found.as_ref().is_some_and(|found| found.contains(advice)), "{found:?}");
                }
                None => assert_eq!(found, None, "{server}"),
            }
        }
    }

    #[test]
    fn a_certificate_that_companies_would_refuse_is_found_before_they_call() {
        let folder = tempfile::tempdir().unwrap();
        let https = "[https]\nlisten = \"0.0.0.0:443\"\ncertificate_file = \"c.pem\"\nkey_file = \"k.pem\"";
        let server = "public_url = \"https://phone.example.org\"";
        let find = |at: &str| {
            let config = config(server, https, folder.path());
            let found = findings(&config, folder.path(), at.parse().unwrap());
            found.into_iter().map(|(level, text)| format!("{level:?} {text}")).collect::<Vec<_>>()
        };
        let write = |name: &str| {
            let mut params = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
            params.not_before = rcgen::date_time_ymd(2026, 1, 1);
            params.not_after = rcgen::date_time_ymd(2026, 4, 1);
            let key = rcgen::KeyPair::generate().unwrap();
            std::fs::write(folder.path().join("c.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
            std::fs::write(folder.path().join("k.pem"), key.serialize_pem()).unwrap();
        };
        let at = "2026-02-01T00:00:00Z";
        assert!(find(at)[0].starts_with("Missing https.certificate_file: cannot read `"), "{:?}", find(at));
        write("phone.example.org");
        assert_eq!(find(at), [""; 0]);
        assert_eq!(
            find("2026-03-30T00:00:00Z"),
            [
                "Advice https.certificate_file: the certificate expires on 1 April 2026; look why it was not renewed yet"
            ]
        );
        assert_eq!(
            find("2026-04-02T00:00:00Z"),
            [
                "Missing https.certificate_file: the certificate expired on 1 April 2026, and telephone companies \
              refuse it; renew it"
            ]
        );
        write("www.example.org");
        assert_eq!(
            find(at),
            [
                "Missing https.certificate_file: the certificate is for www.example.org, and server.public_url is at \
              phone.example.org; get one for it"
            ]
        );
    }
}
