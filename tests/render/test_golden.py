"""Compare whole rendered files with golden ones: `make golden` writes them again."""

import os
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from conftest import NOW, PROJECT, Run, files_of, git
from pictures import FOLDER, made, without_data
from standin import Fault, StandIn

from exporter.demo.answers import Answer, json_answer

GOLDEN = PROJECT / "tests/golden"

README = """\
<!-- listening:now_playing -->
<!-- /listening:now_playing -->

<!-- listening:recently_played limit=3 -->
<!-- /listening:recently_played -->

<!-- listening:top_artists limit=5 time_range=medium_term -->
<!-- /listening:top_artists -->

<!-- listening:top_tracks limit=5 -->
<!-- /listening:top_tracks -->
"""

HOSTILE = {
    "is_playing": True,
    "item": {
        "type": "track",
        "name": 'a | b](x) <img src=x> --> "q" & $& \\1 @someone\n\u202edesrever 👩‍👩‍👧 夜 مرحبا',
        "artists": [
            {"name": "*A* & _B_"},
            {"name": "`C`", "external_urls": {"spotify": "https://evil.example"}},
        ],
        "album": {"images": [{"url": "https://evil.example/x.png"}]},
    },
}

LISTENERS: dict[str, Fault | None] = {
    "playing": None,
    "idle": Fault(path="/v1/me/player/currently-playing", answer=Answer(204)),
    "hostile": Fault(path="/v1/me/player/currently-playing", answer=json_answer(200, HOSTILE)),
    "new_account": Fault(path="/v1/me/top/artists", answer=json_answer(200, {"items": []})),
}


@pytest.mark.parametrize("listener", LISTENERS)
def test_rendered_files_are_as_they_were(listener: str, export: Run, repo: Path, spotify: StandIn) -> None:
    fault = LISTENERS[listener]
    spotify.faults += [fault] if fault else []
    (repo / "config.yaml").write_text(
        "timezone: America/New_York\n"
        "recently_played: {limit: 3}\ntop_artists: {limit: 5}\ntop_tracks: {limit: 5}\n"
        "archive: {snapshots: none}\n"
    )
    (repo / "README.md").write_text(README)
    assert export().code == 0
    compare(files_of(repo), listener)


def compare(files: dict[str, bytes], listener: str) -> None:
    folder = GOLDEN / listener
    rendered = {name: without_data(content) for name, content in files.items()}
    if "UPDATE_GOLDEN" in os.environ:
        for name, content in rendered.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    assert rendered == files_of(folder)


CHARTED = """\
<!-- listening:chart -->
<!-- /listening:chart -->

<!-- listening:chart list=artists limit=3 -->
<!-- /listening:chart -->

<!-- listening:top_tracks -->
<!-- /listening:top_tracks -->
"""

WEEKS = ["ABCDE", "BACFD", "GBDAF"]
"""The top list of each week; in the last, A to G are hostile, foreign and ordinary names."""

NAMES = {
    "A": "a | b](x) <img src=x>", "B": "--> @someone", "C": "gone", "D": "夜に駆ける", "E": "gone too",
    "F": "مرحبا بالعالم", "G": '👩‍👩‍👧 and "friends"',
}  # fmt: skip


def named(kind: str, letter: str) -> dict[str, object]:
    url = f"https://open.spotify.com/{kind}/{letter}"
    return {"type": kind, "id": letter, "name": NAMES[letter], "external_urls": {"spotify": url}}


def lists(letters: str) -> list[Fault]:
    artists = [named("artist", letter) for letter in letters]
    tracks = [named("track", letter) | {"artists": [named("artist", letter)]} for letter in letters]
    return [
        Fault(path="/v1/me/top/artists", answer=json_answer(200, {"items": artists})),
        Fault(path="/v1/me/top/tracks", answer=json_answer(200, {"items": tracks})),
    ]


def test_a_chart_of_three_weeks_is_as_it_was(export: Run, repo: Path, spotify: StandIn) -> None:
    (repo / "config.yaml").write_text(
        "now_playing: false\nrecently_played: false\n"
        "top_artists: {time_ranges: [short_term]}\ntop_tracks: {time_ranges: [short_term]}\n"
    )
    (repo / "README.md").write_text(CHARTED)
    for age, letters in zip((2, 1, 0), WEEKS, strict=True):
        spotify.faults[:] = lists(letters)
        assert export(now=NOW - timedelta(weeks=age)).code == 0
    compare(files_of(repo), "charted")


def test_the_readme_of_a_live_branch_is_as_it_was(
    publish: Run, repo: Path, remote: Path, spotify: StandIn
) -> None:
    (repo / "config.yaml").write_text(
        "site: {title: 'Ada & <friends>'}\nrecently_played: {limit: 3}\npublish: {live_branch: listening}\n"
        "top_artists: {time_ranges: [short_term]}\ntop_tracks: {limit: 3, time_ranges: [short_term]}\n"
    )
    for age, letters in zip((2, 1, 0), WEEKS, strict=True):
        spotify.faults[:] = lists(letters)
        assert publish(now=NOW - timedelta(weeks=age)).code == 0
    compare({"README.md": f"{git(remote, 'show', 'listening:README.md')}\n".encode()}, "live")


def test_every_golden_document_is_valid_json() -> None:
    documents = list(GOLDEN.rglob("*.json"))
    assert documents
    for path in documents:
        assert msgspec.json.decode(path.read_bytes())["schema_version"] == 1


def test_golden_files_stay_bytes_on_every_system() -> None:
    assert "tests/golden/** -text" in (PROJECT / ".gitattributes").read_text()


def test_the_pictures_of_the_readme_are_what_the_demo_makes(tmp_path: Path) -> None:
    kept = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    assert kept.keys() == (drawn := made(tmp_path / "demo")).keys()
    for name, picture in kept.items():
        assert without_data(picture) == without_data(drawn[name]), f"{name}: run `make pictures`"
        assert (picture != without_data(picture)) == ("chart" not in name)
