"""Print for a person at a terminal, or for GitHub Actions."""

import errno
import io
import os
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import IO, Any, TypeVar

import click

from exporter.errors import Level
from exporter.github import actions

T = TypeVar("T")


class OutputError(click.ClickException):
    """Standard output can't be written, because its disk is full for example."""

    def show(self, _file: IO[Any] | None = None) -> None:
        """Report it in one line."""
        report("error", self.message)


class _Output(io.FileIO):
    """Standard output; after a failed write, it discards everything."""

    def write(self, data: Any) -> int:
        """Write bytes; if the reader of a pipe has stopped, as `head` does, that is no error.

        On Windows, such a write is an invalid argument: https://github.com/python/cpython/issues/79935.
        """
        try:
            return super().write(data)
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            if isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == errno.EINVAL):
                return len(data)
            raise OutputError(f"Standard output can't be written: {error.strerror}.") from error


def prepare_streams() -> None:
    """Escape what an encoding can't show, let a pipe's reader stop early, and report a full disk."""
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        output = _Output(sys.stdout.fileno(), "w", closefd=False)
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(output), encoding=sys.stdout.encoding)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Print a command's output: coloured on a terminal only, and not if NO_COLOR is set.

    In GitHub Actions, no title in it can act as a workflow command.
    """
    color = False if os.environ.get("NO_COLOR") else None
    click.echo(actions.defused(text, os.urandom(16).hex()) if actions.is_running() else text, color=color)


def report(level: Level, text: str, place: str | None = None) -> None:
    """Print to standard error, in GitHub Actions as an annotation; `place` is a file, or file:line."""
    if actions.is_running():
        click.echo(actions.annotation(level, text, place), err=True)
    else:
        click.echo(f"{level}: {place}: {text}" if place else f"{level}: {text}", err=True)


def is_interactive() -> bool:
    """Whether a person can answer questions."""
    return sys.stdin.isatty()


def progress(
    steps: Iterable[T], *, label: str | None = None, length: int | None = None
) -> AbstractContextManager[Iterable[T]]:
    """Show how many of `length` steps are done: on standard error, if that is a terminal."""
    return click.progressbar(
        steps, label=label, length=length, show_pos=True, file=sys.stderr, hidden=not sys.stderr.isatty()
    )
