"""Cards and page keep their budgets with photographs as covers, whichever source they are from."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from conftest import NOW, UNSEEN, Run
from photographs import jpeg
from standin import Fault, LastFm, ListenBrainz, StandIn
from test_page import of_class, page_of

from exporter.demo.spotify.objects import PICTURE_WIDTHS
from exporter.serving import Answer, Request

PICTURES: Mapping[str, str] = {
    "spotify": "/image/*",
    "listenbrainz": "/12/items/*",
    "lastfm": "/i/u/*",
}
"""Where each source keeps its pictures."""


@pytest.fixture
def covers() -> bool:
    return True


def photograph_for(request: Request) -> Answer:
    """Answer with one of eight pictures like photographs, as wide as what was asked for."""
    name = request.path.rpartition("/")[2]
    asked = re.search("_thumb([0-9]+)|/i/u/([0-9]+)", request.path)
    width = int(asked[1] or asked[2]) if asked else PICTURE_WIDTHS[name[:16]]
    picture = jpeg(f"photograph {sum(name.encode()) % 8}", width)
    return Answer(200, picture, {"Content-Type": "image/jpeg"})


@pytest.mark.parametrize("source", PICTURES)
def test_cards_and_page_keep_their_budgets(
    source: str, run: Run, repo: Path, request: pytest.FixtureRequest
) -> None:
    service: StandIn | ListenBrainz | LastFm = request.getfixturevalue(source)
    service.faults.append(Fault(path=PICTURES[source], answer=photograph_for))
    for week in range(12):
        unseen = "" if week == 11 else UNSEEN  # only the last week's are looked at
        (repo / "config.yaml").write_bytes(f"source: {service.SOURCE}\n{unseen}".encode())
        now = NOW + timedelta(weeks=week)
        service.clock = partial(datetime.fromtimestamp, now.timestamp(), UTC)
        assert run("export", env=service.environment, now=now).code == 0
    sizes = {path.stem: path.stat().st_size for path in (repo / "output/cards").iterdir()}
    page = (repo / "output/index.html").stat().st_size
    assert 15_000 < sizes["now_playing"] <= 36_000
    assert 15_000 < sizes["covers"] <= 60_000
    assert max(size for name, size in sizes.items() if name.startswith("top_")) <= 45_000
    assert 100_000 < page <= 250_000
    if source == "spotify":  # the others lack some pictures
        assert sizes["top_artists"] > 15_000
        assert len(list(of_class(page_of(repo), "cover"))) == 1 + 6 * 10 + 9  # two plays in a row are one
        assert page > 150_000
