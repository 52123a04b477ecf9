import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import AccountError, UnavailableError
from exporter.models import (
    NOTHING,
    AlbumRef,
    Artist,
    Episode,
    FromPlaylist,
    NowPlaying,
    Play,
    Query,
    Ref,
    TimeRange,
    Track,
)
from exporter.sources.source import Call, Connection, Reply, StaleTokenError, Token
from exporter.sources.spotify import calls, wire
from exporter.sources.spotify.about import ABOUT
from exporter.text import clean

COVER = "https://i.scdn.co/image/"

RAIN: dict[str, Any] = {
    "id": "1rain",
    "uri": "spotify:track:1rain",
    "name": "Rain",
    "type": "track",
    "is_local": False,
    "duration_ms": 201000,
    "explicit": False,
    "external_urls": {"spotify": "https://open.spotify.com/track/1rain"},
    "artists": [
        {
            "id": "2ferns",
            "name": "The Ferns",
            "external_urls": {"spotify": "https://open.spotify.com/artist/2ferns"},
        }
    ],
    "album": {
        "id": "3moss",
        "name": "Moss",
        "release_date": "2020-05",
        "external_urls": {"spotify": "https://open.spotify.com/album/3moss"},
        "images": [
            {"url": f"{COVER}640", "width": 640, "height": 640},
            {"url": f"{COVER}300", "width": 300, "height": 300},
            {"url": f"{COVER}64", "width": 64, "height": 64},
        ],
    },
}

NO_ALBUM = AlbumRef(id=None, name=None, url=None, release_date=None)

BLANK = Track(
    rank=None,
    movement=None,
    id=None,
    uri=None,
    url=None,
    name=None,
    artists=(),
    album=NO_ALBUM,
    duration_ms=None,
    explicit=None,
    image=None,
    images=(),
)


def reply(body: object, status: int = 200, **headers: str) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(
        status=status, headers={name.replace("_", "-"): value for name, value in headers.items()}, body=raw
    )


def playing(item: object, kind: str = "track", *, is_playing: bool = True) -> NowPlaying:
    answer = wire.parse_now_playing(
        reply({"is_playing": is_playing, "currently_playing_type": kind, "item": item, "context": None})
    )
    assert isinstance(answer, NowPlaying)
    return answer


def played(*entries: object) -> tuple[Play, ...]:
    answer = wire.parse_recently_played(reply({"items": entries, "cursors": None}))
    assert not [play for play in answer if isinstance(play, FromPlaylist)]
    return tuple(play for play in answer if isinstance(play, Play))


def the_track(**fields: Any) -> Track:
    (track,) = wire.parse_top_tracks(reply({"items": [fields]}))
    return track


def the_artist(**fields: Any) -> Artist:
    (artist,) = wire.parse_top_artists(reply({"items": [fields]}))
    return artist


def the_episode(**fields: Any) -> Episode:
    answer = playing({"type": "episode", **fields}, "episode")
    assert (answer.is_playing, answer.kind) == (True, "episode")
    assert isinstance(answer.item, Episode)
    return answer.item


def test_a_playing_track_is_read_whole() -> None:
    answer = playing(RAIN)
    assert (answer.is_playing, answer.kind, answer.played_at) == (True, "track", None)
    track = answer.item
    assert isinstance(track, Track)
    assert (track.id, track.uri, track.name) == ("1rain", "spotify:track:1rain", "Rain")
    assert track.url == "https://open.spotify.com/track/1rain"
    assert track.artists == (
        Ref(id="2ferns", name="The Ferns", url="https://open.spotify.com/artist/2ferns"),
    )
    assert track.album == AlbumRef(
        id="3moss", name="Moss", url="https://open.spotify.com/album/3moss", release_date="2020-05"
    )
    assert (track.duration_ms, track.explicit) == (201000, False)
    assert track.image == f"{COVER}300"
    assert [image.width for image in track.images] == [640, 300, 64]


def test_what_is_not_sent_is_not_made_up() -> None:
    assert the_track() == BLANK
    assert playing({}).item == BLANK
    artist = the_artist()
    assert (artist.id, artist.uri, artist.url, artist.name) == (None, None, None, None)
    assert (artist.image, artist.images, artist.rank, artist.movement) == (None, (), None, None)
    episode = the_episode()
    assert episode.show == Ref(id=None, name=None, url=None)
    assert (episode.name, episode.release_date, episode.explicit) == (None, None, None)


def test_null_is_like_not_sent() -> None:
    assert the_track(**dict.fromkeys(RAIN)) == BLANK
    assert the_track(album={"images": None, "external_urls": None}, external_urls={"spotify": None}) == BLANK


def test_fields_that_only_older_apps_get_do_no_harm() -> None:
    old = {"popularity": 55, "available_markets": ["DE"], "linked_from": {"id": "x"}, "genres": [1]}
    assert the_track(**RAIN, **old) == the_track(**RAIN)


@pytest.mark.parametrize(
    "answer",
    [reply(b"", 204), reply(b"", 200), reply(b"", 202), reply(b" \r\n", 200)],
    ids=["204", "200", "202", "blank"],
)
def test_an_empty_success_means_nothing_is_playing(answer: Reply) -> None:
    assert wire.parse_now_playing(answer) == NOTHING


def test_a_paused_ad_is_an_ad_and_not_nothing() -> None:
    answer = playing(None, "ad", is_playing=False)
    assert (answer.is_playing, answer.kind, answer.item) == (False, "ad", None)


def test_a_pause_is_no_nothing() -> None:
    answer = playing(RAIN, is_playing=False)
    assert (answer.is_playing, answer.kind) == (False, "track")
    assert answer.item == the_track(**RAIN)


@pytest.mark.parametrize(
    ("kind", "item", "expected"),
    [
        ("ad", None, "ad"),
        ("unknown", None, "unknown"),
        ("episode", None, "unknown"),
        ("hologram", None, "unknown"),
        ("hologram", {"type": "hologram", "name": "x"}, "unknown"),
    ],
)
def test_what_has_no_item_that_can_be_shown_is_told_by_its_kind(
    kind: str, item: object, expected: str
) -> None:
    answer = playing(item, kind)
    assert (answer.is_playing, answer.kind, answer.item) == (True, expected, None)


def test_an_answer_of_nulls_is_survived() -> None:
    answer = wire.parse_now_playing(reply({"is_playing": None, "currently_playing_type": None}))
    assert isinstance(answer, NowPlaying)
    assert (answer.is_playing, answer.kind, answer.item) == (False, "unknown", None)


def test_an_episode_has_its_show_and_its_own_picture() -> None:
    episode = the_episode(
        id="4frogs",
        name="Frogs",
        release_date="2026-11-20",
        duration_ms=1800000,
        explicit=True,
        images=[{"url": f"{COVER}own", "width": 300, "height": 300}],
        show={
            "id": "5pond",
            "name": "Pond Talk",
            "external_urls": {"spotify": "https://open.spotify.com/show/5pond"},
            "images": [{"url": f"{COVER}show", "width": 300, "height": 300}],
        },
    )
    assert (episode.id, episode.name, episode.release_date) == ("4frogs", "Frogs", "2026-11-20")
    assert (episode.duration_ms, episode.explicit) == (1800000, True)
    assert episode.show == Ref(id="5pond", name="Pond Talk", url="https://open.spotify.com/show/5pond")
    assert episode.image == f"{COVER}own"


def test_an_episode_without_a_picture_has_its_shows() -> None:
    episode = the_episode(images=[], show={"images": [{"url": f"{COVER}show", "width": 64}]})
    assert episode.image == f"{COVER}show"


def test_an_audiobook_is_an_episode_of_year_0000() -> None:
    episode = the_episode(name="Chapter 1", release_date="0000", show={"name": "A Book"})
    assert (episode.name, episode.release_date, episode.show.name) == ("Chapter 1", "0000", "A Book")


def test_a_local_file_has_a_name_and_little_else() -> None:
    track = the_track(
        id=None,
        href=None,
        uri="spotify:local:::Tape:60",
        name="Tape",
        is_local=True,
        external_urls={},
        artists=[],
        album={
            "album_type": None,
            "id": None,
            "images": [],
            "name": "",
            "release_date": None,
            "external_urls": {},
        },
    )
    assert (track.id, track.url, track.image, track.artists) == (None, None, None, ())
    assert (track.uri, track.name) == ("spotify:local:::Tape:60", "Tape")
    assert track.album == AlbumRef(id=None, name="", url=None, release_date=None)


def test_plays_come_with_the_time_of_their_end() -> None:
    (first, second) = played(
        {"track": RAIN, "played_at": "2026-11-23T10:48:59.123Z", "context": None},
        {"track": {"name": "Hail"}, "played_at": "2026-11-23T12:40:00+02:00"},
    )
    assert first.played_at == datetime(2026, 11, 23, 10, 48, 59, 123000, tzinfo=UTC)
    assert first.item == the_track(**RAIN)
    assert second.played_at == datetime(2026, 11, 23, 10, 40, tzinfo=UTC)


PLAYLIST = {
    "type": "playlist",
    "uri": "spotify:playlist:4sleep",
    "href": "https://api.spotify.com/v1/playlists/4sleep",
    "external_urls": {"spotify": "https://open.spotify.com/playlist/4sleep"},
}


@pytest.mark.parametrize(
    ("context", "playlist"),
    [
        (PLAYLIST, PLAYLIST["uri"]),
        ({"uri": "spotify:user:me:playlist:4sleep"}, "spotify:user:me:playlist:4sleep"),
        (PLAYLIST | {"uri": None}, "https://open.spotify.com/playlist/4sleep"),
        ({"type": "album", "uri": "spotify:album:3moss"}, None),
        ({"type": "collection", "uri": "spotify:user:me:collection"}, None),
        (PLAYLIST | {"uri": None, "external_urls": {"spotify": 7}}, None),
        ({"uri": None, "external_urls": None}, None),
        ({}, None),
        (None, None),
    ],
)
def test_the_playlist_that_something_came_from_is_known(context: object, playlist: str | None) -> None:
    play = {"track": RAIN, "played_at": "2026-11-23T10:48:59Z"}
    (bare,) = played(play)
    now = wire.parse_now_playing(reply({"is_playing": True, "item": RAIN, "context": context}))
    (recent,) = wire.parse_recently_played(reply({"items": [play | {"context": context}]}))
    assert now == (FromPlaylist(playlist, playing(RAIN)) if playlist else playing(RAIN))
    assert recent == (FromPlaylist(playlist, bare) if playlist else bare)


def test_gaps_in_lists_are_skipped() -> None:
    play = {"track": RAIN, "played_at": "2026-11-23T10:48:59Z"}
    gaps = [None, {}, {"track": None, "played_at": play["played_at"]}, {"track": RAIN, "played_at": None}]
    assert len(wire.parse_recently_played(reply({"items": [*gaps, play]}))) == 1
    assert wire.parse_top_tracks(reply({"items": [None, RAIN, None]})) == (the_track(**RAIN),)
    assert len(wire.parse_top_artists(reply({"items": [None, {"name": "The Ferns"}]}))) == 1
    assert the_track(artists=[None, {"name": "The Ferns"}]).artists == (
        Ref(id=None, name="The Ferns", url=None),
    )
    image = {"url": f"{COVER}a", "width": 64, "height": 64}
    assert len(the_artist(images=[None, {}, {"url": None}, image]).images) == 1


LISTS = [wire.parse_top_tracks, wire.parse_top_artists, wire.parse_recently_played]


@pytest.mark.parametrize("parse", LISTS)
def test_a_list_without_entries_is_empty(parse: Callable[[Reply], object]) -> None:
    assert parse(reply({"items": []})) == ()


@pytest.mark.parametrize("parse", LISTS)
@pytest.mark.parametrize("body", [{}, {"items": None}, {"items": [None]}, {"items": [None, None]}])
def test_a_list_that_is_absent_or_all_null_can_not_be_read(
    parse: Callable[[Reply], object], body: object
) -> None:
    with pytest.raises(UnavailableError, match="Spotify's answer can't be read") as caught:
        parse(reply(body))
    assert caught.value.status is None


def test_lists_keep_spotifys_order() -> None:
    names = ["b", "a", "c"]
    items = {"items": [{"name": name} for name in names]}
    assert [track.name for track in wire.parse_top_tracks(reply(items))] == names
    assert [artist.name for artist in wire.parse_top_artists(reply(items))] == names


def test_numbers_may_come_as_text() -> None:
    track = the_track(
        duration_ms="201000", album={"images": [{"url": f"{COVER}a", "width": "640", "height": "480"}]}
    )
    assert track.duration_ms == 201000
    assert [(image.width, image.height) for image in track.images] == [(640, 480)]


@pytest.mark.parametrize(
    ("widths", "order", "nearest"),
    [
        ([640, 300, 64], [640, 300, 64], 300),
        ([640, 320, 160], [640, 320, 160], 320),
        ([64, 640, 300], [640, 300, 64], 300),
        ([160], [160], 160),
        ([200, 400], [400, 200], 400),
        ([None, 64], [64, None], 64),
        ([None, 2000], [2000, None], 2000),
        ([None], [None], None),
    ],
)
def test_pictures_are_widest_first_and_the_one_nearest_300_is_chosen(
    widths: list[int | None], order: list[int | None], nearest: int | None
) -> None:
    images = [{"url": f"{COVER}{width}", "width": width, "height": width} for width in widths]
    artist = the_artist(images=images)
    assert [image.width for image in artist.images] == order
    assert [image.url for image in artist.images] == [f"{COVER}{width}" for width in order]
    assert artist.image == f"{COVER}{nearest}"


@pytest.mark.parametrize(
    "url",
    [
        "http://i.scdn.co/image/a",
        "https://evil.example/a.png",
        "https://i.scdn.co.evil.example/a",
        "https://i.scdn.co@evil.example/a",
        "https://evilscdn.co/a",
        "https://i.scdn.co/image/a\n",
        'https://i.scdn.co/image/"onerror=x',
        "https://i.scdn.co/image/a b",
        "data:image/png;base64,AAAA",
        "//i.scdn.co/image/a",
        "",
    ],
)
def test_a_picture_from_elsewhere_is_dropped(url: str) -> None:
    good = {"url": f"{COVER}64", "width": 64, "height": 64}
    artist = the_artist(images=[{"url": url, "width": 300, "height": 300}, good])
    assert [image.url for image in artist.images] == [f"{COVER}64"]
    assert artist.image == f"{COVER}64"


@pytest.mark.parametrize(
    "url",
    ["https://i.scdn.co/image/ab67", "https://mosaic.scdn.co/640/a", "https://image-cdn-ak.spotifycdn.com/a"],
)
def test_a_picture_from_spotifys_hosts_is_kept(url: str) -> None:
    assert the_artist(images=[{"url": url, "width": 300, "height": 300}]).image == url


@pytest.mark.parametrize(
    "url",
    [
        "http://open.spotify.com/track/1",
        "javascript:alert(1)//open.spotify.com",
        "https://evil.example/track/1",
        "https://open.spotify.com@evil.example",
        "https://open.spotify.com:443@evil.example/",
        "https://open.spotify.com.evil.example",
        "https://open.spotify.com\\@evil.example/",
        "https://evilspotify.com/",
        "https://evil.example/?https://open.spotify.com/",
        "https://open.spotify.com/track/1\n",
        "https://open.spotify.com/\ntrack/1",
        'https://open.spotify.com/"onclick="x',
        "https://open.spotify.com/<b>",
        "https://open.spotify.com/a b",
        "https://open.spotify.com/ü",
        " https://open.spotify.com/track/1",
        "",
        7,
        ["https://open.spotify.com/track/1"],
    ],
)
def test_a_link_that_leads_elsewhere_is_none(url: object) -> None:
    links = {"spotify": url}
    assert the_track(external_urls=links) == BLANK
    assert the_artist(external_urls=links).url is None
    assert the_track(album={"external_urls": links}).album.url is None
    assert the_track(artists=[{"external_urls": links}]).artists[0].url is None
    assert the_episode(show={"external_urls": links}).show.url is None


@pytest.mark.parametrize(
    "url",
    ["https://open.spotify.com/track/1?si=a&b=(c)#d", "https://spotify.com", "https://open.spotify.com"],
)
def test_a_link_to_spotify_is_kept(url: str) -> None:
    assert the_track(external_urls={"spotify": url}).url == url


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\x00b\x1b[31mc\x7fd\x85e", "ab[31mcde"),
        ("one\r\ntwo\tthree", "onetwothree"),
        ("a\u2028b\u2029c", "abc"),
        ("\u202aa\u202bb\u202cc\u202dd\u202ee", "abcde"),
        ("\u2066a\u2067b\u2068c\u2069", "abc"),
        ("a\ud83db", "ab"),
        ("a\ufffeb\uffffc", "abc"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("می\u200cرود", "می\u200cرود"),
        ("\u200eabc\u200f", "\u200eabc\u200f"),
        (" two  blanks ", " two  blanks "),
        ("<b> & \"'", "<b> & \"'"),
        ("", ""),
        (None, None),
    ],
)
def test_characters_that_act_instead_of_being_read_are_taken_away(
    text: str | None, cleaned: str | None
) -> None:
    assert clean(text) == cleaned


ACTING = [
    *map(chr, range(0x20)),
    *map(chr, range(0x7F, 0xA0)),
    *"\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffe\uffff",
]


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]))
        | st.sampled_from([*ACTING, *"\u200c\u200d\u200e\u200f"])
    ).map("".join)
)
def test_cleaning_takes_away_what_acts_and_nothing_else(text: str) -> None:
    assert clean(text) == "".join(character for character in text if character not in ACTING)


def test_every_text_of_an_answer_is_cleaned() -> None:
    dirty = "a\u202eb\n"
    named = {"id": dirty, "uri": dirty, "name": dirty, "release_date": dirty}
    track = the_track(**named, artists=[named], album=named)
    assert (track.id, track.uri, track.name) == ("ab", "ab", "ab")
    assert track.artists == (Ref(id="ab", name="ab", url=None),)
    assert track.album == AlbumRef(id="ab", name="ab", url=None, release_date="ab")
    artist = the_artist(**named)
    assert (artist.id, artist.uri, artist.name) == ("ab", "ab", "ab")
    episode = the_episode(**named, show=named)
    assert (episode.id, episode.uri, episode.name, episode.release_date) == ("ab", "ab", "ab", "ab")
    assert episode.show == Ref(id="ab", name="ab", url=None)


def test_a_title_cut_in_the_middle_of_a_character_is_survived() -> None:
    (track,) = wire.parse_top_tracks(reply(rb'{"items": [{"name": "Fire \ud83d"}]}'))
    assert track.name == "Fire "
    (whole,) = wire.parse_top_tracks(reply(rb'{"items": [{"name": "Fire \ud83d\udd25"}]}'))
    assert whole.name == "Fire 🔥"


UNREADABLE = {
    "empty": b"",
    "cut": b'{"items": [{"name": "Ra',
    "HTML": b"<!doctype html><title>Bad gateway</title>",
    "list": b"[]",
    "null": b"null",
    "number": b"1",
    "items of another type": b'{"items": {"a": 1}}',
    "item of another type": b'{"items": ["Rain"]}',
    "field of another type": b'{"items": [{"name": ["Rain"]}]}',
    "deep": b"[" * 200_000,
    "deep inside": b'{"items": [' + b'{"a":' * 200_000,
    "not UTF-8": b'{"items": [{"name": "\xff"}]}',
    "endless number": b'{"items": [{"duration_ms": ' + b"9" * 5000 + b"}]}",
    "infinity": b'{"items": [{"duration_ms": 1e999}]}',
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_an_answer_that_cannot_be_read_is_worth_another_try(body: bytes) -> None:
    with pytest.raises(UnavailableError, match=r"^Spotify's answer can't be read") as caught:
        wire.parse_top_tracks(reply(body))
    assert caught.value.status is None


@pytest.mark.parametrize("body", [b'{"item": {"na', b"<!doctype html>", b'{"item": {"name": 1}}'])
def test_what_plays_can_be_unreadable_too(body: bytes) -> None:
    with pytest.raises(UnavailableError, match=r"^Spotify's answer can't be read"):
        wire.parse_now_playing(reply(body))


@pytest.mark.parametrize("played_at", ["yesterday", "2026-11-23T10:48:59", ""])
def test_a_time_that_is_none_makes_an_answer_unreadable(played_at: str) -> None:
    with pytest.raises(UnavailableError) as caught:
        wire.parse_recently_played(reply({"items": [{"track": RAIN, "played_at": played_at}]}))
    assert caught.value.status is None


def spotify_error(status: int, message: str) -> dict[str, Any]:
    return {"error": {"status": status, "message": message}}


PREMIUM = b"Active premium subscription required for the owner of the app. See the dashboard."

LOG_IN = "Run `now-listening login`, and store the new token as SPOTIFY_REFRESH_TOKEN."
SCOPE = ("The refresh token lacks a scope for this.", LOG_IN, "scope")
STRANGER = (
    "The app does not know this Spotify user.",
    "Add the account in the app's settings at developer.spotify.com/dashboard, under User Management.",
    "user",
)

REFUSALS: dict[str, tuple[Reply, type[AccountError], str, str, str]] = {
    "401": (
        reply(spotify_error(401, "The access token expired"), 401),
        StaleTokenError,
        "Spotify does not allow this (401).",
        LOG_IN,
        "account",
    ),
    "401 scope": (reply(spotify_error(401, "Insufficient client scope"), 401), AccountError, *SCOPE),
    "403": (
        reply(spotify_error(403, "Forbidden"), 403),
        AccountError,
        "Spotify does not allow this (403).",
        LOG_IN,
        "account",
    ),
    "403 scope": (reply(spotify_error(403, "Insufficient client scope"), 403), AccountError, *SCOPE),
    "403 Premium, plain text": (
        reply(PREMIUM, 403),
        AccountError,
        "Spotify requires the owner of the app to have an active Premium subscription.",
        "Renew Premium on the account that owns the app; nothing else needs to change.",
        "premium",
    ),
    "403 not approved, plain text": (reply(b"User not approved for app", 403), AccountError, *STRANGER),
    "403 not registered": (
        reply(b"Check settings, the user may not be registered or not registered.", 403),
        AccountError,
        *STRANGER,
    ),
    "403 no text at all": (
        reply(b"\xff\xfe", 403),
        AccountError,
        "Spotify does not allow this (403).",
        LOG_IN,
        "account",
    ),
}

OUTAGES: dict[str, tuple[Reply, str, str]] = {
    "404": (reply(spotify_error(404, "Not found"), 404), "Spotify answered 404.", "next run"),
    "429": (reply(b"Too many requests", 429), "Spotify asks for fewer requests (429).", "less often"),
    "500": (reply(spotify_error(500, "Oops"), 500), "Spotify answered 500.", "next run"),
    "503 HTML": (reply(b"<html>premium", 503), "Spotify answered 503.", "next run"),
    "302": (reply(b"", 302, location="https://evil.example"), "Spotify answered 302.", "next run"),
}

PARSERS = [
    wire.parse_now_playing,
    wire.parse_recently_played,
    wire.parse_top_artists,
    wire.parse_top_tracks,
]


@pytest.mark.parametrize(("answer", "kind", "message", "hint", "cause"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_says_what_a_person_has_to_do(
    answer: Reply, kind: type[AccountError], message: str, hint: str, cause: str
) -> None:
    for parse in PARSERS:
        with pytest.raises(AccountError) as caught:
            parse(answer)
        error = caught.value
        assert type(error) is kind
        assert (error.message, error.hint, error.cause) == (message, hint, cause)


@pytest.mark.parametrize(("answer", "message", "hint"), OUTAGES.values(), ids=OUTAGES)
def test_any_other_answer_that_is_no_success_is_an_outage(answer: Reply, message: str, hint: str) -> None:
    for parse in PARSERS:
        with pytest.raises(UnavailableError) as caught:
            parse(answer)
        assert (caught.value.message, caught.value.status) == (message, answer.status)
        assert hint in caught.value.hint


@pytest.mark.parametrize("status", [429, 503])
def test_when_to_come_back_is_handed_on_as_it_was_sent(status: int) -> None:
    with pytest.raises(UnavailableError) as caught:
        wire.parse_top_tracks(reply(b"", status, retry_after="86400"))
    assert caught.value.retry_after == "86400"
    with pytest.raises(UnavailableError) as caught:
        wire.parse_top_tracks(reply(b"", status))
    assert caught.value.retry_after is None


def test_a_token_comes_with_its_scopes() -> None:
    token = wire.parse_token(
        reply(
            {
                "access_token": "BQD-access",
                "token_type": "Bearer",
                "scope": "user-top-read  user-read-recently-played",
                "expires_in": 3600,
            }
        )
    )
    assert token == Token(
        access_token="BQD-access", scopes=frozenset({"user-top-read", "user-read-recently-played"})
    )
    assert wire.parse_token(reply({"access_token": "BQD-access", "scope": ""})).scopes == frozenset()
    assert wire.parse_token(reply({"access_token": "BQD-access"})).scopes is None


COPY_AGAIN = (
    "Copy SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET again from the app's settings "
    "at developer.spotify.com/dashboard."
)


@pytest.mark.parametrize(
    ("body", "status", "message", "hint", "cause"),
    [
        (
            {"error": "invalid_grant", "error_description": "Refresh token expired"},
            400,
            "Spotify rejects the refresh token: Refresh token expired.",
            LOG_IN,
            "token",
        ),
        (
            {"error": "invalid_grant"},
            400,
            "Spotify rejects the refresh token: invalid_grant.",
            LOG_IN,
            "token",
        ),
        (
            {"error": "invalid_client", "error_description": "Invalid client\u202e secret"},
            400,
            "Spotify does not know this client: Invalid client secret.",
            COPY_AGAIN,
            "client",
        ),
        (
            {"error": "invalid_client"},
            401,
            "Spotify does not know this client: invalid_client.",
            COPY_AGAIN,
            "client",
        ),
    ],
)
def test_a_refused_token_or_client_needs_a_person(
    body: object, status: int, message: str, hint: str, cause: str
) -> None:
    with pytest.raises(AccountError) as caught:
        wire.parse_token(reply(body, status))
    assert (caught.value.message, caught.value.hint, caught.value.cause) == (message, hint, cause)


def test_a_code_gives_a_refresh_token() -> None:
    body = {"access_token": "BQD-access", "scope": "user-top-read", "refresh_token": "AQB-refresh"}
    assert wire.parse_code_exchange(reply(body)) == Token(
        access_token="BQD-access", scopes=frozenset({"user-top-read"}), refresh_token="AQB-refresh"
    )


def test_a_refused_code_is_no_refused_token() -> None:
    refusal = {"error": "invalid_grant", "error_description": "Authorization code expired"}
    with pytest.raises(AccountError) as caught:
        wire.parse_code_exchange(reply(refusal, 400))
    assert caught.value.message == "Spotify rejects the code: Authorization code expired."
    assert caught.value.hint == (
        "A code works once, and only for a few minutes: run `now-listening login` again."
    )


def test_a_code_without_a_refresh_token_is_of_no_use() -> None:
    with pytest.raises(UnavailableError) as caught:
        wire.parse_code_exchange(reply({"access_token": "BQD-access"}))
    assert caught.value.message == "Spotify sent no refresh token."
    assert caught.value.hint == "Run `now-listening login` again."


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (b"Bad Request", 400, 400),
        (b'{"error": "server_error"}', 400, 400),
        (b"<html>Bad gateway</html>", 502, 502),
        (b'{"error": "invalid_grant"}', 503, 503),
        (b"", 200, None),
        (b"<html>", 200, None),
        (b"{}", 200, None),
        (b'{"access_token": ""}', 200, None),
        (b'{"access_token": "a\\r\\nX-Evil: 1"}', 200, None),
        (b'{"access_token": null}', 200, None),
    ],
)
def test_any_other_answer_that_is_no_token_is_an_outage(
    body: bytes, status: int, expected: int | None
) -> None:
    with pytest.raises(UnavailableError) as caught:
        wire.parse_token(reply(body, status))
    assert caught.value.status == expected


CONNECTION = Connection(
    dict.fromkeys(ABOUT.secrets, "hush"), dict.fromkeys(calls.ADDRESSES, "https://spotify.example")
)


def call(document: str, time_range: TimeRange | None = None) -> Call[Any]:
    token = Token(access_token="access", scopes=None)
    return calls.call(Query(document, time_range), CONNECTION, token)


def test_what_is_playing_is_asked_with_episodes() -> None:
    playing = call("now_playing")
    assert playing.request.url == "https://spotify.example/v1/me/player/currently-playing"
    assert playing.request.params == {"additional_types": "track,episode"}
    assert playing.parse(reply(b"", 204)) == NOTHING


@pytest.mark.parametrize("time_range", ["short_term", "medium_term", "long_term"])
def test_lists_are_asked_whole_with_one_request(time_range: TimeRange) -> None:
    assert call("recently_played").request.params == {"limit": "50"}
    for document, path in (("top_artists", "artists"), ("top_tracks", "tracks")):
        request = call(document, time_range).request
        assert request.url == f"https://spotify.example/v1/me/top/{path}"
        assert request.params == {"time_range": time_range, "limit": "50"}


def test_requests_do_not_show_who_asks() -> None:
    requests = [call("now_playing").request, calls.sign_in(CONNECTION).request]
    assert requests[0].authorization == "Bearer access"
    shown = repr(requests) + str(requests[0]) + repr(CONNECTION)
    assert not re.search("hush|access|aHVzaDpodXNo", shown.replace("access_token", ""))


@pytest.mark.parametrize(
    "played_at", ["0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00"]
)
def test_a_play_of_no_real_time_is_left_out(played_at: str) -> None:
    play = {"track": RAIN, "played_at": "1970-01-01T00:00:00Z"}
    left = played({"track": {"name": "x"}, "played_at": played_at}, play)
    assert [each.item.name for each in left] == ["Rain"]


def test_a_refusal_that_nests_without_end_is_an_outage() -> None:
    body = b'{"error":"invalid_grant","d":' + b"[" * 100_000
    with pytest.raises(UnavailableError):
        wire.parse_token(Reply(status=400, headers={}, body=body))


def test_a_refusal_with_half_a_character_is_a_refusal() -> None:
    body = rb'{"error":"invalid_grant","error_description":"\ud800"}'
    with pytest.raises(AccountError):
        wire.parse_token(Reply(status=400, headers={}, body=body))


AT_ONCE = """\
import sys, threading
from exporter.sources.source import Reply
from exporter.sources.spotify.wire import parse_top_artists, parse_top_tracks
sys.setswitchinterval(1e-6)
item = b'{"id": "x", "name": "n", "artists": [{"id": "a"}], "album": {"id": "q", "images": [{"url": "u"}]}}'
body = b'{"items": [' + b",".join([item] * 20) + b"]}"
start = threading.Barrier(8)
def parse(function):
    start.wait()
    assert len(function(Reply(status=200, headers={}, body=body))) == 20
threads = [threading.Thread(target=parse, args=[f]) for f in (parse_top_artists, parse_top_tracks) * 4]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_answers_that_are_the_first_of_their_kind_can_be_read_at_once() -> None:
    done = [subprocess.run([sys.executable, "-c", AT_ONCE], check=False).returncode for _ in range(5)]
    assert done == [0] * 5
