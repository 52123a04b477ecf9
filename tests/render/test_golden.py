"""Compare whole rendered files with golden ones: `make golden` writes them again."""

import json
import os
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from html import unescape
from pathlib import Path

import msgspec
import pytest
from conftest import NOW, PROJECT, UNSEEN, Run, files_of, git
from pictures import FOLDER, made, without_data
from standin import Fault, LastFm, ListenBrainz, StandIn

from exporter.demo.answers import json_answer
from exporter.render.escaping import WORD_JOINER
from exporter.serving import Answer

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


@pytest.fixture
def covers() -> bool:
    return True


@pytest.mark.parametrize("listener", LISTENERS)
def test_rendered_files_are_as_they_were(listener: str, export: Run, repo: Path, spotify: StandIn) -> None:
    fault = LISTENERS[listener]
    spotify.faults += [fault] if fault else []
    (repo / "config.yaml").write_bytes(
        b"timezone: America/New_York\n"
        b"recently_played: {limit: 3}\ntop_artists: {limit: 5}\ntop_tracks: {limit: 5}\n"
        b"archive: {snapshots: none}\n"
    )
    (repo / "README.md").write_bytes(README.encode())
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
    settings = (
        "now_playing: false\nrecently_played: false\n"
        "top_artists: {time_ranges: [short_term]}\ntop_tracks: {time_ranges: [short_term]}\n"
    )
    (repo / "README.md").write_bytes(CHARTED.encode())
    for age, letters in zip((2, 1, 0), WEEKS, strict=True):
        (repo / "config.yaml").write_bytes((settings + (UNSEEN if age else "")).encode())
        spotify.faults[:] = lists(letters)
        assert export(now=NOW - timedelta(weeks=age)).code == 0
    compare(files_of(repo), "charted")


def test_the_readme_of_a_live_branch_is_as_it_was(
    publish: Run, repo: Path, remote: Path, spotify: StandIn
) -> None:
    (repo / "config.yaml").write_bytes(
        b"site: {title: 'Ada & <friends>'}\nrecently_played: {limit: 3}\npublish: {live_branch: listening}\n"
        b"top_artists: {time_ranges: [short_term]}\ntop_tracks: {limit: 3, time_ranges: [short_term]}\n"
        b"cards: {covers: false}\n"
    )
    for age, letters in zip((2, 1, 0), WEEKS, strict=True):
        spotify.faults[:] = lists(letters)
        assert publish(now=NOW - timedelta(weeks=age)).code == 0
    compare({"README.md": f"{git(remote, 'show', 'listening:README.md')}\n".encode()}, "live")


RANGES = {"listenbrainz": ("week", "all_time"), "lastfm": ("1month", "overall")}
"""Two time ranges of each source that counts plays."""


def every_section(source: str) -> str:
    short, long = RANGES[source]
    names = (
        *("now_playing", "recently_played limit=3", f"top_artists limit=5 time_range={short}"),
        *(f"top_artists limit=5 time_range={long}", "top_tracks limit=5", "top_albums limit=5"),
        *("chart limit=5", f"chart list=artists time_range={long} limit=3", "cards"),
    )
    return "\n".join(f"<!-- listening:{name} -->\n<!-- /listening:{name.split()[0]} -->\n" for name in names)


@pytest.mark.parametrize("source", RANGES)
def test_what_is_rendered_from_another_source_is_as_it_was(
    source: str, run: Run, repo: Path, request: pytest.FixtureRequest
) -> None:
    service: ListenBrainz | LastFm = request.getfixturevalue(source)
    lists = f"{{limit: 10, time_ranges: [{', '.join(RANGES[source])}]}}"
    settings = (
        f"source: {service.SOURCE}\nrecently_played: {{limit: 5}}\n"
        f"top_artists: {lists}\ntop_tracks: {lists}\ntop_albums: {lists}\n"
    )
    for now in (NOW - timedelta(weeks=1), NOW):
        (repo / "config.yaml").write_bytes((settings + (UNSEEN if now < NOW else "")).encode())
        (repo / "README.md").write_bytes((every_section(source) if now == NOW else "").encode())
        service.clock = partial(datetime.fromtimestamp, now.timestamp(), UTC)
        ran = run("export", "--strict", env=service.environment, now=now)
        assert (ran.code, ran.err) == (0, "")
    shown = {path: text for path, text in files_of(repo).items() if not path.startswith("output/archive/")}
    compare(shown, source)


@pytest.mark.parametrize("source", RANGES)
def test_the_golden_files_of_another_source_name_it_and_not_spotify(source: str) -> None:
    contents = {path: content.decode() for path, content in files_of(GOLDEN / source).items()}
    texts = {path: unescape(content).replace(WORD_JOINER, "") for path, content in contents.items()}
    assert not [path for path, text in texts.items() if "spotify" in text.lower()]
    rendered = {path for path in texts if path.endswith((".md", ".svg", ".html"))}
    name = {"listenbrainz": "ListenBrainz", "lastfm": "Last.fm"}[source]
    assert len(rendered) == 14
    assert [path for path in rendered if name not in texts[path]] == []
    documents = [json.loads(contents[path]) for path in contents if path.endswith(".json")]
    assert [document["source"] for document in documents] == [source] * 6


@pytest.mark.parametrize("source", RANGES)
def test_the_golden_files_of_another_source_count_plays_and_have_tiles(source: str) -> None:
    folder = GOLDEN / source
    for name in ("artists", "tracks", "albums"):
        lists = json.loads((folder / f"output/data/top_{name}.json").read_bytes())["time_ranges"]
        first = next(iter(lists.values()))
        assert all(item["plays"] > 0 for items in lists.values() for item in items)
        card = (folder / f"output/cards/top_{name}.svg").read_text("utf-8")
        seen = card.partition("</desc>")[2]
        assert all(re.search(rf"\b{item['plays']} plays?\b", seen) for item in first)
        pictures = len([item for item in first if item["image"]])
        assert card.count("data-cover=") == card.count("<image") == pictures
        assert name == "artists" or pictures > 0
        assert pictures < 10
    readme = (folder / "README.md").read_text("utf-8")
    assert readme.count(" | Plays | ") == 6


def test_every_golden_document_is_valid_json() -> None:
    documents = list(GOLDEN.rglob("*.json"))
    assert documents
    for path in documents:
        assert msgspec.json.decode(path.read_bytes())["schema_version"] == 1


def test_golden_files_stay_bytes_on_every_system() -> None:
    assert "tests/golden/** -text" in (PROJECT / ".gitattributes").read_text("utf-8")


def test_the_pictures_of_the_readme_are_what_the_demo_makes(tmp_path: Path) -> None:
    kept = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    assert kept.keys() == (drawn := made(tmp_path / "demo")).keys()
    for name, picture in kept.items():
        assert without_data(picture) == without_data(drawn[name]), f"{name}: run `make pictures`"
        assert (picture != without_data(picture)) == ("chart" not in name)
