"""The stand-in ListenBrainz and Cover Art Archive are honest: each fact that the job relies on."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from conftest import NOW
from PIL import Image
from standin import ListenBrainz

from exporter.demo import standins
from exporter.demo.catalogue import Podcast
from exporter.demo.listenbrainz.objects import is_narrow
from exporter.demo.listener import Song, playing
from exporter.demo.standins import USER

AGENT = {"User-Agent": "tests/1.0 ( https://example.org/tests )"}
PLAYING, LISTENS = f"/1/user/{USER}/playing-now", f"/1/user/{USER}/listens"
STATISTICS = {"artists": "artist", "recordings": "recording", "releases": "release"}
RANGES = [
    *("this_week", "this_month", "this_year", "week", "month", "quarter", "half_yearly", "year"),
    "all_time",
]
EVERYTHING = [PLAYING, LISTENS, *(f"/1/stats/user/{USER}/{name}" for name in STATISTICS)]


def get(service: standins.StandIn, path: str, **query: Any) -> requests.Response:
    return requests.get(
        f"{service.url}{path}", params=query, headers=AGENT, timeout=10, allow_redirects=False
    )


def got(service: standins.StandIn, path: str, **query: Any) -> dict[str, Any]:
    response = get(service, path, **query)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "application/json"
    payload: dict[str, Any] = response.json()["payload"]
    return payload


def statistic(service: standins.StandIn, name: str, **query: Any) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = got(service, f"/1/stats/user/{USER}/{name}", **query)[name]
    return entries


def listens(service: standins.StandIn, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = got(service, LISTENS, **query)["listens"]
    return found


@pytest.fixture
def limited() -> Iterator[standins.ListenBrainz]:
    """The stand-in as the demo runs it, with its limit."""
    with standins.ListenBrainz(clock=lambda: NOW) as stand_in:
        yield stand_in


@pytest.mark.parametrize(
    "agent",
    [
        "tests/1.0 ( https://example.org/tests )",
        "Some Tests/1.0.2 ( someone@example.org )",
        "some-tests/1.0.dev1 (https://example.org)",
    ],
)
@pytest.mark.parametrize("path", [LISTENS, "/release/x/front-250"])
def test_who_says_how_to_reach_the_developer_is_let_in(
    listenbrainz: ListenBrainz, agent: str, path: str
) -> None:
    answer = requests.get(f"{listenbrainz.url}{path}", headers={"User-Agent": agent}, timeout=10)
    assert answer.status_code != 403


@pytest.mark.parametrize(
    "agent",
    [
        *(None, "", "tests", "tests/1.0", "tests ( https://example.org )", "tests/1.0 ()", "/1 ( a@b )"),
        *("tests/1.0 ( nobody )", "Mozilla/5.0 (X11; Linux x86_64)", "tests/1.0 https://example.org"),
    ],
)
@pytest.mark.parametrize("path", [*EVERYTHING, "/1/nothing", "/release/x/front-250", "/download/x"])
def test_who_does_not_is_refused_everywhere(listenbrainz: ListenBrainz, agent: str | None, path: str) -> None:
    headers = {} if agent is None else {"User-Agent": agent}
    answer = requests.get(f"{listenbrainz.url}{path}", headers=headers, timeout=10)
    assert answer.status_code == 403


@pytest.mark.parametrize("path", EVERYTHING)
def test_an_unknown_user_is_told(listenbrainz: ListenBrainz, path: str) -> None:
    answer = get(listenbrainz, path.replace(USER, "no%2Fbody"))
    assert answer.status_code == 404
    assert answer.json() == {"code": 404, "error": "Cannot find user: no/body"}


@pytest.mark.parametrize("path", EVERYTHING)
def test_names_are_compared_without_case(listenbrainz: ListenBrainz, path: str) -> None:
    assert got(listenbrainz, path.replace(USER, USER.upper()))["user_id"] == USER


@pytest.mark.parametrize("path", ["/", "/1/user", f"/1/user/{USER}", f"/1/stats/user/{USER}/genres", "/2/x"])
def test_an_unknown_path_is_not_found(listenbrainz: ListenBrainz, path: str) -> None:
    assert get(listenbrainz, path).status_code == 404


def test_only_reading_is_possible(listenbrainz: ListenBrainz) -> None:
    url = f"{listenbrainz.url}{LISTENS}"
    assert requests.post(url, headers=AGENT, timeout=10).status_code == 404


def test_thirty_requests_are_taken_in_ten_seconds(limited: standins.ListenBrainz) -> None:
    answers = [get(limited, PLAYING) for _ in range(31)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    left = [int(answer.headers["X-RateLimit-Remaining"]) for answer in answers]
    assert left == [*range(29, -1, -1), 0]
    refused = answers[-1]
    assert refused.json()["code"] == 429
    assert refused.headers["X-RateLimit-Limit"] == "30"
    assert refused.headers["X-RateLimit-Reset-In"] == "4"  # at 12:34:56, windows begin at whole tens
    assert "Retry-After" not in refused.headers
    assert int(refused.headers["X-RateLimit-Reset"]) == int(NOW.timestamp()) + 4


def test_the_next_ten_seconds_have_thirty_more(limited: standins.ListenBrainz) -> None:
    for _ in range(31):
        get(limited, PLAYING)
    limited.clock = lambda: NOW + timedelta(seconds=4)
    assert get(limited, PLAYING).headers["X-RateLimit-Remaining"] == "29"


def test_errors_count_too_and_pictures_do_not(limited: standins.ListenBrainz) -> None:
    assert get(limited, "/1/user/nobody/listens").headers["X-RateLimit-Remaining"] == "29"
    assert "X-RateLimit-Remaining" not in get(limited, "/release/x/front-250").headers
    assert get(limited, PLAYING).headers["X-RateLimit-Remaining"] == "28"


def test_what_plays_has_no_time_and_no_mapping(listenbrainz: ListenBrainz) -> None:
    now = got(listenbrainz, PLAYING)
    assert (now["count"], now["playing_now"]) == (1, True)
    (listen,) = now["listens"]
    assert listen["playing_now"] is True
    assert "listened_at" not in listen
    song = playing(NOW)
    assert isinstance(song, Song)
    assert listen["track_metadata"]["track_name"] == song.title
    assert "mbid_mapping" not in listen["track_metadata"]


def a_podcast_plays_at() -> datetime:
    times = (NOW + timedelta(minutes=48 * n) for n in count())
    return next(instant for instant in times if isinstance(playing(instant), Podcast))


@pytest.mark.parametrize("when", [lambda: NOW.replace(hour=3), a_podcast_plays_at], ids=["night", "podcast"])
def test_if_nobody_sends_what_plays_it_still_says_playing_now(
    listenbrainz: ListenBrainz, when: Callable[[], datetime]
) -> None:
    instant = when()
    listenbrainz.clock = lambda: instant
    now = got(listenbrainz, PLAYING)
    assert (now["count"], now["listens"], now["playing_now"]) == (0, [], True)


def test_listens_come_newest_first_and_are_25(listenbrainz: ListenBrainz) -> None:
    payload = got(listenbrainz, LISTENS)
    times = [listen["listened_at"] for listen in payload["listens"]]
    assert payload["count"] == len(times) == 25
    assert times == sorted(set(times), reverse=True)
    assert payload["latest_listen_ts"] == times[0]
    assert times[0] < NOW.timestamp()


@pytest.mark.parametrize(("asked", "sent"), [(0, 0), (1, 1), (50, 50), (1000, 1000), (5000, 1000)])
def test_so_many_listens_are_sent(listenbrainz: ListenBrainz, asked: int, sent: int) -> None:
    assert len(listens(listenbrainz, count=asked)) == sent


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"count": "-1"}, "'count' should be a non-negative integer"),
        ({"count": "ten"}, "'count' should be a non-negative integer"),
    ],
    ids=str,
)
def test_listens_refuse_what_makes_no_sense(
    listenbrainz: ListenBrainz, query: dict[str, str], message: str
) -> None:
    answer = get(listenbrainz, LISTENS, **query)
    assert answer.status_code == 400
    assert answer.json() == {"code": 400, "error": message}


def test_some_listens_are_not_mapped_and_some_covers_are_not_there(listenbrainz: ListenBrainz) -> None:
    mappings = [listen["track_metadata"].get("mbid_mapping") for listen in listens(listenbrainz, count=200)]
    mapped = [mapping for mapping in mappings if mapping]
    assert 0 < len(mapped) < len(mappings)
    assert all(mapping["recording_mbid"] for mapping in mapped)
    assert 0 < sum("caa_id" in mapping for mapping in mapped) < len(mapped)
    for mapping in mapped:
        assert [artist["artist_mbid"] for artist in mapping["artists"]] == mapping["artist_mbids"]


def test_clients_send_durations_in_different_ways(listenbrainz: ListenBrainz) -> None:
    sent = [listen["track_metadata"]["additional_info"] for listen in listens(listenbrainz, count=100)]
    kinds = {
        (name, type(info[name])) for info in sent for name in ("duration_ms", "duration") if name in info
    }
    assert kinds == {("duration_ms", int), ("duration_ms", str), ("duration", float)}


@pytest.mark.parametrize("path", EVERYTHING)
def test_before_the_first_listen_there_is_nothing(listenbrainz: ListenBrainz, path: str) -> None:
    listenbrainz.clock = lambda: datetime(2014, 3, 3, 9, tzinfo=UTC)
    answer = get(listenbrainz, path)
    if path == PLAYING:
        assert answer.status_code == 200
    elif path == LISTENS:
        assert answer.json()["payload"]["listens"] == []
    else:
        assert (answer.status_code, answer.content) == (204, b"")


def test_a_newcomer_has_no_complete_year_until_january(listenbrainz: ListenBrainz) -> None:
    listenbrainz.clock = lambda: datetime(2015, 11, 23, 12, tzinfo=UTC)
    path = f"/1/stats/user/{USER}/artists"
    assert get(listenbrainz, path, range="year").status_code == 204
    assert get(listenbrainz, path, range="half_yearly").status_code == 200
    assert get(listenbrainz, path, range="this_year").status_code == 200
    listenbrainz.clock = lambda: datetime(2016, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert get(listenbrainz, path, range="year").status_code == 200


SPANS = {
    "this_week": ("2026-11-16", "2026-11-23"),  # on a Monday it is still the week before
    "week": ("2026-11-16", "2026-11-23"),
    "this_month": ("2026-11-01", "2026-11-23"),
    "month": ("2026-10-01", "2026-11-01"),
    "quarter": ("2026-07-01", "2026-10-01"),
    "half_yearly": ("2026-01-01", "2026-07-01"),
    "this_year": ("2026-01-01", "2026-11-23"),
    "year": ("2025-01-01", "2026-01-01"),
    "all_time": ("2015-03-02", "2026-11-23"),
}


@pytest.mark.parametrize("name", RANGES)
def test_a_range_is_a_complete_period_or_the_current_one_until_today(
    listenbrainz: ListenBrainz, name: str
) -> None:
    payload = got(listenbrainz, f"/1/stats/user/{USER}/artists", range=name)
    days = [str(datetime.fromtimestamp(payload[end], UTC).date()) for end in ("from_ts", "to_ts")]
    assert tuple(days) == SPANS[name]
    assert payload["range"] == name
    assert payload["last_updated"] == NOW.replace(hour=0, minute=0, second=0).timestamp()


def test_in_the_middle_of_a_week_it_is_this_one(listenbrainz: ListenBrainz) -> None:
    listenbrainz.clock = lambda: NOW + timedelta(days=2)
    payload = got(listenbrainz, f"/1/stats/user/{USER}/artists", range="this_week")
    assert (payload["to_ts"] - payload["from_ts"]) == 2 * 86_400


def test_a_statistic_stays_the_same_for_a_day(listenbrainz: ListenBrainz) -> None:
    first = statistic(listenbrainz, "artists", range="this_month")
    listenbrainz.clock = lambda: NOW + timedelta(hours=11)
    assert statistic(listenbrainz, "artists", range="this_month") == first
    listenbrainz.clock = lambda: NOW + timedelta(days=8)
    assert statistic(listenbrainz, "artists", range="this_month") != first


@pytest.mark.parametrize("name", STATISTICS)
@pytest.mark.parametrize("span", RANGES)
def test_counts_fall_and_some_are_the_same(listenbrainz: ListenBrainz, name: str, span: str) -> None:
    counts = [entry["listen_count"] for entry in statistic(listenbrainz, name, range=span, count=50)]
    assert len(counts) == 50
    assert counts == sorted(counts, reverse=True)
    assert min(counts) >= 1
    assert len(set(counts)) < 50
    assert len(set(counts[:5])) == 5


@pytest.mark.parametrize(("name", "singular"), STATISTICS.items())
def test_pages_of_a_statistic_have_its_whole_length(
    listenbrainz: ListenBrainz, name: str, singular: str
) -> None:
    path = f"/1/stats/user/{USER}/{name}"
    whole = statistic(listenbrainz, name, count=1000)
    assert len(statistic(listenbrainz, name)) == 25
    page = got(listenbrainz, path, count=10)
    assert page[name] == whole[:10]
    assert (page["count"], page["offset"]) == (10, 0)
    assert page[f"total_{singular}_count"] == len(whole) > 50


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"range": "decade"}, "Invalid range: decade"),
        ({"count": "-1"}, "'count' should be a non-negative integer"),
    ],
    ids=str,
)
@pytest.mark.parametrize("name", STATISTICS)
def test_statistics_refuse_what_makes_no_sense(
    listenbrainz: ListenBrainz, name: str, query: dict[str, str], message: str
) -> None:
    answer = get(listenbrainz, f"/1/stats/user/{USER}/{name}", **query)
    assert answer.status_code == 400
    assert answer.json()["error"] == message


@pytest.mark.parametrize(("name", "singular"), STATISTICS.items())
def test_some_entries_are_not_known_to_musicbrainz(
    listenbrainz: ListenBrainz, name: str, singular: str
) -> None:
    ids = [entry[f"{singular}_mbid"] for entry in statistic(listenbrainz, name, count=1000)]
    assert 0 < sum(not id_ for id_ in ids) < len(ids) / 3
    known = [id_ for id_ in ids if id_]
    assert len(known) == len(set(known))


@pytest.mark.parametrize("path", [LISTENS, *EVERYTHING[2:]])
def test_two_runs_at_the_same_instant_answer_the_same(path: str) -> None:
    answers = []
    for _ in range(2):
        with ListenBrainz(clock=lambda: NOW) as service:
            answers.append(get(service, path).content)
    assert answers[0] == answers[1]


def a_cover(service: ListenBrainz, *, narrow: bool = False) -> tuple[str, int]:
    """Return the ids of a release with a picture, and of the picture."""
    release = next(
        each
        for each in statistic(service, "releases", count=1000)
        if each.get("caa_id") and is_narrow(each["release_name"]) == narrow
    )
    return release["caa_release_mbid"], release["caa_id"]


@pytest.mark.parametrize("size", [250, 500, 1200])
@pytest.mark.parametrize("form", ["{number}-{size}.jpg", "{number}-{size}", "front-{size}"])
def test_a_cover_is_two_redirects_away(listenbrainz: ListenBrainz, size: int, form: str) -> None:
    release, number = a_cover(listenbrainz)
    first = get(listenbrainz, f"/release/{release}/{form.format(number=number, size=size)}")
    assert first.status_code == 307
    at_archive = f"/download/mbid-{release}/mbid-{release}-{number}_thumb{size}.jpg"
    assert first.headers["Location"] == f"https://archive.org{at_archive}"
    second = get(listenbrainz, at_archive)
    assert second.status_code == 302
    place = urlsplit(second.headers["Location"])
    assert (place.scheme, place.hostname) == ("https", "ia800100.us.archive.org")
    last = get(listenbrainz, place.path)
    assert (last.status_code, last.headers["Content-Type"]) == (200, "image/jpeg")
    with Image.open(BytesIO(last.content)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (size, size))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/release/{unknown}/front-250", 404),
        ("/release/{unknown}/5-250.jpg", 404),
        ("/release/{release}/5-250.jpg", 404),
        ("/release/{upper}/front-250", 400),
        ("/release/x/front-250", 400),
        ("/download/mbid-{unknown}/mbid-{unknown}-5_thumb250.jpg", 404),
        ("/download/mbid-{release}/mbid-{release}-5_thumb250.jpg", 404),
        ("/download/mbid-{release}/mbid-{unknown}-{number}_thumb250.jpg", 404),
        ("/12/items/mbid-{release}/mbid-{release}-5_thumb250.jpg", 404),
        ("/12/items/cat", 404),
    ],
)
def test_other_pictures_are_not_there(listenbrainz: ListenBrainz, path: str, status: int) -> None:
    release, number = a_cover(listenbrainz)
    unknown = "0" * 8 + release[8:]
    ids = {"release": release, "number": number, "unknown": unknown, "upper": release.upper()}
    assert get(listenbrainz, path.format(**ids)).status_code == status


def test_some_covers_are_not_square(listenbrainz: ListenBrainz) -> None:
    release, number = a_cover(listenbrainz, narrow=True)
    answer = get(listenbrainz, f"/12/items/mbid-{release}/mbid-{release}-{number}_thumb250.jpg")
    with Image.open(BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (226, 250))


def test_a_release_without_a_picture_has_none(listenbrainz: ListenBrainz) -> None:
    releases = statistic(listenbrainz, "releases", count=1000)
    without = [each["release_mbid"] for each in releases if each["release_mbid"] and not each["caa_id"]]
    assert without
    assert {get(listenbrainz, f"/release/{id_}/front-250").status_code for id_ in without} == {404}


def test_it_needs_no_secret() -> None:
    with standins.STAND_INS["listenbrainz"](clock=lambda: NOW) as service:
        assert service.SOURCE == "{listenbrainz: samplelistener}"
        assert set(service.environment) == {"LISTENBRAINZ_API_URL", "COVERART_URL"}
