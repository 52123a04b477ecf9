"""The built-in cards: safe, legible, complete, in every situation."""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from conftest import CARDS, NOW, UNSEEN, CommandIn, Run
from standin import Fault, StandIn
from texts import HOSTILE

from exporter.config.theme import contrast
from exporter.demo.answers import json_answer
from exporter.render.plan import INKS
from exporter.serving import Answer

SVG = "{http://www.w3.org/2000/svg}"
LONG = "A Complete Account of How We Missed the Last Ferry and Walked Along the Shore Until Morning"
TITLES = [
    *HOSTILE,
    LONG,
    "纸飞机乐队的城市边缘凌晨三点的便利店慢慢飞",
    "أغنية المطر وطريق البيت الطويل جدا في الليل",
    "👩‍🚀🏳️‍🌈🔥" * 9,
]
GROUPS = [TITLES[start : start + 10] for start in range(0, len(TITLES), 10)]


@pytest.fixture
def repo(repo: Path) -> Path:
    """A user's repository whose settings, unless a test writes others, leave out what is not a card."""
    (repo / "config.yaml").write_bytes(b"skip: [index.html, feed.xml]\n")
    return repo


def lists_of(titles: list[str]) -> list[Fault]:
    """Let Spotify answer with these titles, for all that it is asked."""
    artists = [{"id": f"a{number}", "name": title} for number, title in enumerate(titles)]
    tracks = [
        {
            "id": f"t{number}",
            "type": "track",
            "name": title,
            "artists": [{"name": title}] * 2,
            "album": {"name": title},
        }
        for number, title in enumerate(titles)
    ]
    playing = {"is_playing": True, "item": tracks[0]}
    return [
        Fault(path="/v1/me/player/currently-playing", answer=json_answer(200, playing)),
        Fault(path="/v1/me/top/artists", answer=json_answer(200, {"items": artists})),
        Fault(path="/v1/me/top/tracks", answer=json_answer(200, {"items": tracks})),
    ]


EMPTY = [
    Fault(path="/v1/me/player/currently-playing", answer=Answer(204)),
    Fault(path="/v1/me/player/recently-played", answer=json_answer(200, {"items": []})),
    Fault(path="/v1/me/top/artists", answer=json_answer(200, {"items": []})),
    Fault(path="/v1/me/top/tracks", answer=json_answer(200, {"items": []})),
]
SITUATIONS: Mapping[str, list[Fault]] = {
    "the sample listener": [],
    "nothing plays": EMPTY[:1],
    "a new account": EMPTY,
    **{f"hostile titles {number}": lists_of(titles) for number, titles in enumerate(GROUPS)},
}


def export_twice(faults: Sequence[Fault], settings: str, folder: Path, command_in: CommandIn) -> None:
    """Export in two weeks; in the second, Spotify has these faults, and the outputs are made."""
    with StandIn(clock=lambda: NOW) as spotify:
        for now in (NOW - timedelta(weeks=1), NOW):
            spotify.faults += faults if now == NOW else []
            (folder / "config.yaml").write_bytes((settings if now == NOW else UNSEEN).encode())
            env = os.environ | spotify.environment
            assert command_in("export", "--now", now.isoformat(), cwd=folder, env=env).code == 0


@pytest.fixture(scope="module", params=SITUATIONS)
def cards(
    request: pytest.FixtureRequest, command_in: CommandIn, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, ET.Element]:
    """The cards of a situation, by path, after two weeks."""
    folder = tmp_path_factory.mktemp("repo")
    export_twice(SITUATIONS[request.param], "skip: [index.html, feed.xml]\n", folder, command_in)
    return {path: ET.parse(folder / path).getroot() for path in CARDS}  # noqa: S314 # our own text


def test_a_card_is_self_contained_and_says_in_words_what_it_shows(cards: dict[str, ET.Element]) -> None:
    for path, card in cards.items():
        assert card.get("role") == "img"
        assert (card.findtext(f"{SVG}title"), bool(card.findtext(f"{SVG}desc"))) != ("", False), path
        tags = {element.tag.removeprefix(SVG) for element in card.iter()}
        assert not tags & {"script", "foreignObject", "style", "a", "use", "animate"}
        for element in card.iter():
            addresses = [value for name, value in element.items() if name.endswith("href")]
            assert all(address.startswith("data:image/") for address in addresses)
            assert all("url(" not in value or value.startswith("url(#") for _, value in element.items())


def test_every_text_is_legible_on_what_is_behind_it(cards: dict[str, ET.Element]) -> None:
    for path, card in cards.items():
        background = card[2].attrib["fill"]
        for group in card.iter():
            tile = group.find(f"{SVG}rect") if group.tag == f"{SVG}g" else None
            behind = background if tile is None else tile.attrib["fill"]
            for text in group.findall(f"{SVG}text"):
                assert contrast(text.attrib["fill"], behind) >= 4.5, path


def test_a_card_has_ten_rows_at_most_and_weighs_12_kb_at_most_without_covers(
    export_weeks: Callable[[int], None], repo: Path
) -> None:
    (repo / "config.yaml").write_bytes(
        b"top_artists: {limit: 50}\ntop_tracks: {limit: 50}\ncards: {covers: false}\n"
    )
    export_weeks(12)
    assert list(texts_of(repo, "top_tracks")).count("10") == 1
    assert "11" not in set(texts_of(repo, "top_artists"))
    assert max((repo / path).stat().st_size for path in CARDS) <= 12_000


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_lines_of_the_chart_stand_out_from_the_background(theme: str) -> None:
    background = {"light": "#ffffff", "dark": "#0d1117"}[theme]
    assert all(contrast(ink, background) >= 3 for ink in INKS[theme])


def texts_of(repo: Path, name: str) -> Iterator[str]:
    for text in ET.parse(repo / f"output/cards/{name}.svg").iter(f"{SVG}text"):  # noqa: S314 # our own text
        yield text[0].tail if len(text) else text.text or ""  # type: ignore[misc]


def test_movement_peak_and_weeks_are_shown(export: Run, repo: Path, spotify: StandIn) -> None:
    for week, titles in enumerate((["b", "a", "gone"], ["a", "c", "b"], ["gone", "a", "d"])):
        spotify.faults[:] = lists_of([f"name {title}" for title in titles])
        for fault in spotify.faults[1:]:
            items = [{"id": title, "name": title} for title in titles]
            fault.answer = json_answer(200, {"items": items})
        assert export(now=NOW + timedelta(weeks=week)).code == 0
    assert list(texts_of(repo, "top_artists")) == [
        "Top artists", "last 4 weeks",
        "1", "G", "gone", "peak 1 · 2 weeks", "back",
        "2", "A", "a", "peak 1 · 3 weeks", "1",
        "3", "D", "d", "peak 3 · 1 week", "new",
        "7 Dec 2026", "on Spotify",
    ]  # fmt: skip


def test_a_movement_is_an_arrow_and_then_its_places_as_everywhere_else(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    names = [f"name {number}" for number in range(12)]
    for week, titles in enumerate((names, [*names[1:], names[0]], [names[0], *names[1:]])):
        spotify.faults[:] = lists_of(titles)
        for fault in spotify.faults[1:]:
            items = [{"id": title, "name": title} for title in titles]
            fault.answer = json_answer(200, {"items": items})
        assert export(now=NOW + timedelta(weeks=week)).code == 0
    card = (repo / "output/cards/top_artists.svg").read_text("utf-8")
    arrows = re.findall(r'<path d="M([\d.]+) [\d.]+l4\.5[^>]*>\s*<text x="(\d+)"[^>]*text-anchor="end"', card)
    assert [(float(left) + 9 < 400 - 7 * digits, int(end)) for (left, end), digits in
            zip(arrows, [2, *[1] * 9], strict=True)] == [(True, 400)] * 10  # fmt: skip


def test_names_have_the_room_that_the_first_week_leaves(export: Run, repo: Path, spotify: StandIn) -> None:
    name = "The Orchestra of the Last Night Ferry"
    spotify.faults += lists_of([name])
    for week, is_whole in enumerate((True, False)):
        export(now=NOW + timedelta(weeks=week))
        for card in ("top_artists", "top_tracks", "chart"):
            assert (name in texts_of(repo, card)) == is_whole, card


def test_the_first_week_says_when_lines_begin(export: Run, repo: Path) -> None:
    export()
    assert "Lines begin next week." in list(texts_of(repo, "chart"))
    assert "W48" in set(texts_of(repo, "chart"))
    for name in ("chart", "top_artists"):
        assert "<path" not in (repo / f"output/cards/{name}.svg").read_text("utf-8")
    export(now=NOW + timedelta(weeks=1))
    assert "Lines begin next week." not in list(texts_of(repo, "chart"))
    assert {"W48", "W49"} <= set(texts_of(repo, "chart"))
    for name in ("chart", "top_artists"):
        assert (repo / f"output/cards/{name}.svg").read_text("utf-8").count("<path") >= 10


def test_a_new_account_has_low_cards_that_say_so_beside_a_note(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    spotify.faults += EMPTY
    export()
    for path in CARDS:
        card = ET.parse(repo / path).getroot()  # noqa: S314 # our own text
        assert card.get("height") == "208", path
        assert len(list(card.iter(f"{SVG}ellipse"))) == 2, path
    assert next(texts_of(repo, "covers")) == "No covers yet: Spotify needs to hear more."


def test_lines_fill_the_width_however_few_weeks_there_are_and_every_third_of_twelve_is_named(
    export: Run, repo: Path
) -> None:
    lefts = {}
    for weeks in range(1, 13):
        is_seen = weeks in {2, 3, 8, 12}
        (repo / "config.yaml").write_bytes(b"skip: [index.html, feed.xml]" if is_seen else UNSEEN.encode())
        assert export(now=NOW + timedelta(weeks=weeks - 1)).code == 0
        if is_seen:
            card = (repo / "output/cards/chart.svg").read_text("utf-8")
            (lefts[weeks],) = set(re.findall(r"translate\(([\d.]+) 62\)", card))
    assert lefts.pop(12) == "27.7"
    assert all(27 < float(left) < 29 for left in lefts.values())
    assert re.findall(r">(W\d\d)<", card) == ["W50", "W53", "W03", "W06"]


def test_the_chart_has_room_for_names_of_nineteen_letters(export: Run, repo: Path, spotify: StandIn) -> None:
    names = ["Cardboard Cathedral", "Les Oiseaux de Zinc", "The Quiet Elevators"]
    spotify.faults += lists_of(names)
    export()
    export(now=NOW + timedelta(weeks=1))
    assert set(names) <= set(texts_of(repo, "chart"))


def test_names_are_cut_between_letters_and_escaped_once(export: Run, repo: Path, spotify: StandIn) -> None:
    names = ["Moss & Velvet <with> the Orchestra", "R&B for Gardens & Others", "&" * 90]
    tracks = [{"id": "t", "type": "track", "name": "&" * 300, "artists": [{"name": name} for name in names]}]
    spotify.faults.append(Fault(path="/v1/me/top/tracks", answer=json_answer(200, {"items": tracks})))
    assert export().code == 0
    artists = list(texts_of(repo, "top_tracks"))[5]
    assert artists.startswith("Moss & Velvet <with> the ")
    assert artists.endswith("…")
    assert "#" not in artists
    words = ET.parse(repo / "output/cards/top_tracks.svg").findtext(f"{SVG}desc") or ""  # noqa: S314 # ours
    assert re.fullmatch(r"1\. &{20,100}… by Moss & Velvet <with> [^#]{20,100}…\. ", words)


def test_covers_shows_each_album_once(export: Run, repo: Path, spotify: StandIn) -> None:
    spotify.faults += lists_of(["One", "Two", "Two", "Three"])
    export()
    card = (repo / "output/cards/covers.svg").read_text("utf-8")
    assert re.findall(r"<title>(\w+)</title>", card) == ["One", "Two", "Three"]


def test_a_card_of_ones_own_is_a_file(export: Run, repo: Path) -> None:
    (repo / "templates/cards").mkdir(parents=True)
    (repo / "templates/cards/year.svg.j2").write_bytes(
        b'{% set document, listed, heading, time_range = top_tracks, "tracks", "My year", "long_term" %}\n'
        b'{% extends "cards/_list.svg.j2" %}\n'
    )
    assert export().code == 0
    assert list(texts_of(repo, "year"))[:2] == ["My year", "last year"]
    assert (repo / "output/cards/year-dark.svg").exists()
