//! Everything that is wrong with a configuration, its lists and its recordings, at once, with remedies.

mod https;

use dial_core::catalogue::Gravity;
use dial_origin::keeper::Stage;

use crate::alarm::channel::{Channel, Roots};
use crate::alarm::confirm::{self, Confirmed};
use crate::app::App;
use crate::config::{self, Config, Provider, Signature};
use crate::secret::Secret;

pub(crate) use self::https::plain_advice;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// The line is silent, or cannot be reached.
    Silent,
    /// Something is not offered, or not used.
    Missing,
    /// It works; this is worth a look.
    Advice,
}

/// Something to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// How bad it is.
    pub(crate) level: Level,
    /// The line that it concerns.
    pub(crate) line: String,
    /// Where, what, and what to do.
    pub(crate) text: String,
}

/// What a check of everything gave.
pub(crate) struct Checkup {
    /// What is wrong, the gravest first.
    pub(crate) findings: Vec<Finding>,
    /// What each line offers.
    pub(crate) offers: Vec<Offer>,
}

/// What a line offers.
pub(crate) struct Offer {
    /// Its name.
    pub(crate) line: String,
    /// Its church.
    pub(crate) church: String,
    /// How many recordings can be heard now.
    pub(crate) audible: usize,
    /// How many are still to come.
    pub(crate) hidden: usize,
}

/// Looks at every line of a configuration.
pub(crate) fn check(app: &App, config: &Config, progress: &mut dyn FnMut(&str, Stage)) -> Checkup {
    let (mut findings, mut offers) = (Vec::new(), Vec::new());
    for (owned, line) in app.lines.iter().zip(&config.lines) {
        let name = line.name.as_str();
        let mut find = |level, text: String| findings.push(Finding { level, line: name.into(), text });
        let problems = app.load(owned, progress);
        let catalogue = owned.line.catalogue();
        for problem in problems {
            find(level(problem.gravity, catalogue.is_unread()), problem.to_string());
        }
        let audible = catalogue.audible(app.clock.now()).len();
        if audible == 0 && !catalogue.is_unread() {
            find(Level::Silent, "nothing can be heard now; callers hear when to ring again".into());
        }
        for advice in signature_advice(line) {
            find(Level::Advice, advice);
        }
        let hidden = catalogue.all().len() - audible;
        offers.push(Offer { line: name.into(), church: catalogue.church_name().into(), audible, hidden });
    }
    if config.server.public_url.is_none() {
        let text = "server.public_url: is not set; a provider needs it to reach you, and signatures are checked against it";
        findings.push(Finding { level: Level::Advice, line: "all lines".into(), text: text.into() });
    }
    for (level, text) in https::findings(config, &app.data_dir, app.clock.now()) {
        findings.push(Finding { level, line: "all lines".into(), text });
    }
    let confirmed = Confirmed::load(&config.data.dir).unwrap_or_default();
    for text in confirm::advice(&Channel::all(&config.alarm, &Roots::default()), &confirmed, app.clock.now())
    {
        findings.push(Finding { level: Level::Advice, line: "all lines".into(), text });
    }
    findings.sort_by_key(|finding| finding.level);
    Checkup { findings, offers }
}

/// A list that cannot be used silences a line only if there is nothing else to play.
fn level(gravity: Gravity, silent: bool) -> Level {
    match gravity {
        Gravity::Refused if silent => Level::Silent,
        Gravity::Refused | Gravity::Ignored => Level::Missing,
        Gravity::Doubtful => Level::Advice,
    }
}

/// What a line's set-up lacks for a provider's calls to be believed.
pub(crate) fn signature_advice(line: &config::Line) -> Vec<String> {
    let twiml = &line.twiml;
    let mut advice = Vec::new();
    let has_secret = match twiml.provider {
        Provider::Telnyx => !twiml.public_keys.is_empty(),
        _ => {
            let named = !twiml.auth_token_files.is_empty() || !twiml.auth_token_env.is_empty();
            named || Secret::from_environment(config::AUTH_TOKEN_ENV).is_ok()
        }
    };
    match twiml.signature {
        Signature::Strict if !has_secret => advice.push(
            "line.twiml: calls by webhook are refused, for there is no token to check them with; name a file in \
             auth_token_files (Telnyx: public_keys), or set DIAL_AUTH_TOKEN"
                .into(),
        ),
        Signature::Log | Signature::Off => {
            advice.push("line.twiml.signature: strangers' requests are answered too; set it to \"strict\"".into());
        }
        Signature::Strict => {}
    }
    advice
}
