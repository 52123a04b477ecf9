"""What the archive adds to a run: the week before, to compare with; this week's snapshot; the chart."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from exporter.archive import chart, snapshots
from exporter.config.schema import Config, PrivacySettings
from exporter.errors import SetupError
from exporter.files import Store
from exporter.models import (
    ArchivedArtist,
    ArchivedTrack,
    Artist,
    ChartDocument,
    Documents,
    Failed,
    Item,
    Kept,
    Listening,
    Snapshot,
    TimeRange,
    Track,
)
from exporter.privacy import hides, hides_kept, without_hidden

DEPTH = 50
"""How many of a list are kept, whatever is shown."""


class History(Struct, frozen=True, kw_only=True):
    """What is remembered, as far as it may be seen; `files` is the snapshot that is taken, if one is.

    `before` is the week to compare the shown lists with, `damaged` what could not be read.
    """

    before: Snapshot | None = None
    chart: ChartDocument | None = None
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
    afresh: bool = False,
) -> History:
    """Take this week's snapshot when it is time, and read what is needed of the others: mostly one.

    All are read when one is taken, and when the chart among the `documents` of before is missing, of another
    week than the newest snapshot, or shows what is hidden now; or when it is to be computed `afresh`. Where
    no snapshot can be read, that chart stays, without what is hidden.
    """
    if not config.has("chart"):
        return History()
    week = snapshots.week_of(now, config.timezone)
    weeks = _recorded(config, store)
    earlier = [each for each in weeks if each < week][-1:]
    taken = _take(config, listening, week, now) if not weeks or weeks[-1] < week else None
    items = [*listening.items, *documents.items]
    known = documents.chart
    shown = known and without_hidden(known, hides_kept(config.privacy, items, _all(known)))
    is_current = known and not taken and [known.week] == weeks[-1:] and shown == known and not afresh
    found, damaged = _read(config, store, earlier if is_current else weeks)
    seen = _without_hidden(found | ({week: taken} if taken else {}), config.privacy, items)
    return History(
        before=seen.get(earlier[0]) if earlier else None,
        chart=chart.compute([*seen.values()], now) if seen and not is_current else shown,
        files={_path(config, week): snapshots.encode(taken)} if taken else {},
        damaged=tuple(damaged),
        warnings=tuple(_early(config, listening, week, weeks)),
    )


def forget(
    config: Config, store: Store, name: str, documents: Documents
) -> tuple[dict[str, bytes], list[SetupError]]:
    """Write the snapshots again that hold what goes by `name`, without it; and tell which can't be read."""
    found, damaged = _read(config, store, _recorded(config, store))
    left = _without_hidden(found, PrivacySettings(exclude=(name,)), [*documents.items])
    rewritten = {
        _path(config, week): snapshots.encode(left[week]) for week in found if left[week] != found[week]
    }
    return rewritten, damaged


def audit(config: Config, store: Store) -> tuple[int, list[SetupError]]:
    """Read the whole archive: count the weeks that are sound, and tell of the others."""
    found, damaged = _read(config, store, _recorded(config, store))
    return len(found), damaged


def _recorded(config: Config, store: Store) -> list[str]:
    return snapshots.weeks_among(store.names(config.output_path(snapshots.FOLDER)))


def _path(config: Config, week: str) -> str:
    return config.output_path(snapshots.file_of(week))


def _read(config: Config, store: Store, weeks: Iterable[str]) -> tuple[dict[str, Snapshot], list[SetupError]]:
    found: dict[str, Snapshot] = {}
    damaged: list[SetupError] = []
    for week in weeks:
        path = _path(config, week)
        try:
            found[week] = snapshots.decode(store.read(path) or b"", week, path)
        except SetupError as error:
            damaged.append(error)
    return found, damaged


def tells_of(name: str, documents: Documents) -> bool:
    """Whether anything in the documents goes by `name`."""
    only = PrivacySettings(exclude=(name,))
    items, known = [*documents.items], documents.chart
    rows = [*_all(known)] if known else []
    return any(map(hides(only), items)) or any(map(hides_kept(only, items, rows), rows))


def _early(config: Config, listening: Listening, week: str, weeks: Sequence[str]) -> Iterator[str]:
    if weeks and weeks[-1] > week and (listening.top_artists or listening.top_tracks):
        yield (
            f"{_path(config, weeks[-1])}: This is of a later week than {week}, so no snapshot is taken. "
            "If a clock was wrong, delete it."
        )


def _take(config: Config, listening: Listening, week: str, now: datetime) -> Snapshot | None:
    """Make a snapshot of what may be seen, if every list that is configured came fresh."""
    hidden = hides(config.privacy)
    artists: dict[TimeRange, tuple[ArchivedArtist, ...]] = {}
    tracks: dict[TimeRange, tuple[ArchivedTrack, ...]] = {}
    for span in config.plan.top_artists:
        items = listening.top_artists.get(span)
        if items is None or isinstance(items, Failed):
            return None
        artists[span] = tuple(_archived_artist(item) for item in items if not hidden(item))[:DEPTH]
    for span in config.plan.top_tracks:
        songs = listening.top_tracks.get(span)
        if songs is None or isinstance(songs, Failed):
            return None
        tracks[span] = tuple(_archived_track(song) for song in songs if not hidden(song))[:DEPTH]
    if config.skips(snapshots.file_of(week)):
        return None
    return Snapshot(
        schema_version=1, week=week, taken_at=now, timezone=config.timezone, artists=artists, tracks=tracks
    )


def _archived_artist(artist: Artist) -> ArchivedArtist:
    return ArchivedArtist(id=artist.id, name=artist.name)


def _archived_track(track: Track) -> ArchivedTrack:
    return ArchivedTrack(
        id=track.id, name=track.name, artists=tuple(artist.name for artist in track.artists if artist.name)
    )


def _without_hidden(
    recorded: Mapping[str, Snapshot], privacy: PrivacySettings, items: Iterable[Item]
) -> dict[str, Snapshot]:
    kept = [item for snapshot in recorded.values() for item in _all(snapshot)]
    hidden = hides_kept(privacy, items, kept)
    return {week: without_hidden(snapshot, hidden) for week, snapshot in recorded.items()}


def _all(document: Snapshot | ChartDocument) -> Iterator[Kept]:
    for items in [*document.artists.values(), *document.tracks.values()]:
        yield from items
