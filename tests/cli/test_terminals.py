"""Questions that commands ask a person at a terminal."""

import json
import os
from pathlib import Path

import pytest
from conftest import Run, files_of
from standin import StandIn


@pytest.mark.parametrize(
    ("answer", "code", "is_written"), [("n", 0, False), ("\x04", 130, False), ("y", 0, True)]
)
def test_forgetting_asks_first(
    export: Run,
    run: Run,
    repo: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    code: int,
    is_written: bool,
) -> None:
    export()
    before = files_of(repo)
    top = json.loads((repo / "output/data/top_tracks.json").read_text("utf-8"))["time_ranges"]["short_term"]
    ours, theirs = os.openpty()
    os.write(ours, f"{answer}\n".encode())
    with os.fdopen(theirs, encoding="utf-8") as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        ran = run("forget", top[0]["id"])
    os.close(ours)
    assert (ran.code, files_of(repo) != before) == (code, is_written)
    assert "  output/archive/: 1 snapshot\n" in ran.out


@pytest.mark.parametrize("covers", [True])
def test_fetching_covers_shows_how_many_of_how_many(
    export: Run, repo: Path, spotify: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo / "templates").mkdir()
    card = (
        "<svg>{% for item in top_tracks.time_ranges.short_term %}{{ cover(item, 36).data }}{% endfor %}</svg>"
    )
    (repo / "templates/mine.svg.j2").write_bytes(card.encode())
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        export()
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    number = len(spotify.pictures)
    assert number > 1
    assert "Covers" in shown
    assert f"{number}/{number}" in shown
