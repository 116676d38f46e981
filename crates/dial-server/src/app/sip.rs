//! The line's own telephone while the program lives.

use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::App;
use crate::channel::sip::{GoingOn, Lines, Sip, Surroundings};
use crate::config::Config;
use crate::report::Reports;

/// What is alive of it; nothing where the configuration names no address.
#[derive(Default)]
pub(super) struct Telephone {
    running: Option<JoinHandle<()>>,
    going_on: GoingOn,
    drain: CancellationToken,
    stop: CancellationToken,
}

impl Telephone {
    /// Begins to answer.
    ///
    /// # Errors
    /// If an address cannot be listened on, or a password or certificate cannot be read.
    pub(super) async fn start(config: &Config, surroundings: Surroundings) -> Result<Self> {
        if config.sip.listen.is_empty() {
            return Ok(Self::default());
        }
        let metrics = Arc::clone(&surroundings.reports.metrics);
        let sip = Sip::open(&config.sip, surroundings).await?;
        metrics.sound(sip.meter());
        for (transport, address) in sip.addresses() {
            info!(transport = transport.name(), %address, "The line answers SIP");
        }
        let telephone = Self { going_on: sip.going_on(), ..Self::default() };
        let running = sip.run(telephone.drain.clone(), telephone.stop.clone());
        Ok(Self { running: Some(tokio::spawn(running)), ..telephone })
    }

    /// From now on, no more calls are taken.
    pub(super) fn drain(&self) {
        self.drain.cancel();
    }

    /// How many calls are going on.
    pub(super) fn going_on(&self) -> usize {
        self.going_on.count()
    }

    /// Ends what is left.
    pub(super) async fn stop(self) -> Result<()> {
        self.stop.cancel();
        match self.running {
            Some(running) => running.await.context("the telephone failed"),
            None => Ok(()),
        }
    }
}

/// What calls by SIP need of the rest.
pub(super) fn surroundings(app: &App, config: &Config, reports: &Reports) -> Surroundings {
    let lines = app.lines.iter().zip(&config.lines);
    let of_trunks = config.sip.trunks.iter().map(|trunk| (&trunk.name, &trunk.line));
    let of_accounts = config.sip.accounts.iter().map(|account| (&account.name, &account.line));
    let named = of_trunks.chain(of_accounts);
    Surroundings {
        lines: Arc::new(Lines {
            lines: lines.map(|(owned, line)| (Arc::clone(&owned.line), line.numbers.clone())).collect(),
            of_trunks: named.filter_map(|(name, line)| Some((name.clone(), line.clone()?))).collect(),
        }),
        library: Arc::clone(&app.library),
        store: Arc::clone(&app.store),
        reports: reports.clone(),
        clock: app.clock.clone(),
        presented: None,
    }
}
