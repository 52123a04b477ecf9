"""Pure: the geometry of cards: lines of positions, and the colour of a tile."""

import colorsys
import hashlib
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby, pairwise

from msgspec import Struct

Positions = Sequence[int | None]
"""A place in a list for each week, oldest first; None where it was absent."""

Point = tuple[float, float]

_RECORDED = 12
"""How many weeks a line has room for."""

_FEWEST_PLACES = 6
"""A line's scale has at least this many places, so that a small change looks small."""

_MARGIN = 2
"""Pixels around a sparkline, for the dot at its end."""


class Sparkline(Struct, frozen=True):
    """The path of a line (SVG's `d`), and the point at its end (None: absent in the last week)."""

    path: str
    end: Point | None


def sparkline(history: Positions, width: float = 48, height: float = 18) -> Sparkline:
    """Draw where something was in each week, its best place at the top; the last week is at the right."""
    known = [place for place in history if place is not None]
    if not known:
        return Sparkline(path="", end=None)
    best, worst = min(known), max(known)
    missing = max(0, _FEWEST_PLACES - 1 - (worst - best))
    top, span = best - missing / 2, worst - best + missing
    step = (width - 2 * _MARGIN) / (_RECORDED - 1)
    first = width - _MARGIN - step * (len(history) - 1)
    points = [
        None
        if place is None
        else (first + step * week, _MARGIN + (place - top) / span * (height - 2 * _MARGIN))
        for week, place in enumerate(history)
    ]
    return Sparkline(path=_path(points, _monotone), end=points[-1])


def bump(history: Positions, step: float, row: float, places: int = 10) -> str:
    """Draw a line through the places of a chart; weeks are `step` pixels apart, places `row`, from (0, 0).

    It leaves and enters through the bottom where the place is below `places`, or absent.
    """
    below = places + 0.5
    points = [
        (step * week, row * (min(place or below, below) - 1), place is not None and place <= places)
        for week, place in enumerate(history)
    ]
    shown = [
        (x, y) if inside or any(near[2] for near in points[max(0, week - 1) : week + 2]) else None
        for week, (x, y, inside) in enumerate(points)
    ]
    return _path(shown, lambda run: [0.0] * len(run))  # level at each point


def tile(name: str) -> str:
    """Return the colour of the tile that stands for a missing picture; white letters are legible on it."""
    hue = hashlib.sha256(name.casefold().encode("utf-8", "surrogatepass")).digest()[0] / 256
    red, green, blue = colorsys.hls_to_rgb(hue, 0.34, 0.32)
    return f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"


def _path(points: Iterable[Point | None], slopes: Callable[[list[Point]], list[float]]) -> str:
    """Join points by smooth lines with these slopes at each point; where one is missing, there is a gap."""
    parts: list[str] = []
    for is_known, group in groupby(points, key=lambda point: point is not None):
        run = [point for point in group if point]
        if is_known:
            parts.append(f"M{_pair(*run[0])}" + ("h.01" if len(run) == 1 else ""))
            ends = [*zip(run, slopes(run), strict=True)]
            parts += [_curve(*start, *end) for start, end in pairwise(ends)]
    return "".join(parts)


def _curve(start: Point, leaving: float, end: Point, arriving: float) -> str:
    """Draw a cubic curve between two points, with these slopes at its ends."""
    if start[1] == end[1] and leaving == arriving == 0:
        return f"H{_number(end[0])}"
    third = (end[0] - start[0]) / 3
    if leaving == arriving == 0:
        third *= 1.5  # a rounder turn
    first = (start[0] + third, start[1] + third * leaving)
    second = (end[0] - third, end[1] - third * arriving)
    return f"C{_pair(*first)} {_pair(*second)} {_pair(*end)}"


def _monotone(run: list[Point]) -> list[float]:
    """Return slopes that make a line smooth, and never higher or lower than the points beside it.

    They are the harmonic mean of the slopes at both sides, and 0 at a turn. Source: F. N. Fritsch and
    J. Butland, A method for constructing local monotone piecewise cubic interpolants, 1984.
    """
    secants = [(after[1] - before[1]) / (after[0] - before[0]) for before, after in pairwise(run)]
    inner = [
        2 * left * right / (left + right) if left * right > 0 else 0.0 for left, right in pairwise(secants)
    ]
    return [*secants[:1], *inner, *secants[-1:]] if secants else [0.0]


def _pair(x: float, y: float) -> str:
    return f"{_number(x)} {_number(y)}"


def _number(value: float) -> str:
    """Write a coordinate with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")
