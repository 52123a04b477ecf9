"""What is printed if the terminal's encoding can't show every character."""

import os
from pathlib import Path

from conftest import NOW, fresh
from standin import Fault, StandIn

from exporter.demo.answers import json_answer


def test_a_title_that_the_terminal_can_not_show_is_told_by_the_numbers_of_its_letters(
    repo: Path, spotify: StandIn
) -> None:
    (repo / "config.yaml").write_bytes(b"recently_played: false\ntop_artists: false\ntop_tracks: false\n")
    playing = {"is_playing": True, "item": {"type": "track", "name": "夜曲"}}
    spotify.faults.append(Fault(path="/v1/me/player/currently-playing", answer=json_answer(200, playing)))
    env = os.environ | spotify.environment | {"PYTHONIOENCODING": "cp1252"}
    ran = fresh("export", "--dry-run", "--now", NOW.isoformat(), cwd=repo, env=env)
    assert (ran.code, ran.err) == (0, "")
    assert r'"name":"\u591c\u66f2"' in ran.out
