"""ListenBrainz over a real socket, and its replies alone, with values of any type."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from conftest import NOW
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from standin import Fault, ListenBrainz

from exporter.config.schema import Config
from exporter.demo.answers import json_answer
from exporter.demo.standins import USER
from exporter.errors import AccountError, NowListeningError, UnavailableError
from exporter.models import (
    NOTHING,
    Album,
    AlbumRef,
    Artist,
    Failed,
    Image,
    NotCalculated,
    NowPlaying,
    Play,
    Query,
    Ref,
    Track,
)
from exporter.serving import Answer
from exporter.sources.fetch import fetch, fetch_pictures
from exporter.sources.http import Client, Clock, new_session
from exporter.sources.listenbrainz import calls, wire
from exporter.sources.source import Connection, Reply

ARTIST, GUEST = "1c70a3fc-fa3c-4be1-8b55-c3192db8a884", "9fff2f8a-21e6-47de-a2b8-7f449929d43f"
RECORDING, RELEASE = "30d04395-33d7-4b52-a06d-c5a2ea96fbec", "e96cf89b-9ffa-4ad6-93ea-f9f2b3f2a1f1"
PICTURED = "f1412a45-ab78-4d2a-b1f5-0a4a3a36d26a"
COVER = f"https://coverartarchive.org/release/{PICTURED}/32916450708"
COVERS = (
    Image(url=f"{COVER}-500.jpg", width=500, height=None),
    Image(url=f"{COVER}-250.jpg", width=250, height=None),
)

MAPPING: dict[str, Any] = {
    "recording_mbid": RECORDING,
    "recording_name": "Some Resolve (album version)",
    "release_mbid": RELEASE,
    "artist_mbids": [ARTIST, GUEST],
    "artists": [
        {"artist_mbid": ARTIST, "artist_credit_name": "Ferns", "join_phrase": " feat. "},
        {"artist_mbid": GUEST, "artist_credit_name": "Moss", "join_phrase": ""},
    ],
    "caa_id": 32916450708,
    "caa_release_mbid": PICTURED,
}
LISTEN: dict[str, Any] = {
    "listened_at": 1771414109,
    "track_metadata": {
        "artist_name": "Ferns feat. Moss",
        "track_name": "Some Resolve",
        "release_name": "Mysteries",
        "additional_info": {"duration_ms": 402390},
        "mbid_mapping": MAPPING,
    },
}
FERNS = Ref(id=ARTIST, name="Ferns", url=f"https://musicbrainz.org/artist/{ARTIST}")
MOSS = Ref(id=GUEST, name="Moss", url=f"https://musicbrainz.org/artist/{GUEST}")
UNKNOWN = {"rank": None, "movement": None, "uri": None}
SOME_RESOLVE = Track(
    **UNKNOWN,
    id=RECORDING,
    url=f"https://musicbrainz.org/recording/{RECORDING}",
    name="Some Resolve",
    artists=(FERNS, MOSS),
    album=AlbumRef(
        id=RELEASE, name="Mysteries", url=f"https://musicbrainz.org/release/{RELEASE}", release_date=None
    ),
    duration_ms=402390,
    explicit=None,
    image=f"{COVER}-250.jpg",
    images=COVERS,
)


def reply(payload: object, status: int = 200, **headers: str) -> Reply:
    return Reply(status=status, headers=headers, body=json.dumps({"payload": payload}).encode())


def the_play(**changes: Any) -> Play:
    (play,) = wire.parse_listens(reply({"listens": [LISTEN | changes]}))
    return play


def the_track(sent: object = None, mapping: object = None, **metadata: Any) -> Track:
    whole = {"track_name": "Rain", "artist_name": "Ferns, Moss", "release_name": "Wet", **metadata}
    return the_play(track_metadata=whole | {"additional_info": sent, "mbid_mapping": mapping}).item


def the_recording(**fields: Any) -> Track:
    answer = wire.parse_top_tracks(reply({"recordings": [{"track_name": "Rain", **fields}]}))
    assert isinstance(answer, tuple)
    return answer[0]


def test_a_listen_is_read_whole_and_its_time_is_its_start() -> None:
    started = datetime(2026, 2, 18, 11, 28, 29, tzinfo=UTC)
    assert the_play() == Play(played_at=started, item=SOME_RESOLVE)


def test_a_listen_without_a_mapping_has_names_alone() -> None:
    track = the_track({"recording_mbid": RECORDING, "artist_mbids": [ARTIST]})
    assert (track.id, track.url, track.name) == (None, None, "Rain")
    assert track.artists == (Ref(id=None, name="Ferns, Moss", url=None),)
    assert track.album == AlbumRef(id=None, name="Wet", url=None, release_date=None)
    assert (track.duration_ms, track.image, track.images) == (None, None, ())


def test_a_release_that_the_client_named_gives_a_cover() -> None:
    front = f"https://coverartarchive.org/release/{PICTURED}/front"
    track = the_track({"release_mbid": PICTURED})
    assert [image.url for image in track.images] == [f"{front}-500", f"{front}-250"]
    assert track.image == f"{front}-250"
    assert track.album.id is None


def test_a_mapped_cover_wins_over_the_clients() -> None:
    assert the_track({"release_mbid": RELEASE}, MAPPING).images == COVERS


@pytest.mark.parametrize(
    ("sent", "duration"),
    [
        ({"duration_ms": 402390}, 402390),
        ({"duration_ms": "402390"}, 402390),
        ({"duration": 236}, 236000),
        ({"duration": 236.5}, 236500),
        ({"duration": "236"}, 236000),
        ({"duration_ms": 0, "duration": 236}, 236000),
        ({"duration_ms": -5}, None),
        ({"duration_ms": 10**40}, None),
        ({"duration_ms": True}, None),
        ({"duration_ms": "4:02"}, None),
        ({"duration_ms": [402390]}, None),
        ({"duration": {"ms": 1}}, None),
        ({"duration": float("inf")}, None),
        ({"duration": float("nan")}, None),
        ({}, None),
        ([], None),
        ("x", None),
        (None, None),
    ],
    ids=str,
)
def test_the_duration_is_what_the_client_sent_if_that_is_one(sent: object, duration: int | None) -> None:
    assert the_track(sent).duration_ms == duration


@pytest.mark.parametrize(
    ("artists", "mbids", "expected"),
    [
        (MAPPING["artists"], [ARTIST, GUEST], (FERNS, MOSS)),
        (MAPPING["artists"], None, (FERNS, MOSS)),
        ([{"artist_credit_name": "Ferns"}], [ARTIST], (FERNS,)),
        ([{"artist_credit_name": "Ferns"}], ["no id"], (Ref(id=None, name="Ferns", url=None),)),
        ([{"artist_credit_name": "Ferns"}], [ARTIST, GUEST], None),
        ([{"artist_credit_name": ""}, {"artist_credit_name": "Moss"}], [ARTIST, GUEST], None),
        (["Ferns", "Moss"], [ARTIST, GUEST], None),
        ("Ferns", "Moss", None),
        (None, None, None),
        (None, [ARTIST, GUEST], None),
    ],
    ids=str,
)
def test_artists_are_listed_if_it_is_clear_who_they_are(
    artists: object, mbids: object, expected: tuple[Ref, ...] | None
) -> None:
    whole = (Ref(id=None, name="Ferns, Moss", url=None),)
    mapping = {"artists": artists, "artist_mbids": mbids}
    assert the_track(None, mapping).artists == (expected or whole)
    assert the_recording(artist_name="Ferns, Moss", **mapping).artists == (expected or whole)


def test_one_id_belongs_to_the_credited_name() -> None:
    assert the_recording(artist_name="Ferns", artist_mbids=[ARTIST]).artists == (FERNS,)


@pytest.mark.parametrize(
    ("fields", "has_cover"),
    [
        ({"caa_id": 32916450708, "caa_release_mbid": PICTURED}, True),
        ({"caa_id": 32916450708, "caa_release_mbid": PICTURED.upper()}, True),
        ({"caa_id": None, "caa_release_mbid": None}, False),
        ({"caa_id": "32916450708", "caa_release_mbid": PICTURED}, False),
        ({"caa_id": 32916450708.5, "caa_release_mbid": PICTURED}, False),
        ({"caa_id": True, "caa_release_mbid": PICTURED}, False),
        ({"caa_id": 0, "caa_release_mbid": PICTURED}, False),
        ({"caa_id": -1, "caa_release_mbid": PICTURED}, False),
        ({"caa_id": 32916450708, "caa_release_mbid": ""}, False),
        ({"caa_id": 32916450708, "caa_release_mbid": "../../x"}, False),
        ({"caa_id": 32916450708, "caa_release_mbid": f"{PICTURED}\n"}, False),
        ({"caa_id": 32916450708, "caa_release_mbid": [PICTURED]}, False),
        ({"caa_id": 32916450708}, False),
        ({"caa_release_mbid": PICTURED}, False),
    ],
    ids=str,
)
def test_a_cover_needs_the_ids_of_its_release_and_of_itself(
    fields: dict[str, Any], *, has_cover: bool
) -> None:
    assert the_recording(**fields).images == (COVERS if has_cover else ())


def test_top_lists_have_counts_and_keep_their_order() -> None:
    entries = [
        {"artist_name": "Ferns", "artist_mbid": ARTIST, "listen_count": 42},
        {"artist_name": "Moss", "artist_mbid": "", "listen_count": 42},
        {"artist_name": "Rain", "listen_count": "many"},
    ]
    ferns, moss, rain = listed(wire.parse_top_artists(reply({"artists": entries})))
    assert ferns == Artist(**UNKNOWN, plays=42, id=ARTIST, url=FERNS.url, name="Ferns", image=None, images=())
    assert (moss.name, moss.id, moss.url, moss.plays) == ("Moss", None, None, 42)
    assert (rain.name, rain.plays) == ("Rain", None)


def test_an_album_is_a_release() -> None:
    entry = {"release_name": "Wet", "release_mbid": RELEASE, "artist_name": "x", "listen_count": 7} | {
        name: MAPPING[name] for name in ("artists", "artist_mbids", "caa_id", "caa_release_mbid")
    }
    assert listed(wire.parse_top_albums(reply({"releases": [entry]}))) == (
        Album(
            **UNKNOWN,
            plays=7,
            id=RELEASE,
            url=f"https://musicbrainz.org/release/{RELEASE}",
            name="Wet",
            artists=(FERNS, MOSS),
            image=f"{COVER}-250.jpg",
            images=COVERS,
        ),
    )


def listed(answer: Any) -> tuple[Any, ...]:
    assert isinstance(answer, tuple)
    return answer


def test_what_plays_comes_without_a_mapping() -> None:
    sent = {"playing_now": True, "track_metadata": {"track_name": "Rain", "artist_name": "Ferns"}}
    playing = wire.parse_now_playing(reply({"count": 1, "playing_now": True, "listens": [sent]}))
    assert (playing.is_playing, playing.kind, playing.played_at) == (True, "track", None)
    assert isinstance(playing.item, Track)
    assert playing.item.artists == (Ref(id=None, name="Ferns", url=None),)


def test_an_empty_list_means_that_nothing_plays_whatever_else_is_said() -> None:
    assert wire.parse_now_playing(reply({"count": 0, "playing_now": True, "listens": []})) == NOTHING


@pytest.mark.parametrize("listen", [None, "x", {}, {"track_metadata": {"track_name": " "}}], ids=str)
def test_what_plays_without_a_name_is_unknown(listen: object) -> None:
    playing = wire.parse_now_playing(reply({"listens": [listen]}))
    assert playing == NowPlaying(is_playing=True, kind="unknown", item=None, played_at=None)


LISTS: dict[str, Callable[[Reply], Any]] = {
    "listens": wire.parse_listens,
    "artists": wire.parse_top_artists,
    "recordings": wire.parse_top_tracks,
    "releases": wire.parse_top_albums,
}
NAMED = {
    "artist_name": "Ferns",
    "track_name": "Rain",
    "release_name": "Wet",
    "listened_at": 1771414109,
    "track_metadata": {"track_name": "Rain"},
}


@pytest.mark.parametrize("name", LISTS)
def test_entries_that_can_not_be_used_are_left_out(name: str) -> None:
    unnamed = {field: ["Rain"] for field in NAMED}
    assert len(LISTS[name](reply({name: [None, 5, "x", [], {}, NAMED, unnamed]}))) == 1


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_list_is_a_list(name: str) -> None:
    assert LISTS[name](reply({name: []})) == ()


@pytest.mark.parametrize("name", [*LISTS, "playing"])
@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"<html>", b"[]", b"null", b'"x"', b"{}", b'{"payload": null}', b'{"payload": []}'),
        *(b'{"payload": {}}', b'{"payload": {"NAME": null}}', b'{"payload": {"NAME": {}}}'),
        *(b'{"payload": {"NAME": "x"}}', b'{"payload": {"NAME": [', b"[" * 100_000),
    ],
    ids=lambda body: body[:30].decode(),
)
def test_an_answer_without_a_list_can_not_be_read(name: str, body: bytes) -> None:
    parse = LISTS.get(name, wire.parse_now_playing)
    body = body.replace(b"NAME", b"listens" if name == "playing" else name.encode())
    with pytest.raises(UnavailableError, match="ListenBrainz's answer can't be read") as caught:
        parse(Reply(status=200, headers={}, body=body))
    assert caught.value.status is None


@pytest.mark.parametrize("name", LISTS)
def test_a_list_in_which_nothing_can_be_used_can_not_be_read(name: str) -> None:
    with pytest.raises(UnavailableError, match="can't be read"):
        LISTS[name](reply({name: [None, {}]}))


@pytest.mark.parametrize("at", [None, 0, -5, "soon", True, 10**12, 10**400, 1e400, [], float("nan")], ids=str)
def test_a_listen_without_a_time_is_left_out(at: object) -> None:
    assert wire.parse_listens(reply({"listens": [LISTEN, LISTEN | {"listened_at": at}]})) == (the_play(),)


def test_all_text_is_cleaned() -> None:
    track = the_track(track_name="Ra\u202ein\n", artist_name="F\x07erns", release_name="W\ud800et")
    assert (track.name, track.artists[0].name, track.album.name) == ("Rain", "Ferns", "Wet")


FIELDS = sorted(
    {*MAPPING, *LISTEN, *LISTEN["track_metadata"], *NAMED, *MAPPING["artists"][0]}
    | {"listen_count", "duration_ms", "duration"}
)
ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([ARTIST, ARTIST.upper(), 10**400, "1e999", "-0", "٣"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3),
    max_leaves=5,
)
FIELDS_OF_ANY_TYPE = st.dictionaries(st.sampled_from(FIELDS), ANY, max_size=4)


@given(name=st.sampled_from(sorted(LISTS)), fields=FIELDS_OF_ANY_TYPE, metadata=FIELDS_OF_ANY_TYPE)
def test_values_of_any_type_give_a_model_that_can_be_written_or_an_error(
    name: str, fields: dict[str, Any], metadata: dict[str, Any]
) -> None:
    entry = NAMED | {"track_metadata": {"track_name": "Rain", **metadata}} | fields
    try:
        (item,) = LISTS[name](reply({name: [entry]}))
    except UnavailableError:
        return
    assert msgspec.json.decode(msgspec.json.encode(item), type=type(item)) == item


@given(ANY)
def test_what_plays_can_have_values_of_any_type(value: object) -> None:
    body = {"listens": [{"track_metadata": {"track_name": "Rain", "mbid_mapping": value}}]}
    assert wire.parse_now_playing(reply(body)).is_playing
    sent = {"listens": [{"track_metadata": {"track_name": "Rain", "additional_info": value}}]}
    playing = wire.parse_now_playing(reply(sent))
    assert msgspec.json.decode(msgspec.json.encode(playing), type=NowPlaying) == playing


class Service(Struct):
    """A client of the stand-in, and what it waited."""

    client: Client
    connection: Connection
    waits: list[float]

    def ask(self, query: Query) -> Any:
        return fetch(calls, self.connection, self.client, (query,)).answers[query]

    def failure(self, query: Query) -> NowListeningError:
        answer = self.ask(query)
        assert isinstance(answer, Failed)
        return answer.error


Connect = Callable[..., Service]
PLAYS = Query("recently_played")
WEEK = Query("top_artists", "week")
LISTENS, ARTISTS = f"/1/user/{USER}/listens", f"/1/stats/user/{USER}/artists"
EVERYTHING = Config(source={"listenbrainz": USER}).plan


@pytest.fixture
def connect(listenbrainz: ListenBrainz) -> Iterator[Connect]:
    with new_session(calls.MOST_AT_ONCE) as session:

        def connect(*, user: str = USER, timeout: float = 10) -> Service:
            waits: list[float] = []
            client = Client(
                session,
                Clock(now=lambda: NOW, monotonic=lambda: sum(waits), sleep=waits.append),
                service="ListenBrainz",
                most_at_once=calls.MOST_AT_ONCE,
                timeout=timeout,
                retries_end=60,
                jitter=lambda: 0.5,
            )
            return Service(
                client, Connection({}, dict.fromkeys(calls.ADDRESSES, listenbrainz.url), user), waits
            )

        yield connect


@pytest.fixture
def service(connect: Connect) -> Service:
    return connect()


def test_everything_is_fetched_with_eleven_requests_and_no_secret(
    listenbrainz: ListenBrainz, service: Service
) -> None:
    listening = fetch(calls, service.connection, service.client, EVERYTHING)
    assert not listening.shortfalls
    assert len(EVERYTHING) == len(listenbrainz.requests) == 11
    for query in EVERYTHING[1:]:
        assert len(listening.answers[query]) == 50
    assert not any("authorization" in request.headers for request in listenbrainz.requests)


def test_every_request_names_us_as_metabrainz_demands(listenbrainz: ListenBrainz, service: Service) -> None:
    picture = service.ask(Query("top_albums", "week"))[0].image
    assert dict(fetch_pictures(calls, service.connection, service.client, [picture]))[picture]
    agents = {each.headers["user-agent"] for each in (*listenbrainz.requests, *listenbrainz.pictures)}
    (agent,) = agents
    assert agent.startswith("now-listening/")
    assert agent.endswith(" ( https://github.com/now-listening/now-listening )")


def test_names_are_percent_encoded_in_the_path(listenbrainz: ListenBrainz, connect: Connect) -> None:
    odd = connect(user="a/b c?é%.")
    assert isinstance(odd.failure(WEEK), AccountError)
    assert listenbrainz.requests[0].path == "/1/stats/user/a%2Fb%20c%3F%C3%A9%25./artists"
    assert listenbrainz.requests[0].query == {"range": "week", "count": "50"}


def test_the_case_of_a_name_does_not_matter(connect: Connect) -> None:
    assert len(connect(user="SampleListener").ask(WEEK)) == 50


@pytest.mark.parametrize("query", [Query("now_playing"), PLAYS, WEEK], ids=str)
def test_an_unknown_user_needs_a_person(listenbrainz: ListenBrainz, connect: Connect, query: Query) -> None:
    error = connect(user="nobody").failure(query)
    assert isinstance(error, AccountError)
    assert (error.cause, error.message) == ("user", "ListenBrainz has no user called nobody.")
    assert error.hint == (
        "Write your name in config.yaml as it is in the address of your page, "
        "https://listenbrainz.org/user/NAME/."
    )
    assert len(listenbrainz.requests) == 1


def test_a_gateway_that_finds_nothing_is_not_an_unknown_user(
    listenbrainz: ListenBrainz, service: Service
) -> None:
    listenbrainz.faults.append(Fault(path=ARTISTS, answer=Answer(404, b"\n<html>")))
    error = service.failure(WEEK)
    assert isinstance(error, UnavailableError)
    assert (error.status, error.message) == (404, "ListenBrainz answered 404.")


@pytest.mark.parametrize("status", [401, 403])
def test_a_blocked_address_is_nobodys_fault_and_not_tried_again(
    listenbrainz: ListenBrainz, service: Service, status: int
) -> None:
    listenbrainz.faults.append(Fault(path=ARTISTS, answer=Answer(status, b"<html>")))
    error = service.failure(WEEK)
    assert isinstance(error, UnavailableError)
    assert error.message == f"ListenBrainz accepts no requests from this machine's address ({status})."
    assert error.hint == (
        "Nothing to do: many people share the addresses of GitHub's machines, and one of them may be the "
        "reason. The next run tries again."
    )
    assert len(listenbrainz.requests) == 1


@pytest.mark.parametrize("name", ["top_artists", "top_tracks", "top_albums"])
def test_an_answer_without_content_is_a_list_that_was_not_calculated(
    listenbrainz: ListenBrainz, service: Service, name: str
) -> None:
    listenbrainz.faults.append(Fault(path="/1/stats/*", query={"range": "week"}, answer=Answer(204)))
    assert service.ask(Query(name, "week")) == NotCalculated()
    assert len(service.ask(Query(name, "month"))) == 50


def test_an_account_without_listens_has_an_empty_list(listenbrainz: ListenBrainz, service: Service) -> None:
    empty = {"payload": {"count": 0, "listens": [], "user_id": USER}}
    listenbrainz.faults.append(Fault(path=LISTENS, answer=json_answer(200, empty)))
    assert service.ask(PLAYS) == ()


def too_many(**headers: str) -> Answer:
    body = {"code": 429, "error": "You have exceeded your rate limit."}
    return json_answer(429, body, **{name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"X_RateLimit_Reset_In": "7"}, 7),
        ({"X_RateLimit_Reset_In": "7", "Retry_After": "30"}, 7),
        ({"Retry_After": "30"}, 30),
        ({"X_RateLimit_Reset_In": "0"}, 0.5),
        ({"X_RateLimit_Reset_In": "soon"}, 0.5),
        ({}, 0.5),
    ],
    ids=str,
)
def test_the_limit_says_how_long_to_wait(
    listenbrainz: ListenBrainz, service: Service, headers: dict[str, str], wait: float
) -> None:
    listenbrainz.faults.append(Fault(path=ARTISTS, answer=too_many(**headers), times=1))
    assert len(service.ask(WEEK)) == 50
    assert service.waits == [wait]


def test_a_limit_that_lasts_is_told(listenbrainz: ListenBrainz, service: Service) -> None:
    listenbrainz.faults.append(Fault(path=ARTISTS, answer=too_many(X_RateLimit_Reset_In="90")))
    error = service.failure(WEEK)
    assert error.message == "ListenBrainz accepts no requests until 23 Nov 2026, 12:36 UTC (429)."
    assert service.waits == []


def test_the_reset_of_a_window_is_no_wait_after_another_failure(
    listenbrainz: ListenBrainz, service: Service
) -> None:
    broken = Answer(500, b"", {"X-RateLimit-Reset-In": "9"})
    listenbrainz.faults.append(Fault(path=ARTISTS, answer=broken, times=1))
    assert len(service.ask(WEEK)) == 50
    assert service.waits == [0.5]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(path=ARTISTS, answer=Answer(502, b"<html>Bad Gateway"), times=2),
        Fault(path=ARTISTS, answer=Answer(503), times=2),
        Fault(path=ARTISTS, answer=Answer(200, b"<html>"), times=2),
        Fault(path=ARTISTS, answer=json_answer(200, {"payload": {"artists": None}}), times=2),
        Fault(path=ARTISTS, answer=json_answer(200, {"payload": {"artists": [{}]}}), cut=True, times=2),
        Fault(path=ARTISTS, times=2),
    ],
    ids=["502", "503", "HTML", "no list", "cut", "hung up"],
)
def test_what_passes_is_tried_again(listenbrainz: ListenBrainz, service: Service, fault: Fault) -> None:
    listenbrainz.faults.append(msgspec.structs.replace(fault))
    assert len(service.ask(WEEK)) == 50
    assert len(listenbrainz.requests) == 3


def test_what_is_wrong_with_a_request_is_not_tried_again(
    listenbrainz: ListenBrainz, service: Service
) -> None:
    error = service.failure(Query("top_artists", "decade"))
    assert isinstance(error, UnavailableError)
    assert error.status == 400
    assert len(listenbrainz.requests) == 1


PLACE = f"mbid-{PICTURED}/mbid-{PICTURED}-32916450708_thumb250.jpg"
AT_ARCHIVE = f"https://archive.org/download/{PLACE}"
AT_HOST = f"https://dn720300.ca.archive.org/0/items/{PLACE}"


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (f"{COVER}-250.jpg", f"{COVER}-250.jpg"),
        (AT_ARCHIVE, AT_ARCHIVE),
        (AT_HOST, AT_HOST),
        (f"http://archive.org/download/{PLACE}", None),
        (f"https://archive.org.evil.example/{PLACE}", None),
        (f"https://notarchive.org/{PLACE}", None),
        (f"https://archive.org@evil.example/{PLACE}", None),
        (f"https://archive.org:8080/{PLACE}", None),
        (f"{COVER} or another", None),
        ("https://musicbrainz.org/release/x", None),
        ("http://127.0.0.1/x", None),
        ("file:///etc/passwd", None),
        ("", None),
    ],
)
def test_covers_come_over_tls_from_the_archives_hosts_only(address: str, url: str | None) -> None:
    request = calls.picture(address, Connection({}, calls.ADDRESSES))
    assert (request.url if request else None) == url


def cover(service: Service) -> bytes | None:
    address = f"{COVER}-250.jpg"
    return dict(fetch_pictures(calls, service.connection, service.client, [address]))[address]


def moved(path: str, to: str) -> Fault:
    return Fault(path=path, answer=Answer(307, b"", {"Location": to}))


FIRST = f"/release/{PICTURED}/32916450708-250.jpg"
JPEG = Answer(200, b"\xff\xd8\xff a picture", {"Content-Type": "image/jpeg"})


def test_a_cover_is_followed_to_where_it_is_kept(listenbrainz: ListenBrainz, service: Service) -> None:
    items = f"/0/items/{PLACE}"
    listenbrainz.faults += [
        moved(FIRST, AT_ARCHIVE),
        moved(f"/download/{PLACE}", AT_HOST),
        Fault(path=items, answer=JPEG),
    ]
    assert cover(service) == JPEG.body
    assert [each.path for each in listenbrainz.pictures] == [FIRST, f"/download/{PLACE}"]
    assert [each.path for each in listenbrainz.requests] == [items]


def test_a_stand_in_may_redirect_to_itself(listenbrainz: ListenBrainz, service: Service) -> None:
    listenbrainz.faults += [
        moved(FIRST, "/download/a"),
        moved("/download/a", f"{listenbrainz.url}/download/b"),
        Fault(path="/download/b", answer=JPEG),
    ]
    assert cover(service) == JPEG.body


@pytest.mark.parametrize(
    ("redirects", "arrives"), [(5, True), (6, False)], ids=["five redirects", "six redirects"]
)
def test_so_many_redirects_are_followed_and_no_more(
    listenbrainz: ListenBrainz, service: Service, redirects: int, *, arrives: bool
) -> None:
    places = [FIRST, *(f"/download/{number}" for number in range(redirects))]
    listenbrainz.faults += [moved(here, f"https://archive.org{there}") for here, there in pairwise(places)]
    listenbrainz.faults.append(Fault(path=places[-1], answer=JPEG))
    assert cover(service) == (JPEG.body if arrives else None)
    assert len(listenbrainz.pictures) == 6


@pytest.mark.parametrize(
    "to",
    [
        *("http://archive.org/download/x", "https://evil.example/download/x", "//evil.example/download/x"),
        *(
            "http://127.0.0.1:1/download/x",
            "file:///download/x",
            "http://[bad",
            "",
            "https://archive.org\n/x",
        ),
    ],
)
def test_a_cover_is_not_followed_elsewhere(listenbrainz: ListenBrainz, service: Service, to: str) -> None:
    listenbrainz.faults += [moved(FIRST, to.replace("\n", "%0A ")), Fault(path="/download/*", answer=JPEG)]
    assert cover(service) is None
    assert [each.path for each in listenbrainz.pictures] == [FIRST]


@pytest.mark.parametrize("status", [400, 404, 405, 406, 503])
def test_a_cover_that_is_not_there_is_none_and_not_asked_for_again(
    listenbrainz: ListenBrainz, service: Service, status: int
) -> None:
    listenbrainz.faults.append(Fault(path=FIRST, answer=Answer(status, b"no")))
    assert cover(service) is None
    assert len(listenbrainz.pictures) == 1


def test_a_slow_cover_is_not_waited_for(listenbrainz: ListenBrainz, connect: Connect) -> None:
    listenbrainz.faults.append(Fault(path=FIRST, hangs=True))
    assert cover(connect(timeout=0.2)) is None
