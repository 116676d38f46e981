//! What stands before the sound of a frame and says how it is coded.
//!
//! ISO/IEC 11172-3, 2.4.1.7 and 2.4.2.7; ISO/IEC 13818-3, 2.4.1.7.

use super::Damaged;
use super::bands::{Bands, Window};
use super::bits::Bits;
use super::header::Header;

/// Pairs that a granule holds at the most.
const MOST_PAIRS: usize = 288;

/// Of both channels and granules.
#[derive(Debug, Default)]
pub(super) struct SideInfo {
    /// So many bytes before this frame its sound begins.
    pub(super) main_data_begin: usize,
    /// Which scale factors the second granule takes from the first: of the lowest 6 bands, the next 5, 5, and 5.
    pub(super) shared: [[bool; 4]; 2],
    /// By granule and channel.
    pub(super) granules: [[Granule; 2]; 2],
}

/// Of one channel of one granule.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Granule {
    /// Bits of scale factors and lines.
    pub(super) len: usize,
    pub(super) window: Window,
    /// Lines in pairs end here; quadruples follow.
    pub(super) pairs_end: usize,
    /// The second and the third region of pairs begin here.
    pub(super) regions: [usize; 2],
    /// The code book of each region.
    pub(super) tables: [usize; 3],
    pub(super) quadruples: usize,
    pub(super) global_gain: i32,
    /// How much less each window of a short block is scaled.
    pub(super) subblock_gain: [i32; 3],
    pub(super) scalefac_compress: u32,
    pub(super) has_preemphasis: bool,
    /// Scale factors are steps of 2^-1 instead of 2^-1/2.
    pub(super) is_coarse: bool,
}

impl SideInfo {
    /// How many bytes it takes.
    pub(super) fn len(header: &Header) -> usize {
        match (header.is_mpeg1, header.channels) {
            (true, 1) => 17,
            (true, _) => 32,
            (false, 1) => 9,
            (false, _) => 17,
        }
    }

    pub(super) fn read(bytes: &[u8], header: &Header, bands: &Bands) -> Result<Self, Damaged> {
        let mut bits = Bits::new(bytes, 0);
        let mut info = Self::default();
        if header.is_mpeg1 {
            info.main_data_begin = bits.read(9) as usize;
            // Private bits.
            bits.skip(if header.channels == 1 { 5 } else { 3 });
            for shared in info.shared.iter_mut().take(header.channels).flatten() {
                *shared = bits.read_flag();
            }
        } else {
            info.main_data_begin = bits.read(8) as usize;
            bits.skip(header.channels as u32);
        }
        for granule in info.granules.iter_mut().take(header.granules()) {
            for channel in granule.iter_mut().take(header.channels) {
                *channel = Granule::read(&mut bits, header, bands)?;
            }
        }
        Ok(info)
    }
}

impl Granule {
    fn read(bits: &mut Bits<'_>, header: &Header, bands: &Bands) -> Result<Self, Damaged> {
        let mut granule = Self { len: bits.read(12) as usize, ..Self::default() };
        let pairs = bits.read(9) as usize;
        if pairs > MOST_PAIRS {
            return Err(Damaged);
        }
        granule.pairs_end = 2 * pairs;
        granule.global_gain = bits.read(8) as i32;
        granule.scalefac_compress = bits.read(if header.is_mpeg1 { 4 } else { 9 });
        let switches_windows = bits.read_flag();
        if switches_windows {
            let kind = bits.read_u8(2);
            granule.window = Window::of(kind, bits.read_flag()).ok_or(Damaged)?;
            if bands.of(granule.window).is_empty() {
                return Err(Damaged);
            }
            granule.tables = [bits.read(5) as usize, bits.read(5) as usize, 0];
            granule.subblock_gain = [(); 3].map(|()| bits.read(3) as i32);
            granule.regions = [bands.first_region(granule.window), super::LINES];
        } else {
            granule.tables = [(); 3].map(|()| bits.read(5) as usize);
            let first = bits.read(4) as usize + 1;
            let second = first + bits.read(3) as usize + 1;
            granule.regions = [bands.long_start(first), bands.long_start(second)];
        }
        // At the lower rates it is a part of `scalefac_compress`.
        granule.has_preemphasis = header.is_mpeg1 && bits.read_flag();
        granule.is_coarse = bits.read_flag();
        granule.quadruples = usize::from(bits.read_flag());
        Ok(granule)
    }
}
