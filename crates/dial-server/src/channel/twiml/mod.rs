//! TwiML: answering calls by webhook, as Twilio, SignalWire, Telnyx and Somleng make them.

pub mod document;
pub mod form;
pub mod signature;
