"""What a caller hears of prepared sound. It must not know how it was prepared.

"At ear" is after the caller has set one volume for the whole call: every method is brought to the same
loudness, and heard in the same room, whose noise (the spectrum of talk) is `ROOM` decibels under it.
"""

import json
import warnings
from dataclasses import dataclass

import numpy as np
import pyloudnorm
import soundfile
from pystoi import stoi
from scipy.signal import butter, resample_poly, sosfilt

from . import RATE

CALL, ROOM = -23, 15
# Speech is looked at in windows of 3 s, in which a voice speaks for half the time; understood in stretches of 6 s.
WINDOW, STRETCH, FIRST = 3, 6, 6
METER = pyloudnorm.Meter(RATE)


@dataclass
class Score:
    music_above_speech: float
    within: float
    first_after_music: float
    stoi: float
    estoi: float
    worst_tenth: float


class Service:
    """A composed service: what is where in it, and the voices alone."""

    def __init__(self, path):
        rate = soundfile.info(f"{path}.speech.wav").samplerate
        self.voices = resample_poly(soundfile.read(f"{path}.speech.wav", dtype="float32")[0], RATE, rate)
        with open(f"{path}.json") as truth:
            parts = [part for part in json.load(truth)["segments"] if part["kind"] != "silence"]
        place = lambda part: (int(part["start_s"] * RATE), int(part["end_s"] * RATE))
        self.speech = [place(part) for part in parts if part["kind"] == "speech"]
        self.music = [place(part) for part in parts if part["kind"] == "music"]
        turns = [after for before, after in zip(parts, parts[1:]) if (before["kind"], after["kind"]) == ("music", "speech")]
        self.firsts = [(start, min(end, start + FIRST * RATE)) for start, end in map(place, turns)]
        self.windows = [window for start, end in self.speech for window in self.spoken(start, end)]
        talk = sosfilt(butter(1, [200, 800], "band", fs=RATE, output="sos"), np.random.default_rng(1).standard_normal(len(self.voices)))
        self.room = at_loudness(talk, CALL - ROOM)

    def spoken(self, start, end):
        """The windows of a part in which somebody speaks."""
        tenth = RATE // 10
        quiet = (self.voices[start:end] ** 2).mean() / 100
        for first in range(start, end - WINDOW * RATE, WINDOW * RATE // 2):
            powers = (self.voices[first : first + WINDOW * RATE].reshape(-1, tenth) ** 2).mean(axis=1)
            if (powers > quiet).mean() >= 0.5:
                yield first, first + WINDOW * RATE

    def score(self, sound):
        """How a caller hears it."""
        sound = np.pad(sound, (0, max(0, len(self.voices) - len(sound))))[: len(self.voices)]
        sound = at_loudness(sound, CALL)
        joined = lambda places: np.concatenate([sound[start:end] for start, end in places])
        levels = np.array([loudness(sound[start:end]) for start, end in self.windows])
        usual = np.median(levels)
        ear = sound + self.room
        understood = np.array([self.understood(ear, *stretch) for part in self.speech for stretch in stretches(*part)])
        worst = np.sort(understood[:, 0])[: max(1, len(understood) // 10)]
        return Score(
            loudness(joined(self.music)) - loudness(joined(self.speech)),
            100 * (abs(levels - usual) <= 4).mean(),
            min(loudness(sound[start:end]) - usual for start, end in self.firsts),
            *understood.mean(axis=0),
            worst.mean(),
        )

    def understood(self, ear, start, end):
        """STOI and ESTOI."""
        return [stoi(self.voices[start:end], ear[start:end], RATE, extended) for extended in (False, True)]


def stretches(start, end):
    """The parts of a part, all of one length of about STRETCH seconds."""
    count = max(1, round((end - start) / RATE / STRETCH))
    length = (end - start) // count
    return [(start + at * length, start + (at + 1) * length) for at in range(count)]


def loudness(sound):
    """In LUFS, gated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return METER.integrated_loudness(sound)


def at_loudness(sound, lufs):
    """The same, so loud."""
    return sound * 10 ** ((lufs - loudness(sound)) / 20)
