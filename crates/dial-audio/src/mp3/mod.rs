//! MPEG-1 and MPEG-2 layer III for telephones: of a sound only the lines are decoded that a telephone carries.
//!
//! The standards are ISO/IEC 11172-3, for the lower rates ISO/IEC 13818-3, and the habits of encoders for still lower
//! ones ("MPEG-2.5"). All channels become one before the costly steps, which are linear.
//! It must not know where packets come from, nor what surrounds them in a file.

mod bands;
mod bits;
mod codes;
mod frame;
mod header;
mod huffman;
mod hybrid;
mod requantize;
mod reservoir;
mod scale_factors;
mod side_info;
mod stereo;
mod synthesis;

use crate::band::Band;
use crate::mix::Balance;
use bands::Bands;
use frame::{Frame, Granule};
use header::Header;
use hybrid::Hybrid;
use synthesis::Synthesis;

/// Lines of a granule.
const LINES: usize = 576;
/// Subbands of a granule.
const SUBBANDS: usize = 32;

/// A packet is no frame of layer III, or one whose parts do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Damaged;

/// How a sound is sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sampled {
    /// Samples a second.
    pub(crate) rate: u32,
    /// Which of the samples of the file these are: each of so many.
    pub(crate) step: u32,
}

/// Decodes one stream of packets to one channel.
pub(crate) struct Mp3 {
    band: Band,
    phase: usize,
    frame: Frame,
    stage: Option<Stage>,
    balance: Balance,
    mixed: Box<[f32; LINES]>,
}

impl Mp3 {
    /// For so much of the sound. If not all samples are worked out, those at a distance from the sample `origin` are
    /// that are a multiple of the step: with the encoder's delay for `origin`, the first that counts is among them.
    pub(crate) fn new(band: Band, origin: u64) -> Self {
        let phase = (origin % SUBBANDS as u64) as usize;
        Self {
            band,
            phase,
            frame: Frame::default(),
            stage: None,
            balance: Balance::default(),
            mixed: Box::new([0.0; LINES]),
        }
    }

    /// Decodes a packet, and appends its samples to `out`. Damage leaves everything as it was.
    pub(crate) fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<Sampled, Damaged> {
        let header = Header::of(packet)?;
        let stage = match &mut self.stage {
            Some(stage) if stage.rate_index == header.rate_index => stage,
            other => other.insert(Stage::new(&header, self.band, self.phase)),
        };
        self.frame.read(packet, &header, &stage.bands)?;
        let granules = self.frame.granules(&header);
        if header.channels == 1 {
            for granule in granules {
                stage.bank.add(granule.windows[0], &mut granule.lines[0]);
                stage.bank.give(out);
            }
            return Ok(stage.sampled);
        }
        let before = weights(self.balance.alone);
        let energies = energies(granules, stage.bands.needed());
        if let Some([mixed, left, right]) = energies {
            self.balance.follow(mixed, &[left, right]);
        }
        let now = weights(self.balance.alone);
        let count = granules.len() as f32;
        for (number, granule) in granules.iter_mut().enumerate() {
            let part = (number + 1) as f32 / count;
            let weights = [0, 1].map(|channel| before[channel] + part * (now[channel] - before[channel]));
            stage.mix(granule, weights, &mut self.mixed);
            stage.bank.give(out);
        }
        Ok(stage.sampled)
    }

    /// What was sent ahead belongs to nothing any more.
    pub(crate) fn forget(&mut self) {
        self.frame = Frame::default();
    }
}

/// How much each channel is heard.
fn weights(alone: Option<usize>) -> [f32; 2] {
    match alone {
        None => [0.5, 0.5],
        Some(0) => [1.0, 0.0],
        Some(_) => [0.0, 1.0],
    }
}

/// Of the mix, and of both channels; of granules whose windows are alike, for others cannot be compared.
fn energies(granules: &[Granule], lines: usize) -> Option<[f32; 3]> {
    let alike = granules.iter().filter(|granule| granule.windows[0] == granule.windows[1]);
    let of = |granule: &Granule| {
        let [first, second] = &granule.lines;
        let (first, second) = (&first[..lines], &second[..lines]);
        let [one, both, other] = [dot(first, first), dot(first, second), dot(second, second)];
        if granule.is_mid_side {
            let half = f32::midpoint(one, other);
            [one / 2.0, half + both, half - both]
        } else {
            [(one + other + 2.0 * both) / 4.0, one, other]
        }
    };
    alike.map(of).reduce(|sum, one| [sum[0] + one[0], sum[1] + one[1], sum[2] + one[2]])
}

fn dot(these: &[f32], those: &[f32]) -> f32 {
    let mut sums = [0.0; 8];
    for (these, those) in these.as_chunks::<8>().0.iter().zip(those.as_chunks::<8>().0) {
        for ((sum, this), that) in sums.iter_mut().zip(these).zip(those) {
            *sum += this * that;
        }
    }
    sums.iter().sum()
}

/// What depends on the rate.
struct Stage {
    rate_index: usize,
    sampled: Sampled,
    bands: Bands,
    bank: Bank,
}

impl Stage {
    fn new(header: &Header, band: Band, phase: usize) -> Self {
        // Half a subband more than the band, for subbands overlap.
        let used = (64 * band.rate() + header.rate()).div_ceil(2 * header.rate()) as usize;
        let used = used.min(SUBBANDS);
        let (bank, subbands) = match used {
            0..=8 => (Bank::Quarter(Box::new(Filters::new(used, phase))), 8),
            9..=16 => (Bank::Half(Box::new(Filters::new(used, phase))), 16),
            _ => (Bank::Whole(Box::new(Filters::new(used, phase))), 32),
        };
        let step = SUBBANDS as u32 / subbands;
        Self {
            rate_index: header.rate_index,
            sampled: Sampled { rate: header.rate() / step, step },
            bands: Bands::new(header.rate_index, used * hybrid::SLOTS),
            bank,
        }
    }

    /// Both channels of a granule become one.
    fn mix(&mut self, granule: &mut Granule, weights: [f32; 2], mixed: &mut [f32; LINES]) {
        let lines = self.bands.needed();
        if granule.windows[0] != granule.windows[1] {
            if granule.is_mid_side {
                stereo::from_mid_side(&mut granule.lines);
            }
            for ((window, lines), weight) in granule.windows.into_iter().zip(&mut granule.lines).zip(weights)
            {
                for line in lines.iter_mut() {
                    *line *= weight;
                }
                self.bank.add(window, lines);
            }
            return;
        }
        let [left, right] = weights;
        let [one, other] = if granule.is_mid_side {
            [left + right, left - right].map(|weight| weight * std::f32::consts::FRAC_1_SQRT_2)
        } else {
            weights
        };
        let [first, second] = &granule.lines;
        for ((mixed, first), second) in mixed.iter_mut().zip(first).zip(second).take(lines) {
            *mixed = one * first + other * second;
        }
        self.bank.add(granule.windows[0], mixed);
    }
}

/// Filters that give a quarter of the samples, half of them, or all.
enum Bank {
    Quarter(Box<Filters<8>>),
    Half(Box<Filters<16>>),
    Whole(Box<Filters<32>>),
}

impl Bank {
    fn add(&mut self, window: bands::Window, lines: &mut [f32; LINES]) {
        match self {
            Self::Quarter(filters) => filters.hybrid.add(window, lines),
            Self::Half(filters) => filters.hybrid.add(window, lines),
            Self::Whole(filters) => filters.hybrid.add(window, lines),
        }
    }

    fn give(&mut self, out: &mut Vec<f32>) {
        match self {
            Self::Quarter(filters) => filters.give(out),
            Self::Half(filters) => filters.give(out),
            Self::Whole(filters) => filters.give(out),
        }
    }
}

struct Filters<const SUBBANDS: usize> {
    hybrid: Hybrid<SUBBANDS>,
    synthesis: Synthesis<SUBBANDS>,
}

impl<const SUBBANDS: usize> Filters<SUBBANDS> {
    fn new(used: usize, phase: usize) -> Self {
        Self { hybrid: Hybrid::new(used), synthesis: Synthesis::new(used, phase) }
    }

    fn give(&mut self, out: &mut Vec<f32>) {
        self.synthesis.push(self.hybrid.slots(), out);
        self.hybrid.next();
    }
}

#[cfg(test)]
mod tests;
