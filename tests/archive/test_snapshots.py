"""The archive's parts: encoding and decoding snapshots, ISO weeks, and the chart's rules."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.archive.chart import RECORDED_WEEKS, compute, movement
from exporter.archive.snapshots import decode, encode, misnamed, week_of, weeks_among
from exporter.errors import SetupError
from exporter.models import (
    ArchivedArtist,
    ArchivedTrack,
    ChartArtist,
    ChartDocument,
    Movement,
    Snapshot,
    TimeRange,
)
from exporter.text import clean

MONDAY = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)

names = st.none() | st.text(max_size=20).map(clean)
artists = st.builds(ArchivedArtist, id=names, name=names)
tracks = st.builds(
    ArchivedTrack,
    id=names,
    name=names,
    artists=st.lists(st.text(max_size=9).map(clean), max_size=3).map(tuple),
)
ranges = st.sampled_from(get_args(TimeRange))
snapshots = st.builds(
    Snapshot,
    schema_version=st.just(1),
    week=st.just("2026-W48"),
    taken_at=st.datetimes(datetime(1980, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    timezone=st.sampled_from(["UTC", "Pacific/Kiritimati"]),
    artists=st.dictionaries(ranges, st.lists(artists, max_size=5).map(tuple)),
    tracks=st.dictionaries(ranges, st.lists(tracks, max_size=5).map(tuple)),
)


def snapshot(week: str, *ids: str | None, span: TimeRange = "short_term") -> Snapshot:
    return Snapshot(
        schema_version=1,
        week=week,
        taken_at=MONDAY,
        timezone="UTC",
        artists={span: tuple(ArchivedArtist(id=each, name=f"{each} in {week}") for each in ids)},
        tracks={},
    )


def chart(*weeks: Snapshot) -> ChartDocument:
    return compute(weeks, MONDAY)


def rows(document: ChartDocument) -> tuple[ChartArtist, ...]:
    return document.artists["short_term"]


@given(snapshots)
def test_a_snapshot_is_read_back_as_it_was_written(taken: Snapshot) -> None:
    assert decode(encode(taken), "2026-W48", "x") == taken


@given(snapshots)
def test_a_snapshot_is_json_with_one_item_a_line(taken: Snapshot) -> None:
    lines = encode(taken).decode().split("\n")
    items = [item for lists in (taken.artists, taken.tracks) for each in lists.values() for item in each]
    assert len([line for line in lines if line.startswith("      {")]) == len(items)
    assert json.loads("\n".join(lines))["week"] == "2026-W48"
    assert lines[-1] == ""


def test_a_name_that_acts_is_clean_when_it_is_read_back() -> None:
    content = encode(snapshot("2026-W48", "a\nb=c\u202e"))
    assert decode(content, "2026-W48", "x") == snapshot("2026-W48", "ab=c")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "truncated"),
        (b"\xff", "malformed"),
        (b"[]", "Expected `object`"),
        (b"[" * 100_000, "Expected `object`"),
        (b'{"x": ' * 100_000, "recursion"),
        (encode(snapshot("2026-W48", "a"))[:-40], "left out"),
        (encode(snapshot("2026-W48", "a")).replace(b'version": 1', b'version": 2'), "schema_version"),
        (encode(snapshot("2026-W48", "a")).replace(b'"a"', b"1"), "Expected `str | null`"),
        (encode(snapshot("2026-W47", "a")), "its week is 2026-W47"),
    ],
)
def test_what_is_not_the_sound_snapshot_of_its_week_is_an_error(content: bytes, reason: str) -> None:
    with pytest.raises(SetupError, match="damaged") as caught:
        decode(content, "2026-W48", "archive/2026-W48.json")
    assert reason in str(caught.value)
    assert caught.value.place == "archive/2026-W48.json"


def test_fields_that_a_later_version_adds_do_not_make_it_damaged() -> None:
    taken = snapshot("2026-W48", "a")
    content = encode(taken).replace(b'"schema_version"', b'"plays": {"a": 3}, "schema_version"')
    assert decode(content, "2026-W48", "x") == taken


@pytest.mark.parametrize(
    ("instant", "timezone", "week"),
    [
        ("2026-11-22T23:59:59Z", "UTC", "2026-W47"),
        ("2026-11-23T00:00:00Z", "UTC", "2026-W48"),
        ("2026-11-22T09:59:59Z", "Pacific/Kiritimati", "2026-W47"),
        ("2026-11-22T10:00:00Z", "Pacific/Kiritimati", "2026-W48"),
        ("2026-11-23T10:59:59Z", "Pacific/Pago_Pago", "2026-W47"),
        ("2026-11-23T11:00:00Z", "Pacific/Pago_Pago", "2026-W48"),
        ("2027-01-03T23:59:59Z", "UTC", "2026-W53"),
        ("2027-01-04T00:00:00Z", "UTC", "2027-W01"),
        ("2024-12-30T00:00:00Z", "UTC", "2025-W01"),
        # New York puts its clocks back on Sunday, 1 November.
        ("2026-11-02T04:59:59Z", "America/New_York", "2026-W44"),
        ("2026-11-02T05:00:00Z", "America/New_York", "2026-W45"),
    ],
)
def test_a_week_begins_on_monday_where_the_listener_lives(instant: str, timezone: str, week: str) -> None:
    assert week_of(datetime.fromisoformat(instant), timezone) == week


def test_only_names_of_weeks_that_exist_are_snapshots() -> None:
    others = ["2025-W53.json", "2026-W00.json", "2026-W54.json", "2026-48.json", "0000-W01.json"]
    weeks = ["2027-W01.json", "2026-W53.json", "2026-W09.json"]
    unfinished = [".2026-W48.json.0a1b2c3d.new", "2026-W48.json.bak"]
    assert weeks_among([*others, *weeks, *unfinished]) == ["2026-W09", "2026-W53", "2027-W01"]
    assert misnamed([*others, *weeks, *unfinished, "2026-w48.JSON", "notes.txt"]) == [
        *others,
        "2026-w48.JSON",
    ]


BEFORE = {"a": 1, "b": 2, "c": 3}


@pytest.mark.parametrize(
    ("item_id", "position", "before", "expected"),
    [
        ("a", 1, BEFORE, Movement(kind="same", places=0)),
        ("c", 1, BEFORE, Movement(kind="up", places=2)),
        ("a", 50, BEFORE, Movement(kind="down", places=49)),
        ("z", 1, BEFORE, Movement(kind="new", places=0)),
        ("z", 1, {}, Movement(kind="new", places=0)),
        ("a", 1, None, None),
        (None, 1, BEFORE, None),
    ],
)
def test_how_an_item_moved(
    item_id: str | None, position: int, before: Mapping[str, int] | None, expected: Movement | None
) -> None:
    assert movement(item_id, position, before) == expected


def test_the_first_week_has_nothing_to_compare_with() -> None:
    document = chart(snapshot("2026-W48", "a"))
    assert (document.week, document.previous_week, document.weeks) == ("2026-W48", None, ("2026-W48",))
    (row,) = rows(document)
    assert (row.position, row.last_week, row.peak, row.weeks, row.movement) == (1, None, 1, 1, None)
    assert row.history == (1,)


def test_a_row_tells_of_all_weeks() -> None:
    weeks = [snapshot("2026-W40", "a", "b"), snapshot("2026-W44", "c"), snapshot("2026-W48", "b", "c", "a")]
    document = chart(*weeks)
    assert document.previous_week == "2026-W44"
    told = [(row.id, row.position, row.last_week, row.peak, row.weeks, row.history) for row in rows(document)]
    assert told == [
        ("b", 1, None, 1, 2, (2, None, 1)),
        ("c", 2, 1, 1, 2, (None, 1, 2)),
        ("a", 3, None, 1, 2, (1, None, 3)),
    ]
    kinds = [row.movement and (row.movement.kind, row.movement.places) for row in rows(document)]
    assert kinds == [("new", 0), ("down", 1), ("new", 0)]


def test_the_newest_name_is_the_one_that_shows() -> None:
    document = chart(snapshot("2026-W47", "a"), snapshot("2026-W48", "a"))
    assert [(row.name, row.weeks) for row in rows(document)] == [("a in 2026-W48", 2)]


def test_peak_and_weeks_go_further_back_than_history() -> None:
    weeks = [snapshot(f"2026-W{number:02}", *ids) for number, ids in enumerate(_climb(20), start=10)]
    document = chart(*weeks)
    (row,) = [row for row in rows(document) if row.id == "a"]
    assert (row.peak, row.weeks, row.position) == (1, 20, 20)
    assert document.weeks == tuple(f"2026-W{number}" for number in range(18, 30))
    assert len(row.history) == len(document.weeks) == RECORDED_WEEKS
    assert row.history == tuple(range(9, 21))


def _climb(weeks: int) -> Sequence[Sequence[str]]:
    """Return weeks in which `a` falls by one place each week."""
    return [[*(f"x{i}" for i in range(week)), "a"] for week in range(weeks)]


def test_an_item_without_an_id_is_the_same_as_no_other() -> None:
    document = chart(snapshot("2026-W47", None, "a"), snapshot("2026-W48", "a", None, None))
    local = rows(document)[1:]
    assert [(row.last_week, row.peak, row.weeks, row.movement) for row in local] == [
        (None, 2, 1, None),
        (None, 3, 1, None),
    ]
    assert [row.history for row in local] == [(None, 2), (None, 3)]
    assert [row.url for row in local] == [None, None]


def test_of_an_id_that_stands_twice_the_first_counts() -> None:
    document = chart(snapshot("2026-W47", "a", "b", "a"), snapshot("2026-W48", "b", "a"))
    assert [row.last_week for row in rows(document)] == [2, 1]


def test_a_time_range_that_the_week_before_did_not_have_has_nothing_to_compare_with() -> None:
    weeks = [
        snapshot("2026-W46", "b", "a"),
        snapshot("2026-W47", "a", span="long_term"),
        snapshot("2026-W48", "a"),
    ]
    (row,) = rows(chart(*weeks))
    assert (row.movement, row.last_week, row.peak, row.weeks) == (None, None, 1, 2)
    assert row.history == (2, None, 1)


@pytest.mark.parametrize(
    ("item_id", "url"),
    [
        ("4uLU6hMC", "https://open.spotify.com/artist/4uLU6hMC"),
        ("", None),
        ('"><script>', None),
        ("a b", None),
        ("\n", None),
    ],
)
def test_an_id_that_makes_no_lawful_link_makes_none(item_id: str, url: str | None) -> None:
    (row,) = rows(chart(snapshot("2026-W48", item_id)))
    assert row.url == url
