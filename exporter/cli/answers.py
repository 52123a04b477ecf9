"""What `--json` prints: one document for other programs; docs/schemas has their shapes."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import Literal

import click
from msgspec import Struct, to_builtins

from exporter.cli.messages import TokenLeft
from exporter.errors import Level, NowListeningError, SetupError, each_of
from exporter.files import Change
from exporter.pipeline import Result
from exporter.setup.finding import Finding, trouble


class _Told(Struct, frozen=True, kw_only=True):
    what: str
    hint: str | None
    place: str | None


class Problem(_Told, frozen=True, kw_only=True):
    """Something to look at, and what to do; `place` is a file or its line, such as `README.md:12`."""

    level: Level


class Found(_Told, frozen=True, kw_only=True):
    """A fact, and what to do if it is not `ok`; `place` is a file or its line, such as `README.md:12`."""

    level: Literal["ok", "notice", "warning", "error"]


class CheckAnswer(Struct, frozen=True, kw_only=True):
    """What `check --json` prints; `exit_code` is the command's."""

    schema_version: Literal[1] = 1
    exit_code: int
    findings: tuple[Found, ...]


class ChangedFile(Struct, frozen=True, kw_only=True):
    """A file that is written, or with `--dry-run` would be, and how long it then is."""

    path: str
    is_new: bool
    bytes: int


class ExportAnswer(Struct, frozen=True, kw_only=True):
    """What `export --json` prints; `exit_code` is the command's.

    `kept` names what could not be refreshed, such as `top_tracks (short_term)`. `token_days_left` is null if
    no token ends, or if it is unknown when.
    """

    schema_version: Literal[1] = 1
    exit_code: int
    changes: tuple[ChangedFile, ...] = ()
    kept: tuple[str, ...] = ()
    token_days_left: int | None = None
    problems: tuple[Problem, ...] = ()


ANSWERS = {"check": CheckAnswer, "export": ExportAnswer}
"""The type of each command's document."""


def of_check(findings: Sequence[Finding], code: int) -> CheckAnswer:
    """Answer with what was found."""
    found = (
        Found(level=each.level or "ok", what=each.fact, hint=each.hint or None, place=each.place)
        for each in findings
    )
    return CheckAnswer(exit_code=code, findings=tuple(found))


def of_export(result: Result, changes: Sequence[Change], left: TokenLeft, code: int) -> ExportAnswer:
    """Answer with what a completed run changed, and what went wrong."""
    return ExportAnswer(
        exit_code=code,
        changes=tuple(
            ChangedFile(path=each.path, is_new=each.before is None, bytes=len(each.after)) for each in changes
        ),
        kept=tuple(name for shortfall in result.shortfalls for name in shortfall.names),
        token_days_left=left.days,
        problems=tuple(_problems(result, left)),
    )


def _problems(result: Result, left: TokenLeft) -> Iterator[Problem]:
    for warning in result.warnings:
        yield Problem(level="warning", what=warning, hint=None, place=None)
    for error in result.damaged:
        yield _problem("warning", error)
    for error in result.failed:
        yield _problem("error", error)
    for shortfall in result.shortfalls:
        yield _problem(shortfall.level, shortfall.error)
    if left.level:
        yield Problem(level=left.level, what=left.sentence, hint=left.hint, place=None)


def _problem(level: Level, error: NowListeningError) -> Problem:
    return Problem(level=level, what=error.message, hint=error.hint, place=error.place)


def failed(command: str, error: NowListeningError) -> Struct:
    """Answer that a command could not do its work."""
    if command == "check":
        return of_check(trouble(error), error.exit_code)
    problems = tuple(_problem("error", each) for each in each_of(error))
    return ExportAnswer(exit_code=error.exit_code, problems=problems)


@contextmanager
def answering(command: str, *, as_json: bool) -> Iterator[Callable[[Struct], None]]:
    """With `as_json`, print only the document that is handed over; what people read goes to standard error.

    If the command fails, the document says why.
    """
    given: list[Struct] = []
    if not as_json:
        yield given.append
        return
    try:
        with redirect_stdout(sys.stderr):
            yield given.append
    except NowListeningError as error:
        _print(failed(command, error))
        raise
    _print(*given)


def _print(document: Struct) -> None:
    """Print a document in ASCII, which any encoding can show; no title in it can act as a command."""
    text = json.dumps(to_builtins(document), indent=2)
    click.echo(text.replace("##[", r"#\u0023["))


def to_wrong_usage(error: click.ClickException, words: Sequence[str]) -> None:
    """Answer a command that was called in a wrong way, if `--json` was among its words."""
    command = error.ctx.command.name if isinstance(error, click.UsageError) and error.ctx else None
    if command in ANSWERS and "--json" in words:
        hint = f"Run `now-listening {command} --help`."
        _print(failed(command, SetupError(error.format_message(), hint=hint)))


json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document, for other programs."
)
"""The option that makes a command answer so."""
