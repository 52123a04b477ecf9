"""Pure: Spotify's JSON objects, and the models made from them.

Everything but a list's `items` may be absent or null: in February 2026 apps in development mode lost fields,
which older apps may still get.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from exporter.models import AlbumRef, Artist, Episode, Image, Ref, Track
from exporter.sources.replies import unranked
from exporter.sources.spotify.about import ABOUT
from exporter.text import clean


class _Image(Struct):
    url: str | None = None
    width: int | None = None
    height: int | None = None


class _Named(Struct):
    """An artist, an album or a show, with all or only some of its fields."""

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


class Context(Struct):
    """What something plays from: an album, an artist, a playlist, or other things."""

    uri: str | None = None
    external_urls: dict[str, Any] | None = None


class CurrentlyPlaying(Struct):
    """The reply of currently-playing."""

    is_playing: bool | None = None
    currently_playing_type: str | None = None
    item: Item | None = None
    context: Context | None = None


class PlayHistory(Struct):
    """An entry of recently-played."""

    track: Item | None = None
    context: Context | None = None
    played_at: Annotated[datetime, Meta(tz=True)] | None = None


class RecentlyPlayed(Struct):
    """The reply of recently-played."""

    items: list[PlayHistory | None]


class ArtistPage(Struct):
    """A page of top artists."""

    items: list[_Named | None]


class TrackPage(Struct):
    """A page of top tracks."""

    items: list[Item | None]


def playlist(context: Context | None) -> str | None:
    """Return the URI or address of the playlist that something plays from; None if it is not from one."""
    if context is None:
        return None
    references = (context.uri, (context.external_urls or {}).get("spotify"))
    return next((each for each in references if isinstance(each, str) and "playlist" in each), None)


def artist(item: _Named) -> Artist:
    """Make the model of an artist."""
    return Artist(**_common(item, _images(item)))


def track(item: Item) -> Track:
    """Make the model of a track; its images are its album's."""
    album = item.album or _Named()
    return Track(
        **_common(item, _images(album)),
        artists=tuple(Ref(**_ref(artist)) for artist in item.artists or () if artist),
        album=AlbumRef(**_ref(album), release_date=clean(album.release_date)),
        duration_ms=item.duration_ms,
        explicit=item.explicit,
    )


def episode(item: Item) -> Episode:
    """Make the model of an episode; its images are its own, else its show's."""
    show = item.show or _Named()
    return Episode(
        **_common(item, _images(item) or _images(show)),
        show=Ref(**_ref(show)),
        release_date=clean(item.release_date),
        duration_ms=item.duration_ms,
        explicit=item.explicit,
    )


def _common(item: _Named, images: Sequence[Image]) -> dict[str, Any]:
    """Return the fields that all items have."""
    return unranked(images, **_ref(item), uri=clean(item.uri))


def _ref(item: _Named) -> dict[str, str | None]:
    url = ABOUT.link((item.external_urls or {}).get("spotify"))
    return {"id": clean(item.id), "name": clean(item.name), "url": url}


def _images(item: _Named) -> list[Image]:
    """Keep the images that may be shown."""
    return [
        Image(url=image.url, width=image.width, height=image.height)
        for image in item.images or ()
        if image and image.url and ABOUT.image(image.url)
    ]
