"""A pipe organ: ranks of slightly false pipes, mixtures, a tremulant. It must not know tunes."""

import numpy as np

from . import RATE

TABLE = 2_048
# Feet of each rank as a multiple of the written pitch, its loudness, and how fast its overtones fall.
STOPS = {
    "flutes": [(1, 1.0, 3.0), (2, 0.35, 3.0)],
    "principals": [(1, 1.0, 1.5), (2, 0.7, 1.5), (3, 0.2, 2.0), (4, 0.35, 1.8)],
    "full": [(0.5, 0.6, 1.5), (1, 1.0, 1.1), (2, 0.8, 1.2), (3, 0.35, 1.6), (4, 0.6, 1.5), (6, 0.35, 1.5), (8, 0.3, 1.5)],
    "strings": [(1, 0.9, 0.9), (1.004, 0.9, 0.9), (2, 0.2, 1.2)],
}


def wave(fall, pitch_hz, rng):
    """One period of a pipe, without what the rate cannot carry."""
    spectrum = np.zeros(TABLE // 2 + 1, complex)
    count = max(1, min(24, int(9_500 / pitch_hz)))
    order = np.arange(1, count + 1)
    spectrum[1 : count + 1] = order**-fall * rng.uniform(0.6, 1.3, count) * np.exp(2j * np.pi * rng.random(count))
    table = np.fft.irfft(spectrum)
    return (table / (np.sqrt((table**2).mean()) + 1e-9)).astype(np.float32)


def play(parts, stops, rng, tremulant=0.0):
    """All parts on one manual; a tremulant shakes pitch and wind."""
    end = max(note.start + note.length for part in parts for note in part) + 0.3
    sound = np.zeros(int(end * RATE) + RATE, np.float32)
    tables, detune, speed = {}, {}, rng.uniform(5, 6.5)
    for part in parts:
        for note in part:
            count = int((note.length * 0.96 + 0.1) * RATE)
            time = np.arange(count) / RATE
            # Pipes speak in some hundredths of a second, and stop a little faster.
            rise = np.minimum(1, time / rng.uniform(0.03, 0.07)) * np.minimum(1, (time[-1] - time) / 0.06)
            shake = np.sin(2 * np.pi * speed * (time + note.start))
            for rank, (foot, loud, fall) in enumerate(STOPS[stops]):
                pipe = (note.pitch, rank)
                detune.setdefault(pipe, rng.normal(0, 2.5))
                hertz = 440 * 2 ** ((note.pitch - 69 + detune[pipe] / 100) / 12) * foot
                if hertz > 8_000:
                    continue
                if pipe not in tables:
                    tables[pipe] = wave(fall, hertz, rng)
                phase = hertz / RATE * (np.arange(count) + tremulant * 0.004 * RATE / (2 * np.pi * speed) * shake) + rng.random()
                pipe_sound = tables[pipe][(phase * TABLE).astype(np.int64) % TABLE]
                at = int(note.start * RATE)
                sound[at : at + count] += (loud * rise * (1 + tremulant * 0.15 * shake)).astype(np.float32) * pipe_sound
    # Wind.
    sound += rng.normal(0, 0.004, len(sound)).astype(np.float32)
    return sound
