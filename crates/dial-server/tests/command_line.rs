//! The program as a volunteer runs it: a file, an environment, flags, and an exit code.

use std::path::Path;
use std::process::{Command, Output};

/// The smallest configuration.
const SMALLEST: &str =
    "[[line]]\nname = \"st-marys\"\n[[line.origin]]\nkind = \"folder\"\npath = \"services\"\n";

/// Runs `dial` in a folder, with nothing of our own environment.
fn dial(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dial"));
    command.current_dir(folder).env_clear().env("HOME", folder);
    command
        .envs(environment.iter().copied())
        .args(arguments)
        .output()
        .expect("the program was built for this test")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_flag_wins_over_the_environment_over_the_file_over_the_default() {
    let listens = |file: &str, environment: &[(&str, &str)], flags: &[&str]| {
        let folder = tempfile::tempdir().expect("there is room for a small file");
        std::fs::write(folder.path().join("dial.toml"), file).expect("there is room for a small file");
        let output = dial(folder.path(), environment, &[&["config", "--resolved"], flags].concat());
        let resolved: toml::Table = text(&output.stdout).parse().expect("what is in force is TOML");
        let said = |table: &str, key: &str| resolved[table][key].as_str().expect("it is a text").to_owned();
        [said("server", "listen"), said("data", "dir"), said("log", "level"), said("log", "format")]
    };
    let file = SMALLEST.to_owned()
        + "[server]\nlisten = \"127.0.0.1:1\"\n[data]\ndir = \"/file\"\n[log]\nlevel = \"error\"\nformat = \"text\"";
    let environment = [
        ("DIAL_LISTEN", "127.0.0.1:2"),
        ("DIAL_DATA_DIR", "/environment"),
        ("DIAL_LOG_LEVEL", "debug"),
        ("DIAL_LOG_FORMAT", "json"),
    ];
    let flags = [
        "--listen",
        "127.0.0.1:3",
        "--data-dir",
        "/flag",
        "--log-level",
        "dial=trace",
        "--log-format",
        "auto",
    ];

    let default = listens(SMALLEST, &[], &[]);
    assert_eq!([&default[0], &default[2], &default[3]], ["127.0.0.1:8080", "info", "auto"]);
    assert!(default[1].ends_with("/.local/share/dial"), "{}", default[1]);
    assert_eq!(listens(&file, &[], &[]), ["127.0.0.1:1", "/file", "error", "text"]);
    assert_eq!(listens(&file, &environment, &[]), ["127.0.0.1:2", "/environment", "debug", "json"]);
    assert_eq!(listens(&file, &environment, &flags), ["127.0.0.1:3", "/flag", "dial=trace", "auto"]);
}

#[test]
fn the_configuration_is_found_by_flag_then_environment_then_here_then_the_usual_place() {
    let folder = tempfile::tempdir().expect("there is room for small files");
    std::fs::create_dir_all(folder.path().join(".config/dial")).expect("there is room for a folder");
    for (file, name) in
        [(".config/dial/dial.toml", "home"), ("dial.toml", "here"), ("e.toml", "env"), ("f.toml", "flag")]
    {
        std::fs::write(folder.path().join(file), SMALLEST.replace("st-marys", name)).expect("there is room");
    }
    let environment = [("DIAL_CONFIG", "e.toml")];
    let finds = |environment: &[(&str, &str)], flags: &[&str]| {
        text(&dial(folder.path(), environment, &[&["config", "--resolved"], flags].concat()).stdout)
    };
    assert!(finds(&environment, &["--config", "f.toml"]).contains("name = \"flag\""));
    assert!(finds(&environment, &[]).contains("name = \"env\""));
    assert!(finds(&[], &[]).contains("name = \"here\""));
    std::fs::remove_file(folder.path().join("dial.toml")).expect("it was written above");
    assert!(finds(&[], &[]).contains("name = \"home\""));
}

#[test]
fn the_exit_code_tells_a_wrong_command_line_from_a_wrong_configuration() {
    let folder = tempfile::tempdir().expect("there is room for a small file");
    std::fs::write(folder.path().join("wrong.toml"), SMALLEST.to_owned() + "menue = 1\ncolour = 1")
        .expect("room");
    for (arguments, code, said) in [
        (vec!["config"], 0, ""),
        (vec!["--version"], 0, ""),
        (vec!["sing"], 2, "unrecognized subcommand 'sing'"),
        (vec![], 2, "Usage: dial"),
        (vec!["serve"], 78, "Write this into `dial.toml`"),
        (
            vec!["serve", "--config", "gone.toml"],
            78,
            "cannot read the configuration `gone.toml`\n  because No such file",
        ),
        (vec!["serve", "--config", "wrong.toml"], 78, "wrong.toml:6: line[0].origin[0].menue: unknown key"),
    ] {
        let output = dial(folder.path(), &[], &arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_check_tells_a_wrong_configuration_among_what_it_finds() {
    let folder = tempfile::tempdir().expect("there is room for a small file");
    std::fs::write(folder.path().join("wrong.toml"), SMALLEST.to_owned() + "menue = 1\ncolour = 1")
        .expect("room");
    let output = dial(folder.path(), &[], &["check", "--config", "wrong.toml"]);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stdout);
    assert!(told.contains("menue: unknown key") && told.contains("colour: unknown key"), "{told}");
}

#[test]
fn the_printed_example_is_a_configuration() {
    let folder = tempfile::tempdir().expect("there is room for a small file");
    let example = dial(folder.path(), &[], &["config"]).stdout;
    std::fs::write(folder.path().join("dial.toml"), example).expect("there is room for a small file");
    assert!(dial(folder.path(), &[], &["config", "--resolved"]).status.success());
}

/// A row of the journal as the server writes it.
const INCIDENT: &str = r#"{"id":"20261123-1","line":"st-marys","origin":"cdn","cause":{"kind":"certificate","host":"cdn.example"},"level":"critical","opened_at":"2026-11-23T14:02:00Z","updated_at":"2026-11-23T14:02:00Z","closed_at":null,"zone":"Europe/London","why":"The origin cdn presented a certificate that expired.","remedy":"Ask whoever runs cdn.example.","entries":[{"at":"2026-11-23T14:02:00Z","text":"The origin cdn presented a certificate that expired."}],"heard":{"kind":"nothing"},"calls":3,"polite_calls":0,"acknowledged":null}"#;

#[test]
fn incidents_are_told_from_the_journal_whether_or_not_a_server_runs() {
    let folder = tempfile::tempdir().expect("there is room for small files");
    std::fs::write(folder.path().join("dial.toml"), SMALLEST).expect("there is room for a small file");
    let told = |arguments: &[&str]| {
        let output = dial(folder.path(), &[("DIAL_DATA_DIR", "copy")], &[&["incidents"], arguments].concat());
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    assert_eq!(told(&[]), (Some(0), "Nothing is wrong.\n".into(), String::new()));

    std::fs::create_dir_all(folder.path().join("copy/incidents")).expect("there is room for folders");
    let over = INCIDENT
        .replace("20261123-1", "20261122-9")
        .replace("\"closed_at\":null", "\"closed_at\":\"2026-11-23T15:00:00Z\"");
    let rows = format!("{over}\n{INCIDENT}\n{{\"id\":\"torn");
    std::fs::write(folder.path().join("copy/incidents/journal.jsonl"), rows).expect("there is room");
    let expected = "20261123-1  st-marys  23 November 2026  critical\n  14:02 The origin cdn presented a certificate that \
                    expired.\n  Callers notice nothing. 3 calls were answered meanwhile.\n  What to do: Ask whoever runs \
                    cdn.example.\n\nOne thing is wrong.\n";
    assert_eq!(told(&[]).1, expected);
    assert!(told(&["--all"]).1.contains("20261122-9  st-marys  23 November 2026  over\n"));
    assert_eq!(told(&["--line", "st-annes"]).1, "Nothing is wrong.\n");
    assert!(told(&["--all", "--json"]).1.contains("\"id\": \"20261122-9\""));
    assert!(told(&["--post", "20261122-9"]).1.starts_with("# 23 November 2026: The origin cdn presented"));
    let (code, _, error) = told(&["--post", "1"]);
    assert_eq!((code, error.contains("there is no incident `1`")), (Some(1), true), "{error}");
}
