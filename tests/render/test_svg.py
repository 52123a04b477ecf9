"""The lines of positions, and the colours of tiles."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.config.theme import contrast
from exporter.render.svg import bump, sparkline, tile

histories = st.lists(st.none() | st.integers(1, 50), min_size=1, max_size=12)


def points(path: str) -> list[tuple[float, float]]:
    """Read all coordinates of a path, control points too."""
    found: list[tuple[float, float]] = []
    for command, numbers in re.findall(r"([MCHh])([^MCHh]*)", path):
        values = [float(number) for number in numbers.split()]
        if command == "H":
            found.append((values[0], found[-1][1]))
        elif command != "h":
            found += [(values[i], values[i + 1]) for i in range(0, len(values), 2)]
    return found


@given(histories)
def test_a_sparkline_stays_in_its_box_and_ends_at_the_right(history: list[int | None]) -> None:
    drawn = sparkline(history)
    assert all(0 <= x <= 48 and 0 <= y <= 18 for x, y in points(drawn.path))
    assert (drawn.end is None) == (history[-1] is None)
    if drawn.end:
        assert round(drawn.end[0], 1) == 46


@given(st.lists(st.integers(1, 50), min_size=2, max_size=12))
def test_a_better_place_is_never_drawn_lower(history: list[int]) -> None:
    ends = [point for index, point in enumerate(ends_of(sparkline(history).path)) if index < len(history)]
    drawn = sorted(zip(history, (y for _, y in ends), strict=True))
    assert [y for _, y in drawn] == sorted(y for _, y in drawn)


def ends_of(path: str) -> list[tuple[float, float]]:
    """Read the points that a path goes through."""
    found: list[tuple[float, float]] = []
    for command, numbers in re.findall(r"([MCH])([^MCHh]*)", path):
        values = [float(number) for number in numbers.split()]
        found.append((values[0], found[-1][1]) if command == "H" else (values[-2], values[-1]))
    return found


@pytest.mark.parametrize(
    ("history", "path", "end"),
    [
        ([None, None], "", None),
        ([3], "M46 9h.01", (46, 9)),
        ([1, None, 6], "M38 2h.01M46 16h.01", (46, 16)),
        ([2, 2], "M42 9H46", (46, 9)),
        ([6, 1], "M42 16C43.3 11.3 44.7 6.7 46 2", (46, 2)),
        ([1, 6, None], "M38 2C39.3 6.7 40.7 11.3 42 16", None),
        ([1, 4], "M42 4.8C43.3 7.6 44.7 10.4 46 13.2", (46, 13.2)),
        ([1, 4, 6], "M38 2C39.3 4.8 40.7 8.2 42 10.4C43.3 12.6 44.7 14.1 46 16", (46, 16)),
        (
            [1, 2, 3, 3, 3, 2],
            "M26 6.2C27.3 7.1 28.7 8.1 30 9C31.3 9.9 32.7 11.8 34 11.8H38H42C43.3 11.8 44.7 9.9 46 9",
            (46, 9.0),
        ),
    ],
)
def test_gaps_stay_gaps_and_small_changes_look_small(
    history: list[int | None], path: str, end: tuple[float, float] | None
) -> None:
    drawn = sparkline(history)
    assert drawn.path == path
    assert drawn.end == (end and pytest.approx(end))


@pytest.mark.parametrize(
    ("history", "path"),
    [
        ([1, 1], "M0 0H20"),
        ([2, 1], "M0 26C10 26 10 0 20 0"),
        ([None, 3], "M0 247C10 247 10 52 20 52"),
        ([None, None, 3], "M20 247C30 247 30 52 40 52"),
        ([3, 44, None, 50, 2], "M0 52C10 52 10 247 20 247M60 247C70 247 70 26 80 26"),
        ([11, 12], ""),
        ([10, None], "M0 234C10 234 10 247 20 247"),
    ],
)
def test_a_line_leaves_and_enters_the_chart_through_the_bottom(history: list[int | None], path: str) -> None:
    assert bump(history, 20, 26) == path


@given(st.text())
def test_white_letters_are_legible_on_a_tile(name: str) -> None:
    assert re.fullmatch("#[0-9a-f]{6}", tile(name))
    assert contrast("#ffffff", tile(name)) >= 4.5


@pytest.mark.parametrize(
    ("name", "colour"), [("Night Ferry", "#3b7249"), ("", "#723b61"), ("\ud800", "#3b5c72")]
)
def test_a_tile_keeps_its_colour_from_version_to_version(name: str, colour: str) -> None:
    assert tile(name) == colour


def test_a_tile_is_always_the_same_for_a_name_in_any_case() -> None:
    assert tile("Night Ferry") == tile("NIGHT FERRY")
    assert len({tile(f"artist {number}") for number in range(40)}) > 20
