//! Which packets came already (RFC 3711 section 3.3.2).

use super::Refused;

/// How many packets back are remembered; the least that the RFC allows is 64.
const LEN: u64 = 128;

/// The packets of one source, by their index.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Window {
    highest: Option<u64>,
    /// The bit of the highest is the lowest.
    seen: u128,
}

impl Window {
    /// The highest index so far.
    pub(super) const fn highest(&self) -> Option<u64> {
        self.highest
    }

    /// Whether a packet may be opened: it did not come yet.
    pub(super) fn is_fresh(&self, index: u64) -> bool {
        match self.highest {
            Some(highest) if index <= highest => {
                let back = highest - index;
                back < LEN && self.seen >> back & 1 == 0
            }
            _ => true,
        }
    }

    /// A packet was opened, and its seal was true.
    pub(super) fn note(&mut self, index: u64) {
        match self.highest {
            Some(highest) if index <= highest => {
                self.seen |=
                    u32::try_from(highest - index).ok().and_then(|back| 1u128.checked_shl(back)).unwrap_or(0);
            }
            before => {
                let ahead = before.map_or(LEN, |highest| index - highest);
                let kept = u32::try_from(ahead).ok().and_then(|ahead| self.seen.checked_shl(ahead));
                (self.highest, self.seen) = (Some(index), kept.unwrap_or(0) | 1);
            }
        }
    }
}

/// So many sources may speak with one key: a caller who is passed on inside a network is another.
const MAX_SOURCES: usize = 4;

/// The sources that spoke with one key.
///
/// None of them is forgotten, or its packets could be played to us again.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sources([Option<(u32, Window)>; MAX_SOURCES]);

impl Sources {
    /// What came of a source.
    pub(super) fn window(&self, ssrc: u32) -> Result<Window, Refused> {
        let known = self.0.iter().flatten().find(|(known, _)| *known == ssrc);
        let is_full = self.0.iter().all(Option::is_some);
        match known {
            Some((_, window)) => Ok(*window),
            None if is_full => Err(Refused::TooManySources),
            None => Ok(Window::default()),
        }
    }

    /// A packet of a source was opened, and its seal was true.
    pub(super) fn note(&mut self, ssrc: u32, index: u64) {
        let place = self.0.iter_mut().find(|source| source.is_none_or(|(known, _)| known == ssrc));
        if let Some(place) = place {
            place.get_or_insert((ssrc, Window::default())).1.note(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_fresh_once_and_not_when_it_is_old() {
        let mut window = Window::default();
        for index in [1_000, 1_002, 1_001, 1_000 + LEN] {
            assert!(window.is_fresh(index), "{index}");
            window.note(index);
            assert!(!window.is_fresh(index), "{index}");
        }
        assert!(!window.is_fresh(1_002) && !window.is_fresh(1_000), "came, and too old");
        assert!(window.is_fresh(1_003));
        window.note(1_000_000);
        assert!(window.is_fresh(1_000_000 - LEN + 1) && !window.is_fresh(1_000_000 - LEN));
    }
}
