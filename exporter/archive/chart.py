"""Pure: snapshots → positions, peaks, weeks on chart, movement.

Everything is compared by Spotify's id; what has none (a local file) is never the same as another.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec.structs import asdict

from exporter.models import (
    ArchivedArtist,
    ArchivedTrack,
    ChartArtist,
    ChartDocument,
    ChartTrack,
    Link,
    Movement,
    Snapshot,
    Standing,
)

RECORDED_WEEKS = 12
"""The chart tells this many weeks of each position."""

T = TypeVar("T", ArchivedArtist, ArchivedTrack)

Positions = Mapping[str, int]
"""Places in a list by id, from 1."""


def positions(ids: Sequence[str | None]) -> Positions:
    """Number a list; where an id stands twice, its better place counts."""
    places: dict[str, int] = {}
    for place, id_ in enumerate(ids, start=1):
        if id_ is not None:
            places.setdefault(id_, place)
    return places


def movement(id_: str | None, place: int, before: Positions | None) -> Movement | None:
    """Tell how an item came to its place; None where there is nothing to compare with."""
    if id_ is None or before is None:
        return None
    if id_ not in before:
        return Movement(kind="new", places=0)
    rise = before[id_] - place
    if rise == 0:
        return Movement(kind="same", places=0)
    return Movement(kind="up" if rise > 0 else "down", places=abs(rise))


def compute(snapshots: Sequence[Snapshot], now: datetime) -> ChartDocument:
    """Make the chart of the newest snapshot; `snapshots` are oldest first, and at least one."""
    newest = snapshots[-1]
    return ChartDocument(
        schema_version=1,
        updated_at=now,
        week=newest.week,
        previous_week=snapshots[-2].week if len(snapshots) > 1 else None,
        weeks=tuple(snapshot.week for snapshot in snapshots[-RECORDED_WEEKS:]),
        artists={
            span: tuple(
                ChartArtist(**asdict(standing), id=item.id, name=item.name, url=_link("artist", item.id))
                for item, standing in _standings(items, [week.artists.get(span) for week in snapshots])
            )
            for span, items in newest.artists.items()
        },
        tracks={
            span: tuple(
                ChartTrack(
                    **asdict(standing),
                    id=item.id,
                    name=item.name,
                    url=_link("track", item.id),
                    artists=item.artists,
                )
                for item, standing in _standings(items, [week.tracks.get(span) for week in snapshots])
            )
            for span, items in newest.tracks.items()
        },
    )


def _standings(items: Sequence[T], lists: Sequence[Sequence[T] | None]) -> Iterator[tuple[T, Standing]]:
    """Tell of each item of the newest list how it stands, there and in the lists before (None: no list)."""
    weeks = [positions([item.id for item in each]) if each is not None else None for each in lists]
    before = weeks[-2] if len(weeks) > 1 else None
    for place, item in enumerate(items, start=1):
        places = [week.get(item.id) if week and item.id else None for week in weeks[:-1]] + [place]
        held = [held for held in places if held]
        yield (
            item,
            Standing(
                position=place,
                last_week=places[-2] if before else None,
                peak=min(held),
                weeks=len(held),
                movement=movement(item.id, place, before),
                history=tuple(places[-RECORDED_WEEKS:]),
            ),
        )


def _link(kind: str, id_: str | None) -> str | None:
    try:
        return msgspec.convert(id_ and f"https://open.spotify.com/{kind}/{id_}", Link | None)
    except msgspec.ValidationError:
        return None
