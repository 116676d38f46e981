//! What differs between Twilio and its compatibles in the documents that they understand.

use crate::channel::stream::Carrier;

/// How a line's calls are carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tier {
    /// By webhooks alone: the provider says and plays what documents tell.
    #[default]
    Gather,
    /// Over a media stream, and by webhooks when it fails.
    Stream(Carrier),
}

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
