from datetime import datetime
from typing import Literal

import pytest
from listened import (
    ENDED,
    EVERYTHING,
    EXACT,
    FAILED,
    MONDAY,
    TUESDAY,
    composed,
    episode,
    everything,
    heard,
    idle,
    playing,
    plays,
    shown,
    top,
    track,
)
from msgspec.structs import replace

from exporter.config.schema import (
    Config,
    NowPlayingSettings,
    PrivacySettings,
    RecentlyPlayedSettings,
    TopSettings,
)
from exporter.models import NOTHING, Listening, NowPlaying
from exporter.records import Documents


def test_nothing_asked_makes_no_documents() -> None:
    assert composed(Listening()) == Documents()


def test_a_document_that_says_the_same_keeps_its_time() -> None:
    before = composed(EVERYTHING)
    assert before.now_playing
    assert before.now_playing.updated_at == MONDAY
    assert composed(EVERYTHING, before=before, now=TUESDAY) == before


def test_only_a_document_that_says_something_else_takes_the_new_time() -> None:
    before = composed(EVERYTHING)
    after = composed(everything(playing_now="Snow"), before=before, now=TUESDAY)
    assert after.now_playing
    assert (after.now_playing.updated_at, after.now_playing.item) == (TUESDAY, track("Snow"))
    assert after.recently_played == before.recently_played
    assert after.top_artists == before.top_artists
    assert after.top_tracks == before.top_tracks


def test_what_could_not_be_fetched_stays_as_it_was() -> None:
    before = composed(EVERYTHING)
    nothing_came = heard(
        now_playing=FAILED,
        recently_played=FAILED,
        top_artists={"short_term": FAILED, "long_term": FAILED},
        top_tracks={"short_term": FAILED, "medium_term": FAILED},
    )
    assert composed(nothing_came, before=before, now=TUESDAY) == before


def test_one_time_range_that_fails_does_not_hold_up_the_others() -> None:
    before = composed(EVERYTHING)
    listening = heard(top_tracks={"short_term": FAILED, "medium_term": (track("Sun"),)})
    after = composed(listening, before=before, now=TUESDAY)
    assert top(after) == [(1, "Rain"), (2, "Hail")]
    assert after.top_tracks
    assert [item.name for item in after.top_tracks.time_ranges["medium_term"]] == ["Sun"]
    assert after.top_tracks.updated_at == TUESDAY


def test_what_never_came_is_absent_rather_than_empty() -> None:
    documents = composed(
        heard(now_playing=FAILED, recently_played=FAILED, top_artists={"short_term": FAILED})
    )
    assert documents == Documents()


def test_a_time_range_that_was_never_fetched_is_absent() -> None:
    documents = composed(EVERYTHING)
    assert documents.top_artists
    assert list(documents.top_artists.time_ranges) == ["short_term", "long_term"]


def test_a_list_that_came_empty_is_there_and_empty() -> None:
    documents = composed(heard(recently_played=(), top_tracks={"short_term": ()}))
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
    documents = composed(heard(recently_played=plays(*many), top_tracks={"short_term": many}), config)
    assert top(documents) == [(1, "No. 0"), (2, "No. 1")]
    assert documents.recently_played
    assert [play.item.name for play in documents.recently_played.items] == ["No. 0", "No. 1", "No. 2"]


def test_an_episode_is_shown_unless_episodes_are_not_wanted() -> None:
    listening = heard(now_playing=playing(episode("Frogs")), recently_played=plays(track("Hail")))
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
    documents = composed(heard(now_playing=NOTHING), Config(recently_played=None))
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
    after = composed(heard(now_playing=FAILED), config, before=before, now=TUESDAY)
    assert after.now_playing
    assert after.now_playing.kind == "nothing"
    assert after.now_playing.played_at is None
    assert shown(after) is None


@pytest.mark.parametrize("kind", ["ad", "unknown"])
def test_an_advertisement_is_no_idleness(kind: Literal["ad", "unknown"]) -> None:
    ad = NowPlaying(is_playing=True, kind=kind, item=None, played_at=None)
    documents = composed(heard(now_playing=ad, recently_played=plays(track("Hail"))))
    assert documents.now_playing
    assert (documents.now_playing.kind, documents.now_playing.item) == (kind, None)


def test_a_paused_track_stays_shown() -> None:
    paused = replace(playing(track("Rain")), is_playing=False)
    documents = composed(heard(now_playing=paused, recently_played=plays(track("Hail"))))
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
    listening = heard(now_playing=NOTHING, recently_played=plays(track("Hail"), ended=at(instant)))
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
    unfetched = heard(now_playing=FAILED, recently_played=FAILED)
    after = composed(unfetched, Config(privacy=PrivacySettings(times="day")), before=before)
    assert after.now_playing
    assert after.recently_played
    assert after.now_playing.played_at == at("2026-11-23T00:00:00Z")
    assert after.recently_played.items[0].played_at == at("2026-11-23T00:00:00Z")
