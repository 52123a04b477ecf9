"""ListenBrainz's JSON objects, made from the stand-in's music.

MusicBrainz does not know everything, and the Cover Art Archive has no picture of some albums. As in the real
service, what is unknown is null, an empty text, or absent.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID

from exporter.demo.catalogue import PERFORMERS, Performer, digest, number
from exporter.demo.listener import Listened, Song

MUSIC_SERVICES = ("navidrome", "Jellyfin ListenBrainz Plugin", "Web Scrobbler")


@cache
def mbid(kind: str, name: str) -> str:
    """Make up a MusicBrainz id."""
    return str(UUID(bytes=digest(f"mbid:{kind}", name)[:16], version=4))


@cache
def picture_number(album: str) -> int:
    """Make up the id of an album's picture at the Cover Art Archive."""
    return 10_000_000_000 + number("picture", album) % 30_000_000_000


def is_known(performer: Performer) -> bool:
    """Whether MusicBrainz knows a performer, and so the album."""
    return number("found", performer.name) % 9 != 0


def is_mapped(song: Song) -> bool:
    """Whether ListenBrainz found a song at MusicBrainz."""
    return is_known(song.performer) and number("mapped", song.title) % 12 != 0


def has_picture(performer: Performer) -> bool:
    """Whether the Cover Art Archive has a picture of the album."""
    return is_known(performer) and number("has picture", performer.album) % 7 != 0


def is_narrow(album: str) -> bool:
    """Whether the picture of an album is not square."""
    return number("slim", album) % 14 == 0


PICTURED = {
    mbid("release", performer.album): performer.album for performer in PERFORMERS if has_picture(performer)
}
"""The albums with pictures, by their ids."""


def artist(performer: Performer, count: int) -> dict[str, Any]:
    """Make the object of an artist, as in a statistic."""
    id_ = mbid("artist", performer.name) if is_known(performer) else None
    return {"artist_mbid": id_, "artist_name": performer.name, "listen_count": count}


def recording(song: Song, count: int) -> dict[str, Any]:
    """Make the object of a recording, as in a statistic."""
    about = {
        "artist_name": song.credit,
        "track_name": song.title,
        "release_name": song.performer.album,
        "listen_count": count,
    }
    if not is_mapped(song):
        return {**about, "artist_mbids": [], "recording_mbid": None, "release_mbid": ""}
    return about | _mapped(song) | _picture(song.performer)


def release(performer: Performer, count: int) -> dict[str, Any]:
    """Make the object of a release, as in a statistic."""
    about = {
        "artist_name": performer.name,
        "release_name": performer.album,
        "listen_count": count,
    }
    if not is_known(performer):
        return {**about, "artist_mbids": [], "release_mbid": ""}
    ids = {"artist_mbids": [mbid("artist", performer.name)], "release_mbid": mbid("release", performer.album)}
    return {**about, **ids, "artists": _artists(performer), **_picture(performer)}


def listen(listened: Listened, user: str) -> dict[str, Any]:
    """Make the object of a listen."""
    song = listened.song
    msid = mbid("listen", f"{song.performer.name}:{song.title}")
    metadata = _metadata(song)
    metadata["additional_info"]["recording_msid"] = msid
    if is_mapped(song):
        picture = _picture(song.performer) if has_picture(song.performer) else {}
        metadata["mbid_mapping"] = {**_mapped(song), "recording_name": song.title, **picture}
    return {
        "inserted_at": int(listened.ended.timestamp()),
        "listened_at": listened.started,
        "recording_msid": msid,
        "track_metadata": metadata,
        "user_name": user,
    }


def playing(song: Song, user: str) -> dict[str, Any]:
    """Make the object of what is playing: as it was sent, without a mapping."""
    return {"playing_now": True, "user_name": user, "track_metadata": _metadata(song)}


def _metadata(song: Song) -> dict[str, Any]:
    """Make what a client sends: each one sends other things, of other types."""
    client = number("client", song.performer.name) % len(MUSIC_SERVICES)
    sent: tuple[Mapping[str, Any], ...] = (
        {"duration_ms": song.duration_ms, "release_mbid": mbid("release", song.performer.album)},
        {"duration_ms": str(song.duration_ms), "tracknumber": "1", "tags": ["a", "b"]},
        {
            "duration": song.duration_ms / 1000,
            "origin_url": "https://example.com/watch",
            "release_mbid": None,
        },
    )
    return {
        "artist_name": song.credit,
        "track_name": song.title,
        "release_name": song.performer.album,
        "additional_info": {"submission_client": MUSIC_SERVICES[client], **sent[client]},
    }


def _mapped(song: Song) -> dict[str, Any]:
    performers = [one for one in (song.performer, song.guest) if one]
    return {
        "artist_mbids": [mbid("artist", one.name) for one in performers],
        "artists": _artists(*performers),
        "recording_mbid": mbid("recording", f"{song.performer.name}:{song.title}"),
        "release_mbid": mbid("release", song.performer.album),
    }


def _artists(*performers: Performer) -> list[dict[str, Any]]:
    joins = [" feat. "] * (len(performers) - 1) + [""]
    return [
        {
            "artist_credit_name": performer.name,
            "artist_mbid": mbid("artist", performer.name),
            "join_phrase": join,
        }
        for performer, join in zip(performers, joins, strict=True)
    ]


def _picture(performer: Performer) -> dict[str, Any]:
    if not has_picture(performer):
        return {"caa_id": None, "caa_release_mbid": None}
    return {
        "caa_id": picture_number(performer.album),
        "caa_release_mbid": mbid("release", performer.album),
    }
