"""Pure: filters for lists of items: their pictures, plays in a row, and the weeks between two charts."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import Any

from msgspec import Struct

from exporter.models import Image, Instant, Play, Track


class Repeated(Struct, frozen=True, kw_only=True):
    """Plays of one track in a row: how many `times`, and when the newest ended."""

    item: Track
    played_at: Instant
    times: int


def picture(item: Any, width: int, among: Collection[Any] = ()) -> Image | None:
    """Choose an item's smallest picture that is at least `width` pixels wide, else its widest.

    A chart's row has no pictures: it takes one of the item with the same id in `among`.
    """
    same = (each for each in among if item.id and each.id == item.id)
    images = getattr(item if hasattr(item, "images") else next(same, None), "images", ())
    wide = [image for image in images if (image.width or 0) >= width]  # `images` are widest first
    return wide[-1] if wide else next(iter(images), None)


def pictures(items: Iterable[Any], width: int, among: Collection[Any] = ()) -> list[Image | None]:
    """Choose the picture of each item, as `picture` does; the list is empty if none has one."""
    chosen = [picture(item, width, among) for item in items]
    return chosen if any(chosen) else []


def repeats(plays: Iterable[Play]) -> list[Repeated]:
    """Join the plays of one track in a row."""
    groups = (list(group) for _, group in groupby(plays, lambda play: _identity(play.item)))
    return [
        Repeated(item=newest.item, played_at=newest.played_at, times=1 + len(older))
        for newest, *older in groups
    ]


def one_per_album(tracks: Iterable[Track]) -> list[Track]:
    """Keep the first track of each album; one whose album is unknown stands for itself."""
    firsts: dict[object, Track] = {}
    for track in tracks:
        firsts.setdefault(_album(track), track)
    return list(firsts.values())


def _album(track: Track) -> object:
    artists = tuple(artist.name for artist in track.artists)
    return track.album.id or (track.album.name, artists if track.album.name else track.id or track.name)


def _identity(track: Track) -> object:
    return track.id or (track.name, tuple(artist.name for artist in track.artists))


def weeks_since(week: str, earlier: str) -> int:
    """Count the weeks from an earlier ISO week, such as `2026-W47`."""
    return (_monday(week) - _monday(earlier)).days // 7


def _monday(week: str) -> date:
    year, _, number = str(week).partition("-W")
    return date.fromisocalendar(int(year), int(number), 1)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "one_per_album": one_per_album,
    "picture": picture,
    "pictures": pictures,
    "repeats": repeats,
    "weeks_since": weeks_since,
}
"""The filters by name."""
