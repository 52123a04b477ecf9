"""Cards and page of the sources that have albums: no heavier than Spotify's, with photographs as covers."""

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from conftest import NOW, Run
from photographs import jpeg
from standin import Fault, LastFm, ListenBrainz

from exporter.serving import Answer, Request

PICTURES = {"listenbrainz": "/12/items/*", "lastfm": "/i/u/*"}
"""Where each source keeps its pictures."""


def photograph_for(request: Request) -> Answer:
    """Answer with a picture like a photograph, as wide as what was asked for."""
    asked = re.search("_thumb([0-9]+)|/i/u/([0-9]+)", request.path)
    assert asked
    picture = jpeg(request.path.rpartition("/")[2], int(asked[1] or asked[2]))
    return Answer(200, picture, {"Content-Type": "image/jpeg"})


@pytest.mark.parametrize("source", PICTURES)
def test_cards_and_page_keep_their_budgets(
    source: str, run: Run, repo: Path, request: pytest.FixtureRequest
) -> None:
    service: ListenBrainz | LastFm = request.getfixturevalue(source)
    service.faults.append(Fault(path=PICTURES[source], answer=photograph_for))
    for week in range(12):
        covers = "true" if week == 11 else "false"  # only the last week's are looked at
        (repo / "config.yaml").write_bytes(
            f"source: {service.SOURCE}\ncards: {{covers: {covers}}}\n".encode()
        )
        now = NOW + timedelta(weeks=week)
        service.clock = partial(datetime.fromtimestamp, now.timestamp(), UTC)
        assert run("export", env=service.environment, now=now).code == 0
    sizes = {path.stem: path.stat().st_size for path in (repo / "output/cards").iterdir()}
    sizes["index"] = (repo / "output/index.html").stat().st_size
    assert sizes["now_playing"] <= 36_000
    assert 15_000 < sizes["covers"] <= 60_000
    assert max(sizes["top_artists"], sizes["top_tracks"], sizes["top_albums"]) <= 45_000
    assert 100_000 < sizes["index"] <= 250_000
