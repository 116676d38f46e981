"""Makes the parts of a service and lays them one after the other, with their truth. It must not know files."""

from dataclasses import dataclass

import numpy as np

from . import RATE, band, hall, organ, singing, tunes, voices

# Nothing is shorter than this, however short the service is, in seconds.
SHORTEST = 14


@dataclass
class Part:
    """A part of a service, where it is heard, and what it is."""

    start: float
    end: float
    kind: str  # speech, music, either
    what: str
    voice: str | None
    lufs: float


class Composer:
    """Parts are added at the end; the result is two channels, and the voices alone."""

    def __init__(self, seed, minutes, hall_seconds=None):
        self.rng = np.random.default_rng(seed)
        self.scale = minutes / 60
        size = int((minutes * 1.25 + 3) * 60 * RATE)
        self.mix = np.zeros((2, size), np.float32)
        self.speech = np.zeros(size, np.float32)
        self.answer = hall.reverberation(self.rng, hall_seconds or self.rng.uniform(1.6, 3.2))
        self.at, self.parts = 0.5, []

    def seconds(self, written):
        """How long a part is in a service of this length."""
        return max(SHORTEST, written * self.scale)

    def rest(self, least=1.2, most=4.5):
        """Nobody says anything; now and then somebody coughs."""
        length = self.rng.uniform(least, most)
        if self.rng.random() < 0.35:
            self.noise(self.at + self.rng.uniform(0, length))
        self.at += length

    def noise(self, at):
        """A cough."""
        cough = hall.at_level(hall.cough(self.rng), self.rng.uniform(-42, -30))
        self.mix[:, int(at * RATE) :][:, : len(cough)] += cough

    def add(self, sound, kind, what, lufs, wet_db, voice=None, stem=None):
        """Lays a part at the end, so loud, in the hall."""
        dry = np.pad(sound, (0, self.answer.shape[1]))
        heard = hall.answered(dry, self.answer) * np.float32(10 ** (wet_db / 20))
        heard += dry * np.float32([[1], [self.rng.uniform(0.85, 1)]])
        gain = np.float32(10 ** ((lufs - hall.loudness(heard.mean(axis=0)[: len(sound)])) / 20))
        first = int(self.at * RATE)
        self.mix[:, first : first + len(dry)] += heard * gain
        if stem is not None:
            self.speech[first : first + len(stem)] += stem * gain
        end = self.at + len(sound) / RATE
        level = hall.loudness(self.mix[:, first : int(end * RATE)].mean(axis=0))
        self.parts.append(Part(self.at, end, kind, what, voice, round(level, 1)))
        for _ in range(self.rng.poisson((end - self.at) / 120)):
            self.noise(self.rng.uniform(self.at, end))
        self.at = end

    def say(self, what, voice, seconds, lufs, scaled=True, wet_db=-16):
        """Somebody speaks."""
        length = self.seconds(seconds) if scaled else seconds
        slow = {"pauses": (0.5, 1.6), "long_pause": 4.0} if what == "prayer" else {}
        sound = voices.speak(voice, what, length, self.rng, **slow)
        self.add(sound, "speech", what, lufs, wet_db + self.rng.uniform(-4, 4), voice, sound)
        self.rest(0.8, 3.5)

    def organ(self, what, seconds, lufs, stops="principals", tremulant=0.0):
        """A piece for the organ alone."""
        parts = tunes.voluntary(self.rng, self.seconds(seconds))
        self.add(organ.play(parts, stops, self.rng, tremulant), "music", what, lufs, self.rng.uniform(-6, -1))
        self.rest()

    def choir(self, what, seconds, lufs, accompanied=False, pace=(56, 80)):
        """The choir, alone or with the organ."""
        parts, _ = tunes.fitting(self.rng, self.seconds(seconds), self.rng.uniform(*pace), minor=self.rng.random() < 0.4)
        sound = singing.choir(parts, self.rng, each=int(self.rng.integers(4, 8)))
        if accompanied:
            below = organ.play(parts, "flutes", self.rng)
            size = min(len(sound), len(below))
            sound = hall.at_level(sound, -20)
            sound[:size] += hall.at_level(below, -26)[:size]
        self.add(sound, "music", what, lufs, self.rng.uniform(-5, 1))
        self.rest()

    def hymn(self, seconds, lufs, people=300, stops="full", pace=(84, 112)):
        """The organ plays a line, then all sing."""
        pace = self.rng.uniform(*pace)
        long_last = (1, 1, 1, 1, 1, 1, 2) if self.rng.random() < 0.5 else (1, 1, 1, 1, 1, 1, 1, 2)
        parts, spans = tunes.fitting(self.rng, self.seconds(seconds) - 8, pace, swing=long_last)
        line = [[note for note in part if note.start < spans[0][1] / 4] for part in parts]
        before = tunes.length(line) + 1.0
        played = [[*first, *(tunes.Note(n.start + before, n.length, n.pitch) for n in part)] for first, part in zip(line, parts)]
        sung = [[tunes.Note(n.start + before, n.length, n.pitch) for n in part] for part in parts]
        pipes = hall.at_level(organ.play(played, stops, self.rng), -20)
        people = hall.at_level(singing.congregation(sung, self.rng, people), -20 + self.rng.uniform(-2, 4))
        size = max(len(pipes), len(people))
        sound = np.pad(pipes, (0, size - len(pipes))) + np.pad(people, (0, size - len(people)))
        self.add(sound, "music", "hymn", lufs, self.rng.uniform(-6, -1))
        self.rest()

    def played(self, what, seconds, lufs, instrument="piano"):
        """A piece for an instrument of the sound font."""
        self.add(band.play(instrument, tunes.broken(self.rng, self.seconds(seconds)), self.rng), "music", what, lufs, -12)
        self.rest()

    def song(self, seconds, lufs, instrument="piano", crowd=0):
        """One who sings to a piano or guitar, and perhaps some more."""
        parts, _ = tunes.fitting(self.rng, self.seconds(seconds), self.rng.uniform(72, 100))
        sound = band.play(instrument, [parts[0], *parts[1:]], self.rng)
        alone = [tunes.Note(note.start, note.length, note.pitch - 5) for note in parts[0]]
        layers = [hall.at_level(sound, -22), hall.at_level(singing.soloist(parts[0] if self.rng.random() < 0.5 else alone, self.rng), -19)]
        if crowd:
            layers.append(hall.at_level(singing.congregation(parts, self.rng, crowd), -27))
        size = max(map(len, layers))
        self.add(sum(np.pad(layer, (0, size - len(layer))) for layer in layers), "music", "song", lufs, -12)
        self.rest()

    def responses(self, voice, pairs, lufs):
        """A priest intones, the choir answers: all of it is sung."""
        sounds, intoned = [], voices.sentences("intoned", self.rng)
        for _ in range(pairs):
            priest = hall.at_level(voices.say(voice, next(intoned), monotone=True), -22)
            parts, _ = tunes.hymn(self.rng, self.rng.uniform(66, 84), phrases=1)
            sounds += [priest, np.zeros(int(0.5 * RATE), np.float32), hall.at_level(singing.choir(parts, self.rng), -18), np.zeros(int(0.4 * RATE), np.float32)]
        self.add(np.concatenate(sounds), "music", "responses", lufs, -4)
        self.rest()

    def talk_over_music(self, voice, seconds, lufs):
        """A children's talk while a piano plays: nobody can say which it is."""
        sound = voices.speak(voice, "talk", self.seconds(seconds), self.rng)
        piano = band.play("piano", tunes.broken(self.rng, len(sound) / RATE + 4), self.rng)
        piano = np.pad(piano, (0, max(0, len(sound) - len(piano))))[: len(sound)]
        voice_alone = hall.at_level(sound, -20)
        self.add(voice_alone + hall.at_level(piano, -30), "either", "talk over music", lufs, -14, voice, voice_alone)
        self.rest()

    def applause(self, seconds, lufs):
        """Hands."""
        self.add(hall.applause(self.rng, seconds), "either", "applause", lufs, -8)
        self.rest(1, 2)
