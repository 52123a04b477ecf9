"""GitHub, asked through its `gh` program, so that no token is ours to keep."""

import shutil
import subprocess

TIMEOUT = 60.0
"""Seconds, for one answer."""


class GhError(Exception):
    """`gh` is not here, said no, or nothing in time; its words are not kept: they may hold a secret."""


def gh(*arguments: str, data: str = "") -> str:
    """Return what `gh` says; `data` is its standard input.

    Raises:
        GhError: it did not do it.
    """
    try:
        done = subprocess.run(  # noqa: S603 # no shell, and values that others wrote are no options
            [shutil.which("gh") or "gh", *arguments],
            input=data,
            encoding="utf-8",
            capture_output=True,
            check=True,
            timeout=TIMEOUT,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise GhError(f"gh {arguments[0]} did not work") from error
    return done.stdout


def watch(*arguments: str) -> bool:
    """Let `gh` speak to the terminal itself; return whether it ended well.

    Raises:
        GhError: it can't be run.
    """
    try:
        done = subprocess.run([shutil.which("gh") or "gh", *arguments], check=False)  # noqa: S603 # as above
    except OSError as error:
        raise GhError(f"gh {arguments[0]} did not work") from error
    return done.returncode == 0
