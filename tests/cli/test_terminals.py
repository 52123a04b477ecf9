"""Questions that commands ask a person at a terminal."""

import json
import os
from pathlib import Path

import pytest
from conftest import Run, files_of


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
    top = json.loads((repo / "output/data/top_tracks.json").read_text())["time_ranges"]["short_term"]
    ours, theirs = os.openpty()
    os.write(ours, f"{answer}\n".encode())
    with os.fdopen(theirs, encoding="utf-8") as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        ran = run("forget", top[0]["id"])
    os.close(ours)
    assert (ran.code, files_of(repo) != before) == (code, is_written)
    assert "  output/archive/: 1 snapshot\n" in ran.out
