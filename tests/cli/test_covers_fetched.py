"""Fetching, embedding and keeping covers, with a user's own templates."""

import json
import os
import re
import subprocess
import sys
import zlib
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from conftest import FEW, NOW, PROJECT, UNSEEN, Run, files_of
from photographs import jpeg
from PIL import Image
from standin import Fault, StandIn

from exporter.serving import Answer

TILE = (
    "<rect{% if c.key %} data-cover='{{ c.key }}'{% endif %}"
    "{% if c.tried %} data-tried='{{ c.tried }}'{% endif %}/>"
)
PICTURE = "<image data-cover='{{ c.key }}' href='{{ c.data }}'/>"
SVG = f"""\
<svg xmlns="http://www.w3.org/2000/svg">
{{% for item in top_tracks.time_ranges.short_term[:4] if top_tracks %}}
{{% set c = cover(item, 36) %}}
{{% if c.data %}}{PICTURE}{{% else %}}{TILE}{{% endif %}}
{{% endfor %}}
</svg>
"""
PAGE = (
    SVG.replace("<svg xmlns=", "<div data-x=").replace("</svg>", "<br></div>").replace("href=", "alt='' src=")
)
ONE = (
    "{% set c = cover(now_playing.item, 150) %}"
    f"<svg>{{% if c.data %}}{PICTURE}{{% else %}}{TILE}{{% endif %}}</svg>"
)

CARD, DARK = "output/mine.svg", "output/mine-dark.svg"


@pytest.fixture
def covers() -> bool:
    return True


@pytest.fixture(autouse=True)
def _own_card(repo: Path) -> None:
    template(repo, "mine.svg", SVG)
    settings(repo, "")


def template(repo: Path, name: str, text: str) -> None:
    (repo / "templates").mkdir(exist_ok=True)
    (repo / f"templates/{name}.j2").write_text(text, "utf-8")


def settings(repo: Path, text: str) -> None:
    (repo / "config.yaml").write_bytes((FEW + text).encode())


def fetched(spotify: StandIn) -> list[str]:
    """List the covers that were asked for since the last call."""
    paths = [request.path for request in spotify.pictures]
    spotify.pictures.clear()
    return paths


def top(repo: Path) -> list[str]:
    """List the addresses of the covers of the four best tracks, in the size that the card needs."""
    tracks = json.loads((repo / "output/data/top_tracks.json").read_text("utf-8"))["time_ranges"][
        "short_term"
    ]
    addresses = [item["images"][1]["url"] for item in tracks[:4]]
    return list(dict.fromkeys(addresses))


def paths_of(addresses: list[str]) -> list[str]:
    return sorted(address.removeprefix("https://i.scdn.co") for address in addresses)


def marked(repo: Path, file: str = CARD) -> dict[str, str]:
    """Return what a file has for each cover: `picture`, `tile`, or the day on which it was tried."""
    text = (repo / file).read_text("utf-8")
    found = {}
    for tag in re.findall("<[^>]*data-cover=[^>]*>", text):
        values: dict[str, str] = dict(re.findall("([a-z-]+)='([^']*)'", tag))
        address = values["href"] if "href" in values else values.get("src", "")
        has_data = address.startswith("data:image/jpeg;base64,/9j/")
        found[values["data-cover"]] = "picture" if has_data else values.get("data-tried", "tile")
    return found


def test_covers_are_embedded_in_both_themes_and_fetched_once(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    template(repo, "page.html", PAGE)
    ran = export()
    assert (ran.code, ran.err) == (0, "")
    expected = {f"{address}@36": "picture" for address in top(repo)}
    assert [marked(repo, file) for file in (CARD, DARK, "output/page.html")] == [expected] * 3
    assert sorted(fetched(spotify)) == paths_of(top(repo))


def test_covers_are_asked_for_without_authorization(export: Run, spotify: StandIn) -> None:
    export()
    assert spotify.pictures
    assert not {"authorization", "cookie"} & {name for each in spotify.pictures for name in each.headers}


def test_a_cover_in_two_sizes_is_fetched_once(export: Run, repo: Path, spotify: StandIn) -> None:
    template(repo, "mine.svg", ONE)
    template(repo, "other.svg", ONE.replace("150", "140"))
    export()
    assert len(fetched(spotify)) == 1
    (one,), (other,) = marked(repo), marked(repo, "output/other.svg")
    assert (one.partition("@")[0], one[-4:], other[-4:]) == (other.partition("@")[0], "@150", "@140")


def test_a_run_in_which_nothing_changed_fetches_none_and_writes_nothing(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    template(repo, "page.html", PAGE)
    export()
    fetched(spotify)
    before = {path: path.stat().st_mtime_ns for path in repo.rglob("*")}
    assert export(now=NOW + timedelta(days=1)).out.startswith("Nothing new: no file changed.")
    assert fetched(spotify) == []
    assert {path: path.stat().st_mtime_ns for path in repo.rglob("*")} == before


TWICE = """\
import os
import sys

from exporter.cli import main

_, now, *cards = sys.argv
for gone in ([], cards):
    for card in gone:
        os.remove(card)
    assert main(["export", "--now", now]) == 0
    print("Pillow:", "PIL.Image" in sys.modules)
"""


def test_pillow_is_only_imported_for_a_new_cover(export: Run, repo: Path, spotify: StandIn) -> None:
    export()
    env = {**os.environ, **spotify.environment, "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-c", TWICE, NOW.isoformat(), CARD, DARK]
    ran = subprocess.run(command, cwd=repo, env=env, capture_output=True, encoding="utf-8", check=True)
    said = [line for line in ran.stdout.splitlines() if line.startswith("Pillow: ")]
    assert said == ["Pillow: False", "Pillow: True"]


def test_a_run_fetches_only_what_neither_file_has(export: Run, repo: Path, spotify: StandIn) -> None:
    export()
    fetched(spotify)
    before = files_of(repo)
    first, second = (address.encode() for address in top(repo)[:2])
    (repo / CARD).write_bytes(before[CARD].replace(first, b"gone").replace(second, b"gone"))
    (repo / DARK).write_bytes(before[DARK].replace(first, b"gone"))
    export()
    assert fetched(spotify) == paths_of([first.decode()])
    assert files_of(repo) == before


@pytest.mark.parametrize("file", [CARD, DARK])
def test_a_picture_in_one_file_wins_over_a_tile_in_another(
    export: Run, repo: Path, spotify: StandIn, file: str
) -> None:
    export()
    fetched(spotify)
    before = files_of(repo)
    (repo / file).write_bytes(re.sub(b"href='[^']*'", b"data-tried='2026-11-23'", before[file]))
    export()
    assert fetched(spotify) == []
    assert files_of(repo) == before


@pytest.mark.parametrize(
    "former",
    [
        "data:image/jpeg;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+",
        "data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+",
        "javascript:alert(1)",
        "https://evil.example/x.jpg",
    ],
)
def test_what_is_no_picture_in_the_file_of_before_is_replaced(export: Run, repo: Path, former: str) -> None:
    export()
    before = files_of(repo)
    for file in (CARD, DARK):
        hostile = re.sub("href='[^']*'", f"href='{former}'", before[file].decode())
        (repo / file).write_text(hostile, "utf-8")
    export()
    assert files_of(repo) == before


def a_png_of(width: int, height: int) -> bytes:
    """Make a PNG of one colour: 20,000 pixels in a square are 1 kB for a decoder that trusts its head."""
    out = BytesIO()
    Image.new("L", (1, 1)).save(out, "PNG")
    head = out.getvalue()
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    changed = head[12:16] + size + head[24:29]
    return head[:12] + changed + zlib.crc32(changed).to_bytes(4, "big") + head[33:]


IMAGES = "/image/*"
ENDLESS = Answer(200, jpeg("a", 300), {"Content-Type": "image/jpeg"})
FAULTS = {
    "9 MB": Fault(path=IMAGES, answer=Answer(200, jpeg("a", 300) + b"\0" * 9_000_000)),
    "HTML": Fault(path=IMAGES, answer=Answer(200, b"<!doctype html>", {"Content-Type": "image/jpeg"})),
    "SVG": Fault(path=IMAGES, answer=Answer(200, b"<svg xmlns='http://www.w3.org/2000/svg'/>")),
    "404": Fault(path=IMAGES, answer=Answer(404, jpeg("a", 300))),
    "503": Fault(path=IMAGES, answer=Answer(503, b"", {"Retry-After": "1"})),
    "empty": Fault(path=IMAGES, answer=Answer(200)),
    "redirect": Fault(path=IMAGES, answer=Answer(302, jpeg("a", 300), {"Location": "/elsewhere"})),
    "20,000 x 20,000": Fault(path=IMAGES, answer=Answer(200, a_png_of(20_000, 20_000))),
    "no gzip": Fault(path=IMAGES, answer=Answer(200, b"no gzip", {"Content-Encoding": "gzip"})),
    "closed": Fault(path=IMAGES),
    "cut": Fault(path=IMAGES, answer=ENDLESS, cut=True),
    "silence": Fault(path=IMAGES, hangs=True),
    "a body that never ends": Fault(path=IMAGES, answer=ENDLESS, drips="body"),
    "a head that never ends": Fault(path=IMAGES, answer=ENDLESS, drips="head"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_cover_that_can_not_be_had_is_a_tile_that_remembers_the_day(
    export: Run, repo: Path, spotify: StandIn, what: str
) -> None:
    settings(repo, "http: {timeout: 0.5}")
    template(repo, "one.svg", ONE)
    spotify.faults.append(FAULTS[what])
    ran = export("--strict")
    assert (ran.code, ran.err) == (0, "")
    assert set(marked(repo).values()) == set(marked(repo, "output/one.svg").values()) == {"2026-11-23"}
    asked = fetched(spotify)
    assert len(asked) == len(set(asked)) > 1


def test_one_cover_that_never_ends_keeps_no_other_from_coming(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    export()
    slow = top(repo)[0]
    (repo / CARD).unlink()
    (repo / DARK).unlink()
    settings(repo, "http: {timeout: 0.5}")
    spotify.faults.append(Fault(path=paths_of([slow])[0], hangs=True))
    assert export().code == 0
    expected = {f"{address}@36": "picture" for address in top(repo)}
    assert marked(repo) == expected | {f"{slow}@36": "2026-11-23"}


def test_a_cover_is_never_fetched_from_another_host(export: Run, repo: Path, spotify: StandIn) -> None:
    elsewhere = "{% set c = cover(namespace(images=[], image='https://evil.example/image/x'), 36) %}"
    template(repo, "mine.svg", f"{elsewhere}<svg>{TILE}</svg>")
    assert export().code == 0
    assert marked(repo) == {"https://evil.example/image/x@36": "2026-11-23"}
    assert fetched(spotify) == []


@pytest.mark.parametrize(
    ("timezone", "hours", "is_asked"),
    [("UTC", 1, False), ("UTC", 12, True), ("Pacific/Auckland", 1, False), ("Pacific/Auckland", 12, False)],
)
def test_what_could_not_be_had_is_tried_again_on_the_next_day_there(
    export: Run, repo: Path, spotify: StandIn, timezone: str, hours: int, is_asked: bool
) -> None:
    settings(repo, f"timezone: {timezone}\nprivacy: {{times: day}}\n")
    spotify.faults.append(Fault(path=IMAGES, answer=Answer(404)))
    export()
    assert len(fetched(spotify)) > 1
    before = files_of(repo)
    spotify.faults.clear()
    export(now=NOW + timedelta(hours=hours))
    assert bool(fetched(spotify)) == is_asked
    assert set(marked(repo).values()) == {"picture"} if is_asked else files_of(repo)[CARD] == before[CARD]


def test_a_tile_stays_the_same_until_the_cover_comes(export: Run, repo: Path, spotify: StandIn) -> None:
    spotify.faults.append(Fault(path=IMAGES, answer=Answer(404)))
    export()
    export(now=NOW + timedelta(days=1))
    assert set(marked(repo).values()) == {"2026-11-24"}
    spotify.faults.clear()
    export(now=NOW + timedelta(days=2))
    assert set(marked(repo).values()) == {"picture"}


def test_no_cover_is_fetched_or_marked_if_they_are_off(export: Run, repo: Path, spotify: StandIn) -> None:
    export()
    fetched(spotify)
    settings(repo, "cards: {covers: false}")
    assert export().code == 0
    assert fetched(spotify) == []
    assert marked(repo) == {}
    assert (repo / CARD).read_text("utf-8").count("<rect/>") == 4


def test_rendering_again_shows_the_covers_that_are_embedded_and_asks_nobody(
    export: Run, run: Run, repo: Path, spotify: StandIn
) -> None:
    export()
    spotify.requests.clear()
    fetched(spotify)
    template(repo, "mine.svg", SVG.replace("<svg ", "<svg id='mine' "))
    assert run("render", env=spotify.environment).code == 0
    assert "<svg id='mine' " in (repo / CARD).read_text("utf-8")
    assert set(marked(repo).values()) == {"picture"}
    assert (spotify.requests, spotify.pictures) == ([], [])


def test_rendering_again_keeps_the_day_of_a_tile(export: Run, run: Run, repo: Path, spotify: StandIn) -> None:
    spotify.faults.append(Fault(path=IMAGES, answer=Answer(404)))
    export()
    before = files_of(repo)
    assert run("render", now=NOW + timedelta(days=3)).code == 0
    assert files_of(repo) == before


def test_what_is_forgotten_or_excluded_has_no_cover_and_is_not_asked_for(
    export: Run, run: Run, repo: Path, spotify: StandIn
) -> None:
    export()
    first = json.loads((repo / "output/data/top_tracks.json").read_text("utf-8"))["time_ranges"][
        "short_term"
    ][0]
    album, gone = first["album"]["name"], f"{first['images'][1]['url']}@36"
    spotify.requests.clear()
    fetched(spotify)
    assert gone in marked(repo)
    assert run("forget", album, "--yes", env=spotify.environment).code == 0
    assert (spotify.requests, spotify.pictures) == ([], [])
    assert gone not in marked(repo)
    assert set(marked(repo).values()) <= {"picture", "tile"}
    settings(repo, f"privacy: {{exclude: [{json.dumps(album)}]}}")
    export()
    assert paths_of([gone])[0].removesuffix("@36") not in fetched(spotify)
    assert set(marked(repo).values()) == {"picture"}


def test_a_dry_run_fetches_covers_to_tell_the_sizes_and_writes_nothing(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    before = files_of(repo)
    told = export("--dry-run").out
    assert files_of(repo) == before
    assert len(fetched(spotify)) > 1
    export()
    assert f"{CARD}: changed, {(repo / CARD).stat().st_size} bytes" in told


def test_a_template_that_fails_with_its_covers_leaves_its_file_as_it_was(export: Run, repo: Path) -> None:
    export()
    before = files_of(repo)[CARD]
    template(repo, "mine.svg", SVG.replace("{% if c.data %}", "{% if c.data %}{{ c.data.nothing }}"))
    ran = export()
    assert ran.code == 2
    assert "templates/mine.svg.j2:4" in ran.err
    assert files_of(repo)[CARD] == before


def test_an_address_for_images_must_be_safe(run: Run, spotify: StandIn) -> None:
    ran = run("export", env=spotify.environment | {"SPOTIFY_IMAGES_URL": "http://images.example"})
    assert ran.code == 2
    assert "SPOTIFY_IMAGES_URL" in ran.err
    assert spotify.requests == []


def test_covers_are_told_with_v_only(
    export: Run, repo: Path, spotify: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    export()
    (repo / CARD).unlink()
    (repo / DARK).unlink()
    spotify.faults.append(Fault(path=paths_of(top(repo))[0]))
    assert export("-v").code == 0
    assert re.search("GET /image/[0-9a-f]{40}: 200, [0-9]+ bytes", caplog.text)
    assert re.search("GET /image/[0-9a-f]{40}: ConnectionError", caplog.text)


def test_many_covers_come_without_a_word(export: Run, repo: Path, spotify: StandIn) -> None:
    lists = "top_artists: {limit: 50}\ntop_tracks: {limit: 50}\n"
    (repo / "config.yaml").write_bytes((UNSEEN + lists).encode())
    template(repo, "mine.svg", SVG.replace("[:4]", " + top_artists.time_ranges.short_term"))
    ran = export()
    assert (ran.code, ran.err) == (0, "")
    assert len(fetched(spotify)) == len(marked(repo)) > 50
    assert set(marked(repo).values()) == {"picture"}
