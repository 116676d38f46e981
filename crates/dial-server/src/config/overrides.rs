//! What the command line and the environment say, which wins over the file.
//!
//! It must not read either: `cli` does, where a flag wins over its environment variable.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::Config;
use super::log::{LogFormat, LogLevel};
use super::public_url::PublicUrl;

/// What the command line and the environment say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Overrides {
    /// For `server.listen`.
    pub(crate) listen: Option<SocketAddr>,
    /// For `server.public_url`.
    pub(crate) public_url: Option<PublicUrl>,
    /// For `data.dir`.
    pub(crate) data_dir: Option<PathBuf>,
    /// For `log.format`.
    pub(crate) log_format: Option<LogFormat>,
    /// For `log.level`.
    pub(crate) log_level: Option<LogLevel>,
}

impl Overrides {
    /// Puts what is said in the place of what the file or the defaults say.
    pub(crate) fn apply(self, config: &mut Config) {
        fn replace<T>(slot: &mut T, said: Option<T>) {
            if let Some(said) = said {
                *slot = said;
            }
        }
        replace(&mut config.server.listen, self.listen);
        replace(&mut config.server.public_url, self.public_url.map(Some));
        replace(&mut config.data.dir, self.data_dir);
        replace(&mut config.log.format, self.log_format);
        replace(&mut config.log.level, self.log_level);
    }
}
