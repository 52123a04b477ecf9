"""The page `index.html`: self-contained, safe, complete, in every situation."""

import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from conftest import NOW, CommandIn, Run
from standin import Fault, StandIn
from test_cards import EMPTY, SITUATIONS, export_twice, lists_of
from texts import HOSTILE

from exporter.config.theme import contrast
from exporter.demo.answers import json_answer
from exporter.serving import Answer
from exporter.text import clean

XHTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"
SITE = "site: {title: Ada & <friends>, author: Ada \"L\", url: 'https://ada.example/?a=1&b=2'}\n"


@pytest.fixture
def repo(repo: Path) -> Path:
    """A user's repository whose settings, unless a test writes others, leave out what is not the page."""
    (repo / "config.yaml").write_bytes(b'skip: ["cards/*"]\n')
    return repo


def page_of(repo: Path) -> ET.Element:
    return ET.parse(repo / "output/index.html").getroot()  # noqa: S314 # our own text


def of_class(element: ET.Element, name: str) -> Iterator[ET.Element]:
    return (each for each in element.iter() if name in (each.get("class") or "").split())


def text_of(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def main_of(page: ET.Element) -> str:
    return text_of(next(page.iter(f"{XHTML}main")))


@pytest.fixture(scope="module", params=SITUATIONS)
def page(
    request: pytest.FixtureRequest, command_in: CommandIn, tmp_path_factory: pytest.TempPathFactory
) -> ET.Element:
    """The page of a situation, after two weeks."""
    folder = tmp_path_factory.mktemp("repo")
    export_twice(SITUATIONS[request.param], f'{SITE}skip: ["cards/*"]\n', folder, command_in)
    return page_of(folder)


def test_it_loads_nothing_runs_nothing_and_links_to_spotify_alone(page: ET.Element) -> None:
    tags = {element.tag.removeprefix(XHTML).removeprefix(SVG) for element in page.iter()}
    assert not tags & {"script", "iframe", "object", "embed", "form", "base", "foreignObject", "img"}
    for element in page.iter():
        tag, attributes = element.tag.removeprefix(XHTML).removeprefix(SVG), element.attrib
        assert not [name for name in attributes if name.startswith("on") or name in {"style", "srcset"}]
        if tag == "a":
            assert attributes["href"].startswith("https://open.spotify.com")
        elif tag == "link":
            known = {
                "alternate": "feed.xml",
                "canonical": "https://ada.example/?a=1&b=2",
                "icon": "data:image/svg+xml,",
            }
            assert attributes["href"].startswith(known[attributes["rel"]])
        elif tag in {"image", "use"}:
            assert attributes["href"].startswith("#cover" if tag == "use" else "data:image/jpeg;base64,")
        else:
            assert not attributes.keys() & {"href", "src"}
    style = next(page.iter(f"{XHTML}style")).text or ""
    assert not re.search("url\\(|@import|[<&]", style)


def test_its_lists_are_microformats(page: ET.Element) -> None:
    for feed in of_class(page, "h-feed"):
        assert text_of(next(of_class(feed, "p-name")))
    for entry in of_class(page, "h-cite"):
        assert len(list(of_class(entry, "p-name"))) == 1
        for link in of_class(entry, "u-url"):
            assert link.attrib["href"].startswith("https://open.spotify.com/")
        for time in of_class(entry, "dt-published"):
            assert datetime.fromisoformat(time.attrib["datetime"]).tzinfo


def test_every_name_keeps_its_own_direction_and_every_picture_is_decoration(page: ET.Element) -> None:
    assert all(
        name.get("dir") == "auto" for entry in of_class(page, "h-cite") for name in of_class(entry, "p-name")
    )
    assert {picture.get("aria-hidden") for picture in of_class(page, "cover")} == {"true"}


def test_hostile_titles_are_text(export: Run, repo: Path, spotify: StandIn) -> None:
    spotify.faults += lists_of(HOSTILE)
    (repo / "config.yaml").write_bytes(b"top_artists: {limit: 50}\ntop_tracks: {limit: 50}\n")
    assert export().code == 0
    names = {name.text for name in of_class(page_of(repo), "p-name")}
    assert {str(clean(title)) for title in HOSTILE} <= names


def test_its_policy_allows_its_own_style_and_no_other(export: Run, repo: Path) -> None:
    export()
    page = page_of(repo)
    style = next(page.iter(f"{XHTML}style")).text or ""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = next(meta for meta in page.iter(f"{XHTML}meta") if meta.get("http-equiv"))
    assert policy.attrib["content"] == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def test_it_has_the_configured_title_author_address_and_colours(export: Run, repo: Path) -> None:
    (repo / "config.yaml").write_bytes(f'{SITE}theme: {{dark: {{accent: "#123456"}}}}\n'.encode())
    export()
    page = page_of(repo)
    assert page.findtext(f".//{XHTML}title") == page.findtext(f".//{XHTML}h1") == "Ada & <friends>"
    told = {
        meta.get("property") or meta.get("name"): meta.get("content") for meta in page.iter(f"{XHTML}meta")
    }
    assert (told["og:title"], told["og:type"]) == ("Ada & <friends>", "website")
    assert (told["og:url"], told["author"]) == ("https://ada.example/?a=1&b=2", 'Ada "L"')
    assert next(of_class(page, "h-card")).text == 'Ada "L"'
    light, _, dark = (page.findtext(f".//{XHTML}style") or "").partition("@media(prefers-color-scheme:dark)")
    assert "--accent:#0969da" in light
    assert "--accent:#123456" in dark


def test_without_a_site_it_names_no_author_and_no_address(export: Run, repo: Path) -> None:
    export()
    page = (repo / "output/index.html").read_text("utf-8")
    assert "<title>Now listening</title>" in page
    assert not re.search('og:url|canonical|name="author"|h-card', page)


def test_each_list_has_a_panel_and_a_choice_for_each_time_range(export: Run, repo: Path) -> None:
    (repo / "config.yaml").write_bytes(b"top_tracks: {time_ranges: [long_term]}\n")
    export()
    artists, tracks = (
        section
        for section in page_of(repo).iter(f"{XHTML}section")
        if (section.get("aria-labelledby") or "")[:3] == "top"
    )
    assert [text_of(label) for label in artists.iter(f"{XHTML}label")] == [
        "Top artists: 4 weeks", "Top artists: 6 months", "Top artists: Year",
    ]  # fmt: skip
    assert len(artists.findall(f"{XHTML}div")) == 3
    assert [choice.get("checked") for choice in artists.iter(f"{XHTML}input")] == ["checked", None, None]
    assert (list(tracks.iter(f"{XHTML}input")), tracks.findtext(f"{XHTML}p")) == ([], "last year")


def test_the_chart_is_also_a_table(export: Run, repo: Path, spotify: StandIn) -> None:
    for week, titles in enumerate((["b", "a", "gone"], ["a", "c", "b"], ["gone", "a", "d"])):
        items = [{"id": title, "name": title} for title in titles]
        spotify.faults[:] = [Fault(path="/v1/me/top/artists", answer=json_answer(200, {"items": items}))]
        assert export(now=NOW + timedelta(weeks=week)).code == 0
    table = next(page_of(repo).iter(f"{XHTML}table"))
    assert [text_of(row) for row in table.iter(f"{XHTML}tr")] == [
        "#ArtistW48W49W50PeakWeeks", "1gone3\u2013112", "2a21213", "3d\u2013\u2013331",
    ]  # fmt: skip
    listed = next(of_class(page_of(repo), "rows"))
    assert [text_of(row) for row in of_class(listed, "moved")] == ["back", "down 1", "new"]


def test_plays_of_a_track_in_a_row_are_one_row(export: Run, repo: Path, spotify: StandIn) -> None:
    plays = [
        {"track": {"id": name, "name": name, "type": "track"}, "played_at": f"2026-11-23T0{hour}:00:00Z"}
        for hour, name in zip(range(9, 5, -1), ["a", "a", "a", "b"], strict=True)
    ]
    spotify.faults += [Fault(path="/v1/me/player/recently-played", answer=json_answer(200, {"items": plays}))]
    export()
    (listed,) = of_class(page_of(repo), "plays")
    assert [text_of(name) for name in of_class(listed, "name")] == ["a \u00d7 3", "b"]


def test_a_new_account_has_an_empty_state_in_every_block(export: Run, repo: Path, spotify: StandIn) -> None:
    spotify.faults += EMPTY
    export()
    page = page_of(repo)
    assert text_of(next(of_class(page, "opening"))) == "As of 23 Nov, 12:00 Nothing is playing"
    assert len(list(of_class(page, "empty"))) == 4
    assert not list(page.iter(f"{XHTML}input"))


def test_what_was_never_fetched_has_an_empty_state(export: Run, repo: Path, spotify: StandIn) -> None:
    spotify.faults += [
        Fault(path=f"/v1/me/{name}", answer=Answer(403))
        for name in ("player/currently-playing", "player/recently-played", "top/artists")
    ]
    export()
    assert re.fullmatch(
        "Nothing has played yet Top artists Nothing here yet.* Top tracks 4 weeks.*"
        "My chart The first week is on its way. Recently played Nothing here yet.*",
        main_of(page_of(repo)).replace("Top tracks: ", ""),
    )


def test_what_is_switched_off_has_no_block(export: Run, repo: Path) -> None:
    off = "now_playing: false\nrecently_played: false\ntop_artists: false\n"
    (repo / "config.yaml").write_bytes(off.encode())
    export()
    assert [text_of(heading) for heading in page_of(repo).iter(f"{XHTML}h2")] == ["Top tracks", "My chart"]
    (repo / "config.yaml").write_bytes(f"{off}top_tracks: false\n".encode())
    export()
    assert main_of(page_of(repo)) == ""


def test_the_first_week_says_when_lines_begin(export: Run, repo: Path) -> None:
    export()
    assert "Lines begin next week." in main_of(page_of(repo))
    export(now=NOW + timedelta(weeks=1))
    assert "Lines begin next week." not in main_of(page_of(repo))


def pictures_of(page: ET.Element) -> dict[str, str]:
    """Return the data of each picture, by its address in the page."""
    return {f"#{picture.attrib['id']}": picture.attrib["href"] for picture in page.iter(f"{SVG}image")}


@pytest.mark.parametrize("covers", [True])
def test_a_picture_is_embedded_once_and_shown_with_everything_that_has_it(export: Run, repo: Path) -> None:
    export()
    page = page_of(repo)
    pictures = pictures_of(page)
    assert len(set(pictures.values())) == len(pictures)
    shown: dict[str, list[str]] = {}
    for entry in of_class(page, "h-cite"):
        drawn = next(of_class(entry, "cover"))[0].attrib["href"]
        link = next(of_class(entry, "u-url")).attrib["href"]
        shown.setdefault(link, []).append(pictures.get(drawn, drawn))
    assert sum(map(len, shown.values())) > len(pictures) + 20
    del shown[next(of_class(page, "u-url")).attrib["href"]]  # what plays is larger
    assert all(len(set(each)) == 1 for each in shown.values())


@pytest.mark.parametrize("covers", [True])
def test_its_covers_are_those_of_the_cards_and_an_unchanged_run_fetches_and_writes_nothing(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    (repo / "config.yaml").unlink()  # cards are made too
    export()
    pictures = re.findall(
        'data-cover="(.+?)" href="data:image/jpeg', (repo / "output/index.html").read_text("utf-8")
    )
    for card in ("now_playing", "top_artists", "top_tracks"):
        asked = re.findall('data-cover="(.+?)"', (repo / f"output/cards/{card}.svg").read_text("utf-8"))
        assert asked
        assert set(asked) <= set(pictures)
    spotify.pictures.clear()
    before = {path: path.stat().st_mtime_ns for path in repo.rglob("*")}
    assert export(now=NOW + timedelta(days=1)).out.startswith("Nothing new: no file changed.")
    assert spotify.pictures == []
    assert {path: path.stat().st_mtime_ns for path in repo.rglob("*")} == before


def test_without_covers_it_has_tiles(export: Run, repo: Path) -> None:
    (repo / "config.yaml").write_bytes(b"cards: {covers: false}\n")
    export()
    page = page_of(repo)
    assert not list(page.iter(f"{SVG}image"))
    assert len(list(of_class(page, "cover"))) == 1 + 6 * 10 + 10


def test_every_letter_is_legible_on_its_tile(export: Run, repo: Path, spotify: StandIn) -> None:
    spotify.faults += lists_of(HOSTILE)
    export()
    tiles = [tile for tile in of_class(page_of(repo), "cover") if tile[0].tag == f"{SVG}rect"]
    assert tiles
    for tile in tiles:
        assert contrast(tile[1].attrib["fill"], tile[0].attrib["fill"]) >= 4.5


def test_a_part_of_ones_own_replaces_a_built_in_one(export: Run, repo: Path) -> None:
    (repo / "templates/page").mkdir(parents=True)
    (repo / "templates/page/_style.html.j2").write_bytes(b"body{color:{{ themes.light.text }}}")
    export()
    page = page_of(repo)
    assert page.findtext(f".//{XHTML}style") == "body{color:#1f2328}"
    assert (
        "sha256-"
        in next(meta for meta in page.iter(f"{XHTML}meta") if meta.get("http-equiv")).attrib["content"]
    )
