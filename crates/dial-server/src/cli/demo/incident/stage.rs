//! A line on this machine for one act of the story: served as `dial serve` serves it.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::story::Story;
use super::{LINE, LISTENS_S, watch};
use crate::app::{self, App};
use crate::channel::ring::Pace;
use crate::clock::Clock;
use crate::config::Config;
use crate::demo::incident::{Heard, Ringing, World};
use crate::logging::Redactor;
use crate::secret::Secret;

/// A line on this machine, for one act.
pub(super) struct Stage {
    config: Config,
    /// Where its alarms are written to.
    pub(super) alarms: PathBuf,
    token: Secret,
}

impl Stage {
    /// With a data folder of its own, which is empty.
    pub(super) fn new(base: &Config, world: &World, act: &str) -> Result<Self> {
        let dir = base.data.dir.join(act);
        std::fs::create_dir_all(&dir).with_context(|| format!("cannot make `{}`", dir.display()))?;
        let (alarms, token) = (dir.join("alarms.txt"), dir.join("token"));
        let key = crate::secret_file::open_or_make(&dir.join("token.key"))?;
        let text: String = key.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        std::fs::write(&token, &text).with_context(|| format!("cannot write `{}`", token.display()))?;
        let text = watch::configuration(&dir, &alarms, world);
        let config = Config::parse(&text, &dir.join("dial.toml"))?;
        Ok(Self { config, alarms, token: Secret::from_file(&token)? })
    }

    /// Serves the line while something is played on it.
    pub(super) async fn perform(
        &self,
        redactor: &Redactor,
        world: &World,
        play: impl AsyncFnOnce(Ringing) -> Result<()>,
    ) -> Result<()> {
        redactor.register(self.token.expose());
        let mut app = App::build(&self.config, Clock::system())?;
        app.surroundings = world.surroundings();
        let (ready, listens) = oneshot::channel();
        let (until, reload) = (CancellationToken::new(), || Ok(self.config.clone()));
        let serve = app::serve(app, &self.config, redactor, &reload, &until, |address| {
            let _ = ready.send(address);
        });
        let play = async {
            let address = listens.await.context("the line does not answer")?;
            play(Ringing { address, line: LINE, token: self.token.clone() }).await
        };
        let mut serve = std::pin::pin!(serve);
        tokio::select! {
            played = play => {
                until.cancel();
                played.and(serve.await)
            }
            served = &mut serve => {
                served?;
                bail!("stopped before the end of the story")
            }
        }
    }

    /// The first copy may take a moment.
    pub(super) async fn hear(&self, line: &Ringing, keys: &str, story: &Story) -> Result<Heard> {
        story.note("The line takes a copy of all recordings.");
        watch::well(line).await?;
        let heard = line.ring(keys, LISTENS_S, Pace::Instant).await?;
        ensure!(heard.recording.is_some(), "the line has nothing to play: {:?}", heard.words);
        Ok(heard)
    }
}
