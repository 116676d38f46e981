"""The ways to make telephone sound of a recording. Each gives samples at 8,000 Hz, in their places, after G.711."""

import os
import re
import subprocess
from pathlib import Path

import numpy as np
import soundfile

from . import RATE, prototype

ROOT = Path(__file__).resolve().parent.parent.parent
# As good as it gets: short frames, few of them, a gain of up to 26 dB, by peaks and a little by power.
TUNED = "dynaudnorm=framelen=250:gausssize=7:maxgain=20:targetrms=0.12:threshold=0.001"


def ffmpeg(filters=None):
    """What ffmpeg makes of it with these filters."""

    def prepare(recording, out):
        chosen = ["-af", filters] if filters else []
        command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-i", recording, "-ac", "1", *chosen]
        subprocess.run([*command, "-ar", str(RATE), "-c:a", "pcm_mulaw", out], check=True)
        return soundfile.read(out)[0]

    return prepare


def ours(recording, out):
    """What the line makes of it."""
    build = ["cargo", "build", "--quiet", "--release", "--locked", "--package", "dial-audio", "--example", "prepare"]
    subprocess.run(build, check=True, cwd=ROOT)
    program = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "examples" / "prepare"
    told = subprocess.run([program, recording, out], check=True, capture_output=True, text=True).stdout
    before = int(re.search(r"(\d+) before", told)[1])
    return np.concatenate([np.zeros(before), soundfile.read(out)[0]])


def as_prototype(recording, out):
    """What the prototype made of it."""
    sound = prototype.level(ffmpeg_linear(recording, out))
    soundfile.write(out, sound, RATE, "ULAW")
    return soundfile.read(out)[0]


def ffmpeg_linear(recording, out):
    """Mono at 8,000 Hz, not yet through G.711."""
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", "-i", recording, "-ac", "1"]
    subprocess.run([*command, "-ar", str(RATE), "-c:a", "pcm_f32le", out], check=True)
    return soundfile.read(out)[0]


METHODS = {
    "none": ffmpeg(),
    "loudnorm": ffmpeg("loudnorm"),
    "dynaudnorm": ffmpeg("dynaudnorm"),
    "dynaudnorm tuned": ffmpeg(TUNED),
    "prototype": as_prototype,
    "ours": ours,
}
