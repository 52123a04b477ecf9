"""What ListenBrainz has not calculated: no failure, no empty list, and nothing that a week waits for."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import NOW, UNSEEN, Ran, Run, files_of
from standin import Fault, ListenBrainz

from exporter.serving import Answer

LATER = NOW + timedelta(weeks=1)
LISTS = {"top_artists": "artists", "top_tracks": "recordings", "top_albums": "releases"}

README = "<!-- listening:top_artists time_range=month -->\n<!-- /listening:top_artists -->\n"


@pytest.fixture
def strict(repo: Path, run: Run, listenbrainz: ListenBrainz) -> Run:
    """Export from the stand-in ListenBrainz, strictly."""
    settings = f"source: {ListenBrainz.SOURCE}\nhttp: {{retry_budget: 0}}\n{UNSEEN}"
    (repo / "config.yaml").write_bytes(settings.encode())
    (repo / "README.md").write_bytes(README.encode())

    def strict(now: Any = NOW) -> Ran:
        listenbrainz.clock = lambda: now
        return run("export", "--strict", env=listenbrainz.environment, now=now)

    return strict


def not_calculated(document: str, span: str | None = None, status: int = 204) -> Fault:
    query = {"range": span} if span else {}
    return Fault(path=f"/1/stats/user/*/{LISTS[document]}", query=query, answer=Answer(status))


def read(repo: Path, path: str) -> Any:
    return json.loads((repo / "output" / path).read_bytes())


def ranges(repo: Path, document: str) -> Any:
    return read(repo, f"data/{document}.json")["time_ranges"]


def test_the_weeks_snapshot_is_taken_without_it(strict: Run, repo: Path, listenbrainz: ListenBrainz) -> None:
    listenbrainz.faults.append(not_calculated("top_artists", "month"))
    ran = strict()
    assert (ran.code, ran.err) == (0, "")
    snapshot = read(repo, "archive/2026-W48.json")
    assert list(snapshot["artists"]) == ["week", "all_time"]
    assert list(snapshot["tracks"]) == list(snapshot["albums"]) == ["week", "month", "all_time"]
    chart = read(repo, "data/chart.json")
    assert (list(chart["artists"]), chart["week"]) == (["week", "all_time"], "2026-W48")
    assert list(ranges(repo, "top_artists")) == ["week", "all_time"]
    assert (repo / "README.md").read_text("utf-8") == README


def test_the_old_list_stays_with_its_movement(strict: Run, repo: Path, listenbrainz: ListenBrainz) -> None:
    strict()
    strict(LATER)
    before = ranges(repo, "top_artists")
    assert {entry["movement"]["kind"] for entry in before["month"]} == {"same"}  # it is still October's
    section = (repo / "README.md").read_text("utf-8")
    assert section != README
    listenbrainz.faults.append(not_calculated("top_artists", "month"))
    ran = strict(LATER + timedelta(weeks=1))
    assert (ran.code, ran.err) == (0, "")
    now = ranges(repo, "top_artists")
    assert now["month"] == before["month"]
    assert now["week"] != before["week"]
    assert read(repo, "archive/2026-W50.json")["artists"].keys() == {"week", "all_time"}
    assert (repo / "README.md").read_text("utf-8").split("<sub>")[0] == section.split("<sub>")[0]


def test_when_it_comes_back_it_has_no_week_to_move_against(
    strict: Run, repo: Path, listenbrainz: ListenBrainz
) -> None:
    listenbrainz.faults.append(not_calculated("top_artists", "month"))
    strict()
    listenbrainz.faults.clear()
    assert strict(LATER).err == ""
    artists = ranges(repo, "top_artists")
    assert {entry["movement"] for entry in artists["month"]} == {None}
    assert None not in [entry["movement"] for entry in artists["week"]]


def test_a_whole_kind_of_list_may_be_missing(strict: Run, repo: Path, listenbrainz: ListenBrainz) -> None:
    (repo / "config.yaml").write_bytes(f"source: {ListenBrainz.SOURCE}\n".encode())
    listenbrainz.faults.append(not_calculated("top_albums"))
    ran = strict()
    assert (ran.code, ran.err) == (0, "")
    assert "output/data/top_albums.json" not in files_of(repo)
    assert "output/cards/top_albums.svg" in files_of(repo)
    assert read(repo, "archive/2026-W48.json")["albums"] == {}


def test_no_snapshot_is_taken_of_nothing(strict: Run, repo: Path, listenbrainz: ListenBrainz) -> None:
    listenbrainz.faults += map(not_calculated, LISTS)
    ran = strict()
    assert (ran.code, ran.err) == (0, "")
    found = files_of(repo)
    assert [path for path in found if "/archive/" in path] == []
    assert [path for path in found if "/data/" in path] == [
        "output/data/now_playing.json",
        "output/data/recently_played.json",
    ]
    listenbrainz.faults.clear()
    assert strict(NOW + timedelta(hours=1)).err == ""
    assert read(repo, "archive/2026-W48.json")["artists"].keys() == {"week", "month", "all_time"}


def test_a_list_that_fails_still_keeps_the_week_from_being_taken(
    strict: Run, repo: Path, listenbrainz: ListenBrainz
) -> None:
    listenbrainz.faults += [not_calculated("top_artists"), not_calculated("top_tracks", "week", 500)]
    ran = strict()
    assert ran.code == 4
    assert "top_tracks (week) could not be refreshed. ListenBrainz answered 500." in ran.err
    assert "top_artists" not in ran.err
    assert [path for path in files_of(repo) if "/archive/" in path] == []
