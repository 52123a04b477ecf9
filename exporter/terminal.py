"""Print for a person at a terminal, or for GitHub Actions."""

import io
import secrets
import sys

import click

from exporter.errors import Level
from exporter.github import actions


def accept_any_text() -> None:
    """Escape what the terminal's encoding can't show, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Print a command's output; in GitHub Actions, no title in it can act as a workflow command."""
    click.echo(actions.defused(text, secrets.token_hex(16)) if actions.is_running() else text)


def report(level: Level, text: str, place: str | None = None) -> None:
    """Print to standard error, in GitHub Actions as an annotation; `place` is a file, or file:line."""
    if actions.is_running():
        click.echo(actions.annotation(level, text, place), err=True)
    else:
        click.echo(f"{level}: {place}: {text}" if place else f"{level}: {text}", err=True)


def is_interactive() -> bool:
    """Whether a person can answer questions."""
    return sys.stdin.isatty()
