"""Pure: the newest recorded weeks, each with its chart, for the feed and for a page of each week."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from exporter import REPOSITORY
from exporter.archive.chart import Charts
from exporter.config.schema import Config
from exporter.records import CHARTED, ChartDocument, ChartedWeek, Feed, Snapshot
from exporter.text import folded

MOST_WEEKS = 20
"""How many weeks the feed has."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed without weeks was updated: Atom demands a time, and any other would not stay the same."""


def compose(charts: Charts, config: Config) -> Feed:
    """Make the feed from the charts of all weeks of the settings' source and user."""
    snapshots = charts.snapshots
    oldest = max(0, len(snapshots) - MOST_WEEKS)
    newest = [charts.of(week) for week in range(max(0, oldest - 1), len(snapshots))]
    earlier = [None, *newest] if oldest == 0 else newest
    weeks = [_compared(*pair) for pair in zip(newest[-MOST_WEEKS:], earlier, strict=False)]
    begun = [_instant(snapshots[0].taken_at)] if snapshots else []
    return Feed(
        id=_id("feed", config.about.key, config.user, *begun),
        updated_at=snapshots[-1].taken_at if snapshots else NEVER,
        weeks=tuple(reversed(weeks)),
    )


def charted(snapshots: Iterable[Snapshot], weeks: Collection[str]) -> Iterator[ChartedWeek]:
    """Yield the charts of some weeks, each from all snapshots of the same source and user, oldest first."""
    alike: defaultdict[tuple[str, str], list[Snapshot]] = defaultdict(list)
    for snapshot in snapshots:
        alike[_origin(snapshot)].append(snapshot)
    for charts in map(Charts, alike.values()):
        for week, snapshot in enumerate(charts.snapshots):
            if snapshot.week in weeks:
                yield _compared(charts.of(week), charts.of(week - 1) if week else None)


def _origin(snapshot: Snapshot) -> tuple[str, str]:
    return snapshot.source, folded(snapshot.user or "")


def _compared(now: ChartDocument, before: ChartDocument | None) -> ChartedWeek:
    """Add what is new and what is gone since the week before."""
    new: dict[str, Any] = {name: {} for name in CHARTED}
    left: dict[str, Any] = {name: {} for name in CHARTED}
    for name in CHARTED:
        for span, rows in getattr(now, name).items():
            old = getattr(before, name, {}).get(span, ())
            stayed = {row.last_week for row in rows}
            new[name][span] = tuple(row for row in rows if row.movement and row.movement.kind == "new")
            left[name][span] = tuple(row for row in old if row.position not in stayed)
    fields = {name: getattr(now, name) for name in ChartDocument.__struct_fields__}
    week_id = _id("week", now.source, now.user, now.week, _instant(now.updated_at))
    return ChartedWeek(**fields, id=week_id, new=new, left=left)


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()


def _id(*parts: str | None) -> str:
    """Make an id of what stays the same, whatever the settings say about the site."""
    name = "/".join(folded(part or "") for part in parts)
    return uuid5(NAMESPACE_URL, f"https://github.com/{REPOSITORY}/{name}").urn
