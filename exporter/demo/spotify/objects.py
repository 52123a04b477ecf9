"""Spotify's JSON objects, made from the stand-in's music.

They have exactly the fields that apps registered since February 2026 get.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from exporter.demo.catalogue import EXPLICIT, Performer, Podcast, picture_id, spotify_id
from exporter.demo.listener import Listened, Song


@cache
def artist(performer: Performer) -> dict[str, Any]:
    """Make the object of an artist, as in a top list."""
    return _simple("artist", performer.name) | {"images": _images(performer.name, ARTIST_IMAGES)}


@cache
def track(song: Song) -> dict[str, Any]:
    """Make the object of a track, with its album and its artists."""
    performer = song.performer
    number = performer.titles.index(song.title) + 1
    return _simple("track", song.title) | {
        "artists": [_simple("artist", one.name) for one in (performer, song.guest) if one],
        "album": _simple("album", performer.album)
        | {
            "album_type": "album",
            "total_tracks": len(performer.titles),
            "release_date": performer.released,
            "release_date_precision": ("year", "month", "day")[performer.released.count("-")],
            "artists": [_simple("artist", performer.name)],
            "images": _images(performer.album, ALBUM_IMAGES),
        },
        "disc_number": 1,
        "track_number": number,
        "duration_ms": song.duration_ms,
        "explicit": song.title in EXPLICIT,
        "is_local": False,
    }


def episode(podcast: Podcast, now: datetime) -> dict[str, Any]:
    """Make the object of a podcast's episode of the week."""
    title = podcast.titles[now.isocalendar().week % len(podcast.titles)]
    images = _images(podcast.name, SHOW_IMAGES)
    return _simple("episode", title) | {
        "description": "",
        "duration_ms": 2_400_000,
        "explicit": False,
        "images": images,
        "languages": ["en"],
        "release_date": f"{now.astimezone(UTC):%Y-%m-01}",
        "release_date_precision": "day",
        "show": _simple("show", podcast.name) | {"images": images},
    }


def play(listened: Listened) -> dict[str, Any]:
    """Make the object of a play, as in recently played."""
    ended = listened.ended.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"track": track(listened.song), "played_at": ended, "context": context(listened.playlist)}


def context(playlist: str | None) -> dict[str, Any] | None:
    """Make the object of what a song is played from."""
    if playlist is None:
        return None
    whole = _simple("playlist", playlist)
    return {key: whole[key] for key in ("type", "uri", "href", "external_urls")}


def _simple(kind: str, name: str) -> dict[str, Any]:
    id_ = spotify_id(kind, name)
    return {
        "id": id_,
        "uri": f"spotify:{kind}:{id_}",
        "href": f"https://api.spotify.com/v1/{kind}s/{id_}",
        "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{id_}"},
        "type": kind,
        "name": name,
    }


# The first 16 digits of a picture's id encode its width; the others identify the picture.
ARTIST_IMAGES = {"ab6761610000e5eb": 640, "ab67616100005174": 320, "ab6761610000f178": 160}
ALBUM_IMAGES = {"ab67616d0000b273": 640, "ab67616d00001e02": 300, "ab67616d00004851": 64}
SHOW_IMAGES = {"ab6765630000ba8a": 640, "ab67656300005f1f": 300, "ab6765630000f68d": 64}
IMAGES = "https://i.scdn.co"
PICTURE_WIDTHS = ARTIST_IMAGES | ALBUM_IMAGES | SHOW_IMAGES


def _images(name: str, widths: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {"url": f"{IMAGES}/image/{prefix}{picture_id(name)}", "width": width, "height": width}
        for prefix, width in widths.items()
    ]
