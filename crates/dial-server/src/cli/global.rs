//! The arguments that several verbs have: where the configuration is, and what overrides it.
//!
//! A flag wins over its environment variable, both over the file, the file over the defaults.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::config::{self, Config, LoadError, LogFormat, LogLevel, Overrides, PublicUrl};

/// What every verb understands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(super) struct GlobalArgs {
    /// The configuration; otherwise ./dial.toml, then your system's place for configurations.
    #[arg(long, global = true, env = "DIAL_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the copy of the recordings is kept.
    #[arg(long, global = true, env = "DIAL_DATA_DIR", value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// What is logged: error, warn, info, debug, trace, or a list such as info,dial=debug.
    #[arg(long, global = true, env = "DIAL_LOG_LEVEL", value_name = "LEVEL")]
    pub(super) log_level: Option<LogLevel>,
    /// How it is logged: auto, text or json.
    #[arg(long, global = true, env = "DIAL_LOG_FORMAT", value_name = "FORMAT")]
    log_format: Option<LogFormat>,
}

/// What the verbs understand that listen.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct ListenArgs {
    /// The address and port to listen on.
    #[arg(long, env = "DIAL_LISTEN", value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The address under which the telephone company calls us.
    #[arg(long, env = "DIAL_PUBLIC_URL", value_name = "URL")]
    public_url: Option<PublicUrl>,
}

impl GlobalArgs {
    /// The configuration file with what overrides it.
    pub(super) fn load(&self, listen: Option<&ListenArgs>) -> Result<Config, LoadError> {
        let mut config = config::load(self.config.as_deref(), &config::usual_places())?;
        self.overrides(listen).apply(&mut config);
        Ok(config)
    }

    /// The defaults with what overrides them; there is no line.
    pub(super) fn without_file(&self, listen: Option<&ListenArgs>) -> Config {
        let mut config = Config::default();
        self.overrides(listen).apply(&mut config);
        config
    }

    fn overrides(&self, listen: Option<&ListenArgs>) -> Overrides {
        let listen = listen.cloned().unwrap_or_default();
        Overrides {
            listen: listen.listen,
            public_url: listen.public_url,
            data_dir: self.data_dir.clone(),
            log_format: self.log_format,
            log_level: self.log_level.clone(),
        }
    }
}
