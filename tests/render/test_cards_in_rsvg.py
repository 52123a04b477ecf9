"""The cards drawn by librsvg, which many programs that are no browser show SVG with."""

import re
import subprocess
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from conftest import CARDS, NOW, RSVG, Run
from PIL import Image
from standin import Fault, StandIn
from test_cards import EMPTY, SITUATIONS

pytestmark = pytest.mark.browser

FIRST_WEEK: dict[str, list[Fault]] = {"the first week": [], "the first week of a new account": EMPTY}

FEWEST_COLOURS = 100
"""An empty frame has 44, because its corners have smooth edges; the emptiest card has 265."""


@pytest.fixture
def covers() -> bool:
    return True


@pytest.fixture(params=[*SITUATIONS, *FIRST_WEEK])
def _situation(request: pytest.FixtureRequest, export: Run, spotify: StandIn) -> None:
    if request.param in SITUATIONS:
        export(now=NOW - timedelta(weeks=1))
    spotify.faults += {**SITUATIONS, **FIRST_WEEK}[request.param]
    assert export().code == 0


def drawn(card: Path) -> Image.Image:
    """Draw a card; librsvg must not complain."""
    done = subprocess.run([RSVG or "", card], capture_output=True, check=True, timeout=60)
    assert done.stderr == b"", card
    return Image.open(BytesIO(done.stdout))


@pytest.mark.usefixtures("_situation")
def test_every_card_is_drawn_without_a_warning(repo: Path) -> None:
    for path in CARDS:
        picture = drawn(repo / path)
        width, height = re.findall(r'(?:width|height)="(\d+)"', (repo / path).read_text("utf-8"))[:2]
        assert picture.size == (416, int(height)) == (int(width), int(height)), path
        assert len(picture.getcolors(2**24) or ()) > FEWEST_COLOURS, path
