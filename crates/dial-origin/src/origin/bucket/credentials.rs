//! The key to a bucket, from a file in the form of `~/.aws/credentials`. It is never printed.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The largest file of credentials, in bytes.
const MAX_FILE: u64 = 64 * 1024;

/// The key to a bucket.
pub(super) struct Credentials {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) token: Option<String>,
}

impl Credentials {
    /// Reads the profile `[default]`, or a file without profiles.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let mut text = String::new();
        File::open(path)?.take(MAX_FILE).read_to_string(&mut text)?;
        Self::of(&text).map_err(|what| io::Error::new(io::ErrorKind::InvalidData, what))
    }

    fn of(text: &str) -> Result<Self, &'static str> {
        let (mut id, mut secret, mut token) = (None, None, None);
        let mut ours = true;
        for line in text.lines().map(str::trim) {
            if let Some(profile) = line.strip_prefix('[') {
                ours = profile.trim_end_matches(']').trim() == "default";
            }
            let Some((key, value)) = line.split_once('=').filter(|_| ours && !line.starts_with('#')) else {
                continue;
            };
            let value = Some(value.trim().to_owned()).filter(|value| !value.is_empty());
            match key.trim() {
                "aws_access_key_id" => id = value,
                "aws_secret_access_key" => secret = value,
                "aws_session_token" => token = value,
                _ => {}
            }
        }
        Ok(Self {
            id: id.ok_or("aws_access_key_id is missing")?,
            secret: secret.ok_or("aws_secret_access_key is missing")?,
            token,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_that_of_the_default_profile() {
        let file = "# ours\n[other]\naws_access_key_id = no\n[default]\n aws_access_key_id = A\n\
            aws_secret_access_key=s/e=c\n#aws_session_token = x\nregion = eu-west-2\n[third]\naws_access_key_id = no\n";
        let credentials = Credentials::of(file).unwrap();
        assert_eq!((credentials.id.as_str(), credentials.secret.as_str()), ("A", "s/e=c"));
        assert_eq!(credentials.token, None);
    }

    #[test]
    fn what_is_missing_is_named_and_nothing_else_is_told() {
        let told = |text| Credentials::of(text).err();
        assert_eq!(told(""), Some("aws_access_key_id is missing"));
        assert_eq!(
            told("aws_access_key_id = A\naws_secret_access_key ="),
            Some("aws_secret_access_key is missing")
        );
    }
}
