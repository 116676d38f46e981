//! `dial demo`: serves a line of its own, so that a call can be heard without any set-up.

mod incident;

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use dial_core::language::Language;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::global::ListenArgs;
use super::progress;
use crate::app::{self, App};
use crate::clock::Clock;
use crate::config::{Config, Line, OpenTo, Origin, OriginKind};
use crate::logging::Redactor;
use crate::prompts::PromptBook;
use crate::secret_file;

/// The name of the demonstration's line.
const NAME: &str = "demo";

/// Try a line out, without any set-up.
///
/// Serves a line with recordings that the program makes itself: bells, chimes and hymn tunes. It
/// needs no account, no key and no network.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dial demo
  dial demo --listen 127.0.0.1:9000
  dial demo --incident          what happens when a certificate expires, in a minute
  dial call --demo              hear that line here, without a server")]
pub(crate) struct DemoArgs {
    #[command(flatten)]
    pub(super) listen: ListenArgs,
    /// Watch the certificate of a CDN expire while people listen, then every certificate at once.
    #[arg(long)]
    pub(super) incident: bool,
}

/// Serves the demonstration. The configuration has no line: only where to listen and keep things.
pub(crate) async fn run(args: DemoArgs, mut config: Config, redactor: Redactor) -> Result<ExitCode> {
    if args.incident {
        return incident::run(config, redactor).await;
    }
    let clock = Clock::system();
    tokio::task::block_in_place(|| add_line(&mut config, clock.now()))?;
    let token = config.lines[0].twiml.auth_token_files[0].clone();
    redactor.register(crate::secret::Secret::from_file(&token)?.expose());
    let app = App::build(&config, clock)?;
    let mut bar = progress::Bar::default();
    let mut show = |file: &str, stage| bar.show(file, stage);
    let problems = tokio::task::block_in_place(|| app.load(&app.lines[0], &mut show));
    bar.end();
    progress::tell(&mut bar, &problems);
    let offered = app.lines[0].line.catalogue().all().len();
    let program = std::env::args().next().unwrap_or_else(|| "dial".into());
    let reload = || Ok(config.clone());
    app::serve(app, &config, &redactor, &reload, &CancellationToken::new(), |address| {
        welcome(&program, offered, address, &token);
    })
    .await?;
    Ok(ExitCode::SUCCESS)
}

/// Makes the demonstration's recordings under the data folder, and adds its line.
pub(super) fn add_line(config: &mut Config, now: Timestamp) -> Result<()> {
    let folder = config.data.dir.join("demo");
    std::fs::create_dir_all(&folder).with_context(|| {
        format!("cannot make the data folder `{}`: choose another with --data-dir", config.data.dir.display())
    })?;
    let today = dial_core::date::day(now, &jiff::tz::TimeZone::get("Europe/London")?);
    let make = |title: &str| progress::note(&format!("Composing “{title}” …"));
    crate::demo::write(&folder, today, &PromptBook::of(Language::English), &mut { make })?;
    let key = secret_file::open_or_make(&config.data.dir.join("secrets/demo.key"))?;
    let token = config.data.dir.join("demo/auth-token");
    let text: String = key.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    std::fs::write(&token, text).with_context(|| format!("cannot write `{}`", token.display()))?;
    let kind = OriginKind::Folder { path: folder };
    let mut line = Line::new(NAME.into(), vec![Origin { name: NAME.into(), poll_s: 60, kind }]);
    line.twiml.auth_token_files = vec![token];
    config.lines = vec![line];
    config.phone.open_to = OpenTo::Machine;
    // Nobody rings it who could be overheard.
    config.server.behind_proxy = true;
    Ok(())
}

/// What to do next, in six lines.
fn welcome(program: &str, offered: usize, address: SocketAddr, token: &std::path::Path) {
    let token = token.display();
    let text = format!(
        "The demonstration line answers at http://{address}/twiml/{NAME}/answer with {offered} recordings.\n\
         Ring it from your browser:        http://{address}/phone\n\
         Ring it from another terminal:    {program} call --demo\n\
         As a telephone company would:     {program} call --url http://{address}/twiml/{NAME}/answer --auth-token-file {token} --keys \"1 wait:20 6 wait:5 0\" --for 60\n\
         Keep the sound of a call:         {program} call --demo --keys \"1 wait:30 6 wait:5 *\" --for 60 --record call.wav\n\
         A line of your own:               {program} config > dial.toml, then {program} check. Ctrl-C stops the demonstration.\n"
    );
    let _ = std::io::stdout().write_all(text.as_bytes());
}
