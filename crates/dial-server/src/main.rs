//! x

#[allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "commands that use it are still to come"
)]
mod channel;
#[allow(
    dead_code,
    unreachable_pub,
    reason = "commands that use it are still to come"
)]
mod secret;

fn main() {}
