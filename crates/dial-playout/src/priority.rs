//! How a pacing thread comes before others.

#[cfg(target_os = "linux")]
use rustix::process::setpriority_process;
#[cfg(target_os = "linux")]
use rustix::thread::set_current_timer_slack;
#[cfg(target_os = "linux")]
use thread_priority::{
    RealtimeThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy,
    thread_native_id,
};

#[cfg(target_os = "linux")]
/// Of the realtime priorities, above every other thread of ours and below the kernel's own.
const FIRST: u8 = 10;
#[cfg(target_os = "linux")]
/// A niceness that comes before ordinary programs.
const NICE: i32 = -11;

/// What a pacing thread has, from the best. The next one is taken if the machine does not allow one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Priority {
    /// It waits for no ordinary program (`SCHED_FIFO`): a machine under load still keeps the pace.
    First,
    /// It is preferred (a negative niceness).
    Preferred,
    /// It waits as all do: admit fewer calls.
    #[default]
    Ordinary,
}

impl Priority {
    /// Takes the best that is allowed, for the thread that asks; what it got.
    #[cfg(target_os = "linux")]
    pub(crate) fn take(self) -> Self {
        // Else a sleep may last 50 µs longer, so that the kernel wakes several sleepers at once.
        let _ = set_current_timer_slack(std::num::NonZeroU64::new(1));
        match self {
            Self::First if is_first() => Self::First,
            // On Linux the priority of "this process" is that of the thread.
            Self::First | Self::Preferred if setpriority_process(None, NICE).is_ok() => Self::Preferred,
            _ => Self::Ordinary,
        }
    }

    /// Elsewhere nothing is asked for.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn take(self) -> Self {
        Self::Ordinary
    }
}

#[cfg(target_os = "linux")]
fn is_first() -> bool {
    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo);
    ThreadPriority::try_from(FIRST)
        .is_ok_and(|priority| set_thread_priority_and_policy(thread_native_id(), priority, policy).is_ok())
}
