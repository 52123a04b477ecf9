"""Pure: answer requests for pictures as the Cover Art Archive does, which keeps them at archive.org.

Source: https://musicbrainz.org/doc/Cover_Art_Archive/API
"""

import re

from exporter.demo.catalogue import picture_id
from exporter.demo.listenbrainz.objects import PICTURED, is_narrow, picture_number
from exporter.serving import Answer

PATHS = ("/release/", "/download/", "/12/items/")
"""How the paths of its hosts begin: its own, archive.org's, and those of the host that has the files."""

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ASKED = re.compile(rf"/release/({_UUID})/(front|[0-9]+)-(250|500|1200)(?:\.jpg)?")
_FILE = re.compile(rf"/(?:download|12/items)/mbid-({_UUID})/mbid-\1-([0-9]+)_thumb(250|500|1200)\.jpg")


def answer(path: str) -> Answer:
    """Answer with where a picture is, or at the last place with the picture."""
    if path.startswith("/release/"):
        return _moved(path)
    asked = _FILE.fullmatch(path)
    if not asked or asked[2] != _number_of(asked[1]):
        return Answer(404)
    if path.startswith("/download/"):
        place = path.removeprefix("/download/")
        return Answer(302, headers={"Location": f"https://ia800100.us.archive.org/12/items/{place}"})
    return _picture(PICTURED[asked[1]], int(asked[3]))


def _moved(path: str) -> Answer:
    asked = _ASKED.fullmatch(path)
    if asked is None:
        return Answer(400)
    release, number, size = asked.groups()
    if number not in {"front", _number_of(release)} or _number_of(release) is None:
        return Answer(404)
    name = f"mbid-{release}/mbid-{release}-{_number_of(release)}_thumb{size}.jpg"
    return Answer(307, headers={"Location": f"https://archive.org/download/{name}"})


def _number_of(release: str) -> str | None:
    return str(picture_number(PICTURED[release])) if release in PICTURED else None


def _picture(album: str, width: int) -> Answer:
    from exporter.demo.covers import cover, narrowed  # noqa: PLC0415 # Pillow, which most runs do not need

    square = cover(picture_id(album), width)
    return Answer(200, narrowed(square) if is_narrow(album) else square, {"Content-Type": "image/jpeg"})
