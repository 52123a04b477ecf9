"""Nothing that Last.fm sends or does breaks a run, and its key shows nowhere."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Barrier, Lock
from typing import Any

import pytest
import situations
from conftest import NOW, UNSEEN, CommandIn, Run, files_of
from situations import Matrix, check_run, text, week_before
from standin import Fault, LastFm
from texts import HOSTILE

from exporter.demo.answers import json_answer
from exporter.demo.lastfm.service import API_KEY, error
from exporter.demo.standins import USER
from exporter.serving import Answer, Request

LASTFM = Matrix(
    service=LastFm,
    documents=["now_playing", "recently_played", "top_artists", "top_tracks", "top_albums"],
    first="1month",
    secrets=(API_KEY,),
)

RECENT = {"method": "user.getRecentTracks"}
ARTISTS, TRACKS, ALBUMS = ({"method": f"user.getTop{kind}"} for kind in ("Artists", "Tracks", "Albums"))
MONTH = {"period": "1month"}
IN_RECENT = "now_playing recently_played"


class Situation(situations.Situation, frozen=True, kw_only=True):
    """A situation with Last.fm: a run has ten requests."""

    requests: int = 10


def sends(answer: Answer, query: Mapping[str, str] = {}, times: int | None = None) -> list[Fault]:
    return [Fault(path="/2.0/", query=query, answer=answer, times=times)]


def recent(*entries: Any, user: Any = USER, total: Any = "5") -> list[Fault]:
    about = {"user": user, "total": total}
    return sends(json_answer(200, {"recenttracks": {"@attr": about, "track": entries}}), RECENT)


def top(kind: str, entries: Any, *, total: Any = "1931", user: Any = USER) -> list[Fault]:
    body = {f"top{kind}s": {"@attr": {"user": user, "total": total}, kind: entries}}
    return sends(json_answer(200, body), {"method": f"user.getTop{kind.title()}s"} | MONTH)


def artists(body: Any) -> list[Fault]:
    return sends(json_answer(200, body), ARTISTS | MONTH)


SONG: dict[str, Any] = {
    "name": "Plain",
    "mbid": "",
    "url": "https://www.last.fm/music/Somebody/_/Plain",
    "artist": {"name": "Somebody", "mbid": "", "url": "https://www.last.fm/music/Somebody"},
    "album": {"#text": "", "mbid": ""},
    "image": [],
}
PLAYED = SONG | {"date": {"uts": "1795428000", "#text": "23 Nov 2026, 10:00"}}
PLAYING = SONG | {"@attr": {"nowplaying": "true"}}
TOP = {"playcount": "7", "mbid": "", "url": "https://www.last.fm/music/One", "image": []}
STAR = "https://lastfm.freetls.fastly.net/i/u/300x300/2a96cbd8b46e442fc41c2b86b821562f.png"

HTML = text(200, "<!doctype html><title>Sign in</title>")
READ = "Last.fm's answer can't be read"
NO_ANSWER = "127.0.0.1 sent no complete answer within"
BROKEN = "The connection to 127.0.0.1 failed or broke"
OTHER_USER = "Last.fm answered for another user"

PASSES = {8: "could not answer", 11: "is offline", 16: "is unavailable for a while"}
OUR_FAULT = {2: 400, 3: 400, 4: 403, 5: 400, 7: 400, 9: 403, 13: 403}
"""Errors by code, with the status that they come with, that nobody can mend but us."""

FOR_A_PERSON = {
    6: (404, f"Last.fm has no user {USER}", "User not found"),
    10: (403, "Last.fm does not know this API key", "Invalid API key"),
    17: (403, f"{USER} hides their recent listening", "Login: User required to be logged in"),
    26: (403, "Last.fm has suspended this API key", "Suspended API key"),
}
"""Errors by code, with the status that they come with, what we say, and what Last.fm says."""

NO_LISTS: Mapping[str, Any] = {
    "null": {"topartists": {"@attr": {"user": USER, "total": "5"}, "artist": None}},
    "absent": {"topartists": {"@attr": {"user": USER, "total": "5"}}},
    "text": {"topartists": {"@attr": {"user": USER, "total": "5"}, "artist": "One"}},
    "a number": {"topartists": {"@attr": {"user": USER, "total": "5"}, "artist": 7}},
    "empty, of many": {"topartists": {"@attr": {"user": USER, "total": "1931"}, "artist": []}},
    "of nulls": {"topartists": {"@attr": {"user": USER, "total": "5"}, "artist": [None] * 5}},
    "of entries without names": {"topartists": {"artist": [{"playcount": "7"}]}},
    "in a container that is null": {"topartists": None},
    "in a container that is a list": {"topartists": []},
    "in another container": {"toptracks": {"track": []}},
}
"""Bodies of a top list that has nothing to read in it."""

BODIES: Mapping[str, Answer] = {
    "null": json_answer(200, None),
    "a number": json_answer(200, 7),
    "text": json_answer(200, "Plain"),
    "a list": json_answer(200, []),
    "true": json_answer(200, True),  # noqa: FBT003
    "an empty object": json_answer(200, {}),
    "an error that is no number": json_answer(200, {"error": {}, "message": []}),
    "empty": Answer(200),
    "no content": Answer(204),
    "HTML": HTML,
    "cut JSON": Answer(200, b'{"recenttracks": '),
    "not UTF-8": Answer(200, b"\xff{"),
    "nested without end": Answer(200, b"[" * 100_000),
}
"""Bodies of any kind."""

NEVER_LISTENED = [
    *recent(total="0"),
    *[
        fault
        for kind in ("artist", "track", "album")
        for fault in sends(
            json_answer(200, {f"top{kind}s": {"@attr": {"user": USER, "total": "0"}, kind: []}}),
            {"method": f"user.getTop{kind.title()}s"},
        )
    ],
]

SITUATIONS: dict[str, Situation] = {
    "all is well": Situation(),
    # The key.
    "key: wrong": Situation(
        env={"LASTFM_API_KEY": "s3cret-and-wrong"},
        code=3,
        says="Last.fm does not know this API key",
        kept="all",
        budget=60,
    ),
    "key: refused in the middle": Situation(
        faults=sends(error(10, "Invalid API key"), ALBUMS),
        code=3,
        says="LASTFM_API_KEY",
        kept="top_albums",
        budget=60,
    ),
    "key: suspended everywhere": Situation(
        faults=sends(error(26, "Suspended API key", 403)),
        code=3,
        says="Ask Last.fm why",
        kept="all",
        budget=60,
    ),
    # Each error, with the status that it usually comes with, and in an answer that claims success.
    **{
        f"error: {code} in a {status}": Situation(
            faults=sends(error(code, "Operation failed", status), ARTISTS),
            says=f"Last.fm {says} (error {code})",
            kept="top_artists",
        )
        for code, says in PASSES.items()
        for status in (503, 200)
    },
    **{
        f"error: {code} in a {status}, once": Situation(
            faults=sends(error(code, "Operation failed", status), ARTISTS | MONTH, times=1),
            requests=11,
            budget=60,
        )
        for code in PASSES
        for status in (500, 200)
    },
    **{
        f"error: {code} in a {status}": Situation(
            faults=sends(error(code, "Invalid …", status), ARTISTS),
            says=f"Last.fm does not accept this request (error {code})",
            kept="top_artists",
            budget=60,
        )
        for code, usual in OUR_FAULT.items()
        for status in (usual, 200)
    },
    **{
        f"error: {code} in a {status}": Situation(
            faults=sends(error(code, message, status), ARTISTS),
            code=3,
            says=says,
            kept="top_artists",
            budget=60,
        )
        for code, (usual, says, message) in FOR_A_PERSON.items()
        for status in (usual, 200)
    },
    **{
        f"error: 29 in a {status}": Situation(
            faults=sends(error(29, "Rate limit exceeded", status), ARTISTS),
            says="too many requests from this machine's address (error 29)",
            kept="top_artists",
            budget=60,
        )
        for status in (429, 200)
    },
    "error: 8 in a 500, twice": Situation(
        faults=sends(error(8, "Operation failed", 500), ARTISTS | MONTH, times=2), requests=12, budget=60
    ),
    "error: 8 everywhere": Situation(
        faults=sends(error(8, "Operation failed", 500)), code=4, says="(error 8)", kept="all"
    ),
    "error: 29 everywhere": Situation(
        faults=sends(error(29, "Rate limit exceeded", 429)), code=4, says="(error 29)", kept="all", budget=60
    ),
    "error: 6, but not of the user": Situation(
        faults=sends(error(6, "no such page", 400), RECENT), says="(error 6)", kept=IN_RECENT
    ),
    "error: 6 in a 200, not of the user": Situation(
        faults=sends(error(6, "Album not found", 200), ALBUMS), says="(error 6)", kept="top_albums"
    ),
    "error: its number as text": Situation(
        faults=sends(json_answer(200, {"error": "8"}), RECENT), says="(error 8)", kept=IN_RECENT
    ),
    "error: one that nobody knows": Situation(
        faults=sends(error(999, "\x1b[2J::error::x"), RECENT), says="(error 999)", kept=IN_RECENT
    ),
    # The user.
    "user: unknown, or renamed": Situation(
        faults=sends(error(6, "User not found", 404)),
        code=3,
        says=f"Last.fm has no user {USER}",
        kept="all",
        budget=60,
    ),
    "user: hides their listening": Situation(
        faults=sends(error(17, "Login: User required to be logged in", 403), RECENT),
        code=3,
        says="now_playing, recently_played could not be refreshed. samplelistener hides",
        kept=IN_RECENT,
        budget=60,
    ),
    "user: hides everything": Situation(
        faults=sends(error(17, "Login: User required to be logged in", 403)),
        code=3,
        says="www.last.fm/settings/privacy",
        kept="all",
    ),
    "user: another one's answer": Situation(
        faults=recent(PLAYED, user="rj"), says=OTHER_USER, kept=IN_RECENT
    ),
    "user: another one's answer, once": Situation(
        faults=sends(
            json_answer(200, {"recenttracks": {"@attr": {"user": "rj"}, "track": [PLAYED]}}), RECENT, times=1
        ),
        requests=11,
        budget=60,
    ),
    "user: another one's top list": Situation(
        faults=top("artist", [TOP | {"name": "One"}], user="rj"), says=OTHER_USER, kept="top_artists.1month"
    ),
    "user: other letters": Situation(faults=recent(PLAYED, user=USER.upper()), holds="Plain"),
    "user: not told": Situation(faults=recent(PLAYED, user=None), holds="Plain"),
    "user: never listened, and had lists": Situation(
        faults=NEVER_LISTENED, says="came back empty", holds="Nothing here yet", is_gap=True
    ),
    # No answer, or a bad one.
    "down: everything": Situation(faults=sends(Answer(503)), code=4, says="answered 503", kept="all"),
    "down: as HTML": Situation(
        faults=sends(text(503, "<html>Service unavailable"), RECENT), says="answered 503", kept=IN_RECENT
    ),
    "down: as HTML, once": Situation(
        faults=sends(text(503, "<html>"), RECENT, times=1), requests=11, budget=60
    ),
    "down: one period": Situation(
        faults=sends(Answer(500), TRACKS | MONTH),
        says="top_tracks (1month) could not",
        kept="top_tracks.1month",
    ),
    "down: albums": Situation(
        faults=sends(Answer(502), ALBUMS),
        says="top_albums (1month), top_albums (6month), top_albums (12month) could not",
        kept="top_albums",
    ),
    "down: our name is banned": Situation(
        faults=sends(text(403, "<html>403 Forbidden")), code=4, says="answered 403", kept="all", budget=60
    ),
    "down: not found": Situation(
        faults=sends(text(404, "<html>"), RECENT), says="answered 404", kept=IN_RECENT, budget=60
    ),
    "limit: hours": Situation(
        faults=sends(text(429, "<html>", **{"Retry-After": "7293"}), RECENT),
        says="Last.fm accepts no requests until ",
        kept=IN_RECENT,
        budget=60,
    ),
    "connection: closed": Situation(faults=[Fault(path="/2.0/", query=RECENT)], says=BROKEN, kept=IN_RECENT),
    "connection: closed once": Situation(
        faults=[Fault(path="/2.0/", query=RECENT, times=1)], requests=11, budget=60
    ),
    "connection: closed in the middle": Situation(
        faults=[Fault(path="/2.0/", query=RECENT, answer=json_answer(200, {"recenttracks": {}}), cut=True)],
        says=BROKEN,
        kept=IN_RECENT,
    ),
    "connection: no answer": Situation(
        faults=[Fault(path="/2.0/", query=RECENT, hangs=True)], says=NO_ANSWER, kept=IN_RECENT, timeout=2
    ),
    "connection: a body that drips": Situation(
        faults=[Fault(path="/2.0/", query=RECENT, answer=Answer(200, b" " * 9999), drips="body")],
        says=NO_ANSWER,
        kept=IN_RECENT,
        timeout=2,
    ),
    "connection: a head that drips": Situation(
        faults=[Fault(path="/2.0/", query=RECENT, answer=Answer(200), drips="head")],
        says=NO_ANSWER,
        kept=IN_RECENT,
        timeout=2,
    ),
    "redirect: with the key": Situation(
        faults=sends(Answer(302, b"", {"Location": f"https://example.com/?api_key={API_KEY}"}), RECENT),
        says="answered 302",
        kept=IN_RECENT,
    ),
    # Bodies.
    **{
        f"list: {name}": Situation(faults=artists(body), says=READ, kept="top_artists.1month")
        for name, body in NO_LISTS.items()
    },
    **{
        f"body: {name}": Situation(faults=sends(answer, RECENT), says=READ, kept=IN_RECENT)
        for name, answer in BODIES.items()
    },
    "body: very large": Situation(
        faults=sends(Answer(200, b" " * 9_000_000), RECENT), says="is too long", kept=IN_RECENT
    ),
    # Lists.
    "list: empty, and was not": Situation(
        faults=top("artist", [], total="0"),
        says="top_artists (1month) came back empty",
        holds="Nothing here yet",
        is_gap=True,
    ),
    "list: one entry, as an object": Situation(
        faults=top("artist", TOP | {"name": "One"}), holds='"name":"One"'
    ),
    "list: more than was asked for": Situation(
        faults=top("artist", [TOP | {"name": f"One {number}"} for number in range(500)]), holds='"rank":10'
    ),
    "list: ties": Situation(
        faults=top("artist", [TOP | {"name": name} for name in ("Zed", "One", "Abe")]),
        holds='{"id":null,"name":"Abe","plays":7},\n      {"id":null,"name":"One","plays":7}',
    ),
    "list: counts that are none": Situation(
        faults=top("artist", [TOP | {"name": "One", "playcount": count} for count in ("many", None, "-1")]),
        holds='"plays":null',
    ),
    "list: the star for a picture": Situation(
        faults=top("artist", [TOP | {"name": "One", "image": [{"size": "mega", "#text": STAR}]}]),
        holds='"name":"One","image":null,"images":[]',
    ),
    "list: pictures that are empty text": Situation(
        faults=top("artist", [TOP | {"name": "One", "image": [{"size": "mega", "#text": ""}]}]),
        holds='"name":"One","image":null,"images":[]',
    ),
    "list: another host's picture": Situation(
        faults=top("artist", [TOP | {"name": "One", "image": [{"#text": "https://evil.example/a.png"}]}]),
        holds='"name":"One","image":null,"images":[]',
    ),
    "list: another host's link": Situation(
        faults=top("artist", [TOP | {"name": "One", "url": "https://evil.example/"}]),
        holds='"url":null,"name":"One"',
    ),
    "list: a link that is encoded twice": Situation(
        faults=top(
            "artist", [TOP | {"name": "One", "url": "https://www.last.fm/music/Florence+%252B+the+Machine"}]
        ),
        holds='"url":"https://www.last.fm/music/Florence+%252B+the+Machine"',
    ),
    # What plays, and what was played: they come in one answer, and stay together if it can't be read.
    "recent: what plays comes on top": Situation(
        faults=recent(PLAYING | {"name": "Now"}, *[PLAYED] * 50), holds='"name":"Now"'
    ),
    "recent: what plays, as an object": Situation(
        faults=sends(json_answer(200, {"recenttracks": {"@attr": {"user": USER}, "track": PLAYING}}), RECENT),
        holds='"is_playing": true',
    ),
    "recent: nothing plays": Situation(faults=recent(PLAYED), holds='"is_playing": false'),
    "recent: none": Situation(faults=recent(total="0"), holds="Nothing here yet"),
    "recent: none, as empty text": Situation(
        faults=sends(
            json_answer(200, {"recenttracks": {"@attr": {"user": USER, "total": "0"}, "track": ""}}), RECENT
        ),
        holds="Nothing here yet",
    ),
    "recent: null": Situation(
        faults=sends(json_answer(200, {"recenttracks": {"track": None}}), RECENT), says=READ, kept=IN_RECENT
    ),
    "recent: an artist as text": Situation(
        faults=recent(PLAYING | {"artist": {"#text": "A feat. B", "mbid": ""}}), holds='"name":"A feat. B"'
    ),
    "recent: no artist": Situation(faults=recent(PLAYING | {"artist": None}), holds='"artists":[]'),
    "recent: no name plays": Situation(
        faults=recent(PLAYING | {"name": ""}, PLAYED), holds='"kind": "unknown"'
    ),
    "recent: without a time": Situation(faults=recent(SONG), says=READ, kept=IN_RECENT),
    "recent: some without a time": Situation(
        faults=recent(SONG, PLAYED | {"date": {"uts": "soon"}}, PLAYED), holds="Plain"
    ),
    "recent: out of all calendars": Situation(
        faults=recent(PLAYED | {"date": {"uts": "999999999999"}}, PLAYED), holds="Plain"
    ),
    "recent: the same play twice": Situation(faults=recent(PLAYED, PLAYED), holds="Plain"),
    "recent: pictures of another shape": Situation(
        faults=recent(PLAYING | {"image": "https://lastfm.freetls.fastly.net/a.png"}), holds='"images":[]'
    ),
    "titles: every hostile one, everywhere": Situation(
        faults=[
            *recent(
                PLAYING | {"name": HOSTILE[0], "artist": {"name": HOSTILE[1]}},
                *(PLAYED | {"name": title} for title in HOSTILE),
            ),
            *top("artist", [TOP | {"name": title} for title in HOSTILE]),
            *top("track", [TOP | {"name": title, "artist": {"name": title}} for title in HOSTILE]),
            *top("album", [TOP | {"name": title, "artist": {"name": title}} for title in HOSTILE]),
        ],
        limit=50,
        holds=json.dumps(HOSTILE[3]),
    ),
    "titles: what acts is taken out": Situation(
        faults=recent(PLAYING | {"name": "a\n\x1b[2J\u202eb\u2028\u2066c\u200d"}),
        holds=json.dumps("a[2Jbc\u200d", ensure_ascii=False),
    ),
}

FIRST_RUNS: Sequence[str] = (
    "all is well",
    "key: wrong",
    "key: refused in the middle",
    "error: 8 in a 500, twice",
    "error: 29 everywhere",
    "user: unknown, or renamed",
    "user: hides their listening",
    "user: another one's answer",
    "down: everything",
    "down: one period",
    "down: albums",
    "connection: closed in the middle",
    "list: null",
    "recent: none",
    "body: HTML",
)
"""The situations that a first run is tried in, too."""


@pytest.fixture(scope="session")
def a_week_with_lastfm(tmp_path_factory: pytest.TempPathFactory, command_in: CommandIn) -> dict[str, bytes]:
    """What a successful run wrote the week before, with different data."""
    return week_before(LASTFM, tmp_path_factory.mktemp("lastfm"), command_in)


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_run_ends_as_it_should(
    process: Run, repo: Path, lastfm: LastFm, a_week_with_lastfm: dict[str, bytes], name: str
) -> None:
    check_run(LASTFM, SITUATIONS[name], process, repo, lastfm, a_week_with_lastfm)


@pytest.mark.parametrize("name", FIRST_RUNS)
def test_a_first_run_ends_as_it_should(process: Run, repo: Path, lastfm: LastFm, name: str) -> None:
    check_run(LASTFM, SITUATIONS[name], process, repo, lastfm, {})


def test_an_account_that_never_listened_has_empty_lists_and_no_words_about_it(
    process: Run, repo: Path, lastfm: LastFm
) -> None:
    check_run(
        LASTFM,
        Situation(faults=NEVER_LISTENED, holds="Nothing here yet"),
        process,
        repo,
        lastfm,
        {},
    )


def test_five_requests_are_sent_at_once_and_no_more(process: Run, repo: Path, lastfm: LastFm) -> None:
    (repo / "config.yaml").write_bytes(f"source: {LastFm.SOURCE}\n{UNSEEN}".encode())
    here, most, lock, five = 0, 0, Lock(), Barrier(5, timeout=30)

    def answer(request: Request) -> Answer:
        nonlocal here, most
        with lock:
            here += 1
            most = max(most, here)
        five.wait()  # until as many are here
        with lock:
            here -= 1
        return lastfm.answer(request)

    lastfm.faults.append(Fault(path="/2.0/", answer=answer))
    ran = process("export", env=lastfm.environment, now=NOW)
    assert (ran.code, ran.err, len(lastfm.requests), most) == (0, "", 10, 5)


def test_a_picture_that_can_not_be_had_is_a_tile_and_no_shortfall(
    process: Run, repo: Path, lastfm: LastFm
) -> None:
    (repo / "config.yaml").write_bytes(
        f'source: {LastFm.SOURCE}\nskip: ["cards/*-dark.svg", index.html, feed.xml]\n'.encode()
    )
    moved = Answer(302, b"", {"Location": f"{lastfm.url}/i/u/34s/elsewhere.jpg"})
    lastfm.faults.append(Fault(path="/i/u/*", answer=moved))
    ran = process("export", "--strict", env=lastfm.environment, now=NOW)
    written = b"".join(content for path, content in files_of(repo).items() if path.startswith("output/"))
    assert (ran.code, ran.err, written.count(b"data:image/jpeg")) == (0, "", 0)
    assert written.count(b"data-tried=") > 10
    asked = [each.path for each in lastfm.pictures]
    assert len(asked) == len(set(asked)) > 10
    assert not [each for each in lastfm.pictures if "api_key" in each.query]
