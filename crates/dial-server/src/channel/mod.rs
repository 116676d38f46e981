//! How calls reach the line. Every channel shares the session; none of them decides what is said.

pub(crate) mod live;
pub(crate) mod phone;
pub(crate) mod ring;
pub(crate) mod script;
pub(crate) mod simulator;
pub(crate) mod sip;
pub(crate) mod stream;
#[cfg(test)]
mod tests;
pub(crate) mod transcript;
pub(crate) mod twiml;
