//! What we show an origin to be let in. It never prints itself, and is never shown to another host.

use std::fmt;

use reqwest::RequestBuilder;

/// A token or password.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What we show an origin to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// A token (RFC 6750).
    Bearer(Secret),
    /// A name and password (RFC 7617).
    Basic {
        /// The name.
        user: String,
        /// The password.
        password: Secret,
    },
}

impl Credentials {
    /// Both are marked as sensitive, so that HTTP/2 keeps them out of its tables.
    pub(super) fn show(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::Bearer(token) => request.bearer_auth(&token.0),
            Self::Basic { user, password } => request.basic_auth(user, Some(&password.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print_itself() {
        let basic = Credentials::Basic { user: "organist".into(), password: Secret::new("diapason") };
        for credentials in [Credentials::Bearer(Secret::new("diapason")), basic] {
            assert!(!format!("{credentials:?}").contains("diapason"));
        }
    }
}
