"""Printing: for a person at a terminal, or as GitHub Actions reads it."""

import io
import secrets
import sys

import click

from exporter.errors import Level
from exporter.github import actions


def accept_any_text() -> None:
    """Make titles printable that do not fit the terminal's encoding."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Print what a command was asked for; in GitHub Actions, no title in it can act as a command."""
    click.echo(actions.defused(text, secrets.token_hex(16)) if actions.is_running() else text)


def report(level: Level, text: str, place: str | None = None) -> None:
    """Print to standard error, in GitHub Actions as an annotation; `place` is a file, or file:line."""
    if actions.is_running():
        click.echo(actions.annotation(level, text, place), err=True)
    else:
        click.echo(f"{level}: {place}: {text}" if place else f"{level}: {text}", err=True)


def is_interactive() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty()
