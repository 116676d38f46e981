//! What a frame brings: the lines of its channels, with the windows that they are for.

use std::ops::Range;

use super::bands::{Bands, Window};
use super::bits::Bits;
use super::header::{HEADER, Header};
use super::requantize::requantize;
use super::reservoir::Reservoir;
use super::scale_factors::{Directions, ScaleFactors};
use super::side_info::{self, SideInfo};
use super::stereo::Intensity;
use super::{Damaged, LINES, huffman};

/// Bytes of the checksum.
const CHECKSUM: usize = 2;

/// Reads frames; each brings one granule or two.
pub(super) struct Frame {
    reservoir: Reservoir,
    /// By channel.
    factors: [ScaleFactors; 2],
    granules: Box<[Granule; 2]>,
    /// Lines as they are coded.
    coded: Box<[f32; LINES]>,
}

impl Default for Frame {
    fn default() -> Self {
        let (reservoir, factors, granules) = Default::default();
        Self { reservoir, factors, granules, coded: Box::new([0.0; LINES]) }
    }
}

/// Of both channels.
pub(super) struct Granule {
    pub(super) windows: [Window; 2],
    /// In the order of their frequencies.
    pub(super) lines: [[f32; LINES]; 2],
    /// The channels are mid and side.
    pub(super) is_mid_side: bool,
}

impl Default for Granule {
    fn default() -> Self {
        Self { windows: Default::default(), lines: [[0.0; LINES]; 2], is_mid_side: false }
    }
}

impl Frame {
    /// Reads a packet, of each channel no more than the lines that are needed; those above are as they were.
    pub(super) fn read(&mut self, packet: &[u8], header: &Header, bands: &Bands) -> Result<(), Damaged> {
        let body = HEADER + if header.has_checksum { CHECKSUM } else { 0 };
        let (info, brought) = packet
            .get(body..)
            .and_then(|body| body.split_at_checked(SideInfo::len(header)))
            .ok_or(Damaged)?;
        let info = SideInfo::read(info, header, bands)?;
        let missing = 8 * self.reservoir.push(brought, info.main_data_begin);
        // In bits from where the sound of the frame begins, of which the first may be missing.
        let mut at = 0;
        for number in 0..header.granules() {
            for channel in 0..header.channels {
                let begin = at;
                at += info.granules[number][channel].len;
                let range = begin.checked_sub(missing).map(|begin| begin..at - missing);
                self.read_channel(&info, number, channel, range, header, bands)?;
            }
            let granule = &mut self.granules[number];
            granule.is_mid_side = header.is_mid_side && !header.is_intensity;
            if header.is_intensity {
                let second = &info.granules[number][1];
                let intensity = Intensity {
                    bands: bands.of(second.window),
                    directions: &self.factors[1],
                    is_coarse: second.scalefac_compress & 1 == 1,
                };
                intensity.apply(header, &mut granule.lines);
            }
        }
        self.reservoir.consume(at.saturating_sub(missing).div_ceil(8));
        Ok(())
    }

    /// What the last packet brought.
    pub(super) fn granules(&mut self, header: &Header) -> &mut [Granule] {
        &mut self.granules[..header.granules()]
    }

    /// Reads one channel of one granule, whose bits are at `range`; without them it is silent.
    fn read_channel(
        &mut self,
        info: &SideInfo,
        number: usize,
        channel: usize,
        range: Option<Range<usize>>,
        header: &Header,
        bands: &Bands,
    ) -> Result<(), Damaged> {
        let mut side: side_info::Granule = info.granules[number][channel];
        let (granule, factors) = (&mut self.granules[number], &mut self.factors[channel]);
        granule.windows[channel] = side.window;
        // Where the second channel ends directions begin: then all of it has to be known.
        let is_all = header.is_intensity;
        let lines = &mut granule.lines[channel][..if is_all { LINES } else { bands.needed() }];
        lines.fill(0.0);
        let Some(range) = range else {
            *factors = ScaleFactors::default();
            return Ok(());
        };
        if range.end > 8 * self.reservoir.len() {
            return Err(Damaged);
        }
        let mut bits = Bits::new(self.reservoir.bytes(), range.start);
        if header.is_mpeg1 {
            let shared = if number == 1 { info.shared[channel] } else { [false; 4] };
            factors.read_mpeg1(&mut bits, &side, shared);
        } else {
            let directions =
                if channel == 1 && header.is_intensity { Directions::Some } else { Directions::None };
            side.has_preemphasis = factors.read_mpeg2(&mut bits, &side, directions);
        }
        if bits.at() > range.end {
            return Err(Damaged);
        }
        let most = if is_all { LINES } else { bands.coded(side.window) };
        let count = huffman::read(&mut bits, &side, range.end, most, &mut self.coded)?;
        requantize(&side, factors, bands.of(side.window), &self.coded[..count], lines);
        Ok(())
    }
}
