"""The command line: composes one service and writes it. It must not know what is in it."""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from . import RATE, hall
from .composer import Composer
from .plans import PLANS

PROGRAMS = {"flite": "flite", "espeak-ng": "espeak-ng", "fluidsynth": "fluidsynth", "lame": "lame"}
# Written in pieces of so many seconds, with so much around each that no filter hears the joint.
PIECE, AROUND = 30, 0.05
OUTPUT_RATE = 44_100


def main(doc):
    words = argparse.ArgumentParser("script/compose-service", description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--out", required=True, type=Path, help="where to write, without an ending")
    words.add_argument("--plan", choices=PLANS, default="parish", help="which service (default: parish)")
    words.add_argument("--minutes", type=float, default=60, help="about how long (default: 60)")
    words.add_argument("--seed", type=int, default=1, help="another seed is another service (default: 1)")
    words.add_argument("--no-mp3", action="store_true", help="WAV only")
    options = words.parse_args()
    missing = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
    if missing:
        sys.exit(f"please install: {' '.join(missing)} timgm6mb-soundfont")

    composer = Composer([options.seed, sorted(PLANS).index(options.plan)], options.minutes)
    PLANS[options.plan](composer)
    size = int((composer.at + 1) * RATE)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write(options.out, composer, size)
    (options.out.parent / (options.out.name + ".json")).write_text(json.dumps(truth(composer, options, size / RATE), indent=1) + "\n")
    if not options.no_mp3:
        command = ["lame", "--quiet", "-b", "128", f"{options.out}.wav", f"{options.out}.mp3"]
        subprocess.run(command, check=True)
    print(f"{options.out}: {size / RATE / 60:.1f} minutes, {len(composer.parts)} parts", file=sys.stderr)


def write(out, composer, size):
    """The service with its murmur, and the voices alone."""
    noise = hall.murmur(composer.rng, PIECE * RATE, composer.rng.uniform(-66, -56), composer.rng.uniform(-80, -66))
    around = int(AROUND * RATE)
    with soundfile.SoundFile(f"{out}.wav", "w", OUTPUT_RATE, 2, "PCM_16") as whole, soundfile.SoundFile(
        f"{out}.speech.wav", "w", OUTPUT_RATE, 1, "PCM_16"
    ) as speech:
        for first in range(0, size, PIECE * RATE):
            last = min(first + PIECE * RATE, size)
            before, after = min(around, first), min(around, composer.mix.shape[1] - last)
            cut = slice(2 * before, 2 * before + 2 * (last - first))
            piece = composer.mix[:, first - before : last + after].copy()
            piece += np.take(noise, np.arange(first - before, last + after), axis=1, mode="wrap")
            whole.write(np.clip(resample_poly(piece, 2, 1, axis=1)[:, cut].T, -0.999, 0.999))
            voice = composer.speech[first - before : last + after]
            speech.write(np.clip(resample_poly(voice, 2, 1)[cut], -0.999, 0.999))


def truth(composer, options, length):
    """All of the time, in order; what is between the parts is silence."""
    segments, at = [], 0.0
    silence = lambda start, end: {"start_s": round(start, 3), "end_s": round(end, 3), "kind": "silence", "what": "pause", "voice": None, "lufs": None}
    for part in composer.parts:
        segments.append(silence(at, part.start))
        segments.append({"start_s": round(part.start, 3), "end_s": round(part.end, 3), "kind": part.kind, "what": part.what, "voice": part.voice, "lufs": part.lufs})
        at = part.end
    segments.append(silence(at, length))
    return {"plan": options.plan, "seed": options.seed, "length_s": round(length, 3), "segments": segments}
