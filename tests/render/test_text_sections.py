"""The sections that are tables and words, as GitHub shows them."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import NOW, UNSEEN, Run
from seen import Cell, Seen, read, seen
from standin import Fault, StandIn
from texts import HOSTILE

from exporter.demo.answers import json_answer
from exporter.serving import Answer

ARTISTS, TRACKS = "/v1/me/top/artists", "/v1/me/top/tracks"
RECENT, CURRENT = "/v1/me/player/recently-played", "/v1/me/player/currently-playing"

DASH, TIMES = "\N{EN DASH}", "\N{MULTIPLICATION SIGN}"

Shown = Callable[..., Seen]


@pytest.fixture
def covers() -> bool:
    return True


@pytest.fixture
def shown(export: Run, repo: Path) -> Shown:
    """Export a README with one section, and return what a reader sees of it."""

    def shown(marker: str, *, now: Any = NOW) -> Seen:
        text = f"<!-- listening:{marker} -->\n<!-- /listening:{marker.split(maxsplit=1)[0]} -->\n"
        (repo / "README.md").write_bytes(text.encode())
        if not (repo / "config.yaml").exists():
            (repo / "config.yaml").write_text(UNSEEN, "utf-8")
        ran = export(now=now)
        assert ran.code == 0, ran.err
        return seen((repo / "README.md").read_text("utf-8"))

    return shown


def sizes(name: str, *widths: int, height: int | None = None) -> list[dict[str, Any]]:
    return [
        {"url": f"https://i.scdn.co/image/{name}{width}", "width": width, "height": height or width}
        for width in widths
    ]


def thing(kind: str, name: str, **more: Any) -> dict[str, Any]:
    id_ = f"{kind}{name.encode().hex()[:16]}"
    url = f"https://open.spotify.com/{kind}/{id_}"
    return {"type": kind, "id": id_, "name": name, "external_urls": {"spotify": url}, **more}


def song(name: str, *, images: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    album = {"id": "a", "name": "Moss", "images": sizes("s", 640, 300, 64) if images is None else images}
    return thing("track", name, artists=[thing("artist", "The Ferns")], album=album) | more


def items(path: str, *listed: dict[str, Any]) -> Fault:
    return Fault(path=path, answer=json_answer(200, {"items": list(listed)}))


def played(*songs: dict[str, Any]) -> Fault:
    """Answer with plays, newest first, an hour apart."""
    times = [(NOW - timedelta(hours=age)).isoformat() for age in range(len(songs))]
    return items(RECENT, *({"track": s, "played_at": at} for s, at in zip(songs, times, strict=True)))


def playing(**body: Any) -> Fault:
    return Fault(path=CURRENT, answer=json_answer(200, {"is_playing": True, **body}))


def link_of(cell: Cell) -> str | None:
    (link,) = cell.all("a")
    return link["href"]


SECTIONS = ["recently_played", "top_artists", "top_tracks", "chart", "chart list=artists"]


@pytest.mark.parametrize("marker", SECTIONS)
def test_each_name_has_a_cover_before_it_that_is_linked_alike(shown: Shown, marker: str) -> None:
    head, *rows = shown(f"{marker} limit=5").rows
    at = [read(cell.text) for cell in head].index("Artist" if "artists" in marker else "Track")
    assert len(rows) == 5
    for row in rows:
        (image,) = row[at - 1].all("img")
        assert (image["width"], image["height"], image["alt"]) == ("40", "40", "")
        assert str(image["src"]).startswith("https://i.scdn.co/image/")
        assert row[at - 1].tags[0][0] == "a"
        assert link_of(row[at - 1]) == link_of(row[at])


@pytest.mark.parametrize("marker", SECTIONS)
def test_the_column_of_covers_is_kept_open_on_a_phone(shown: Shown, marker: str) -> None:
    (heading,) = (cell.text for cell in shown(marker).rows[0] if "\N{FIGURE SPACE}" in cell.text)
    assert heading == "\N{FIGURE SPACE}" * 5  # about 45 pixels, which no browser breaks or collapses


@pytest.mark.parametrize(("marker", "smallest"), [("top_tracks", "300"), ("top_artists", "160")])
def test_the_smallest_picture_that_is_sharp_is_shown(
    shown: Shown, spotify: StandIn, marker: str, smallest: str
) -> None:
    artist = thing("artist", "The Ferns", images=sizes("s", 640, 320, 160))
    spotify.faults += [items(ARTISTS, artist), items(TRACKS, song("Rain"))]
    image = shown(marker).rows[1][1].all("img")[0]
    assert image["src"] == f"https://i.scdn.co/image/s{smallest}"


def test_a_picture_that_is_not_square_keeps_its_shape(shown: Shown, spotify: StandIn) -> None:
    spotify.faults.append(items(ARTISTS, thing("artist", "The Ferns", images=sizes("s", 160, height=200))))
    image = shown("top_artists").rows[1][1].all("img")[0]
    assert (image["width"], "height" in image) == ("40", False)


@pytest.mark.parametrize("marker", [*SECTIONS, "now_playing"])
def test_covers_can_be_left_out_of_each_section(shown: Shown, repo: Path, marker: str) -> None:
    with_covers = shown(marker)
    without = shown(f"{marker} covers=no")
    assert "<img" not in (repo / "README.md").read_text("utf-8")
    columns = [len(row) for row in with_covers.rows]
    assert [len(row) for row in without.rows] == [number - 1 for number in columns]


def test_cards_without_covers_leave_the_sections_as_they_are(shown: Shown, repo: Path) -> None:
    (repo / "config.yaml").write_bytes(b"cards: {covers: false}\n")
    assert shown("top_tracks").rows[1][1].all("img")


@pytest.mark.parametrize("value", ["maybe", "true", "YES"])
def test_covers_are_wanted_or_not(run: Run, repo: Path, value: str) -> None:
    (repo / "README.md").write_bytes(
        f"\n<!-- listening:chart covers={value} -->\n<!-- /listening:chart -->\n".encode()
    )
    ran = run("export")
    assert (ran.code, ran.err) == (
        2,
        f"error: README.md:2: covers can't be `{value}`.\n  It must be yes or no.\n",
    )


def test_a_list_without_a_picture_has_no_column_for_it(shown: Shown, spotify: StandIn) -> None:
    elsewhere = [{"url": "https://evil.example/x.png", "width": 300, "height": 300}]
    spotify.faults += [items(TRACKS, song("Rain", images=elsewhere)), played(song("Rain", images=[]))]
    assert shown("top_tracks").texts == [["#", "Track"], ["1", "Rain The Ferns"]]
    assert shown("recently_played").texts[0] == ["Track", "Played"]
    assert shown("chart").texts[0] == ["#", "Track", "Last week", "Peak", "Weeks"]


def test_among_others_what_has_no_picture_has_an_empty_cell(shown: Shown, spotify: StandIn) -> None:
    spotify.faults.append(items(TRACKS, song("Rain"), song("Fog", images=[])))
    _, rain, fog = shown("top_tracks").rows
    assert ([tag for tag, _ in rain[1].tags], fog[1].tags, read(fog[1].text)) == (["a", "img"], [], "")


WEEKS = ["ABCD", "BDC", "BACE"]


def test_movement_peak_and_weeks_have_columns_of_their_own(shown: Shown, spotify: StandIn) -> None:
    for age, names in zip((2, 1, 0), WEEKS, strict=True):
        spotify.faults[:] = [items(TRACKS, *map(song, names))]
        chart = shown("chart", now=NOW - timedelta(weeks=age))
    assert chart.texts == [
        ["#", "", "Track", "", "Last week", "Peak", "Weeks"],
        ["1", "", "B The Ferns", DASH, "1", "1", "3"],
        ["2", "", "A The Ferns", "back", DASH, "1", "2"],
        ["3", "", "C The Ferns", DASH, "3", "3", "3"],
        ["4", "", "E The Ferns", "new", DASH, "4", "1"],
    ]
    aligned = [cell.align for cell in chart.rows[1]]
    assert aligned == ["right", "center", "left", "center", "right", "right", "right"]


def test_what_returns_to_a_list_is_back_as_in_the_chart(shown: Shown, spotify: StandIn) -> None:
    for age, names in zip((2, 1, 0), WEEKS, strict=True):
        spotify.faults[:] = [items(TRACKS, *map(song, names))]
        top = shown("top_tracks", now=NOW - timedelta(weeks=age))
    assert [row[2:] for row in top.texts[1:]] == [
        ["B The Ferns", DASH],
        ["A The Ferns", "back"],
        ["C The Ferns", DASH],
        ["E The Ferns", "new"],
    ]


def test_places_up_and_down_are_told_with_arrows(shown: Shown, spotify: StandIn) -> None:
    for age, names in ((1, "ABC"), (0, "CAB")):
        spotify.faults[:] = [items(TRACKS, *map(song, names))]
        top = shown("top_tracks", now=NOW - timedelta(weeks=age))
        if age:
            assert top.texts[0] == ["#", "", "Track"]  # nothing to compare with yet
    assert [row[3] for row in top.texts] == ["", "▲ 2", "▼ 1", "▼ 1"]


def test_the_caption_is_one_short_line(shown: Shown) -> None:
    assert read(shown("chart").paragraphs[-1].text) == "Week 48 · last 4 weeks on Spotify · 23 Nov 2026"
    caption = shown("top_artists time_range=long_term").paragraphs[-1]
    assert read(caption.text) == "Last year on Spotify · 23 Nov 2026"
    assert caption.all("sub")


def test_a_chart_after_a_gap_names_the_week_that_it_compares_with(shown: Shown) -> None:
    shown("chart", now=NOW - timedelta(weeks=3))
    caption = read(shown("chart").paragraphs[-1].text)
    assert caption == "Week 48, compared with week 45 · last 4 weeks on Spotify · 23 Nov 2026"


def test_plays_of_one_track_in_a_row_are_one_row_with_the_newest_time(shown: Shown, spotify: StandIn) -> None:
    rain, hail, fog = map(song, ("Rain", "Hail", "Fog"))
    spotify.faults.append(played(rain, rain, rain, hail, rain, fog))
    recent = shown("recently_played limit=3")
    assert recent.texts == [
        ["", "Track", "Played"],
        ["", f"Rain {TIMES} 3 The Ferns", "23 Nov, 12:00"],
        ["", "Hail The Ferns", "23 Nov, 09:00"],
        ["", "Rain The Ferns", "23 Nov, 08:00"],
    ]
    assert read(recent.paragraphs[-1].text) == "Recently played on Spotify · 23 Nov 2026, 12:00 UTC"


def test_days_are_all_that_is_told_if_times_are_days(shown: Shown, spotify: StandIn, repo: Path) -> None:
    (repo / "config.yaml").write_text(f"privacy: {{times: day}}\n{UNSEEN}", "utf-8")
    spotify.faults.append(played(song("Rain")))
    assert shown("recently_played").texts[1][2] == "23 Nov"


EPISODE = thing("episode", "On Moss", images=sizes("e", 640, 300, 64), show={"name": "Pond Talk"})


@pytest.mark.parametrize(
    ("faults", "words", "pictures"),
    [
        ([playing(item=song("Rain"))], "Rain The Ferns Playing on Spotify · 23 Nov 2026, 12:00 UTC", 1),
        (
            [playing(item=song("Rain", images=[]))],
            "Rain The Ferns Playing on Spotify · 23 Nov 2026, 12:00 UTC",
            0,
        ),
        (
            [playing(item=song("Rain"), is_playing=False)],
            "Rain The Ferns Paused on Spotify · 23 Nov 2026, 12:00 UTC",
            1,
        ),
        (
            [playing(item=EPISODE, currently_playing_type="episode")],
            "On Moss Pond Talk Playing on Spotify · 23 Nov 2026, 12:00 UTC",
            1,
        ),
        (
            [Fault(path=CURRENT, answer=Answer(204)), played(song("Fog"))],
            "Fog The Ferns Last played on Spotify · 23 Nov 2026, 12:00 UTC",
            1,
        ),
        (
            [playing(item=None, currently_playing_type="ad")],
            "An advertisement is playing On Spotify · 23 Nov 2026, 12:00 UTC",
            0,
        ),
        (
            [playing(item=None, currently_playing_type="unknown")],
            "Something Spotify does not name is playing On Spotify · 23 Nov 2026, 12:00 UTC",
            0,
        ),
        (
            [Fault(path=CURRENT, answer=Answer(204)), played()],
            "Nothing is playing On Spotify · 23 Nov 2026, 12:00 UTC",
            0,
        ),
    ],
    ids=["playing", "no picture", "paused", "episode", "last played", "ad", "unknown", "nothing"],
)
def test_what_plays_stands_beside_its_cover(
    shown: Shown, spotify: StandIn, faults: list[Fault], words: str, pictures: int
) -> None:
    spotify.faults += faults
    (paragraph,) = shown("now_playing").paragraphs
    assert read(paragraph.text) == words
    images = paragraph.all("img")
    assert [(image["width"], image["height"], image["alt"]) for image in images] == [
        ("80", "80", "")
    ] * pictures
    assert all(str(image["src"]).endswith("300") for image in images)
    assert len(paragraph.all("a")) >= 2 * pictures
    assert ("br", {"clear": "left"}) in paragraph.tags or not pictures


def test_hostile_titles_stay_text_in_their_cells(shown: Shown, spotify: StandIn, repo: Path) -> None:
    (repo / "config.yaml").write_text(f"top_tracks: {{limit: 50}}\n{UNSEEN}", "utf-8")
    spotify.faults.append(items(TRACKS, *(song(name, artists=[{"name": name}]) for name in HOSTILE)))
    for marker in ("top_tracks", "chart limit=50"):
        table = shown(marker)
        assert len(table.rows) == 1 + len(HOSTILE)
        assert {len(row) for row in table.rows} == {len(table.rows[0])}
        for row, name in zip(table.rows[1:], HOSTILE, strict=True):
            assert read(row[2].text) == read(f"{name} {name}")
            assert [tag for tag, _ in row[2].tags] == ["a", "br", "sub"]
            assert [tag for tag, _ in row[1].tags] == ["a", "img"]


def test_what_is_hidden_leaves_no_picture(shown: Shown, spotify: StandIn, repo: Path) -> None:
    loud = song("Loud", images=sizes("loud", 640, 300), explicit=True)
    shy = song("Shy", images=sizes("shy", 640, 300))
    plain = song("Plain")
    spotify.faults += [
        items(TRACKS, loud, shy, plain), played(loud, shy, plain), playing(item=shy),
        items(ARTISTS, thing("artist", "Shy", images=sizes("shy", 320)), thing("artist", "Open")),
    ]  # fmt: skip
    (repo / "config.yaml").write_text(f"privacy: {{hide_explicit: true, exclude: [Shy]}}\n{UNSEEN}", "utf-8")
    for marker in (*SECTIONS, "now_playing"):
        shown(marker)
        readme = (repo / "README.md").read_text("utf-8")
        assert "Plain" in readme or "Open" in readme
        assert not re.search("loud|shy", readme, re.IGNORECASE)
