import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from conftest import PROJECT, Run, files_of

from exporter.models import DOCUMENTS, ChartDocument


def test_the_demo_writes_a_repository_and_says_what_to_open(run: Run, repo: Path) -> None:
    ran = run("demo")
    assert (ran.code, ran.err) == (0, "")
    named = [line.split()[0] for line in ran.out.splitlines()[1:]]
    assert str(Path("demo/README.md")) in named
    assert all((repo / name).exists() for name in named)
    for name, kind in DOCUMENTS.items():
        msgspec.json.decode((repo / f"demo/output/data/{name}.json").read_bytes(), type=kind)
    readme = (repo / "demo/README.md").read_text()
    assert readme.count("<!-- listening:") == readme.count("as of")


def test_the_demos_chart_is_alive(run: Run, repo: Path) -> None:
    run("demo")
    chart = msgspec.json.decode((repo / "demo/output/data/chart.json").read_bytes(), type=ChartDocument)
    assert len(chart.weeks) == len(list((repo / "demo/output/archive").iterdir())) == 8
    rows = chart.tracks["short_term"]
    assert {row.movement.kind for row in rows if row.movement} == {"new", "up", "down", "same"}
    assert any(row.movement and row.movement.kind == "new" and row.weeks > 1 for row in rows)
    assert any(row.weeks == 8 for row in rows)
    assert any(row.peak < row.position for row in rows)
    readme = (repo / "demo/README.md").read_text()
    assert "▲" in readme
    assert "▼" in readme


def test_the_same_demo_twice_gives_the_same_bytes(run: Run, repo: Path) -> None:
    run("demo", "--weeks", "3")
    before = files_of(repo)
    assert run("demo", "--weeks", "3").code == 0
    assert files_of(repo) == before
    assert run("demo", "--weeks", "3", "--output", "other").code == 0
    assert files_of(repo / "other") == files_of(repo / "demo")


def test_the_sample_listener_hears_hostile_and_foreign_titles(run: Run, repo: Path) -> None:
    (repo / "mine.yaml").write_text("top_tracks: {limit: 50}\ntop_artists: {limit: 50}\n")
    run("demo", "--config", "mine.yaml", "--weeks", "1")
    data = "".join((repo / f"demo/output/data/top_{name}.json").read_text() for name in ("artists", "tracks"))
    for part in (" | ", "@everyone", "**Bold**", "夜行列車", "فرقة", "🦊"):
        assert part in data


def test_a_folder_that_is_not_a_demos_is_left_alone(run: Run, repo: Path) -> None:
    (repo / "mine").mkdir()
    (repo / "mine/README.md").write_text("precious")
    ran = run("demo", "--output", "mine")
    assert ran.code == 2
    assert "--output" in ran.err
    assert files_of(repo) == {"mine/README.md": b"precious"}


@pytest.mark.parametrize("argument", [["--weeks", "0"], ["--weeks", "x"], ["--nope"]])
def test_wrong_usage_is_an_error(run: Run, repo: Path, argument: list[str]) -> None:
    assert run("demo", *argument).code == 2
    assert files_of(repo) == {}


def test_served_it_can_be_exported_from_by_hand(repo: Path, process: Run) -> None:
    command = [sys.executable, "-u", "-m", "exporter", "demo", "--serve", "--weeks", "1"]
    with subprocess.Popen(
        command, cwd=repo, env={"PYTHONPATH": str(PROJECT)}, stdout=subprocess.PIPE
    ) as demo:
        try:
            assert demo.stdout
            while "now-listening export" not in (line := demo.stdout.readline().decode()):
                assert line, "the demo ended before it served"
            ran = process("export", "--config", "demo/config.yaml")
            assert (ran.code, ran.err) == (0, "")
        finally:
            demo.send_signal(2)
        assert demo.wait(10) == 0
    assert not (repo / "demo/.env").exists()
