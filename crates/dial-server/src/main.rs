//! `dial` answers telephone calls and plays a church's recordings.
mod config;
mod logging;

fn main() {}
