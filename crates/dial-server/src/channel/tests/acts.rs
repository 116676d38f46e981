//! A caller who does what a script says, on a clock of its own.

use super::Case;

/// Somebody who hears a call, and can press keys.
pub(super) trait Acts {
    /// Listens until a moment of the call, or until the line hangs up: false.
    async fn play_until(&mut self, until_ms: u64) -> bool;
    /// Presses a key now.
    async fn press(&mut self, key: char);
    /// Hangs up now, and waits until the line knows.
    async fn hang_up(&mut self);
}

/// Presses the keys of a script, until somebody hangs up: true if the line does.
pub(super) async fn act(case: &Case, caller: &mut impl Acts) -> bool {
    let limit_ms = case.limit().map_or(u64::MAX, |limit| u64::from(limit) * 1000);
    let mut due_ms = 0;
    for press in case.script().presses() {
        due_ms += press.after_ms;
        let tick_ms = due_ms.next_multiple_of(20);
        if limit_ms <= tick_ms {
            break;
        }
        if !caller.play_until(tick_ms).await {
            return true;
        }
        caller.press(press.key).await;
    }
    if !caller.play_until(limit_ms).await {
        return true;
    }
    caller.hang_up().await;
    false
}
