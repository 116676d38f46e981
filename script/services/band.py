"""Instruments of a sound font, played by fluidsynth from a MIDI file. It must not know tunes."""

import struct
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from . import RATE

FONT = "/usr/share/sounds/sf2/TimGM6mb.sf2"
TICKS = 480
INSTRUMENTS = {"piano": 0, "bright piano": 1, "church organ": 19, "guitar": 25, "strings": 48, "choir": 52, "flute": 73, "trumpet": 56}


def count_of(number):
    """A number as MIDI writes it: seven bits a byte."""
    data = [number & 0x7F]
    while number := number >> 7:
        data.insert(0, number & 0x7F | 0x80)
    return bytes(data)


def midi(instrument, parts, rng, loudness):
    """A file of one track; a beat is half a second."""
    events = []
    for notes in parts:
        for note in notes:
            on = int(max(0, note.start + rng.normal(0, 0.012)) * 2 * TICKS)
            off = on + max(20, int(note.length * 2 * TICKS * 0.98))
            strength = int(np.clip(rng.normal(loudness, 7), 20, 127))
            events += [(on, bytes([0x90, int(note.pitch), strength])), (off, bytes([0x80, int(note.pitch), 0]))]
    events.sort(key=lambda event: (event[0], -event[1][0] & 0x10))
    track, before = bytes([0, 0xC0, INSTRUMENTS[instrument]]), 0
    for at, event in events:
        track += count_of(at - before) + event
        before = at
    track += bytes([0, 0xFF, 0x2F, 0])
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, TICKS) + b"MTrk" + struct.pack(">I", len(track)) + track


def play(instrument, parts, rng, loudness=75):
    """All parts on one instrument, mono, without reverberation."""
    with tempfile.TemporaryDirectory() as folder:
        score, sound = Path(folder) / "score.mid", Path(folder) / "sound.wav"
        score.write_bytes(midi(instrument, parts, rng, loudness))
        command = ["fluidsynth", "-n", "-i", "-q", "-R", "0", "-C", "0", "-g", "0.6", "-r", "44100", "-F", sound, FONT, score]
        subprocess.run(command, check=True, capture_output=True)
        samples, _ = soundfile.read(sound, dtype="float32")
    mono = resample_poly(samples.mean(axis=1), RATE, 44_100).astype(np.float32)
    heard = np.flatnonzero(np.abs(mono) > 1e-4)
    return mono[: heard[-1] + 1]
