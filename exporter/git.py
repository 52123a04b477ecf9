"""Git, asked in a few words."""

import shutil
import subprocess
from pathlib import Path

TIMEOUT = 20.0
"""Seconds, for one answer."""


def ask(root: Path, *arguments: str) -> str | None:
    """Return what git says in a folder; None when it is not there, or says no."""
    program = shutil.which("git")
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 # fixed words
            [program, "-C", str(root), *arguments],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=True,
            timeout=TIMEOUT,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
