"""Pure: filters for lists of items: their pictures, plays in a row, and the weeks between two charts."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import Any

from msgspec import Struct

from exporter.models import Album, Image, Instant, Play, Track
from exporter.text import folded_names


class Repeated(Struct, frozen=True, kw_only=True):
    """Plays of one track in a row: how many `times`, and when the newest ended."""

    item: Track
    played_at: Instant
    times: int


def picture(item: Any, width: int, among: Collection[Any] = ()) -> Image | None:
    """Choose an item's smallest picture that is at least `width` pixels wide, else its widest.

    A chart's row has no pictures: it takes one of the same item in `among`.
    """
    same = (each for each in among if _is_same(each, item))
    images = getattr(item if hasattr(item, "images") else next(same, None), "images", ())
    wide = [image for image in images if (image.width or 0) >= width]  # `images` are widest first
    return wide[-1] if wide else next(iter(images), None)


def pictures(items: Iterable[Any], width: int, among: Collection[Any] = ()) -> list[Image | None]:
    """Choose the picture of each item, as `picture` does; the list is empty if none has one."""
    chosen = [picture(item, width, among) for item in items]
    return chosen if any(chosen) else []


def row_of(item: Any, rows: Iterable[Any]) -> Any:
    """Find the chart's row of an item: None if it has none."""
    return next((row for row in rows if _is_same(row, item)), None)


def _is_same(one: Any, other: Any) -> bool:
    """Whether two entries of lists of one kind are the same: by id, or where one has none, by names."""
    if one.id and other.id:
        return bool(one.id == other.id)
    return bool(one.name) and one.name == other.name and _artists(one) == _artists(other)


def _artists(entry: Any) -> tuple[str, ...]:
    return folded_names(getattr(entry, "artists", ()))


def repeats(plays: Iterable[Play]) -> list[Repeated]:
    """Join the plays of one track in a row."""
    groups = (list(group) for _, group in groupby(plays, lambda play: _identity(play.item)))
    return [
        Repeated(item=newest.item, played_at=newest.played_at, times=1 + len(older))
        for newest, *older in groups
    ]


def one_per_album(items: Iterable[Track | Album]) -> list[Track | Album]:
    """Keep the first track of each album; one whose album is unknown, or an album, stands for itself."""
    firsts: dict[object, Track | Album] = {}
    for item in items:
        firsts.setdefault(_album(item), item)
    return list(firsts.values())


def _album(item: Track | Album) -> object:
    album = item.album if isinstance(item, Track) else item
    artists = tuple(artist.name for artist in item.artists)
    return album.id or (album.name, artists if album.name else item.id or item.name)


def _identity(track: Track) -> object:
    return track.id or (track.name, tuple(artist.name for artist in track.artists))


def weeks_since(week: str, earlier: str) -> int:
    """Count the weeks from an earlier ISO week, such as `2026-W47`."""
    return (_monday(week) - _monday(earlier)).days // 7


def _monday(week: str) -> date:
    year, _, number = str(week).partition("-W")
    return date.fromisocalendar(int(year), int(number), 1)


FILTERS: Mapping[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (one_per_album, picture, pictures, repeats, row_of, weeks_since)
}
"""The filters by name."""
