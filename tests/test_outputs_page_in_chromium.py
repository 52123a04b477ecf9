"""The JavaScript in docs/outputs.md, in a real browser; reported as left out if there is no Chromium."""

import json
import re
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from conftest import NOW, Run
from document_examples import PAGE
from playwright.sync_api import Browser
from standin import Fault, StandIn

from exporter.serving import Answer

pytestmark = pytest.mark.browser

(LINE,) = re.findall(r"```js\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def says(chromium: Browser, instants: list[datetime], document: str) -> list[bool]:
    """Ask the line at each instant whether it is playing."""
    answers = []
    with closing(chromium.new_page()) as page:
        for instant in instants:
            page.clock.set_fixed_time(instant)
            asked = f"text => {{ const data = JSON.parse(text); {LINE}; return isPlaying; }}"
            answers.append(page.evaluate(asked, document))
    return answers


def test_a_site_says_playing_for_as_long_as_the_track_can_be(
    chromium: Browser, export: Run, repo: Path
) -> None:
    assert export().code == 0
    document = (repo / "output/data/now_playing.json").read_text("utf-8")
    ends = NOW + timedelta(milliseconds=json.loads(document)["item"]["duration_ms"])
    instants = [NOW, ends - timedelta(seconds=1), ends, NOW + timedelta(days=1)]
    assert says(chromium, instants, document) == [True, True, False, False]


@pytest.mark.parametrize("when_idle", ["last_played", "nothing"])
def test_a_site_says_nothing_plays_when_nothing_did(
    chromium: Browser, export: Run, repo: Path, spotify: StandIn, when_idle: str
) -> None:
    (repo / "config.yaml").write_bytes(f"now_playing: {{when_idle: {when_idle}}}\n".encode())
    spotify.faults.append(Fault(path="/v1/me/player/currently-playing", answer=Answer(204)))
    assert export().code == 0
    assert says(chromium, [NOW], (repo / "output/data/now_playing.json").read_text("utf-8")) == [False]
