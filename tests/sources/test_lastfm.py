"""Last.fm: what is asked over a real socket, how its answers and its errors are read, and no key anywhere."""

import json
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from conftest import NOW, Hurry
from hypothesis import given
from hypothesis import strategies as st
from standin import Fault, LastFm

from exporter.config.schema import Config
from exporter.demo.answers import json_answer
from exporter.demo.lastfm.service import API_KEY, error
from exporter.demo.standins import USER
from exporter.errors import AccountError, NowListeningError, UnavailableError
from exporter.models import NOTHING, Album, Artist, Failed, Listening, NowPlaying, Play, Query, Track
from exporter.serving import Answer
from exporter.sources.about import Listed
from exporter.sources.fetch import fetch, fetch_pictures
from exporter.sources.http import Client, Clock, new_session
from exporter.sources.lastfm import calls, wire
from exporter.sources.lastfm.about import ABOUT
from exporter.sources.source import Connection, Reply
from exporter.text import clean, folded

PLAN = Config(source={"lastfm": USER}).plan
WHAT_PLAYS, RECENT, ARTISTS = Query("now_playing"), Query("recently_played"), Query("top_artists", "1month")

RECENT_TRACKS = {"method": "user.getRecentTracks"}
TOP_ARTISTS = {"method": "user.getTopArtists"}

STAR = "https://lastfm.freetls.fastly.net/i/u/300x300/2a96cbd8b46e442fc41c2b86b821562f.png"
COVER = "https://lastfm.freetls.fastly.net/i/u/174s/abc.jpg"

Ask = Callable[..., Listening]


@pytest.fixture
def ask(lastfm: LastFm) -> Iterator[Ask]:
    """Ask the stand-in; its clock advances only by waits, in `ask.clock`."""
    with ExitStack() as sessions:

        def ask(
            *plan: Query,
            user: str = USER,
            key: str = API_KEY,
            retry_budget: float = 60,
            timeout: float = 10,
            clock: Hurry | None = None,
        ) -> Listening:
            clock = clock or Hurry()
            client = Client(
                sessions.enter_context(new_session(calls.MOST_AT_ONCE)),
                Clock(now=lambda: NOW, monotonic=clock.monotonic, sleep=clock.sleep),
                service=ABOUT.name,
                most_at_once=calls.MOST_AT_ONCE,
                timeout=timeout,
                retries_end=retry_budget,
                jitter=lambda: 0.5,
            )
            return fetch(calls, connection(lastfm.url, user, key), client, plan or PLAN)

        yield ask


def connection(url: str, user: str = USER, key: str = API_KEY) -> Connection:
    return Connection({"LASTFM_API_KEY": key}, {"LASTFM_API_URL": url}, user)


def failure(listening: Listening, query: Query) -> NowListeningError:
    answer = listening.answers[query]
    assert isinstance(answer, Failed)
    return answer.error


def reply(body: object, status: int = 200, **headers: str) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status=status, headers=headers, body=raw)


def top(name: str, *entries: object, total: object = "2") -> Reply:
    return reply({f"top{name}s": {"@attr": {"user": USER, "total": total}, name: entries}})


def recent(*entries: object) -> Reply:
    return reply({"recenttracks": {"@attr": {"user": USER, "total": "5"}, "track": entries}})


def the_track(**fields: Any) -> Track:
    (track,) = wire.parse_top_tracks(top("track", {"name": "Rain", **fields}), USER)
    return track


# What is asked


def test_everything_is_had_for_ten_requests(lastfm: LastFm, ask: Ask) -> None:
    listening = ask()
    assert len(lastfm.requests) == 10
    assert listening.fresh("now_playing").kind == "track"
    assert len(listening.fresh("recently_played")) == 50
    for document, kind in (("top_artists", Artist), ("top_tracks", Track), ("top_albums", Album)):
        for span in ABOUT.default_time_ranges:
            items = listening.fresh(document, span)
            assert len(items) == 50
            assert {type(item) for item in items} == {kind}


def test_what_plays_and_what_was_played_come_from_one_request(lastfm: LastFm, ask: Ask) -> None:
    listening = ask(WHAT_PLAYS, RECENT)
    (request,) = lastfm.requests
    assert request.query == {
        "method": "user.getRecentTracks",
        "extended": "1",
        "user": USER,
        "limit": "50",
        "format": "json",
        "api_key": API_KEY,
    }
    assert listening.fresh("now_playing").is_playing
    plays = listening.fresh("recently_played")
    assert len(plays) == 50
    assert [play.played_at for play in plays] == sorted((play.played_at for play in plays), reverse=True)
    assert plays[0].played_at < NOW


@pytest.mark.parametrize("period", ABOUT.time_ranges)
def test_each_period_can_be_asked_for(lastfm: LastFm, ask: Ask, period: str) -> None:
    assert len(ask(Query("top_albums", period)).fresh("top_albums", period)) == 50
    assert lastfm.requests[0].query["period"] == period


def test_every_request_names_us(lastfm: LastFm, ask: Ask) -> None:
    ask()
    agents = {request.headers["user-agent"] for request in lastfm.requests}
    assert len(agents) == 1
    assert agents.pop().startswith("now-listening/")


def test_a_user_is_found_whatever_the_case_of_the_name(ask: Ask) -> None:
    assert ask(RECENT, user="SampleListener").fresh("recently_played")


@pytest.mark.parametrize("address", ["https://ws.audioscrobbler.com", "https://ws.audioscrobbler.com/2.0"])
def test_the_address_may_be_given_as_in_the_documentation(address: str) -> None:
    request = calls.call(RECENT, connection(address), None).request
    assert request.url == "https://ws.audioscrobbler.com/2.0/"
    picture = calls.picture(COVER, connection(address))
    assert picture
    assert picture.url == COVER


def test_pictures_come_from_the_stand_in_and_from_no_other_host(lastfm: LastFm, ask: Ask) -> None:
    albums = ask(Query("top_albums", "1month")).fresh("top_albums", "1month")
    here = next(album.image for album in albums if album.image)
    elsewhere = "https://example.org/i/u/174s/abc.jpg"
    with new_session(5) as session:
        clock = Hurry()
        client = Client(
            session,
            Clock(now=lambda: NOW, monotonic=clock.monotonic, sleep=clock.sleep),
            service=ABOUT.name,
            most_at_once=5,
            timeout=10,
            retries_end=60,
        )
        got = dict(fetch_pictures(calls, connection(lastfm.url), client, [here, elsewhere]))
    assert str(got[here])[:20].startswith("b'\\xff\\xd8")
    assert got[elsewhere] is None
    assert len(lastfm.pictures) == 1
    assert "api_key" not in lastfm.pictures[0].query


# Errors


@pytest.mark.parametrize("code", [8, 11, 16])
@pytest.mark.parametrize("status", [200, 400, 500, 503])
def test_trouble_that_passes_is_retried_whatever_its_status(
    lastfm: LastFm, ask: Ask, code: int, status: int
) -> None:
    clock = Hurry()
    lastfm.faults.append(Fault(path="/2.0/", answer=error(code, "Operation failed", status), times=2))
    assert ask(ARTISTS, clock=clock).fresh("top_artists", "1month")
    assert clock.seconds == 1.5
    assert len(lastfm.requests) == 3


@pytest.mark.parametrize(
    ("status", "told"), [(200, (None, None)), (400, (None, None)), (500, (500, "90")), (503, (503, "90"))]
)
def test_trouble_asks_for_a_wait_only_with_a_status_of_trouble(
    status: int, told: tuple[int | None, str | None]
) -> None:
    answer = reply({"error": 11, "message": "Offline"}, status, **{"retry-after": "90"})
    with pytest.raises(UnavailableError) as caught:
        wire.parse_top_artists(answer, USER)
    assert (caught.value.status, caught.value.retry_after) == told
    assert caught.value.message == "Last.fm is offline (error 11)."


def test_trouble_that_stays_is_told(lastfm: LastFm, ask: Ask) -> None:
    lastfm.faults.append(Fault(path="/2.0/", answer=error(8, "Operation failed", 500)))
    failed = failure(ask(ARTISTS), ARTISTS)
    assert isinstance(failed, UnavailableError)
    assert (failed.message, failed.status) == ("Last.fm could not answer (error 8).", 500)
    assert len(lastfm.requests) > 3


@pytest.mark.parametrize(
    "answer",
    [
        Answer(503, b"<html>Service unavailable</html>"),
        Answer(200, b"<html>Service unavailable</html>"),
        Answer(200, b""),
        Answer(200, b"[]"),
        Answer(200, b'{"topartists": {"artist": [{"name": "A'),
        json_answer(500, {}),
    ],
)
def test_what_is_no_answer_is_retried(lastfm: LastFm, ask: Ask, answer: Answer) -> None:
    lastfm.faults.append(Fault(path="/2.0/", answer=answer, times=1))
    assert ask(ARTISTS).fresh("top_artists", "1month")
    assert len(lastfm.requests) == 2


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize("body", [{}, {"error": 999, "message": "?"}, b"<html>"], ids=str)
def test_an_unknown_error_with_a_status_of_trouble_is_trouble(status: int, body: object) -> None:
    with pytest.raises(UnavailableError) as caught:
        wire.parse_top_artists(reply(body, status), USER)
    assert (caught.value.message, caught.value.status) == (f"Last.fm answered {status}.", status)
    assert not caught.value.is_final


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"<html>", b"[" * 100_000], ids=["empty", "list", "HTML", "deep"]
)
def test_what_is_no_object_can_not_be_read(body: bytes) -> None:
    with pytest.raises(UnavailableError, match=r"^Last\.fm's answer can't be read\.$"):
        wire.parse_top_artists(reply(body), USER)


def test_too_many_requests_wait_for_the_next_run(lastfm: LastFm, ask: Ask) -> None:
    clock = Hurry()
    lastfm.faults.append(Fault(path="/2.0/", query=TOP_ARTISTS, answer=error(29, "Rate limit", 429)))
    listening = ask(ARTISTS, RECENT, clock=clock, retry_budget=3600)
    failed = failure(listening, ARTISTS)
    assert isinstance(failed, UnavailableError)
    assert failed.message == "Last.fm gets too many requests from this machine's address (error 29)."
    assert failed.hint == ("Nothing to do: GitHub's machines share addresses, and a later run tries again.")
    assert failed.status == 429
    assert len(listening.fresh("recently_played")) == 50
    assert clock.seconds == 0
    assert len(lastfm.requests) == 2


def test_who_hides_their_listening_still_has_their_top_lists(lastfm: LastFm, ask: Ask) -> None:
    hidden = error(17, "Login: User required to be logged in", 403)
    lastfm.faults.append(Fault(path="/2.0/", query=RECENT_TRACKS, answer=hidden))
    listening = ask()
    for query in (WHAT_PLAYS, RECENT):
        failed = failure(listening, query)
        assert isinstance(failed, AccountError)
        assert (failed.cause, failed.exit_code) == ("hidden", 3)
        assert failed.message == f"{USER} hides their recent listening on Last.fm."
        assert failed.hint == (
            'Switch "Hide recent listening information" off at www.last.fm/settings/privacy, or do without '
            "it in config.yaml: `now_playing: false` and `recently_played: false`."
        )
    assert len(lastfm.requests) == 10
    assert len(listening.shortfalls) == 1
    assert len(listening.fresh("top_artists", "1month")) == 50


def test_a_user_that_is_not_there_needs_a_person(lastfm: LastFm, ask: Ask) -> None:
    failed = failure(ask(ARTISTS, user="nobody.here"), ARTISTS)
    assert isinstance(failed, AccountError)
    assert (failed.cause, failed.message) == ("user", "Last.fm has no user nobody.here.")
    assert failed.hint == (
        "Write your name there as it is in the address of your profile, in config.yaml: "
        "`source: {lastfm: NAME}`."
    )
    assert len(lastfm.requests) == 1


@pytest.mark.parametrize(
    ("status", "message"), [(404, "Not here"), (200, "User not found"), (400, "No such USER")]
)
def test_a_user_is_missing_by_the_status_or_by_the_words(
    lastfm: LastFm, ask: Ask, status: int, message: str
) -> None:
    lastfm.faults.append(Fault(path="/2.0/", answer=error(6, message, status)))
    failed = failure(ask(ARTISTS), ARTISTS)
    assert isinstance(failed, AccountError)
    assert failed.cause == "user"


@pytest.mark.parametrize(
    ("code", "word", "hint"),
    [
        (
            10,
            "does not know",
            "Copy it again from www.last.fm/api/accounts, and store it as LASTFM_API_KEY.",
        ),
        (
            26,
            "has suspended",
            (
                "Ask Last.fm why, or get another at www.last.fm/api/account/create, and store it as "
                "LASTFM_API_KEY."
            ),
        ),
    ],
)
@pytest.mark.parametrize("status", [200, 403])
def test_a_key_that_is_refused_needs_a_person(
    lastfm: LastFm, ask: Ask, code: int, word: str, hint: str, status: int
) -> None:
    lastfm.faults.append(Fault(path="/2.0/", answer=error(code, "…", status)))
    failed = failure(ask(ARTISTS), ARTISTS)
    assert isinstance(failed, AccountError)
    assert (failed.cause, failed.message) == ("key", f"Last.fm {word} this API key.")
    assert failed.hint == hint
    assert len(lastfm.requests) == 1


def test_a_wrong_key_is_told_whatever_its_shape(ask: Ask) -> None:
    for key in ("x", "0" * 32, "&user=rj"):
        failed = failure(ask(ARTISTS, key=key), ARTISTS)
        assert failed.message == "Last.fm does not know this API key."


@pytest.mark.parametrize("code", [0, 2, 3, 4, 5, 6, 7, 9, 13, 27, 999])
@pytest.mark.parametrize("status", [200, 400, 429])
def test_other_errors_are_told_with_their_number_and_not_retried(
    lastfm: LastFm, ask: Ask, code: int, status: int
) -> None:
    lastfm.faults.append(Fault(path="/2.0/", answer=error(code, "no such page", status)))
    failed = failure(ask(ARTISTS), ARTISTS)
    assert isinstance(failed, UnavailableError)
    assert failed.message == f"Last.fm does not accept this request (error {code})."
    assert failed.status == status
    assert "/issues" in failed.hint
    assert len(lastfm.requests) == 1


def test_another_users_answer_is_not_believed(lastfm: LastFm, ask: Ask) -> None:
    theirs = {"recenttracks": {"@attr": {"user": "rj", "total": "1"}, "track": [{"name": "Rain"}]}}
    lastfm.faults.append(Fault(path="/2.0/", answer=json_answer(200, theirs), times=1))
    assert len(ask(RECENT).fresh("recently_played")) == 50
    assert len(lastfm.requests) == 2
    lastfm.faults.append(Fault(path="/2.0/", answer=json_answer(200, theirs)))
    assert failure(ask(RECENT), RECENT).message == "Last.fm answered for another user."


ECHO = f"GET /2.0/?api_key={API_KEY}"

FAULTS = {
    "all is well": None,
    "closed": Fault(path="/2.0/"),
    "hangs": Fault(path="/2.0/", hangs=True),
    "slow head": Fault(path="/2.0/", answer=Answer(200, b"{}"), drips="head"),
    "slow body": Fault(path="/2.0/", answer=Answer(200, b" " * 999), drips="body"),
    "cut": Fault(path="/2.0/", answer=Answer(200, b"{}" * 99), cut=True),
    "html": Fault(path="/2.0/", answer=Answer(503, ECHO.encode())),
    "broken": Fault(path="/2.0/", answer=Answer(200, ECHO.encode())),
    "text": Fault(path="/2.0/", answer=json_answer(200, ECHO)),
    "too long": Fault(path="/2.0/", answer=Answer(200, ECHO.encode() * 400_000)),
    "redirect": Fault(path="/2.0/", answer=Answer(302, b"", {"Location": f"/?api_key={API_KEY}"})),
    "encoded wrongly": Fault(path="/2.0/", answer=Answer(200, b"x", {"Content-Encoding": "gzip"})),
    **{
        f"error {code} in a {status}": Fault(path="/2.0/", answer=error(code, ECHO, status))
        for code in (2, 6, 7, 8, 10, 11, 16, 17, 26, 29)
        for status in (200, 403, 500)
    },
    "another user": Fault(
        path="/2.0/", answer=json_answer(200, {"topartists": {"@attr": {"user": ECHO}, "artist": []}})
    ),
}


@pytest.mark.parametrize("situation", FAULTS)
def test_the_key_shows_nowhere_whatever_fails(
    lastfm: LastFm, ask: Ask, situation: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fault = FAULTS[situation]
    if fault:
        lastfm.faults.append(fault)
    is_slow = fault and (fault.hangs or fault.drips)
    listening = ask(ARTISTS, timeout=0.2 if is_slow else 10)
    told = [caplog.text, repr(listening), repr(connection(lastfm.url))]
    told.append(repr(calls.call(ARTISTS, connection(lastfm.url), None)))
    if fault:
        failed = failure(listening, ARTISTS)
        told += [*traceback.format_exception(failed), failed.message, failed.hint]
    assert "GET /2.0/" in caplog.text or is_slow or situation in {"closed", "cut", "too long"}
    assert API_KEY not in "\n".join(told)


def test_the_key_does_not_show_when_nobody_is_there(ask: Ask, lastfm: LastFm) -> None:
    lastfm.__exit__(None, None, None)
    failed = failure(ask(ARTISTS, retry_budget=0), ARTISTS)
    lastfm.__enter__()
    assert failed.message == "The connection to 127.0.0.1 failed or broke."
    assert API_KEY not in "".join(traceback.format_exception(failed))


# What is read


RAIN: dict[str, Any] = {
    "name": "Rain",
    "mbid": "7ece0813-7980-442f-a801-38379723a540",
    "url": "https://www.last.fm/music/The+Ferns/_/Rain",
    "playcount": "440",
    "duration": "205",
    "artist": {"name": "The Ferns", "mbid": "", "url": "https://www.last.fm/music/The+Ferns"},
    "album": {"#text": "Moss", "mbid": "3b83450b-ca91-46b2-af88-ff285e038d23"},
    "image": [
        {"size": "small", "#text": "https://lastfm.freetls.fastly.net/i/u/34s/abc.jpg"},
        {"size": "large", "#text": COVER},
        {"size": "extralarge", "#text": "https://lastfm.freetls.fastly.net/i/u/300x300/abc.jpg"},
        {"size": "mega", "#text": "https://lastfm.freetls.fastly.net/i/u/300x300/abc.jpg"},
    ],
}


def test_a_track_is_read_whole() -> None:
    track = the_track(**RAIN)
    assert (track.id, track.uri, track.name) == (RAIN["mbid"], None, "Rain")
    assert (track.url, track.plays, track.duration_ms, track.explicit) == (RAIN["url"], 440, 205_000, None)
    (artist,) = track.artists
    assert (artist.id, artist.name, artist.url) == (None, "The Ferns", "https://www.last.fm/music/The+Ferns")
    assert (track.album.id, track.album.name) == ("3b83450b-ca91-46b2-af88-ff285e038d23", "Moss")
    assert (track.album.url, track.album.release_date) == (None, None)
    assert track.image == "https://lastfm.freetls.fastly.net/i/u/300x300/abc.jpg"
    assert [(image.width, image.height) for image in track.images] == [(300, 300), (174, 174), (34, 34)]


def test_an_artist_may_be_a_text_or_an_object_of_either_kind() -> None:
    for artist in ("The Ferns", {"name": "The Ferns"}, {"#text": "The Ferns", "mbid": ""}):
        assert [each.name for each in the_track(artist=artist).artists] == ["The Ferns"]
    assert the_track(artist="").artists == the_track(artist={"name": None}).artists == ()


def test_a_credit_is_one_artist_whatever_it_holds() -> None:
    assert [each.name for each in the_track(artist="Tyler, The Creator & A feat. B").artists] == [
        "Tyler, The Creator & A feat. B"
    ]


@pytest.mark.parametrize(
    "placeholder",
    [STAR, STAR.replace("2a96cbd8b46e442fc41c2b86b821562f", "c6f59c1e5e7240a4c0d427abd71f3dbb"), ""],
)
def test_a_star_or_an_empty_text_is_no_picture(placeholder: str) -> None:
    track = the_track(image=[{"size": "large", "#text": placeholder}])
    assert (track.image, track.images) == (None, ())


def test_a_link_is_kept_as_it_is_encoded_and_only_to_last_fm() -> None:
    twice = "https://www.last.fm/music/Florence+%252B+the+Machine/_/a+&+b"
    assert the_track(url=twice).url == twice
    for other in (
        "http://www.last.fm/x",
        "https://last.fm.example/x",
        "javascript:alert(1)",
        'https://www.last.fm/"',
    ):
        assert the_track(url=other).url is None


def test_a_page_is_at_the_address_that_last_fm_gives_it() -> None:
    machine = Listed(kind="artist", id=None, name="Florence + the Machine")
    assert ABOUT.page(machine) == "https://www.last.fm/music/Florence+%252B+the+Machine"


def test_texts_lose_what_is_not_text_and_blanks_are_nothing() -> None:
    assert the_track(name="Ra\u202ein\n").name == "Rain"
    assert the_track(album={"#text": " ", "mbid": "no-mbid"}).album.name is None
    assert the_track(album={"#text": "Moss", "mbid": "no-mbid"}).album.id is None


def test_a_duration_of_nothing_is_unknown() -> None:
    assert [the_track(duration=each).duration_ms for each in ("0", "", None, "1.5", 205, True, "-1")] == [
        *(None,) * 4,
        205_000,
        None,
        None,
    ]


@pytest.mark.parametrize("count", ["9" * 40, 10**40, "-1", "1e3", True, None, "", [], "٣"])
def test_a_count_that_is_none_is_unknown(count: object) -> None:
    assert the_track(playcount=count).plays is None
    assert [the_track(playcount=known).plays for known in ("0", 7, "0012")] == [0, 7, 12]


def test_what_plays_is_first_and_has_no_time() -> None:
    answer = recent({**RAIN, "@attr": {"nowplaying": "true"}}, {**RAIN, "date": {"uts": "1603186824"}})
    playing = wire.parse_now_playing(answer, USER)
    assert (playing.is_playing, playing.kind, playing.played_at) == (True, "track", None)
    assert playing.item
    assert playing.item.name == "Rain"
    (play,) = wire.parse_recently_played(answer, USER)
    assert play.played_at == datetime(2020, 10, 20, 9, 40, 24, tzinfo=UTC)


def test_nothing_plays_if_no_entry_says_so() -> None:
    answer = recent({**RAIN, "date": {"uts": "1603186824"}})
    assert wire.parse_now_playing(answer, USER) == NOTHING


def test_something_without_a_name_plays_all_the_same() -> None:
    playing = wire.parse_now_playing(recent({"@attr": {"nowplaying": "true"}}), USER)
    assert playing == NowPlaying(is_playing=True, kind="unknown", item=None, played_at=None)


@pytest.mark.parametrize("word", ["false", "", "0", 1.5, None, {}])
def test_only_true_means_that_something_plays(word: object) -> None:
    answer = recent({**RAIN, "@attr": {"nowplaying": word}, "date": {"uts": "1603186824"}})
    assert wire.parse_now_playing(answer, USER) == NOTHING
    assert len(wire.parse_recently_played(answer, USER)) == 1


def test_only_fifty_plays_are_kept_besides_what_plays() -> None:
    plays = [{"name": str(number), "date": {"uts": str(1_603_186_824 - number)}} for number in range(60)]
    answer = recent({"name": "Now", "@attr": {"nowplaying": "true"}}, *plays)
    assert [play.item.name for play in wire.parse_recently_played(answer, USER)] == [*map(str, range(50))]


def test_only_what_plays_is_no_play() -> None:
    assert wire.parse_recently_played(recent({"name": "Now", "@attr": {"nowplaying": "true"}}), USER) == ()


def test_a_list_of_one_may_be_an_object() -> None:
    lists = {"user": USER, "total": "1"}
    body = {"recenttracks": {"@attr": lists, "track": {**RAIN, "@attr": {"nowplaying": "true"}}}}
    assert wire.parse_now_playing(reply(body), USER).is_playing
    body = {"toptracks": {"@attr": lists, "track": {**RAIN, "image": RAIN["image"][1]}}}
    (track,) = wire.parse_top_tracks(reply(body), USER)
    assert track.image == COVER


EMPTY: list[dict[str, Any]] = [
    {"artist": [], "@attr": {"total": "0", "user": USER}},
    {"artist": "", "@attr": {"total": "0"}},
    {"@attr": {"total": "0"}},
    {"artist": []},
]

UNREADABLE: list[Any] = [
    None,
    "",
    [],
    7,
    {},
    {"artist": ""},
    {"artist": None, "@attr": {"total": "0"}},
    {"artist": 7, "@attr": {"total": "0"}},
    {"artist": [], "@attr": {"total": "12"}},
    {"@attr": {"total": "12"}},
    {"artist": [None, 7]},
    {"artist": [{"name": ""}, {"name": 7}]},
    {"artist": {}},
]


@pytest.mark.parametrize("content", EMPTY)
def test_an_empty_account_has_an_empty_list(content: dict[str, Any]) -> None:
    assert wire.parse_top_artists(reply({"topartists": content}), USER) == ()


@pytest.mark.parametrize("content", UNREADABLE)
def test_a_list_that_is_not_there_is_not_an_empty_one(content: Any) -> None:
    with pytest.raises(UnavailableError, match=r"Last\.fm's answer can't be read"):
        wire.parse_top_artists(reply({"topartists": content}), USER)


def test_what_is_unusable_in_a_list_is_left_out() -> None:
    artists = wire.parse_top_artists(top("artist", None, "x", {"name": "A"}, {"mbid": "x"}, []), USER)
    assert [artist.name for artist in artists] == ["A"]


def test_ties_have_a_steady_order() -> None:
    entries = [
        {"name": "b", "playcount": "7", "artist": "Z"},
        {"name": "B", "playcount": "7", "artist": "a"},
        {"name": "É", "playcount": 7},
        {"name": "a", "playcount": "7"},
        {"name": "z", "playcount": "10"},
    ]
    one = wire.parse_top_tracks(top("track", *entries), USER)
    other = wire.parse_top_tracks(top("track", *reversed(entries)), USER)
    assert [track.name for track in one] == ["z", "a", "B", "b", "É"]
    assert [track.plays for track in one] == [10, 7, 7, 7, 7]
    assert one == other


def test_an_order_that_no_counts_explain_is_kept() -> None:
    entries = [
        {"name": "b", "playcount": "7"},
        {"name": "c", "playcount": "many"},
        {"name": "a", "playcount": "9"},
    ]
    artists = wire.parse_top_artists(top("artist", *entries), USER)
    assert [(artist.name, artist.plays) for artist in artists] == [("b", 7), ("c", None), ("a", 9)]


def test_an_id_that_several_entries_have_identifies_none() -> None:
    entries = [{"name": name, "mbid": RAIN["mbid"]} for name in ("Rain", "Rain (Live)")]
    assert [track.id for track in wire.parse_top_tracks(top("track", *entries), USER)] == [None, None]


def test_ties_keep_their_places_from_hour_to_hour(lastfm: LastFm, ask: Ask) -> None:
    lists = []
    for hour in (12, 13):
        lastfm.clock = partial(NOW.replace, hour=hour)
        lists.append([item.name for item in ask(ARTISTS).fresh("top_artists", "1month")][:40])
    assert lists[0] == lists[1]


# Values of any type

NAMES = [
    *("@attr", "#text", "name", "artist", "album", "track", "image", "size", "date", "uts", "url", "mbid"),
    *("playcount", "duration", "nowplaying", "user", "total"),
]

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["true", "0", "12", "", STAR, COVER, RAIN["mbid"], USER, "Ra\nin", str(10**40)]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)
PARSERS: dict[str, tuple[Callable[[Reply, str], Any], str]] = {
    "recenttracks": (wire.parse_recently_played, "track"),
    "topartists": (wire.parse_top_artists, "artist"),
    "toptracks": (wire.parse_top_tracks, "track"),
    "topalbums": (wire.parse_top_albums, "album"),
}


@pytest.mark.parametrize("container", PARSERS)
@given(entry=anything, about=anything, rest=anything)
def test_values_of_any_type_are_read_or_unavailable(
    container: str, entry: Any, about: Any, rest: Any
) -> None:
    parse, name = PARSERS[container]
    good = {"name": "Rain", "date": {"uts": "1603186824"}}
    for content in (entry, {name: entry}, {name: [entry, good]}, {name: [entry], "@attr": about}):
        for status in (200, 400, 500):
            sent = reply({container: content, "message": rest}, status)
            try:
                answer = (*parse(sent, USER), wire.parse_now_playing(sent, USER).item)
            except UnavailableError:
                continue
            for each in filter(None, answer):
                item = each.item if isinstance(each, Play) else each
                assert item.name == clean(item.name) != ""


@given(code=anything, message=anything, status=st.sampled_from([200, 400, 403, 404, 429, 500]))
def test_errors_of_any_type_are_errors_or_nothing(code: Any, message: Any, status: int) -> None:
    body = {"error": code, "message": message, "topartists": None}
    with pytest.raises(NowListeningError) as raised:
        wire.parse_top_artists(reply(body, status), USER)
    assert raised.value.exit_code in {3, 4}


@given(st.lists(st.tuples(st.sampled_from("abcÀàZ"), st.integers(0, 3)), min_size=1, max_size=30))
def test_the_order_of_a_list_only_depends_on_what_is_in_it(pairs: list[tuple[str, int]]) -> None:
    entries = [{"name": name, "playcount": str(plays)} for name, plays in pairs]
    there, back = (
        [
            (artist.plays, folded(artist.name or ""))
            for artist in wire.parse_top_artists(top("artist", *each), USER)
        ]
        for each in (entries, entries[::-1])
    )
    assert there == back == sorted(there, key=lambda pair: (-(pair[0] or 0), pair[1]))
