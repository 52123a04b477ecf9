"""Talk to GitHub through its `gh` program, so that we need no token of our own."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

TIMEOUT = 60.0
"""Seconds, for one answer."""


class GhError(Exception):
    """`gh` is not installed, failed, or timed out; its output is not kept, because it may hold a secret."""


def gh(*arguments: str, data: str = "", cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Return the output of `gh`; `data` is its standard input, `env` replaces its environment.

    Raises:
        GhError: it failed.
    """
    try:
        done = subprocess.run(  # noqa: S603 # no shell, and no untrusted text becomes an option
            [shutil.which("gh") or "gh", *arguments],
            input=data,
            cwd=cwd,
            env=env,
            encoding="utf-8",
            capture_output=True,
            check=True,
            timeout=TIMEOUT,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise GhError(f"gh {arguments[0]} did not work") from error
    return done.stdout


def watch(*arguments: str, cwd: Path, env: Mapping[str, str]) -> bool:
    """Let `gh` use the terminal itself; return whether it succeeded.

    Raises:
        GhError: it can't be run.
    """
    try:
        done = subprocess.run(  # noqa: S603 # as above
            [shutil.which("gh") or "gh", *arguments], cwd=cwd, env=env, check=False
        )
    except OSError as error:
        raise GhError(f"gh {arguments[0]} did not work") from error
    return done.returncode == 0
