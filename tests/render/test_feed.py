"""The feed: valid Atom, the same for the same weeks, and rendered only when the weeks change."""

import re
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from xml.etree import ElementTree as ET

import feedparser
import pytest
from conftest import NOW, Run, files_of
from hypothesis import given
from hypothesis import strategies as st
from standin import Fault, StandIn

from exporter.archive import feed
from exporter.archive.chart import Charts
from exporter.config.schema import Config, Site
from exporter.demo.answers import json_answer
from exporter.records import ArchivedArtist, ArchivedTrack, Snapshot
from exporter.render.report import attribution
from exporter.render.templates import Templates, builtin_folder
from exporter.serving import Answer
from exporter.text import clean

WEEK = timedelta(weeks=1)
ATOM = "{http://www.w3.org/2005/Atom}"
SETTINGS = """\
now_playing: false
recently_played: false
skip: ["cards/*"]
http: {retry_budget: 0}
top_artists: {time_ranges: [short_term]}
top_tracks: {time_ranges: [short_term]}
"""


@pytest.fixture(autouse=True)
def _settings(repo: Path) -> None:
    (repo / "config.yaml").write_bytes(SETTINGS.encode())


def listens(spotify: StandIn, letters: str) -> None:
    """Set the listener's lists: artist `A`, and their track `song A`."""
    artists = [{"id": f"a{letter}", "name": letter} for letter in letters]
    tracks = [
        {"id": f"t{each['name']}", "name": f"song {each['name']}", "artists": [each]} for each in artists
    ]
    spotify.faults[:] = [
        Fault(path="/v1/me/top/artists", answer=json_answer(200, {"items": artists})),
        Fault(path="/v1/me/top/tracks", answer=json_answer(200, {"items": tracks})),
    ]


def in_weeks(export: Run, spotify: StandIn, *lists: str) -> None:
    """Export once in each of the last weeks, the last one at `NOW`."""
    for age, letters in zip(range(len(lists) - 1, -1, -1), lists, strict=True):
        listens(spotify, letters)
        assert export(now=NOW - age * WEEK).code == 0


def written(repo: Path) -> bytes:
    return (repo / "output/feed.xml").read_bytes()


def parsed(content: bytes) -> Any:
    """Read a feed as a feed reader does, and check it by the rules of RFC 4287."""
    check_rules(content)
    read = feedparser.parse(content, sanitize_html=False, resolve_relative_uris=False)
    assert (read.bozo, read.version) == (False, "atom10")
    return read


def check_rules(content: bytes) -> None:
    """Check what RFC 4287 asks of a feed and its entries, beyond well-formed XML."""
    root = ET.fromstring(content)  # noqa: S314 # our own text
    assert root.tag == f"{ATOM}feed"
    entries = root.findall(f"{ATOM}entry")
    for element in (root, *entries):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
        links = [(link.get("rel"), link.get("type")) for link in element.findall(f"{ATOM}link")]
        assert len(links) == len(set(links))
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    ids = [each.text or "" for each in root.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids)) == len(entries) + 1
    assert all(each.startswith("urn:uuid:") and UUID(each) for each in ids)
    times = [each.text or "" for tag in ("updated", "published") for each in root.iter(f"{ATOM}{tag}")]
    for time in times:
        assert datetime.fromisoformat(time).tzinfo
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", time)
    assert all(urlsplit(link.get("href") or "").scheme for link in root.iter(f"{ATOM}link"))
    for entry in entries:
        assert entry.findtext(f"{ATOM}summary")
        assert entry.find(f"{ATOM}content[@type='html']") is not None
    assert [entry.findtext(f"{ATOM}updated") for entry in entries] == sorted(
        (entry.findtext(f"{ATOM}updated") or "" for entry in entries), reverse=True
    )


def test_each_week_has_an_entry_with_its_chart_and_what_is_new_and_gone(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    in_weeks(export, spotify, "ABC", "BAD", "CBA")
    third, second, first = parsed(written(repo)).entries
    assert [third.title, second.title, first.title] == [
        "Week 48 of 2026: C leads", "Week 47 of 2026: B leads", "Week 46 of 2026: A leads",
    ]  # fmt: skip
    assert second.summary == (
        "Top artists, last 4 weeks: 1. B (▲ 1); 2. A (▼ 1); 3. D (new).\n"
        "New in the list: D.\nNo longer in it: C.\n"
        "Top tracks, last 4 weeks: 1. song B by B (▲ 1); 2. song A by A (▼ 1); 3. song D by D (new).\n"
        "New in the list: song D by D.\nNo longer in it: song C by C."
    )
    assert "1. C (back)" in third.summary
    assert first.summary.splitlines()[0] == "Top artists, last 4 weeks: 1. A; 2. B; 3. C."
    (html,) = second.content
    assert html.type == "text/html"
    assert '<a href="https://open.spotify.com/artist/aD">D</a></td><td>new</td>' in html.value
    assert '<p>No longer in it: <span dir="auto">song C by C</span>.</p>' in html.value
    assert (first.updated, third.updated) == ("2026-11-09T12:34:56+00:00", "2026-11-23T12:34:56+00:00")


def test_the_feed_is_updated_with_its_newest_week_and_no_entry_changes_when_weeks_follow(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    in_weeks(export, spotify, "AB", "BA")
    before = parsed(written(repo))
    listens(spotify, "C")
    assert export(now=NOW + WEEK).code == 0
    after = parsed(written(repo))
    assert (before.feed.updated, after.feed.updated) == (
        "2026-11-23T12:34:56+00:00", "2026-11-30T12:34:56+00:00",
    )  # fmt: skip
    assert after.feed.id == before.feed.id
    assert after.entries[1:] == before.entries


def test_ids_stay_when_title_author_and_address_change(export: Run, run: Run, repo: Path) -> None:
    assert export().code == 0
    before = parsed(written(repo))
    site = "site: {title: Mine & <b>yours</b>, author: 'A & B', url: 'https://me.example/music'}\n"
    (repo / "config.yaml").write_bytes((SETTINGS + site).encode())
    assert run("render").code == 0
    after = parsed(written(repo))
    assert (after.feed.id, after.entries[0].id) == (before.feed.id, before.entries[0].id)
    assert (before.feed.title, before.feed.author) == ("Now listening", "Now listening")
    assert (after.feed.title, after.feed.author) == ("Mine & <b>yours</b>", "A & B")


@pytest.mark.parametrize("end", ["", "/", "/index.html", "/?a=1&b=2#c"])
def test_with_an_address_the_feed_links_to_itself_and_to_the_site(export: Run, repo: Path, end: str) -> None:
    address = f"https://me.example/music{end}"
    (repo / "config.yaml").write_bytes(f"{SETTINGS}site: {{url: '{address}'}}\n".encode())
    assert export().code == 0
    read = parsed(written(repo))
    links = {link.rel: (link.type, link.href) for link in read.feed.links}
    assert links == {
        "self": ("application/atom+xml", "https://me.example/music/feed.xml"),
        "alternate": ("text/html", address),
    }
    assert read.entries[0].link == "https://me.example/music/#2026-W48"


def test_without_an_address_there_is_no_link_that_leads_nowhere(export: Run, repo: Path) -> None:
    assert export().code == 0
    assert b"<link" not in written(repo)


def test_it_has_the_newest_twenty_weeks_and_each_is_compared_with_the_one_before(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    in_weeks(export, spotify, *(["AB", "BA"] * 11))
    entries = parsed(written(repo)).entries
    assert len(entries) == 20
    assert "1. A (▲ 1)" in entries[-1].summary


def test_other_runs_of_the_week_leave_it_as_it_is(export: Run, repo: Path, spotify: StandIn) -> None:
    in_weeks(export, spotify, "AB", "BA")
    before = written(repo)
    (repo / "output/feed.xml").write_bytes(b"mine")
    listens(spotify, "CD")
    assert export(now=NOW + timedelta(hours=1)).code == 0
    assert written(repo) == b"mine"
    (repo / "output/feed.xml").unlink()
    assert export(now=NOW + timedelta(hours=2)).code == 0
    assert written(repo) == before


@pytest.mark.parametrize("command", [("render",), ("forget", "B", "--yes")])
def test_render_and_forget_write_it_again(
    export: Run, run: Run, repo: Path, spotify: StandIn, command: tuple[str, ...]
) -> None:
    in_weeks(export, spotify, "ABC", "BCA")
    before = written(repo)
    (repo / "output/feed.xml").write_bytes(b"old")
    assert run(*command, now=NOW + timedelta(hours=1)).code == 0
    assert (written(repo) == before) == (command == ("render",))
    assert (b"song B" in written(repo)) == (command == ("render",))
    parsed(written(repo))


def test_what_is_excluded_is_in_no_week(export: Run, run: Run, repo: Path, spotify: StandIn) -> None:
    in_weeks(export, spotify, "ABC", "CAB")
    (repo / "config.yaml").write_bytes(f"{SETTINGS}privacy: {{exclude: [B]}}\n".encode())
    assert run("render").code == 0
    assert all("B" not in entry.summary for entry in parsed(written(repo)).entries)


def test_a_damaged_week_is_left_out_and_if_all_are_the_feed_stays(
    export: Run, run: Run, repo: Path, spotify: StandIn
) -> None:
    in_weeks(export, spotify, "A", "AB", "ABC")
    (repo / "output/archive/2026-W47.json").write_bytes(b"half a f")
    run("render")
    left = written(repo)
    assert [entry.title[:7] for entry in parsed(left).entries] == ["Week 48", "Week 46"]
    for path in (repo / "output/archive").iterdir():
        path.write_bytes(b"half a f")
    run("render")
    assert written(repo) == left


def test_a_list_is_shown_in_its_first_range_that_has_entries(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    (repo / "config.yaml").write_bytes(SETTINGS.replace("[short_term]", "[short_term, long_term]").encode())
    empty = json_answer(200, {"items": []})
    spotify.faults.append(Fault(path="/v1/me/top/artists", query={"time_range": "short_term"}, answer=empty))
    assert export().code == 0
    (entry,) = parsed(written(repo)).entries
    assert entry.summary.startswith("Top artists, last year: 1. ")
    assert "Top tracks, last 4 weeks: 1. " in entry.summary


def test_before_the_first_week_there_is_no_feed(export: Run, repo: Path, spotify: StandIn) -> None:
    spotify.faults.append(Fault(path="/v1/me/top/artists", answer=Answer(503)))
    assert export().code == 0
    assert not (repo / "output/feed.xml").exists()


def test_weeks_from_elsewhere_are_not_in_it(export: Run, run: Run, repo: Path, spotify: StandIn) -> None:
    in_weeks(export, spotify, "AB", "BA")
    for path in (repo / "output/archive").iterdir():
        path.write_bytes(
            path.read_text("utf-8").replace('"source": "spotify"', '"source": "lastfm"', 1).encode()
        )
    run("render")
    (repo / "output/data/chart.json").unlink()
    run("render")
    assert parsed(written(repo)).entries == []
    listens(spotify, "C")
    assert export(now=NOW + WEEK).code == 0
    (entry,) = parsed(written(repo)).entries
    assert entry.title == "Week 49 of 2026: C leads"


@pytest.mark.parametrize("settings", ["archive: {snapshots: none}\n", "skip: [feed.xml]\n"])
def test_switched_off_it_is_not_written_and_the_page_does_not_name_it(
    export: Run, repo: Path, settings: str
) -> None:
    (repo / "config.yaml").write_bytes(settings.encode())
    assert export().code == 0
    assert "output/feed.xml" not in files_of(repo)
    assert b"application/atom+xml" not in (repo / "output/index.html").read_bytes()


def test_the_page_names_it(export: Run, repo: Path) -> None:
    assert export().code == 0
    page = (repo / "output/index.html").read_text("utf-8")
    assert '<link rel="alternate" type="application/atom+xml" title="Now listening" href="feed.xml"/>' in page


def test_a_template_of_ones_own_that_reads_the_feed_is_rendered_with_it(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    (repo / "templates").mkdir()
    (repo / "templates/weeks.json.j2").write_bytes(b"{{ feed.weeks|map(attribute='week')|list }}")
    in_weeks(export, spotify, "AB", "BA")
    mine = repo / "output/weeks.json"
    assert mine.read_text("utf-8") == '["2026-W48","2026-W47"]'
    mine.write_bytes(b"stays")
    assert export(now=NOW + timedelta(days=1)).code == 0
    assert mine.read_text("utf-8") == "stays"


NAMES = st.text(st.characters() | st.sampled_from("<>&\"'{}%-]")).map(clean)


def archived(names: list[str | None], week: int) -> Snapshot:
    artists = tuple(ArchivedArtist(id=None, name=name) for name in names)
    tracks = tuple(ArchivedTrack(id=None, name=name, artists=(name or "",)) for name in names)
    return Snapshot(
        schema_version=1,
        week=f"2026-W{week}",
        taken_at=NOW + week * WEEK,
        timezone="UTC",
        artists={"short_term": artists},
        tracks={"short_term": tracks},
    )


TEMPLATES = Templates(
    builtin_folder(), label="templates", builtin=builtin_folder(), filters={"span": lambda _: "last 4 weeks"}
)


@given(lists=st.lists(st.lists(NAMES, max_size=4), min_size=1, max_size=3), title=NAMES, author=NAMES)
def test_any_title_is_text_in_a_valid_feed(lists: list[list[str | None]], title: str, author: str) -> None:
    snapshots = [archived(names, 10 + index) for index, names in enumerate(lists)]
    weeks = feed.compose(Charts(snapshots), Config())
    site = Site(title=title, author=author, url="https://me.example/")
    context = {"feed": weeks, "site": site, "source": attribution(Config())}
    read = parsed(TEMPLATES.render("feed.xml", context).encode())
    assert read.feed.author_detail.name == (author or title or "Now Listening").strip()
    for entry, names in zip(read.entries, reversed(lists), strict=True):
        html = entry.content[0].value
        assert set(re.findall(r"</?(\w*)", html)) <= {
            "h2", "table", "thead", "tbody", "tr", "th", "td", "p", "span", "a",
        }  # fmt: skip
        text = unescape(re.sub(r"<[^>]*>", "", html))
        assert all((name or "Untitled") in text for name in names)
        assert names or text == entry.summary == "The lists were empty."
