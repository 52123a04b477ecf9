"""Where output goes: to a reader that stops early, as `head` does, to a full disk, or to a terminal."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from conftest import NOW, PROJECT, Ran
from standin import StandIn


def printing(python: list[str], words: str, repo: Path, env: dict[str, str], **streams: Any) -> Ran:
    """Run a command as a process whose standard output, or error, goes elsewhere."""
    done = subprocess.run(
        [*python, "-m", "exporter", *words.split()],
        cwd=repo,
        env=os.environ | {"PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": ""} | env,  # some machines set it
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    return Ran(done.returncode, done.stdout or "", done.stderr or "")


@pytest.fixture
def stopped() -> Iterator[int]:
    """A pipe whose reader has stopped."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


AT = f"--now {NOW.isoformat()}"


@pytest.mark.parametrize(
    "words", [f"export --dry-run {AT}", f"export {AT}", f"check --offline {AT}", "--help"]
)
def test_a_reader_who_stops_reading_is_no_failure(
    python: list[str], repo: Path, spotify: StandIn, stopped: int, words: str
) -> None:
    ran = printing(python, words, repo, spotify.environment, stdout=stopped)
    assert (ran.code, ran.err) == (0, "")


def test_a_run_whose_reader_stops_writes_its_files(
    python: list[str], repo: Path, spotify: StandIn, stopped: int
) -> None:
    printing(python, f"export {AT}", repo, spotify.environment, stdout=stopped)
    assert (repo / "output/archive/2026-W48.json").exists()


def test_a_run_that_fails_fails_though_its_reader_stops(
    python: list[str], repo: Path, spotify: StandIn, stopped: int
) -> None:
    spotify.scopes = ["user-top-read"]
    assert printing(python, f"export {AT}", repo, spotify.environment, stdout=stopped).code == 3
    (repo / "config.yaml").write_bytes(b"nope: 1\n")
    assert printing(python, "check --offline", repo, spotify.environment, stdout=stopped).code == 2


if Path("/dev/full").exists():

    @pytest.mark.parametrize(
        "words",
        [
            *(f"export --dry-run {AT}", f"export {AT}", f"check {AT}", "forget nobody", "demo --weeks 1"),
            *("login --no-browser", "--help", "export --help"),
        ],
    )
    def test_a_full_disk_is_told_in_one_line(
        python: list[str], repo: Path, spotify: StandIn, words: str
    ) -> None:
        with Path("/dev/full").open("wb") as full:
            ran = printing(python, words, repo, spotify.environment, stdout=full, stdin=subprocess.DEVNULL)
        assert ran == Ran(1, "", "error: Standard output can't be written: No space left on device.\n")

    def test_a_new_python_ends_the_same_way(repo: Path, stopped: int) -> None:
        new = [sys.executable]
        assert printing(new, "--version", repo, {}, stdout=stopped) == Ran(0, "", "")
        with Path("/dev/full").open("wb") as full:
            ran = printing(new, "--version", repo, {}, stdout=full)
        assert ran == Ran(1, "", "error: Standard output can't be written: No space left on device.\n")


def at_a_terminal(python: list[str], words: str, repo: Path, env: dict[str, str], stream: str) -> str:
    """Return what a command shows at a terminal on one of its streams."""
    ours, theirs = pty.openpty()
    streams: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: theirs}
    with subprocess.Popen(
        [*python, "-m", "exporter", *words.split()],
        cwd=repo,
        env=os.environ | {"PYTHONPATH": str(PROJECT), "TERM": "xterm"} | env,
        **streams,
    ):
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # Linux says so when nobody writes to the terminal any more
            while text := os.read(ours, 65536):
                shown += text
    os.close(ours)
    return shown.decode()


@pytest.mark.parametrize(
    ("words", "coloured"),
    [
        (f"export --dry-run {AT}", ["\x1b[1m+++ b/README.md\x1b[0m", "\x1b[32m+**[", "\x1b[31m-Old.\x1b[0m"]),
        (f"check {AT}", ["\x1b[32m✓\x1b[0m the settings", "\x1b[33m!\x1b[0m"]),
    ],
    ids=["export", "check"],
)
def test_colours_are_for_terminals_and_not_for_whom_they_disturb(
    python: list[str], repo: Path, spotify: StandIn, words: str, coloured: list[str]
) -> None:
    (repo / "config.yaml").write_bytes(b"")
    (repo / "README.md").write_bytes(
        b"<!-- listening:now_playing -->\nOld.\n<!-- /listening:now_playing -->\n"
    )
    shown = at_a_terminal(python, words, repo, spotify.environment, "stdout")
    assert [text for text in coloured if text not in shown] == []
    assert "\x1b" not in at_a_terminal(python, words, repo, spotify.environment | {"NO_COLOR": "1"}, "stdout")
    assert "\x1b" not in printing(python, words, repo, spotify.environment).out


def test_a_terminal_shows_how_far_the_demo_is(python: list[str], repo: Path) -> None:
    shown = at_a_terminal(python, "demo --weeks 2", repo, {}, "stderr")
    for label in ("Weeks", "Covers"):
        assert re.search(rf"{label}  \[#+\]  (\d+)/\1\b", shown)
    assert printing(python, "demo --weeks 1 --output other", repo, {}).err == ""
