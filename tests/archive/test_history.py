"""The weekly archive, end to end: taking, reading and hiding snapshots, and damaged ones."""

import json
import shlex
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import NOW, UNSEEN, Ran, Run, files_of
from standin import Fault, StandIn

from exporter.archive.history import remember
from exporter.config.load import load
from exporter.demo.answers import json_answer
from exporter.files import Folder
from exporter.models import Listening
from exporter.records import ChartDocument, Documents
from exporter.serving import Answer

ARTISTS, TRACKS = "/v1/me/top/artists", "/v1/me/top/tracks"
WEEK = timedelta(weeks=1)
SHOWN = """\
now_playing: false
recently_played: false
top_artists: {time_ranges: [short_term]}
top_tracks: {time_ranges: [short_term]}
http: {retry_budget: 0}
"""
ONE_RANGE = SHOWN + UNSEEN
CHART = "<!-- listening:chart -->\n<!-- /listening:chart -->\n"


@pytest.fixture(autouse=True)
def _settings(repo: Path) -> None:
    (repo / "config.yaml").write_bytes(ONE_RANGE.encode())


def listens(spotify: StandIn, letters: str) -> None:
    """Set the listener's lists: artist `A`, and their track `song A`, with the ids `a` and `ta`."""
    artists = [{"id": letter.lower(), "name": letter} for letter in letters]
    tracks = [
        {"id": f"t{artist['id']}", "name": f"song {artist['name']}", "artists": [artist]}
        for artist in artists
    ]
    spotify.faults[:] = [
        Fault(path=ARTISTS, answer=json_answer(200, {"items": artists})),
        Fault(path=TRACKS, answer=json_answer(200, {"items": tracks})),
    ]


def weeks(repo: Path) -> list[str]:
    return sorted(path.stem for path in (repo / "output/archive").glob("*"))


def snapshot(repo: Path, week: str = "2026-W48") -> Any:
    return json.loads((repo / f"output/archive/{week}.json").read_text("utf-8"))


def rows(repo: Path, kind: str = "artists") -> list[dict[str, Any]]:
    chart = msgspec.json.decode((repo / "output/data/chart.json").read_bytes(), type=ChartDocument)
    listed: list[dict[str, Any]] = msgspec.to_builtins(getattr(chart, kind)["short_term"])
    return listed


def names(repo: Path) -> str:
    return "".join(row["name"] for row in rows(repo))


def moved(repo: Path, name: str = "top_artists") -> list[Any]:
    document = json.loads((repo / f"output/data/{name}.json").read_text("utf-8"))
    ranked = document["time_ranges"]["short_term"]
    return [item["movement"] and (item["movement"]["kind"], item["movement"]["places"]) for item in ranked]


def test_the_first_run_of_a_week_keeps_it_fifty_deep_in_one_small_file(export: Run, repo: Path) -> None:
    (repo / "config.yaml").write_bytes(
        f"{UNSEEN}top_artists: {{limit: 3}}\ntop_tracks: {{limit: 3}}\n".encode()
    )
    assert export().code == 0
    kept = snapshot(repo)
    assert kept | {"artists": 0, "tracks": 0} == {
        "schema_version": 1, "source": "spotify", "user": None, "albums": {},
        "week": "2026-W48", "taken_at": "2026-11-23T12:34:56Z", "timezone": "UTC",
        "artists": 0, "tracks": 0,
    }  # fmt: skip
    lists = [*kept["artists"].values(), *kept["tracks"].values()]
    assert [len(items) for items in lists] == [50] * 6
    assert set(kept["artists"]["long_term"][0]) == {"id", "name", "plays"}
    assert set(kept["tracks"]["long_term"][0]) == {"id", "name", "artists", "plays"}
    text = (repo / "output/archive/2026-W48.json").read_text("utf-8")
    assert sum('{"id":' in line for line in text.splitlines()) == text.count('{"id":') == 300
    assert len(text.encode()) < 35_000


def test_a_snapshot_is_taken_once_a_week_and_never_written_again(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    for day, letters in enumerate(["ABC", "CBA", "CAB"]):
        listens(spotify, letters)
        export(now=NOW + timedelta(days=day))
    assert weeks(repo) == ["2026-W48"]
    assert [artist["name"] for artist in snapshot(repo)["artists"]["short_term"]] == ["A", "B", "C"]
    assert names(repo) == "ABC"


@pytest.mark.parametrize("path", [ARTISTS, TRACKS])
def test_the_first_run_with_every_list_fresh_takes_it(
    export: Run, repo: Path, spotify: StandIn, path: str
) -> None:
    export(now=NOW - WEEK)
    spotify.faults.append(Fault(path=path, answer=Answer(503)))
    ran = export()
    assert (ran.code, weeks(repo)) == (0, ["2026-W47"])
    spotify.faults.clear()
    export(now=NOW + timedelta(hours=1))
    assert weeks(repo) == ["2026-W47", "2026-W48"]
    assert snapshot(repo)["taken_at"] == "2026-11-23T13:34:56Z"


def sends_lists(spotify: StandIn, **lists: list[dict[str, Any]]) -> None:
    spotify.faults[:] = [
        Fault(path=f"/v1/me/top/{name}", answer=json_answer(200, {"items": items}))
        for name, items in lists.items()
    ]


def entries(number: int) -> list[dict[str, Any]]:
    return [{"id": f"x{place}", "name": f"No. {place}"} for place in range(number)]


def test_a_long_list_that_comes_empty_is_shown_empty_takes_no_week_and_is_told_once(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    sends_lists(spotify, artists=entries(20), tracks=entries(3))
    export(now=NOW - WEEK)
    sends_lists(spotify, artists=[], tracks=entries(3))
    ran = export()
    assert (ran.code, moved(repo), weeks(repo)) == (0, [], ["2026-W47"])
    assert ran.err == (
        "warning: top_artists (short_term) came back empty, but the newest snapshot has at least 20 entries "
        "for it. It is shown empty, and no snapshot is taken until it has entries again.\n"
    )
    for days in (1, 7, 20):
        ran = export("--strict", now=NOW + timedelta(days=days))
        assert (ran.code, ran.err, weeks(repo)) == (0, "", ["2026-W47"])
    sends_lists(spotify, artists=entries(1), tracks=entries(3))
    assert export(now=NOW + 4 * WEEK).err == ""
    assert weeks(repo) == ["2026-W47", "2026-W52"]


def test_a_list_that_comes_empty_in_mid_week_is_told_then_and_leaves_the_next_week_out(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    sends_lists(spotify, artists=entries(50), tracks=entries(50))
    export()
    sends_lists(spotify, artists=entries(50), tracks=[])
    assert "top_tracks (short_term) came back empty" in export(now=NOW + timedelta(days=1)).err
    (repo / "output/archive/2026-W49.json").write_bytes(b"half a file")
    assert "top_tracks" not in export(now=NOW + 2 * WEEK).err
    assert weeks(repo) == ["2026-W48", "2026-W49"]


def test_a_short_list_may_become_empty(export: Run, repo: Path, spotify: StandIn) -> None:
    sends_lists(spotify, artists=entries(19), tracks=entries(3))
    export(now=NOW - WEEK)
    sends_lists(spotify, artists=[], tracks=[])
    assert (export().err, weeks(repo)) == ("", ["2026-W47", "2026-W48"])


def test_a_list_that_is_empty_because_all_of_it_is_excluded_is_kept_empty(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    items = [{"id": f"x{place}", "name": "Foe"} for place in range(50)]
    sends_lists(spotify, artists=items, tracks=items)
    export(now=NOW - WEEK)
    (repo / "config.yaml").write_bytes(f"{ONE_RANGE}privacy: {{exclude: [Foe]}}\n".encode())
    assert (export().err, weeks(repo)) == ("", ["2026-W47", "2026-W48"])
    assert snapshot(repo)["artists"]["short_term"] == []


def test_a_dry_run_shows_the_snapshot_and_writes_none(export: Run, repo: Path) -> None:
    assert "+++ b/output/archive/2026-W48.json\n" in export("--dry-run").out
    assert weeks(repo) == []


@pytest.mark.parametrize(
    "settings", ["archive: {snapshots: none}\n", "top_artists: false\ntop_tracks: false\n"]
)
def test_without_an_archive_there_is_no_week_no_chart_and_no_movement(
    export: Run, repo: Path, settings: str
) -> None:
    (repo / "config.yaml").write_bytes((settings + UNSEEN).encode())
    assert export(now=NOW - WEEK).code == 0
    (repo / "config.yaml").write_bytes(settings.encode())
    assert export().code == 0
    assert not [path for path in files_of(repo) if "archive" in path or "chart" in path]
    (repo / "README.md").write_bytes(CHART.encode())
    ran = export()
    assert (ran.code, ran.err.startswith("error: README.md:1: `chart` is switched off")) == (2, True)


def test_an_archive_that_is_switched_off_later_is_left_alone(export: Run, repo: Path) -> None:
    export(now=NOW - WEEK)
    before = files_of(repo / "output/archive")
    (repo / "config.yaml").write_bytes(f"{ONE_RANGE}archive: {{snapshots: none}}\n".encode())
    ran = export()
    assert files_of(repo / "output/archive") == before
    assert moved(repo) == [None] * 10
    assert "output/data/chart.json: This file is no longer updated" in ran.err


def test_shown_lists_move_against_the_week_before(export: Run, repo: Path, spotify: StandIn) -> None:
    listens(spotify, "ABCD")
    export(now=NOW - 3 * WEEK)
    assert moved(repo) == [None] * 4
    listens(spotify, "BAXD")
    export()
    assert moved(repo) == [("up", 1), ("down", 1), ("new", 0), ("same", 0)]
    listens(spotify, "DXAB")
    export(now=NOW + timedelta(hours=1))
    assert moved(repo) == [("up", 3), ("new", 0), ("down", 2), ("down", 2)]


def test_a_list_that_could_not_be_fetched_keeps_its_movement(
    export: Run, run: Run, repo: Path, spotify: StandIn
) -> None:
    for age, letters in ((1, "AB"), (0, "BA")):
        listens(spotify, letters)
        export(now=NOW - age * WEEK)
    spotify.faults[0] = Fault(path=ARTISTS, answer=Answer(503))
    export(now=NOW + WEEK)
    assert moved(repo) == [("up", 1), ("down", 1)]
    run("render", now=NOW + 2 * WEEK)
    assert moved(repo) == [("up", 1), ("down", 1)]


def test_a_range_that_was_not_recorded_has_nothing_to_move_against(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    listens(spotify, "AB")
    (repo / "config.yaml").write_bytes(ONE_RANGE.replace("short", "long").encode())
    export(now=NOW - WEEK)
    (repo / "config.yaml").write_bytes(ONE_RANGE.encode())
    export()
    assert moved(repo) == [None, None]
    assert [(row["movement"], row["last_week"]) for row in rows(repo)] == [(None, None)] * 2


class Counted(Folder):
    """A folder that records which snapshots are read."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.archived: list[str] = []

    def read(self, path: str) -> bytes | None:
        if "archive/" in path:
            self.archived.append(Path(path).stem)
        return super().read(path)


def test_an_ordinary_run_reads_one_snapshot(export: Run, repo: Path) -> None:
    for age in (3, 2, 1, 0):
        export(now=NOW - age * WEEK)
    config = load(repo / "config.yaml", may_be_missing=False)
    chart = msgspec.json.decode((repo / "output/data/chart.json").read_bytes(), type=ChartDocument)
    for known, read in (
        (chart, ["2026-W47"]),
        (None, ["2026-W45", "2026-W46", "2026-W47", "2026-W48"]),
        (msgspec.structs.replace(chart, week="2026-W47"), ["2026-W45", "2026-W46", "2026-W47", "2026-W48"]),
    ):
        folder = Counted(repo)
        documents = Documents(chart=known)
        remember(config, folder, Listening(), documents, NOW, visible=lambda weeks: weeks, afresh=False)
        assert folder.archived == read


def test_a_chart_that_is_gone_is_made_again(export: Run, run: Run, repo: Path) -> None:
    export()
    before = json.loads((repo / "output/data/chart.json").read_text("utf-8"))
    (repo / "output/data/chart.json").unlink()
    run("render", now=NOW + timedelta(hours=1))
    after = json.loads((repo / "output/data/chart.json").read_text("utf-8"))
    assert after == before | {"updated_at": "2026-11-23T13:34:56Z"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "damaged"),
        (b"{", "damaged"),
        (b"\xff", "damaged"),
        (b"[]", "damaged"),
        (b'{"schema_version": 2}', "damaged"),
        (None, "its week is 2026-W46"),
    ],
)
def test_a_damaged_snapshot_is_told_of_left_out_and_left_alone(
    export: Run, repo: Path, spotify: StandIn, content: bytes | None, words: str
) -> None:
    for age, letters in ((2, "AB"), (1, "CA")):
        listens(spotify, letters)
        export(now=NOW - age * WEEK)
    damaged = repo / "output/archive/2026-W47.json"
    content = (repo / "output/archive/2026-W46.json").read_bytes() if content is None else content
    damaged.write_bytes(content)
    listens(spotify, "BA")
    ran = export()
    assert ran.code == 0
    assert ran.err.startswith("warning: output/archive/2026-W47.json: This snapshot is damaged")
    assert words in ran.err
    assert damaged.read_bytes() == content
    assert weeks(repo) == ["2026-W46", "2026-W47", "2026-W48"]
    assert [row["last_week"] for row in rows(repo)] == [2, 1]
    assert moved(repo) == [None, None]
    before = files_of(repo)
    assert export("--strict").code == 4
    assert files_of(repo) == before


def test_a_damaged_snapshot_of_this_week_is_not_overwritten(export: Run, repo: Path) -> None:
    (repo / "output/archive").mkdir(parents=True)
    (repo / "output/archive/2026-W48.json").write_bytes(b"half a file")
    ran = export()
    assert (ran.code, "2026-W48.json: This snapshot is damaged" in ran.err) == (0, True)
    assert (repo / "output/archive/2026-W48.json").read_text("utf-8") == "half a file"
    assert not (repo / "output/data/chart.json").exists()


def test_a_run_dated_before_the_newest_snapshot_takes_none_and_says_so(
    export: Run, run: Run, repo: Path
) -> None:
    export(now=NOW + WEEK)
    ran = export()
    assert (ran.code, weeks(repo)) == (0, ["2026-W49"])
    assert "warning: output/archive/2026-W49.json: This snapshot is later than 2026-W48" in ran.err
    assert run("render").err == ""


def test_other_files_in_the_archive_are_nobodys_business(export: Run, repo: Path) -> None:
    (repo / "output/archive").mkdir(parents=True)
    for name in ("notes.md", "2025-W53.json", "2026-W00.json", "2026-W48.json.bak", "x2026-W47.json"):
        (repo / f"output/archive/{name}").write_bytes(b"mine")
    ran = export()
    assert (ran.code, ran.err) == (0, "")
    assert snapshot(repo)["week"] == "2026-W48"


@pytest.mark.parametrize(
    ("timezone", "instant", "week"),
    [
        ("Pacific/Kiritimati", datetime(2026, 11, 29, 10, tzinfo=UTC), "2026-W49"),
        ("Pacific/Pago_Pago", datetime(2026, 11, 30, 10, 59, 59, tzinfo=UTC), "2026-W48"),
        ("UTC", datetime(2027, 1, 3, 23, tzinfo=UTC), "2026-W53"),
    ],
)
def test_a_week_begins_on_monday_where_the_listener_lives(
    export: Run, repo: Path, timezone: str, instant: datetime, week: str
) -> None:
    (repo / "config.yaml").write_bytes(f"{ONE_RANGE}timezone: {timezone}\n".encode())
    export(now=instant)
    assert weeks(repo) == [week]


def everything_written(repo: Path) -> str:
    return "".join(
        content.decode()
        for path, content in files_of(repo).items()
        if path != "config.yaml" and "archive/" not in path
    )


@pytest.mark.parametrize("word", ["bravo", "spotify:artist:b", "B"])
def test_what_is_excluded_goes_from_everything_shown_and_older_weeks_stay_as_they_are(
    export: Run, repo: Path, spotify: StandIn, word: str
) -> None:
    (repo / "README.md").write_bytes(CHART.encode())
    artists = {"a": "Alpha", "b": "Bravo", "c": "Charlie"}
    for age, ids in ((1, "abc"), (0, "bca")):
        listens(spotify, ids)
        items = [{"id": id_, "name": artists[id_]} for id_ in ids]
        songs = [{"id": f"t{item['id']}", "name": f"song {item['id']}", "artists": [item]} for item in items]
        spotify.faults[0].answer = json_answer(200, {"items": items})
        spotify.faults[1].answer = json_answer(200, {"items": songs})
        export(now=NOW - age * WEEK)
    (repo / "config.yaml").write_bytes(SHOWN.encode())
    export()
    assert "Bravo" in everything_written(repo)
    before = files_of(repo / "output/archive")
    (repo / "config.yaml").write_bytes(f"{SHOWN}privacy: {{exclude: [{word!r}]}}\n".encode())
    assert export(now=NOW + timedelta(hours=1)).code == 0
    assert "Bravo" not in everything_written(repo)
    assert files_of(repo / "output/archive") == before
    assert [(row["name"], row["position"], row["last_week"]) for row in rows(repo)] == [
        ("Charlie", 1, 2), ("Alpha", 2, 1),
    ]  # fmt: skip
    assert [row["name"] for row in rows(repo, "tracks")] == ["song c", "song a"]
    assert moved(repo) == [("up", 1), ("down", 1)]
    (repo / "config.yaml").write_bytes(f"{ONE_RANGE}privacy: {{exclude: [{word!r}]}}\n".encode())
    export(now=NOW + WEEK)
    assert "Bravo" not in (repo / "output/archive/2026-W49.json").read_text("utf-8")


@pytest.mark.parametrize("word", ["B", "spotify:artist:b"])
def test_who_was_only_in_older_weeks_does_not_count_there_any_more(
    export: Run, repo: Path, spotify: StandIn, word: str
) -> None:
    listens(spotify, "ABC")
    export(now=NOW - WEEK)
    (repo / "config.yaml").write_bytes(f"{ONE_RANGE}privacy: {{exclude: [{word!r}]}}\n".encode())
    listens(spotify, "CA")
    export()
    for kind in ("artists", "tracks"):
        assert [row["last_week"] for row in rows(repo, kind)] == [2, 1]


@pytest.mark.parametrize("word", ["B", "spotify:artist:b"])
def test_who_is_only_in_the_archive_any_more_does_not_count_there_either(
    export: Run, repo: Path, spotify: StandIn, word: str
) -> None:
    for age, letters in ((2, "ABC"), (1, "CA")):
        listens(spotify, letters)
        export(now=NOW - age * WEEK)
    (repo / "config.yaml").write_bytes(f"{ONE_RANGE}privacy: {{exclude: [{word!r}]}}\n".encode())
    export()
    for kind in ("artists", "tracks"):
        assert [row["history"] for row in rows(repo, kind)] == [(2, 1, 1), (1, 2, 2)]


def test_more_than_was_asked_for_is_not_kept(export: Run, repo: Path, spotify: StandIn) -> None:
    for path in (ARTISTS, TRACKS):
        items = [{"id": str(number)} for number in range(60)]
        spotify.faults.append(Fault(path=path, answer=json_answer(200, {"items": items})))
    export()
    assert [len(snapshot(repo)[kind]["short_term"]) for kind in ("artists", "tracks")] == [50, 50]


@pytest.mark.parametrize(
    ("settings", "option", "words"),
    [
        ("", "list=albums", "can't show a list of albums"),
        ("top_artists: false\n", "list=artists", "can't show a list of artists"),
        (
            "top_tracks: {time_ranges: [long_term]}\n",
            "time_range=short_term",
            "`short_term` is not configured",
        ),
        ("", "limit=51", "limit can't be `51`"),
    ],
)
def test_a_chart_that_can_not_be_shown_is_an_error_at_its_marker(
    export: Run, repo: Path, settings: str, option: str, words: str
) -> None:
    (repo / "config.yaml").write_bytes(settings.encode())
    (repo / "README.md").write_bytes(
        f"\n<!-- listening:chart {option} -->\n<!-- /listening:chart -->\n".encode()
    )
    ran = export()
    assert ran.code == 2
    assert ran.err.startswith("error: README.md:2: ")
    assert words in ran.err


def test_without_tracks_the_chart_is_of_artists(export: Run, repo: Path) -> None:
    (repo / "config.yaml").write_bytes(f"{UNSEEN}top_tracks: false\n".encode())
    (repo / "README.md").write_bytes(CHART.encode())
    assert export().code == 0
    assert "| Artist | Last week |" in (repo / "README.md").read_text("utf-8")


def test_what_is_explicit_goes_from_the_chart_as_soon_as_that_is_wished(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    song = {"id": "x", "name": "Rude", "explicit": True}
    spotify.faults.append(Fault(path=TRACKS, answer=json_answer(200, {"items": [song, {"id": "y"}]})))
    (repo / "config.yaml").write_bytes(SHOWN.encode())
    export()
    assert "Rude" in everything_written(repo)
    (repo / "config.yaml").write_bytes(f"{SHOWN}privacy: {{hide_explicit: true}}\n".encode())
    export()
    assert "Rude" not in everything_written(repo)
    assert [row["position"] for row in rows(repo, "tracks")] == [1]


@pytest.mark.parametrize("settings", ["privacy: {exclude: ['', ' ']}\n", ""])
def test_an_empty_word_is_nobodys_name(
    export: Run, run: Run, repo: Path, spotify: StandIn, settings: str
) -> None:
    (repo / "config.yaml").write_bytes((ONE_RANGE + settings).encode())
    spotify.faults.append(Fault(path=TRACKS, answer=json_answer(200, {"items": [{"id": "x"}, {"name": ""}]})))
    export()
    assert len(rows(repo, "tracks")) == len(snapshot(repo)["tracks"]["short_term"]) == 2
    assert run("forget", "", "--yes").out.startswith("Nothing matches")


def test_a_chart_that_no_snapshot_backs_any_more_stays_without_what_is_hidden(
    export: Run, run: Run, repo: Path, spotify: StandIn
) -> None:
    (repo / "README.md").write_bytes(CHART.encode())
    listens(spotify, "ABC")
    export()
    before = files_of(repo / "output/data")
    (repo / "output/archive/2026-W48.json").unlink()
    run("render", now=NOW + timedelta(hours=1))
    assert files_of(repo / "output/data") == before
    (repo / "config.yaml").write_bytes(f"{ONE_RANGE}privacy: {{exclude: [B]}}\n".encode())
    run("render", now=NOW + timedelta(hours=1))
    assert names(repo) == "AC"
    assert "song B" not in (repo / "README.md").read_text("utf-8")


def test_a_local_file_moves_and_a_track_that_is_released_again_is_not_new(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    local: dict[str, Any] = {"id": None, "name": "Mine", "artists": [{"name": "Me"}]}
    single: dict[str, Any] = {"id": "x", "name": "Hit", "artists": [{"name": "A"}, {"name": "B"}]}
    album = single | {"id": "y", "name": "HIT"}
    for age, tracks in ((2, [single, local]), (1, [local, single]), (0, [album, local, local])):
        sends_lists(spotify, artists=entries(1), tracks=tracks)
        export(now=NOW - age * WEEK)
    assert [
        (row["position"], row["last_week"], row["peak"], row["weeks"], row["movement"]["kind"])
        for row in rows(repo, "tracks")
    ] == [(1, 2, 1, 3, "up"), (2, 1, 1, 3, "down"), (3, None, 3, 1, "new")]
    assert moved(repo, "top_tracks") == [("up", 1), ("down", 1), ("new", 0)]


def test_a_shown_list_moves_as_the_chart_does_however_few_are_shown(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    (repo / "config.yaml").write_bytes(ONE_RANGE.replace("top_tracks: {", "top_tracks: {limit: 1, ").encode())
    single = {"id": "x", "name": "Hit"}
    for age, tracks in ((1, [single]), (0, [single | {"id": "y"}, single])):
        sends_lists(spotify, artists=entries(1), tracks=tracks)
        export(now=NOW - age * WEEK)
    assert [row["movement"]["kind"] for row in rows(repo, "tracks")] == ["new", "down"]
    assert moved(repo, "top_tracks") == [("new", 0)]


def three_weeks(export: Run, repo: Path, spotify: StandIn) -> None:
    (repo / "README.md").write_bytes(f"# My own words about A\n\n{CHART}".encode())
    for age, letters in ((2, "ABC"), (1, "BAC"), (0, "CBA")):
        listens(spotify, letters)
        export(now=NOW - age * WEEK)


@pytest.mark.parametrize("name", ["a", "A", "spotify:artist:a"])
def test_who_is_forgotten_is_in_no_file_any_more(
    export: Run, run: Run, repo: Path, spotify: StandIn, name: str
) -> None:
    three_weeks(export, repo, spotify)
    (repo / "config.yaml").write_bytes(SHOWN.encode())
    export()
    ran = run("forget", name, "--yes")
    assert ran.code == 0
    assert "  output/archive/: 3 snapshots\n" in ran.out
    assert f'  exclude: ["{name}"]\n' in ran.out
    assert "  git filter-repo --invert-paths --path output/archive --path output/cards " in ran.out
    assert "git log -p README.md" in ran.out
    for path, content in files_of(repo / "output").items():
        assert not [word for word in ('"A"', '"a"', "song A", '"ta"') if word in content.decode()], path
    assert [artist["name"] for artist in snapshot(repo, "2026-W46")["artists"]["short_term"]] == ["B", "C"]
    assert names(repo) == "CB"
    assert [row["peak"] for row in rows(repo)] == [1, 1]
    readme = (repo / "README.md").read_text("utf-8")
    assert readme.startswith("# My own words about A\n")
    assert "song A" not in readme
    assert run("forget", name, "--yes").out.startswith("Nothing matches")


def test_who_is_only_in_old_weeks_is_forgotten_with_their_tracks(
    export: Run, run: Run, repo: Path, spotify: StandIn
) -> None:
    for age, letters in ((2, "ABC"), (1, "BC"), (0, "CB")):
        listens(spotify, letters)
        export(now=NOW - age * WEEK)
    assert run("forget", "spotify:artist:a", "--yes").code == 0
    assert [each["name"] for each in snapshot(repo, "2026-W46")["artists"]["short_term"]] == ["B", "C"]
    assert [each["name"] for each in snapshot(repo, "2026-W46")["tracks"]["short_term"]] == [
        "song B",
        "song C",
    ]


def test_the_history_of_other_files_is_never_advised_away(
    export: Run, run: Run, repo: Path, spotify: StandIn
) -> None:
    (repo / "config.yaml").write_bytes(f"{SHOWN}output: .\ntemplates: own\n".encode())
    (repo / "own/my notes").mkdir(parents=True)
    (repo / "own/my notes/{week}.md.j2").write_bytes(b"{{ week }}\n")
    listens(spotify, "ABC")
    export()
    ran = run("forget", "A", "--yes")
    (advised,) = [line for line in ran.out.splitlines() if "filter-repo --" in line]
    named = shlex.split(advised)[3:]
    assert named[0::2] == ["--path"] * 6
    assert named[1::2] == ["archive", "cards", "data", "feed.xml", "index.html", "my notes"]


def test_without_a_terminal_forgetting_asks_for_yes(
    export: Run, process: Run, repo: Path, spotify: StandIn
) -> None:
    three_weeks(export, repo, spotify)
    before = files_of(repo)
    ran = process("forget", "song B")
    assert (ran.code, files_of(repo)) == (2, before)
    assert ran.out.startswith("To remove “song B”, these are rewritten:\n")
    assert ran.err == (
        "error: Nobody can confirm that here, so nothing was written.\n  Confirm it with --yes.\n"
    )


def test_who_is_only_in_an_old_week_is_forgotten_there(
    export: Run, run: Run, repo: Path, spotify: StandIn
) -> None:
    for age, letters in ((1, "XA"), (0, "A")):
        listens(spotify, letters)
        export(now=NOW - age * WEEK)
    assert [row["last_week"] for row in rows(repo)] == [2]
    assert run("forget", "X", "--yes").code == 0
    assert [row["last_week"] for row in rows(repo)] == [1]


def test_a_name_that_nothing_goes_by_changes_nothing(export: Run, run: Run, repo: Path) -> None:
    export()
    before = files_of(repo)
    ran = run("forget", "Nobody")
    assert (ran.code, ran.out) == (
        0,
        "Nothing matches “Nobody”. Give the whole name; case does not matter.\n",
    )
    assert files_of(repo) == before


def test_a_name_that_nothing_goes_by_gets_the_nearest(
    export: Run, run: Run, repo: Path, spotify: StandIn
) -> None:
    for age, letters in ((1, "XA"), (0, "A")):
        listens(spotify, letters)
        export(now=NOW - age * WEEK)
    before = files_of(repo)
    for given, near in (("sonk a", "song A"), ("SONGX", "song X")):  # one shown, one only in an old week
        ran = run("forget", given, "--yes")
        assert (ran.code, ran.out) == (0, f"Nothing matches “{given}”. Did you mean `{near}`?\n")
    assert files_of(repo) == before


def test_the_names_of_artists_and_albums_are_suggested_too(export: Run, run: Run, repo: Path) -> None:
    export()
    document = json.loads((repo / "output/data/top_tracks.json").read_text("utf-8"))
    track = document["time_ranges"]["short_term"][0]
    for name in (track["artists"][0]["name"], track["album"]["name"]):
        assert f"Did you mean `{name}`?" in run("forget", f"{name.swapcase()}!", "--yes").out


def test_a_name_that_nothing_goes_by_does_not_bring_other_changes(
    export: Run, run: Run, repo: Path, spotify: StandIn
) -> None:
    three_weeks(export, repo, spotify)
    (repo / "config.yaml").write_bytes(f"{ONE_RANGE}privacy: {{exclude: [B]}}\n".encode())
    before = files_of(repo)
    assert run("forget", "Nobody", "--yes").out.startswith("Nothing matches")
    assert files_of(repo) == before


@pytest.mark.parametrize("name", ["Nobody", "", " "])
def test_a_name_that_nothing_goes_by_changes_nothing_later_either(
    export: Run, run: Run, repo: Path, spotify: StandIn, name: str
) -> None:
    three_weeks(export, repo, spotify)
    before = files_of(repo)
    ran = run("forget", name, "--yes", now=NOW + timedelta(hours=2))
    assert ran.out.startswith("Nothing matches")
    assert files_of(repo) == before


def test_forgetting_works_without_an_archive(export: Run, run: Run, repo: Path, spotify: StandIn) -> None:
    three_weeks(export, repo, spotify)
    shutil.rmtree(repo / "output/archive")
    assert run("forget", "A", "--yes").code == 0
    assert names(repo) == "CB"
    assert "song A" not in (repo / "README.md").read_text("utf-8")


def test_forgetting_tells_of_a_chart_that_is_left_from_before(
    export: Run, run: Run, repo: Path, spotify: StandIn
) -> None:
    three_weeks(export, repo, spotify)
    (repo / "README.md").unlink()
    (repo / "config.yaml").write_bytes(f"{ONE_RANGE}archive: {{snapshots: none}}\n".encode())
    assert "output/data/chart.json: This file is no longer updated" in run("forget", "A", "--yes").err


def test_forgetting_works_on_an_archive_that_is_switched_off(
    export: Run, run: Run, repo: Path, spotify: StandIn
) -> None:
    three_weeks(export, repo, spotify)
    (repo / "README.md").unlink()
    (repo / "config.yaml").write_bytes(f"{ONE_RANGE}archive: {{snapshots: none}}\n".encode())
    assert run("forget", "A", "--yes").code == 0
    assert '"A"' not in "".join(content.decode() for content in files_of(repo / "output/archive").values())


def test_a_damaged_snapshot_can_not_forget_and_is_told_of(
    export: Run, run: Run, repo: Path, spotify: StandIn
) -> None:
    three_weeks(export, repo, spotify)
    (repo / "output/archive/2026-W46.json").write_bytes(b"A")
    ran: Ran = run("forget", "A", "--yes")
    assert ran.code == 0
    assert (
        "warning: output/archive/2026-W46.json: “A” may still be in it: This snapshot is damaged" in ran.err
    )
    assert (repo / "output/archive/2026-W46.json").read_text("utf-8") == "A"
    assert '"A"' not in (repo / "output/archive/2026-W47.json").read_text("utf-8")
