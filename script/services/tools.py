"""Python's packages for the scripts, in an environment of their own. It must not know what they are for."""

import os
import subprocess
import sys
import venv
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent.parent
TARGET = SCRIPT.parent / "target"
TOOLS = TARGET / "tools" / "services"
PACKAGES = ["numpy==2.4.6", "scipy==1.17.1", "soundfile==0.14.0"]


def in_tools():
    """Begins the script again in an environment that has what is needed."""
    python, ready = TOOLS / "bin" / "python", TOOLS / "-".join(PACKAGES)
    if not ready.exists():
        print("Getting Python's packages …", file=sys.stderr)
        venv.create(TOOLS, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES], check=True)
        ready.touch()
    if Path(sys.prefix).resolve() != TOOLS.resolve():
        os.execv(python, [str(python), *sys.argv])
