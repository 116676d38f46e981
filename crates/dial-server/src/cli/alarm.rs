//! `dial alarm`: do alarms arrive?

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use crate::alarm::channel::{Channel, Roots};
use crate::alarm::confirm::{self, Confirmed};
use crate::clock::Clock;
use crate::config::Config;

/// How often a mistyped code may be typed again.
const ATTEMPTS: usize = 3;
/// The longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 100;

/// Try whether alarms arrive.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dial alarm test
  dial alarm test --channel email
  dial alarm test --confirm 0417")]
pub(crate) struct AlarmArgs {
    #[command(subcommand)]
    verb: AlarmVerb,
}

#[derive(Debug, Subcommand)]
enum AlarmVerb {
    Test(TestArgs),
}

/// Send a test message by each channel, and note who got it.
///
/// Each message has a code of four digits. On a terminal you are asked for the codes; elsewhere, or
/// when the message goes to somebody who is not there, confirm a code later with --confirm. What
/// was confirmed is kept in the data folder: name the same one as the service does.
/// Ends with 0 if all went well and with 1 if a message could not be sent or was not confirmed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dial alarm test
  dial alarm test --channel email
  dial alarm test --confirm 0417
  dial alarm test --config /etc/dial/dial.toml --data-dir /var/lib/dial")]
struct TestArgs {
    /// Only this channel, by its name in the configuration.
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// Send nothing: a message with this code has arrived.
    #[arg(long, value_name = "CODE", conflicts_with = "channel")]
    confirm: Option<String>,
}

pub(crate) async fn run(args: AlarmArgs, config: Config, clock: Clock) -> Result<ExitCode> {
    let AlarmVerb::Test(args) = args.verb;
    match args.confirm {
        Some(code) => confirm_later(&code, &config, &clock),
        None => test(args.channel.as_deref(), &config, &clock).await,
    }
}

fn confirm_later(code: &str, config: &Config, clock: &Clock) -> Result<ExitCode> {
    let mut confirmed = load(config)?;
    let Some(channel) = confirmed.confirm(code.trim(), clock.now()).map(ToOwned::to_owned) else {
        say("No message with this code was sent in the last seven days: run `dial alarm test`.\n")?;
        return Ok(ExitCode::FAILURE);
    };
    save(&confirmed, config)?;
    say(&format!("{channel}: confirmed\n"))?;
    Ok(ExitCode::SUCCESS)
}

async fn test(named: Option<&str>, config: &Config, clock: &Clock) -> Result<ExitCode> {
    let mut channels = Channel::all(&config.alarm, &Roots::default());
    anyhow::ensure!(!channels.is_empty(), "there is no [[alarm.to]] in the configuration: see `dial config`");
    let names: Vec<String> = channels.iter().map(|channel| channel.name().to_owned()).collect();
    channels.retain(|channel| named.is_none_or(|name| channel.is_called(name)));
    let none = || {
        format!("there is no alarm channel `{}`; there are {}", named.unwrap_or_default(), names.join(", "))
    };
    anyhow::ensure!(!channels.is_empty(), none());

    let mut confirmed = load(config)?;
    let codes = confirm::codes(channels.len()).context("this machine gives no random bytes")?;
    let mut sent = Vec::new();
    for (channel, code) in channels.iter().zip(&codes) {
        say(&format!("{} ({}): ", channel.name(), channel.place()))?;
        match channel.send(&confirm::test(code, clock.now())).await {
            Ok(()) => {
                confirmed.sent(channel, code, clock.now());
                sent.push((channel.name(), code));
                say("sent\n")?;
            }
            Err(failure) => say(&format!("cannot be sent: {}\n", failure.told()))?,
        }
    }
    save(&confirmed, config)?;
    let mut all_well = sent.len() == channels.len();
    if !io::stdin().is_terminal() {
        if !sent.is_empty() {
            say("Confirm each code that arrives: dial alarm test --confirm CODE\n")?;
        }
        return Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    for (name, code) in sent {
        if ask(name, code, &mut io::stdin().lock())? {
            confirmed.confirm(code, clock.now());
            save(&confirmed, config)?;
            say(&format!("{name}: confirmed\n"))?;
        } else {
            all_well = false;
            say(&format!(
                "{name}: not confirmed; the code counts for seven days: dial alarm test --confirm CODE\n"
            ))?;
        }
    }
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether somebody types the code of a channel.
fn ask(channel: &str, code: &str, keyboard: &mut impl BufRead) -> Result<bool> {
    for _ in 0..ATTEMPTS {
        say(&format!("The code that came by {channel} (Enter if none came): "))?;
        let mut answer = String::new();
        keyboard.by_ref().take(MAX_ANSWER).read_line(&mut answer).context("cannot read the code")?;
        match answer.trim() {
            "" => return Ok(false),
            typed if typed == code => return Ok(true),
            _ => say("That is not the code. ")?,
        }
    }
    Ok(false)
}

fn load(config: &Config) -> Result<Confirmed> {
    let folder = &config.data.dir;
    Confirmed::load(folder).with_context(|| {
        format!("cannot read what was confirmed, `alarms/confirmed.json` in `{}`", folder.display())
    })
}

fn save(confirmed: &Confirmed, config: &Config) -> Result<()> {
    let folder = &config.data.dir;
    confirmed
        .save(folder)
        .with_context(|| format!("cannot keep what was confirmed in `{}`", folder.display()))
}

fn say(text: &str) -> Result<()> {
    let mut out = io::stdout();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot print")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_may_be_mistyped_twice_and_enter_means_that_none_came() {
        for (typed, right) in [
            ("0417\n", true),
            (" 0417 \r\n", true),
            ("1\n2\n0417\n", true),
            ("1\n2\n3\n0417\n", false),
            ("\n0417\n", false),
            ("", false),
        ] {
            assert_eq!(ask("email", "0417", &mut typed.as_bytes()).unwrap(), right, "{typed:?}");
        }
    }
}
