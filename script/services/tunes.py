"""Tunes in four parts, made by rule: chords of a key, each voice to its nearest tone. It must not know instruments."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Note:
    """A tone: seconds from the start, seconds long, MIDI pitch."""

    start: float
    length: float
    pitch: float


PHRASES = [[0, 4, 5, 3, 0, 3, 4, 0], [0, 5, 3, 4, 0, 1, 4, 4], [3, 0, 4, 0, 5, 1, 4, 4], [5, 3, 0, 4, 3, 0, 4, 0], [0, 3, 0, 4, 5, 3, 4, 0]]
MAJOR = [0, 2, 4, 5, 7, 9, 11]
MINOR = [0, 2, 3, 5, 7, 8, 10]
RANGES = [(62, 76), (55, 69), (50, 64), (40, 55)]


def near(tones, before, lowest, highest, rng):
    """The tone of a chord that is near to the one before, and now and then another."""
    choices = [pitch for pitch in range(lowest, highest + 1) if pitch % 12 in tones]
    choices.sort(key=lambda pitch: abs(pitch - before) + rng.random() * 2.5)
    return choices[0]


def hymn(rng, beats_per_minute, verses=1, phrases=4, swing=(1, 1, 1, 1, 1, 1, 1, 2), breath=0.25, minor=False, between=2.0):
    """Notes of soprano, alto, tenor and bass; a verse is the same tune again. Also where each verse begins and ends."""
    beat = 60 / beats_per_minute
    key, scale = int(rng.integers(0, 12)), MINOR if minor else MAJOR
    verse, at = [[], [], [], []], 0.0
    pitches = [68, 62, 57, 48]
    for _ in range(phrases):
        for degree, beats in zip(PHRASES[rng.integers(len(PHRASES))], swing):
            chord = [(key + scale[(degree + third) % 7]) % 12 for third in (0, 2, 4)]
            for part, (lowest, highest) in enumerate(RANGES):
                tones = chord[:1] if part == 3 else chord
                pitches[part] = near(tones, pitches[part], lowest, highest, rng)
                verse[part].append(Note(at, beats * beat, pitches[part]))
            # A passing note in the tune.
            if rng.random() < 0.2 and beats >= 1:
                verse[0][-1].length = beat * beats / 2
                verse[0].append(Note(at + beat * beats / 2, beat * beats / 2, pitches[0] - 2))
            at += beats * beat
        at += breath
    parts, spans = [[], [], [], []], []
    for number in range(verses):
        shift = number * (at + between)
        spans.append((shift, shift + at))
        for part, notes in enumerate(verse):
            parts[part] += [Note(note.start + shift, note.length, note.pitch) for note in notes]
    return parts, spans


def fitting(rng, seconds, beats_per_minute, **more):
    """A hymn of about so many seconds: as many verses as fit."""
    _, spans = hymn(np.random.default_rng(1), beats_per_minute, **more)
    verses = max(1, round((seconds + 2) / (spans[0][1] + 2)))
    return hymn(rng, beats_per_minute, verses=verses, **more)


def length(parts):
    """How long it lasts, in seconds."""
    return max(note.start + note.length for part in parts for note in part)


def voluntary(rng, seconds):
    """A slow bass, held chords, and a running upper voice."""
    parts, _ = fitting(rng, seconds, rng.uniform(50, 75), minor=rng.random() < 0.5, between=0.0)
    runs = []
    for note in parts[0]:
        for step, shift in enumerate(rng.choice([0, 2, 4, 5, 7, -2, -3, 12], 4)):
            runs.append(Note(note.start + step * note.length / 4, note.length / 4, note.pitch + int(shift)))
    return [runs, *parts[1:]]


def broken(rng, seconds):
    """Broken chords for a piano, with a tune."""
    parts, _ = fitting(rng, seconds, rng.uniform(60, 85), between=0.5)
    left = []
    for bass, tenor, alto in zip(parts[3], parts[2], parts[1]):
        for step, note in enumerate((bass, tenor, alto, tenor)):
            left.append(Note(bass.start + step * bass.length / 4, bass.length / 3, note.pitch))
    return [parts[0], left]
