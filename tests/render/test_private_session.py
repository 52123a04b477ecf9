"""What is shown in a private session, when Spotify says nothing of what plays, and plays are old."""

import re
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from conftest import NOW, Run
from seen import read, seen
from standin import Fault, StandIn
from test_cards import texts_of
from test_page import of_class, page_of, text_of

from exporter.demo.answers import json_answer
from exporter.serving import Answer

CURRENT, RECENT = "/v1/me/player/currently-playing", "/v1/me/player/recently-played"

SILENT = {
    "no content": Answer(204),
    "no item": json_answer(200, {"is_playing": False, "currently_playing_type": "track", "item": None}),
    "an unknown item": json_answer(
        200, {"is_playing": False, "currently_playing_type": "unknown", "item": None}
    ),
}
UNNAMED = json_answer(200, {"is_playing": True, "currently_playing_type": "unknown", "item": None})
RAIN = {
    "type": "track",
    "id": "r",
    "name": "Rain",
    "artists": [{"name": "The Ferns"}],
    "album": {"name": "Moss"},
}


def played(*ages: timedelta) -> Fault:
    """Answer with plays of one track that are so old."""
    plays = [{"track": RAIN, "played_at": (NOW - age).isoformat()} for age in ages]
    return Fault(path=RECENT, answer=json_answer(200, {"items": plays}))


def shown(export: Run, repo: Path) -> tuple[str, str, str]:
    """Export, and return the words of card, section and page about what plays."""
    (repo / "README.md").write_bytes(b"<!-- listening:now_playing -->\n<!-- /listening:now_playing -->\n")
    assert export().code == 0
    (paragraph,) = seen((repo / "README.md").read_text("utf-8")).paragraphs
    card = [text for text in texts_of(repo, "now_playing") if len(text) > 1]  # no letter of a tile
    opening = text_of(next(of_class(page_of(repo), "opening")))
    return " | ".join(card), read(paragraph.text), re.sub("^[A-Z] (?=Last)", "", opening)


@pytest.mark.parametrize("silence", SILENT)
@pytest.mark.parametrize(
    ("age", "brief", "moment"),
    [
        (timedelta(days=5), "18 Nov, 12:00", "18 Nov 2026, 12:00 UTC"),
        (timedelta(days=400), "19 Oct 2025, 12:00", "19 Oct 2025, 12:00 UTC"),
    ],
    ids=["this year", "another year"],
)
def test_the_last_play_is_shown_with_its_day(
    export: Run, repo: Path, spotify: StandIn, silence: str, age: timedelta, brief: str, moment: str
) -> None:
    spotify.faults += [Fault(path=CURRENT, answer=SILENT[silence]), played(age)]
    assert shown(export, repo) == (
        f"Last played · {brief} | Rain | The Ferns | Moss | on Spotify",
        f"Rain The Ferns Last played on Spotify · {moment}",
        f"Last played · {brief} Rain The Ferns Moss",
    )
    (when,) = (text_of(each) for each in of_class(page_of(repo), "when"))
    assert when == brief


@pytest.mark.parametrize("silence", SILENT)
def test_without_a_play_it_says_as_of_when_nothing_is_playing(
    export: Run, repo: Path, spotify: StandIn, silence: str
) -> None:
    spotify.faults += [Fault(path=CURRENT, answer=SILENT[silence]), played()]
    assert shown(export, repo) == (
        "As of 23 Nov, 12:00 | Nothing is playing | on Spotify",
        "Nothing is playing On Spotify · 23 Nov 2026, 12:00 UTC",
        "As of 23 Nov, 12:00 Nothing is playing",
    )


def test_what_plays_without_a_name_is_neither_nothing_nor_the_last_play(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    spotify.faults += [Fault(path=CURRENT, answer=UNNAMED), played(timedelta(days=5))]
    assert shown(export, repo) == (
        "Playing · 23 Nov, 12:00 | Something | without a name | on Spotify",
        "Something Spotify does not name is playing On Spotify · 23 Nov 2026, 12:00 UTC",
        "Playing · 23 Nov, 12:00 Something Spotify does not name",
    )


def test_a_session_that_stays_private_changes_no_file(export: Run, repo: Path, spotify: StandIn) -> None:
    spotify.faults += [Fault(path=CURRENT, answer=SILENT["no content"]), played(timedelta(days=5))]
    shown(export, repo)
    spotify.faults[0] = Fault(path=CURRENT, answer=SILENT["no item"])
    ran = export(now=NOW + timedelta(hours=3))
    assert ran.out.startswith("Nothing new: no file changed.")
    words = ET.parse(repo / "output/cards/now_playing.svg").getroot()[0].text  # noqa: S314 # our own text
    assert words == "Last played · 18 Nov, 12:00"
