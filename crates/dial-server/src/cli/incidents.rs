//! `dial incidents`: what is wrong, what was, and a post about it.
//!
//! It reads the journal, so it works while the server runs, and when it does not.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use crate::incident::{Incident, journal, post, words};

/// Show what is wrong, and what was.
///
/// Tells each incident in plain sentences: what happened, what callers heard, and what to do. It reads
/// what the server has written down, so that it works while the server runs, and when it does not.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dial incidents                what is wrong now
  dial incidents --all          what was wrong, too
  dial incidents --line st-marys --json
  dial incidents --post 20261123-1 > post.md
  dial incidents --see-to 20261123-1 --by "the verger"")]
pub(crate) struct IncidentsArgs {
    /// Only this line, and what concerns the whole machine.
    #[arg(long, value_name = "LINE")]
    line: Option<String>,
    /// Those that are over, too.
    #[arg(long)]
    all: bool,
    /// As JSON, for programs.
    #[arg(long)]
    json: bool,
    /// A post in Markdown about this incident, to be finished by a person.
    #[arg(long, value_name = "ID", conflicts_with_all = ["line", "all", "json"])]
    post: Option<String>,
    /// Say that somebody sees to this incident.
    #[arg(long, value_name = "ID", requires = "by", conflicts_with_all = ["line", "all", "json", "post"])]
    see_to: Option<String>,
    /// Who sees to it: a name or an office, never a number.
    #[arg(long, value_name = "WHO", requires = "see_to")]
    by: Option<String>,
}

/// Shows the incidents of a data folder.
pub(super) fn run(args: &IncidentsArgs, data_dir: &Path) -> anyhow::Result<ExitCode> {
    let known = journal::read(data_dir)
        .with_context(|| format!("cannot read the incidents under `{}`", data_dir.display()))?;
    if let (Some(id), Some(by)) = (&args.see_to, &args.by) {
        anyhow::ensure!(
            known.iter().any(|incident| incident.id == *id && incident.is_open()),
            "no incident `{id}` is open: `dial incidents` names those that are"
        );
        journal::acknowledge(data_dir, id, by).context("it cannot be written to the data folder")?;
        writeln!(io::stdout(), "Within a minute the page says that {by} sees to {id}.")?;
        return Ok(ExitCode::SUCCESS);
    }
    let text = match &args.post {
        Some(id) => {
            let incident = known.iter().find(|incident| incident.id == *id);
            post(incident.with_context(|| {
                format!("there is no incident `{id}`: `dial incidents --all` names those that are known")
            })?)
        }
        None => listed(args, &known)?,
    };
    match io::stdout().write_all(text.as_bytes()) {
        // The reader has seen enough, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        written => written.context("cannot print the incidents").map(|()| ExitCode::SUCCESS),
    }
}

fn listed(args: &IncidentsArgs, known: &[Incident]) -> anyhow::Result<String> {
    let wanted = |incident: &&Incident| {
        let of_line = args.line.as_ref().is_none_or(|line| incident.concerns(line));
        of_line && (args.all || incident.is_open())
    };
    let shown: Vec<&Incident> = known.iter().rev().filter(wanted).collect();
    if args.json {
        return Ok(serde_json::to_string_pretty(&shown).context("cannot write JSON")? + "\n");
    }
    let open = shown.iter().filter(|incident| incident.is_open()).count();
    let mut text: String = shown.iter().map(|incident| told(incident) + "\n").collect();
    text.push_str(&match open {
        0 => "Nothing is wrong.\n".to_owned(),
        1 => "One thing is wrong.\n".to_owned(),
        open => format!("{open} things are wrong.\n"),
    });
    Ok(text)
}

/// An incident in a few rows.
fn told(incident: &Incident) -> String {
    let line = incident.line.as_deref().unwrap_or("all lines");
    let state = if incident.is_open() { incident.level.name() } else { "over" };
    let day = words::day(incident.opened_at, &incident.zone());
    let mut text = format!("{}  {line}  {day}  {state}\n", incident.id);
    text.extend(words::rows(incident).map(|row| format!("  {row}\n")));
    text.push_str(&format!("  {} {}\n", words::heard(incident), words::calls(incident)));
    if incident.is_open() {
        text.push_str(&format!("  What to do: {}\n", incident.remedy));
    }
    text
}
