"""Pure: the cover art that cards and the page embed."""

from typing import Any

from msgspec import Struct


class Cover(Struct, frozen=True):
    """A picture to embed: its `key` (ADDRESS@SIZE), and its `data:` address; without that, draw a tile.

    `tried` is the day, such as `2026-11-25`, on which it could not be had.
    """

    key: str | None
    data: str | None = None
    tried: str | None = None


def without_pictures(_item: Any, _size: int) -> Cover:
    """Stand in for `cover`: nothing is embedded."""
    return Cover(key=None)
