"""Pure: remove what must be hidden, before anything is stored or shown.

`hides` makes the test from everything that was read and fetched, `without_hidden` applies it, and `rounded`
rounds times down.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from itertools import filterfalse
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from exporter.config.schema import PrivacySettings, TimeStyle
from exporter.exclusions import comparable, doubt
from exporter.models import NOTHING, Album, Artist, Episode, FromPlaylist, Item, NowPlaying, Play, Ref, Track
from exporter.records import ArchivedArtist, ChartArtist, Entry
from exporter.sources import SOURCES
from exporter.text import folded, folded_names

_Hideable = Item | Entry

Hidden = Callable[[_Hideable | FromPlaylist], bool]


def hides(settings: PrivacySettings, *known: object) -> Hidden:
    """Return the test for what must be hidden: excluded items, and explicit ones if the settings say so.

    `exclude` is compared with whole names, ids and URIs, ignoring case. A playlist hides what is fetched with
    it; documents and snapshots do not say where a play came from.

    `known` is everything, before anything is removed. Entries of snapshots and of the chart have no albums,
    no artists' ids and no explicit flag; they are hidden if they have the id (without one, the names) of a
    hidden item in `known`, or name an artist in it whose id is excluded.
    """
    if not (settings.exclude or settings.hide_explicit):
        return lambda _: False
    excluded = {comparable(word) for word in settings.exclude}

    def is_excluded(*names: str | None) -> bool:
        return any(folded(name) in excluded for name in names if name)

    def is_hidden_item(item: Item) -> bool:
        if settings.hide_explicit and getattr(item, "explicit", None):
            return True
        return is_excluded(*_names(item))

    found = [each for value in known for each in _found_in(value)]
    hidden_items = {_identity(item) for item in found if isinstance(item, Item) and is_hidden_item(item)}
    hidden_artists = excluded | {
        folded(artist.name)
        for artist in _artists(found)
        if artist.name and is_excluded(*_ids("artist", artist.id), *_pages(getattr(artist, "url", None)))
    }

    @cache  # many snapshots have the same entries
    def is_hidden_entry(entry: Entry) -> bool:
        is_artist = isinstance(entry, ArchivedArtist | ChartArtist)
        return (
            _identity(entry) in hidden_items
            or is_excluded(entry.name, *_ids("artist" if is_artist else "track", entry.id))
            or any(folded(name) in hidden_artists for name in getattr(entry, "artists", ()))
        )

    def is_hidden(each: _Hideable | FromPlaylist) -> bool:
        if isinstance(each, FromPlaylist):
            uri = comparable(each.playlist)
            return is_excluded(uri, uri.rpartition(":")[2])
        return is_hidden_item(each) if isinstance(each, Item) else is_hidden_entry(each)

    return is_hidden


def without_hidden(value: Any, hidden: Hidden) -> Any:
    """Copy a value without hidden items in its lists; if what is playing is hidden, nothing is playing.

    No playlist is in the copy: `FromPlaylist` gives way to what came from it.
    """
    if isinstance(value, _Hideable):
        return value
    if isinstance(value, FromPlaylist):
        return NOTHING if hidden(value) else without_hidden(value.what, hidden)
    if isinstance(value, NowPlaying):
        is_hidden = value.item is not None and hidden(value.item)
        return replace(value, **asdict(NOTHING)) if is_hidden else value
    if isinstance(value, tuple):
        if value and isinstance(value[0], Entry):  # nearly all of an archive
            return tuple(filterfalse(hidden, value))
        return tuple(without_hidden(part, hidden) for part in value if not any(map(hidden, _found_in(part))))
    return _rebuilt(value, partial(without_hidden, hidden=hidden))


def names(*known: object) -> set[str]:
    """Collect the names of everything that could be hidden, and of their artists, albums and shows."""
    found = [each for value in known for each in _found_in(value) if isinstance(each, _Hideable)]
    parts = [part for each in found if isinstance(each, Item) for _, part in _parts(each)]
    credited = {name for each in found for name in getattr(each, "artists", ()) if isinstance(name, str)}
    return credited | {each.name for each in (*found, *parts) if each.name}


def doubts(settings: PrivacySettings, *known: object) -> Iterator[tuple[int, str, str]]:
    """Yield what looks wrong with entries of `exclude`: the index, what is wrong, and what to do.

    `known` is everything that was exported.
    """
    hidden = hides(settings, *known)
    shown = names(*(without_hidden(value, hidden) for value in known))
    found = set(map(folded, names(*known)))
    for index, word in enumerate(settings.exclude):
        reason = doubt(word, shown) if folded(word) not in found else None
        if reason:
            yield (index, *reason)


def rounded(value: Any, style: TimeStyle) -> Any:
    """Copy a value with every `played_at` in it rounded down."""
    if isinstance(value, _Hideable):
        return value
    if isinstance(value, NowPlaying | Play):
        return replace(value, played_at=value.played_at and style.round_down(value.played_at))
    return _rebuilt(value, partial(rounded, style=style))


def _rebuilt(value: Any, change: Callable[[Any], Any]) -> Any:
    """Apply a change to each part of a value."""
    if isinstance(value, Mapping):
        return {key: change(part) for key, part in value.items()}
    if isinstance(value, tuple):
        return tuple(map(change, value))
    if isinstance(value, Struct):
        return replace(value, **{name: change(getattr(value, name)) for name in value.__struct_fields__})
    return value


def _found_in(value: Any) -> Iterator[_Hideable | FromPlaylist]:
    """Find everything in a value that could be hidden."""
    if isinstance(value, _Hideable):
        yield value
        return
    if isinstance(value, FromPlaylist):
        yield value
    if isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from _found_in(getattr(value, name))
    elif isinstance(value, tuple | Mapping):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _found_in(part)


def _identity(each: _Hideable) -> object:
    """Return what tells one thing from another: its id; without one, its name and its artists' names."""
    return each.id or (folded(each.name or ""), *folded_names(getattr(each, "artists", ())))


def _artists(found: Iterable[object]) -> Iterator[Artist | Ref | ArchivedArtist | ChartArtist]:
    for each in found:
        if isinstance(each, Artist | ArchivedArtist | ChartArtist):
            yield each
        elif isinstance(each, Track | Album):
            yield from each.artists


def _names(item: Item) -> Iterator[str | None]:
    """Yield the names, ids and URIs of an item, and of its artists, album or show."""
    yield from (item.name, item.uri, *_ids(item.kind, item.id), *_pages(item.url))
    for kind, part in _parts(item):
        yield from (part.name, *_ids(kind, part.id), *_pages(part.url))


def _pages(url: str | None) -> tuple[str, ...]:
    return (comparable(url),) if url else ()


def _ids(kind: str, id_: str | None) -> tuple[str | None, ...]:
    return (id_, *(about.uri(kind, id_) for about in SOURCES.values() if about.uri and id_))


def _parts(item: Item) -> Iterator[tuple[str, Ref]]:
    if isinstance(item, Track | Album):
        yield from (("artist", artist) for artist in item.artists)
    if isinstance(item, Track):
        yield "album", item.album
    elif isinstance(item, Episode):
        yield "show", item.show
