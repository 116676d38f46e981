"""Compares the chapters that are found with the truth. It must not know how they are found."""

import subprocess
import sys

from .examples import program, service, truth

WITHIN_S = 3.0
ENOUGH = 0.9
PLANS = ["parish", "evensong", "praise"]
KINDS = ["speech", "hymn", "music"]


def kind_of(segment):
    """What a segment ought to be called."""
    return "hymn" if segment["what"] == "hymn" else segment["kind"]


def boundaries(segments):
    """Where speech begins after music, or music after speech; and stretches near which nobody can say."""
    parts = [segment for segment in segments if segment["kind"] != "silence"]
    true, either = [], []
    for before, after in zip(parts, parts[1:]):
        if "either" in (before["kind"], after["kind"]):
            either.append((before["end_s"] - WITHIN_S, after["start_s"] + WITHIN_S))
        elif before["kind"] != after["kind"]:
            true.append(after["start_s"])
    either += [(part["start_s"] - WITHIN_S, part["end_s"] + WITHIN_S) for part in parts if part["kind"] == "either"]
    return true, either


def matched(true, found):
    """Pairs of a true boundary and the nearest found one, each used once."""
    pairs, left = [], list(found)
    for at in true:
        near = min(left, key=lambda other: abs(other - at), default=None)
        if near is not None and abs(near - at) <= WITHIN_S:
            pairs.append((at, near))
            left.remove(near)
    return pairs


def confusion(segments, chapters):
    """Seconds of each true kind that were called each kind."""
    table = {true: dict.fromkeys(KINDS, 0.0) for true in KINDS}
    for segment in segments:
        if segment["kind"] in ("silence", "either"):
            continue
        for start, end, kind in chapters:
            shared = min(end, segment["end_s"]) - max(start, segment["start_s"])
            table[kind_of(segment)][kind] += max(0.0, shared)
    return table


def score(minutes, seed):
    """Prints all of it; the exit code is 0 when every service has enough."""
    finder, worst = program(), 1.0
    for plan in PLANS:
        out = service(plan, minutes, seed)
        told = lambda *options: subprocess.run([finder, *options, f"{out}.mp3"], check=True, capture_output=True, text=True).stdout
        rows = [line.split() for line in told().splitlines()]
        chapters = [(int(start) / 1000, int(end) / 1000, kind.lower()) for start, end, kind in rows]
        worst = min(worst, tell(plan, truth(out), chapters))
        busy_s, length_s, _ = told("--cost").split()
        print(f"  cost: {float(busy_s) * 3600 / float(length_s):.2f} s of a processor for an hour of sound\n")
    print("enough" if worst >= ENOUGH else f"NOT ENOUGH: {worst:.2f}")
    return 0 if worst >= ENOUGH else 1


def tell(plan, segments, chapters):
    """Prints one service; returns the lesser of precision and recall."""
    true, either = boundaries(segments)
    speech = [kind == "speech" for _, _, kind in chapters]
    found = [chapter[0] for at, chapter in enumerate(chapters) if at and speech[at] != speech[at - 1]]
    found = [at for at in found if not any(start <= at <= end for start, end in either)]
    pairs = matched(true, found)
    precision = len(pairs) / len(found) if found else 0.0
    recall = len(pairs) / len(true) if true else 0.0
    errors = sorted(abs(near - at) for at, near in pairs) or [0.0]
    print(f"{plan}: {segments[-1]['end_s'] / 60:.1f} minutes, {len(chapters)} chapters")
    print(f"  boundaries: {len(true)} true, {len(found)} found, {len(pairs)} within {WITHIN_S:.0f} s; precision {precision:.3f}, recall {recall:.3f}")
    print(f"  how far off: median {errors[len(errors) // 2]:.2f} s, worst that counts {errors[-1]:.2f} s")
    near = {at for at, _ in pairs}
    missed, wrong = [at for at in true if at not in near], [at for at in found if at not in {other for _, other in pairs}]
    if missed or wrong:
        print(f"  missed: {[round(at, 1) for at in missed]}; found where there is none: {[round(at, 1) for at in wrong]}")
    table = confusion(segments, chapters)
    print("  seconds     " + "".join(f"{'called ' + kind:>15}" for kind in KINDS))
    for kind in KINDS:
        print(f"  true {kind:<7}" + "".join(f"{table[kind][other]:>15.1f}" for other in KINDS))
    sys.stdout.flush()
    return min(precision, recall)
