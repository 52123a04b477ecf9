"""The archive's parts: encoding and decoding snapshots, ISO weeks, and the chart's rules."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from exporter.archive.chart import RECORDED_WEEKS, Charts, movements
from exporter.archive.identity import Follower
from exporter.archive.snapshots import decode, encode, kept, misnamed, week_of, weeks_among
from exporter.errors import SetupError
from exporter.models import Album, AlbumRef, Artist, Ranked, Ref, Track
from exporter.records import (
    ArchivedAlbum,
    ArchivedArtist,
    ArchivedTrack,
    ChartArtist,
    ChartDocument,
    Snapshot,
)
from exporter.text import clean

MONDAY = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)

names = st.none() | st.text(max_size=20).map(clean)
plays = st.none() | st.integers(0, 10**9)
artists = st.builds(ArchivedArtist, id=names, name=names, plays=plays)
tracks = st.builds(
    ArchivedTrack,
    id=names,
    name=names,
    artists=st.lists(st.text(max_size=9).map(clean), max_size=3).map(tuple),
    plays=plays,
)
albums = tracks.map(lambda each: ArchivedAlbum(**asdict(each)))
ranges = st.sampled_from(["short_term", "this_week", "7day"])
snapshots = st.builds(
    Snapshot,
    schema_version=st.just(1),
    week=st.just("2026-W48"),
    taken_at=st.datetimes(datetime(1980, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    timezone=st.sampled_from(["UTC", "Pacific/Kiritimati"]),
    artists=st.dictionaries(ranges, st.lists(artists, max_size=5).map(tuple)),
    tracks=st.dictionaries(ranges, st.lists(tracks, max_size=5).map(tuple)),
    albums=st.dictionaries(ranges, st.lists(albums, max_size=5).map(tuple)),
    source=st.sampled_from(["spotify", "lastfm"]),
    user=names,
)


def snapshot(week: str, *ids: str | None, span: str = "short_term") -> Snapshot:
    return Snapshot(
        schema_version=1,
        week=week,
        taken_at=MONDAY,
        timezone="UTC",
        artists={span: tuple(ArchivedArtist(id=each, name=f"{each} in {week}") for each in ids)},
        tracks={},
    )


def chart(*weeks: Snapshot) -> ChartDocument:
    return Charts(weeks).of(len(weeks) - 1)


def rows(document: ChartDocument) -> tuple[ChartArtist, ...]:
    return document.artists["short_term"]


@given(snapshots)
def test_a_snapshot_is_json_with_one_item_a_line_and_read_back_as_it_was_written(taken: Snapshot) -> None:
    assert decode(encode(taken), "2026-W48", "x") == taken
    lines = encode(taken).decode().split("\n")
    items = [
        item
        for lists in (taken.artists, taken.tracks, taken.albums)
        for each in lists.values()
        for item in each
    ]
    assert len([line for line in lines if line.startswith("      {")]) == len(items)
    assert json.loads("\n".join(lines))["week"] == "2026-W48"
    assert lines[-1] == ""


def test_a_snapshot_is_laid_out_so_that_only_the_lines_of_what_changed_differ() -> None:
    expected = """\
{
  "schema_version": 1,
  "source": "spotify",
  "user": null,
  "week": "2026-W48",
  "taken_at": "2026-11-23T12:34:56Z",
  "timezone": "UTC",
  "artists": {
    "short_term": [
      {"id":"a","name":"a in 2026-W48","plays":null},
      {"id":"b","name":"b in 2026-W48","plays":null}
    ]
  },
  "tracks": {},
  "albums": {}
}
"""
    assert encode(snapshot("2026-W48", "a", "b")).decode() == expected


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
    assert caught.value.hint == "Restore the file from git's history, or delete it."


FERNS = Artist(
    rank=1, movement=None, plays=9, id="1f", uri=None, url=None, name="The Ferns", image=None, images=()
)
MOSS = Album(
    rank=1, movement=None, plays=8, id="4m", uri=None, url=None, name="Moss", image=None, images=(),
    artists=(Ref(id="1f", name="The Ferns", url=None), Ref(id="3x", name=None, url=None)),
)  # fmt: skip
RAIN = Track(
    rank=1, movement=None, plays=7, id="2r", uri=None, url=None, name="Rain", image=None, images=(),
    artists=MOSS.artists, album=AlbumRef(id="4m", name="Moss", url=None, release_date=None),
    duration_ms=1, explicit=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("item", "entry"),
    [
        (FERNS, ArchivedArtist(id="1f", name="The Ferns", plays=9)),
        (MOSS, ArchivedAlbum(id="4m", name="Moss", artists=("The Ferns",), plays=8)),
        (RAIN, ArchivedTrack(id="2r", name="Rain", artists=("The Ferns",), plays=7)),
    ],
)
def test_a_snapshot_keeps_ids_names_and_plays(item: Ranked, entry: ArchivedArtist | ArchivedTrack) -> None:
    assert kept(item) == entry


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
    unfinished = [".2026-W48.json.0a1b2c3d.new", "2026-W48.json.bak", ".mine.json"]
    assert weeks_among([*others, *weeks, *unfinished]) == ["2026-W09", "2026-W53", "2027-W01"]
    assert misnamed([*others, *weeks, *unfinished, "2026-w48.JSON", "notes.txt"]) == [
        *others,
        "2026-w48.JSON",
    ]


def listed(*texts: str, by: str | None = None) -> list[ArchivedArtist | ArchivedTrack]:
    """List artists, each as `id:name`, or tracks by somebody; what is left out is None."""
    entries = [[part or None for part in text.split(":")] for text in texts]
    if by is None:
        return [ArchivedArtist(id=id_, name=name) for id_, name in entries]
    return [ArchivedTrack(id=id_, name=name, artists=tuple(by.split(" & "))) for id_, name in entries]


BEFORE = listed("a:A", "b:B", "c:C")
SAME, NEW = ("same", 0), ("new", 0)


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (listed("a:A"), BEFORE, [SAME]),
        (listed("c:C", "x:X"), BEFORE, [("up", 2), NEW]),
        (listed("x:X", "y:Y", "a:A"), BEFORE, [NEW, NEW, ("down", 2)]),
        (listed("z:Z"), [], [NEW]),
        (listed("a:A"), None, [None]),
        (listed(":"), BEFORE, [None]),
        # Another name, the same id.
        (listed("b:Renamed"), BEFORE, [("up", 1)]),
        # Released again; a local file.
        (listed("x:b"), BEFORE, [("up", 1)]),
        (listed(":B"), listed("a:A", ":b "), [("up", 1)]),
        (listed(":Stra\u00dfe"), listed("a:A", "b:STRASSE"), [("up", 1)]),
        (listed("x:Beyonc\u00e9"), listed("a:Beyonce\u0301"), [SAME]),
        # Ids go first, and each earlier entry is matched once.
        (listed("x:A", "a:A"), listed("a:A"), [NEW, ("down", 1)]),
        (listed("x:A", "a:A"), listed("a:A", "y:A"), [("up", 1), ("down", 1)]),
        (listed("x:A", "y:A", "z:A"), listed("a:A", "b:A"), [SAME, SAME, NEW]),
        (listed(":A", ":A"), listed(":A", "b:B", ":A"), [SAME, ("up", 1)]),
        (listed("a:A", "a:A"), listed("a:A"), [SAME, NEW]),
        (listed("a:A"), listed("b:B", "a:A", "a:A"), [("up", 1)]),
        # The artists must be the same, in any order; without a name nothing is.
        (listed("x:A", by="One & Two"), listed("a:A", by="TWO & One"), [SAME]),
        (listed("x:A", by="One & Two"), listed("a:A", by="One"), [NEW]),
        (listed("x:", by="One"), listed("a:", by="One"), [NEW]),
    ],
)
def test_how_a_list_moved(
    now: list[ArchivedArtist | ArchivedTrack],
    before: list[ArchivedArtist | ArchivedTrack] | None,
    expected: list[tuple[str, int] | None],
) -> None:
    assert [move and (move.kind, move.places) for move in movements(now, before)] == expected


@given(st.lists(tracks, max_size=9), st.lists(tracks, max_size=9))
def test_each_earlier_entry_is_matched_once_and_an_id_only_with_itself(
    now: list[ArchivedTrack], before: list[ArchivedTrack]
) -> None:
    places = Follower(now).places(before)
    matched = [place for place in places if place]
    assert len(set(matched)) == len(matched)
    ids, earlier_ids = [entry.id for entry in now], [entry.id for entry in before]
    for id_, place in zip(ids, places, strict=True):
        if id_ and id_ in earlier_ids and ids.count(id_) == 1:
            assert place == earlier_ids.index(id_) + 1


@given(st.lists(tracks, max_size=9))
def test_a_list_is_in_the_same_places_in_itself(listed: list[ArchivedTrack]) -> None:
    once = list({entry.id: entry for entry in listed if entry.id}.values())
    assert Follower(once).places(once) == list(range(1, len(once) + 1))


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


def test_the_chart_names_the_week_before_as_soon_as_there_is_one() -> None:
    assert chart(snapshot("2026-W40", "a"), snapshot("2026-W48", "a")).previous_week == "2026-W40"


def test_the_chart_is_of_the_newest_snapshots_source_and_user() -> None:
    newest = replace(snapshot("2026-W48"), source="lastfm", user="ada", taken_at=MONDAY + timedelta(days=1))
    document = chart(snapshot("2026-W47"), newest)
    assert (document.source, document.user) == ("lastfm", "ada")
    assert (document.schema_version, document.updated_at) == (1, newest.taken_at)


def test_later_weeks_do_not_change_the_chart_of_a_week() -> None:
    weeks = [snapshot(f"2026-W{number}", *ids) for number, ids in enumerate(_climb(15), start=10)]
    charts = Charts(weeks)
    assert [charts.of(week) for week in range(15)] == [chart(*weeks[: week + 1]) for week in range(15)]


@pytest.mark.parametrize(
    ("source", "urls"),
    [
        ("spotify", ["https://open.spotify.com/artist/1f", "https://open.spotify.com/track/2r"]),
        ("lastfm", ["https://www.last.fm/music/The+Ferns", "https://www.last.fm/music/The+Ferns/_/Rain"]),
    ],
)
def test_rows_link_to_their_pages_at_the_source_by_id_or_by_names(source: str, urls: list[str]) -> None:
    artist = ArchivedArtist(id="1f", name="The Ferns")
    track = ArchivedTrack(id="2r", name="Rain", artists=("The Ferns",))
    week = replace(
        snapshot("2026-W48"), source=source, artists={"overall": (artist,)}, tracks={"overall": (track,)}
    )
    document = chart(week)
    assert [row.url for row in (*document.artists["overall"], *document.tracks["overall"])] == urls


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


def snapshot_of(week: str, entries: list[ArchivedArtist | ArchivedTrack]) -> Snapshot:
    return replace(snapshot(week), artists={"short_term": tuple(entries)})


def test_an_item_without_an_id_is_told_by_its_name() -> None:
    weeks = [listed(":Mine", "a:A"), listed("a:A", ":Mine", ":Other", ":")]
    document = chart(*(snapshot_of(f"2026-W{week}", each) for week, each in enumerate(weeks, 47)))
    told = [(row.last_week, row.peak, row.weeks, row.history, row.url) for row in rows(document)[1:]]
    assert told == [(1, 1, 2, (1, 2), None), (None, 3, 1, (None, 3), None), (None, 4, 1, (None, 4), None)]
    kinds = [row.movement and row.movement.kind for row in rows(document)]
    assert kinds == ["up", "down", "new", None]


def test_an_item_is_followed_through_changes_of_its_id_and_of_its_name() -> None:
    weeks = [
        listed("b:B", "one:Song"),
        listed("one:Song"),
        listed("b:B", "two:SONG"),
        listed("two:Song (Remastered)", "b:B"),
        listed("b:B", "other:Song"),
        listed("b:B", "two:Song (Remastered)"),
        listed("three:Song (remastered)", "b:B"),
    ]
    document = chart(*(snapshot_of(f"2026-W{week}", each) for week, each in enumerate(weeks, 10)))
    song, b = rows(document)
    assert (song.id, song.history) == ("three", (2, 1, 2, 1, None, 2, 1))
    assert (song.last_week, song.peak, song.weeks) == (2, 1, 6)
    assert (b.history, b.weeks) == ((1, None, 1, 2, 1, 1, 2), 6)


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
