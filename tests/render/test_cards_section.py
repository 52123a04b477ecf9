"""The section that shows cards: which ones, at which addresses, in which words."""

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Run, files_of
from seen import Cell, read, seen
from standin import Fault, StandIn
from texts import HOSTILE

from exporter.demo.answers import json_answer
from exporter.publish.repository import name_on_github
from exporter.render.cards import SHOWN
from exporter.render.report import LiveBranch

CURRENT = "/v1/me/player/currently-playing"
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><title>{{ theme.background }}</title></svg>\n'
MARKERS = "<!-- listening:cards{} -->\n<!-- /listening:cards -->\n"

Cards = Callable[..., None]
Shown = Callable[..., Cell]


@pytest.fixture
def cards(repo: Path) -> Cards:
    """Write cards of the user's own, or in place of the built-in ones."""

    def cards(*names: str) -> None:
        (repo / "templates/cards").mkdir(parents=True, exist_ok=True)
        for name in names:
            (repo / f"templates/cards/{name}.svg.j2").write_bytes(SVG.encode())

    return cards


@pytest.fixture
def shown(export: Run, repo: Path, cards: Cards) -> Shown:
    """Export a file with a section of cards, and return the paragraph that a reader sees."""
    cards(*SHOWN, "mine")

    def shown(options: str = "", file: str = "README.md", code: int = 0) -> Cell:
        (repo / file).parent.mkdir(parents=True, exist_ok=True)
        (repo / file).write_bytes(MARKERS.format(options and f" {options}").encode())
        if not (repo / "config.yaml").exists():
            (repo / "config.yaml").write_bytes(b"skip: [index.html, feed.xml]\n")
        ran = export()
        assert ran.code == code, ran.err
        paragraphs = seen((repo / file).read_text("utf-8")).paragraphs
        return paragraphs[0] if paragraphs else Cell()

    return shown


def names(paragraph: Cell) -> list[str]:
    return [Path(str(image["src"])).stem for image in paragraph.all("img")]


def test_each_card_is_a_picture_in_both_themes_inside_a_link(shown: Shown, repo: Path) -> None:
    paragraph = shown("show=mine,top_artists width=300")
    assert [tag for tag, _ in paragraph.tags] == ["a", "picture", "source", "img"] * 2
    assert paragraph.all("source") == [
        {"media": "(prefers-color-scheme: dark)", "srcset": "output/cards/mine-dark.svg"},
        {"media": "(prefers-color-scheme: dark)", "srcset": "output/cards/top_artists-dark.svg"},
    ]
    first, second = paragraph.all("img")
    assert first == {"src": "output/cards/mine.svg", "width": "300", "alt": "Mine"}
    assert (second["src"], second["width"]) == ("output/cards/top_artists.svg", "300")
    for address in ("mine.svg", "mine-dark.svg", "top_artists.svg", "top_artists-dark.svg"):
        assert (repo / "output/cards" / address).exists()


def test_without_names_the_five_stand_in_their_order_416_pixels_wide(shown: Shown) -> None:
    paragraph = shown()
    assert names(paragraph) == ["now_playing", "covers", "top_artists", "top_tracks", "chart"]
    assert {image["width"] for image in paragraph.all("img")} == {"416"}


@pytest.mark.parametrize(
    ("settings", "left"),
    [
        ("now_playing: false\n", ["covers", "top_artists", "top_tracks", "chart"]),
        ("top_tracks: false\n", ["now_playing", "top_artists", "chart"]),
        ("archive: {snapshots: none}\n", ["now_playing", "covers", "top_artists", "top_tracks"]),
        ('skip: ["cards/top_*"]\n', ["now_playing", "covers", "chart"]),
        ('skip: ["cards/*"]\n', []),
    ],
)
def test_what_is_switched_off_or_skipped_is_neither_written_nor_shown(
    shown: Shown, repo: Path, settings: str, left: list[str]
) -> None:
    (repo / "config.yaml").write_bytes(settings.encode())
    assert names(shown()) == left
    written = {path.stem for path in (repo / "output").glob("cards/*.svg")} - {"mine", "mine-dark"}
    assert written == {file for name in left for file in (name, f"{name}-dark")}


def test_without_a_dark_card_the_light_one_is_shown_to_all(shown: Shown, repo: Path) -> None:
    (repo / "config.yaml").write_bytes(b'skip: ["cards/*-dark.svg"]\n')
    assert [tag for tag, _ in shown("show=mine").tags] == ["a", "picture", "img"]


@pytest.mark.parametrize(
    ("settings", "options", "words"),
    [
        ("", "show=chrat", "There is no card `chrat`.\n  Did you mean `chart`?"),
        (
            "",
            "show=x",
            "There is no card `x`.\n  There are chart, covers, mine, now_playing, top_artists, top_tracks.",
        ),
        ("", "show=mine,", "There is no card ``.\n  There are chart,"),
        (
            "top_tracks: false\n",
            "show=mine,covers",
            "There is no card `covers`, because `top_tracks` is switched off in config.yaml.\n  There",
        ),
        (
            "skip: [cards/mine.svg]\n",
            "show=mine",
            "There is no card `mine`, because `skip` in config.yaml leaves it out.\n  There are chart,",
        ),
        ('skip: ["cards/*"]\n', "show=mine", "leaves it out.\n  There are no cards: remove the section."),
        ("", "width=0", "width can't be `0`.\n  It must be a whole number from 1 to 2000."),
        ("", "width=50%", "width can't be `50%`.\n  It must be a whole number from 1 to 2000."),
        ("", "limit=3", "`listening:cards` has no option `limit`.\n  It has show, width."),
    ],
)
def test_a_card_that_can_not_be_is_an_error_at_its_marker(
    run: Run, repo: Path, cards: Cards, settings: str, options: str, words: str
) -> None:
    cards(*SHOWN, "mine")
    (repo / "config.yaml").write_bytes(settings.encode())
    (repo / "README.md").write_bytes(f"# Me\n\n{MARKERS.format(f' {options}')}".encode())
    before = files_of(repo)
    ran = run("export")
    assert (ran.code, ran.err.startswith("error: README.md:3: ")) == (2, True)
    assert words in ran.err
    assert files_of(repo) == before


def test_every_card_that_can_not_be_is_told_at_once(run: Run, repo: Path, cards: Cards) -> None:
    cards("mine")
    (repo / "README.md").write_bytes(MARKERS.format(" show=a,mine,b width=no").encode())
    assert run("export").err.count("error: README.md:1: ") == 3


@pytest.mark.parametrize(
    ("file", "output", "address"),
    [
        ("README.md", "output", "output/cards/mine.svg"),
        ("docs/music.md", "output", "../output/cards/mine.svg"),
        ("docs/music.md", "docs", "cards/mine.svg"),
        ("a b/c/music.md", "my output (1)", "../../my%20output%20%281%29/cards/mine.svg"),
        ("README.md", "ö", "%C3%B6/cards/mine.svg"),
    ],
)
def test_addresses_are_relative_to_the_file(
    shown: Shown, repo: Path, file: str, output: str, address: str
) -> None:
    (repo / "config.yaml").write_bytes(f"sections: ['{file}']\noutput: '{output}'\n".encode())
    (repo / file).parent.mkdir(parents=True, exist_ok=True)
    (image,) = shown("show=mine", file).all("img")
    assert image["src"] == address


def test_a_card_leads_to_the_page_or_to_spotify(shown: Shown, repo: Path) -> None:
    (playing, artists) = shown("show=now_playing,top_artists").all("a")
    assert str(playing["href"]).startswith("https://open.spotify.com/track/")
    assert artists["href"] == "https://open.spotify.com"
    (repo / "config.yaml").write_bytes(
        "site: {url: 'https://ada.example/?a=\"b\"&c'}\n".replace('"', "%22").encode()
    )
    links = shown("show=now_playing,top_artists").all("a")
    assert [link["href"] for link in links] == ["https://ada.example/?a=%22b%22&c"] * 2


def test_the_words_of_a_card_say_what_is_in_it(shown: Shown) -> None:
    playing, covers, artists, tracks, chart = (str(image["alt"]) for image in shown().all("img"))
    assert playing.startswith("Playing: ")
    assert " by " in playing
    assert covers == "Covers of my top tracks"
    assert artists.startswith("Top artists of the last 4 weeks: 1. ")
    assert ", 10. " in tracks
    assert chart.startswith("My chart of week 48: 1. ")


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_stays_in_the_words_of_its_card(shown: Shown, spotify: StandIn, title: str) -> None:
    item = {"type": "track", "name": title, "artists": [{"name": title}]}
    body = json_answer(200, {"is_playing": True, "item": item})
    spotify.faults.append(Fault(path=CURRENT, answer=body))
    paragraph = shown("show=now_playing")
    assert [tag for tag, _ in paragraph.tags] == ["a", "picture", "source", "img"]
    (image,) = paragraph.all("img")
    assert read(str(image["alt"])) == read(f"Playing: {title} by {title}")


def test_the_words_do_not_change_if_the_readme_is_to_change_weekly(shown: Shown, repo: Path) -> None:
    (repo / "config.yaml").write_bytes(b"publish: {readme: weekly}\n")
    words = [image["alt"] for image in shown().all("img")]
    assert words == ["Now playing", "Covers of my top tracks", "Top artists", "Top tracks", "My chart"]


def test_a_section_of_ones_own_sees_the_cards(export: Run, repo: Path, cards: Cards) -> None:
    cards("mine")
    (repo / "templates/sections").mkdir()
    (repo / "templates/sections/wall.md.j2").write_bytes(b"![{{ cards.mine.name }}]({{ cards.mine.dark }})")
    (repo / "README.md").write_bytes(b"<!-- listening:wall -->\n<!-- /listening:wall -->\n")
    assert export().code == 0
    assert "![mine](output/cards/mine-dark.svg)" in (repo / "README.md").read_text("utf-8")


ADDRESSES = {
    "https://github.com/ada/ada.git": "ada/ada",
    "https://github.com/ada/ada": "ada/ada",
    "https://github.com/ada/my.site/": "ada/my.site",
    "https://x-access-token:secret@github.com/ada/ada": "ada/ada",
    "git@github.com:ada/ada.git": "ada/ada",
    "ssh://git@github.com/ada/ada.git": "ada/ada",
    "ssh://git@ssh.github.com:443/ada/ada.git": "ada/ada",
    "git://github.com/ada/ada": "ada/ada",
    "https://notgithub.com/ada/ada": None,
    "https://github.com.evil.example/ada/ada": None,
    "https://gitlab.com/ada/ada": None,
    "https://example.org/github.com/ada/ada": None,
    "/srv/github.com/ada/ada.git": None,
    'https://github.com/ada/a"><b': None,
}


@pytest.mark.parametrize(("address", "name"), ADDRESSES.items())
def test_a_repository_on_github_is_known_by_its_address(address: str, name: str | None) -> None:
    assert name_on_github(address) == name


def test_an_address_on_a_live_branch_is_percent_encoded() -> None:
    live = LiveBranch(repository="https://github.com/ada/ada", branch="li/st#1", folder="my site/")
    assert live.raw("../o/a b.svg") == "https://github.com/ada/ada/raw/li/st%231/o/a%20b.svg"
    assert live.readme == "https://github.com/ada/ada/blob/li/st%231/my%20site/README.md"
