"""The command line: composes a service, prepares it in every way, prints the table. It must not know how to score."""

import argparse
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent.parent
TARGET = SCRIPT.parent / "target"
HEAD = [
    ("method", 30),
    ("music above speech", 18),
    ("speech windows within ±4 dB", 27),
    ("first 6 s after music, worst", 28),
    ("STOI at ear", 11),
    ("ESTOI at ear", 12),
    ("worst tenth STOI", 16),
]


def main(doc):
    words = argparse.ArgumentParser("script/listening", description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--plan", default="parish", help="which service (default: parish)")
    words.add_argument("--minutes", type=float, default=60, help="about how long (default: 60)")
    words.add_argument("--seed", type=int, default=1, help="another seed is another service (default: 1)")
    words.add_argument("--only", nargs="+", metavar="METHOD", help="not all of them")
    options = words.parse_args()

    from . import methods, scores

    service = composed(options)
    heard = scores.Service(service)
    row([name for name, _ in HEAD])
    row(["-" * width for _, width in HEAD])
    for name, prepare in methods.METHODS.items():
        if options.only and name not in options.only:
            continue
        score = heard.score(prepare(Path(f"{service}.mp3"), service.parent / f"{service.name}.{name.replace(' ', '-')}.wav"))
        row([
            name,
            f"{score.music_above_speech:+.1f} dB",
            f"{score.within:.1f} %",
            f"{score.first_after_music:+.1f} dB",
            f"{score.stoi:.3f}",
            f"{score.estoi:.3f}",
            f"{score.worst_tenth:.3f}",
        ])


def row(cells):
    print("| " + " | ".join(cell.ljust(width) for cell, (_, width) in zip(cells, HEAD)) + " |", flush=True)


def composed(options):
    """The service, without an ending; composed unless it is there from before."""
    service = TARGET / "services" / f"{options.plan}-{options.minutes:g}-{options.seed}"
    if not Path(f"{service}.mp3").exists():
        print("Composing the service …", file=sys.stderr)
        arguments = ["--out", service, "--plan", options.plan, "--minutes", str(options.minutes), "--seed", str(options.seed)]
        subprocess.run([SCRIPT / "compose-service", *arguments], check=True)
    return service
