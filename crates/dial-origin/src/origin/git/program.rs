//! How the user's `git` is started: with nothing of the user's settings, and with nothing that weakens it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use tokio::process::Command;

use super::GitSettings;
use super::address::{Credential, Scheme};
use crate::fault::{Fault, FaultKind};

/// The largest file with a token that is read, in bytes.
const MAX_TOKEN: u64 = 4096;

/// What git sees of our environment; above all nothing that begins with `GIT_`.
const PASSED_ON: [&str; 15] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "SSH_AUTH_SOCK",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
];

/// Settings of git that always hold: they come after, and so above, those of a repository.
const ALWAYS: [(&str, &str); 23] = [
    ("http.sslVerify", "true"),
    ("http.sslVersion", "tlsv1.2"), // or newer
    ("protocol.allow", "never"),
    ("protocol.version", "2"),
    ("credential.helper", ""),
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.askPass", ""),
    // A recording goes through git in pieces instead of as a whole in memory.
    ("core.bigFileThreshold", "1m"),
    ("fetch.unpackLimit", "1"),
    ("fetch.recurseSubmodules", "false"),
    ("fetch.writeCommitGraph", "false"),
    ("submodule.recurse", "false"),
    // Nothing goes on behind our back once a command has ended.
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("index.threads", "1"),
    ("pack.threads", "1"),
    ("log.showSignature", "false"),
    ("init.defaultBranch", "none"),
    ("safe.directory", "*"),
    ("safe.bareRepository", "all"),
    ("lfs.concurrentTransfers", "1"),
    ("lfs.skipDownloadErrors", "false"),
];

/// No question is asked, no unknown host is trusted, and no connection outlives its command.
const SSH: &str = "ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=15 \
                   -o ControlMaster=no -o ControlPath=none -o ClearAllForwardings=yes -o PermitLocalCommand=no";

/// Gives git the credential by its environment; a shell runs it (gitcredentials(7)).
const HELPER: &str = "!f() { if test \"$1\" = get; then printf 'username=%s\\npassword=%s\\n' \
                      \"$DIAL_GIT_USER\" \"$DIAL_GIT_PASSWORD\"; fi; }; f";

/// Where a command may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Nowhere: it reads what is here.
    Here,
    /// To the repository of the origin.
    Origin,
    /// To another repository of ours on this disk.
    Disk,
}

/// The user's `git`, ready to be started.
#[derive(Debug)]
pub(super) struct Program {
    config: Vec<(String, String)>,
    credential: Option<Credential>,
    scheme: Scheme,
}

impl Program {
    /// Reads the token anew each time: whoever renews it need not restart anything.
    pub(super) fn new(settings: &GitSettings) -> Result<Self, Fault> {
        let address = &settings.address;
        let token = settings.token.as_deref().map(read_token).transpose()?;
        let credential = token.or_else(|| address.credential().cloned());
        let is_web = matches!(address.scheme(), Scheme::Https | Scheme::Http);
        let credential = credential.filter(|_| is_web);
        let mut config: Vec<_> =
            ALWAYS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        if let Some(authorities) = &settings.authorities {
            config.push(("http.sslCAInfo".into(), authorities.to_string_lossy().into_owned()));
        }
        if credential.is_some() {
            // For this host alone: a redirection leads it nowhere else.
            config.push((format!("credential.{}.helper", address.base()), HELPER.into()));
            config.push(("http.proactiveAuth".into(), "basic".into()));
        }
        if is_web {
            let url = address.url().trim_end_matches('/');
            let url = url.strip_suffix(".git").unwrap_or(url);
            config.push(("lfs.url".into(), format!("{url}.git/info/lfs")));
        }
        config.push(("remote.origin.url".into(), address.url().into()));
        Ok(Self { config, credential, scheme: address.scheme() })
    }

    /// A command on a bare repository of ours.
    pub(super) fn command(&self, repository: &Path, reach: Reach) -> Command {
        let mut command = Command::new("git");
        command.env_clear();
        command.envs(PASSED_ON.iter().filter_map(|name| Some((*name, std::env::var_os(name)?))));
        command.envs([
            ("LC_ALL", "C"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_SYSTEM", "/dev/null"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_ATTR_NOSYSTEM", "1"),
            ("GIT_LITERAL_PATHSPECS", "1"),
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_NO_LAZY_FETCH", "1"),
            ("GIT_SSH_VARIANT", "ssh"),
            ("GIT_SSH_COMMAND", SSH),
        ]);
        command.env("GIT_DIR", repository);
        let scheme = match reach {
            Reach::Here => None,
            Reach::Origin => Some(self.scheme.name()),
            Reach::Disk => Some(Scheme::File.name()),
        };
        let allowed = scheme.map(|scheme| (format!("protocol.{scheme}.allow"), "always".to_owned()));
        let config = self.config.iter().chain(&allowed);
        let mut count = 0;
        for (name, value) in config {
            command.env(format!("GIT_CONFIG_KEY_{count}"), name);
            command.env(format!("GIT_CONFIG_VALUE_{count}"), value);
            count += 1;
        }
        command.env("GIT_CONFIG_COUNT", count.to_string());
        if let (Some(credential), Reach::Origin) = (&self.credential, reach) {
            command.env("DIAL_GIT_USER", &credential.user).env("DIAL_GIT_PASSWORD", &credential.password);
        }
        command
    }

    /// What must never be shown.
    pub(super) fn secrets(&self) -> Vec<&str> {
        let secret = self.credential.iter().map(|credential| match credential.password.as_str() {
            // A token may stand where a user should.
            "" => credential.user.as_str(),
            password => password,
        });
        secret.filter(|secret| !secret.is_empty()).collect()
    }
}

/// What GitHub, GitLab and Gitea take for a user beside a token.
const USER: &str = "x-access-token";

/// A token, or `user:password`, on the first line of a file.
fn read_token(path: &Path) -> Result<Credential, Fault> {
    let refused = |why: String| Fault::new(FaultKind::Folder(why), path.display().to_string());
    let mut text = String::new();
    let file = File::open(path).map_err(|error| refused(format!("the token is not there ({error})")))?;
    file.take(MAX_TOKEN)
        .read_to_string(&mut text)
        .map_err(|error| refused(format!("the token cannot be read ({error})")))?;
    let line = text.lines().next().unwrap_or_default().trim();
    if line.is_empty() || line.chars().any(char::is_control) {
        return Err(refused("its first line is no token".into()));
    }
    let (user, password) = line.split_once(':').unwrap_or((USER, line));
    Ok(Credential { user: user.into(), password: password.into() })
}
