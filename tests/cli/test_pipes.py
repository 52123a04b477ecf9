"""Output whose reader stops early, as `head` does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import NOW, PROJECT
from standin import StandIn


@pytest.mark.parametrize("words", ["export --dry-run", "check --offline"])
def test_a_reader_who_stops_reading_gets_no_traceback(repo: Path, spotify: StandIn, words: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    env = {"PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": ""}  # some machines set it to 1
    done = subprocess.run(
        [sys.executable, "-m", "exporter", *words.split(), "--now", NOW.isoformat()],
        cwd=repo,
        env=os.environ | spotify.environment | env,
        stdout=writing,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    os.close(writing)
    assert done.stderr == ""
