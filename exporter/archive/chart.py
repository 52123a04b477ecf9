"""Pure: compute the chart from snapshots: positions, peaks, weeks on chart, movement.

Entries are compared by id; one without an id (a local file) never matches another.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import asdict

from exporter.models import (
    TOP_LISTS,
    ArchivedArtist,
    ArchivedTrack,
    ChartArtist,
    ChartDocument,
    ChartTrack,
    Movement,
    Snapshot,
)
from exporter.text import Link

RECORDED_WEEKS = 12
"""How many weeks of positions the chart has."""

Archived = ArchivedArtist | ArchivedTrack
ChartRow = ChartArtist | ChartTrack

Positions = Mapping[str, int]
"""The place of each id in a list, counted from 1."""


def positions(entries: Sequence[Any]) -> Positions:
    """Map ids to their places in a list; if an id appears twice, its better place counts."""
    places: dict[str, int] = {}
    for place, entry in enumerate(entries, start=1):
        if entry.id is not None:
            places.setdefault(entry.id, place)
    return places


def movement(id_: str | None, place: int, before: Positions | None) -> Movement | None:
    """Compare an item's place with the week before; None if there is nothing to compare with."""
    if id_ is None or before is None:
        return None
    if id_ not in before:
        return Movement(kind="new", places=0)
    rise = before[id_] - place
    if rise == 0:
        return Movement(kind="same", places=0)
    return Movement(kind="up" if rise > 0 else "down", places=abs(rise))


def compute(snapshots: Sequence[Snapshot], now: datetime) -> ChartDocument:
    """Compute the chart of the newest snapshot; `snapshots` holds at least one, oldest first."""
    newest = snapshots[-1]
    lists: dict[str, Any] = {
        name: {
            span: tuple(_rows(entries, [getattr(week, name).get(span) for week in snapshots]))
            for span, entries in getattr(newest, name).items()
        }
        for name in TOP_LISTS.values()
    }
    return ChartDocument(
        schema_version=1,
        updated_at=now,
        week=newest.week,
        previous_week=snapshots[-2].week if len(snapshots) > 1 else None,
        weeks=tuple(snapshot.week for snapshot in snapshots[-RECORDED_WEEKS:]),
        **lists,
    )


def _rows(entries: Sequence[Archived], lists: Sequence[Sequence[Archived] | None]) -> Iterator[ChartRow]:
    """Yield the rows of the newest list; `lists` has each week's list, oldest first (None: missing)."""
    weeks = [None if each is None else positions(each) for each in lists]
    before = weeks[-2] if len(weeks) > 1 else None
    for place, entry in enumerate(entries, start=1):
        places = [week.get(entry.id) if week and entry.id else None for week in weeks[:-1]] + [place]
        held = [held for held in places if held]
        kind, row = ("track", ChartTrack) if isinstance(entry, ArchivedTrack) else ("artist", ChartArtist)
        yield row(
            **asdict(entry),
            url=_link(kind, entry.id),
            position=place,
            last_week=places[-2] if before else None,
            peak=min(held),
            weeks=len(held),
            movement=movement(entry.id, place, before),
            history=tuple(places[-RECORDED_WEEKS:]),
        )


def _link(kind: str, id_: str | None) -> str | None:
    try:
        return msgspec.convert(id_ and f"https://open.spotify.com/{kind}/{id_}", Link | None)
    except msgspec.ValidationError:
        return None
