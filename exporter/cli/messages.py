"""Report a run at the terminal; in GitHub Actions, also as step outputs and a step summary."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click
from msgspec import Struct
from msgspec.structs import replace

from exporter import terminal
from exporter.config import environment
from exporter.config.schema import Config
from exporter.errors import AccountError, Cause, Level, NowListeningError, SetupError, each_of
from exporter.files import Change
from exporter.github import actions
from exporter.pipeline import Result
from exporter.render.escaping import escape_markdown
from exporter.render.report import SUMMARY
from exporter.render.templates import Templates
from exporter.sources.spotify import token_age
from exporter.wording import count

_DIFF_STYLES: dict[str, dict[str, Any]] = {
    "--- ": {"bold": True},
    "+++ ": {"bold": True},
    "@@": {"fg": "cyan"},
    "-": {"fg": "red"},
    "+": {"fg": "green"},
}
"""How the lines of a diff look that begin with this."""


def preview(changes: Sequence[Change]) -> None:
    """Say which files would be written, then print the diff."""
    if not changes:
        terminal.say("Nothing would change.")
        return
    new = sum(change.before is None for change in changes)
    numbers = {"would change": len(changes) - new, "would be new": new}
    told = [f"{count(number, 'file')} {what}" for what, number in numbers.items() if number]
    files = [f"  {change.path}{'' if change.before is not None else ' (new)'}" for change in changes]
    diff = "".join(change.diff() for change in changes).removesuffix("\n")
    terminal.say("\n".join([f"{', '.join(told)}:", *files, "", *map(_styled, diff.split("\n"))]))


def _styled(line: str) -> str:
    style = next((style for start, style in _DIFF_STYLES.items() if line.startswith(start)), None)
    return click.style(line, **style) if style else line


def list_changes(changes: Sequence[Change]) -> None:
    """Say which files were written."""
    if not changes:
        terminal.say("Nothing new: no file changed.")
        return
    lines = [f"Wrote {count(len(changes), 'file')}:", *(f"  {change.path}" for change in changes)]
    terminal.say("\n".join(lines))


def warn(result: Result) -> None:
    """Report everything that went wrong in a completed run."""
    for warning in result.warnings:
        terminal.report("warning", warning)
    for error in result.damaged:
        complain("warning", error)
    report_failed(result.failed)
    for shortfall in result.shortfalls:
        names = ", ".join(shortfall.names)
        complain(shortfall.level, shortfall.error, f"{names} could not be refreshed. ")


def report_failed(failed: Sequence[SetupError]) -> None:
    """Report the templates that do not work; set outputs, so that the action asks a person to mend them."""
    for error in failed:
        complain("error", error)
    if failed:
        problems = (f"{error.place}: {error.message.splitlines()[0]} {error.hint}" for error in failed)
        _ask_to_act("template", " ".join(problems))


def complain(level: Level, error: NowListeningError, what: str = "") -> None:
    """Report an error after `what` it means; set outputs for the action's last step if a person must act."""
    for each in each_of(error):
        terminal.report(level, f"{what}{each.message}\n  {each.hint}", each.place)
    if isinstance(error, AccountError):
        _ask_to_act(error.cause, f"{error.message} {error.hint}")


def _ask_to_act(cause: Cause, problem: str) -> None:
    """Set the outputs that the action's last step reads; those that are set last count."""
    set_output("cause", cause)
    set_output("problem", problem)


class TokenLeft(Struct, frozen=True):
    """How long the refresh token lasts, and, if `level` is set, what to do; empty if there is no token."""

    sentence: str = ""
    days: int | None = None
    level: Level | None = None
    hint: str = ""


def token_left(config: Config, env: Mapping[str, str], now: datetime) -> TokenLeft:
    """Find out how long the refresh token lasts, if there is one."""
    if config.about.login != "browser" or not config.plan:
        return TokenLeft()
    try:
        authorized_on = environment.authorized_on(env)
    except SetupError as error:
        return TokenLeft(error.message, level="warning", hint=error.hint)
    days = token_age.days_left(authorized_on, now.date()) if authorized_on else None
    return TokenLeft(token_age.sentence(days), days, token_age.urgency(days), token_age.advice(days))


def say_how_long(left: TokenLeft) -> None:
    """Say how long the refresh token lasts."""
    if left.level:
        terminal.report(left.level, f"{left.sentence}\n  {left.hint}")
    elif left.sentence:
        terminal.say(left.sentence)
    if left.days is not None:
        set_output("token_days_left", str(left.days))


def set_output(name: str, value: str) -> None:
    """Set an output of the step."""
    with _tolerated("GITHUB_OUTPUT"):
        actions.set_output(name, value)


def summarize(templates: Templates, result: Result, changes: Sequence[Change], remaining: str) -> Result:
    """Add the run to the step's summary; `remaining` says how long the token lasts.

    If the summary's own template does not work, that is reported, and added to what failed.
    """
    if not actions.wants_summary():
        return result
    context = result.report.context(
        changed=[change.path for change in changes],
        shortfalls=result.shortfalls,
        failed=result.failed,
        warnings=[*(f"{error} {error.hint}" for error in result.damaged), *result.warnings],
        remaining=remaining,
    )
    try:
        text = templates.render(SUMMARY, context)
    except SetupError as error:
        failed = (*result.failed, error)
        report_failed(failed)
        return replace(result, failed=failed)
    summarize_text(text)
    return result


def summarize_failure(error: NowListeningError) -> None:
    """Add the reason for a failed run to the step's summary."""
    reasons = "".join(f"- {escape_markdown(f'{each} {each.hint}')}\n" for each in each_of(error))
    summarize_text(f"### Now Listening\n\n{reasons}")


def summarize_text(markdown: str) -> None:
    """Add Markdown to the step's summary."""
    with _tolerated("GITHUB_STEP_SUMMARY"):
        actions.add_to_summary(markdown)


@contextmanager
def _tolerated(variable: str) -> Iterator[None]:
    """Warn instead of failing if the file that a variable names can't be written."""
    try:
        yield
    except OSError as error:
        terminal.report("warning", f"{variable} can't be written: {error.strerror}.")
