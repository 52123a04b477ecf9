"""Pure: what has no picture borrows the one that another list has for the same thing."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from msgspec.structs import replace

from exporter.models import Album, Item, Listening, NowPlaying, Play, Track
from exporter.text import folded, folded_names

_Key = tuple[type, str, tuple[str, ...]]
"""What identifies a thing whatever its id is: its kind, its name and its artists."""


def with_lent_pictures(listening: Listening) -> Listening:
    """Copy what was fetched; a track can also have the picture of its album."""
    pictured = {
        key: item
        for answer in listening.answers.values()
        for item in _items(answer)
        if item.images and (key := _key(type(item), item.name, item))
    }
    return Listening({query: _lent(answer, pictured) for query, answer in listening.answers.items()})


def _items(answer: Any) -> Iterator[Item]:
    for each in answer if isinstance(answer, tuple) else (answer,):
        item = each.item if isinstance(each, NowPlaying | Play) else each
        if isinstance(item, Item):
            yield item


def _lent(answer: Any, pictured: Mapping[_Key, Item]) -> Any:
    if isinstance(answer, tuple):
        return tuple(map(partial(_lent, pictured=pictured), answer))
    if isinstance(answer, NowPlaying | Play):
        return replace(answer, item=_lent(answer.item, pictured))
    if not isinstance(answer, Item) or answer.images:
        return answer
    lender = next((pictured[key] for key in _keys(answer) if key in pictured), None)
    return replace(answer, image=lender.image, images=lender.images) if lender else answer


def _keys(item: Item) -> Iterator[_Key]:
    """Yield the keys of what can lend a picture to an item."""
    keys = [_key(type(item), item.name, item)]
    if isinstance(item, Track):
        keys.append(_key(Album, item.album.name, item))
    yield from filter(None, keys)


def _key(kind: type, name: str | None, item: Item) -> _Key | None:
    return (kind, folded(name), folded_names(getattr(item, "artists", ()))) if name else None
