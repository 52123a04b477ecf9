import os
import re
import socket
import subprocess
import sys
from cProfile import Profile
from datetime import UTC, datetime, timedelta
from functools import partial
from html import unescape
from pathlib import Path

import msgspec
import pytest
from conftest import NOW, PROJECT, CommandIn, Ran, Run, files_of, git
from standin import StandIn

from exporter.archive import snapshots
from exporter.demo.repository import CONFIG, MARK
from exporter.records import DOCUMENTS, ChartDocument


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory, command_in: CommandIn) -> tuple[Ran, Path]:
    """What `demo` says, and the folder that it runs in."""
    folder = tmp_path_factory.mktemp("sample")
    return command_in("demo", "--now", NOW.isoformat(), cwd=folder, env=os.environ), folder


@pytest.fixture
def settings(repo: Path) -> Path:
    """The sample listener's settings, but without what takes longest to draw."""
    path = repo / "mine.yaml"
    less = "cards: {covers: false}\nskip: [index.html, feed.xml]\n"
    path.write_bytes((CONFIG.format(source="spotify") + less).encode())
    return path


def test_the_demo_writes_a_repository_and_says_what_to_open(sample: tuple[Ran, Path]) -> None:
    ran, folder = sample
    assert (ran.code, ran.err) == (0, "")
    named = [words[0] for words in opened(ran.out)]
    assert named[:2] == [str(Path("demo/output/index.html")), str(Path("demo/README.md"))]
    assert all((folder / name).exists() for name in named)
    for name, kind in DOCUMENTS.items():
        if name == "top_albums":  # Spotify has none
            continue
        msgspec.json.decode((folder / f"demo/output/data/{name}.json").read_bytes(), type=kind)
    readme = (folder / "demo/README.md").read_text("utf-8")
    assert readme.count("<!-- listening:") == readme.count("<!-- listening:cards") + readme.count(
        "on Spotify · "
    )


def test_it_names_nothing_that_is_not_there(run: Run, settings: Path) -> None:
    named = [words[0] for words in opened(run("demo", "--config", str(settings), "--weeks", "1").out)]
    assert named[0] == str(Path("demo/README.md"))
    assert not [name for name in named if name.endswith(("index.html", "feed.xml"))]


def opened(out: str) -> list[list[str]]:
    """Split the lines that name something to open into words."""
    return [line.split() for line in out.splitlines() if line.startswith("  ")]


def test_it_ends_by_saying_how_to_see_it_and_how_to_reach_its_stand_in(sample: tuple[Ran, Path]) -> None:
    last = sample[0].out.splitlines()[-1]
    assert "--open" in last
    assert last.endswith("add --serve.")


@pytest.mark.parametrize("hour", [0, 7, 12, 19, 20, 21, 22, 23])
def test_its_readme_pleases_at_first_sight_at_any_hour(
    run: Run, repo: Path, settings: Path, hour: int
) -> None:
    run("demo", "--config", str(settings), "--weeks", "2", now=NOW.replace(hour=hour))
    readme = (repo / "demo/README.md").read_text("utf-8")
    opened = re.findall("<!-- listening:([a-z_]+)", readme)
    assert opened[0] == "cards"
    assert "Last played on" in readme or "Playing on" in readme
    first = unescape(readme.partition("## Recently played")[0])
    linked = re.findall(r"\[([^<].*?)\]\(https://open", first)
    assert len(linked) == 5
    assert not {name for name in linked if not re.fullmatch("[A-Za-zÀ-ž0-9 .,\u2019'&!?-]+", name)}


def test_hostile_and_foreign_titles_stay_in_it_further_down(sample: tuple[Ran, Path]) -> None:
    _, folder = sample
    readme = (folder / "demo/README.md").read_text("utf-8")
    assert re.search("[א-ת]", readme)
    archive = (folder / "demo/output/archive/2026-W48.json").read_text("utf-8")
    for name in ("<img src=x onerror=alert(1)>", "@everyone", "Pipe | Dream", "夜行列車", "فرقة النخيل"):
        assert name in archive


def test_the_demos_chart_is_alive(sample: tuple[Ran, Path]) -> None:
    _, folder = sample
    chart = msgspec.json.decode((folder / "demo/output/data/chart.json").read_bytes(), type=ChartDocument)
    assert len(chart.weeks) == len(list((folder / "demo/output/archive").iterdir())) == 8
    rows = chart.tracks["short_term"]
    assert {row.movement.kind for row in rows if row.movement} == {"new", "up", "down", "same"}
    assert any(row.movement and row.movement.kind == "new" and row.weeks > 1 for row in rows)
    assert any(row.weeks == 8 for row in rows)
    assert any(row.peak < row.position for row in rows)
    readme = (folder / "demo/README.md").read_text("utf-8")
    assert "▲" in readme
    assert "▼" in readme


def test_twice_the_weeks_need_about_twice_the_work(run: Run, settings: Path) -> None:
    decoded = {weeks: decodes(run, settings, weeks) for weeks in (5, 10)}
    assert decoded[10] - decoded[5] <= 10


def decodes(run: Run, settings: Path, weeks: int) -> int:
    """Count the snapshots that a demo reads."""
    with Profile() as profile:
        run("demo", "--config", str(settings), "--weeks", str(weeks), "--output", f"demo-{weeks}")
    code = snapshots.decode.__code__
    return next(entry.callcount for entry in profile.getstats() if entry.code == code)


@pytest.mark.parametrize("covers", [True])
def test_early_weeks_have_the_snapshots_of_whole_runs(
    run: Run, repo: Path, settings: Path, spotify: StandIn
) -> None:
    run("demo", "--config", str(settings), "--weeks", "3")
    (repo / "config.yaml").write_bytes((repo / "demo/config.yaml").read_text("utf-8").encode())
    for age in (2, 1, 0):
        now = NOW - timedelta(weeks=age)
        spotify.clock = partial(datetime.fromtimestamp, now.timestamp(), UTC)
        run("export", env=spotify.environment, now=now)
    assert files_of(repo / "output") == files_of(repo / "demo/output")


def test_with_settings_for_two_lanes_its_readme_shows_the_cards_beside_it(run: Run, repo: Path) -> None:
    git(repo, "init", "--quiet")
    git(repo, "remote", "add", "origin", "https://github.com/ada/ada.git")
    (repo / "demo/templates/cards").mkdir(parents=True)
    (repo / "demo/.now-listening-demo").touch()
    (repo / "demo/templates/cards/mine.svg.j2").write_bytes(b'<svg xmlns="http://www.w3.org/2000/svg"/>\n')
    readme = repo / "demo/README.md"
    readme.write_bytes(b"<!-- listening:cards show=mine -->\n<!-- /listening:cards -->\n")
    (repo / "mine.yaml").write_bytes(b"publish: {live_branch: listening}\n")
    assert run("demo", "--config", "mine.yaml", "--weeks", "1").code == 0
    assert '<img src="output/cards/mine.svg"' in readme.read_text("utf-8")


def test_the_same_demo_twice_gives_the_same_bytes(run: Run, repo: Path) -> None:
    run("demo", "--weeks", "2")
    before = files_of(repo)
    assert run("demo", "--weeks", "2").code == 0
    assert files_of(repo) == before
    assert run("demo", "--weeks", "2", "--output", "other").code == 0
    assert files_of(repo / "other") == files_of(repo / "demo")


def test_the_sample_listener_hears_hostile_and_foreign_titles(run: Run, repo: Path) -> None:
    (repo / "mine.yaml").write_bytes(
        b"top_tracks: {limit: 50}\ntop_artists: {limit: 50}\ncards: {covers: false}\n"
    )
    run("demo", "--config", "mine.yaml", "--weeks", "1")
    data = "".join(
        (repo / f"demo/output/data/top_{name}.json").read_text("utf-8") for name in ("artists", "tracks")
    )
    for part in (" | ", "@everyone", "**Bold**", "夜行列車", "فرقة", "🦊"):
        assert part in data


def test_a_folder_that_is_not_a_demos_is_left_alone(run: Run, repo: Path) -> None:
    (repo / "mine").mkdir()
    (repo / "mine/README.md").write_bytes(b"precious")
    ran = run("demo", "--output", "mine")
    assert ran.code == 2
    assert "--output" in ran.err
    assert files_of(repo) == {"mine/README.md": b"precious"}


@pytest.mark.parametrize(
    "argument",
    [["--weeks", "0"], ["--weeks", "x"], ["--nope"], ["--open", "--port", "0"], ["--port", "8000"]],
)
def test_wrong_usage_is_an_error(run: Run, repo: Path, argument: list[str]) -> None:
    assert run("demo", *argument).code == 2
    assert files_of(repo) == {}


if sys.platform != "win32":  # where there may be no make

    def test_make_demo_installs_only_what_the_demo_needs() -> None:
        make = ["make", "--dry-run", "--always-make", "demo"]
        done = subprocess.run(make, cwd=PROJECT, capture_output=True, encoding="utf-8", check=True)
        assert re.findall(r"-r (\S+)", done.stdout) == ["requirements/runtime.lock"]


def test_a_port_that_is_taken_is_an_error_before_anything_is_made(run: Run, repo: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ran = run("demo", "--serve", "--port", str(port))
    assert (ran.code, ran.out, files_of(repo)) == (2, "", {})
    assert ran.err.startswith(f"error: Port {port} can't be used: ")


def test_a_card_of_ones_own_has_covers_in_it(run: Run, repo: Path) -> None:
    (repo / "demo/templates").mkdir(parents=True)
    (repo / "demo" / MARK).touch()
    card = "{% set c = cover(now_playing.item, 36) %}<svg><image href='{{ c.data }}'/></svg>"
    (repo / "demo/templates/mine.svg.j2").write_bytes(card.encode())
    assert run("demo", "--weeks", "1").code == 0
    assert "data:image/jpeg;base64," in (repo / "demo/output/mine.svg").read_text("utf-8")
