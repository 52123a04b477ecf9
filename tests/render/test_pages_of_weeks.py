"""Pages of weeks: a template with `{week}` in its path is rendered once for each new week."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import NOW, Run, files_of, git
from standin import Fault, StandIn

from exporter.demo.answers import json_answer
from exporter.demo.repository import MARK

WEEK = timedelta(weeks=1)
PAGE = """\
{{ week }} {{ chart.week }} {{ chart.artists.short_term|map(attribute="name")|join }}
new {{ chart.new.artists.short_term|map(attribute="name")|join }}
left {{ chart.left.artists.short_term|map(attribute="name")|join }}
"""
SETTINGS = """\
now_playing: false
recently_played: false
skip: ["cards/*", index.html, feed.xml]
top_artists: {time_ranges: [short_term]}
top_tracks: false
"""


@pytest.fixture(autouse=True)
def _template(repo: Path) -> None:
    (repo / "config.yaml").write_bytes(SETTINGS.encode())
    template(repo, PAGE)


def template(repo: Path, text: str, name: str = "weeks/{week}.txt") -> None:
    path = repo / f"templates/{name}.j2"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def in_week(export: Run, spotify: StandIn, letters: str, week: int = 48) -> None:
    artists = [{"id": letter, "name": letter} for letter in letters]
    spotify.faults[:] = [Fault(path="/v1/me/top/artists", answer=json_answer(200, {"items": artists}))]
    assert export(now=NOW + (week - 48) * WEEK).code == 0


def pages(repo: Path) -> dict[str, str]:
    return {name: text.decode() for name, text in files_of(repo / "output/weeks").items()}


def test_each_new_week_is_a_page_of_its_own_chart_that_is_never_written_again(
    export: Run, run: Run, repo: Path, spotify: StandIn
) -> None:
    in_week(export, spotify, "AB", 47)
    in_week(export, spotify, "BC", 48)
    assert pages(repo) == {
        "2026-W47.txt": "2026-W47 2026-W47 AB\nnew \nleft \n",
        "2026-W48.txt": "2026-W48 2026-W48 BC\nnew C\nleft A\n",
    }
    template(repo, "other\n")
    assert run("render").code == 0
    in_week(export, spotify, "CD", 49)
    assert pages(repo)["2026-W47.txt"].startswith("2026-W47")
    assert pages(repo)["2026-W48.txt"].startswith("2026-W48")
    assert pages(repo)["2026-W49.txt"] == "other\n"


def test_a_new_template_makes_the_page_of_the_newest_week_and_of_no_earlier_one(
    export: Run, run: Run, repo: Path, spotify: StandIn
) -> None:
    (repo / "templates/weeks/{week}.txt.j2").unlink()
    in_week(export, spotify, "AB", 47)
    in_week(export, spotify, "BC", 48)
    template(repo, PAGE)
    assert "output/weeks/2026-W48.txt" in run("render").out
    assert list(pages(repo)) == ["2026-W48.txt"]
    assert "Nothing new" in run("render").out


def test_a_page_whose_template_failed_is_made_by_the_next_run(
    export: Run, run: Run, repo: Path, spotify: StandIn
) -> None:
    template(repo, "{{ chart.artists.long_term }}")
    spotify.faults[:] = []
    ran = export()
    assert ran.code == 2
    assert "templates/weeks/{week}.txt.j2:1" in ran.err
    assert (repo / "output/archive/2026-W48.json").exists()
    template(repo, "mended")
    assert run("render", now=NOW + timedelta(hours=1)).code == 0
    assert pages(repo) == {"2026-W48.txt": "mended"}


def test_only_the_page_that_is_missing_makes_a_run_read_all_weeks(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    in_week(export, spotify, "AB", 46)
    in_week(export, spotify, "AB", 47)
    in_week(export, spotify, "BC", 48)
    (repo / "output/archive/2026-W46.json").write_bytes(b"half a f")
    assert export(now=NOW + timedelta(hours=1)).err == ""
    (repo / "output/weeks/2026-W48.txt").unlink()
    assert "2026-W46.json: This snapshot is damaged" in export(now=NOW + timedelta(hours=2)).err
    assert pages(repo)["2026-W48.txt"].startswith("2026-W48 2026-W48 BC")


def test_forget_writes_the_pages_again_that_have_the_name_and_no_others(
    export: Run, run: Run, repo: Path, spotify: StandIn
) -> None:
    in_week(export, spotify, "AB", 45)
    in_week(export, spotify, "CD", 46)
    in_week(export, spotify, "CA", 47)
    in_week(export, spotify, "AC", 48)
    for path in (repo / "output/weeks").iterdir():
        path.write_bytes(f"A\n{path.stem}".encode())
    (repo / "output/weeks/2026-W47.txt").unlink()
    (repo / "output/weeks/2026-W46.txt").write_bytes(b"mine")
    assert run("forget", "A", "--yes").code == 0
    assert pages(repo) == {
        "2026-W45.txt": "2026-W45 2026-W45 B\nnew \nleft \n",
        "2026-W46.txt": "mine",
        "2026-W48.txt": "2026-W48 2026-W48 C\nnew \nleft \n",
    }


def test_pictures_of_weeks_are_made_for_each_theme(export: Run, repo: Path, spotify: StandIn) -> None:
    template(repo, '<svg xmlns="http://www.w3.org/2000/svg" fill="{{ theme.text }}"/>', "weeks/{week}.svg")
    in_week(export, spotify, "AB")
    assert set(pages(repo)) == {"2026-W48.txt", "2026-W48.svg", "2026-W48-dark.svg"}


@pytest.mark.parametrize("pattern", ["weeks/*", "weeks/2026-*", "weeks/{week}.txt"])
def test_pages_can_be_skipped(export: Run, run: Run, repo: Path, spotify: StandIn, pattern: str) -> None:
    (repo / "config.yaml").write_bytes(SETTINGS.replace("feed.xml", f"feed.xml, '{pattern}'").encode())
    in_week(export, spotify, "AB")
    assert pages(repo) == {}
    assert pattern not in run("check", "--offline").out


def test_without_weeks_there_are_no_pages(export: Run, repo: Path, spotify: StandIn) -> None:
    (repo / "config.yaml").write_bytes(f"{SETTINGS}archive: {{snapshots: none}}\n".encode())
    in_week(export, spotify, "AB")
    assert pages(repo) == {}


@pytest.mark.parametrize("name", ["weeks/{name}.md", "{weeks}/a.txt", "{Week}.json", "a/{}.txt"])
def test_another_placeholder_is_an_error_at_the_template(
    export: Run, repo: Path, spotify: StandIn, name: str
) -> None:
    template(repo, "", name)
    ran = export()
    assert (ran.code, spotify.requests, files_of(repo).keys() & {"output"}) == (2, [], set())
    assert f"error: templates/{name}.j2: " in ran.err
    assert "Write `{week}`" in ran.err


def test_what_other_files_see_and_pages_see_is_told_apart(export: Run, repo: Path) -> None:
    template(repo, "{{ week }}", "a.txt")
    template(repo, "{{ feed.id }}", "b/{week}.txt")
    ran = export()
    assert ran.code == 2
    assert "templates/a.txt.j2:1: There is no `week` here." in ran.err
    assert "templates/b/{week}.txt.j2:1: There is no `feed` here." in ran.err


def test_a_page_may_not_be_among_the_snapshots(export: Run, repo: Path) -> None:
    template(repo, "{}", "archive/{week}.json")
    assert "can't write to archive/" in export().err


def test_pages_are_not_told_as_left_over(export: Run, run: Run, repo: Path, spotify: StandIn) -> None:
    in_week(export, spotify, "AB", 47)
    in_week(export, spotify, "AB", 48)
    (repo / "output/weeks/2026.txt").write_bytes(b"")
    told = run("check", "--offline").out
    assert "output/weeks/2026.txt" in told
    assert "2026-W4" not in told


def test_published_a_page_is_made_once_on_the_live_branch(
    publish: Run, repo: Path, remote: Path, spotify: StandIn
) -> None:
    (repo / "config.yaml").write_bytes(
        f"{SETTINGS}sections: []\npublish: {{live_branch: live, live_history: squash}}\n".encode()
    )
    for age in (2, 1, 0):
        artists = [{"id": letter, "name": letter} for letter in "ABC"[age:]]
        spotify.faults[:] = [Fault(path="/v1/me/top/artists", answer=json_answer(200, {"items": artists}))]
        assert publish(now=NOW - age * WEEK).code == 0
    listed = git(remote, "ls-tree", "--name-only", "live:output/weeks").split()
    assert listed == ["2026-W46.txt", "2026-W47.txt", "2026-W48.txt"]
    assert git(remote, "show", "live:output/weeks/2026-W47.txt").startswith("2026-W47 2026-W47 BC")


def test_the_demo_makes_a_page_of_each_week(run: Run, repo: Path) -> None:
    template(repo / "demo", PAGE)
    (repo / "demo" / MARK).touch()
    (repo / "demo/README.md").touch()
    assert run("demo", "--config", "config.yaml", "--weeks", "4", now=NOW + 4 * WEEK).code == 0
    written = sorted(path.stem for path in (repo / "demo/output/weeks").iterdir())
    assert written == ["2026-W49", "2026-W50", "2026-W51", "2026-W52"]
    snapshot = json.loads((repo / "demo/output/archive/2026-W50.json").read_text("utf-8"))
    names = "".join(artist["name"] for artist in snapshot["artists"]["short_term"])
    assert (
        (repo / "demo/output/weeks/2026-W50.txt")
        .read_text("utf-8")
        .startswith(f"2026-W50 2026-W50 {names}\n")
    )
