"""Pure: compute the chart from snapshots: positions, peaks, weeks on chart, movement."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from msgspec.structs import asdict

from exporter.archive.identity import Archived, Follower
from exporter.models import Movement
from exporter.records import CHARTED, ArchivedTrack, ChartArtist, ChartDocument, ChartTrack, Snapshot
from exporter.sources import SOURCES
from exporter.sources.about import About, Listed

RECORDED_WEEKS = 12
"""How many weeks of positions the chart has."""

ChartRow = ChartArtist | ChartTrack


def movements(entries: Sequence[Archived], before: Sequence[Archived] | None) -> list[Movement | None]:
    """Compare a list with an earlier week's; None is a missing list, or what has neither id nor name."""
    if before is None:
        return [None] * len(entries)
    places = Follower(entries).places(before)
    return [_movement(*each) for each in zip(entries, count(1), places, strict=False)]


def _movement(entry: Archived, place: int, before: int | None) -> Movement | None:
    if not (entry.id or entry.name):
        return None
    if before is None:
        return Movement(kind="new", places=0)
    rise = before - place
    if rise == 0:
        return Movement(kind="same", places=0)
    return Movement(kind="up" if rise > 0 else "down", places=abs(rise))


def compute(snapshots: Sequence[Snapshot], now: datetime) -> ChartDocument:
    """Compute the chart of the newest snapshot; `snapshots` holds at least one, oldest first."""
    newest = snapshots[-1]
    about = SOURCES[newest.source]
    lists: dict[str, Any] = {
        name: {
            span: tuple(_rows(entries, [getattr(week, name).get(span) for week in snapshots], about))
            for span, entries in getattr(newest, name).items()
        }
        for name in CHARTED
    }
    return ChartDocument(
        schema_version=1,
        source=newest.source,
        user=newest.user,
        updated_at=now,
        week=newest.week,
        previous_week=snapshots[-2].week if len(snapshots) > 1 else None,
        weeks=tuple(snapshot.week for snapshot in snapshots[-RECORDED_WEEKS:]),
        **lists,
    )


def _rows(
    entries: Sequence[Archived], lists: Sequence[Sequence[Archived] | None], about: About
) -> Iterator[ChartRow]:
    """Yield the rows of the newest list; `lists` has each week's list, oldest first (None: missing)."""
    before = lists[-2] if len(lists) > 1 else None
    follower = Follower(entries)
    weeks = [follower.places(week or ()) for week in reversed(lists[:-1])]
    moves = movements(entries, before)
    for index, entry in enumerate(entries):
        places = [*(week[index] for week in reversed(weeks)), index + 1]
        held = [place for place in places if place]
        row = ChartTrack if isinstance(entry, ArchivedTrack) else ChartArtist
        yield row(
            **asdict(entry),
            url=_page(entry, about),
            position=index + 1,
            last_week=places[-2] if before else None,
            peak=min(held),
            weeks=len(held),
            movement=moves[index],
            history=tuple(places[-RECORDED_WEEKS:]),
        )


def _page(entry: Archived, about: About) -> str | None:
    if isinstance(entry, ArchivedTrack):
        listed = Listed(kind="track", id=entry.id, name=entry.name, artists=entry.artists)
    else:
        listed = Listed(kind="artist", id=entry.id, name=entry.name)
    return about.link(about.page(listed))
