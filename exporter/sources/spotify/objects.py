"""Pure: Spotify's objects, as they come, and the models made of them.

Everything may be absent or null: apps in development mode lost fields in February 2026, and older apps have
fields that newer ones do not get.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from math import inf
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from exporter.models import AlbumRef, Artist, ArtistRef, Episode, Image, ImageLink, Link, ShowRef, Track


class _Image(Struct):
    url: str | None = None
    width: int | None = None
    height: int | None = None


class _Named(Struct):
    """An artist, an album or a show, in any of its sizes."""

    id: str | None = None
    uri: str | None = None
    name: str | None = None
    release_date: str | None = None
    external_urls: dict[str, Any] | None = None
    images: list[_Image | None] | None = None


class Item(_Named):
    """A track or an episode."""

    type: str | None = None
    artists: list[_Named | None] | None = None
    album: _Named | None = None
    show: _Named | None = None
    duration_ms: int | None = None
    explicit: bool | None = None


class CurrentlyPlaying(Struct):
    """The answer of currently-playing."""

    is_playing: bool | None = None
    currently_playing_type: str | None = None
    item: Item | None = None


class _PlayHistory(Struct):
    track: Item | None = None
    played_at: Annotated[datetime, Meta(tz=True)] | None = None


class RecentlyPlayed(Struct):
    """The answer of recently-played."""

    items: list[_PlayHistory | None] | None = None


class ArtistPage(Struct):
    """A page of top artists."""

    items: list[_Named | None] | None = None


class TrackPage(Struct):
    """A page of top tracks."""

    items: list[Item | None] | None = None


def artist(item: _Named) -> Artist:
    """The artist that an object is."""
    images = _images(item)
    return Artist(
        rank=None,
        movement=None,
        id=clean(item.id),
        uri=clean(item.uri),
        url=_link(item),
        name=clean(item.name),
        image=_nearest_to_300(images),
        images=images,
    )


def track(item: Item) -> Track:
    """The track that an object is; its pictures are its album's."""
    album = item.album or _Named()
    images = _images(album)
    return Track(
        rank=None,
        movement=None,
        id=clean(item.id),
        uri=clean(item.uri),
        url=_link(item),
        name=clean(item.name),
        artists=tuple(
            ArtistRef(id=clean(artist.id), name=clean(artist.name), url=_link(artist))
            for artist in item.artists or ()
            if artist
        ),
        album=AlbumRef(
            id=clean(album.id),
            name=clean(album.name),
            url=_link(album),
            release_date=clean(album.release_date),
        ),
        duration_ms=item.duration_ms,
        explicit=item.explicit,
        image=_nearest_to_300(images),
        images=images,
    )


def episode(item: Item) -> Episode:
    """The episode that an object is; its pictures are its own, or its show's."""
    show = item.show or _Named()
    images = _images(item) or _images(show)
    return Episode(
        rank=None,
        movement=None,
        id=clean(item.id),
        uri=clean(item.uri),
        url=_link(item),
        name=clean(item.name),
        show=ShowRef(id=clean(show.id), name=clean(show.name), url=_link(show)),
        release_date=clean(item.release_date),
        duration_ms=item.duration_ms,
        explicit=item.explicit,
        image=_nearest_to_300(images),
        images=images,
    )


# Cc, the line and paragraph separators, the bidi embeddings, overrides and isolates, and what XML can't hold.
_NOT_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def clean(text: str | None) -> str | None:
    """Take away the characters that act instead of being read; the rest stays as it is."""
    return None if text is None else _NOT_TEXT.sub("", text)


def _link(item: _Named) -> str | None:
    return _if_valid((item.external_urls or {}).get("spotify"), Link)


def _images(item: _Named) -> tuple[Image, ...]:
    """Take the images that may be shown, widest first; those of unknown width last, in Spotify's order."""
    images = [
        Image(url=image.url, width=image.width, height=image.height)
        for image in item.images or ()
        if image and image.url and _if_valid(image.url, ImageLink)
    ]
    return tuple(sorted(images, key=lambda image: -(image.width or 0)))


def _nearest_to_300(images: Sequence[Image]) -> str | None:
    """Choose the image whose width is nearest 300 px, the wider of two; an unknown width is far."""
    nearest = min(images, default=None, key=lambda image: abs(image.width - 300) if image.width else inf)
    return nearest.url if nearest else None


def _if_valid(url: object, kind: object) -> str | None:
    try:
        return msgspec.convert(url, kind)  # type: ignore[no-any-return] # `kind` is an annotated str
    except msgspec.ValidationError:
        return None
