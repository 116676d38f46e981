"""The building: reverberation, murmur, coughs, applause, and loudness. It must not know who is heard."""

import numpy as np
from scipy.signal import bilinear, butter, lfilter, oaconvolve, sosfilt

from . import RATE


def weighting():
    """The two filters of ITU-R BS.1770 at RATE, from their analogue form."""
    filters = []
    for hertz, quality, gain in ((1_681.97, 0.7072, 3.999_84), (38.135, 0.5003, None)):
        omega = 2 * RATE * np.tan(np.pi * hertz / RATE)
        if gain is None:
            top = [1, 0, 0]
        else:
            high = 10 ** (gain / 20)
            top = [high, high**0.4996667741545416 * omega / quality, omega**2]
        filters.append(bilinear(top, [1, omega / quality, omega**2], RATE))
    return filters


WEIGHTING = weighting()


def loudness(sound):
    """In LUFS, gated as in BS.1770; one channel counts as two that are alike."""
    for top, bottom in WEIGHTING:
        sound = lfilter(top, bottom, sound)
    block = int(0.4 * RATE)
    if len(sound) < block:
        sound = np.pad(sound, (0, block - len(sound)))
    power = np.convolve(np.add.reduceat(sound**2, np.arange(0, len(sound), block // 4)), np.ones(4), "valid") / block
    level = lambda power: -0.691 + 10 * np.log10(2 * power.mean() + 1e-15)
    kept = power[-0.691 + 10 * np.log10(2 * power + 1e-15) > -70]
    if not len(kept):
        return -100.0
    return float(level(kept[-0.691 + 10 * np.log10(2 * kept) > level(kept) - 10]))


def at_level(sound, lufs):
    """The same, so loud."""
    return sound * np.float32(10 ** ((lufs - loudness(sound)) / 20))


def reverberation(rng, seconds, bright=4_000):
    """What the hall answers to one clap, left and right: early echoes, then noise that dies away."""
    time = np.arange(int(seconds * RATE)) / RATE
    answer = rng.normal(0, 1, (2, len(time))) * 10 ** (-3 * time / seconds)
    high = sosfilt(butter(1, bright, "low", fs=RATE, output="sos"), answer)
    # High tones die sooner.
    answer = high * 10 ** (-1 * time / seconds) + sosfilt(butter(1, bright / 4, "low", fs=RATE, output="sos"), answer)
    answer[:, : int(rng.uniform(0.01, 0.03) * RATE)] = 0
    return (answer / np.sqrt((answer**2).sum(axis=1, keepdims=True))).astype(np.float32)


def answered(sound, answer):
    """The reverberation alone, two channels, cut at the length of the sound."""
    return np.stack([oaconvolve(sound, side)[: len(sound)] for side in answer]).astype(np.float32)


def murmur(rng, size, level_db, hum_db):
    """The air of the building and the hum of its loudspeakers, two channels."""
    noise = rng.normal(0, 1, (2, size)).astype(np.float32)
    noise = sosfilt(butter(1, 300, "low", fs=RATE, output="sos"), noise) + 0.05 * noise
    noise *= 10 ** (level_db / 20) / np.sqrt((noise**2).mean())
    time = np.arange(size) / RATE
    return (noise + 10 ** (hum_db / 20) * (np.sin(2 * np.pi * 50 * time) + 0.5 * np.sin(2 * np.pi * 150 * time))).astype(np.float32)


def cough(rng):
    """One of the congregation."""
    sound = np.zeros(int(0.9 * RATE), np.float32)
    for burst in range(rng.integers(1, 4)):
        length = int(rng.uniform(0.1, 0.25) * RATE)
        noise = rng.normal(0, 1, length) * np.exp(-np.arange(length) / (0.05 * RATE))
        at = int(burst * rng.uniform(0.2, 0.28) * RATE)
        low = rng.uniform(300, 600)
        sound[at : at + length] += sosfilt(butter(2, [low, low * 5], "band", fs=RATE, output="sos"), noise)[: len(sound) - at]
    return sound


def applause(rng, seconds, people=60):
    """Hands, at first all of them."""
    sound = np.zeros(int(seconds * RATE) + RATE, np.float32)
    for _ in range(people):
        pace, until, at = rng.uniform(3, 5.5), seconds * rng.uniform(0.6, 1), rng.uniform(0, 0.5)
        centre = rng.uniform(700, 2_200)
        clap = sosfilt(butter(1, [centre / 1.6, centre * 1.6], "band", fs=RATE, output="sos"), rng.normal(0, 1, 600) * np.exp(-np.arange(600) / 90))
        while at < until:
            place = int(at * RATE)
            sound[place : place + 600] += clap.astype(np.float32) * rng.uniform(0.6, 1)
            at += rng.normal(1 / pace, 0.02)
    return sound[: int(seconds * RATE)]
