"""Nothing that Spotify sends or does breaks a run: the real command, over a socket, in every situation.

Each row is a situation: what goes wrong, the exit code, what is said, and how many requests go out (nine when
all is well). Whatever happens, no secret is printed, there is no traceback, and each file is either what a
successful run writes or what was there before.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import situations
from conftest import CommandIn, Run
from msgspec.structs import replace
from situations import Matrix, check_run, sends, text, week_before
from standin import Fault, StandIn
from texts import HOSTILE

from exporter.demo.answers import json_answer
from exporter.demo.spotify import service
from exporter.serving import Answer

TOKEN = "/api/token"
NOW_PLAYING, RECENT = "/v1/me/player/currently-playing", "/v1/me/player/recently-played"
ARTISTS, TRACKS = "/v1/me/top/artists", "/v1/me/top/tracks"
EVERYWHERE = (NOW_PLAYING, RECENT, ARTISTS, TRACKS)
SHORT = {"time_range": "short_term"}

SPOTIFY = Matrix(
    service=StandIn,
    documents=["now_playing", "recently_played", "top_artists", "top_tracks"],
    first="short_term",
    secrets=(service.CLIENT_SECRET, service.REFRESH_TOKEN, service.ACCESS_TOKEN),
)


class Situation(situations.Situation, frozen=True, kw_only=True):
    """A situation with Spotify: a run has nine requests, or one if all that it gets is no token."""

    requests: int = 9


def every(answer: Answer) -> list[Fault]:
    return [sends(path, answer) for path in EVERYWHERE]


def plays(item: Any, **more: Any) -> list[Fault]:
    return [sends(NOW_PLAYING, json_answer(200, {"is_playing": True, "item": item} | more))]


def recent(*items: Any) -> list[Fault]:
    return [sends(RECENT, json_answer(200, {"items": list(items)}))]


def tops(path: str, body: Any) -> list[Fault]:
    return [sends(path, json_answer(200, body), query=SHORT)]


def error(status: int, message: str, **headers: str) -> Answer:
    return json_answer(status, {"error": {"status": status, "message": message}}, **headers)


def refused(name: str, description: str | None = None, status: int = 400) -> list[Fault]:
    body = {"error": name} | ({"error_description": description} if description else {})
    return [sends(TOKEN, json_answer(status, body))]


def after(seconds: object, status: int = 429) -> Answer:
    return error(status, "API rate limit exceeded", **{"Retry-After": str(seconds)})


SONG: dict[str, Any] = {
    "type": "track",
    "id": "1a",
    "name": "Plain",
    "artists": [{"id": "2b", "name": "Somebody"}],
}
PLAYED = {"track": SONG, "played_at": "2026-11-23T10:00:00Z"}
BLANKS: list[Any] = [None, PLAYED | {"track": None}, PLAYED | {"played_at": None}]
EPISODE = {"type": "episode", "id": "3c", "name": "An episode", "show": {"name": "A show"}}
LOCAL: dict[str, Any] = SONG | {
    "id": None, "href": None, "is_local": True, "uri": "spotify:local:a:b:c:1", "external_urls": {},
    "artists": [], "album": {"album_type": None, "id": None, "images": [], "name": "", "release_date": None},
}  # fmt: skip
GONE = {
    "popularity": 1,
    "available_markets": ["DE"],
    "followers": {"total": 1},
    "genres": ["x"],
    "label": "x",
}
PREMIUM = text(403, "Active premium subscription required for the owner of the app. Please upgrade.")
HTML = text(200, "<!doctype html><title>Sign in</title>")
READ = "Spotify's answer can't be read"
NO_ANSWER = "127.0.0.1 sent no complete answer within"
BROKEN = "The connection to 127.0.0.1 failed or broke"
ALL_FAILED = "Nothing could be fetched: "


SITUATIONS: dict[str, Situation] = {
    "all is well": Situation(),
    # The token.
    "token: expired": Situation(
        faults=refused("invalid_grant", "Refresh token expired"),
        code=3,
        says="Refresh token expired",
        requests=1,
    ),
    "token: revoked": Situation(
        faults=refused("invalid_grant", "Refresh token revoked"),
        code=3,
        says="Refresh token revoked",
        requests=1,
    ),
    "token: invalid": Situation(
        faults=refused("invalid_grant", "Invalid refresh token"),
        code=3,
        says="now-listening login",
        requests=1,
    ),
    "token: refused without a description": Situation(
        faults=refused("invalid_grant"), code=3, says="rejects the refresh token: invalid_grant", requests=1
    ),
    "token: refused, with retries left": Situation(
        faults=refused("invalid_grant"), code=3, says="invalid_grant", requests=1, budget=60
    ),
    "token: wrong client": Situation(
        faults=refused("invalid_client", "Invalid client"), code=3, says="SPOTIFY_CLIENT_ID", requests=1
    ),
    "token: wrong secret": Situation(
        faults=refused("invalid_client", "Invalid client secret"), code=3, says="client secret", requests=1
    ),
    "token: wrong client, as 401": Situation(
        faults=refused("invalid_client", status=401), code=3, says="does not know this client", requests=1
    ),
    "token: a description that acts": Situation(
        faults=refused("invalid_grant", "\x1b[2J::error::\u202ex"), code=3, says="[2J::error::x", requests=1
    ),
    "token: another error": Situation(
        faults=refused("server_error", "Try later"), code=4, says="Spotify answered 400", requests=1
    ),
    "token: bad gateway, as HTML": Situation(
        faults=[sends(TOKEN, text(502, "<html>Bad gateway"))], code=4, says="Spotify answered 502", requests=1
    ),
    "token: unavailable": Situation(
        faults=[sends(TOKEN, Answer(503))], code=4, says="Spotify answered 503", requests=1
    ),
    "token: bad gateway once": Situation(
        faults=[sends(TOKEN, text(502, "<html>"), times=1)], requests=10, budget=60
    ),
    "token: broken JSON": Situation(
        faults=[sends(TOKEN, Answer(200, b'{"access_token": "x'))], code=4, says=READ, requests=1
    ),
    "token: HTML": Situation(faults=[sends(TOKEN, HTML)], code=4, says=READ, requests=1),
    "token: empty": Situation(faults=[sends(TOKEN, Answer(200))], code=4, says=READ, requests=1),
    "token: another shape": Situation(
        faults=[sends(TOKEN, json_answer(200, []))], code=4, says=READ, requests=1
    ),
    "token: none in it": Situation(
        faults=[sends(TOKEN, json_answer(200, {"token_type": "Bearer"}))], code=4, says=READ, requests=1
    ),
    "token: not a header's text": Situation(
        faults=[sends(TOKEN, json_answer(200, {"access_token": "a\r\nX-Evil: b"}))],
        code=4,
        says=READ,
        requests=1,
    ),
    "token: premium lapsed": Situation(
        faults=[sends(TOKEN, PREMIUM)], code=3, says="Renew Premium", requests=1
    ),
    "token: rate limited": Situation(
        faults=[sends(TOKEN, after(3600))], code=4, says="accepts no requests until", requests=1, budget=60
    ),
    "token: redirected": Situation(
        faults=[sends(TOKEN, Answer(307, b"", {"Location": "/v1/me"}))],
        code=4,
        says="answered 307",
        requests=1,
    ),
    "token: connection closed": Situation(faults=[Fault(path=TOKEN)], code=4, says=BROKEN, requests=1),
    "token: connection closed once": Situation(faults=[Fault(path=TOKEN, times=1)], requests=10, budget=60),
    "token: no answer": Situation(
        faults=[Fault(path=TOKEN, hangs=True)], code=4, says=NO_ANSWER, requests=1, timeout=0.3
    ),
    "token: drips": Situation(
        faults=[Fault(path=TOKEN, answer=Answer(200, b" " * 9999), drips="body")],
        code=4,
        says=NO_ANSWER,
        requests=1,
        timeout=0.3,
    ),
    "token: a new refresh token comes along": Situation(
        faults=[
            sends(
                TOKEN,
                json_answer(
                    200,
                    {
                        "access_token": service.ACCESS_TOKEN,
                        "scope": " ".join(service.SCOPES),
                        "refresh_token": "another",
                    },
                ),
            )
        ],
    ),
    "token: no scope told": Situation(
        faults=[sends(TOKEN, json_answer(200, {"access_token": service.ACCESS_TOKEN}))]
    ),
    # Scopes.
    "scope: no top lists": Situation(
        scopes=service.SCOPES[:2],
        code=3,
        says="lacks the scope `user-top-read`",
        requests=3,
        kept="top_artists top_tracks",
    ),
    "scope: no recent plays": Situation(
        scopes=[service.SCOPES[0], service.SCOPES[2]],
        code=3,
        says="`recently_played: false`",
        requests=8,
        kept="recently_played",
    ),
    "scope: not what plays": Situation(
        scopes=service.SCOPES[1:],
        code=3,
        says="`user-read-currently-playing`",
        requests=8,
        kept="now_playing",
    ),
    "scope: none": Situation(scopes=[], code=3, says="lacks the scope", requests=1, kept="all"),
    "scope: missing, found out by 403": Situation(
        faults=[sends(TOKEN, json_answer(200, {"access_token": service.ACCESS_TOKEN}))],
        scopes=service.SCOPES[:2],
        code=3,
        says="lacks a scope",
        kept="top_artists top_tracks",
    ),
    "scope: missing, found out by 401": Situation(
        faults=[sends(RECENT, error(401, "Insufficient client scope"))],
        code=3,
        says="lacks a scope",
        kept="recently_played",
    ),
    # The account.
    "account: premium lapsed": Situation(faults=every(PREMIUM), code=3, says="Renew Premium", kept="all"),
    "account: premium lapsed, for one": Situation(
        faults=[sends(RECENT, PREMIUM)], code=3, says="Renew Premium", kept="recently_played"
    ),
    "account: user not approved": Situation(
        faults=every(text(403, "User not approved for app")), code=3, says="User Management", kept="all"
    ),
    "account: user not registered": Situation(
        faults=every(error(403, "User not registered in the Developer Dashboard")),
        code=3,
        says="User Management",
        kept="all",
    ),
    "account: forbidden, nobody knows why": Situation(
        faults=every(error(403, "Forbidden")), code=3, says="does not allow this (403)", kept="all"
    ),
    "account: needs a person in one place, is down in all others": Situation(
        faults=[sends(RECENT, PREMIUM), *every(Answer(503))], code=3, says="Renew Premium", kept="all"
    ),
    # An access token that goes stale.
    "stale: once": Situation(
        faults=[sends(NOW_PLAYING, error(401, "The access token expired"), times=1)], requests=11
    ),
    "stale: for all": Situation(
        faults=[
            sends(path, error(401, "The access token expired"), times=1) for path in (NOW_PLAYING, RECENT)
        ],
        requests=12,
    ),
    "stale: again and again": Situation(
        faults=[sends(NOW_PLAYING, error(401, "The access token expired"))],
        code=3,
        says="does not allow this (401)",
        requests=11,
        kept="now_playing",
    ),
    # No answer, or a bad one.
    "down: everything": Situation(faults=every(Answer(503)), code=4, says=ALL_FAILED, kept="all"),
    "down: what plays": Situation(
        faults=[sends(NOW_PLAYING, Answer(500))], says="answered 500", kept="now_playing"
    ),
    "down: recent plays": Situation(
        faults=[sends(RECENT, Answer(502))], says="answered 502", kept="recently_played"
    ),
    "down: top artists": Situation(
        faults=[sends(ARTISTS, Answer(504))],
        says="top_artists (short_term), top_artists (medium_term), top_artists (long_term) could not",
        kept="top_artists",
    ),
    "down: top tracks": Situation(
        faults=[sends(TRACKS, Answer(500))], says="answered 500", kept="top_tracks"
    ),
    "down: one time range": Situation(
        faults=[sends(TRACKS, Answer(500), query=SHORT)],
        says="top_tracks (short_term) could",
        kept="top_tracks.short_term",
    ),
    "down: once": Situation(faults=[sends(NOW_PLAYING, Answer(503), times=1)], requests=10, budget=60),
    "down: gone": Situation(faults=[sends(RECENT, Answer(410))], says="answered 410", kept="recently_played"),
    "down: not found": Situation(
        faults=[sends(RECENT, error(404, "x"))], says="answered 404", kept="recently_played"
    ),
    "down: a bad request": Situation(
        faults=[sends(RECENT, error(400, "x"))], says="400", kept="recently_played"
    ),
    "down: too slow by its own word": Situation(
        faults=[sends(RECENT, Answer(408), times=1)], requests=10, budget=60
    ),
    "down: an unheard-of status": Situation(
        faults=[sends(RECENT, Answer(799))], says="799", kept="recently_played"
    ),
    "connection: closed": Situation(faults=[Fault(path=RECENT)], says=BROKEN, kept="recently_played"),
    "connection: closed once": Situation(faults=[Fault(path=RECENT, times=1)], requests=10, budget=60),
    "connection: closed in the middle": Situation(
        faults=[Fault(path=RECENT, answer=json_answer(200, {"items": []}), cut=True)],
        says=BROKEN,
        kept="recently_played",
    ),
    "connection: no answer": Situation(
        faults=[Fault(path=RECENT, hangs=True)], says=NO_ANSWER, kept="recently_played", timeout=2
    ),
    "connection: no answer anywhere": Situation(
        faults=[Fault(path=path, hangs=True) for path in EVERYWHERE],
        code=4,
        says=NO_ANSWER,
        kept="all",
        timeout=2,
    ),
    "connection: a body that drips": Situation(
        faults=[Fault(path=RECENT, answer=Answer(200, b" " * 9999), drips="body")],
        says=NO_ANSWER,
        kept="recently_played",
        timeout=2,
    ),
    "connection: a head that drips": Situation(
        faults=[Fault(path=RECENT, answer=Answer(200), drips="head")],
        says=NO_ANSWER,
        kept="recently_played",
        timeout=2,
    ),
    "redirect: to itself": Situation(
        faults=[sends(RECENT, Answer(302, b"", {"Location": RECENT}))],
        says="answered 302",
        kept="recently_played",
    ),
    "redirect: elsewhere": Situation(
        faults=[sends(RECENT, Answer(301, b"", {"Location": "https://example.org/"}))],
        says="answered 301",
        kept="recently_played",
    ),
    "redirect: nowhere": Situation(
        faults=[sends(RECENT, Answer(302, b"", {"Location": "http://[x"}))],
        says="302",
        kept="recently_played",
    ),
    # Rate limits.
    "limit: a day": Situation(
        faults=every(after(86400)), code=4, says="Spotify accepts no requests until ", kept="all", budget=60
    ),
    "limit: for one": Situation(
        faults=[sends(RECENT, after(7293))],
        says="accepts no requests until",
        kept="recently_played",
        budget=60,
    ),
    "limit: a moment": Situation(faults=[sends(RECENT, after(1), times=1)], requests=10, budget=60),
    "limit: a date far off": Situation(
        faults=[sends(RECENT, after("Sat, 01 Jan 2095 00:00:00 GMT"))],
        says="accepts no requests until",
        kept="recently_played",
        budget=60,
    ),
    "limit: a date of the past": Situation(
        faults=[sends(RECENT, after("Thu, 01 Jan 1970 00:00:00 GMT"), times=1)], requests=10, budget=60
    ),
    "limit: nonsense": Situation(faults=[sends(RECENT, after("soon"), times=1)], requests=10, budget=60),
    "limit: negative": Situation(faults=[sends(RECENT, after(-1), times=1)], requests=10, budget=60),
    "limit: without end": Situation(
        faults=[sends(RECENT, after("9" * 99))], says="accepts no requests", kept="recently_played", budget=60
    ),
    "limit: no time told": Situation(
        faults=[sends(RECENT, text(429, "Too many requests"), times=1)], requests=10, budget=60
    ),
    "limit: quota": Situation(
        faults=[sends(RECENT, json_answer(429, {"error": {"status": 429, "reason": "QUOTA_EXCEEDED"}}))],
        says="asks for fewer requests (429)",
        kept="recently_played",
    ),
    "limit: unavailable until": Situation(
        faults=[sends(RECENT, after(7200, 503))], says="until", kept="recently_played", budget=60
    ),
    # Bodies of what plays.
    "plays: 204": Situation(faults=[sends(NOW_PLAYING, Answer(204))], holds='"is_playing": false'),
    "plays: 202": Situation(faults=[sends(NOW_PLAYING, Answer(202))], holds='"is_playing": false'),
    "plays: empty 200": Situation(faults=[sends(NOW_PLAYING, Answer(200))], holds='"is_playing": false'),
    "plays: blanks": Situation(
        faults=[sends(NOW_PLAYING, Answer(200, b" \r\n"))], holds='"is_playing": false'
    ),
    "plays: an ad": Situation(faults=plays(None, currently_playing_type="ad"), holds='"kind": "ad"'),
    "plays: unknown": Situation(
        faults=plays(None, currently_playing_type="unknown"), holds='"kind": "unknown"'
    ),
    "plays: an unheard-of type": Situation(
        faults=plays({"type": "smell", "name": "x"}), holds='"kind": "unknown"'
    ),
    "plays: an unheard-of type, without item": Situation(
        faults=plays(None, currently_playing_type="hologram"), holds='"kind": "unknown"'
    ),
    "plays: no type at all": Situation(faults=plays(None), holds='"kind": "unknown"'),
    "plays: an episode": Situation(faults=plays(EPISODE), holds="A show"),
    "plays: an episode without a show": Situation(
        faults=plays(EPISODE | {"show": None}), holds='"kind": "episode"'
    ),
    "plays: a chapter of an audiobook": Situation(
        faults=plays(EPISODE | {"release_date": "0000"}), holds='"0000"'
    ),
    "plays: a local file": Situation(faults=plays(LOCAL), holds="spotify:local:a:b:c:1"),
    "plays: paused": Situation(faults=plays(SONG, is_playing=False), holds='"is_playing": false'),
    "plays: nobody says whether": Situation(faults=plays(SONG, is_playing=None), holds='"is_playing": false'),
    "plays: no images": Situation(faults=plays(SONG | {"album": {"images": []}}), holds='"image":null'),
    "plays: images null": Situation(faults=plays(SONG | {"album": {"images": None}}), holds='"images":[]'),
    "plays: sizes null": Situation(
        faults=plays(
            SONG
            | {"album": {"images": [{"url": "https://i.scdn.co/image/a", "width": None, "height": None}]}}
        ),
        holds='"width":null',
    ),
    "plays: a null image": Situation(faults=plays(SONG | {"album": {"images": [None]}}), holds='"images":[]'),
    "plays: no artists": Situation(faults=plays(SONG | {"artists": []}), holds='"artists":[]'),
    "plays: artists null": Situation(faults=plays(SONG | {"artists": None}), holds='"artists":[]'),
    "plays: a null artist": Situation(faults=plays(SONG | {"artists": [None]}), holds='"artists":[]'),
    "plays: no album": Situation(faults=plays(SONG | {"album": None}), holds='"album":{"id":null'),
    "plays: no name": Situation(faults=plays({"type": "track"}), holds="Untitled"),
    "plays: numbers as text": Situation(
        faults=plays(SONG | {"duration_ms": "201000"}), holds='"duration_ms":201000'
    ),
    "plays: another host's link": Situation(
        faults=plays(SONG | {"external_urls": {"spotify": "https://evil.example/"}}), holds='"url":null'
    ),
    "plays: a link that is code": Situation(
        faults=plays(SONG | {"external_urls": {"spotify": "javascript:alert(1)"}}), holds='"url":null'
    ),
    "plays: another host's image": Situation(
        faults=plays(SONG | {"album": {"images": [{"url": "https://evil.example/a.png"}]}}),
        holds='"images":[]',
    ),
    "plays: fields of older apps": Situation(faults=plays(SONG | GONE), holds="Plain"),
    "plays: broken JSON": Situation(
        faults=[sends(NOW_PLAYING, Answer(200, b'{"item": '))], says=READ, kept="now_playing"
    ),
    "plays: no JSON": Situation(faults=[sends(NOW_PLAYING, HTML)], says=READ, kept="now_playing"),
    "plays: a list": Situation(
        faults=[sends(NOW_PLAYING, json_answer(200, []))], says=READ, kept="now_playing"
    ),
    "plays: null": Situation(
        faults=[sends(NOW_PLAYING, json_answer(200, None))], says=READ, kept="now_playing"
    ),
    "plays: a number": Situation(
        faults=[sends(NOW_PLAYING, json_answer(200, 7))], says=READ, kept="now_playing"
    ),
    "plays: an item that is text": Situation(faults=plays("Plain"), says=READ, kept="now_playing"),
    "plays: not UTF-8": Situation(
        faults=[sends(NOW_PLAYING, Answer(200, b"\xff{"))], says=READ, kept="now_playing"
    ),
    "plays: nested without end": Situation(
        faults=[sends(NOW_PLAYING, Answer(200, b"[" * 100_000))], says=READ, kept="now_playing"
    ),
    "plays: a very large body": Situation(
        faults=[sends(NOW_PLAYING, Answer(200, b" " * 9_000_000))], says="is too long", kept="now_playing"
    ),
    "plays: half a surrogate": Situation(
        faults=[sends(NOW_PLAYING, Answer(200, b'{"item": {"type": "track", "name": "cut \\ud83d"}}'))],
        holds="cut ",
    ),
    # Lists.
    "recent: none": Situation(faults=recent(), holds="Nothing here yet"),
    "recent: null": Situation(
        faults=[sends(RECENT, json_answer(200, {"items": None}))], says=READ, kept="recently_played"
    ),
    "recent: missing": Situation(
        faults=[sends(RECENT, json_answer(200, {}))], says=READ, kept="recently_played"
    ),
    "recent: null once": Situation(
        faults=[sends(RECENT, json_answer(200, {"items": None}), times=1)], requests=10, budget=60
    ),
    "recent: null entries": Situation(faults=recent(*BLANKS, PLAYED), holds="Plain"),
    "recent: nothing but null entries": Situation(faults=recent(*BLANKS), says=READ, kept="recently_played"),
    "recent: a time without a zone": Situation(
        faults=recent({"track": SONG, "played_at": "2026-11-23T10:00:00"}), says=READ, kept="recently_played"
    ),
    "recent: a time that is none": Situation(
        faults=recent({"track": SONG, "played_at": "yesterday"}), says=READ, kept="recently_played"
    ),
    "recent: a time out of all calendars": Situation(
        faults=recent({"track": SONG, "played_at": "9999-12-31T23:59:59Z"}, PLAYED), holds="Plain"
    ),
    "recent: the same play twice": Situation(faults=recent(PLAYED, PLAYED), holds="Plain"),
    "recent: empty": Situation(faults=[sends(RECENT, Answer(200))], says=READ, kept="recently_played"),
    "recent: an object for a list": Situation(
        faults=[sends(RECENT, json_answer(200, {"items": {}}))], says=READ, kept="recently_played"
    ),
    "top: empty, and was not": Situation(
        faults=tops(ARTISTS, {"items": []}),
        says="top_artists (short_term) came back empty",
        holds="Nothing here yet",
        is_gap=True,
    ),
    "top: null": Situation(faults=tops(ARTISTS, {"items": None}), says=READ, kept="top_artists.short_term"),
    "top: missing": Situation(faults=tops(TRACKS, {"total": 50}), says=READ, kept="top_tracks.short_term"),
    "top: nothing but null entries": Situation(
        faults=tops(TRACKS, {"items": [None] * 50}), says=READ, kept="top_tracks.short_term"
    ),
    "top: null entries": Situation(
        faults=tops(TRACKS, {"items": [None, SONG, None]}), holds='"rank":1,"movement":{"kind":"new"'
    ),
    "top: local files": Situation(faults=tops(TRACKS, {"items": [LOCAL, LOCAL]}), holds='"rank":2'),
    "top: next without end": Situation(
        faults=tops(ARTISTS, {"items": [{"name": "One"}], "next": "http://127.0.0.1:9/v1/me/top/artists"}),
        holds="One",
    ),
    "top: a total that is not so": Situation(
        faults=tops(TRACKS, {"items": [SONG], "total": 2742}), holds="Plain"
    ),
    "top: more than was asked for": Situation(
        faults=tops(TRACKS, {"items": [SONG] * 500}), holds='"rank":10'
    ),
    "top: fields of older apps": Situation(
        faults=tops(ARTISTS, {"items": [{"name": "Old"} | GONE]}), holds="Old"
    ),
    "top: no names": Situation(faults=tops(ARTISTS, {"items": [{}, {}]}), holds="Untitled"),
    "top: a list of lists": Situation(
        faults=tops(ARTISTS, {"items": [[]]}), says=READ, kept="top_artists.short_term"
    ),
    "titles: every hostile one, everywhere": Situation(
        faults=[
            *plays(SONG | {"name": HOSTILE[0], "artists": [{"name": HOSTILE[1]}]}),
            *recent(*({"track": SONG | {"name": t}, "played_at": "2026-11-23T10:00:00Z"} for t in HOSTILE)),
            *tops(ARTISTS, {"items": [{"name": title} for title in HOSTILE]}),
            *tops(TRACKS, {"items": [SONG | {"name": t, "artists": [{"name": t}]} for t in HOSTILE]}),
        ],
        limit=50,
        holds=json.dumps(HOSTILE[3]),
    ),
    "titles: what acts is taken out": Situation(
        faults=plays(SONG | {"name": "a\n\x1b[2J\u202eb\u2028\u2066c\u200d\u200e"}),
        holds=json.dumps("a[2Jbc\u200d\u200e", ensure_ascii=False),
    ),
}


@pytest.fixture(scope="session")
def a_week_before(tmp_path_factory: pytest.TempPathFactory, command_in: CommandIn) -> dict[str, bytes]:
    """What a successful run wrote the week before, with different data."""
    return week_before(SPOTIFY, tmp_path_factory.mktemp("before"), command_in)


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_run_ends_as_it_should(
    process: Run, repo: Path, spotify: StandIn, a_week_before: dict[str, bytes], name: str
) -> None:
    situation = SITUATIONS[name]
    if situation.requests == 1:
        situation = replace(situation, kept="all")
    spotify.scopes = situation.scopes
    check_run(SPOTIFY, situation, process, repo, spotify, a_week_before)
