//! What a frame brings: the lines of its channels, with the windows that they are for.

use super::bands::{Bands, Window};
use super::bits::Bits;
use super::header::{HEADER, Header};
use super::reservoir::Reservoir;
use super::scale_factors::{Directions, ScaleFactors};
use super::side_info::{self, SideInfo};
use super::stereo::Intensity;
use super::{Damaged, LINES, huffman, requantize};

/// Bytes of the checksum.
const CHECKSUM: usize = 2;

/// Reads frames; each brings one granule or two.
#[derive(Default)]
pub(super) struct Frame {
    reservoir: Reservoir,
    factors: [ScaleFactors; 2],
    granules: Box<[Granule; 2]>,
}

/// Lines in the order of their frequencies, by channel.
pub(super) struct Granule {
    pub(super) windows: [Window; 2],
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
    /// Reads a packet, of each channel no more than so many lines.
    pub(super) fn read(
        &mut self,
        packet: &[u8],
        header: &Header,
        bands: &Bands,
        lines: usize,
    ) -> Result<(), Damaged> {
        let body = HEADER + if header.has_checksum { CHECKSUM } else { 0 };
        let (info, brought) = packet
            .get(body..)
            .and_then(|body| body.split_at_checked(SideInfo::len(header)))
            .ok_or(Damaged)?;
        let info = SideInfo::read(info, header, bands)?;
        let missing = self.reservoir.push(brought, info.main_data_begin);
        let used = self.read_granules(&info, missing, header, bands, lines)?;
        self.reservoir.consume(used);
        Ok(())
    }

    /// What the last packet brought.
    pub(super) fn granules(&mut self, header: &Header) -> &mut [Granule] {
        &mut self.granules[..header.granules()]
    }

    /// Returns how many bytes were used.
    fn read_granules(
        &mut self,
        info: &SideInfo,
        missing: usize,
        header: &Header,
        bands: &Bands,
        lines: usize,
    ) -> Result<usize, Damaged> {
        let (missing, end) = (8 * missing, 8 * self.reservoir.len());
        // In bits from where the sound of the frame begins, of which the first may be missing.
        let mut at = 0;
        for (number, (coded, granule)) in
            info.granules.iter().zip(&mut *self.granules).take(header.granules()).enumerate()
        {
            let directions = if header.is_intensity { Directions::Some } else { Directions::None };
            for channel in 0..header.channels {
                let coded = &coded[channel];
                let begin = at;
                at += coded.len;
                granule.windows[channel] = coded.window;
                let factors = &mut self.factors[channel];
                if begin < missing {
                    *factors = ScaleFactors::default();
                    granule.lines[channel].fill(0.0);
                    continue;
                }
                if at - missing > end {
                    return Err(Damaged);
                }
                let mut part = Part {
                    bits: Bits::new(self.reservoir.bytes()),
                    end: at - missing,
                    coded: *coded,
                    bands: bands.of(coded.window),
                    factors,
                };
                part.bits.at = begin - missing;
                let shared = Some(info.shared[channel]).filter(|_| number == 1);
                let directions = if channel == 1 { directions } else { Directions::None };
                // Where the second channel ends, directions begin: all of it has to be known.
                let lines = if header.is_intensity { LINES } else { lines };
                part.read(header, shared, directions, lines, &mut granule.lines[channel])?;
            }
            granule.is_mid_side = header.is_mid_side && !header.is_intensity;
            if header.is_intensity {
                let second = &coded[1];
                let intensity = Intensity {
                    bands: bands.of(second.window),
                    directions: &self.factors[1],
                    is_coarse: second.scalefac_compress & 1 == 1,
                };
                intensity.apply(header, &mut granule.lines);
            }
        }
        Ok(at.saturating_sub(missing).div_ceil(8))
    }
}

/// One channel of one granule, as it is coded.
struct Part<'a> {
    bits: Bits<'a>,
    end: usize,
    coded: side_info::Granule,
    bands: &'a [super::bands::Band],
    factors: &'a mut ScaleFactors,
}

impl Part<'_> {
    fn read(
        &mut self,
        header: &Header,
        shared: Option<[bool; 4]>,
        directions: Directions,
        most: usize,
        lines: &mut [f32; LINES],
    ) -> Result<(), Damaged> {
        if header.is_mpeg1 {
            self.factors.read_mpeg1(&mut self.bits, &self.coded, shared);
        } else {
            self.coded.has_preemphasis = self.factors.read_mpeg2(&mut self.bits, &self.coded, directions);
        }
        if self.bits.at > self.end {
            return Err(Damaged);
        }
        let most = coded_end(self.bands, most);
        let mut coded = [0.0; LINES];
        let count = huffman::read(&mut self.bits, &self.coded, self.end, most, &mut coded)?;
        requantize::requantize(&self.coded, self.factors, self.bands, &coded[..count], lines);
        Ok(())
    }
}

/// Where the lines end, as they are coded, that are at frequencies under so many lines of a long window.
fn coded_end(bands: &[super::bands::Band], lines: usize) -> usize {
    let is_above = |band: &&super::bands::Band| match band.window {
        None => band.low >= lines,
        Some(_) => 3 * band.low >= lines,
    };
    let end = bands.iter().find(is_above).map_or(LINES, |band| band.start);
    if bands.iter().all(|band| band.window.is_none()) { lines.min(end) } else { end }
}
