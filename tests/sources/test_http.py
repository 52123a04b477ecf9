"""Asking Spotify over a real socket: what is sent, what is retried, and how long a run waits."""

import gzip
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Literal

import pytest
import requests
from conftest import NOW, Hurry, Run
from msgspec import Struct
from standin import Fault, StandIn

from exporter.config.schema import Config
from exporter.demo.answers import json_answer
from exporter.demo.spotify.service import ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN
from exporter.errors import AccountError, NowListeningError, UnavailableError
from exporter.models import Failed, Listening, NowPlaying, Plan, Query
from exporter.serving import Answer
from exporter.sources.fetch import fetch, fetch_pictures
from exporter.sources.http import Client, Clock, new_session
from exporter.sources.source import Connection, Token
from exporter.sources.spotify import calls
from exporter.sources.spotify.about import ABOUT

TIME_RANGES = ABOUT.default_time_ranges

CURRENTLY, RECENTLY = "/v1/me/player/currently-playing", "/v1/me/player/recently-played"
ARTISTS, TRACKS = "/v1/me/top/artists", "/v1/me/top/tracks"

EVERYTHING = Config().plan
WHAT_PLAYS = (Query("now_playing"),)


class Sleeper:
    """A clock that only advances by sleeping."""

    def __init__(self) -> None:
        self.sleeps: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)

    def monotonic(self) -> float:
        return 1000 + sum(self.sleeps)


@pytest.fixture
def sleeper() -> Sleeper:
    return Sleeper()


class Spotify(Struct):
    """A client of the stand-in, and the connection to sign in with."""

    client: Client
    connection: Connection

    def sign_in(self) -> Token:
        return self.client.ask(calls.sign_in(self.connection))

    def fetch(self, plan: Plan) -> Listening:
        return fetch(calls, self.connection, self.client, plan)

    def what_plays(self) -> object:
        return self.fetch(WHAT_PLAYS).answers[Query("now_playing")]


Connect = Callable[..., Spotify]


def connection_to(url: str, refresh_token: str = REFRESH_TOKEN) -> Connection:
    secrets = (CLIENT_ID, CLIENT_SECRET, refresh_token)
    return Connection(dict(zip(ABOUT.secrets, secrets, strict=True)), dict.fromkeys(calls.ADDRESSES, url))


@pytest.fixture
def connect(spotify: StandIn, sleeper: Sleeper) -> Iterator[Connect]:
    """Make a client of the stand-in, with a fixed jitter of one half."""
    with ExitStack() as sessions:

        def connect(
            *,
            timeout: float = 10,
            retry_budget: float = 60,
            refresh_token: str = REFRESH_TOKEN,
            monotonic: Callable[[], float] = sleeper.monotonic,
        ) -> Spotify:
            client = Client(
                sessions.enter_context(new_session(calls.MOST_AT_ONCE)),
                Clock(now=lambda: NOW, monotonic=monotonic, sleep=sleeper.sleep),
                service="Spotify",
                most_at_once=calls.MOST_AT_ONCE,
                timeout=timeout,
                retries_end=sleeper.monotonic() + retry_budget,
                jitter=lambda: 0.5,
            )
            return Spotify(client, connection_to(spotify.url, refresh_token))

        yield connect


@pytest.fixture
def client(connect: Connect) -> Spotify:
    return connect()


def failure(answer: object) -> UnavailableError:
    assert isinstance(answer, Failed)
    assert isinstance(answer.error, UnavailableError)
    return answer.error


def asked(spotify: StandIn) -> list[str]:
    """The paths that were requested, without signing in."""
    return [request.path for request in spotify.requests if request.path != "/api/token"]


def test_everything_is_had_for_eight_requests_and_one_for_the_token(
    spotify: StandIn, client: Spotify, sleeper: Sleeper
) -> None:
    listening = client.fetch(EVERYTHING)
    assert len(spotify.requests) == 9
    assert len(EVERYTHING) == 8
    assert spotify.requests[0].path == "/api/token"
    assert listening.fresh("now_playing").kind == "track"
    assert len(listening.fresh("recently_played")) == 50
    for top in ("top_artists", "top_tracks"):
        assert [len(listening.fresh(top, span)) for span in TIME_RANGES] == [50, 50, 50]
    assert sleeper.sleeps == []


def test_what_is_not_planned_is_not_asked(spotify: StandIn, client: Spotify) -> None:
    wanted = Query("top_tracks", "short_term")
    listening = client.fetch((wanted,))
    assert asked(spotify) == [TRACKS]
    assert list(listening.answers) == [wanted]


def test_a_token_tells_what_was_granted(spotify: StandIn, client: Spotify) -> None:
    spotify.scopes = ["user-top-read"]
    assert client.sign_in() == Token(access_token=ACCESS_TOKEN, scopes=frozenset({"user-top-read"}))


def test_podcasts_are_asked_for_too(spotify: StandIn, client: Spotify) -> None:
    client.what_plays()
    assert spotify.requests[-1].query == {"additional_types": "track,episode"}


def test_lists_are_asked_for_whole(spotify: StandIn, client: Spotify) -> None:
    client.fetch(EVERYTHING)
    sent = [(request.path, dict(request.query)) for request in spotify.requests]
    for expected in [
        (RECENTLY, {"limit": "50"}),
        *((path, {"time_range": span, "limit": "50"}) for path in (ARTISTS, TRACKS) for span in TIME_RANGES),
    ]:
        assert expected in sent


def test_each_time_range_has_its_own_answer(client: Spotify) -> None:
    listening = client.fetch(EVERYTHING)
    short, medium, long = (listening.fresh("top_artists", span) for span in TIME_RANGES)
    assert short != medium != long


def test_a_service_that_comes_back_is_asked_until_it_does(
    spotify: StandIn, client: Spotify, sleeper: Sleeper
) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(503), times=2))
    assert isinstance(client.what_plays(), NowPlaying)
    assert sleeper.sleeps == [0.5, 1.0]
    assert asked(spotify) == [CURRENTLY] * 3


def test_the_token_is_asked_for_again_too(spotify: StandIn, client: Spotify, sleeper: Sleeper) -> None:
    spotify.faults.append(Fault(path="/api/token", answer=Answer(502, b"<html>Bad gateway"), times=1))
    assert client.sign_in().access_token == ACCESS_TOKEN
    assert sleeper.sleeps == [0.5]


def test_a_wait_that_spotify_asks_for_is_kept(spotify: StandIn, client: Spotify, sleeper: Sleeper) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(429, b"", {"Retry-After": "7"}), times=1))
    assert isinstance(client.what_plays(), NowPlaying)
    assert sleeper.sleeps == [7]


def test_a_wait_longer_than_the_run_is_not_begun(
    spotify: StandIn, connect: Connect, sleeper: Sleeper
) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(429, b"", {"Retry-After": "61"})))
    error = failure(connect(retry_budget=60).what_plays())
    assert (error.status, error.retry_after) == (429, "61")
    assert error.message == "Spotify accepts no requests until 23 Nov 2026, 12:35 UTC (429)."
    assert sleeper.sleeps == []
    assert asked(spotify) == [CURRENTLY]


def test_all_waits_together_fit_into_the_run(spotify: StandIn, connect: Connect, sleeper: Sleeper) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(429, b"", {"Retry-After": "25"})))
    failure(connect(retry_budget=60).what_plays())
    assert sleeper.sleeps == [25, 25]


def test_tries_come_to_an_end(spotify: StandIn, connect: Connect) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(500)))
    failure(connect(retry_budget=100_000).what_plays())
    assert asked(spotify) == [CURRENTLY] * 8


def test_a_refresh_token_that_is_refused_is_not_tried_again(
    spotify: StandIn, connect: Connect, sleeper: Sleeper
) -> None:
    with pytest.raises(AccountError, match="rejects the refresh token"):
        connect(refresh_token="expired").sign_in()
    assert len(spotify.requests) == 1
    assert sleeper.sleeps == []


def test_a_missing_scope_that_is_only_found_out_is_not_tried_again(spotify: StandIn, client: Spotify) -> None:
    spotify.scopes = []
    spotify.faults.append(Fault(path="/api/token", answer=json_answer(200, {"access_token": ACCESS_TOKEN})))
    answer = client.what_plays()
    assert isinstance(answer, Failed)
    assert isinstance(answer.error, AccountError)
    assert asked(spotify) == [CURRENTLY]


def test_a_missing_scope_that_the_token_shows_spares_the_request(spotify: StandIn, client: Spotify) -> None:
    spotify.scopes = ["user-read-currently-playing", "user-read-recently-played"]
    listening = client.fetch(EVERYTHING)
    assert sorted(request.path for request in spotify.requests) == ["/api/token", CURRENTLY, RECENTLY]
    assert isinstance(listening.fresh("now_playing"), NowPlaying)
    failed = errors(listening)
    assert {error.message for error in failed} == {"The refresh token lacks the scope `user-top-read`."}
    assert len(failed) == 6
    offers = {error.hint.partition(": ")[2] for error in failed}
    assert offers == {"`top_artists: false`.", "`top_tracks: false`."}


def a_stale_token() -> Fault:
    """Let the first token be rejected when it is used."""
    return Fault(path="/api/token", answer=json_answer(200, {"access_token": "stale"}), times=1)


def errors(listening: Listening) -> list[NowListeningError]:
    return [answer.error for answer in listening.answers.values() if isinstance(answer, Failed)]


def test_a_token_that_goes_stale_is_renewed_once_for_all(spotify: StandIn, client: Spotify) -> None:
    spotify.faults.append(a_stale_token())
    assert errors(client.fetch(EVERYTHING)) == []
    assert [request.path for request in spotify.requests].count("/api/token") == 2
    assert len(asked(spotify)) == 8 + 8


def test_a_renewed_token_that_is_not_accepted_either_is_not_renewed_again(
    spotify: StandIn, client: Spotify
) -> None:
    unauthorized = json_answer(401, {"error": {"status": 401, "message": "The access token expired"}})
    spotify.faults.append(Fault(path=TRACKS, answer=unauthorized))
    assert [type(error).exit_code for error in errors(client.fetch(EVERYTHING))] == [3, 3, 3]
    assert [request.path for request in spotify.requests].count("/api/token") == 2
    assert [request.path for request in spotify.requests].count(TRACKS) == 6


def test_a_token_that_can_not_be_renewed_is_asked_for_once(spotify: StandIn, connect: Connect) -> None:
    spotify.faults.append(a_stale_token())
    listening = connect(refresh_token="revoked").fetch(EVERYTHING)
    assert {error.message for error in errors(listening)} == {
        "Spotify rejects the refresh token: Invalid refresh token."
    }
    assert [request.path for request in spotify.requests].count("/api/token") == 2


@pytest.mark.parametrize("path", [CURRENTLY, RECENTLY, ARTISTS, TRACKS])
def test_what_fails_leaves_the_others_alone(spotify: StandIn, connect: Connect, path: str) -> None:
    spotify.faults.append(
        Fault(
            path=path,
            query={"time_range": "short_term"} if path in {ARTISTS, TRACKS} else {},
            answer=Answer(500),
        )
    )
    listening = connect(retry_budget=0).fetch(EVERYTHING)
    failed = [isinstance(answer, Failed) for answer in listening.answers.values()]
    assert sum(failed) == 1
    assert failed.index(True) == {CURRENTLY: 0, RECENTLY: 1, ARTISTS: 2, TRACKS: 5}[path]


def test_a_redirect_is_not_followed(spotify: StandIn, client: Spotify) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(302, b"", {"Location": "/v1/me"})))
    assert failure(client.what_plays()).status == 302
    assert asked(spotify) == [CURRENTLY]


def test_a_redirect_does_not_get_the_clients_secret(spotify: StandIn, client: Spotify) -> None:
    spotify.faults.append(Fault(path="/api/token", answer=Answer(307, b"", {"Location": "/elsewhere"})))
    with pytest.raises(UnavailableError):
        client.sign_in()
    assert [request.path for request in spotify.requests] == ["/api/token"]


def test_cookies_are_not_sent_back(spotify: StandIn, client: Spotify) -> None:
    token = json_answer(200, {"access_token": ACCESS_TOKEN}, **{"Set-Cookie": "sp_t=track-me; Path=/"})
    spotify.faults.append(Fault(path="/api/token", answer=token))
    with requests.Session() as ordinary:
        ordinary.post(f"{spotify.url}/api/token", timeout=10)
        ordinary.get(f"{spotify.url}/v1/me", timeout=10)
    assert spotify.requests[-1].headers["cookie"] == "sp_t=track-me"

    client.fetch(EVERYTHING)
    assert len(spotify.requests) == 2 + 9
    assert not any("cookie" in request.headers for request in spotify.requests[2:])


def test_a_netrc_does_not_replace_who_asks(
    spotify: StandIn, client: Spotify, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_bytes(b"machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    requests.get(f"{spotify.url}/v1/me", timeout=10)
    somebody_else = requests.auth._basic_auth_str("somebody", "else")  # noqa: SLF001
    assert spotify.requests[-1].headers["authorization"] == somebody_else

    client.fetch(WHAT_PLAYS)
    token, playing = spotify.requests[1:]
    assert token.headers["authorization"] == requests.auth._basic_auth_str(CLIENT_ID, CLIENT_SECRET)  # noqa: SLF001
    assert playing.headers["authorization"] == f"Bearer {ACCESS_TOKEN}"


def test_an_answer_that_never_comes_is_not_waited_for(
    spotify: StandIn, connect: Connect, sleeper: Sleeper
) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, hangs=True))
    error = failure(connect(timeout=0.2, retry_budget=0).what_plays())
    assert error.message == "127.0.0.1 sent no complete answer within 0.2 s."
    assert error.status is None
    assert asked(spotify) == [CURRENTLY]
    assert sleeper.sleeps == []


def test_a_token_that_never_comes_is_not_waited_for(spotify: StandIn, connect: Connect) -> None:
    spotify.faults.append(Fault(path="/api/token", hangs=True))
    with pytest.raises(UnavailableError, match=re.escape("within 0.2 s")):
        connect(timeout=0.2, retry_budget=0).sign_in()


@pytest.mark.parametrize("part", ["head", "body"])
def test_an_answer_that_drips_is_not_waited_for(
    spotify: StandIn, connect: Connect, part: Literal["head", "body"]
) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(200, b" " * 10_000), drips=part))
    started = time.monotonic()
    error = failure(connect(timeout=0.3, retry_budget=0).what_plays())
    assert error.message == "127.0.0.1 sent no complete answer within 0.3 s."
    assert time.monotonic() - started < 10  # the answer would take minutes


@pytest.mark.parametrize(("late", "left"), [(9.75, 0.25), (11, 0.001)])
def test_a_run_ends_one_timeout_after_its_retries_however_slow_its_answers_are(
    export: Run, repo: Path, spotify: StandIn, hurried: Hurry, late: float, left: float
) -> None:
    def answer_late() -> datetime:
        hurried.seconds += late
        return NOW

    others = "".join(f"{name}: false\n" for name in ("recently_played", "top_artists", "top_tracks"))
    (repo / "config.yaml").write_bytes(f"http: {{timeout: 10, retry_budget: 60}}\n{others}".encode())
    spotify.clock = answer_late
    spotify.faults += [
        Fault(path="/api/token", answer=Answer(429, b"", {"Retry-After": "60"}), times=1),
        Fault(path=CURRENTLY, hangs=True),
    ]
    ran = export()
    assert ran.code == 4
    assert f"127.0.0.1 sent no complete answer within {left} s." in ran.err


def test_an_answer_that_breaks_off_is_a_failure(spotify: StandIn, connect: Connect) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(200, b'{"item": null}'), cut=True))
    assert (
        "The connection to 127.0.0.1 failed or broke" in failure(connect(retry_budget=0).what_plays()).message
    )


def test_a_person_who_waits_is_told_why_once(
    spotify: StandIn, client: Spotify, caplog: pytest.LogCaptureFixture
) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(503), times=7))
    client.what_plays()
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        "Spotify answered 503. Trying again, for up to 58 s."
    ]


def test_a_broken_connection_is_told_without_secrets(spotify: StandIn, connect: Connect) -> None:
    client = connect(retry_budget=0)
    spotify.faults.append(Fault(path=CURRENTLY))
    not_told = failure(client.what_plays())
    spotify.faults.append(Fault(path="/api/token"))
    with pytest.raises(UnavailableError) as caught:
        client.sign_in()
    for error in (not_told, caught.value):
        assert error.message == "The connection to 127.0.0.1 failed or broke."
        told = f"{error!r} {error} {error.hint} {vars(error)}"
        assert not any(secret in told for secret in (CLIENT_SECRET, REFRESH_TOKEN, ACCESS_TOKEN))


def test_a_connection_that_breaks_once_is_made_again(
    spotify: StandIn, client: Spotify, sleeper: Sleeper
) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, times=1))
    assert isinstance(client.what_plays(), NowPlaying)
    assert sleeper.sleeps == [0.5]


def test_nobody_at_home_is_unavailable(connect: Connect) -> None:
    with StandIn(clock=lambda: NOW) as gone:
        url = gone.url
    client = connect(retry_budget=0).client
    with pytest.raises(UnavailableError, match="The connection to"):
        client.ask(calls.sign_in(connection_to(url)))


def test_an_answer_without_end_is_not_read(
    spotify: StandIn, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(connect().what_plays(), NowPlaying)
    monkeypatch.setattr("exporter.sources.http.MOST_BYTES", 1000)
    failure(connect(retry_budget=0).what_plays())
    assert asked(spotify) == [CURRENTLY] * 2


def test_a_packed_answer_without_end_is_not_read(
    spotify: StandIn, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = gzip.compress(b" " * 100_000)
    assert len(packed) < 1000
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(200, packed, {"Content-Encoding": "gzip"})))
    assert isinstance(connect().what_plays(), NowPlaying)
    monkeypatch.setattr("exporter.sources.http.MOST_BYTES", 1000)
    failure(connect(retry_budget=0).what_plays())


@pytest.mark.parametrize(
    "body", [b"<!doctype html><title>Sign in</title>", b"[]", b'"text"', b"{", b"\xff", b"[" * 100_000]
)
def test_an_answer_that_cannot_be_read_is_a_failure(spotify: StandIn, connect: Connect, body: bytes) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(200, body, {"Content-Type": "text/html"})))
    assert failure(connect(retry_budget=0).what_plays()).message == "Spotify's answer can't be read."


def test_an_empty_answer_is_nothing_playing(spotify: StandIn, client: Spotify) -> None:
    spotify.clock = lambda: NOW.replace(hour=3)
    now = client.what_plays()
    assert isinstance(now, NowPlaying)
    assert now.kind == "nothing"


def test_requests_tell_who_asks(spotify: StandIn, client: Spotify) -> None:
    client.fetch(EVERYTHING)
    assert {re.sub(r"\d.*", "", request.headers["user-agent"]) for request in spotify.requests} == {
        "now-listening/"
    }


def test_a_redirect_to_no_address_is_a_failure_like_any_other(spotify: StandIn, client: Spotify) -> None:
    nowhere = Answer(302, b"", {"Location": "http://[bad"})
    spotify.faults.append(Fault(path="/v1/me/player/currently-playing", answer=nowhere))
    assert failure(client.what_plays()).status == 302


PICTURE = "https://i.scdn.co/image/ab67616d00004851" + "0" * 24


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (PICTURE, PICTURE),
        ("https://mosaic.scdn.co/640/a?b", "https://mosaic.scdn.co/640/a?b"),
        ("https://image-cdn-ak.spotifycdn.com/image/a", "https://image-cdn-ak.spotifycdn.com/image/a"),
        ("http://i.scdn.co/image/a", None),
        ("https://i.scdn.co.evil.example/image/a", None),
        ("https://i.scdn.co@evil.example/image/a", None),
        ("https://127.0.0.1/image/a", None),
        ("file:///etc/passwd", None),
        ("", None),
    ],
)
def test_pictures_come_over_tls_from_spotifys_image_hosts_only(address: str, url: str | None) -> None:
    request = calls.picture(address, Connection({}, calls.ADDRESSES))
    assert (request.url if request else None) == url
    assert request is None or request.authorization is None


@pytest.mark.parametrize("host", ["i.scdn.co", "mosaic.scdn.co"])
def test_a_stand_in_replaces_every_image_host(spotify: StandIn, host: str) -> None:
    request = calls.picture(f"https://{host}/image/a", connection_to(spotify.url))
    assert request
    assert request.url == f"{spotify.url}/image/a"


def test_pictures_come_as_they_are_had_and_what_failed_is_told(spotify: StandIn, client: Spotify) -> None:
    missing = PICTURE.replace("4851", "0000")
    got = dict(fetch_pictures(calls, client.connection, client.client, [PICTURE, missing]))
    assert got[missing] is None
    assert (got[PICTURE] or b"").startswith(b"\xff\xd8\xff")
    assert len(spotify.pictures) == 2


def test_pictures_share_one_time_limit_and_a_few_connections(spotify: StandIn, connect: Connect) -> None:
    spotify.faults.append(Fault(path="/image/*", hangs=True))
    addresses = [f"https://i.scdn.co/image/{number}" for number in range(3 * calls.MOST_AT_ONCE)]
    client = connect(timeout=0.3, monotonic=time.monotonic)
    got = dict(fetch_pictures(calls, client.connection, client.client, addresses))
    assert got == dict.fromkeys(addresses)
    assert 0 < len(spotify.pictures) <= calls.MOST_AT_ONCE
