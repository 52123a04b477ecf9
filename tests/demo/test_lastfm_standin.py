"""The stand-in Last.fm is honest: it answers as the service does, in what is good and what is not."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count, groupby
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from conftest import NOW
from PIL import Image
from standin import LastFm

from exporter.demo.catalogue import Podcast
from exporter.demo.lastfm.objects import STAR
from exporter.demo.lastfm.service import API_KEY, WEEKS
from exporter.demo.listener import FIRST_LOOK, playing

NIGHT = NOW.replace(hour=3)
AGENT = "now-listening/1.0 ( https://example.org/now-listening )"
TOPS = {"artist": "user.getTopArtists", "track": "user.getTopTracks", "album": "user.getTopAlbums"}
GOOD = {"user": "samplelistener", "api_key": API_KEY, "format": "json"}


def get(lastfm: LastFm, path: str = "/2.0/", agent: str = AGENT, **query: str) -> requests.Response:
    return requests.get(
        f"{lastfm.url}{path}", params={**GOOD, **query}, headers={"User-Agent": agent}, timeout=10
    )


def got(lastfm: LastFm, method: str, **query: str) -> dict[str, Any]:
    response = get(lastfm, method=method, **query)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "application/json"
    (content,) = response.json().values()
    assert isinstance(content, dict)
    return content


def recent(lastfm: LastFm, **query: str) -> dict[str, Any]:
    return got(lastfm, "user.getRecentTracks", **query)


def top(lastfm: LastFm, name: str, **query: str) -> list[dict[str, Any]]:
    entries = got(lastfm, TOPS[name], **query)[name]
    assert isinstance(entries, list)
    return entries


def is_now(entry: dict[str, Any]) -> bool:
    return bool(entry.get("@attr", {}).get("nowplaying") == "true")


@pytest.mark.parametrize(
    "agent",
    [
        "python-requests/2.32.5",
        "now-listening",
        "now-listening/1.0",
        "now-listening/1.0 (nobody)",
        "Mozilla/5.0 (X11; Linux x86_64)",
    ],
)
def test_it_refuses_who_does_not_say_who_they_are(lastfm: LastFm, agent: str) -> None:
    response = get(lastfm, method="user.getRecentTracks", agent=agent)
    assert (response.status_code, response.headers["Content-Type"]) == (403, "text/html")


@pytest.mark.parametrize(
    ("query", "status", "code", "message"),
    [
        ({"method": "user.getNothing"}, 400, 3, "Invalid Method"),
        ({"method": ""}, 400, 3, "Invalid Method"),
        ({"format": ""}, 400, 5, "Invalid format"),
        ({"api_key": "wrong"}, 403, 10, "Invalid API key"),
        ({"api_key": ""}, 403, 10, "Invalid API key"),
        ({"user": "nobody"}, 404, 6, "User not found"),
        ({"user": ""}, 400, 6, "Invalid parameters"),
        ({"limit": "0"}, 400, 6, "Invalid parameters"),
        ({"limit": "many"}, 400, 6, "Invalid parameters"),
        ({"method": "user.getTopTracks", "period": "21day"}, 400, 6, "Invalid parameters"),
    ],
)
def test_its_errors_have_a_code_and_a_status(
    lastfm: LastFm, query: dict[str, str], status: int, code: int, message: str
) -> None:
    response = get(lastfm, **{"method": "user.getRecentTracks", **query})
    body = response.json()
    assert (response.status_code, body["error"], body["links"]) == (status, code, [])
    assert body["message"].startswith(message)


def test_what_it_does_not_have_is_html(lastfm: LastFm) -> None:
    for path in ("/", "/3.0/", "/i/u/64s/0123.jpg", f"/i/u/65s/{STAR}.png"):
        response = get(lastfm, path)
        assert (response.status_code, response.headers["Content-Type"]) == (404, "text/html")
    response = requests.post(f"{lastfm.url}/2.0/", headers={"User-Agent": AGENT}, timeout=10)
    assert response.status_code == 404


def test_methods_and_users_may_be_written_in_any_case(lastfm: LastFm) -> None:
    one = recent(lastfm)
    assert got(lastfm, "USER.GETRECENTTRACKS", user="SampleListener") == one
    assert one["@attr"]["user"] == "samplelistener"


def test_what_plays_comes_first_and_on_top_of_the_limit(lastfm: LastFm) -> None:
    content = recent(lastfm, limit="7")
    now, *plays = content["track"]
    assert (is_now(now), "date" in now) == (True, False)
    assert len(plays) == 7
    assert not any(map(is_now, plays))
    lastfm.clock = lambda: NIGHT
    assert len(recent(lastfm, limit="7")["track"]) == 7


def test_a_list_of_one_is_an_object(lastfm: LastFm) -> None:
    lastfm.clock = lambda: NIGHT
    assert recent(lastfm, limit="1")["track"]["name"]


def test_podcasts_are_not_scrobbled(lastfm: LastFm) -> None:
    instants = (NOW + timedelta(minutes=48 * number) for number in count())
    instant = next(instant for instant in instants if isinstance(playing(instant), Podcast))
    lastfm.clock = lambda: instant
    assert not any(map(is_now, recent(lastfm)["track"]))


def test_plays_have_the_time_of_their_start_as_text(lastfm: LastFm) -> None:
    plays = recent(lastfm)["track"][1:]
    starts = [datetime.fromtimestamp(int(play["date"]["uts"]), UTC) for play in plays]
    assert starts == sorted(starts, reverse=True)
    assert all(start < NOW - timedelta(minutes=2) for start in starts)
    assert plays[0]["date"]["#text"] == f"{starts[0]:%d %b %Y, %H:%M}"


def numbers(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [number for inner in value.values() for number in numbers(inner)]
    if isinstance(value, list):
        return [number for inner in value for number in numbers(inner)]
    return [] if isinstance(value, str) else [value]


def test_all_numbers_are_text(lastfm: LastFm) -> None:
    assert numbers([recent(lastfm), *(top(lastfm, name) for name in TOPS)]) == []


@pytest.mark.parametrize("name", TOPS)
def test_a_list_ranks_everything_once(lastfm: LastFm, name: str) -> None:
    about = got(lastfm, TOPS[name], limit="23")["@attr"]
    assert (about["page"], about["perPage"]) == ("1", "23")
    entries = top(lastfm, name, limit="1000")
    assert [entry["@attr"]["rank"] for entry in entries] == [
        str(rank) for rank in range(1, int(about["total"]) + 1)
    ]
    assert len({entry["url"] for entry in entries}) == len(entries)
    assert top(lastfm, name, limit="23") == entries[:23]


def test_fifty_entries_are_listed_unless_more_are_asked_for(lastfm: LastFm) -> None:
    assert len(top(lastfm, "track")) == 50
    assert len(top(lastfm, "track", limit="60")) == 60
    assert got(lastfm, "user.getTopTracks", limit="5000")["@attr"]["perPage"] == "1000"


@pytest.mark.parametrize("name", TOPS)
@pytest.mark.parametrize("period", WEEKS)
def test_play_counts_fall_with_rank(lastfm: LastFm, name: str, period: str) -> None:
    counts = [int(entry["playcount"]) for entry in top(lastfm, name, period=period)]
    assert counts == sorted(counts, reverse=True)
    assert len(set(counts[: FIRST_LOOK + 1])) == FIRST_LOOK + 1
    assert 1 <= counts[-1] < counts[0] / 5
    assert 3 * WEEKS[period] < counts[0] < 30 * WEEKS[period]


def test_longer_periods_count_more(lastfm: LastFm) -> None:
    firsts = [int(top(lastfm, "artist", period=period)[0]["playcount"]) for period in WEEKS]
    assert firsts == sorted(firsts)
    assert len(set(firsts)) == len(WEEKS)


def test_entries_with_the_same_count_change_places_from_hour_to_hour(lastfm: LastFm) -> None:
    one = top(lastfm, "artist", period="7day")
    lastfm.clock = lambda: NOW + timedelta(hours=1)
    other = top(lastfm, "artist", period="7day")
    assert [entry["playcount"] for entry in one] == [entry["playcount"] for entry in other]
    assert [entry["name"] for entry in one] != [entry["name"] for entry in other]

    def tied(entries: list[dict[str, Any]]) -> list[set[str]]:
        groups = groupby(entries, lambda entry: str(entry["playcount"]))
        return [{entry["name"] for entry in group} for _, group in groups][:-1]

    assert tied(one) == tied(other)


def picture(entry: dict[str, Any]) -> str:
    return str(entry["image"][-1]["#text"])


def test_artists_and_top_tracks_always_have_the_star(lastfm: LastFm) -> None:
    assert all(STAR in picture(entry) for name in ("artist", "track") for entry in top(lastfm, name))


@pytest.mark.parametrize("name", ["album", "recent"])
def test_albums_and_recent_tracks_mostly_have_a_cover(lastfm: LastFm, name: str) -> None:
    entries = top(lastfm, "album") if name == "album" else recent(lastfm, limit="200")["track"]
    pictures = [picture(entry) for entry in entries]
    covers = [each for each in pictures if each and STAR not in each]
    assert len(entries) * 0.6 < len(covers) < len(entries)
    assert "" in pictures
    assert [each for each in pictures if STAR in each]


def test_pictures_have_the_width_that_their_address_says(lastfm: LastFm) -> None:
    images = next(entry["image"] for entry in top(lastfm, "album") if entry["image"][0]["#text"])
    widths = {}
    for image in images:
        address = urlsplit(image["#text"])
        assert (address.scheme, address.hostname) == ("https", "lastfm.freetls.fastly.net")
        response = get(lastfm, address.path)
        assert response.headers["Content-Type"] == "image/jpeg"
        widths[image["size"]] = Image.open(BytesIO(response.content)).width
    assert widths == {"small": 34, "medium": 64, "large": 174, "extralarge": 300}


def test_browsers_get_pictures(lastfm: LastFm) -> None:
    covers = (picture(entry) for entry in top(lastfm, "album"))
    address = next(each for each in covers if each).replace(lastfm.IMAGES, lastfm.url)
    response = requests.get(address, headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}, timeout=10)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/jpeg")


def test_some_things_have_no_mbid_and_no_duration(lastfm: LastFm) -> None:
    tracks = top(lastfm, "track", limit="1000")
    assert {bool(track["mbid"]) for track in tracks} == {True, False}
    assert {track["duration"] == "0" for track in tracks} == {True, False}


def test_guests_are_credited_in_the_same_text(lastfm: LastFm) -> None:
    credits_ = [track["artist"]["name"] for track in top(lastfm, "track", limit="1000")]
    assert [each for each in credits_ if " feat. " in each]
