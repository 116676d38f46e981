//! What differs between Twilio and its compatibles in the documents that they understand.

/// Which documents a provider understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Dialect {
    /// Twilio, and SignalWire: `actionOnEmptyResult` takes silence to the action.
    #[default]
    Twilio,
    /// Telnyx and Somleng: silence goes on to a `Redirect`; every address is absolute.
    Portable,
}

impl Dialect {
    /// Whether a gather's action is called when no key came.
    pub(crate) fn calls_action_on_silence(self) -> bool {
        self == Self::Twilio
    }
}
