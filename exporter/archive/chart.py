"""Pure: compute the chart from snapshots: positions, peaks, weeks on chart, movement."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from msgspec.structs import asdict

from exporter.archive.identity import Archived, Follower
from exporter.archive.trails import Trails
from exporter.models import Movement
from exporter.records import CHARTED, ArchivedTrack, ChartArtist, ChartDocument, ChartTrack, Snapshot
from exporter.sources import SOURCES
from exporter.sources.about import About, Kind, Listed

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


class Charts:
    """The charts of all weeks, each from the `snapshots` up to it; they are numbered, oldest first."""

    def __init__(self, snapshots: Sequence[Snapshot]) -> None:
        self.snapshots = snapshots
        spans = {(name, span) for each in snapshots for name in CHARTED for span in getattr(each, name)}
        self._trails = {
            (name, span): Trails([getattr(each, name).get(span, ()) for each in snapshots])
            for name, span in spans
        }

    def of(self, week: int) -> ChartDocument:
        """Compute the chart of a week, as it was then: later weeks do not change it."""
        snapshot = self.snapshots[week]
        recorded = self.snapshots[: week + 1][-RECORDED_WEEKS:]
        lists: dict[str, Any] = {
            name: {span: tuple(self._rows(name, span, week)) for span in getattr(snapshot, name)}
            for name in CHARTED
        }
        return ChartDocument(
            schema_version=1,
            source=snapshot.source,
            user=snapshot.user,
            updated_at=snapshot.taken_at,
            week=snapshot.week,
            previous_week=recorded[-2].week if len(recorded) > 1 else None,
            weeks=tuple(each.week for each in recorded),
            **lists,
        )

    def _rows(self, name: str, span: str, week: int) -> Iterator[ChartRow]:
        snapshot = self.snapshots[week]
        about = SOURCES[snapshot.source]
        has_before = week > 0 and span in getattr(self.snapshots[week - 1], name)
        recorded = range(max(0, week + 1 - RECORDED_WEEKS), week + 1)
        for entry, (weeks, places) in zip(
            getattr(snapshot, name)[span], self._trails[name, span].of(week), strict=True
        ):
            recent = dict(zip(weeks[-RECORDED_WEEKS:], places[-RECORDED_WEEKS:], strict=True))
            position, last_week = recent[week], recent.get(week - 1)
            row = ChartTrack if isinstance(entry, ArchivedTrack) else ChartArtist
            yield row(
                **asdict(entry),
                url=_page(entry, about),
                position=position,
                last_week=last_week,
                peak=min(places),
                weeks=len(weeks),
                movement=_movement(entry, position, last_week) if has_before else None,
                history=tuple(map(recent.get, recorded)),
            )


def _page(entry: Archived, about: About) -> str | None:
    kind: Kind = "track" if isinstance(entry, ArchivedTrack) else "artist"
    return about.link(about.page(Listed(kind=kind, id=entry.id, name=entry.name, artists=entry.artists)))
