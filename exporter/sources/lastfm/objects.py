"""Pure: Last.fm's JSON objects, and the models made from them.

They are XML turned into JSON by rule, so any value may have another type than usual: all numbers are text, a
list of one may be an object, and what is missing is empty text. What can't be used becomes None.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from exporter.models import Album, AlbumRef, Artist, Image, Play, Ref, Track
from exporter.sources.lastfm.about import ABOUT
from exporter.sources.replies import fields, text, unranked

Object = Mapping[str, Any]

PLACEHOLDERS = ("2a96cbd8b46e442fc41c2b86b821562f", "c6f59c1e5e7240a4c0d427abd71f3dbb")
"""Parts of the addresses of the star that is sent instead of a picture, always for artists."""

_WIDTHS = {"small": 34, "medium": 64, "large": 174, "extralarge": 300, "mega": 300}

_MBID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_END_OF_TIME = int(datetime(9998, 12, 31, tzinfo=UTC).timestamp())


def listed(value: object) -> list[Any]:
    """Return a list; an object is a list of one, anything else is empty."""
    if isinstance(value, dict):
        return [value]
    return value if isinstance(value, list) else []


def whole(value: object) -> int | None:
    """Return a whole number from 0 on, which is usually sent as text."""
    digits = str(value) if isinstance(value, int | str) else ""
    return int(digits) if re.fullmatch("[0-9]{1,12}", digits) else None


def is_playing(entry: Object) -> bool:
    """Whether an entry of the recent tracks is what plays now."""
    return fields(entry.get("@attr")).get("nowplaying") in ("true", True)


def play(entry: Object) -> Play | None:
    """Make the model of a play; None if it has no name or no time."""
    item, started = track(entry), whole(fields(entry.get("date")).get("uts"))
    if item is None or started is None or started > _END_OF_TIME:
        return None
    return Play(played_at=datetime.fromtimestamp(started, UTC), item=item)


def artist(entry: Object) -> Artist | None:
    """Make the model of an artist in a top list; None if it has no name."""
    return Artist(**_common(entry)) if text(entry.get("name")) else None


def album(entry: Object) -> Album | None:
    """Make the model of an album in a top list; None if it has no name."""
    return Album(**_common(entry), artists=_credited(entry)) if text(entry.get("name")) else None


def track(entry: Object) -> Track | None:
    """Make the model of a track; None if it has no name."""
    if not text(entry.get("name")):
        return None
    return Track(
        **_common(entry),
        artists=_credited(entry),
        album=AlbumRef(**_ref(entry.get("album")), release_date=None),
        duration_ms=1000 * (whole(entry.get("duration")) or 0) or None,
        explicit=None,
    )


def _common(entry: Object) -> dict[str, Any]:
    """Return the fields that all items have."""
    return unranked(_images(entry), **_ref(entry), uri=None, plays=whole(entry.get("playcount")))


def _credited(entry: Object) -> tuple[Ref, ...]:
    """Return the artist, who is one text even if they are several."""
    credited = _ref(entry.get("artist"))
    return (Ref(**credited),) if credited["name"] else ()


def _ref(value: object) -> dict[str, str | None]:
    """Return what identifies something, which is an object, or only its name."""
    named = fields(value)
    mbid = text(named.get("mbid"))
    return {
        "id": mbid if mbid and _MBID.fullmatch(mbid) else None,
        "name": text(named.get("name")) or text(named.get("#text")) or text(value),
        "url": ABOUT.link(named.get("url")),
    }


def _images(entry: Object) -> Iterable[Image]:
    """Keep the images that may be shown; several sizes may share one address."""
    found: dict[str, Image] = {}
    for each in map(fields, listed(entry.get("image"))):
        address = ABOUT.image(each.get("#text"))
        if address and not any(placeholder in address for placeholder in PLACEHOLDERS):
            width = _WIDTHS.get(str(each.get("size")))
            found.setdefault(address, Image(url=address, width=width, height=width))
    return found.values()
