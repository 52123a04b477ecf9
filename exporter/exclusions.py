"""Pure: the entries of `privacy.exclude`: how they are compared, and which of them look like mistakes."""

import re
from collections.abc import Collection

from exporter.sources import SOURCES
from exporter.text import folded
from exporter.wording import did_you_mean

_BEGINS_LIKE_ONE = re.compile(
    r"spotify:(?!local:)|https?://|(?:open\.)?spotify\.(?:com|link)/", re.IGNORECASE
)


def comparable(word: str) -> str:
    """Return an entry, a name, an id or a URI in the form that is compared; an address counts as its URI."""
    return folded(_reference(word) or word)


def _reference(word: str) -> str | None:
    """Return what a URI or an address of any source stands for."""
    references = (about.reference(word.strip()) for about in SOURCES.values())
    return next(filter(None, references), None)


def doubt(word: str, names: Collection[str]) -> tuple[str, str] | None:
    """Say what looks wrong with an entry that hides nothing, and what to do; None if nothing does.

    `names` are all names that are shown.
    """
    if not word.strip():
        return "An empty entry of `exclude` hides nothing.", "Write a name, or remove it."
    if _reference(word):
        return None
    if _BEGINS_LIKE_ONE.match(word.strip()):
        return (
            f"`{word}` is not the URI or address of a track, artist, album, show, episode or playlist.",
            "Write the whole link of its page; in Spotify, Share → Copy link gives it.",
        )
    hint = did_you_mean(word, names, cutoff=0.8)
    return (f"Nothing here is called `{word}`.", hint) if hint else None
