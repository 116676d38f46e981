"""Services that are composed when they are needed, and what the line makes of them. It must not know scores."""

import json
import os
import subprocess
from pathlib import Path

from .tools import SCRIPT, TARGET


def service(plan, minutes, seed):
    """Where a service is, without its ending; composes it first if need be."""
    out = TARGET / "services" / f"{plan}-{minutes}-{seed}"
    if not Path(f"{out}.json").exists() or not Path(f"{out}.mp3").exists():
        command = [SCRIPT / "compose-service", "--plan", plan, "--minutes", str(minutes), "--seed", str(seed), "--out", out]
        subprocess.run(command, check=True)
    return out


def truth(out):
    """Its segments."""
    return json.loads(Path(f"{out}.json").read_text())["segments"]


def program():
    """The example that finds chapters, built."""
    command = ["cargo", "build", "--quiet", "--release", "--locked", "--package", "dial-audio", "--example", "chapters"]
    subprocess.run(command, cwd=SCRIPT.parent, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", TARGET))
    return (SCRIPT.parent / target) / "release" / "examples" / "chapters"
