import socket
import struct
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from io import BytesIO
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from conftest import NOW
from PIL import Image
from standin import Fault, StandIn

from exporter.demo.catalogue import PODCASTS, Podcast
from exporter.demo.listener import playing
from exporter.demo.spotify.service import ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN
from exporter.serving import Answer

NIGHT = NOW.replace(hour=3)

CURRENTLY, RECENTLY = "/v1/me/player/currently-playing", "/v1/me/player/recently-played"
ARTISTS, TRACKS = "/v1/me/top/artists", "/v1/me/top/tracks"

NEEDS_A_SCOPE = [CURRENTLY, RECENTLY, ARTISTS, TRACKS]

GONE = {
    *("available_markets", "linked_from", "popularity", "album_group", "label", "followers", "genres"),
    *("publisher", "country", "email", "explicit_content", "product"),
}
"""The fields that new apps no longer get since February 2026."""

BEARER = {"Authorization": f"Bearer {ACCESS_TOKEN}"}


def get(spotify: StandIn, path: str, **query: str) -> requests.Response:
    return requests.get(f"{spotify.url}{path}", params=query, headers=BEARER, timeout=10)


def got(spotify: StandIn, path: str, **query: str) -> dict[str, Any]:
    response = get(spotify, path, **query)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "application/json"
    body: dict[str, Any] = response.json()
    return body


def basic(client: str, secret: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{client}:{secret}'.encode()).decode()}"}


def ask_token(
    spotify: StandIn,
    *,
    client: str = CLIENT_ID,
    secret: str = CLIENT_SECRET,
    grant: str = "refresh_token",
    refresh_token: str = REFRESH_TOKEN,
) -> requests.Response:
    return requests.post(
        f"{spotify.url}/api/token",
        data={"grant_type": grant, "refresh_token": refresh_token},
        headers=basic(client, secret),
        timeout=10,
    )


def a_podcast_plays_at() -> datetime:
    return next(
        instant
        for instant in (NOW + timedelta(minutes=48 * n) for n in count())
        if isinstance(playing(instant), Podcast)
    )


def fields(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from fields(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from fields(inner)


def test_a_refresh_token_is_traded_for_an_access_token_that_tells_its_scopes(spotify: StandIn) -> None:
    response = ask_token(spotify)
    assert response.status_code == 200
    assert response.json() == {
        "access_token": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "user-read-currently-playing user-read-recently-played user-top-read",
    }


def test_the_token_tells_only_the_scopes_that_were_granted() -> None:
    with StandIn(clock=lambda: NOW, scopes=["user-top-read"]) as spotify:
        assert ask_token(spotify).json()["scope"] == "user-top-read"


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"client": "nobody"}, "invalid_client"),
        ({"secret": "guessed"}, "invalid_client"),
        ({"refresh_token": "expired"}, "invalid_grant"),
        ({"grant": "client_credentials"}, "unsupported_grant_type"),
    ],
    ids=["client", "secret", "refresh token", "grant"],
)
def test_a_wrong_part_of_the_trade_is_refused(spotify: StandIn, wrong: dict[str, str], error: str) -> None:
    response = ask_token(spotify, **wrong)
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert set(body) == {"error", "error_description"}
    assert body["error"] == error


@pytest.mark.parametrize("path", NEEDS_A_SCOPE)
def test_without_a_token_nothing_is_told(spotify: StandIn, path: str) -> None:
    response = requests.get(f"{spotify.url}{path}", timeout=10)
    assert response.status_code == 401
    assert response.json()["error"]["status"] == 401


@pytest.mark.parametrize("path", NEEDS_A_SCOPE)
def test_a_wrong_token_is_refused(spotify: StandIn, path: str) -> None:
    response = requests.get(f"{spotify.url}{path}", headers={"Authorization": "Bearer x"}, timeout=10)
    assert response.status_code == 401
    assert response.json() == {"error": {"status": 401, "message": "The access token expired"}}


@pytest.mark.parametrize("path", NEEDS_A_SCOPE)
def test_what_was_not_granted_is_forbidden(path: str) -> None:
    with StandIn(clock=lambda: NOW, scopes=[]) as spotify:
        response = get(spotify, path)
        assert response.status_code == 403
        assert response.json() == {"error": {"status": 403, "message": "Insufficient client scope"}}


@pytest.mark.parametrize("path", [ARTISTS, TRACKS])
@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "51"},
        {"limit": "-1"},
        {"limit": "ten"},
        {"time_range": "last_week"},
    ],
    ids=str,
)
def test_top_lists_refuse_what_is_out_of_range(spotify: StandIn, path: str, query: dict[str, str]) -> None:
    response = get(spotify, path, **query)
    assert response.status_code == 400
    assert response.json()["error"]["status"] == 400


@pytest.mark.parametrize("path", [ARTISTS, TRACKS])
@pytest.mark.parametrize("limit", ["1", "7", "50"])
def test_a_page_has_as_many_as_asked_for(spotify: StandIn, path: str, limit: str) -> None:
    assert len(got(spotify, path, limit=limit)["items"]) == int(limit)


def test_a_page_has_20_of_the_last_half_year_unless_asked_otherwise(spotify: StandIn) -> None:
    page = got(spotify, ARTISTS)
    assert page["limit"] == 20
    assert page["items"] == got(spotify, ARTISTS, limit="20", time_range="medium_term")["items"]
    assert page["items"] != got(spotify, ARTISTS, limit="20", time_range="short_term")["items"]


def test_plays_come_newest_first(spotify: StandIn) -> None:
    played = [datetime.fromisoformat(play["played_at"]) for play in got(spotify, RECENTLY)["items"]]
    assert len(played) == 20
    assert played == sorted(set(played), reverse=True)
    assert played[0] <= NOW


def test_up_to_50_plays_are_listed(spotify: StandIn) -> None:
    assert len(got(spotify, RECENTLY, limit="50")["items"]) == 50


def test_some_songs_come_from_a_playlist_of_which_only_the_id_is_sent(spotify: StandIn) -> None:
    plays = got(spotify, RECENTLY, limit="50")["items"]
    contexts = [play["context"] for play in plays if play["context"]]
    assert 0 < len(contexts) < len(plays)
    for context in contexts:
        assert set(context) == {"type", "uri", "href", "external_urls"}
        id_ = context["uri"].removeprefix("spotify:playlist:")
        assert context["external_urls"] == {"spotify": f"https://open.spotify.com/playlist/{id_}"}


@pytest.mark.parametrize("limit", ["0", "51"])
def test_recently_played_refuses_what_makes_no_sense(spotify: StandIn, limit: str) -> None:
    assert get(spotify, RECENTLY, limit=limit).status_code == 400


def test_a_track_plays_by_day(spotify: StandIn) -> None:
    now = got(spotify, CURRENTLY)
    assert now["is_playing"] is True
    assert now["currently_playing_type"] == now["item"]["type"] == "track"


def test_nothing_plays_at_night(spotify: StandIn) -> None:
    spotify.clock = lambda: NIGHT
    response = get(spotify, CURRENTLY)
    assert (response.status_code, response.content) == (204, b"")


def test_a_connection_serves_on_after_an_empty_answer(spotify: StandIn) -> None:
    spotify.clock = lambda: NIGHT
    with requests.Session() as session:
        session.headers.update(BEARER)
        assert session.get(f"{spotify.url}{CURRENTLY}", timeout=10).status_code == 204
        assert session.get(f"{spotify.url}{ARTISTS}", timeout=10).status_code == 200


@pytest.mark.parametrize("query", [{}, {"additional_types": "track"}], ids=["by default", "track alone"])
def test_an_episode_is_kept_from_who_asks_for_tracks(spotify: StandIn, query: dict[str, str]) -> None:
    instant = a_podcast_plays_at()
    spotify.clock = lambda: instant
    now = got(spotify, CURRENTLY, **query)
    assert now["item"] is None
    assert now["currently_playing_type"] == "episode"


def test_an_episode_is_told_to_who_asks_for_episodes(spotify: StandIn) -> None:
    instant = a_podcast_plays_at()
    spotify.clock = lambda: instant
    now = got(spotify, CURRENTLY, additional_types="track,episode")
    assert now["currently_playing_type"] == now["item"]["type"] == "episode"
    assert now["item"]["show"]["name"] in {podcast.name for podcast in PODCASTS}


@pytest.mark.parametrize("path", NEEDS_A_SCOPE)
def test_no_answer_has_a_field_that_new_apps_lost(spotify: StandIn, path: str) -> None:
    there = set(fields(got(spotify, path)))
    assert "id" in there
    assert not there & GONE


def test_an_episode_has_no_field_that_new_apps_lost(spotify: StandIn) -> None:
    instant = a_podcast_plays_at()
    spotify.clock = lambda: instant
    there = set(fields(got(spotify, CURRENTLY, additional_types="episode")))
    assert "show" in there
    assert not there & GONE


@pytest.mark.parametrize("path", [ARTISTS, TRACKS])
def test_pictures_are_jpegs_of_the_width_that_is_told(spotify: StandIn, path: str) -> None:
    item = got(spotify, path, limit="1")["items"][0]
    images = item["images"] if path == ARTISTS else item["album"]["images"]
    assert [image["width"] for image in images] == sorted((image["width"] for image in images), reverse=True)
    for image in images:
        response = requests.get(f"{spotify.url}{urlsplit(image['url']).path}", timeout=10)
        assert response.headers["Content-Type"] == "image/jpeg"
        with Image.open(BytesIO(response.content)) as picture:
            assert picture.format == "JPEG"
            assert picture.size == (image["width"], image["height"])


@pytest.mark.parametrize("name", ["", "cat", "0" * 40, "ab67616d0000b273", "ab67616d0000b273" + "0" * 25])
def test_an_unknown_picture_is_not_found(spotify: StandIn, name: str) -> None:
    assert requests.get(f"{spotify.url}/image/{name}", timeout=10).status_code == 404


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/me/", "/v1/me/albums", "/api/token"])
def test_an_unknown_path_is_not_found(spotify: StandIn, path: str) -> None:
    assert get(spotify, path).status_code == 404


def test_a_fault_answers_so_many_times(spotify: StandIn) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(503, b"tea"), times=2))
    answers = [get(spotify, CURRENTLY) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [503, 503, 200, 200]
    assert answers[0].content == b"tea"


def test_a_fault_without_a_number_stays(spotify: StandIn) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, answer=Answer(503)))
    assert [get(spotify, CURRENTLY).status_code for _ in range(4)] == [503] * 4


def test_a_fault_meets_its_path_and_query_alone(spotify: StandIn) -> None:
    spotify.faults.append(Fault(path=ARTISTS, query={"time_range": "long_term"}, answer=Answer(500)))
    assert get(spotify, ARTISTS, time_range="long_term", limit="5").status_code == 500
    assert get(spotify, ARTISTS, time_range="short_term", limit="5").status_code == 200
    assert get(spotify, ARTISTS).status_code == 200
    assert get(spotify, TRACKS, time_range="long_term").status_code == 200


def test_a_fault_without_an_answer_closes_the_connection(spotify: StandIn) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, times=1))
    with pytest.raises(requests.ConnectionError):
        get(spotify, CURRENTLY)
    assert get(spotify, CURRENTLY).status_code == 200


def test_a_hanging_fault_leaves_who_asks_without_an_answer(spotify: StandIn) -> None:
    spotify.faults.append(Fault(path=CURRENTLY, hangs=True))
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{spotify.url}{CURRENTLY}", headers=BEARER, timeout=0.2)
    assert get(spotify, ARTISTS).status_code == 200


def test_a_hang_ends_when_the_stand_in_closes() -> None:
    with StandIn(clock=lambda: NOW, faults=[Fault(path=CURRENTLY, hangs=True)]) as spotify:
        connection = socket.create_connection(("127.0.0.1", urlsplit(spotify.url).port or 0))
        connection.sendall(b"GET /v1/me/player/currently-playing HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(1)
    with connection:
        connection.settimeout(10)
        assert connection.recv(1) == b""


def test_all_that_was_asked_is_kept(spotify: StandIn) -> None:
    ask_token(spotify)
    get(spotify, ARTISTS, limit="3", time_range="short_term")
    token, top = spotify.requests
    assert (token.method, token.path) == ("POST", "/api/token")
    assert token.body == b"grant_type=refresh_token&refresh_token=demo-refresh-token"
    assert token.headers["authorization"] == basic(CLIENT_ID, CLIENT_SECRET)["Authorization"]
    assert (top.method, top.path, top.query) == ("GET", ARTISTS, {"limit": "3", "time_range": "short_term"})
    assert top.headers["authorization"] == f"Bearer {ACCESS_TOKEN}"


@pytest.mark.parametrize("path", [CURRENTLY, RECENTLY, ARTISTS, TRACKS])
def test_two_runs_at_the_same_instant_answer_the_same(path: str) -> None:
    answers = []
    for _ in range(2):
        with StandIn(clock=lambda: NOW) as spotify:
            answers.append(get(spotify, path).content.replace(spotify.url.encode(), b""))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("covers", [True])
def test_pictures_are_drawn_the_same_every_time(spotify: StandIn) -> None:
    url = got(spotify, ARTISTS, limit="1")["items"][0]["images"][-1]["url"]
    first, second = (get(spotify, urlsplit(url).path).content for _ in range(2))
    assert first == second


def test_a_client_that_hangs_up_leaves_the_terminal_alone(
    spotify: StandIn, capfd: pytest.CaptureFixture[str]
) -> None:
    address = urlsplit(spotify.url)
    for _ in range(5):
        with closing(socket.create_connection((address.hostname, address.port))) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # with a reset
            client.sendall(b"GET /v1/me/player/currently-playing HTTP/1.1\r\n")
    assert requests.get(f"{spotify.url}{CURRENTLY}", timeout=10).status_code == 401
    assert capfd.readouterr().err == ""
