"""Pure: the entries of `privacy.exclude`: how they are compared, and which of them look like mistakes."""

import re
from collections.abc import Collection

from exporter.text import folded
from exporter.wording import did_you_mean

_REFERENCE = re.compile(
    r"""
    (?: spotify: (?:user:[^:]+:)? | (?:https?://)? open\.spotify\.com/ (?:[^/?\#]+/)*? )
    (track|artist|album|show|episode|playlist) [:/] ([^:/?\#]+) /? (?:[?\#].*)?
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""A Spotify URI or address: what kind of thing it names, and the id of that."""

_BEGINS_LIKE_ONE = re.compile(
    r"spotify:(?!local:)|https?://|(?:open\.)?spotify\.(?:com|link)/", re.IGNORECASE
)


def comparable(word: str) -> str:
    """Return an entry, a name, an id or a URI in the form that is compared; an address counts as its URI."""
    match = _REFERENCE.fullmatch(word.strip())
    return folded(f"spotify:{match[1]}:{match[2]}" if match else word)


def doubt(word: str, names: Collection[str]) -> tuple[str, str] | None:
    """Say what looks wrong with an entry that hides nothing, and what to do; None if nothing does.

    `names` are all names that are shown.
    """
    if not word.strip():
        return "An empty entry of `exclude` hides nothing.", "Write a name, or remove it."
    if _REFERENCE.fullmatch(word.strip()):
        return None
    if _BEGINS_LIKE_ONE.match(word.strip()):
        return (
            f"`{word}` is not the URI or address of a track, artist, album, show, episode or playlist.",
            "In Spotify, choose Share → Copy link, and write all of that link.",
        )
    hint = did_you_mean(word, names, cutoff=0.8)
    return (f"Nothing here is called `{word}`.", hint) if hint else None
