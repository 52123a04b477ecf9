import gzip
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

import pytest
import requests
from conftest import NOW

from exporter.demo.server import Fault, StandIn
from exporter.demo.service import (
    ACCESS_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    Answer,
    json_answer,
)
from exporter.errors import AccountError, UnavailableError
from exporter.models import TIME_RANGES, Failed, Listening, NowPlaying, Plan
from exporter.sources.http import Client, Clock
from exporter.sources.spotify.wire import Token

CURRENTLY, RECENTLY = "/v1/me/player/currently-playing", "/v1/me/player/recently-played"
ARTISTS, TRACKS = "/v1/me/top/artists", "/v1/me/top/tracks"

EVERYTHING = Plan(now_playing=True, recently_played=True, top_artists=TIME_RANGES, top_tracks=TIME_RANGES)
WHAT_PLAYS = Plan(now_playing=True, recently_played=False, top_artists=(), top_tracks=())

TOKEN = Token(access_token=ACCESS_TOKEN, scopes=None)


class Sleeper:
    """A time that passes only by sleeping."""

    def __init__(self) -> None:
        self.sleeps: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)

    def monotonic(self) -> float:
        return 1000 + sum(self.sleeps)


@pytest.fixture
def sleeper() -> Sleeper:
    return Sleeper()


Connect = Callable[..., Client]


@pytest.fixture
def connect(spotify: StandIn, sleeper: Sleeper) -> Iterator[Connect]:
    """Make a client of the stand-in's, whose tries are spread by half of what they may be."""
    with ExitStack() as sessions:

        def connect(*, timeout: float = 10, retry_budget: float = 60) -> Client:
            return Client(
                sessions.enter_context(requests.Session()),
                Clock(now=lambda: NOW, monotonic=sleeper.monotonic, sleep=sleeper.sleep),
                api=spotify.url,
                accounts=spotify.url,
                timeout=timeout,
                retry_budget=retry_budget,
                jitter=lambda: 0.5,
            )

        yield connect


@pytest.fixture
def client(connect: Connect) -> Client:
    return connect()


def refresh(client: Client) -> Token:
    return client.refresh(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN)


def what_plays(client: Client) -> NowPlaying | Failed | None:
    return client.fetch(WHAT_PLAYS, lambda: TOKEN).now_playing


def failure(answer: object) -> UnavailableError:
    assert isinstance(answer, Failed)
    assert isinstance(answer.error, UnavailableError)
    return answer.error


def answers(listening: Listening) -> list[object]:
    return [
        listening.now_playing,
        listening.recently_played,
        *listening.top_artists.values(),
        *listening.top_tracks.values(),
    ]


def test_everything_is_had_for_eight_requests_and_one_for_the_token(
    spotify: StandIn, client: Client, sleeper: Sleeper
) -> None:
    listening = client.fetch(EVERYTHING, lambda: refresh(client))
    assert len(spotify.requests) == 9
    assert len(EVERYTHING) == 8
    assert spotify.requests[0].path == "/api/token"
    assert isinstance(listening.now_playing, NowPlaying)
    assert listening.now_playing.kind == "track"
    assert isinstance(listening.recently_played, tuple)
    assert len(listening.recently_played) == 50
    for tops in (listening.top_artists, listening.top_tracks):
        assert list(tops) == list(TIME_RANGES)
        assert [isinstance(top, tuple) and len(top) for top in tops.values()] == [50, 50, 50]
    assert sleeper.sleeps == []


def test_what_is_not_planned_is_not_asked(spotify: StandIn, client: Client) -> None:
    listening = client.fetch(
        Plan(now_playing=False, recently_played=False, top_artists=(), top_tracks=("short_term",)),
        lambda: TOKEN,
    )
    assert [request.path for request in spotify.requests] == [TRACKS]
    assert listening.now_playing is None
    assert listening.recently_played is None
    assert listening.top_artists == {}
    assert list(listening.top_tracks) == ["short_term"]


def test_a_token_tells_what_was_granted(spotify: StandIn, client: Client) -> None:
    spotify.scopes = ["user-top-read"]
    assert refresh(client) == Token(access_token=ACCESS_TOKEN, scopes=frozenset({"user-top-read"}))


def test_podcasts_are_asked_for_too(spotify: StandIn, client: Client) -> None:
    what_plays(client)
    assert [request.query for request in spotify.requests] == [{"additional_types": "track,episode"}]


def test_lists_are_asked_for_whole(spotify: StandIn, client: Client) -> None:
    client.fetch(EVERYTHING, lambda: TOKEN)
    asked = [(request.path, dict(request.query)) for request in spotify.requests]
    for expected in [
        (RECENTLY, {"limit": "50"}),
        *((path, {"time_range": span, "limit": "50"}) for path in (ARTISTS, TRACKS) for span in TIME_RANGES),
    ]:
        assert expected in asked


def test_each_time_range_has_its_own_answer(client: Client) -> None:
    tops = client.fetch(EVERYTHING, lambda: TOKEN).top_artists
    assert tops["short_term"] != tops["medium_term"] != tops["long_term"]


def test_a_service_that_comes_back_is_asked_until_it_does(
    spotify: StandIn, client: Client, sleeper: Sleeper
) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(503), times=2))
    assert isinstance(what_plays(client), NowPlaying)
    assert sleeper.sleeps == [0.5, 1.0]
    assert len(spotify.requests) == 3


def test_the_token_is_asked_for_again_too(spotify: StandIn, client: Client, sleeper: Sleeper) -> None:
    spotify.faults.append(Fault(path="/api/token", answer=Answer(502, b"<html>Bad gateway"), times=1))
    assert refresh(client).access_token == ACCESS_TOKEN
    assert sleeper.sleeps == [0.5]


def test_a_wait_that_spotify_asks_for_is_kept(spotify: StandIn, client: Client, sleeper: Sleeper) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(429, b"", {"Retry-After": "7"}), times=1))
    assert isinstance(what_plays(client), NowPlaying)
    assert sleeper.sleeps == [7]


def test_a_wait_longer_than_the_run_is_not_begun(
    spotify: StandIn, connect: Connect, sleeper: Sleeper
) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(429, b"", {"Retry-After": "61"})))
    error = failure(what_plays(connect(retry_budget=60)))
    assert (error.status, error.retry_after) == (429, "61")
    assert error.message == "Spotify wants no requests until 23 Nov 2026, 12:35 UTC (429)."
    assert sleeper.sleeps == []
    assert len(spotify.requests) == 1


def test_all_waits_together_fit_into_the_run(spotify: StandIn, connect: Connect, sleeper: Sleeper) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(429, b"", {"Retry-After": "25"})))
    failure(what_plays(connect(retry_budget=60)))
    assert sleeper.sleeps == [25, 25]


def test_tries_come_to_an_end(spotify: StandIn, connect: Connect) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(500)))
    failure(what_plays(connect(retry_budget=100_000)))
    assert len(spotify.requests) == 8


def test_a_refresh_token_that_is_refused_is_not_tried_again(
    spotify: StandIn, client: Client, sleeper: Sleeper
) -> None:
    with pytest.raises(AccountError, match="refuses the refresh token"):
        client.refresh(CLIENT_ID, CLIENT_SECRET, "expired")
    assert len(spotify.requests) == 1
    assert sleeper.sleeps == []


def test_a_missing_scope_that_is_only_found_out_is_not_tried_again(spotify: StandIn, client: Client) -> None:
    spotify.scopes = []
    answer = what_plays(client)
    assert isinstance(answer, Failed)
    assert isinstance(answer.error, AccountError)
    assert len(spotify.requests) == 1


def test_a_missing_scope_that_the_token_tells_of_spares_the_request(spotify: StandIn, client: Client) -> None:
    spotify.scopes = ["user-read-currently-playing", "user-read-recently-played"]
    listening = client.fetch(EVERYTHING, lambda: refresh(client))
    assert sorted(request.path for request in spotify.requests) == ["/api/token", CURRENTLY, RECENTLY]
    assert isinstance(listening.now_playing, NowPlaying)
    for failed in [*listening.top_artists.values(), *listening.top_tracks.values()]:
        assert isinstance(failed, Failed)
        assert failed.error.message == "The refresh token lacks the scope `user-top-read`."
    offers = {
        answer.error.hint.partition(": ")[2] for answer in answers(listening) if isinstance(answer, Failed)
    }
    assert offers == {"`top_artists: false`.", "`top_tracks: false`."}


def after_a_stale_one(get: Callable[[], Token]) -> Callable[[], Token]:
    stale = [Token(access_token="stale", scopes=None)]
    return lambda: stale.pop() if stale else get()


def test_a_token_that_goes_stale_is_renewed_once_for_all(spotify: StandIn, client: Client) -> None:
    listening = client.fetch(EVERYTHING, after_a_stale_one(lambda: refresh(client)))
    assert not any(isinstance(answer, Failed) for answer in answers(listening))
    assert [request.path for request in spotify.requests].count("/api/token") == 1
    assert len(spotify.requests) == 8 + 1 + 8


def test_a_renewed_token_that_is_not_accepted_either_is_not_renewed_again(
    spotify: StandIn, client: Client
) -> None:
    unauthorized = json_answer(401, {"error": {"status": 401, "message": "The access token expired"}})
    spotify.faults.append(Fault(path=TRACKS, answer=unauthorized))
    listening = client.fetch(EVERYTHING, lambda: refresh(client))
    failed = [answer.error for answer in answers(listening) if isinstance(answer, Failed)]
    assert [type(error).exit_code for error in failed] == [3, 3, 3]
    assert [request.path for request in spotify.requests].count("/api/token") == 2
    assert [request.path for request in spotify.requests].count(TRACKS) == 6


def test_a_token_that_can_not_be_renewed_is_asked_for_once(spotify: StandIn, client: Client) -> None:
    revoked = after_a_stale_one(lambda: client.refresh(CLIENT_ID, CLIENT_SECRET, "revoked"))
    listening = client.fetch(EVERYTHING, revoked)
    messages = {answer.error.message for answer in answers(listening) if isinstance(answer, Failed)}
    assert messages == {"Spotify refuses the refresh token: Invalid refresh token."}
    assert [request.path for request in spotify.requests].count("/api/token") == 1


@pytest.mark.parametrize("path", [CURRENTLY, RECENTLY, ARTISTS, TRACKS])
def test_what_fails_leaves_the_others_alone(spotify: StandIn, connect: Connect, path: str) -> None:
    spotify.faults.append(
        Fault(
            path=path,
            query={"time_range": "short_term"} if path in {ARTISTS, TRACKS} else {},
            answer=Answer(500),
        )
    )
    listening = connect(retry_budget=0).fetch(EVERYTHING, lambda: TOKEN)
    failed = [isinstance(answer, Failed) for answer in answers(listening)]
    assert sum(failed) == 1
    assert failed.index(True) == {CURRENTLY: 0, RECENTLY: 1, ARTISTS: 2, TRACKS: 5}[path]


def test_a_redirect_is_not_followed(spotify: StandIn, client: Client) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(302, b"", {"Location": "/v1/me"})))
    assert failure(what_plays(client)).status == 302
    assert [request.path for request in spotify.requests] == [CURRENTLY]


def test_a_redirect_does_not_get_the_clients_secret(spotify: StandIn, client: Client) -> None:
    spotify.faults.append(Fault(path="/api/token", answer=Answer(307, b"", {"Location": "/elsewhere"})))
    with pytest.raises(UnavailableError):
        refresh(client)
    assert [request.path for request in spotify.requests] == ["/api/token"]


def test_cookies_are_not_sent_back(spotify: StandIn, client: Client) -> None:
    token = json_answer(200, {"access_token": ACCESS_TOKEN}, **{"Set-Cookie": "sp_t=track-me; Path=/"})
    spotify.faults.append(Fault(path="/api/token", answer=token))
    with requests.Session() as ordinary:
        ordinary.post(f"{spotify.url}/api/token", timeout=10)
        ordinary.get(f"{spotify.url}/v1/me", timeout=10)
    assert spotify.requests[-1].headers["cookie"] == "sp_t=track-me"

    client.fetch(EVERYTHING, lambda: refresh(client))
    assert len(spotify.requests) == 2 + 9
    assert not any("cookie" in request.headers for request in spotify.requests[2:])


def test_a_netrc_does_not_replace_who_asks(
    spotify: StandIn, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("NETRC", raising=False)
    requests.get(f"{spotify.url}/v1/me", timeout=10)
    somebody_else = requests.auth._basic_auth_str("somebody", "else")  # noqa: SLF001
    assert spotify.requests[-1].headers["authorization"] == somebody_else

    client.fetch(WHAT_PLAYS, lambda: refresh(client))
    token, playing = spotify.requests[1:]
    assert token.headers["authorization"] == requests.auth._basic_auth_str(CLIENT_ID, CLIENT_SECRET)  # noqa: SLF001
    assert playing.headers["authorization"] == f"Bearer {ACCESS_TOKEN}"


def test_an_answer_that_never_comes_is_not_waited_for(
    spotify: StandIn, connect: Connect, sleeper: Sleeper
) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, hangs=True))
    error = failure(what_plays(connect(timeout=0.2, retry_budget=0)))
    assert error.message == "127.0.0.1 gave no whole answer within 0.2 s."
    assert error.status is None
    assert len(spotify.requests) == 1
    assert sleeper.sleeps == []


def test_a_token_that_never_comes_is_not_waited_for(spotify: StandIn, connect: Connect) -> None:
    spotify.faults.append(Fault(path="/api/token", hangs=True))
    with pytest.raises(UnavailableError, match=re.escape("within 0.2 s")):
        refresh(connect(timeout=0.2, retry_budget=0))


@pytest.mark.parametrize("part", ["head", "body"])
def test_an_answer_that_drips_is_not_waited_for(
    spotify: StandIn, connect: Connect, part: Literal["head", "body"]
) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(200, b" " * 10_000), drips=part))
    started = time.monotonic()
    error = failure(what_plays(connect(timeout=0.3, retry_budget=0)))
    assert error.message == "127.0.0.1 gave no whole answer within 0.3 s."
    assert time.monotonic() - started < 10  # the answer would take minutes


def test_an_answer_that_breaks_off_is_a_failure(spotify: StandIn, connect: Connect) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(200, b'{"item": null}'), cut=True))
    assert "no connection to 127.0.0.1, or it broke" in failure(what_plays(connect(retry_budget=0))).message


def test_a_person_who_waits_is_told_why_once(
    spotify: StandIn, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(503), times=7))
    what_plays(client)
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        "Spotify answered 503. Trying again, for up to 58 s."
    ]


def test_a_broken_connection_is_told_without_secrets(spotify: StandIn, connect: Connect) -> None:
    spotify.faults += [Fault(path=CURRENTLY), Fault(path="/api/token")]
    client = connect(retry_budget=0)
    with pytest.raises(UnavailableError) as caught:
        refresh(client)
    for error in (caught.value, failure(what_plays(client))):
        assert error.message == "There was no connection to 127.0.0.1, or it broke."
        told = f"{error!r} {error} {error.hint} {vars(error)}"
        assert not any(secret in told for secret in (CLIENT_SECRET, REFRESH_TOKEN, ACCESS_TOKEN))


def test_a_connection_that_breaks_once_is_made_again(
    spotify: StandIn, client: Client, sleeper: Sleeper
) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, times=1))
    assert isinstance(what_plays(client), NowPlaying)
    assert sleeper.sleeps == [0.5]


def test_nobody_at_home_is_unavailable() -> None:
    with StandIn(clock=lambda: NOW) as gone:
        url = gone.url
    with requests.Session() as session:
        sleeper = Sleeper()
        client = Client(
            session,
            Clock(now=lambda: NOW, monotonic=sleeper.monotonic, sleep=sleeper.sleep),
            api=url,
            accounts=url,
            timeout=10,
            retry_budget=0,
            jitter=lambda: 0.5,
        )
        with pytest.raises(UnavailableError, match="no connection"):
            refresh(client)


def test_an_answer_without_end_is_not_read(
    spotify: StandIn, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(what_plays(connect()), NowPlaying)
    monkeypatch.setattr("exporter.sources.http.MOST_BYTES", 100)
    failure(what_plays(connect(retry_budget=0)))
    assert len(spotify.requests) == 2


def test_a_packed_answer_without_end_is_not_read(
    spotify: StandIn, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = gzip.compress(b" " * 100_000)
    assert len(packed) < 1000
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(200, packed, {"Content-Encoding": "gzip"})))
    assert isinstance(what_plays(connect()), NowPlaying)
    monkeypatch.setattr("exporter.sources.http.MOST_BYTES", 1000)
    failure(what_plays(connect(retry_budget=0)))


@pytest.mark.parametrize(
    "body", [b"<!doctype html><title>Sign in</title>", b"[]", b'"text"', b"{", b"\xff", b"[" * 100_000]
)
def test_an_answer_that_cannot_be_read_is_a_failure(spotify: StandIn, connect: Connect, body: bytes) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(200, body, {"Content-Type": "text/html"})))
    assert failure(what_plays(connect(retry_budget=0))).message == "Spotify's answer can't be read."


def test_an_empty_answer_is_nothing_playing(spotify: StandIn, client: Client) -> None:
    spotify.clock = lambda: NOW.replace(hour=3)
    now = what_plays(client)
    assert isinstance(now, NowPlaying)
    assert now.kind == "nothing"


def test_requests_tell_who_asks(spotify: StandIn, client: Client) -> None:
    client.fetch(EVERYTHING, lambda: refresh(client))
    assert {re.sub(r"\d.*", "", request.headers["user-agent"]) for request in spotify.requests} == {
        "now-listening/"
    }


def test_a_redirect_to_no_address_is_a_failure_like_any_other(spotify: StandIn, client: Client) -> None:
    nowhere = Answer(302, b"", {"Location": "http://[bad"})
    spotify.faults.append(Fault(path="/v1/me/player/currently-playing", answer=nowhere))
    assert failure(what_plays(client)).status == 302
