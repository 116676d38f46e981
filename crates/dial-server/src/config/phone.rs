//! `[phone]`: the telephone in the browser, and who may use it.
//!
//! It must not know how a call goes.

use serde::{Deserialize, Serialize};

use super::section::Section;

/// The telephone in the browser, and who may use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Phone {
    /// Who may use it.
    pub(crate) open_to: OpenTo,
    /// So many calls at a time.
    pub(crate) calls: u32,
}

/// Who may use the telephone in the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OpenTo {
    /// It is not there.
    #[default]
    Nobody,
    /// Browsers of this machine.
    Machine,
    /// Whoever reaches the page.
    Everyone,
}

impl Default for Phone {
    fn default() -> Self {
        Self { open_to: OpenTo::Nobody, calls: 10 }
    }
}

impl Phone {
    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        let mut phone = Self::default();
        phone.open_to = section.choice("open_to").unwrap_or(phone.open_to);
        section.number("calls", 1..=1000, &mut phone.calls);
        section.finish();
        phone
    }
}
