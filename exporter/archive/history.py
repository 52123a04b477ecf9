"""What the archive adds to a run: this week's snapshot, the week before to compare with, and the chart."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from exporter.archive import snapshots
from exporter.archive.chart import Charts
from exporter.config.schema import Config
from exporter.errors import SetupError
from exporter.files import Store
from exporter.models import Listening, NotCalculated, Query
from exporter.records import ARCHIVE, TOP_LISTS, ChartDocument, Documents, Snapshot

DEPTH = 50
"""How many entries of a list a snapshot keeps, however many are shown."""

LONG = 20
"""A list with this many entries does not become empty by listening to less."""

Weeks = dict[str, Snapshot]
"""Snapshots by week, oldest first."""


class History(Struct, frozen=True, kw_only=True):
    """What the archive adds to a run.

    `before` is the snapshot to compare the shown lists with; `files` holds the new snapshot, if one is taken.
    `charts` are of all weeks from the current source, with the new one; None if their snapshots were not all
    read, or none could be. `damaged` has an error for each snapshot that could not be read.
    """

    before: Snapshot | None = None
    chart: ChartDocument | None = None
    charts: Charts | None = None
    files: Mapping[str, bytes] = {}
    damaged: tuple[SetupError, ...] = ()
    warnings: tuple[str, ...] = ()


def remember(
    config: Config,
    store: Store,
    listening: Listening,
    documents: Documents,
    now: datetime,
    *,
    visible: Callable[[Weeks], Weeks],
    afresh: bool,
    awaited: Callable[[str | None], bool] = lambda _: False,
    empty: Collection[Query] = (),
) -> History:
    """Take this week's snapshot if it is due, and compute the chart if it is not known from the `documents`.

    All snapshots are read if one is taken, if the known chart is missing or not of the newest snapshot's
    week, if it must be computed `afresh`, or if they are `awaited`, which is asked with the newest week;
    other runs only read the newest one of an earlier week. If none can be read, the known chart stays.
    `visible` removes hidden entries from snapshots. None is taken while a list that was long in the newest
    one is among those that the source sent `empty`.
    """
    if not config.has("chart"):
        return History()
    week = snapshots.week_of(now, config.timezone)
    weeks = _recorded(config, store)
    earlier = [each for each in weeks if each < week][-1:]
    lost = _lost(config, store, weeks, empty)
    taken = {} if lost or (weeks and weeks[-1] >= week) else _take(config, listening, week, now)
    known = documents.chart
    is_current = known and not taken and [known.week] == weeks[-1:] and not afresh
    needs_all = not is_current or awaited(weeks[-1] if weeks else None)
    found, damaged = _read(config, store, weeks if needs_all else earlier)
    ours = {each: snapshot for each, snapshot in found.items() if config.is_from_here(snapshot)}
    seen = visible(ours | taken)
    charts = Charts([*seen.values()]) if needs_all and (seen or not (known or damaged)) else None
    if charts and seen and not is_current:
        known = replace(charts.of(len(seen) - 1), updated_at=now)
    return History(
        before=seen.get(earlier[0]) if earlier else None,
        chart=known,
        charts=charts,
        files=written(config, taken),
        damaged=tuple(damaged),
        warnings=(*_early(config, listening, week, weeks), *_newly_lost(lost, documents)),
    )


def read_all(config: Config, store: Store) -> tuple[Weeks, list[SetupError]]:
    """Read all snapshots, and return them with the errors of damaged ones."""
    return _read(config, store, _recorded(config, store))


def unused(config: Config, store: Store, now: datetime) -> Iterator[SetupError]:
    """List an error for a snapshot of a later week, and for each file that is named almost like one."""
    folder = config.output_path(ARCHIVE)
    for name in snapshots.misnamed(store.names(folder)):
        yield SetupError(
            "This is not the name of a week, so the file is left out.",
            hint="Name it like 2026-W48.json, or move it out of the archive.",
            place=f"{folder}/{name}",
        )
    if config.has("chart"):
        yield from _later(config, snapshots.week_of(now, config.timezone), _recorded(config, store))


def written(config: Config, weeks: Weeks) -> dict[str, bytes]:
    """Encode snapshots as files, by path."""
    return {_path(config, week): snapshots.encode(snapshot) for week, snapshot in weeks.items()}


def _recorded(config: Config, store: Store) -> list[str]:
    """List the weeks that have a snapshot, oldest first."""
    return snapshots.weeks_among(store.names(config.output_path(ARCHIVE)))


def _read(config: Config, store: Store, weeks: Iterable[str]) -> tuple[Weeks, list[SetupError]]:
    """Read the snapshots of some weeks, and return them with the errors of damaged ones."""
    found: Weeks = {}
    damaged: list[SetupError] = []
    for week in weeks:
        path = _path(config, week)
        try:
            found[week] = snapshots.decode(store.read(path) or b"", week, path)
        except SetupError as error:
            damaged.append(error)
    return found, damaged


def _path(config: Config, week: str) -> str:
    return config.output_path(snapshots.file_of(week))


def _early(config: Config, listening: Listening, week: str, weeks: Sequence[str]) -> tuple[str, ...]:
    if not any(query.document in TOP_LISTS for query in listening.answers):
        return ()
    return tuple(f"{error} {error.hint}" for error in _later(config, week, weeks))


def _later(config: Config, week: str, weeks: Sequence[str]) -> list[SetupError]:
    """List an error if the newest snapshot is later than a week."""
    return [
        SetupError(
            f"This snapshot is later than {week}, so no new one is taken.",
            hint="If a clock was wrong, delete it.",
            place=_path(config, newest),
        )
        for newest in weeks[-1:]
        if newest > week
    ]


def _lost(config: Config, store: Store, weeks: Sequence[str], empty: Collection[Query]) -> list[Query]:
    """List the queries that came empty, though the newest sound snapshot has a long list for them."""
    newest = _newest(config, store, weeks) if empty else None
    lists = {name: getattr(newest, kind, {}) for name, kind in TOP_LISTS.items()}
    return [query for query in empty if len(lists.get(query.document, {}).get(query.time_range, ())) >= LONG]


def _newest(config: Config, store: Store, weeks: Sequence[str]) -> Snapshot | None:
    for week in reversed(weeks):
        found, _ = _read(config, store, [week])
        if found:
            return found[week] if config.is_from_here(found[week]) else None
    return None


def _newly_lost(lost: Iterable[Query], documents: Documents) -> Iterator[str]:
    """Warn of each lost list once: in the run that empties it in its document."""
    for query in lost:
        shown = getattr(getattr(documents, query.document), "time_ranges", {})
        if shown.get(query.time_range) != ():
            yield (
                f"{query} came back empty, but the newest snapshot has at least {LONG} entries for it. "
                "It is shown empty, and no snapshot is taken until it has entries again."
            )


def _take(config: Config, listening: Listening, week: str, now: datetime) -> Weeks:
    """Make the week's snapshot, if every configured list was fetched, but for what was not calculated."""
    lists: dict[str, Any] = {name: {} for name in TOP_LISTS.values()}
    for query in config.plan:
        if query.document in TOP_LISTS and listening.answers.get(query) != NotCalculated():
            items = listening.fresh(query.document, query.time_range)
            if items is None:
                return {}
            lists[TOP_LISTS[query.document]][query.time_range] = tuple(map(snapshots.kept, items[:DEPTH]))
    if not any(lists.values()) or config.skips(snapshots.file_of(week)):
        return {}
    snapshot = Snapshot(
        schema_version=1,
        source=config.about.key,
        user=config.user,
        week=week,
        taken_at=now,
        timezone=config.timezone,
        **lists,
    )
    return {week: snapshot}
