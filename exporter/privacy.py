"""Pure: what nobody is to see is taken out, before anything remembers or shows it."""

from collections.abc import Callable, Iterable
from typing import TypeVar
from unicodedata import normalize

from msgspec.structs import replace

from exporter.config.schema import PrivacySettings
from exporter.models import (
    AlbumRef,
    ArchivedArtist,
    ArchivedTrack,
    Artist,
    ArtistRef,
    ChartArtist,
    ChartDocument,
    ChartTrack,
    Episode,
    Item,
    Kept,
    ShowRef,
    Snapshot,
    Track,
)

R = TypeVar("R", Artist, Track)
K = TypeVar("K", Snapshot, ChartDocument)

Hides = Callable[[Item], bool]
HidesKept = Callable[[Kept], bool]


def hides(settings: PrivacySettings) -> Hides:
    """Return the test for items that must not be shown: explicit ones if so wished, and excluded ones.

    `exclude` is compared with whole names, ids and URIs, whatever their case.
    """
    excluded = {_comparable(word) for word in settings.exclude}

    def is_hidden(item: Item) -> bool:
        if settings.hide_explicit and not isinstance(item, Artist) and item.explicit:
            return True
        return any(_comparable(name) in excluded for name in _names(item))

    return is_hidden


def hides_kept(settings: PrivacySettings, items: Iterable[Item], kept: Iterable[Kept]) -> HidesKept:
    """Return the test for what snapshots and the chart hold, which is less than items do.

    There a track has no album, no artists' ids, no mark of being explicit. So `items` tell which tracks are
    hidden for these, and `items` and `kept` the names of artists who are excluded by id or URI.
    """
    is_hidden = hides(settings)
    excluded = {_comparable(word) for word in settings.exclude}
    ids = set[str]()
    artists: list[Artist | ArtistRef | ArchivedArtist | ChartArtist] = [
        each for each in kept if isinstance(each, ArchivedArtist | ChartArtist)
    ]
    for item in items:
        if item.id and is_hidden(item):
            ids.add(item.id)
        artists += [item] if isinstance(item, Artist) else item.artists if isinstance(item, Track) else ()
    names = {
        _comparable(artist.name)
        for artist in artists
        if artist.name and any(_comparable(word) in excluded for word in _ids("artist", artist.id))
    }

    hidden_artists = excluded | names

    def is_kept_hidden(item: Kept) -> bool:
        is_artist = isinstance(item, ArchivedArtist | ChartArtist)
        words = filter(None, [item.name, *_ids("artist" if is_artist else "track", item.id)])
        return (
            item.id in ids
            or any(_comparable(word) in excluded for word in words)
            or any(_comparable(name) in hidden_artists for name in credited(item))
        )

    return is_kept_hidden if excluded or ids else lambda _: False


def credited(item: Kept) -> Iterable[str]:
    """The names of a track's artists; an artist has none."""
    return item.artists if isinstance(item, ArchivedTrack | ChartTrack) else ()


def without_hidden(document: K, hidden: HidesKept) -> K:
    """Leave out of a snapshot, or of a chart, what is hidden."""
    lists = {
        name: {
            span: tuple(item for item in items if not hidden(item))
            for span, items in getattr(document, name).items()
        }
        for name in ("artists", "tracks")
    }
    return replace(document, **lists)


def ranked(items: Iterable[R], hidden: Hides, limit: int) -> tuple[R, ...]:
    """Keep the first `limit` items that may be shown; the ranks close up."""
    shown = [item for item in items if not hidden(item)][:limit]
    return tuple(replace(item, rank=rank) for rank, item in enumerate(shown, start=1))


def _comparable(name: str) -> str:
    """Fold case, and the two ways to write an accent, into one."""
    return normalize("NFC", name.strip().casefold())


def _names(item: Item) -> Iterable[str]:
    """Everything that an item goes by, and what it belongs to."""
    kind = {Artist: "artist", Track: "track", Episode: "episode"}[type(item)]
    yield from filter(None, (item.name, item.uri, *_ids(kind, item.id)))
    for kind, part in _parts(item):
        yield from filter(None, (part.name, *_ids(kind, part.id)))


def _ids(kind: str, id_: str | None) -> tuple[str, ...]:
    return (id_, f"spotify:{kind}:{id_}") if id_ else ()


def _parts(item: Item) -> Iterable[tuple[str, ArtistRef | AlbumRef | ShowRef]]:
    if isinstance(item, Track):
        yield from (("artist", artist) for artist in item.artists)
        yield "album", item.album
    elif isinstance(item, Episode):
        yield "show", item.show
