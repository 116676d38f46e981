//! From a configuration to lines that can be rung.

use std::fs;
use std::sync::Arc;

use anyhow::{Context, Result};
use dial_core::language::Language;
use dial_core::phrase::{PhraseBook, PhraseFault};
use dial_core::token::Keyring;
use dial_origin::http::Surroundings;
use dial_origin::sound::SoundStore;
use tracing::warn;

use super::{App, OwnedLine, sound_dir};
use crate::channel::stream::Carrier;
use crate::channel::twiml::signature::{Policy, Scheme, Verifier};
use crate::channel::twiml::{Dialect, Tier, Twiml, TwimlLine, Voice};
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::library::Library;
use crate::line::Line;
use crate::logging::Redactor;
use crate::prompts::PromptBook;
use crate::report::Reports;
use crate::secret::Secret;
use crate::secret_file;
use crate::store::Store;

/// The largest file of phrases, in bytes.
const MAX_PHRASES: u64 = 256 * 1024;

/// A file of phrases that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the phrases in `{file}` cannot be used:\n{}", faults.iter().map(|fault| format!("  {fault}")).collect::<Vec<_>>().join("\n"))]
pub(crate) struct BuildError {
    file: String,
    faults: Vec<PhraseFault>,
}

impl App {
    /// Prepares everything that a configuration names; offers nothing yet.
    pub(crate) fn build(config: &Config, clock: Clock) -> Result<Self> {
        let data_dir = config.data.dir.clone();
        // A disk that fails costs what would be written to it, not the line.
        if let Err(error) = fs::create_dir_all(&data_dir) {
            warn!(
                "The data folder `{}` cannot be made: {error}; choose another with --data-dir",
                data_dir.display()
            );
        }
        let (store, writer) = Store::open(&data_dir, clock.now())?;
        let sounds = SoundStore::new(&sound_dir(&data_dir));
        let lines = config.lines.iter().map(|line| owned(line, &config.data)).collect::<Result<_>>()?;
        let (library, store, sounds) = (Arc::new(Library::default()), Arc::new(store), Arc::new(sounds));
        Ok(Self {
            lines,
            library,
            store,
            writer,
            sounds,
            clock,
            data_dir,
            surroundings: Surroundings::default(),
        })
    }
}

fn owned(line: &config::Line, data: &config::Data) -> Result<OwnedLine> {
    let phrases = phrases(line)?;
    let book = PromptBook::of(phrases.language);
    let (origins, settings) = (line.origins.clone(), line.keeping(data));
    let line = Line::new(line.name.clone(), line.rules(), phrases, book, line.time_zone.clone());
    Ok(OwnedLine { line: Arc::new(line), origins, settings })
}

/// A line's own sentences over ours.
pub(super) fn phrases(line: &config::Line) -> Result<PhraseBook> {
    let ours = PhraseBook::of(Language::of_tag(&line.language));
    let Some(path) = line.phrases.as_deref() else { return Ok(ours) };
    let file = path.display().to_string();
    let size = fs::metadata(path).with_context(|| format!("cannot read the phrases in `{file}`"))?.len();
    anyhow::ensure!(size <= MAX_PHRASES, "the phrases in `{file}` are larger than 256 kB");
    let text = fs::read_to_string(path).with_context(|| format!("cannot read the phrases in `{file}`"))?;
    ours.with(&text).map_err(|faults| BuildError { file, faults }.into())
}

/// The webhooks of all lines.
pub(crate) fn twiml_channel(app: &App, config: &Config, reports: &Reports) -> Result<Twiml> {
    let key = secret_file::open_or_lend(&app.data_dir.join("secrets/token.key"))?;
    let lines = app.lines.iter().zip(&config.lines).map(|(owned, line)| twiml_line(&owned.line, line));
    Ok(Twiml::new(
        lines.collect::<Result<_>>()?,
        Arc::clone(&app.library),
        Arc::clone(&app.store),
        Keyring::new(key, &[]),
        app.clock.clone(),
        config.server.public_url.as_ref().map(ToString::to_string),
        reports.clone(),
    ))
}

fn twiml_line(line: &Arc<Line>, config: &config::Line) -> Result<TwimlLine> {
    let twiml = &config.twiml;
    let dialect = match twiml.provider {
        config::Provider::Twilio | config::Provider::SignalWire => Dialect::Twilio,
        config::Provider::Telnyx | config::Provider::Somleng => Dialect::Portable,
    };
    let voice = Voice { name: config.voice.clone(), language: config.language.clone() };
    let verifier =
        verifier(twiml).with_context(|| format!("cannot check who calls the line `{}`", config.name))?;
    let speaks_itself = twiml.speech == config::Speech::Line;
    let (line, numbers) = (Arc::clone(line), config.numbers.clone());
    let tier = match (twiml.tier, twiml.provider) {
        (config::Tier::Gather, _) | (_, config::Provider::Somleng) => Tier::Gather,
        (config::Tier::Stream, config::Provider::Twilio) => Tier::Stream(Carrier::Twilio),
        (config::Tier::Stream, config::Provider::SignalWire) => Tier::Stream(Carrier::SignalWire),
        (config::Tier::Stream, config::Provider::Telnyx) => Tier::Stream(Carrier::Telnyx),
    };
    Ok(TwimlLine { line, numbers, voice, speaks_itself, dialect, tier, verifier })
}

fn verifier(twiml: &config::Twiml) -> Result<Verifier> {
    let policy = match twiml.signature {
        config::Signature::Strict => Policy::Strict,
        config::Signature::Log => Policy::LogOnly,
        config::Signature::Off => Policy::Off,
    };
    let scheme = match twiml.provider {
        config::Provider::Twilio | config::Provider::Somleng => Scheme::twilio(tokens(twiml)?),
        config::Provider::SignalWire => Scheme::signalwire(tokens(twiml)?),
        config::Provider::Telnyx => {
            Scheme::telnyx(&twiml.public_keys.iter().map(String::as_str).collect::<Vec<_>>())?
        }
    };
    Ok(Verifier { scheme, policy })
}

/// The auth tokens that a line's configuration names; with none named, the usual variable.
pub(super) fn tokens(twiml: &config::Twiml) -> Result<Vec<Secret>> {
    let files = twiml.auth_token_files.iter().map(|path| {
        Secret::from_file(path).with_context(|| format!("cannot read the auth token in `{}`", path.display()))
    });
    let named = twiml.auth_token_env.iter().map(|name| {
        Secret::from_environment(name)
            .with_context(|| format!("cannot read the auth token in the environment variable {name}"))
    });
    let tokens = files.chain(named).collect::<Result<Vec<_>>>()?;
    Ok(if tokens.is_empty() {
        Secret::from_environment(config::AUTH_TOKEN_ENV).into_iter().collect()
    } else {
        tokens
    })
}

/// The log masks the tokens of every line, wherever they should turn up.
pub(crate) fn register_secrets(config: &Config, redactor: &Redactor) -> Result<()> {
    for line in &config.lines {
        tokens(&line.twiml)?.iter().for_each(|token| redactor.register(token.expose()));
    }
    Ok(())
}
