"""Last.fm's JSON objects, made from the stand-in's music: all numbers are text, what is missing is empty."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import quote_plus
from uuid import UUID

from exporter.demo.catalogue import Performer, digest, picture_id
from exporter.demo.listener import Listened, Song

IMAGES = "https://lastfm.freetls.fastly.net"
STAR = "2a96cbd8b46e442fc41c2b86b821562f"
"""The picture that is sent instead of one: for all artists, all tracks in top lists, and some albums."""

FOLDERS = {"small": "34s", "medium": "64s", "large": "174s", "extralarge": "300x300", "mega": "300x300"}
WIDTHS = {"34s": 34, "64s": 64, "174s": 174, "300x300": 300}

PICTURE = "1a57f000"
"""How the hashes of the stand-in's pictures begin; after it comes the picture's id."""


def ranked(entry: Mapping[str, Any], rank: int, plays: int) -> dict[str, Any]:
    """Put an object in a top list."""
    return {**entry, "@attr": {"rank": str(rank)}, "playcount": str(plays)}


@cache
def artist(performer: Performer) -> dict[str, Any]:
    """Make the object of an artist in a top list."""
    return _linked(performer.name) | {"streamable": "0", "image": _images(STAR, mega=True)}


@cache
def album(performer: Performer) -> dict[str, Any]:
    """Make the object of an album in a top list."""
    return _linked(performer.name, performer.album) | {
        "artist": _linked(performer.name),
        "image": _images(_hash(performer)),
    }


@cache
def top_track(song: Song) -> dict[str, Any]:
    """Make the object of a track in a top list; some have no known duration."""
    return _linked(song.credit, "_", song.title) | {
        "duration": str(song.duration_ms // 1000) if digest("lastfm", song.title)[0] % 9 else "0",
        "artist": _linked(song.credit),
        "streamable": {"#text": "0", "fulltrack": "0"},
        "image": _images(STAR),
    }


def playing(song: Song) -> dict[str, Any]:
    """Make the object of what plays now, which has no time."""
    return _recent_track(song) | {"@attr": {"nowplaying": "true"}}


def played(listened: Listened) -> dict[str, Any]:
    """Make the object of a play, which has the time of its start."""
    text = f"{datetime.fromtimestamp(listened.started, UTC):%d %b %Y, %H:%M}"
    date = {"uts": str(listened.started), "#text": text}
    return _recent_track(listened.song) | {"date": date}


@cache
def _recent_track(song: Song) -> dict[str, Any]:
    return _linked(song.credit, "_", song.title) | {
        "artist": _linked(song.credit) | {"image": _images(STAR)},
        "album": {"#text": song.performer.album, "mbid": _mbid(song.performer.album)},
        "image": _images(_hash(song.performer)),
        "streamable": "0",
        "loved": "0",
    }


def _linked(*path: str) -> dict[str, Any]:
    address = "/".join(quote_plus(part.replace("+", "%2B")) for part in path)
    return {"name": path[-1], "mbid": _mbid(path[-1]), "url": f"https://www.last.fm/music/{address}"}


def _mbid(name: str) -> str:
    """Make up a MusicBrainz id; nearly half of all things have none."""
    made = digest("mbid", name)
    return str(UUID(bytes=made[:16], version=4)) if made[16] % 9 < 5 else ""


def _hash(performer: Performer) -> str | None:
    """Return the hash of an album's picture; some albums have the star, and some have nothing."""
    rest = digest("lastfm", performer.album)[0] % 16
    return {0: STAR, 1: None}.get(rest, PICTURE + picture_id(performer.album))


def _images(hash_: str | None, *, mega: bool = False) -> list[dict[str, str]]:
    folders = {size: folder for size, folder in FOLDERS.items() if mega or size != "mega"}
    ending = "png" if hash_ == STAR else "jpg"
    return [
        {"size": size, "#text": f"{IMAGES}/i/u/{folder}/{hash_}.{ending}" if hash_ else ""}
        for size, folder in folders.items()
    ]
