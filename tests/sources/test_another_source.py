"""What a second source needs: requests, functions that read the replies, and nothing else."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from conftest import NOW, PROJECT
from listened import artist
from standin import Fault, StandIn

from exporter.demo.answers import json_answer
from exporter.models import Artist, Failed, Query
from exporter.serving import Answer
from exporter.sources import SOURCES, replies
from exporter.sources.fetch import fetch, fetch_pictures
from exporter.sources.http import Client, Clock, new_session
from exporter.sources.source import Call, Connection, Reply, Request, Source, Token
from exporter.text import clean


class _Favourites(msgspec.Struct):
    names: list[str]


class Jukebox:
    """A source without secrets that only knows favourite artists."""

    ABOUT = msgspec.structs.replace(SOURCES["spotify"], key="jukebox", name="Jukebox")
    MOST_AT_ONCE = 5
    FOLLOWS_REDIRECTS = False
    ADDRESSES: Mapping[str, str] = {"JUKEBOX_URL": "https://jukebox.example"}

    def sign_in(self, connection: Connection) -> Call[Token] | None:  # noqa: ARG002 # the interface
        return None

    def call(self, query: Query, connection: Connection, token: Token | None) -> Call[Any]:  # noqa: ARG002
        url = f"{connection.addresses['JUKEBOX_URL']}/favourites"
        return Call(request=Request(url=url, params={"of": str(query.time_range)}), parse=self._artists)

    def picture(self, address: str, connection: Connection) -> Request | None:
        path = address.removeprefix("https://pictures.jukebox.example")
        return None if path == address else Request(url=f"{connection.addresses['JUKEBOX_URL']}{path}")

    def _artists(self, reply: Reply) -> tuple[Artist, ...]:
        replies.raise_for_status(reply, self.ABOUT.name)
        named = replies.decode(reply, _Favourites, self.ABOUT.name).names
        return tuple(artist(clean(name) or "?") for name in named)


JUKEBOX: Source = Jukebox()
FAVOURITES = Query("top_artists", "short_term")


@contextmanager
def connected(
    spotify: StandIn, *faults: Fault, retry_budget: float = 0
) -> Iterator[tuple[Connection, Client]]:
    spotify.faults += faults
    waits: list[float] = []
    with new_session(5) as session:
        client = Client(
            session,
            Clock(now=lambda: NOW, monotonic=lambda: sum(waits), sleep=waits.append),
            most_at_once=5,
            service="Jukebox",
            timeout=10,
            retries_end=retry_budget,
            jitter=lambda: 0.5,
        )
        yield Connection({}, {"JUKEBOX_URL": spotify.url}), client


def ask(spotify: StandIn, *faults: Fault, retry_budget: float = 0) -> Any:
    with connected(spotify, *faults, retry_budget=retry_budget) as (connection, client):
        return fetch(JUKEBOX, connection, client, (FAVOURITES,)).answers[FAVOURITES]


PLAYING = Fault(path="/favourites", answer=json_answer(200, {"names": ["Ada\n", "夜行列車"]}))


def test_its_replies_become_the_same_models_without_a_token(spotify: StandIn) -> None:
    assert [each.name for each in ask(spotify, PLAYING)] == ["Ada", "夜行列車"]
    assert [request.path for request in spotify.requests] == ["/favourites"]
    assert "authorization" not in spotify.requests[0].headers


def test_its_faults_are_retried_by_the_same_rule(spotify: StandIn) -> None:
    answer = ask(spotify, Fault(path="/favourites", answer=Answer(503), times=2), PLAYING, retry_budget=60)
    assert len(answer) == 2
    assert len(spotify.requests) == 3


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Answer(503), "Jukebox answered 503."),
        (Answer(429), "Jukebox asks for fewer requests (429)."),
        (
            Answer(429, b"", {"Retry-After": "90"}),
            "Jukebox accepts no requests until 23 Nov 2026, 12:36 UTC (429).",
        ),
        (Answer(200, b"<html>"), "Jukebox's answer can't be read."),
        (Answer(200, b" " * 9_000_000), "Jukebox's answer is too long."),
    ],
)
def test_its_failures_name_it(spotify: StandIn, answer: Answer, message: str) -> None:
    failed = ask(spotify, Fault(path="/favourites", answer=answer))
    assert isinstance(failed, Failed)
    assert failed.error.message == message


def test_its_pictures_come_from_its_own_hosts_only(spotify: StandIn) -> None:
    here, elsewhere = "https://pictures.jukebox.example/a", "https://elsewhere.example/a"
    with connected(spotify, Fault(path="/a", answer=Answer(200, b"A picture"))) as (connection, client):
        got = dict(fetch_pictures(JUKEBOX, connection, client, [here, elsewhere]))
    assert got == {here: b"A picture", elsewhere: None}
    assert [request.path for request in spotify.requests] == ["/a"]


def test_what_all_sources_share_does_not_know_spotify() -> None:
    shared = [path for path in (PROJECT / "exporter/sources").glob("*.py") if path.name != "__init__.py"]
    assert len(shared) == 7
    assert not [path.name for path in shared if "spotify" in path.read_text("utf-8").lower()]


def test_every_source_is_in_one_list() -> None:
    folders = {path.name for path in (PROJECT / "exporter/sources").iterdir() if (path / "calls.py").exists()}
    assert set(SOURCES) == folders
