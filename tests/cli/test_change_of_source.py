"""Another source, or another user, in the settings: it is said once, and nothing is mixed."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import NOW, UNSEEN, Run, commit, files_of, git
from situations import Service
from standin import Fault, LastFm, ListenBrainz, StandIn

from exporter.archive.snapshots import week_of
from exporter.demo.answers import json_answer
from exporter.demo.lastfm import service as lastfm_service
from exporter.render.escaping import WORD_JOINER
from exporter.serving import Answer, Request

SPOTIFY, LISTENBRAINZ, LASTFM, FRIEND = "spotify", "listenbrainz", "lastfm", "friend"
NAMES = {
    SPOTIFY: "Spotify",
    LISTENBRAINZ: "ListenBrainz (samplelistener)",
    LASTFM: "Last.fm (samplelistener)",
    FRIEND: "Last.fm (friend)",
}
LISTS = ("artists", "tracks", "albums")

README = "".join(
    f"<!-- listening:{name} -->\n<!-- /listening:{name} -->\n"
    for name in ("now_playing", "recently_played", "top_artists", "top_tracks", "chart", "cards")
)


class Friend(LastFm):
    """Last.fm, with another user."""

    SOURCE = "{lastfm: friend}"

    def answer(self, request: Request) -> Answer:
        """Answer as Last.fm does."""
        return lastfm_service.answer(request, now=self.clock(), user="friend")


class Repository:
    """A repository whose settings change, and the services that they may name."""

    def __init__(self, folder: Path, run: Run, services: dict[str, Service]) -> None:
        self.folder = folder
        self.services = services
        self._run = run

    def export(
        self, source: str, now: datetime = NOW, settings: str = UNSEEN, command: str = "export"
    ) -> str:
        """Export from a source; return what was warned of."""
        service = self.services[source]
        service.clock = lambda: now
        written = settings if "source:" in settings else f"source: {service.SOURCE}\n{settings}"
        common = "http: {retry_budget: 0}\ncards: {covers: false}\n"
        (self.folder / "config.yaml").write_bytes(f"{common}{written}".encode())
        ran = self._run(*command.split(), env=service.environment, now=now)
        assert ran.code == 0, ran.err
        return ran.err

    def read(self, path: str) -> Any:
        """Read a JSON file of the output folder."""
        return json.loads((self.folder / "output" / path).read_bytes())

    def document(self, name: str) -> Any:
        """Read a document."""
        return self.read(f"data/{name}.json")

    def movements(self) -> list[str]:
        """List how the entries of the top lists moved; `none` if there is nothing to compare with."""
        lists = (self.document(f"top_{name}")["time_ranges"].values() for name in LISTS[:2])
        entries = [entry for ranges in lists for entries in ranges for entry in entries]
        return sorted({(entry["movement"] or {"kind": "none"})["kind"] for entry in entries})

    def where(self, word: str) -> list[str]:
        """List the files of the output folder, and the README, that hold a word in any letters."""
        texts = {path: content.decode() for path, content in files_of(self.folder).items()}
        del texts["config.yaml"]
        return [path for path, text in texts.items() if word in text.replace(WORD_JOINER, "").lower()]


@pytest.fixture
def here(repo: Path, run: Run) -> Iterator[Repository]:
    """A repository with a README, beside the four services."""
    (repo / "README.md").write_bytes(README.encode())
    kinds = {SPOTIFY: StandIn, LISTENBRAINZ: ListenBrainz, LASTFM: LastFm, FRIEND: Friend}
    with ExitStack() as stack:
        services = {name: stack.enter_context(kind(clock=lambda: NOW)) for name, kind in kinds.items()}
        yield Repository(repo, run, services)


def week(number: int, day: int = 0) -> datetime:
    """Return a time in the weeks after `NOW`."""
    return NOW + timedelta(weeks=number, days=day)


def only_artist(source: str, name: str, service: Service) -> None:
    """Let a service answer with an artist that no other has."""
    if source == SPOTIFY:
        body: Any = {"items": [{"type": "artist", "id": "1a", "name": name}]}
        service.faults.append(Fault(path="/v1/me/top/artists", answer=json_answer(200, body)))
    elif source == LISTENBRAINZ:
        body = {"payload": {"artists": [{"artist_name": name, "listen_count": 7}]}}
        service.faults.append(Fault(path="/1/stats/user/*/artists", answer=json_answer(200, body)))
    else:
        body = {"topartists": {"artist": [{"name": name, "playcount": "7"}]}}
        query = {"method": "user.getTopArtists"}
        service.faults.append(Fault(path="/2.0/", query=query, answer=json_answer(200, body)))


def without_artists(source: str, service: Service) -> None:
    """Let a service fail to list artists."""
    path = {SPOTIFY: "/v1/me/top/artists", LISTENBRAINZ: "/1/stats/user/*/artists"}.get(source, "/2.0/")
    query = {"method": "user.getTopArtists"} if path == "/2.0/" else {}
    service.faults[:] = [Fault(path=path, query=query, answer=Answer(500))]


CHANGES = [(SPOTIFY, LISTENBRAINZ), (LISTENBRAINZ, LASTFM), (LASTFM, FRIEND), (LASTFM, SPOTIFY)]
changes = pytest.mark.parametrize(("old", "new"), CHANGES, ids=[" to ".join(each) for each in CHANGES])


def test_each_change_is_said_once_and_keeps_the_weeks_apart(here: Repository) -> None:
    before = ""
    for number, source in enumerate((SPOTIFY, LISTENBRAINZ, LASTFM, FRIEND)):
        archive = {path: content for path, content in files_of(here.folder).items() if "/archive/" in path}
        if before:
            said = here.export(source, week(2 * number - 1, day=1))  # that week is the old source's
            assert said.count(f"now {NAMES[source]}: what came from {NAMES[before]} is replaced") == 1
            assert here.movements() == ["none"]
        assert here.export(source, week(2 * number)) == ""
        assert here.movements() == ["none"]
        assert here.export(source, week(2 * number + 1)) == ""
        assert set(here.movements()) >= {"up", "down", "same"}
        weeks = [week_of(week(2 * number + more), "UTC") for more in (0, 1)]
        assert here.document("chart")["weeks"] == weeks
        assert here.document("chart")["source"] == here.document("top_artists")["source"]
        after = {path: content for path, content in files_of(here.folder).items() if "/archive/" in path}
        assert after.items() >= archive.items()
        assert len(after) == len(archive) + 2
        before = source


@changes
def test_after_a_change_the_weeks_snapshot_stays_and_the_next_is_taken(
    here: Repository, old: str, new: str
) -> None:
    here.export(old)
    taken = here.read("archive/2026-W48.json")
    here.export(new, week(0, day=1))
    assert here.read("archive/2026-W48.json") == taken
    here.export(new, week(1))
    assert here.read("archive/2026-W48.json") == taken
    snapshot = here.read("archive/2026-W49.json")
    assert (snapshot["source"], snapshot["user"]) == (
        "lastfm" if new == FRIEND else new,
        {SPOTIFY: None, FRIEND: "friend"}.get(new, "samplelistener"),
    )


@changes
def test_after_a_change_nothing_shows_the_old_source_any_more(here: Repository, old: str, new: str) -> None:
    here.export(old, settings="")
    here.export(new, week(0, day=1), settings="")
    word = "user/samplelistener" if new == FRIEND else NAMES[old].partition(" ")[0].lower()
    shown = [path for path in here.where(word) if path.endswith((".md", ".svg", ".html"))]
    left = ["top_albums"] if new == SPOTIFY else []
    assert shown == [f"output/cards/{name}{theme}.svg" for name in left for theme in ("-dark", "")]


@changes
def test_a_list_that_fails_after_a_change_does_not_stay_from_the_old_source(
    here: Repository, old: str, new: str
) -> None:
    only_artist(old, "Only Before", here.services[old])
    here.export(old, settings="")
    assert {"README.md", "output/index.html", "output/cards/top_artists.svg"} <= {*here.where("only before")}
    without_artists(new, here.services[new])
    said = here.export(new, week(0, day=1), settings="")
    assert f"what came from {NAMES[old]} is replaced" in said
    assert "top_artists (" in said
    left = ["output/archive/2026-W48.json", "output/data/chart.json", "output/data/top_artists.json"]
    assert here.where("only before") == left
    assert {here.document(name)["source"] for name in ("top_artists", "chart")} == {old}
    body = (here.folder / "README.md").read_text("utf-8")
    assert "<!-- listening:top_artists -->\n<!-- /listening:top_artists -->" in body
    assert "<!-- listening:chart -->\n<!-- /listening:chart -->" in body

    said = here.export(new, week(1))  # it still fails: the change is no news any more
    assert "what came from" not in said
    assert here.where("only before") == left
    here.services[new].faults.clear()
    assert "could not be refreshed" not in here.export(new, week(1, day=1))
    assert here.where("only before") == left[:1]
    assert here.movements() == ["none"]


def test_rendering_again_does_not_bring_the_old_source_back(here: Repository) -> None:
    only_artist(SPOTIFY, "Only Before", here.services[SPOTIFY])
    here.export(SPOTIFY, settings="")
    without_artists(LASTFM, here.services[LASTFM])
    here.export(LASTFM, week(0, day=1), settings="")
    left = here.where("only before")
    here.export(LASTFM, week(0, day=1), settings="", command="render")
    assert here.where("only before") == left
    assert "README.md" not in left


def test_a_change_back_is_said_too_and_meets_its_own_weeks(here: Repository) -> None:
    here.export(SPOTIFY)
    without_artists(LASTFM, here.services[LASTFM])
    here.export(LASTFM, week(0, day=1))
    said = here.export(SPOTIFY, week(1))
    assert said.count("The source is now Spotify: what came from Last.fm (samplelistener) is replaced") == 1
    assert here.export(SPOTIFY, week(1, day=1)).count("The source is now") == 0
    assert set(here.movements()) >= {"up", "down", "same"}
    assert here.document("chart")["weeks"] == ["2026-W48", "2026-W49"]


def test_a_chart_leaves_out_the_weeks_of_others(here: Repository) -> None:
    for number, source in enumerate((SPOTIFY, LISTENBRAINZ, SPOTIFY, LISTENBRAINZ)):
        here.export(source, week(number))
        assert here.movements() == ["none"]  # the week before is another's
    assert here.document("chart")["weeks"] == ["2026-W49", "2026-W51"]


def test_a_document_that_the_new_source_has_not_is_told_as_left_over(here: Repository) -> None:
    here.export(LISTENBRAINZ)
    albums = (here.folder / "output/data/top_albums.json").read_bytes()
    for day in (1, 2):
        said = here.export(SPOTIFY, week(0, day))
        assert "output/data/top_albums.json: This file is no longer updated" in said
        assert said.count("The source is now Spotify") == (day == 1)
    assert (here.folder / "output/data/top_albums.json").read_bytes() == albums
    (here.folder / "output/data/top_albums.json").unlink()
    assert here.export(SPOTIFY, week(0, 3)) == ""


def test_an_empty_list_of_another_user_is_not_taken_for_a_lost_one(here: Repository) -> None:
    here.export(LASTFM)
    empty = {"topartists": {"@attr": {"user": "friend", "total": "0"}, "artist": []}}
    query = {"method": "user.getTopArtists", "period": "1month"}
    here.services[FRIEND].faults.append(Fault(path="/2.0/", query=query, answer=json_answer(200, empty)))
    assert "came back empty" not in here.export(FRIEND, week(1))
    assert here.read("archive/2026-W49.json")["user"] == "friend"


def test_older_files_count_as_spotifys(here: Repository) -> None:
    here.export(SPOTIFY)
    for folder in ("data", "archive"):
        for path in (here.folder / "output" / folder).iterdir():
            fields = json.loads(path.read_bytes())
            assert (fields.pop("source"), fields.pop("user")) == ("spotify", None)
            path.write_bytes(json.dumps(fields).encode())
    assert here.export(SPOTIFY, week(1)) == ""
    assert set(here.movements()) >= {"up", "down", "same"}
    assert here.document("chart")["weeks"] == ["2026-W48", "2026-W49"]


def test_older_files_are_told_as_spotifys_after_a_change(here: Repository) -> None:
    here.export(SPOTIFY)
    for path in (here.folder / "output/data").iterdir():
        fields = json.loads(path.read_bytes())
        del fields["source"], fields["user"]
        path.write_bytes(json.dumps(fields).encode())
    assert "what came from Spotify is replaced" in here.export(LASTFM, week(0, 1))


@pytest.mark.parametrize("source", [LISTENBRAINZ, LASTFM])
def test_a_name_in_other_letters_is_the_same_user(here: Repository, source: str) -> None:
    here.export(source)
    without_artists(source, here.services[source])
    settings = f"{UNSEEN}source: {{{source}: SampleListener}}\n"
    said = here.export(source, week(1), settings)
    assert "The source is now" not in said
    assert here.document("top_artists")["time_ranges"]
    assert set(here.movements()) >= {"up", "down", "none"}  # what failed is as it was
    here.services[source].faults.clear()
    assert here.export(source, week(1, 1), settings) == ""
    assert here.document("chart")["weeks"] == ["2026-W48", "2026-W49"]


def test_nothing_is_said_or_lost_while_the_new_source_does_not_answer(
    here: Repository, run: Run, repo: Path
) -> None:
    here.export(SPOTIFY)
    before = files_of(repo)
    (repo / "config.yaml").write_bytes(
        f"{UNSEEN}http: {{retry_budget: 0}}\nsource: {LastFm.SOURCE}\n".encode()
    )
    here.services[LASTFM].faults.append(Fault(path="/2.0/", answer=Answer(503)))
    ran = run("export", env=here.services[LASTFM].environment, now=week(0, 1))
    assert (ran.code, "The source is now" in ran.err) == (4, False)
    assert files_of(repo) | {"config.yaml": b""} == before | {"config.yaml": b""}
    here.services[LASTFM].faults.clear()
    assert here.export(LASTFM, week(0, 2)).count("The source is now") == 1


def test_a_readme_that_is_written_weekly_changes_its_source_at_once(
    here: Repository, remote: Path, repo: Path
) -> None:
    weekly = f"{UNSEEN}publish: {{readme: weekly}}\n"
    commit(repo, {"README.md": README}, "Sections")
    here.export(SPOTIFY, settings=weekly, command="publish")
    here.export(LASTFM, week(0, 1), settings=weekly, command="publish")
    first = git(remote, "show", "main:README.md")
    assert ("Spotify" in first, "Last" in first) == (False, True)
    here.export(LASTFM, week(0, 2), settings=weekly, command="publish")
    assert git(remote, "show", "main:README.md") == first
