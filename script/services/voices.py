"""Voices of Debian's speech programs, each a process of its own. It must not know what a service is."""

import io
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import butter, resample_poly, sosfilt

from . import RATE
from .words import sentences

# name: program, voice, pitch, speed (as the program counts them), brightness of the microphone in Hz
VOICES = {
    "awb": ("flite", "awb", 1.0, 1.05, 7_000),
    "slt": ("flite", "slt", 1.0, 1.1, 8_000),
    "rms": ("flite", "rms", 1.0, 1.0, 6_000),
    "kal": ("flite", "kal16", 1.0, 1.1, 7_500),
    "eliza": ("espeak", "en-gb-x-rp+f3", 55, 150, 8_000),
    "angus": ("espeak", "en-gb-scotland+m3", 38, 140, 5_000),
    "grandpa": ("espeak", "en-gb+grandpa", 40, 125, 5_500),
    "marie": ("espeak", "en-gb-x-gbclan+f2", 62, 165, 9_000),
    # These are for training: nobody that is tested with speaks like them.
    "slow-slt": ("flite", "slt", 0.88, 1.3, 6_500),
    "high-rms": ("flite", "rms", 1.25, 0.95, 8_000),
    "kal8": ("flite", "kal", 1.1, 1.2, 4_000),
    "low-awb": ("flite", "awb", 0.85, 1.2, 5_000),
    "linda": ("espeak", "en-us+linda", 50, 155, 8_000),
    "adam": ("espeak", "en-gb+adam", 35, 145, 6_000),
    "aunty": ("espeak", "en-gb-x-gbcwmd+aunty", 55, 135, 7_000),
    "klatt": ("espeak", "en-gb+klatt4", 45, 160, 7_000),
    "steph": ("espeak", "en-029+steph", 60, 150, 8_500),
    "quincy": ("espeak", "en-us+quincy", 42, 130, 6_000),
}


def say(voice, text, pitch=1.0, monotone=False):
    """One sentence, mono, at RATE."""
    program, name, base, speed, bright = VOICES[voice]
    if program == "flite":
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "said.wav"
            # Pitch of flite is that of the whole voice: it is spoken at another rate, and slower by as much.
            command = ["flite", "-voice", name, "--setf", f"duration_stretch={speed * base * pitch:.3f}", "-t", text, "-o", path]
            subprocess.run(command, check=True, capture_output=True)
            sound, rate = soundfile.read(path, dtype="float32")
        up, down = RATE, round(rate * base * pitch)
    else:
        words = f'<prosody range="0%">{text}</prosody>' if monotone else text
        command = ["espeak-ng", "-m", "-v", name, "-p", str(round(base * pitch)), "-s", str(speed), "--stdout", words]
        wav = subprocess.run(command, check=True, capture_output=True).stdout
        sound, rate = soundfile.read(io.BytesIO(wav), dtype="float32")
        up, down = RATE, rate
    divisor = np.gcd(up, down)
    sound = resample_poly(sound, up // divisor, down // divisor).astype(np.float32)
    heard = np.flatnonzero(np.abs(sound) > 0.02 * np.abs(sound).max())
    sound = sound[max(heard[0] - 400, 0) : heard[-1] + 800]
    sound = sosfilt(butter(2, 90, "high", fs=RATE, output="sos"), sound)
    return sosfilt(butter(2, min(bright, 10_000), "low", fs=RATE, output="sos"), sound).astype(np.float32)


def speak(voice, what, seconds, rng, pauses=(0.25, 0.9), long_pause=2.5):
    """A speaker for about so long: sentences, breaths between them, one in six a longer thought."""
    parts, length = [], 0.0
    for text in sentences(what, rng):
        if length >= seconds:
            return np.concatenate(parts[:-1])
        # A speaker turns towards the microphone and away from it.
        sound = say(voice, text, 1.0 + rng.uniform(-0.03, 0.03)) * 10 ** (rng.normal(0, 1.2) / 20)
        rest = long_pause * rng.uniform(0.5, 1) if rng.random() < 1 / 6 else rng.uniform(*pauses)
        parts += [sound, np.zeros(int(rest * RATE), np.float32)]
        length += len(sound) / RATE + rest
