"""Pure: the cover art that outputs embed: which picture to use, and what an earlier file embedded."""

import re
from base64 import b64decode
from collections.abc import Mapping
from contextlib import suppress
from html.parser import HTMLParser
from typing import Any

from msgspec import Struct

DENSITY = 2
"""Pixels in a CSS pixel: what good screens have."""

LONGEST_DATA = 256 * 2**10
"""The longest `data:` address to take back, in characters; ours are about 32,000 at most."""

LONGEST_FILE = 4 * 2**20
"""The longest file to take pictures from, in bytes."""

_DATA = re.compile(
    r"data:(image/(?:jpeg|png));base64,((?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)"
)
_MARKED = re.compile(r"<!--.*?(?:-->|\Z)|<[^<]*\bdata-cover\b[^<]*", re.DOTALL)
"""A comment, or a tag with a cover and the text after it: to parse only these is three times as fast."""

_FIRST_BYTES = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}


class Cover(Struct, frozen=True):
    """A picture to embed: its `key` (ADDRESS@SIZE), and its `data:` address; without that, draw a tile.

    `tried` is the day, such as `2026-11-25`, on which it could not be had.
    """

    key: str | None
    data: str | None = None
    tried: str | None = None


class Picture(Struct, frozen=True, order=True):
    """A picture to get: its address, and the size to show it in, in CSS pixels."""

    address: str
    size: int

    @property
    def key(self) -> str:
        """What marks it in the file that embeds it."""
        return f"{self.address}@{self.size}"


class CoverFunction:
    """The function `cover` of templates: answers with the `known` covers, and notes what is `missing`.

    If it is not `is_on`, nothing has a cover, and nothing is missing.
    """

    def __init__(self, known: Mapping[str, Cover], *, is_on: bool = True) -> None:
        self.missing: set[Picture] = set()
        self._known = known
        self._is_on = is_on

    def __call__(self, item: Any, size: int) -> Cover:
        """Return the cover of anything with `images` and `image`, for a size in CSS pixels."""
        address = _address(item, size) if self._is_on else None
        if not address:
            return Cover(key=None)
        picture = Picture(address, size)
        if picture.key not in self._known:
            self.missing.add(picture)
        return self._known.get(picture.key) or Cover(key=picture.key)


def _address(item: Any, size: int) -> str | None:
    """Choose the smallest image that is large enough, else the largest."""
    widths = {str(image.url): image.width for image in item.images if image.width}
    if not widths:
        return str(item.image) if item.image else None
    enough = [url for url, width in widths.items() if width >= DENSITY * size]
    return min(enough, key=widths.__getitem__) if enough else max(widths, key=widths.__getitem__)


def embedded(content: bytes) -> dict[str, Cover]:
    """Find the covers that a file embeds, by key, and the tiles that stand for those that could not be had.

    Only plain base64 of a JPEG or a PNG counts, by its first bytes; whatever else a file has is ignored.
    """
    if len(content) > LONGEST_FILE:
        return {}
    reader = _Reader()
    with suppress(AssertionError):  # what the library says about some broken declarations
        reader.feed("".join(_MARKED.findall(content.decode("utf-8", "replace"))))
    return reader.covers


class _Reader(HTMLParser):
    """Reads SVG and HTML, well-formed or not; it expands no entities but characters."""

    def __init__(self) -> None:
        super().__init__()
        self.covers: dict[str, Cover] = {}

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        key = given.get("data-cover")
        if key:
            addresses = filter(None, (given.get("href"), given.get("src")))
            data = next(filter(_is_picture, addresses), None)
            self.covers[key] = Cover(key, data, None if data else given.get("data-tried"))


def _is_picture(data: str) -> bool:
    """Whether a `data:` address has a picture of the type that it says; the picture is not decoded."""
    match = _DATA.fullmatch(data) if len(data) <= LONGEST_DATA else None
    return match is not None and b64decode(match[2][:16]).startswith(_FIRST_BYTES[match[1]])
