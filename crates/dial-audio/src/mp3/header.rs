//! The header of a frame: ISO/IEC 11172-3, 2.4.1.3 and 2.4.2.3; ISO/IEC 13818-3, 2.4.2.3.

use super::Damaged;
use crate::tag;

/// Bytes of a header.
pub(super) const HEADER: usize = 4;

/// What the header of a frame of layer III tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "they are bits of the header")]
pub(super) struct Header {
    /// MPEG-1; otherwise one of the lower rates of MPEG-2 and its extension to still lower ones.
    pub(super) is_mpeg1: bool,
    /// The place of the rate in the tables of this decoder, from 0 to 8.
    pub(super) rate_index: usize,
    pub(super) has_checksum: bool,
    pub(super) channels: usize,
    /// The channels are half their sum and half their difference.
    pub(super) is_mid_side: bool,
    /// High tones are in one channel, with their direction.
    pub(super) is_intensity: bool,
}

impl Header {
    /// The header of a packet that is a frame of layer III, and nothing more.
    pub(super) fn of(packet: &[u8]) -> Result<Self, Damaged> {
        let [_, second, third, fourth, ..] = *packet else { return Err(Damaged) };
        let is_layer_3 = second & 0x06 == 0x02;
        if !is_layer_3 || tag::frame_len(packet) != Some(packet.len()) {
            return Err(Damaged);
        }
        let version = second >> 3 & 3;
        let (mode, extension) = (fourth >> 6, fourth >> 4 & 3);
        let is_joint = mode == 1;
        Ok(Self {
            is_mpeg1: version == 3,
            rate_index: usize::from(third >> 2 & 3) + [6, 0, 3, 0][usize::from(version)],
            has_checksum: second & 1 == 0,
            channels: if mode == 3 { 1 } else { 2 },
            is_mid_side: is_joint && extension & 2 != 0,
            is_intensity: is_joint && extension & 1 != 0,
        })
    }

    /// Samples a second.
    pub(super) fn rate(&self) -> u32 {
        [44_100, 48_000, 32_000, 22_050, 24_000, 16_000, 11_025, 12_000, 8_000][self.rate_index]
    }

    /// Granules of 576 samples in a frame.
    pub(super) fn granules(&self) -> usize {
        if self.is_mpeg1 { 2 } else { 1 }
    }
}
