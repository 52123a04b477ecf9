"""Pure: how wide text is, whichever common font shows it, and how to cut it to fit."""

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Literal
from unicodedata import bidirectional, category, east_asian_width

from grapheme import graphemes

from exporter.render import widths

ELLIPSIS = "…"

_BOLD = 600
"""From this weight on, the table of bold widths applies."""

_EM, _EMOJI = 1000, 1250
"""Widths in thousandths of an em: of East Asian characters, and of emoji."""

_CLOSING = {"Pe", "Pf", "Po", "Lm", "Mn", "Me", "Mc", "Cf"}
"""The categories of characters that must not begin a line."""


def width(text: str, size: float, weight: int = 400) -> float:
    """Return the width of a line of text in pixels, or a little more; `size` is the font's."""
    return sum(map(_table(weight >= _BOLD).__getitem__, text)) * size / 1000


def cut(text: str, room: float, size: float, weight: int = 400) -> str:
    """Shorten text to `room` pixels, with an ellipsis, between characters as people see them."""
    if width(text, size, weight) <= room:
        return text
    kept = _fitting(text, room - width(ELLIPSIS, size, weight), size, weight)
    return f"{kept.rstrip().removesuffix(',')}{ELLIPSIS}"


def _fitting(text: str, room: float, size: float, weight: int) -> str:
    """Return as many characters of the text, as people see them, as fit."""
    kept = ""
    for cluster in graphemes(text):
        room -= width(cluster, size, weight)
        if room < 0:
            break
        kept += cluster
    return kept


def lines(text: str, room: float, size: float, weight: int = 400, most: int = 2) -> list[str]:
    """Break text between words into at most `most` lines of `room` pixels; what does not fit is cut."""
    broken: list[str] = []
    rest = text.strip()
    while rest and len(broken) < most - 1:
        line = _first_line(rest, room, size, weight)
        broken.append(line.rstrip())
        rest = rest[len(line) :].strip()
    return [*broken, cut(rest, room, size, weight)] if rest else broken


def direction(text: str) -> Literal["ltr", "rtl"]:
    """Return the direction of text: that of its first letter with one."""
    strong = (kind for kind in map(bidirectional, text) if kind in {"L", "R", "AL"})
    return "rtl" if next(strong, "L") in {"R", "AL"} else "ltr"


def initial(text: str) -> str:
    """Return the first letter or digit of a name in upper case; a note if it has none."""
    return next((each.upper() for each in graphemes(text) if each[:1].isalnum()), "♪")


def _first_line(text: str, room: float, size: float, weight: int) -> str:
    """Return as many words of the text as fit; a word that is too long for a line is broken."""
    fitting = ""
    for end in _breaks(text):
        if width(text[:end].rstrip(), size, weight) > room:
            break
        fitting = text[:end]
    return fitting or _fitting(text, room, size, weight) or next(graphemes(text))


def _breaks(text: str) -> Iterator[int]:
    """Yield where a line may end: after a blank, or after an East Asian character."""
    for end, (before, after) in enumerate(pairwise(text), start=1):
        if before.isspace() or (east_asian_width(before) == "W" and category(after) not in _CLOSING):
            yield end
    yield len(text)


@cache
def _table(is_bold: bool) -> "_Table":  # noqa: FBT001 # a key of the cache
    table = _Table()
    runs = (widths.BOLD if is_bold else widths.REGULAR).replace("\n  ", " ").strip().split("\n")
    for run in runs:
        first, *each = run.split()
        table.update({chr(int(first, 16) + i): int(width) for i, width in enumerate(each)})
    return table


class _Table(dict[str, int]):
    """Widths by character; those that the fonts lack are guessed once."""

    def __missing__(self, character: str) -> int:
        if category(character) in {"Mn", "Me", "Cf", "Cc"}:
            guess = 0
        elif category(character) in {"So", "Sk"} and east_asian_width(character) in {"W", "F", "N"}:
            guess = _EMOJI
        else:
            guess = _EM
        self[character] = guess
        return guess
