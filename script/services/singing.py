"""People who sing: throats with vibrato, vowels and consonants; one of them, a choir, a congregation.

It must not know tunes. A voice is a saw-tooth whose pitch wavers, and the mouth a filter that changes
from note to note.
"""

import numpy as np
from scipy.signal import butter, sosfilt

from . import RATE
from .organ import TABLE

# Formants in Hz of a man's mouth; a woman's lie a sixth higher.
VOWELS = {"a": (720, 1_150, 2_600), "e": (480, 1_800, 2_500), "i": (290, 2_200, 2_900), "o": (450, 850, 2_600), "u": (320, 750, 2_400)}
HOP, FRAME = 512, 2_048
SAW = np.fft.irfft(np.concatenate([[0], np.arange(1, 41) ** -1.25 * 1j, np.zeros(TABLE // 2 - 40)])).astype(np.float32)
SAW /= np.sqrt((SAW**2).mean())


def throats(notes, count, size, rng, lazy, false, vibrato):
    """Voices on one part: `lazy` seconds late or early, `false` cents off."""
    total = np.zeros(size, np.float32)
    spot = np.arange(0, size, 64)
    for _ in range(count):
        pitch, loud = np.zeros(len(spot), np.float32), np.zeros(len(spot), np.float32)
        pitch[:] = notes[0].pitch
        late, own = rng.normal(0, lazy), rng.normal(0, false) / 100
        for note in notes:
            start = note.start + late + abs(rng.normal(0, lazy / 2))
            first, last = np.searchsorted(spot, [start * RATE, (start + note.length) * RATE])
            pitch[first:] = note.pitch + rng.normal(0, false / 200)
            held = last - first
            if held > 4:
                shape = np.minimum(1, np.arange(held) / (rng.uniform(0.05, 0.12) * RATE / 64))
                shape = np.minimum(shape, np.arange(held)[::-1] / (0.07 * RATE / 64))
                loud[first:last] = np.maximum(loud[first:last], shape[: len(loud[first:last])])
        slide = max(2, int(rng.uniform(0.03, 0.07) * RATE / 64))
        pitch = np.convolve(np.pad(pitch, slide, mode="edge"), np.ones(slide) / slide, "same")[slide:-slide]
        seconds = spot / RATE
        wander = np.convolve(rng.normal(0, 1, len(spot)), np.ones(80) / 80, "same") * 0.6
        pitch = pitch + own + wander + vibrato * rng.uniform(0.4, 1) * np.sin(2 * np.pi * rng.uniform(4.8, 6.3) * seconds + rng.random() * 6)
        hertz = np.interp(np.arange(size), spot, 440 * 2 ** ((pitch - 69) / 12))
        phase = np.cumsum(hertz / RATE) + rng.random()
        total += SAW[(phase * TABLE).astype(np.int64) % TABLE] * np.interp(np.arange(size), spot, loud).astype(np.float32)
    return total / np.sqrt(count)


def mouth(sound, notes, rng, high, consonants):
    """Gives each note a vowel, and some a consonant."""
    frames = len(sound) // HOP + 1
    hertz = np.fft.rfftfreq(FRAME, 1 / RATE)
    shapes = {name: envelope(hertz, formants, high) for name, formants in VOWELS.items()}
    filters = np.zeros((frames, len(hertz)), np.float32)
    at, names = 0, list(VOWELS)
    for note in notes:
        until = int((note.start + note.length) * RATE / HOP) + 1
        filters[at:until] = shapes[names[rng.integers(len(names))]]
        at = until
    filters[at:] = filters[max(at - 1, 0)]
    for shift in range(1, 4):
        filters[shift:] = 0.6 * filters[shift:] + 0.4 * filters[:-shift]
    window = np.hanning(FRAME).astype(np.float32)
    padded = np.pad(sound, (FRAME // 2, FRAME * 2))
    out = np.zeros(len(padded), np.float32)
    for frame in range(frames):
        piece = slice(frame * HOP, frame * HOP + FRAME)
        out[piece] += np.fft.irfft(np.fft.rfft(padded[piece] * window) * filters[frame]).astype(np.float32) * window
    out = out[FRAME // 2 : FRAME // 2 + len(sound)] / 1.5
    level = np.sqrt((out**2).mean()) * consonants
    for note in notes:
        if rng.random() < 0.5 and consonants:
            hiss = rng.normal(0, 1, int(rng.uniform(0.04, 0.11) * RATE)) * level
            hiss = sosfilt(butter(2, [2_500, 7_000], "band", fs=RATE, output="sos"), hiss * np.hanning(len(hiss)))
            start = max(0, int(note.start * RATE) - len(hiss) // 2)
            out[start : start + len(hiss)] += hiss[: max(0, len(out) - start)]
    return out


def envelope(hertz, formants, high):
    """How loud a mouth lets each frequency out."""
    scale = 1.17 if high else 1.0
    gains = zip(formants, (1.0, 0.5, 0.3), (90, 110, 160))
    return sum(gain / (1 + ((hertz - formant * scale) / width) ** 2) for formant, gain, width in gains) + 0.02


def choir(parts, rng, each=6, vibrato=0.25):
    """Four parts, each of some trained voices."""
    size = int((max(note.start + note.length for part in parts for note in part) + 0.8) * RATE)
    sound = np.zeros(size, np.float32)
    for part, notes in enumerate(parts):
        voices = throats(notes, each, size, rng, 0.02, 8, vibrato)
        sound += mouth(voices, notes, rng, part < 2, 0.5)
    return sound


def congregation(parts, rng, people=300):
    """Several hundred who sing the tune, men an octave lower, late and false; a fifth of them are really
    computed, the others are these from further back in the church."""
    size = int((max(note.start + note.length for note in parts[0]) + 1.0) * RATE)
    computed, sound = people // 5, np.zeros(size, np.float32)
    for octave, high, share in ((0, True, 0.55), (-12, False, 0.45)):
        notes = [type(note)(note.start, note.length, note.pitch + octave) for note in parts[0]]
        voices = mouth(throats(notes, max(1, int(computed * share)), size, rng, 0.06, 22, 0.12), notes, rng, high, 0.6)
        for _ in range(5):
            late = int(rng.uniform(0.005, 0.09) * RATE)
            sound[late:] += rng.uniform(0.5, 1) * voices[: size - late]
    return sound


def soloist(notes, rng):
    """One singer with a microphone; the voice sits high or low with the tune."""
    size = int((max(note.start + note.length for note in notes) + 0.5) * RATE)
    return mouth(throats(notes, 1, size, rng, 0.03, 6, 0.35), notes, rng, True, 1.0)
