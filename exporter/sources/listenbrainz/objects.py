"""Pure: ListenBrainz's JSON objects, and the models made from them.

Any field may be absent, null or empty, and what clients send with a listen may be of any type. So each value
is checked where it is used: what can't be used counts as not sent.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from exporter.models import Album, AlbumRef, Artist, Image, Play, Ref, Track
from exporter.sources.about import Kind, Listed
from exporter.sources.listenbrainz.about import ABOUT
from exporter.sources.replies import fields, text, unranked

COVERS = "https://coverartarchive.org"

WIDTHS = (500, 250)
"""The sizes of covers to use, in pixels: the longer side of a picture, which need not be square."""

_MBID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_LONGEST = 10**15
"""The largest number to believe: it fits in JSON everywhere."""

_LAST_SECOND = datetime(9998, 12, 31, tzinfo=UTC).timestamp()

Fields = Mapping[str, Any]


def artist(entry: Fields) -> Artist | None:
    """Make the model of an artist in a top list; None if it has no name."""
    name = text(entry.get("artist_name"))
    return Artist(**_common("artist", entry, "artist_mbid", name, ())) if name else None


def track(entry: Fields) -> Track | None:
    """Make the model of a recording in a top list; None if it has no name."""
    name = text(entry.get("track_name"))
    if name is None:
        return None
    return Track(
        **_common("track", entry, "recording_mbid", name, _covers(entry)),
        artists=_artists(entry, entry.get("artist_name")),
        album=_album_ref(entry.get("release_mbid"), entry.get("release_name")),
        duration_ms=None,
        explicit=None,
    )


def album(entry: Fields) -> Album | None:
    """Make the model of a release in a top list; None if it has no name."""
    name = text(entry.get("release_name"))
    if name is None:
        return None
    return Album(
        **_common("album", entry, "release_mbid", name, _covers(entry)),
        artists=_artists(entry, entry.get("artist_name")),
    )


def play(listen: Fields) -> Play | None:
    """Make the model of a listen, whose time is that of its start; None without a name or a time."""
    item = listened(listen)
    started = _number(listen.get("listened_at"))
    if item is None or not started or started >= _LAST_SECOND:
        return None
    return Play(played_at=datetime.fromtimestamp(int(started), UTC), item=item)


def listened(listen: Fields) -> Track | None:
    """Make the model of the track of a listen; None if it has no name.

    Its name is what the client sent, so that it is the same while it plays and afterwards. Its ids, artists
    and cover come from ListenBrainz's mapping, if there is one; a client may name a release, with a cover.
    """
    metadata = fields(listen.get("track_metadata"))
    mapping, sent = fields(metadata.get("mbid_mapping")), fields(metadata.get("additional_info"))
    name = text(metadata.get("track_name")) or text(mapping.get("recording_name"))
    if name is None:
        return None
    return Track(
        **_common("track", mapping, "recording_mbid", name, _covers(mapping) or _front(sent)),
        artists=_artists(mapping, metadata.get("artist_name")),
        album=_album_ref(mapping.get("release_mbid"), metadata.get("release_name")),
        duration_ms=_duration(sent),
        explicit=None,
    )


def _common(kind: Kind, entry: Fields, id_field: str, name: str, images: tuple[Image, ...]) -> dict[str, Any]:
    """Return the fields that all items have."""
    id_ = _mbid(entry.get(id_field))
    plays = _number(entry.get("listen_count"))
    return unranked(
        images, plays=None if plays is None else int(plays), id=id_, uri=None, url=_link(kind, id_), name=name
    )


def _artists(credited: Fields, credit: object) -> tuple[Ref, ...]:
    """List the artists, if it is clear who they are; else one with the whole `credit`, which is not split."""
    artists = [fields(each) for each in _list(credited.get("artists"))]
    names = [text(each.get("artist_credit_name")) for each in artists]
    ids = _list(credited.get("artist_mbids")) or [each.get("artist_mbid") for each in artists]
    if names and all(names) and len(names) == len(ids):
        return tuple(_artist_ref(id_, name) for id_, name in zip(ids, names, strict=True))
    name = text(credit)
    return (_artist_ref(ids[0] if len(ids) == 1 else None, name),) if name else ()


def _artist_ref(id_: object, name: str | None) -> Ref:
    mbid = _mbid(id_)
    return Ref(id=mbid, name=name, url=_link("artist", mbid))


def _album_ref(id_: object, name: object) -> AlbumRef:
    mbid = _mbid(id_)
    return AlbumRef(id=mbid, name=text(name), url=_link("album", mbid), release_date=None)


def _link(kind: Kind, mbid: str | None) -> str | None:
    return ABOUT.link(ABOUT.page(Listed(kind=kind, id=mbid, name=None)))


def _covers(entry: Fields) -> tuple[Image, ...]:
    """Return the cover that ListenBrainz names: https://musicbrainz.org/doc/Cover_Art_Archive/API."""
    release, picture = _mbid(entry.get("caa_release_mbid")), entry.get("caa_id")
    if release is None or type(picture) is not int or not 0 < picture < _LONGEST:
        return ()
    return _images(f"{release}/{picture}", ".jpg")


def _front(sent: Fields) -> tuple[Image, ...]:
    """Return the front cover of the release that a client named; the archive may not have it."""
    release = _mbid(sent.get("release_mbid"))
    return _images(f"{release}/front", "") if release else ()


def _images(path: str, ending: str) -> tuple[Image, ...]:
    return tuple(
        Image(url=address, width=width, height=None)
        for width in WIDTHS
        if (address := ABOUT.image(f"{COVERS}/release/{path}-{width}{ending}"))
    )


def _duration(sent: Fields) -> int | None:
    """Return a track's length in milliseconds: clients send these, or seconds, or nothing."""
    milliseconds = _number(sent.get("duration_ms")) or 1000 * (_number(sent.get("duration")) or 0)
    return round(milliseconds) or None


def _mbid(value: object) -> str | None:
    """Return a MusicBrainz id in lower case, as the Cover Art Archive wants it."""
    if not isinstance(value, str):
        return None
    id_ = value.lower()
    return id_ if _MBID.fullmatch(id_) else None


def _number(value: object) -> float | None:
    """Return a number that is not negative; some clients send it as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) and 0 <= number < _LONGEST else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
