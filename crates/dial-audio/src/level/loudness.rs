//! How loud a stretch of sound is to a listener, measured in frames, and music as it should be to a voice.

/// A stretch has a loudness if it sounds for so many frames: a cough has none.
const MIN_FRAMES: usize = 4;
/// What is quieter than the rest by more than this factor (10 dB) is a pause, as in ITU-R BS.1770.
const PAUSE: f32 = 0.1;
/// The mean is estimated anew without pauses so many times.
const ROUNDS: usize = 2;
/// Music is brought to so many decibels under a voice, so that one volume is right for both.
const MUSIC_UNDER_VOICE: f32 = 5.0;
/// How much the mean of the powers is over the mean of the levels, in decibels: in music up to the first, in
/// speech from the second on, which swings with each syllable.
const SWING: (f32, f32) = (1.0, 2.5);
/// Frames that are quieter than the loudest by this factor (25 dB) do not count for the swing.
const SWINGLESS: f32 = 0.003_16;

/// A frame of sound.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Its mean power, and the same in decibels.
    pub(super) power: f32,
    pub(super) level: f32,
    /// Whether something sounds, and not only the room.
    pub(super) sounds: bool,
    /// The mean power of what sounds in the 0.4 s around it.
    pub(super) around: f32,
}

/// The loudness of a stretch in decibels, more by `MUSIC_UNDER_VOICE` if it is music.
pub(super) fn loudness<'a>(frames: &(impl Iterator<Item = &'a Frame> + Clone)) -> Option<f32> {
    if frames.clone().filter(|frame| frame.sounds).take(MIN_FRAMES).count() < MIN_FRAMES {
        return None;
    }
    let (mut threshold, mut power) = (0.0, 0.0);
    for _ in 0..=ROUNDS {
        let heard = frames.clone().map(|frame| frame.around).filter(|around| *around > threshold);
        power = mean(heard).unwrap_or(power);
        threshold = power * PAUSE;
    }
    let (music, voice) = SWING;
    let voice_like = ((swing(frames) - music) / (voice - music)).clamp(0.0, 1.0);
    Some(decibels(power) + MUSIC_UNDER_VOICE * (1.0 - voice_like))
}

fn swing<'a>(frames: &(impl Iterator<Item = &'a Frame> + Clone)) -> f32 {
    let loudest = frames.clone().fold(0.0_f32, |loudest, frame| loudest.max(frame.power));
    let counted = frames.clone().filter(|frame| frame.power > loudest * SWINGLESS);
    let power = mean(counted.clone().map(|frame| frame.power)).unwrap_or(0.0);
    decibels(power) - mean(counted.map(|frame| frame.level)).unwrap_or(0.0)
}

fn mean(values: impl Iterator<Item = f32>) -> Option<f32> {
    let (count, sum) = values.fold((0, 0.0), |(count, sum), value| (count + 1, sum + value));
    (count > 0).then(|| sum / count as f32)
}

/// A power in decibels; nothing at all is -100 dB.
pub(super) fn decibels(power: f32) -> f32 {
    10.0 * power.max(1e-10).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The loudness of frames of these levels.
    fn of(levels: impl Iterator<Item = f32>) -> Option<f32> {
        let frame = |level: f32| {
            let power = 10_f32.powf(level / 10.0);
            Frame { power, level, sounds: level > -58.0, around: power }
        };
        loudness(&levels.map(frame).collect::<Vec<_>>().iter())
    }

    #[test]
    fn pauses_do_not_count_and_a_cough_is_nothing() {
        let half = of((0..30).map(|n| if n < 15 { -20.0 } else { -50.0 }));
        assert!((half.expect("it sounds") + 20.0 - MUSIC_UNDER_VOICE).abs() < 0.01, "{half:?}");
        assert_eq!(of((0..30).map(|n| if n < 3 { -20.0 } else { -70.0 })), None);
        assert_eq!(of([].into_iter()), None);
    }

    #[test]
    fn what_swings_is_a_voice() {
        let voice = of((0..30).map(|n| if n % 4 < 2 { -20.0 } else { -30.0 })).expect("it sounds");
        let music = of((0..30).map(|n| if n % 4 < 2 { -22.0 } else { -23.0 })).expect("it sounds");
        assert!((-22.7..-21.5).contains(&voice), "{voice}");
        assert!((-18.0..-17.0).contains(&music), "{music}");
    }
}
