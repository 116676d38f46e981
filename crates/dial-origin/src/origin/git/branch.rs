//! The name of a branch, as `git check-ref-format` allows it.

/// The longest name of a branch, in bytes.
const MAX_LEN: usize = 200;

/// The name of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch(String);

/// A text that names no branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no name of a branch")]
pub struct BranchError;

impl Branch {
    /// Checks a name, such as `main`.
    pub fn new(text: &str) -> Result<Self, BranchError> {
        let bad_sign =
            |sign: char| sign.is_control() || matches!(sign, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\');
        let bad_part =
            |part: &str| part.is_empty() || part.starts_with('.') || part.strip_suffix(".lock").is_some();
        let is_bad = text.len() > MAX_LEN
            || text.starts_with('-')
            || text.ends_with('.')
            || text == "@"
            || text.contains("..")
            || text.contains("@{")
            || text.contains(bad_sign)
            || text.split('/').any(bad_part);
        if is_bad { Err(BranchError) } else { Ok(Self(text.into())) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_a_plain_name() {
        for good in ["main", "line/2026", "gŵyl", "a-b_c.d"] {
            assert!(Branch::new(good).is_ok(), "{good}");
        }
        for bad in ["", "-f", "a b", "a..b", "a:b", "+a:b", "a/", "/a", "a.lock", "@", "HEAD^", "a\nb", "*"] {
            assert!(Branch::new(bad).is_err(), "{bad}");
        }
    }
}
