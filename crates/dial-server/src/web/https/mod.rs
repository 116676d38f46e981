//! https of our own: a listener, and the certificate that it presents.
//!
//! Old connections go on when the certificate changes; new ones see the new one.
//! Whatever is wrong with a newer certificate, the one that there is stays.
//! It must not know what is served.

mod acme;
mod files;
mod keeper;
mod listener;
mod pair;
mod served;
#[cfg(test)]
mod tests;

pub(crate) use self::acme::Authority;
pub(crate) use self::files::Files;
pub(crate) use self::keeper::{Keeper, News, Source, chain};
pub(crate) use self::listener::Listener;
pub(crate) use self::pair::{Pair, PairError};
pub(crate) use self::served::Served;
