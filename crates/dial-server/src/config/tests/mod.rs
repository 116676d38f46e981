//! What a volunteer writes, and what is in force then.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dial_core::key::{Action, Key};
use dial_core::menu::MenuStyle;
use dial_core::session::Rules;
use dial_core::time::Millis;

mod limits;
mod tier;

use super::origin::{Origin, OriginKind};
use super::*;

fn parse(text: &str) -> Config {
    Config::parse(text, Path::new("/etc/dial/dial.toml")).unwrap_or_else(|error| panic!("{error}"))
}

fn faults(text: &str) -> Vec<String> {
    let error = Config::parse(text, Path::new("dial.toml")).expect_err("the configuration is wrong");
    error.to_string().lines().map(Into::into).collect()
}

/// The smallest configuration with more in `[[line]]`.
fn line_with(more: &str) -> String {
    SMALLEST.replacen("name = \"st-marys\"", &format!("name = \"st-marys\"\n{more}"), 1)
}

#[test]
fn the_smallest_configuration_has_every_default() {
    let config = parse(SMALLEST);
    let folder = OriginKind::Folder { path: "/srv/services".into() };
    let origin = Origin { name: "folder".into(), poll_s: 60, kind: folder };
    let lines = vec![Line::new("st-marys".into(), vec![origin])];
    assert_eq!(config, Config { lines, ..Config::default() });
}

#[test]
fn the_example_shows_every_default() {
    let enabled: String = EXAMPLE.lines().map(|row| enable(row, "#") + "\n").collect();
    assert!(enabled.lines().filter(|row| row.contains(" = ")).count() > 40);
    assert_eq!(parse(&enabled), parse(SMALLEST));
    assert_eq!(parse(EXAMPLE), parse(SMALLEST));
}

#[test]
fn every_value_that_the_example_suggests_is_accepted() {
    let rows: Vec<_> = EXAMPLE.lines().collect();
    let suggests = |row: &&str| row.starts_with("# e.g.");
    // Rows that follow each other belong together.
    let blocks = rows.chunk_by(|one, next| suggests(one) && suggests(next));
    let mut at = 0;
    for block in blocks {
        let (before, after) = (&rows[..at], &rows[at + block.len()..]);
        at += block.len();
        if suggests(&block[0]) {
            let said: Vec<_> = block.iter().map(|row| enable(row, "# e.g. ")).collect();
            let text = [before.join("\n"), said.join("\n"), after.join("\n")].join("\n");
            assert_ne!(parse(&text), parse(SMALLEST), "{block:?}");
        }
    }
}

#[test]
fn the_example_names_every_key() {
    let reading = Reading::new(SMALLEST, Path::new(""));
    let table = DeTable::parse(SMALLEST).unwrap();
    Config::read(Section::root(&reading, table.get_ref()));
    let shown: BTreeSet<&str> = EXAMPLE
        .lines()
        .filter_map(|row| {
            let row = row.trim_start_matches("# e.g. ");
            let row = row.strip_prefix('#').unwrap_or(row);
            let table = row.trim_matches(['[', ']']).rsplit('.').next();
            row.split_once(" = ").map(|(key, _)| key.trim_matches('"')).or(table)
        })
        .collect();
    let asked: BTreeSet<&str> = reading.into_keys().collect();
    assert!(asked.len() > 40);
    assert_eq!(asked.difference(&shown).collect::<Vec<_>>(), Vec::<&&str>::new());
}

/// A row without the marker before its key.
fn enable(row: &str, marker: &str) -> String {
    match row.strip_prefix(marker) {
        Some(key) if key.contains(" = ") && !key.starts_with(' ') => key.into(),
        _ => row.into(),
    }
}

#[test]
fn what_is_in_force_can_be_printed_and_read_again() {
    let config =
        parse(&line_with("menu = \"classic\"\nphrases = \"p.toml\"\n[line.keys]\n\"#\" = \"none\"\n"));
    assert_eq!(parse(&config.to_toml()), config);
}

#[test]
fn numbers_are_masked_when_the_configuration_is_printed() {
    let config = parse(&line_with("numbers = [\"+44 113 496 0123\"]"));
    assert_eq!(config.lines[0].numbers[0].expose(), "+441134960123");
    for printed in [config.to_toml(), format!("{config:?}")] {
        assert!(printed.contains("+44…123") && !printed.contains("113496"), "{printed}");
    }
}

#[test]
fn relative_paths_begin_at_the_folder_of_the_file() {
    let text = "[data]\ndir = \"copy\"\n".to_owned()
        + &line_with("phrases = \"../p.toml\"\ntwiml.auth_token_files = [\"token\", \"/run/secrets/old\"]");
    let config = parse(&text.replace("/srv/services", "services"));
    assert_eq!(config.data.dir, PathBuf::from("/etc/dial/copy"));
    assert_eq!(config.lines[0].phrases, Some("/etc/dial/../p.toml".into()));
    let files = [PathBuf::from("/etc/dial/token"), "/run/secrets/old".into()];
    assert_eq!(config.lines[0].twiml.auth_token_files, files);
    assert_eq!(config.lines[0].origins[0].kind, OriginKind::Folder { path: "/etc/dial/services".into() });
}

#[test]
fn every_section_reports_its_unknown_keys_by_full_path_and_all_at_once() {
    let text = "liens = 1\n[server]\nlisen = 1\n[https]\nacmee = true\n[data]\ndirs = 1\n[log]\nlevle = 1\n"
        .to_owned()
        + &line_with("menue = 1\nkeys.x = 1\ncall.seek = 1\ntwiml.provide = 1\nheld.shrink = 1")
        + "pth = 1\n";
    assert_eq!(
        faults(&text),
        [
            "dial.toml:1: liens: unknown key; did you mean `line`?",
            "dial.toml:3: server.lisen: unknown key; did you mean `listen`?",
            "dial.toml:5: https.acmee: unknown key; did you mean `acme`?",
            "dial.toml:7: data.dirs: unknown key; did you mean `dir`?",
            "dial.toml:9: log.levle: unknown key; did you mean `level`?",
            "dial.toml:12: line[0].menue: unknown key; did you mean `menu`?",
            "dial.toml:13: line[0].keys.x: unknown key; the keys here are 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, *, #",
            "dial.toml:14: line[0].call.seek: unknown key; did you mean `seek_s`?",
            "dial.toml:15: line[0].twiml.provide: unknown key; did you mean `provider`?",
            "dial.toml:16: line[0].held.shrink: unknown key; did you mean `shrink_percent`?",
            "dial.toml:21: line[0].origin[0].pth: unknown key; did you mean `path`?",
        ]
    );
}

#[test]
fn a_key_below_the_wrong_table_is_sent_to_its_own() {
    let text = SMALLEST.to_owned() + "menu = \"classic\"\nseek_s = 15\nlisten = \"[::]:80\"\n";
    assert_eq!(
        faults(&text),
        [
            "dial.toml:7: line[0].origin[0].menu: unknown key; it belongs under [[line]]",
            "dial.toml:8: line[0].origin[0].seek_s: unknown key; it belongs under [line.call]",
            "dial.toml:9: line[0].origin[0].listen: unknown key; it belongs under [server]",
        ]
    );
}

#[test]
fn a_wrong_value_names_key_row_and_what_is_expected() {
    for (row, fault) in [
        ("menu = 3", "menu: found an integer; use one of gentle, classic"),
        ("menu = \"gentel\"", "menu: `gentel` is not accepted; use one of gentle, classic"),
        ("name2 = 1", "name2: unknown key; did you mean `name`?"),
        (
            "time_zone = \"Europe/Leeds\"",
            "time_zone: `Europe/Leeds` is not accepted; use an IANA time zone, such as \"Europe/London\"",
        ),
        ("call = 3", "call: found an integer; use a table, [line[0].call]"),
        ("call.seek_s = 4", "call.seek_s: 4 is out of bounds; use a whole number from 5 to 600"),
        ("call.seek_s = -9", "call.seek_s: -9 is out of bounds; use a whole number from 5 to 600"),
        ("call.seek_s = \"30\"", "call.seek_s: found a string; use a whole number from 5 to 600"),
        (
            "call.hint_after_s = 59",
            "call.hint_after_s: 59 is out of bounds; use 0 for never, or a whole number from 60 to 14400",
        ),
        (
            "call.pause_reminder_s = 90\ncall.pause_limit_s = 60",
            "call.pause_reminder_s: 90 is longer than pause_limit_s, 60; use a shorter reminder or a longer limit",
        ),
        (
            "keys.5 = \"stop\"",
            "keys.5: `stop` is not accepted; use one of back, pause, forward, previous-chapter, next-chapter, louder, \
             quieter, slower, faster, help, where, menu, next-recording, none",
        ),
        (
            "numbers = [\"+441134960123\", \"01134960123\"]",
            "numbers[1]: this is not a whole telephone number with its country code; \
             use a list of numbers such as \"+441134960123\"",
        ),
        (
            "twiml.auth_token_env = [\"0123456789abcdef\"]",
            "twiml.auth_token_env[0]: this is not the name of an environment variable; \
             use a list of names of environment variables",
        ),
        (
            "twiml.auth_token_files = \"token\"",
            "twiml.auth_token_files: found a string; use a list of paths of files",
        ),
        (
            "twiml.public_keys = [\"c2hvcnQ=\"]\ntwiml.provider = \"telnyx\"",
            "twiml.public_keys[0]: this is not a public key of 32 bytes; \
             use a list of the public keys that Telnyx shows, in base64",
        ),
        (
            "voice = \"<Amy>\"",
            "voice: `<Amy>` is not accepted; use a voice of your provider, such as \"Polly.Amy\"",
        ),
    ] {
        assert_eq!(faults(&line_with(row)), [format!("dial.toml:3: line[0].{fault}")]);
    }
}

#[test]
fn hint_and_question_can_be_switched_off() {
    let config = parse(&line_with("call.hint_after_s = 0\ncall.still_there_s = 0"));
    assert_eq!((config.lines[0].call.hint_after_s, config.lines[0].call.still_there_s), (0, 0));
}

#[test]
fn a_secret_in_the_file_is_sent_elsewhere_and_never_repeated() {
    let secret = "5ec2e7a17b0b4b6c";
    for row in [
        format!("auth_token = \"{secret}\""),
        format!("twiml.auth_token = \"{secret}\""),
        format!("twiml.auth_token_env = [\"{secret}\"]"),
        format!("auth_token = \"{secret}"),
        format!("numbers = [\"{secret}\"]"),
    ] {
        let faults = faults(&line_with(&row));
        assert!(!faults.concat().contains(secret), "{faults:?}");
    }
    let told = &faults(&line_with("twiml.auth_token = \"x\""))[0];
    assert!(
        told.contains("line[0].twiml.auth_token: unknown key; a secret does not belong in this file"),
        "{told}"
    );
    let server = faults(&(SMALLEST.to_owned() + "[server]\npublic_url = \"https://u:5ec2e7@x.org\"\n"));
    assert!(!server.concat().contains("5ec2e7") && server[0].contains("user name or password"), "{server:?}");
}

#[test]
fn a_line_needs_a_name_and_an_origin_and_a_file_needs_a_line() {
    assert!(faults("")[0].starts_with("dial.toml: line: it is missing; write at least"));
    assert_eq!(
        faults("[[line]]\n\n[[line]]\nname = \"b\"\n[[line.origin]]\n[[line.origin]]\nkind = \"folder\""),
        [
            "dial.toml:1: line[0].name: it is missing; write name = \"st-marys\", or what fits",
            "dial.toml:1: line[0].origin: it is missing; write [[line.origin]] and below it kind = \"folder\" and \
             path = \"/srv/services\"",
            "dial.toml:5: line[1].origin[0].kind: it is missing; write kind = \"folder\", \"http\", \"git\", \"feed\" or \"bucket\"",
            "dial.toml:6: line[1].origin[1].path: it is missing; write the folder that holds data.json and audio/",
        ]
    );
}

#[test]
fn single_brackets_where_there_may_be_several_are_explained() {
    let found = faults("[line]\nname = \"a\"");
    assert_eq!(found, ["dial.toml:1: line: found a table; use tables under [[line]], in double brackets"]);
}

#[test]
fn two_lines_share_neither_a_name_nor_a_number() {
    let line = line_with("numbers = [\"+441134960123\"]");
    let found = faults(&(line.clone() + &line)).join("\n");
    assert!(
        found.contains("line: two lines have the name `st-marys`; give one of them another name"),
        "{found}"
    );
    assert!(found.contains("line: the number +44…123 leads to both"), "{found}");
}

#[test]
fn two_origins_of_a_line_do_not_share_a_name() {
    let found = faults(&(SMALLEST.to_owned() + "[[line.origin]]\nkind = \"folder\"\npath = \"b\""));
    assert_eq!(
        found,
        ["dial.toml:4: line[0].origin: two origins have the name `folder`; give one of them another name"]
    );
}

#[test]
fn a_name_is_short_and_fit_for_a_path() {
    for wrong in ["", "St Mary", "a/b", "..", "é", &"a".repeat(41)] {
        let text = SMALLEST.replace("st-marys", wrong);
        assert!(faults(&text)[0].starts_with("dial.toml:2: line[0].name: `"), "{wrong}");
    }
}

#[test]
fn text_that_is_not_toml_is_reported_with_its_row() {
    let found = faults("[[line]]\nname = \nmenu = \"gentle\"\n");
    assert!(found[0].starts_with("dial.toml:2: this is not TOML: "), "{found:?}");
}

#[test]
fn the_command_line_wins_over_the_file_and_the_file_over_the_defaults() {
    let mut config =
        parse(&(SMALLEST.to_owned() + "[server]\nlisten = \"[::]:80\"\n[log]\nlevel = \"warn\"\n"));
    let default = Config::default();
    assert_eq!((config.server.listen.port(), config.log.level.to_string().as_str()), (80, "warn"));
    assert_eq!(config.log.format, default.log.format);
    let overrides = Overrides {
        listen: "127.0.0.1:9".parse().ok(),
        public_url: "https://phone.example.org/".parse().ok(),
        data_dir: Some("/data".into()),
        log_format: Some(LogFormat::Json),
        log_level: None,
    };
    overrides.apply(&mut config);
    assert_eq!(config.server.listen.port(), 9);
    assert_eq!(
        config.server.public_url.map(|url| url.to_string()).as_deref(),
        Some("https://phone.example.org")
    );
    assert_eq!((config.data.dir, config.log.format), ("/data".into(), LogFormat::Json));
    assert_eq!(config.log.level.to_string(), "warn");
}

#[test]
fn what_the_file_says_of_keys_menu_and_waits_is_what_a_call_obeys() {
    let line =
        &parse(&line_with("menu = \"classic\"\nkeys.5 = \"where\"\ncall.seek_s = 15\ncall.resume_days = 7"))
            .lines[0];
    let usual = Rules::default();
    let five = Key::digit(5).unwrap();
    assert_eq!(
        line.rules(),
        Rules {
            menu: MenuStyle::Classic,
            keys: usual.keys.with(five, Action::Where),
            seek: Millis::seconds(15),
            resume_days: 7,
            ..usual
        }
    );
    assert_eq!(parse(SMALLEST).lines[0].rules(), Rules::default());
}

#[test]
fn https_needs_an_address_and_exactly_one_certificate() {
    let files = "certificate_file = \"c.pem\"\nkey_file = \"k.pem\"";
    let listen = "listen = \"0.0.0.0:443\"";
    let https = |rows: &str| format!("{SMALLEST}[https]\n{rows}\n");
    assert_eq!(
        parse(&https(&format!("{listen}\n{files}"))).https.certificate(),
        Some(CertificateFrom::Files {
            certificate: &"/etc/dial/c.pem".into(),
            key: &"/etc/dial/k.pem".into()
        })
    );
    let acme = "acme = true\nacme_domains = [\"Phone.example.org\"]";
    let own = parse(&https(&format!("{listen}\n{acme}"))).https;
    assert_eq!(own.certificate(), Some(CertificateFrom::Acme));
    assert_eq!(own.acme_domains, ["phone.example.org"]);
    for (rows, fault) in [
        (listen.to_owned(), "https.listen: there is no certificate to present"),
        (files.to_owned(), "https.listen: there is a certificate, and nobody listens"),
        (format!("{listen}\ncertificate_file = \"c.pem\""), "https.certificate_file: its key is missing"),
        (format!("{listen}\nkey_file = \"k.pem\""), "https.key_file: its certificate is missing"),
        (format!("{listen}\n{files}\n{acme}"), "https.acme: there is a certificate in a file too"),
        (format!("{listen}\nacme = true"), "https.acme: it needs a name"),
        ("acme = 1".to_owned(), "https.acme: found an integer; use true or false"),
        (
            "acme_domains = [\"*.example.org\"]".to_owned(),
            "https.acme_domains[0]: `*.example.org` is not accepted",
        ),
        ("acme_domains = [\"192.0.2.1\"]".to_owned(), "https.acme_domains[0]: `192.0.2.1` is not accepted"),
        ("acme_email = \"nobody\"".to_owned(), "https.acme_email: `nobody` is not accepted"),
        (
            "acme_directory = \"http://a.org/\"".to_owned(),
            "https.acme_directory: this is no address of https",
        ),
    ] {
        let found = faults(&https(&rows));
        assert!(found.len() == 1 && found[0].contains(fault), "{rows}: {found:?}");
    }
}

/// The example with its ways to be told, each with its rows uncommented.
fn example_with_alarms() -> String {
    let rows = EXAMPLE.lines().skip_while(|row| *row != "# [[alarm.to]]");
    let ways = rows.take_while(|row| row.starts_with('#')).map(|row| row.trim_start_matches(['#', ' ']));
    SMALLEST.to_owned() + &ways.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_way_to_be_told_that_the_example_shows_is_accepted_and_has_every_key() {
    let text = example_with_alarms();
    let kinds: Vec<String> = parse(&text).alarm.to.into_iter().map(|to| to.name).collect();
    assert_eq!(kinds, ["email", "ntfy", "webhook", "command"]);

    let reading = Reading::new(&text, Path::new(""));
    let table = DeTable::parse(&text).unwrap();
    Config::read(Section::root(&reading, table.get_ref()));
    let shown: BTreeSet<&str> = text.lines().filter_map(|row| Some(row.split_once(" = ")?.0)).collect();
    let of_alarms = ["server", "port", "security", "user", "password_file", "from", "token_file", "command"];
    let asked: Vec<&str> = reading.into_keys().collect();
    assert!(of_alarms.iter().all(|key| asked.contains(key) && shown.contains(key)), "{asked:?}");
}

#[test]
fn a_mail_server_has_the_usual_port_of_its_security() {
    for (security, port) in [("tls", 465), ("starttls", 587)] {
        let text = example_with_alarms().replace("security = \"tls\"", &format!("security = \"{security}\""));
        let text: Vec<&str> = text.lines().filter(|row| !row.starts_with("port")).collect();
        let AlarmKind::Email(email) = &parse(&text.join("\n")).alarm.to[0].kind else {
            panic!("it is first")
        };
        assert_eq!(email.port, port);
    }
}

#[test]
fn what_is_wrong_with_an_alarm_is_told_with_its_remedy() {
    let ntfy = "[[alarm.to]]\nkind = \"ntfy\"\n";
    for (text, told) in [
        (
            "[alarm]\nreminder_h = 1000\n",
            "alarm.reminder_h: 1000 is out of bounds; use 0 for never, or a whole number from 1 to 720",
        ),
        (
            "[alarm]\nall_is_well = \"mondays\"\n",
            "alarm.all_is_well: `mondays` is not accepted; use a day and a time, such as \"monday 09:00\", or \"never\"",
        ),
        (
            "[alarm]\nping_url = \"hc-ping.com/5f0c\"\n",
            "alarm.ping_url: this is not a whole address; use an address that begins with https://",
        ),
        (
            "[[alarm.to]]\nkind = \"pigeon\"\n",
            "alarm.to[0].kind: `pigeon` is not accepted; use one of email, ntfy, webhook, command",
        ),
        (
            "[[alarm.to]]\n",
            "alarm.to[0].kind: it is missing; write kind = \"email\", \"ntfy\", \"webhook\" or \"command\"",
        ),
        (
            ntfy,
            "alarm.to[0].url: it is missing; write the address of your topic, such as \"https://ntfy.sh/st-marys-7d3f\"",
        ),
        (
            &format!("{ntfy}url = \"http://ntfy.example.org/t\"\ntoken_file = \"t\"\n"),
            "alarm.to[0].token_file: anybody on the way could read the token; use an address with https://",
        ),
        (
            &format!("{ntfy}url = \"https://ntfy.sh/t\"\ntoken = \"t\"\n"),
            "alarm.to[0].token: unknown key; a secret does not belong in this file: write it alone into a file that only \
             `dial` can read, and name that file in `token_file`",
        ),
        (
            "[[alarm.to]]\nkind = \"command\"\ncommand = [\"page\"]\n",
            "alarm.to[0].command: the program has no whole path; write where it lies, such as \"/usr/local/bin/page\"",
        ),
        (
            "[[alarm.to]]\nkind = \"email\"\nserver = \"s\"\nuser = \"u\"\nfrom = \"a@b.org\"\nto = [\"a@b.org\"]\n",
            "alarm.to[0].user: a user and the file with the password go together; set both user and password_file, or neither",
        ),
        (
            &format!("{ntfy}url = \"https://ntfy.sh/a\"\n{ntfy}url = \"https://ntfy.sh/b\"\n"),
            "alarm.to: two of them have the name `ntfy`; give one of them a name of its own",
        ),
    ] {
        let found = faults(&(text.to_owned() + SMALLEST));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].splitn(3, ':').nth(2).map(str::trim), Some(told));
    }
}

#[test]
fn addresses_of_people_and_of_hooks_are_masked_when_the_configuration_is_printed() {
    let config = parse(&example_with_alarms());
    for printed in [config.to_toml(), format!("{config:?}")] {
        for secret in ["warden", "7d3f", "example.org/dial"] {
            assert!(!printed.contains(secret), "{secret}: {printed}");
        }
        assert!(printed.contains("w…@example.org") && printed.contains("https://ntfy.sh/…"), "{printed}");
    }
}
