"""Nothing that ListenBrainz, or the Cover Art Archive, sends or does breaks a run."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import situations
from conftest import NOW, CommandIn, Run, files_of
from msgspec import Struct
from situations import Matrix, check_run, sends, text, week_before
from standin import Fault, ListenBrainz
from texts import HOSTILE

from exporter.demo.answers import json_answer
from exporter.demo.standins import USER
from exporter.serving import Answer

PLAYING, LISTENS = f"/1/user/{USER}/playing-now", f"/1/user/{USER}/listens"
ARTISTS, TRACKS, ALBUMS = (f"/1/stats/user/{USER}/{kind}" for kind in ("artists", "recordings", "releases"))
TOPS = (ARTISTS, TRACKS, ALBUMS)
EVERYWHERE = (PLAYING, LISTENS, *TOPS)
WEEK = {"range": "week"}

LISTENBRAINZ = Matrix(
    service=ListenBrainz,
    documents=["now_playing", "recently_played", "top_artists", "top_tracks", "top_albums"],
    first="week",
    secrets=(),
)


class Situation(situations.Situation, frozen=True, kw_only=True):
    """A situation with ListenBrainz: a run has eleven requests."""

    requests: int = 11


def every(answer: Answer, times: int | None = None) -> list[Fault]:
    return [sends(path, answer, times) for path in EVERYWHERE]


def payload(**fields: Any) -> Answer:
    return json_answer(200, {"payload": fields})


def error(status: int, message: str, **headers: str) -> Answer:
    return json_answer(status, {"code": status, "error": message}, **headers)


def reset_in(seconds: object, status: int = 429) -> Answer:
    return error(status, "You have exceeded your rate limit.", **{"X-RateLimit-Reset-In": str(seconds)})


def plays(listen: Any) -> list[Fault]:
    return [sends(PLAYING, payload(count=1, playing_now=True, listens=[listen]))]


def listened(*listens: Any) -> list[Fault]:
    return [sends(LISTENS, payload(count=len(listens), listens=listens))]


def top(path: str, body: Any) -> list[Fault]:
    return [sends(path, json_answer(200, body), query=WEEK)]


def artists(*entries: Any) -> list[Fault]:
    return [sends(ARTISTS, payload(artists=entries, range="week"), query=WEEK)]


def recordings(*entries: Any) -> list[Fault]:
    return [sends(TRACKS, payload(recordings=entries, range="week"), query=WEEK)]


METADATA: dict[str, Any] = {"track_name": "Plain", "artist_name": "Somebody", "release_name": "An album"}
LISTEN: dict[str, Any] = {"listened_at": 1795428000, "track_metadata": METADATA}
RECORDING: dict[str, Any] = {"track_name": "Plain", "artist_name": "Somebody", "listen_count": 7}
RELEASE = "f1412a45-ab78-4d2a-b1f5-0a4a3a36d26a"

NOTHING_PLAYS = sends(PLAYING, payload(count=0, playing_now=True, listens=[]))
NO_USER = error(404, f"Cannot find user: {USER}")
HTML = text(200, "<!doctype html><title>Sign in</title>")
BANNED = "ListenBrainz accepts no requests from this machine's address (403)"
READ = "ListenBrainz's answer can't be read"
NO_ANSWER = "127.0.0.1 sent no complete answer within"
BROKEN = "The connection to 127.0.0.1 failed or broke"
UNTIL = "ListenBrainz accepts no requests until "

NO_LISTS: Mapping[str, Any] = {
    "null": {"payload": {"artists": None}},
    "absent": {"payload": {"count": 50}},
    "an object": {"payload": {"artists": {"artist_name": "One"}}},
    "text": {"payload": {"artists": "One"}},
    "of numbers": {"payload": {"artists": [1, 2]}},
    "of nulls": {"payload": {"artists": [None] * 50}},
    "of entries without names": {"payload": {"artists": [{"listen_count": 7}]}},
    "in a payload that is null": {"payload": None},
    "in a payload that is a list": {"payload": []},
    "in no payload": {"artists": [{"artist_name": "One"}]},
}
"""Bodies of a top list that has nothing to read in it."""

BODIES: Mapping[str, Answer] = {
    "null": json_answer(200, None),
    "a number": json_answer(200, 7),
    "text": json_answer(200, "Plain"),
    "a list": json_answer(200, []),
    "true": json_answer(200, True),  # noqa: FBT003
    "an empty object": json_answer(200, {}),
    "empty": Answer(200),
    "blanks": Answer(200, b" \r\n"),
    "no content, though this is no statistic": Answer(204),
    "HTML": HTML,
    "cut JSON": Answer(200, b'{"payload": '),
    "not UTF-8": Answer(200, b"\xff{"),
    "nested without end": Answer(200, b"[" * 100_000),
}
"""Bodies of any kind."""

SITUATIONS: dict[str, Situation] = {
    "all is well": Situation(),
    # The user.
    "user: unknown, or renamed": Situation(
        faults=every(NO_USER), code=3, says=f"has no user called {USER}", kept="all"
    ),
    "user: unknown, with retries left": Situation(
        faults=every(NO_USER), code=3, says="in config.yaml", kept="all", budget=60
    ),
    "user: has no statistics any more": Situation(
        faults=[sends(path, NO_USER) for path in TOPS],
        code=3,
        says="has no user called",
        kept="top_artists top_tracks top_albums",
    ),
    "user: a gateway finds nothing": Situation(
        faults=every(text(404, "<html>404 Not Found")), code=4, says="answered 404", kept="all"
    ),
    "user: never listened": Situation(
        faults=[
            *listened(),
            *[sends(path, Answer(204)) for path in TOPS],
            sends(PLAYING, payload(listens=[])),
        ],
        holds="Nothing here yet",
        uncalculated="top_artists top_tracks top_albums",
        is_gap=True,
    ),
    # Our address, and its limit.
    "address: banned": Situation(
        faults=every(text(403, "<html>403 Forbidden")), code=4, says=BANNED, kept="all", budget=60
    ),
    "address: banned for one": Situation(
        faults=[sends(LISTENS, text(403, "<html>"))], says=BANNED, kept="recently_played", budget=60
    ),
    "address: not authorized": Situation(
        faults=[sends(LISTENS, error(401, "Invalid authorization token."))],
        says="accepts no requests from this machine's address (401)",
        kept="recently_played",
    ),
    "limit: a moment": Situation(faults=[sends(LISTENS, reset_in(1), times=1)], requests=12, budget=60),
    "limit: more than the run has left": Situation(
        faults=[sends(LISTENS, reset_in(9))], says=UNTIL, kept="recently_played", budget=3
    ),
    "limit: hours": Situation(
        faults=[sends(LISTENS, reset_in(7293))], says=UNTIL, kept="recently_played", budget=60
    ),
    "limit: everywhere": Situation(faults=every(reset_in(10)), code=4, says=UNTIL, kept="all"),
    "limit: no time told": Situation(
        faults=[sends(LISTENS, error(429, "Slow down."), times=1)], requests=12, budget=60
    ),
    "limit: a time that is none": Situation(
        faults=[sends(LISTENS, reset_in("soon"), times=1)], requests=12, budget=60
    ),
    "limit: negative": Situation(faults=[sends(LISTENS, reset_in(-1), times=1)], requests=12, budget=60),
    "limit: in the other header": Situation(
        faults=[sends(LISTENS, error(429, "x", **{"Retry-After": "7293"}))],
        says=UNTIL,
        kept="recently_played",
        budget=60,
    ),
    "limit: told with another failure": Situation(
        faults=[sends(LISTENS, reset_in(7293, 500), times=1)], requests=12, budget=60
    ),
    # No answer, or a bad one.
    "down: everything": Situation(faults=every(Answer(503)), code=4, says="answered 503", kept="all"),
    "down: a gateway": Situation(
        faults=[sends(LISTENS, text(502, "<html>502 Bad Gateway"))],
        says="answered 502",
        kept="recently_played",
    ),
    "down: a gateway, once": Situation(
        faults=[sends(LISTENS, text(502, "<html>"), times=1)], requests=12, budget=60
    ),
    "down: what plays": Situation(
        faults=[sends(PLAYING, Answer(504))], says="now_playing could not", kept="now_playing"
    ),
    "down: one time range": Situation(
        faults=[sends(TRACKS, Answer(500), query=WEEK)],
        says="top_tracks (week) could not",
        kept="top_tracks.week",
    ),
    "down: albums": Situation(
        faults=[sends(ALBUMS, Answer(500))],
        says="top_albums (week), top_albums (month), top_albums (all_time) could not",
        kept="top_albums",
    ),
    "down: a bad request": Situation(
        faults=[sends(ARTISTS, error(400, "Invalid range: week"), query=WEEK)],
        says="answered 400",
        kept="top_artists.week",
        budget=60,
    ),
    "connection: closed": Situation(faults=[Fault(path=LISTENS)], says=BROKEN, kept="recently_played"),
    "connection: closed once": Situation(faults=[Fault(path=LISTENS, times=1)], requests=12, budget=60),
    "connection: closed in the middle": Situation(
        faults=[Fault(path=LISTENS, answer=payload(listens=[LISTEN]), cut=True)],
        says=BROKEN,
        kept="recently_played",
    ),
    "connection: no answer": Situation(
        faults=[Fault(path=LISTENS, hangs=True)], says=NO_ANSWER, kept="recently_played", timeout=2
    ),
    "connection: no answer anywhere": Situation(
        faults=[Fault(path=path, hangs=True) for path in EVERYWHERE],
        code=4,
        says=NO_ANSWER,
        kept="all",
        timeout=2,
    ),
    "connection: a body that drips": Situation(
        faults=[Fault(path=LISTENS, answer=Answer(200, b" " * 9999), drips="body")],
        says=NO_ANSWER,
        kept="recently_played",
        timeout=2,
    ),
    "connection: a head that drips": Situation(
        faults=[Fault(path=LISTENS, answer=Answer(200), drips="head")],
        says=NO_ANSWER,
        kept="recently_played",
        timeout=2,
    ),
    "redirect: no answer is looked for elsewhere": Situation(
        faults=[sends(LISTENS, Answer(302, b"", {"Location": PLAYING}))],
        says="answered 302",
        kept="recently_played",
    ),
    # Statistics that were not calculated.
    "204: one time range": Situation(
        faults=[sends(ARTISTS, Answer(204), query=WEEK)], uncalculated="top_artists.week"
    ),
    "204: one list": Situation(faults=[sends(ALBUMS, Answer(204))], uncalculated="top_albums"),
    "204: all lists": Situation(
        faults=[sends(path, Answer(204)) for path in TOPS],
        uncalculated="top_artists top_tracks top_albums",
        is_gap=True,
    ),
    "204: one list, while another fails": Situation(
        faults=[sends(ALBUMS, Answer(204)), sends(TRACKS, Answer(500))],
        says="answered 500",
        kept="top_tracks",
        uncalculated="top_albums",
    ),
    # Bodies.
    **{
        f"list: {name}": Situation(faults=top(ARTISTS, body), says=READ, kept="top_artists.week")
        for name, body in NO_LISTS.items()
    },
    **{
        f"body: {name}": Situation(faults=[sends(PLAYING, answer)], says=READ, kept="now_playing")
        for name, answer in BODIES.items()
    },
    "body: very large": Situation(
        faults=[sends(LISTENS, Answer(200, b" " * 9_000_000))], says="is too long", kept="recently_played"
    ),
    "body: another once": Situation(faults=[sends(LISTENS, HTML, times=1)], requests=12, budget=60),
    # Lists.
    "list: empty, and was not": Situation(
        faults=artists(),
        says="top_artists (week) came back empty",
        holds="Nothing here yet",
        is_gap=True,
    ),
    "list: with entries of other shapes": Situation(
        faults=artists(None, 7, [], {"artist_name": "One", "listen_count": 7}), holds="One"
    ),
    "list: more than was asked for": Situation(faults=recordings(*[RECORDING] * 500), holds='"rank":10'),
    "list: counts as text": Situation(
        faults=recordings(RECORDING | {"listen_count": "1511"}), holds='"plays":1511'
    ),
    "list: counts that are none": Situation(
        faults=recordings(RECORDING, RECORDING | {"listen_count": "many"}), holds='"plays":null'
    ),
    "list: calculated long ago": Situation(
        faults=[
            sends(ARTISTS, payload(artists=[{"artist_name": "Old"}], last_updated=1, to_ts=1), query=WEEK)
        ],
        holds="Old",
    ),
    "list: a cover without a number": Situation(
        faults=recordings(RECORDING | {"caa_id": None, "caa_release_mbid": RELEASE}), holds='"images":[]'
    ),
    "list: ids that are none": Situation(
        faults=recordings(RECORDING | {"recording_mbid": "../../x", "artist_mbids": [7], "artists": "x"}),
        holds='"id":null,"uri":null,"url":null,"name":"Plain"',
    ),
    # Listens.
    "listens: none": Situation(faults=listened(), holds="Nothing here yet"),
    "listens: without a time": Situation(
        faults=listened(LISTEN | {"listened_at": None}), says=READ, kept="recently_played"
    ),
    "listens: some without a time": Situation(
        faults=listened(LISTEN | {"listened_at": "yesterday"}, LISTEN), holds="Plain"
    ),
    "listens: out of all calendars": Situation(
        faults=listened(LISTEN | {"listened_at": 10**12}, LISTEN), holds="Plain"
    ),
    "listens: the same second twice": Situation(faults=listened(LISTEN, LISTEN), holds="Plain"),
    "listens: unmapped": Situation(
        faults=listened({"listened_at": 1795428000, "track_metadata": METADATA | {"mbid_mapping": None}}),
        holds='"images":[]',
    ),
    "listens: a mapping of another shape": Situation(
        faults=listened(LISTEN | {"track_metadata": METADATA | {"mbid_mapping": [1], "additional_info": 7}}),
        holds="Plain",
    ),
    "listens: null": Situation(
        faults=[sends(LISTENS, payload(listens=None))], says=READ, kept="recently_played"
    ),
    # What plays.
    "plays: nothing": Situation(faults=[NOTHING_PLAYS], holds='"is_playing": false'),
    "plays: without a name": Situation(
        faults=plays({"track_metadata": METADATA | {"track_name": None}}), holds='"kind": "unknown"'
    ),
    "plays: of another shape": Situation(faults=plays("Plain"), holds='"kind": "unknown"'),
    "plays: a client's own types": Situation(
        faults=plays(
            {
                "track_metadata": METADATA
                | {"additional_info": {"duration_ms": [1], "duration": "x", "release_mbid": {"a": 1}}}
            }
        ),
        holds='"duration_ms":null',
    ),
    "plays: a client's numbers as text": Situation(
        faults=plays({"track_metadata": METADATA | {"additional_info": {"duration_ms": "201000"}}}),
        holds='"duration_ms":201000',
    ),
    "plays: a client's link": Situation(
        faults=plays({"track_metadata": METADATA | {"additional_info": {"origin_url": "javascript:x"}}}),
        holds='"url":null',
    ),
    "titles: every hostile one, everywhere": Situation(
        faults=[
            *plays({"track_metadata": METADATA | {"track_name": HOSTILE[0], "artist_name": HOSTILE[1]}}),
            *listened(*(LISTEN | {"track_metadata": METADATA | {"track_name": t}} for t in HOSTILE)),
            *artists(*({"artist_name": title} for title in HOSTILE)),
            *recordings(*(RECORDING | {"track_name": t, "artist_name": t} for t in HOSTILE)),
            sends(
                ALBUMS,
                payload(releases=[{"release_name": t, "artist_name": t} for t in HOSTILE]),
                query=WEEK,
            ),
        ],
        limit=50,
        holds=json.dumps(HOSTILE[3]),
    ),
    "titles: what acts is taken out": Situation(
        faults=plays({"track_metadata": METADATA | {"track_name": "a\n\x1b[2J\u202eb\u2028\u2066c\u200d"}}),
        holds=json.dumps("a[2Jbc\u200d", ensure_ascii=False),
    ),
}

FIRST_RUNS: Sequence[str] = (
    "all is well",
    "user: unknown, or renamed",
    "user: has no statistics any more",
    "address: banned",
    "limit: a moment",
    "limit: hours",
    "down: everything",
    "down: what plays",
    "down: one time range",
    "connection: closed in the middle",
    "204: one time range",
    "204: one list",
    "204: all lists",
    "204: one list, while another fails",
    "list: null",
    "listens: none",
    "body: HTML",
)
"""The situations that a first run is tried in, too."""


@pytest.fixture(scope="session")
def a_week_with_listenbrainz(
    tmp_path_factory: pytest.TempPathFactory, command_in: CommandIn
) -> dict[str, bytes]:
    """What a successful run wrote the week before, with different data."""
    return week_before(LISTENBRAINZ, tmp_path_factory.mktemp("listenbrainz"), command_in)


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_run_ends_as_it_should(
    process: Run,
    repo: Path,
    listenbrainz: ListenBrainz,
    a_week_with_listenbrainz: dict[str, bytes],
    name: str,
) -> None:
    check_run(LISTENBRAINZ, SITUATIONS[name], process, repo, listenbrainz, a_week_with_listenbrainz)


@pytest.mark.parametrize("name", FIRST_RUNS)
def test_a_first_run_ends_as_it_should(
    process: Run, repo: Path, listenbrainz: ListenBrainz, name: str
) -> None:
    check_run(LISTENBRAINZ, SITUATIONS[name], process, repo, listenbrainz, {})


# Covers


class Elsewhere(Struct, frozen=True):
    """What happens to requests for covers, and how many there are for each."""

    faults: Sequence[Fault]
    requests: int = 1


def moved(path: str, to: str | Callable[[str], str]) -> Fault:
    return Fault(
        path=path,
        answer=lambda request: Answer(
            307, b"", {"Location": to if isinstance(to, str) else to(request.path)}
        ),
    )


COVERS: Mapping[str, Elsewhere] = {
    "not found": Elsewhere([sends("/release/*", Answer(404))]),
    "not allowed": Elsewhere([sends("/release/*", Answer(405))]),
    "not found at the archive": Elsewhere([sends("/download/*", Answer(503))], requests=2),
    "not found where it is kept": Elsewhere([sends("/12/items/*", Answer(404))], requests=3),
    "no picture": Elsewhere([sends("/12/items/*", HTML)], requests=3),
    "a loop": Elsewhere(
        [moved("/release/*", "/download/a"), moved("/download/*", "/download/a")], requests=6
    ),
    "a loop through hosts": Elsewhere(
        [
            moved("/release/*", "https://archive.org/download/a"),
            moved("/download/*", "https://coverartarchive.org/release/a"),
        ],
        requests=6,
    ),
    "to another host": Elsewhere([moved("/release/*", lambda path: f"https://example.com{path}")]),
    "to a host that is named alike": Elsewhere(
        [moved("/release/*", lambda path: f"https://archive.org.example.com{path}")]
    ),
    "to plain HTTP": Elsewhere([moved("/release/*", lambda path: f"http://archive.org{path}")]),
    "to this machine": Elsewhere([moved("/release/*", "http://127.0.0.1:1/download/a")]),
    "to no address": Elsewhere([moved("/release/*", "http://[x")]),
    "to nowhere": Elsewhere([sends("/release/*", Answer(307))]),
    "closed": Elsewhere([Fault(path="/release/*")]),
}


@pytest.mark.parametrize("name", COVERS)
def test_a_cover_that_can_not_be_had_is_a_tile_and_no_shortfall(
    process: Run, repo: Path, listenbrainz: ListenBrainz, name: str
) -> None:
    listenbrainz.faults += COVERS[name].faults
    ran = _strict_run(process, repo, listenbrainz)
    assert (ran.count(b"data:image/jpeg"), ran.count(b"data-tried=") > 10) == (0, True)
    first = [each.path for each in listenbrainz.pictures if each.path.startswith("/release/")]
    assert len(listenbrainz.pictures) == len(set(first) - {"/release/a"}) * COVERS[name].requests


def test_covers_that_are_slow_are_tiles_and_are_waited_for_once(
    process: Run, repo: Path, listenbrainz: ListenBrainz
) -> None:
    listenbrainz.faults.append(Fault(path="/12/items/*", hangs=True))
    assert b"data:image/jpeg" not in _strict_run(process, repo, listenbrainz, timeout=2)


def test_covers_are_followed_to_where_they_are_kept(
    process: Run, repo: Path, listenbrainz: ListenBrainz
) -> None:
    written = _strict_run(process, repo, listenbrainz)
    assert written.count(b"data:image/jpeg") > 10
    found = [each.path for each in listenbrainz.pictures if each.path.startswith("/12/items/")]
    assert len(found) == len(set(found)) > 10


def _strict_run(process: Run, repo: Path, listenbrainz: ListenBrainz, timeout: float = 5) -> bytes:
    """Run for the first time, with everything fetched but the covers; return what was written."""
    (repo / "README.md").write_bytes(LISTENBRAINZ.readme.encode())
    settings = f"source: {ListenBrainz.SOURCE}\nhttp: {{timeout: {timeout}}}\n"
    (repo / "config.yaml").write_bytes(
        f'{settings}skip: ["cards/*-dark.svg", index.html, feed.xml]\n'.encode()
    )
    ran = process("export", "--strict", env=listenbrainz.environment, now=NOW)
    assert (ran.code, ran.err, len(listenbrainz.requests)) == (0, "", 11)
    return b"".join(content for path, content in files_of(repo).items() if path.startswith("output/"))
