//! Parts: which recording a URL plays, from where to where, and how fast.
//!
//! It must not know the sound itself.

use reqwest::Url;

/// Which recording a URL plays, and which part of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) recording: String,
    pub(super) from_ms: u64,
    /// Where the part ends, if the URL says so.
    pub(super) to_ms: Option<u64>,
    pub(super) speed: f64,
}

impl Part {
    /// Reads our own `/audio/{recording}.{content}/{from}-{to}.wav?speed=` (milliseconds), and takes the last
    /// segment of any other path as the name of the whole recording.
    pub(super) fn of(url: &Url) -> Self {
        let path = url.path().trim_end_matches('/');
        let mut segments = path.rsplit('/');
        let last = segments.next().unwrap_or_default();
        let range = last.strip_suffix(".wav").and_then(|range| range.split_once('-'));
        let range = range.and_then(|(from, to)| Some((from.parse::<u64>().ok()?, to.parse::<u64>().ok()?)));
        let ours = range
            .filter(|(from, to)| from <= to)
            .zip(segments.next())
            .filter(|_| segments.next() == Some("audio"));
        let Some(((from_ms, to_ms), recording)) = ours else {
            return Self { recording: last.to_owned(), from_ms: 0, to_ms: None, speed: 1.0 };
        };
        let speed =
            url.query_pairs().find(|(name, _)| name == "speed").and_then(|(_, value)| value.parse().ok());
        let speed = speed.filter(|speed: &f64| speed.is_finite() && *speed > 0.0).unwrap_or(1.0);
        Self {
            recording: recording.split('.').next().unwrap_or_default().to_owned(),
            from_ms,
            to_ms: Some(to_ms),
            speed,
        }
    }

    /// Where in the recording one is after hearing so much of the part.
    pub(super) fn position_ms(&self, heard_ms: u64) -> u64 {
        let position = self.from_ms + (heard_ms as f64 * self.speed).round() as u64;
        self.to_ms.map_or(position, |to_ms| position.min(to_ms))
    }
}

/// The words of our own `/say/{line}/{content}.wav?words=`.
pub(super) fn words(url: &Url) -> Option<String> {
    url.path_segments()?.rev().nth(2).filter(|segment| *segment == "say")?;
    url.query_pairs().find(|(name, _)| name == "words").map(|(_, words)| words.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_urls_of_sentences_tell_their_words() {
        let words = |url: &str| words(&Url::parse(url).unwrap());
        assert_eq!(
            words("https://h/x/say/st-annes/c0ffee.wav?words=Press+1%2C+or+%23.").unwrap(),
            "Press 1, or #."
        );
        assert_eq!(words("https://h/x/audio/st-annes/c0ffee.wav?words=Press"), None);
    }

    #[test]
    fn our_own_urls_tell_the_part_and_other_urls_the_file() {
        let part = |url: &str| Part::of(&Url::parse(url).unwrap());
        let ours = part("https://h/x/audio/2024-05-19.c0ffee/60000-90000.wav?speed=1.5&gain=3");
        assert_eq!(
            ours,
            Part { recording: "2024-05-19".to_owned(), from_ms: 60_000, to_ms: Some(90_000), speed: 1.5 }
        );
        assert_eq!((ours.position_ms(2000), ours.position_ms(99_000)), (63_000, 90_000));
        let foreign = part("https://h/files/sermon-1.wav?x=1");
        assert_eq!(
            foreign,
            Part { recording: "sermon-1.wav".to_owned(), from_ms: 0, to_ms: None, speed: 1.0 }
        );
        assert_eq!(part("https://h/files/1-2.wav").recording, "1-2.wav");
    }
}
