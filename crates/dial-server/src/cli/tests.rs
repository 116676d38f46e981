//! What the command line accepts, and what it teaches.

use clap::CommandFactory;

use super::*;

/// The verbs, in the order in which a volunteer meets them.
const VERBS: [&str; 13] = [
    "serve",
    "demo",
    "call",
    "check",
    "chapters",
    "held",
    "approve",
    "rollback",
    "reload",
    "incidents",
    "alarm",
    "voice",
    "config",
];

#[test]
fn the_command_line_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn the_help_names_every_verb_and_every_verb_teaches_by_example() {
    let mut command = Cli::command();
    let help = command.render_long_help().to_string();
    let verbs: Vec<_> = command.get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    assert_eq!(verbs.iter().filter(|verb| *verb != "help").collect::<Vec<_>>(), VERBS);
    for verb in VERBS {
        assert!(help.contains(&format!("\n  {verb} ")), "{help}");
        let help = command.find_subcommand_mut(verb).expect("it is a verb").render_long_help().to_string();
        assert!(help.contains("Examples:") && help.contains(&format!("  dial {verb}")), "{help}");
    }
}

#[test]
fn no_help_shows_the_value_of_a_secret() {
    let token = crate::config::AUTH_TOKEN_ENV;
    for verb in Cli::command().get_subcommands() {
        assert!(verb.get_arguments().all(|argument| argument.get_env().is_none_or(|env| env != token)));
    }
}

#[test]
fn every_example_of_the_help_is_accepted() {
    let mut command = Cli::command();
    let mut helps = vec![command.render_long_help().to_string()];
    helps.extend(
        VERBS.map(|verb| {
            command.find_subcommand_mut(verb).expect("it is a verb").render_long_help().to_string()
        }),
    );
    let mut tried = 0;
    for row in helps.iter().flat_map(|help| help.lines()) {
        let Some(example) = row.strip_prefix("  dial ") else {
            continue;
        };
        let example =
            example.split("    ").next().and_then(|row| row.split(" > ").next()).expect("a row has a start");
        let quoted = example.split('"').enumerate();
        let words = quoted.flat_map(
            |(i, part)| {
                if i % 2 == 1 { vec![part] } else { part.split_whitespace().collect() }
            },
        );
        let parsed = Cli::try_parse_from(std::iter::once("dial").chain(words));
        assert!(parsed.is_ok(), "{example}: {}", parsed.map(|_| ()).unwrap_err());
        tried += 1;
    }
    assert!(tried > 15, "{tried}");
}

#[test]
fn what_cannot_be_is_refused() {
    for wrong in [
        "dial",
        "dial sing",
        "dial serve --listen here",
        "dial serve --public-url phone.example.org",
        "dial call --keys x",
        "dial call --demo st-marys",
        "dial call --demo --url https://phone.example.org",
        "dial call --auth-token-file token",
        "dial call --for 0",
        "dial call --pace slow",
        "dial call --from 01134960123",
        "dial call --at tomorrow",
        "dial incidents --post 20261123-1 --json",
        "dial alarm",
        "dial alarm test --confirm",
        "dial alarm test --confirm 1234 --channel email",
        "dial --log-level loud check",
        "dial --log-format xml check",
    ] {
        assert!(Cli::try_parse_from(wrong.split(' ')).is_err(), "{wrong}");
    }
}

#[test]
fn the_demonstration_and_a_server_elsewhere_need_no_configuration() {
    for (line, needed) in [
        ("dial call", true),
        ("dial call st-marys", true),
        ("dial call --demo", false),
        ("dial call --url http://x", false),
    ] {
        let Verb::Call(args) = Cli::try_parse_from(line.split(' ')).unwrap().verb else {
            panic!("it is a call")
        };
        assert_eq!(args.needs_config(), needed, "{line}");
    }
}
