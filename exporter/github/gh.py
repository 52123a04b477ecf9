"""Talk to GitHub through its `gh` program, so that we need no token of our own."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from exporter.text import clean

TIMEOUT = 60.0
"""Seconds, for one answer."""


class GhError(Exception):
    """`gh` is not installed, failed, or timed out.

    `said` is the first line of its error output. Show it only for calls whose arguments hold no secret.
    """

    def __init__(self, message: str, *, said: str) -> None:
        super().__init__(message)
        self.said = said


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
        raise _failure(arguments[0], error) from error
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
        raise _failure(arguments[0], error) from error
    return done.returncode == 0


def _failure(command: str, error: OSError | subprocess.SubprocessError) -> GhError:
    match error:
        case subprocess.CalledProcessError():
            lines = (clean(line) or "" for line in error.stderr.splitlines())
            said = next(filter(None, lines), f"exit code {error.returncode}").removeprefix("gh: ")[:200]
        case subprocess.TimeoutExpired():
            said = f"no answer within {TIMEOUT:.0f} seconds"
        case _:
            said = "it is not installed, or can't be run"
    return GhError(f"gh {command} did not work", said=said)
