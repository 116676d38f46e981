//! The documentation tells the truth where a machine can see it: the help, the settings, names of files.
//!
//! `BLESS=1 cargo test -p dial-server --test docs` writes `docs/reference/cli.md` anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The longest that a first page may be.
const MAX_README_ROWS: usize = 120;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What `--help` prints at a width of 100, without blanks at the ends of rows.
fn help(verbs: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dial"));
    command.env_clear().env("COLUMNS", "100").args(verbs).arg("--help");
    let output = command.output().expect("the program was built for this test");
    let text = String::from_utf8(output.stdout).expect("a help is UTF-8");
    text.lines().map(|row| row.trim_end().to_owned() + "\n").collect()
}

/// The verbs that the help lists, in its order.
fn verbs(help: &str) -> Vec<&str> {
    let rows = help.lines().skip_while(|row| *row != "Commands:").skip(1).take_while(|row| !row.is_empty());
    rows.filter_map(|row| row.split_whitespace().next()).filter(|verb| *verb != "help").collect()
}

#[test]
fn the_reference_of_commands_is_their_help() {
    let all = help(&[]);
    assert!(verbs(&all).len() >= 5, "{all}");
    let mut page = String::from(
        "# Every command\n\nThis is what `dial --help` and the `--help` of each command print; a test compares them.\n",
    );
    let mut print = |title: &str, text: &str| page.extend(["\n## ", title, "\n\n```text\n", text, "```\n"]);
    print("dial", &all);
    for verb in verbs(&all) {
        let text = help(&[verb]);
        print(&format!("dial {verb}"), &text);
        for below in verbs(&text) {
            print(&format!("dial {verb} {below}"), &help(&[verb, below]));
        }
    }
    if std::env::var_os("BLESS").is_some() {
        fs::write(root().join("docs/reference/cli.md"), &page).expect("the page can be written");
    }
    let written = read("docs/reference/cli.md");
    assert!(written == page, "docs/reference/cli.md is not what --help prints: run this test with BLESS=1");
}

/// The tables of the example that are shown and not in force.
const SHOWN: [&str; 3] = ["[[alarm.to]]", "[[sip.trunk]]", "[[sip.account]]"];

/// The settings of the example: their table, key and default, if there is one.
fn settings(example: &str) -> Vec<(&str, &str, Option<&str>)> {
    let (mut table, mut settings) = ("", Vec::new());
    for row in example.lines() {
        // A table that is shown, but not in force, such as `# [[alarm.to]]`, and its rows.
        let (row, shown) = match row.strip_prefix("# ") {
            Some(row) if row.starts_with('[') => (row, true),
            Some(rest) if SHOWN.contains(&table) && !rest.contains("[[alarm.to]]") => (rest, true),
            _ => (row, false),
        };
        if row.starts_with('[') {
            table = row;
            continue;
        }
        if shown {
            settings.extend(row.split_once(" = ").map(|(key, _)| (table, key, None)));
            continue;
        }
        let (row, has_default) = match (row.strip_prefix("# e.g. "), row.strip_prefix('#')) {
            (Some(row), _) => (row, false),
            (None, Some(row)) => (row, true),
            (None, None) => (row, false),
        };
        let Some((key, value)) = row.split_once(" = ") else {
            continue;
        };
        if key.contains(' ') || key.is_empty() {
            continue;
        }
        settings.push((table, key, has_default.then_some(value)));
    }
    settings
}

#[test]
fn the_reference_of_settings_has_every_key_of_the_example_with_its_default() {
    let page = read("docs/reference/config.md");
    let example = read("crates/dial-server/src/config/example.toml");
    let settings = settings(&example);
    assert!(settings.len() > 60, "{}", settings.len());
    for (table, key, default) in settings {
        let section = page.split("\n## ").find(|section| section.starts_with(&format!("`{table}`\n")));
        let section = section.unwrap_or_else(|| panic!("config.md has no section `{table}`"));
        let row = section.lines().find(|row| row.starts_with(&format!("| `{key}` |")));
        let row = row.unwrap_or_else(|| panic!("config.md does not have `{key}` under `{table}`"));
        if let Some(default) = default {
            assert!(row.contains(&format!("`{default}`")), "the default of `{key}` is {default}: {row}");
        }
    }
}

#[test]
fn the_reference_of_settings_has_every_limit_of_every_kind_of_origin_with_its_default() {
    let folder = tempfile::tempdir().expect("there is room for a small file");
    let section = "\n## `[line.origin.limits]`\n";
    let page = read("docs/reference/config.md");
    let (_, section) = page.split_once(section).expect("config.md has a section for them");
    for (kind, more) in [("http", ""), ("feed", ""), ("git", ""), ("bucket", "bucket = \"b\"\n")] {
        let url = if kind == "bucket" { "endpoint" } else { "url" };
        let origin = format!("kind = \"{kind}\"\n{more}{url} = \"https://www.example.org/services\"\n");
        let text = format!("[[line]]\nname = \"st-marys\"\n[[line.origin]]\n{origin}");
        fs::write(folder.path().join("dial.toml"), text).expect("there is room for a small file");
        let mut dial = Command::new(env!("CARGO_BIN_EXE_dial"));
        let output = dial.env_clear().current_dir(folder.path()).args(["config", "--resolved"]).output();
        let resolved = output.expect("the program was built for this test").stdout;
        let resolved: toml::Table =
            String::from_utf8_lossy(&resolved).parse().expect("what is in force is TOML");
        let limits = resolved["line"][0]["origin"][0]["limits"].as_table().expect("it is a table");
        assert!(limits.len() >= 4, "{limits:?}");
        for (key, default) in limits {
            let row = section.lines().find(|row| row.starts_with(&format!("| `{key}` |")));
            let row = row.unwrap_or_else(|| panic!("config.md does not have `{key}`"));
            assert!(row.contains(&format!("`{default}`")), "{kind}: `{key}` is {default}: {row}");
        }
    }
}

#[test]
fn the_first_page_is_short() {
    let rows = read("README.md").lines().count();
    assert!(rows <= MAX_README_ROWS, "README.md has {rows} rows, and may have {MAX_README_ROWS}");
}

/// Every file of the repository, with `/` before each part of its path.
fn tree(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("the repository can be read").flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if name.to_string_lossy().starts_with('.') || name == "target" {
            continue;
        }
        let relative = path.strip_prefix(root()).expect("it lies in the repository");
        let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
        if path.is_dir() {
            tree(&path, found);
        } else {
            found.push(format!("/{}", parts.join("/")));
        }
    }
}

#[test]
fn every_file_that_the_map_names_exists() {
    let mut found = Vec::new();
    tree(&root(), &mut found);
    let map = read("ARCHITECTURE.md");
    let names = map.lines().flat_map(|row| row.split('`').skip(1).step_by(2));
    let names: Vec<_> =
        names.filter(|name| Path::new(name).extension().is_some_and(|end| end == "rs")).collect();
    assert!(names.len() > 20, "{names:?}");
    let gone: Vec<_> = names
        .into_iter()
        .filter(|name| !found.iter().any(|path| path.ends_with(&format!("/{name}"))))
        .collect();
    assert!(gone.is_empty(), "ARCHITECTURE.md names what is not there: {gone:?}");
}

#[test]
fn every_link_between_the_pages_leads_somewhere() {
    for page in [
        "README.md",
        "docs/publish.md",
        "docs/origins.md",
        "docs/twilio.md",
        "docs/https.md",
        "docs/operate.md",
        "docs/alarms.md",
        "docs/reference/config.md",
    ] {
        let text = read(page);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://")) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let folder = root().join(page).parent().expect("a page lies in a folder").to_owned();
            let target = if file.is_empty() { root().join(page) } else { folder.join(file) };
            let text = fs::read_to_string(&target).unwrap_or_else(|error| panic!("{page}: {link}: {error}"));
            let mut headings = text.lines().filter(|row| row.starts_with('#')).map(anchor);
            assert!(heading.is_empty() || headings.any(|name| name == heading), "{page}: {link}");
        }
    }
}

/// The blocks of a page that are in one language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let begin = format!("```{language}\n");
    page.split(begin.as_str()).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn what_the_guide_to_alarms_shows_is_accepted_as_it_stands() {
    let folder = tempfile::tempdir().expect("there is room for a small file");
    let guide = read("docs/alarms.md");
    let smallest = read("crates/dial-server/src/config/smallest.toml");
    let dial = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dial"));
        command.env_clear().current_dir(folder.path()).args(arguments).stdin(std::process::Stdio::null());
        command.output().expect("the program was built for this test")
    };
    let settings = blocks(&guide, "toml");
    assert!(settings.len() >= 5, "{settings:?}");
    for text in settings {
        fs::write(folder.path().join("dial.toml"), format!("{text}\n{smallest}")).expect("there is room");
        let output = dial(&["config", "--resolved"]);
        assert!(output.status.success(), "{text}: {}", String::from_utf8_lossy(&output.stderr));
    }
    // Other pages say `sudo -u dial dial …`; a wrong command line ends with 2.
    let commands = blocks(&guide, "sh").concat();
    let commands: Vec<_> =
        commands.lines().filter_map(|row| row.strip_prefix("sudo -u dial ").or(Some(row))).collect();
    let ours: Vec<_> = commands.iter().filter_map(|row| row.strip_prefix("dial ")).collect();
    assert!(ours.len() >= 3, "{commands:?}");
    for command in ours {
        let command = command.replace("/etc/dial/dial.toml", "none.toml");
        let output = dial(&command.split(' ').collect::<Vec<_>>());
        assert_ne!(output.status.code(), Some(2), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// The name under which a heading can be reached.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    text.chars().filter(|sign| sign.is_alphanumeric() || matches!(sign, '-' | '_')).collect()
}
