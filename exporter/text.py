"""Pure: text from outside, made safe to show and easy to compare."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar
from unicodedata import normalize

import msgspec

T = TypeVar("T")

# Line and paragraph separators, bidi embeddings, overrides and isolates, and what XML can't hold.
_NOT_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_ESCAPE = re.compile(rb'\\[^"\\/]')
"""What may stand for what is not text in JSON, such as `\\n`."""

_ASCII = bytes(range(0x7F))


def clean(text: str | None) -> str | None:
    """Remove characters that are not text, such as control characters; everything else stays."""
    return None if text is None else _NOT_TEXT.sub("", text)


def decode(content: bytes, kind: type[T]) -> T:
    """Read JSON that was written earlier; all text in it is cleaned.

    Raises:
        msgspec.DecodeError, UnicodeDecodeError, RecursionError: it is not JSON, or not of this shape.
    """
    rare = content.translate(None, _ASCII).decode("utf-8", "replace")  # searching the whole text is slow
    if _NOT_TEXT.search(rare) or _ESCAPE.search(content.replace(rb"\\", b"")):
        return msgspec.convert(_cleaned(msgspec.json.decode(content)), kind)
    return msgspec.json.decode(content, type=kind)


def _cleaned(value: Any) -> Any:
    """Clean every text in a JSON value."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(part) for part in value]
    if isinstance(value, dict):
        return {key: _cleaned(part) for key, part in value.items()}
    return value


def folded_names(artists: Iterable[Any]) -> tuple[str, ...]:
    """Return the names of artists, which are texts or have a `name`, for comparing them in any order."""
    names = (artist if isinstance(artist, str) else artist.name for artist in artists)
    return tuple(sorted(folded(name) for name in names if name))


@cache  # many snapshots have the same names
def folded(text: str) -> str:
    """Normalize case, blanks at the ends, and the two ways to encode an accent, for comparing."""
    return normalize("NFC", text.strip().casefold())
