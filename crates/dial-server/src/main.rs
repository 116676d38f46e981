//! x
#![allow(
    dead_code,
    unreachable_pub,
    reason = "the channels are wired up by the commands that follow"
)]
mod channel;
mod secret;

fn main() {}
