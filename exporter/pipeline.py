"""The job: what was exported before, and what Spotify says now → the files as they are to be."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from exporter import documents
from exporter.archive import history
from exporter.config.schema import Config
from exporter.errors import AccountError, NowListeningError, SetupError, UnavailableError
from exporter.files import Store
from exporter.models import DOCUMENTS, Documents, Failed, Listening, Plan
from exporter.render import plan as layout
from exporter.render.plan import Layout
from exporter.render.report import Report
from exporter.render.templates import Templates


class Shortfall(Struct, frozen=True):
    """What could not be refreshed, by name, and the one reason."""

    names: tuple[str, ...]
    error: NowListeningError


class Result(Struct, frozen=True, kw_only=True):
    """What a run came to: all files by path, what templates saw, and what is amiss.

    `shortfalls` are what could not be refreshed, `damaged` the snapshots that could not be read.
    """

    files: Mapping[str, bytes]
    report: Report
    shortfalls: tuple[Shortfall, ...]
    damaged: tuple[SetupError, ...]
    warnings: tuple[str, ...]


def export(
    config: Config,
    templates: Templates,
    store: Store,
    fetch: Callable[[Plan], Listening],
    now: datetime,
    *,
    weekly_sections: bool = False,
) -> Result:
    """Fetch what is configured, and render it; what could not be fetched stays as it was.

    With `weekly_sections`, sections with text in them stay as they are but in the run that takes the week's
    snapshot.

    Raises:
        SetupError: a template, a marker or a file is wrong; all but a template's run-time error are
            found before `fetch` is called.
        AccountError, UnavailableError: nothing could be fetched.
    """
    prepared = layout.prepare(config, templates, store)
    before, damaged = _read_documents(config, store)
    listening = fetch(config.plan) if config.plan else Listening()
    missed = shortfalls(listening)
    if missed and sum(len(shortfall.names) for shortfall in missed) == len(config.plan):
        raise _nothing_fetched(missed)
    result = _rendered(prepared, store, before, listening, now, weekly_sections=weekly_sections)
    warnings = (
        *result.warnings,
        *(f"{error} It is written anew." for error in damaged),
        *_leftovers(config, store, result.files),
    )
    return replace(result, shortfalls=missed, warnings=warnings)


def render(config: Config, templates: Templates, store: Store, now: datetime) -> Result:
    """Render what was last exported, as the settings and templates are now.

    Raises:
        SetupError: a template, a marker or a file is wrong, or nothing was exported yet.
    """
    prepared = layout.prepare(config, templates, store)
    before, damaged = _read_documents(config, store)
    if damaged:
        raise damaged[0]
    if before == Documents():
        raise SetupError(
            f"Nothing has been exported to {config.output}/data yet.",
            hint="Run `now-listening export` first.",
        )
    return _rendered(prepared, store, before, Listening(), now)


def forget(config: Config, templates: Templates, store: Store, name: str, now: datetime) -> Result:
    """Rewrite the snapshots without what goes by `name`, and render all else as if it were excluded.

    There are no files in the result when nothing goes by it.

    Raises:
        SetupError: a template, a marker or a file is wrong.
    """
    hiding = replace(config, privacy=replace(config.privacy, exclude=(*config.privacy.exclude, name)))
    prepared = layout.prepare(hiding, templates, store)
    before, _ = _read_documents(hiding, store)
    rewritten, damaged = history.forget(config, store, name, before)
    result = _rendered(prepared, store, before, Listening(), now, afresh=True)
    files = {**result.files, **rewritten} if rewritten or history.tells_of(name, before) else {}
    warnings = (*result.warnings, *_leftovers(config, store, result.files))
    return replace(result, files=files, damaged=tuple(damaged), warnings=warnings)


def _rendered(
    prepared: Layout,
    store: Store,
    before: Documents,
    listening: Listening,
    now: datetime,
    *,
    afresh: bool = False,
    weekly_sections: bool = False,
) -> Result:
    past = history.remember(prepared.config, store, listening, before, now, afresh=afresh)
    view = prepared.view(documents.compose(before, listening, past, prepared.config, now))
    return Result(
        files={**prepared.render(view, only_blank=weekly_sections and not past.files), **past.files},
        report=view,
        shortfalls=(),
        damaged=past.damaged,
        warnings=(*prepared.warnings, *past.warnings),
    )


def _read_documents(config: Config, store: Store) -> tuple[Documents, list[SetupError]]:
    """Read back what is configured; a document that is not as it should be counts as absent."""
    found: dict[str, Any] = {}
    damaged = []
    for name, kind in DOCUMENTS.items():
        path = config.output_path(f"data/{name}.json")
        content = store.read(path) if config.has(name) else None
        if content is None:
            continue
        try:
            found[name] = msgspec.json.decode(content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            damaged.append(
                SetupError(f"This is damaged: {error}.", hint="Run `now-listening export`.", place=path)
            )
    return Documents(**found), damaged


def damaged_documents(config: Config, store: Store) -> list[SetupError]:
    """Tell which documents of before can't be read."""
    return _read_documents(config, store)[1]


def _leftovers(config: Config, store: Store, files: Mapping[str, bytes]) -> Iterator[str]:
    """Tell of documents that are not written, and still there: nothing cleans them any more."""
    for name in DOCUMENTS:
        path = config.output_path(f"data/{name}.json")
        if path not in files and store.read(path) is not None:
            yield f"{path}: This is from before, and not kept up to date any more: delete it if it should go."


def shortfalls(listening: Listening) -> tuple[Shortfall, ...]:
    """Bring together what failed for the same reason."""
    names: dict[tuple[str, str], list[str]] = {}
    errors: dict[tuple[str, str], NowListeningError] = {}
    for name, answer in listening.answers.items():
        if isinstance(answer, Failed):
            reason = (answer.error.message, answer.error.hint)
            names.setdefault(reason, []).append(name)
            errors.setdefault(reason, answer.error)
    return tuple(Shortfall(tuple(group), errors[reason]) for reason, group in names.items())


def _nothing_fetched(missed: Sequence[Shortfall]) -> AccountError | UnavailableError:
    """Choose the reason to tell: one that needs a person, if there is one."""
    errors = [shortfall.error for shortfall in missed]
    for error in errors:
        if isinstance(error, AccountError):
            return error
    return UnavailableError(f"Nothing could be fetched: {errors[0].message}", hint=errors[0].hint)
