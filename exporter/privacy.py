"""Pure: what nobody is to see is taken out, before anything remembers or shows it."""

from collections.abc import Callable, Iterable
from typing import TypeVar
from unicodedata import normalize

from msgspec.structs import replace

from exporter.config import PrivacySettings
from exporter.models import AlbumRef, Artist, ArtistRef, Episode, Item, ShowRef, Track

R = TypeVar("R", Artist, Track)

Hides = Callable[[Item], bool]


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


def ranked(items: Iterable[R], hidden: Hides, limit: int) -> tuple[R, ...]:
    """Keep the first `limit` items that may be shown; the ranks close up."""
    shown = [item for item in items if not hidden(item)][:limit]
    return tuple(replace(item, rank=rank) for rank, item in enumerate(shown, start=1))


def _comparable(name: str) -> str:
    """Fold case, and the two ways to write an accent, into one."""
    return normalize("NFC", name.strip().casefold())


def _names(item: Item) -> Iterable[str]:
    """Everything that an item goes by, and what it belongs to."""
    yield from filter(None, (item.name, item.id, item.uri))
    for kind, part in _parts(item):
        yield from filter(None, (part.name, part.id, part.id and f"spotify:{kind}:{part.id}"))


def _parts(item: Item) -> Iterable[tuple[str, ArtistRef | AlbumRef | ShowRef]]:
    if isinstance(item, Track):
        yield from (("artist", artist) for artist in item.artists)
        yield "album", item.album
    elif isinstance(item, Episode):
        yield "show", item.show
