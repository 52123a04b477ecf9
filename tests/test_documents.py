from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from exporter.archive.history import History
from exporter.config.schema import (
    Config,
    NowPlayingSettings,
    PrivacySettings,
    RecentlyPlayedSettings,
    TopSettings,
)
from exporter.documents import compose
from exporter.errors import UnavailableError
from exporter.models import (
    NOTHING,
    AlbumRef,
    Artist,
    ArtistRef,
    Documents,
    Episode,
    Failed,
    Listening,
    NowPlaying,
    Play,
    ShowRef,
    TimeStyle,
    Track,
)

MONDAY = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
ENDED = datetime(2026, 11, 23, 10, 48, 59, tzinfo=UTC)

FAILED = Failed(UnavailableError("Spotify answered 503.", hint="Wait.", status=503))
EXACT = PrivacySettings(times="exact")


def track(
    name: str, *, explicit: bool | None = False, artist: str = "The Ferns", album: str = "Moss"
) -> Track:
    return Track(
        rank=None,
        movement=None,
        id=f"id-of-{name}",
        uri=f"spotify:track:id-of-{name}",
        url=None,
        name=name,
        artists=(
            ArtistRef(id="id-of-someone", name="Someone", url=None),
            ArtistRef(id=f"id-of-{artist}", name=artist, url=None),
        ),
        album=AlbumRef(id=f"id-of-{album}", name=album, url=None, release_date="2020"),
        duration_ms=200_000,
        explicit=explicit,
        image=None,
        images=(),
    )


def artist(name: str) -> Artist:
    return Artist(
        rank=None,
        movement=None,
        id=f"id-of-{name}",
        uri=f"spotify:artist:id-of-{name}",
        url=None,
        name=name,
        image=None,
        images=(),
    )


def episode(name: str, show: str = "Pond Talk") -> Episode:
    return Episode(
        rank=None,
        movement=None,
        id=f"id-of-{name}",
        uri=f"spotify:episode:id-of-{name}",
        url=None,
        name=name,
        show=ShowRef(id=f"id-of-{show}", name=show, url=None),
        release_date=None,
        duration_ms=None,
        explicit=False,
        image=None,
        images=(),
    )


def playing(item: Track | Episode) -> NowPlaying:
    return NowPlaying(
        is_playing=True, kind="track" if isinstance(item, Track) else "episode", item=item, played_at=None
    )


def plays(*items: Track, ended: datetime = ENDED) -> tuple[Play, ...]:
    return tuple(Play(played_at=ended - timedelta(minutes=5 * i), item=item) for i, item in enumerate(items))


def idle(*played: Track) -> Listening:
    return Listening(now_playing=NOTHING, recently_played=plays(*played))


def composed(
    listening: Listening,
    config: Config | None = None,
    *,
    before: Documents | None = None,
    history: History | None = None,
    now: datetime = MONDAY,
) -> Documents:
    return compose(before or Documents(), listening, history or History(), config or Config(), now)


def excluding(*words: str) -> Config:
    return Config(privacy=PrivacySettings(exclude=words))


def shown(documents: Documents) -> Track | Episode | None:
    assert documents.now_playing
    return documents.now_playing.item


def top(documents: Documents) -> list[tuple[int | None, str | None]]:
    assert documents.top_tracks
    return [(item.rank, item.name) for item in documents.top_tracks.time_ranges["short_term"]]


EVERYTHING = Listening(
    now_playing=playing(track("Rain")),
    recently_played=plays(track("Drizzle"), track("Hail")),
    top_artists={"short_term": (artist("The Ferns"),), "long_term": (artist("Lichen"),)},
    top_tracks={"short_term": (track("Rain"), track("Hail")), "medium_term": (track("Fog"),)},
)


def test_nothing_asked_makes_no_documents() -> None:
    assert composed(Listening()) == Documents()


def test_a_document_that_says_the_same_keeps_its_time() -> None:
    before = composed(EVERYTHING)
    assert before.now_playing
    assert before.now_playing.updated_at == MONDAY
    assert composed(EVERYTHING, before=before, now=TUESDAY) == before


def test_only_a_document_that_says_something_else_takes_the_new_time() -> None:
    before = composed(EVERYTHING)
    after = composed(replace(EVERYTHING, now_playing=playing(track("Snow"))), before=before, now=TUESDAY)
    assert after.now_playing
    assert (after.now_playing.updated_at, after.now_playing.item) == (TUESDAY, track("Snow"))
    assert after.recently_played == before.recently_played
    assert after.top_artists == before.top_artists
    assert after.top_tracks == before.top_tracks


def test_what_could_not_be_fetched_stays_as_it_was() -> None:
    before = composed(EVERYTHING)
    nothing_came = Listening(
        now_playing=FAILED,
        recently_played=FAILED,
        top_artists={"short_term": FAILED, "long_term": FAILED},
        top_tracks={"short_term": FAILED, "medium_term": FAILED},
    )
    assert composed(nothing_came, before=before, now=TUESDAY) == before


def test_one_time_range_that_fails_does_not_hold_up_the_others() -> None:
    before = composed(EVERYTHING)
    listening = Listening(top_tracks={"short_term": FAILED, "medium_term": (track("Sun"),)})
    after = composed(listening, before=before, now=TUESDAY)
    assert top(after) == [(1, "Rain"), (2, "Hail")]
    assert after.top_tracks
    assert [item.name for item in after.top_tracks.time_ranges["medium_term"]] == ["Sun"]
    assert after.top_tracks.updated_at == TUESDAY


def test_what_never_came_is_absent_rather_than_empty() -> None:
    documents = composed(
        Listening(now_playing=FAILED, recently_played=FAILED, top_artists={"short_term": FAILED})
    )
    assert documents == Documents()


def test_a_time_range_that_was_never_fetched_is_absent() -> None:
    documents = composed(EVERYTHING)
    assert documents.top_artists
    assert list(documents.top_artists.time_ranges) == ["short_term", "long_term"]


def test_a_list_that_came_empty_is_there_and_empty() -> None:
    documents = composed(Listening(recently_played=(), top_tracks={"short_term": ()}))
    assert documents.recently_played
    assert documents.recently_played.items == ()
    assert top(documents) == []


def test_what_is_switched_off_goes_away() -> None:
    off = Config(now_playing=None, recently_played=None, top_artists=None, top_tracks=None)
    assert composed(Listening(), off, before=composed(EVERYTHING)) == Documents()


def test_a_time_range_that_is_no_longer_wanted_goes_away() -> None:
    config = Config(top_artists=TopSettings(time_ranges=("long_term",)))
    documents = composed(Listening(), config, before=composed(EVERYTHING))
    assert documents.top_artists
    assert list(documents.top_artists.time_ranges) == ["long_term"]


def test_a_limit_crops_and_ranks_count_from_one() -> None:
    many = tuple(track(f"No. {i}") for i in range(50))
    config = Config(recently_played=RecentlyPlayedSettings(limit=3), top_tracks=TopSettings(limit=2))
    documents = composed(Listening(recently_played=plays(*many), top_tracks={"short_term": many}), config)
    assert top(documents) == [(1, "No. 0"), (2, "No. 1")]
    assert documents.recently_played
    assert [play.item.name for play in documents.recently_played.items] == ["No. 0", "No. 1", "No. 2"]


ODD_ONE = track("Straße", artist="Löwe", album="Über Land")


@pytest.mark.parametrize(
    "word",
    [
        "Straße",
        "STRASSE",
        "  straße ",
        "id-of-Straße",
        "spotify:track:id-of-Straße",
        "SPOTIFY:TRACK:ID-OF-STRASSE",
        "Löwe",
        "LÖWE",
        "id-of-Löwe",
        "spotify:artist:id-of-Löwe",
        "über land",
        "id-of-Über Land",
        "spotify:album:id-of-Über Land",
    ],
)
def test_an_excluded_name_id_or_uri_is_nowhere_and_ranks_close_up(word: str) -> None:
    listening = Listening(
        now_playing=playing(ODD_ONE),
        recently_played=plays(ODD_ONE, track("Hail"), ODD_ONE),
        top_tracks={"short_term": (track("Rain"), ODD_ONE, track("Hail"))},
    )
    documents = composed(listening, excluding("something else", word))
    assert top(documents) == [(1, "Rain"), (2, "Hail")]
    assert documents.recently_played
    assert [play.item.name for play in documents.recently_played.items] == ["Hail"]
    assert shown(documents) == track("Hail")


@pytest.mark.parametrize("word", ["Str", "Straßen", "spotify:track:", "", "spotify:album:id-of-Straße"])
def test_only_whole_names_are_excluded(word: str) -> None:
    documents = composed(Listening(top_tracks={"short_term": (ODD_ONE,)}), excluding(word))
    assert top(documents) == [(1, "Straße")]


@pytest.mark.parametrize("word", ["lichen", "id-of-Lichen", "spotify:artist:id-of-Lichen"])
def test_an_excluded_artist_is_not_among_the_artists(word: str) -> None:
    listening = Listening(top_artists={"short_term": (artist("Lichen"), artist("The Ferns"))})
    documents = composed(listening, excluding(word))
    assert documents.top_artists
    ranks = [(item.rank, item.name) for item in documents.top_artists.time_ranges["short_term"]]
    assert ranks == [(1, "The Ferns")]


@pytest.mark.parametrize("word", ["Frogs", "pond talk", "id-of-Pond Talk", "spotify:show:id-of-Pond Talk"])
def test_an_excluded_show_or_episode_counts_as_idle(word: str) -> None:
    listening = Listening(now_playing=playing(episode("Frogs")), recently_played=())
    documents = composed(listening, excluding(word))
    assert documents.now_playing
    assert documents.now_playing.kind == "nothing"
    assert shown(documents) is None


def test_what_is_excluded_later_leaves_the_lists_from_before() -> None:
    after = composed(Listening(), excluding("rain", "drizzle"), before=composed(EVERYTHING), now=TUESDAY)
    assert top(after) == [(1, "Hail")]
    assert shown(after) == track("Hail")
    assert after.recently_played
    assert [play.item.name for play in after.recently_played.items] == ["Hail"]


def test_explicit_tracks_can_be_hidden() -> None:
    rude, unknown = track("Mud", explicit=True), track("Silt", explicit=None)
    listening = Listening(
        now_playing=playing(rude),
        recently_played=plays(rude, unknown),
        top_tracks={"short_term": (rude, unknown)},
    )
    assert top(composed(listening)) == [(1, "Mud"), (2, "Silt")]
    hiding = composed(listening, Config(privacy=PrivacySettings(hide_explicit=True)))
    assert top(hiding) == [(1, "Silt")]
    assert shown(hiding) == unknown


def test_an_episode_is_shown_unless_episodes_are_not_wanted() -> None:
    listening = Listening(now_playing=playing(episode("Frogs")), recently_played=plays(track("Hail")))
    assert shown(composed(listening)) == episode("Frogs")
    without = Config(now_playing=NowPlayingSettings(episodes=False))
    assert shown(composed(listening, without)) == track("Hail")


def test_while_idle_the_last_play_is_shown_with_its_time() -> None:
    documents = composed(idle(track("Drizzle"), track("Hail")), Config(privacy=EXACT))
    assert documents.now_playing
    assert not documents.now_playing.is_playing
    assert documents.now_playing.kind == "track"
    assert documents.now_playing.item == track("Drizzle")
    assert documents.now_playing.played_at == ENDED


def test_while_idle_nothing_is_shown_if_so_wished() -> None:
    documents = composed(idle(track("Drizzle")), Config(now_playing=NowPlayingSettings(when_idle="nothing")))
    assert documents.now_playing
    assert (documents.now_playing.kind, documents.now_playing.item) == ("nothing", None)
    assert documents.now_playing.played_at is None


def test_while_idle_nothing_is_shown_when_plays_are_switched_off() -> None:
    documents = composed(Listening(now_playing=NOTHING), Config(recently_played=None))
    assert documents.now_playing
    assert documents.now_playing.kind == "nothing"
    assert documents.recently_played is None


@pytest.mark.parametrize(
    "config",
    [Config(now_playing=NowPlayingSettings(when_idle="nothing")), Config(recently_played=None)],
    ids=["when_idle: nothing", "recently_played: false"],
)
def test_a_last_play_kept_from_before_goes_when_it_is_no_longer_wanted(config: Config) -> None:
    before = composed(idle(track("Drizzle")))
    assert shown(before) == track("Drizzle")
    after = composed(Listening(now_playing=FAILED), config, before=before, now=TUESDAY)
    assert after.now_playing
    assert after.now_playing.kind == "nothing"
    assert after.now_playing.played_at is None
    assert shown(after) is None


@pytest.mark.parametrize("kind", ["ad", "unknown"])
def test_an_advertisement_is_no_idleness(kind: Literal["ad", "unknown"]) -> None:
    ad = NowPlaying(is_playing=True, kind=kind, item=None, played_at=None)
    documents = composed(Listening(now_playing=ad, recently_played=plays(track("Hail"))))
    assert documents.now_playing
    assert (documents.now_playing.kind, documents.now_playing.item) == (kind, None)


def test_a_paused_track_stays_shown() -> None:
    paused = replace(playing(track("Rain")), is_playing=False)
    documents = composed(Listening(now_playing=paused, recently_played=plays(track("Hail"))))
    assert shown(documents) == track("Rain")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("zone", "precision", "instant", "expected"),
    [
        ("Asia/Kolkata", "exact", "2026-11-23T10:48:59Z", "2026-11-23T10:48:59Z"),
        ("Asia/Kolkata", "hour", "2026-11-23T10:48:59Z", "2026-11-23T10:30:00Z"),
        ("Asia/Kolkata", "day", "2026-11-23T10:48:59Z", "2026-11-22T18:30:00Z"),
        ("Asia/Kolkata", "day", "2026-11-23T18:29:59Z", "2026-11-22T18:30:00Z"),
        ("Asia/Kolkata", "day", "2026-11-23T18:30:00Z", "2026-11-23T18:30:00Z"),
        ("UTC", "hour", "2026-11-23T10:48:59Z", "2026-11-23T10:00:00Z"),
        # Berlin's 02:30 comes twice on 25 October, and never on 29 March.
        ("Europe/Berlin", "hour", "2026-10-25T00:30:00Z", "2026-10-25T00:00:00Z"),
        ("Europe/Berlin", "hour", "2026-10-25T01:30:00Z", "2026-10-25T01:00:00Z"),
        ("Europe/Berlin", "day", "2026-10-25T21:00:00Z", "2026-10-24T22:00:00Z"),
        ("Europe/Berlin", "day", "2026-10-25T23:00:00Z", "2026-10-25T23:00:00Z"),
        ("Europe/Berlin", "hour", "2026-03-29T01:15:00Z", "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", "day", "2026-03-29T20:00:00Z", "2026-03-28T23:00:00Z"),
        # Havana's day begins at 01:00 on 8 March, and 00:30 comes twice on 1 November.
        ("America/Havana", "day", "2026-03-08T15:00:00Z", "2026-03-08T05:00:00Z"),
        ("America/Havana", "day", "2026-11-01T05:30:00Z", "2026-11-01T04:00:00Z"),
    ],
)
def test_times_are_rounded_down_where_the_listener_lives(
    zone: str, precision: Literal["exact", "hour", "day"], instant: str, expected: str
) -> None:
    config = Config(timezone=zone, privacy=PrivacySettings(times=precision))
    listening = Listening(now_playing=NOTHING, recently_played=plays(track("Hail"), ended=at(instant)))
    documents = composed(listening, config)
    assert documents.recently_played
    assert documents.now_playing
    assert documents.recently_played.items[0].played_at == at(expected)
    assert documents.now_playing.played_at == at(expected)


def test_the_time_of_the_run_stays_exact() -> None:
    documents = composed(EVERYTHING, Config(privacy=PrivacySettings(times="day")))
    assert documents.recently_played
    assert documents.recently_played.updated_at == MONDAY


def test_times_kept_from_before_become_coarser_when_so_wished() -> None:
    before = composed(idle(track("Drizzle")), Config(privacy=EXACT))
    unfetched = Listening(now_playing=FAILED, recently_played=FAILED)
    after = composed(unfetched, Config(privacy=PrivacySettings(times="day")), before=before)
    assert after.now_playing
    assert after.recently_played
    assert after.now_playing.played_at == at("2026-11-23T00:00:00Z")
    assert after.recently_played.items[0].played_at == at("2026-11-23T00:00:00Z")


@given(
    instant=st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    zone=st.sampled_from(
        [
            "UTC",
            "Asia/Kolkata",
            "Asia/Kathmandu",
            "Europe/Berlin",
            "America/Havana",
            "America/Sao_Paulo",
            "Africa/Cairo",
            "Asia/Beirut",
            "Australia/Lord_Howe",
            "Pacific/Apia",
        ]
    ),
    precision=st.sampled_from(["exact", "hour", "day"]),
)
def test_rounding_never_goes_forward_and_twice_changes_nothing(
    instant: datetime, zone: str, precision: Literal["exact", "hour", "day"]
) -> None:
    style = TimeStyle(timezone=zone, precision=precision)
    once = style.round_down(instant)
    assert once <= instant
    assert instant - once <= timedelta(hours=25)
    assert style.round_down(once) == once


@pytest.mark.parametrize("word", ["Beyonc\u00e9", "Beyonce\u0301", " BEYONC\u00c9 "])
@pytest.mark.parametrize("name", ["Beyonc\u00e9", "Beyonce\u0301 "])
def test_an_accent_may_be_written_either_way(word: str, name: str) -> None:
    assert shown(composed(idle(track(name)), excluding(word))) is None
