from datetime import datetime, timedelta
from itertools import chain, pairwise
from typing import Any

import pytest
from conftest import NOW
from hypothesis import given
from hypothesis import strategies as st

from exporter.demo.catalogue import PERFORMERS, PODCASTS, TROUBLEMAKERS, Performer, Podcast, spotify_id
from exporter.demo.listener import SONGS, Song, last_plays, performers_of_weeks, playing, songs_of_weeks
from exporter.demo.spotify.service import WEEKS

TEXTS = [
    *(text for performer in PERFORMERS for text in (performer.name, performer.album, *performer.titles)),
    *(text for podcast in PODCASTS for text in (podcast.name, *podcast.titles)),
]

FORTNIGHT = [NOW + timedelta(minutes=48 * n) for n in range(14 * 30)]


def top_ten(instant: datetime) -> list[str]:
    return [performer.name for performer in performers_of_weeks(instant, 4)[:10]]


def shown(heard: Song | Podcast | Performer) -> list[str]:
    """List the names that are shown of what was heard."""
    match heard:
        case Song():
            guest = [heard.guest.name] if heard.guest else []
            return [heard.title, heard.performer.name, heard.performer.album, *guest]
        case Podcast():
            return [heard.name, *heard.titles]
        case Performer():
            return [heard.name]


@given(st.timedeltas(timedelta(0), timedelta(days=366)))
def test_what_is_seen_first_pleases_at_any_hour_of_a_year(later: timedelta) -> None:
    instant = NOW + later
    tops = [
        rank(instant, weeks)[:5] for rank in (performers_of_weeks, songs_of_weeks) for weeks in WEEKS.values()
    ]
    seen: list[Any] = [playing(instant), last_plays(instant, 1)[0].song, *chain.from_iterable(tops)]
    names = {name for heard in seen if heard for name in shown(heard)}
    assert not names & {name for each in TROUBLEMAKERS for name in (each.name, *each.titles)}
    for name in names:
        assert 1 < len(name) <= 40
        assert all(character < "\u0180" or character == "\u2019" for character in name)  # Latin letters
        assert not set(name) & set('<>|[](){}*_~`@#$\\"\n\t')


@pytest.mark.parametrize("weeks", WEEKS.values())
def test_the_same_instant_has_the_same_favourites(weeks: int) -> None:
    later = NOW + timedelta(weeks=10)
    artists, songs = performers_of_weeks(NOW, weeks), songs_of_weeks(NOW, weeks)
    assert performers_of_weeks(later, weeks) != artists
    assert performers_of_weeks(NOW, weeks) == artists
    assert songs_of_weeks(NOW, weeks) == songs


def test_the_same_instant_has_the_same_plays() -> None:
    plays = last_plays(NOW, 50)
    assert last_plays(NOW + timedelta(days=3), 50) != plays
    assert last_plays(NOW, 50) == plays
    assert playing(NOW) == playing(NOW)


def test_favourites_rank_everybody_once() -> None:
    assert sorted(p.name for p in performers_of_weeks(NOW, 52)) == sorted(p.name for p in PERFORMERS)
    assert sorted(song.title for song in songs_of_weeks(NOW, 52)) == sorted(s.title for s in SONGS)


def test_ids_are_22_letters_and_digits_and_each_its_own() -> None:
    ids = [
        *(spotify_id("artist", performer.name) for performer in PERFORMERS),
        *(spotify_id("album", performer.album) for performer in PERFORMERS),
        *(spotify_id("track", song.title) for song in SONGS),
        *(spotify_id("show", podcast.name) for podcast in PODCASTS),
        *(spotify_id("episode", title) for podcast in PODCASTS for title in podcast.titles),
    ]
    assert all(len(id_) == 22 and id_.isascii() and id_.isalnum() for id_ in ids)
    assert len(set(ids)) == len(ids)


def test_there_is_enough_music_to_fill_a_page_of_50() -> None:
    assert len({performer.name for performer in PERFORMERS}) >= 50
    assert len({(song.performer.name, song.title) for song in SONGS}) >= 50


@pytest.mark.parametrize(
    "hostile",
    [
        "|",
        "](",
        "<img",
        "-->",
        '"',
        "'",
        "`",
        "&",
        "$&",
        "\\1",
        "@",
        "\n",
        "\t",
        "\x1b",
        "\u202e",
        "::",
        "{{",
    ],
    ids=ascii,
)
def test_the_music_has_names_that_break_things(hostile: str) -> None:
    assert any(hostile in text for text in TEXTS)


@pytest.mark.parametrize(
    ("first", "last"),
    [("\u4e00", "\u9fff"), ("\u3040", "\u30ff"), ("\uac00", "\ud7a3"), ("\u0600", "\u06ff"), ("🌀", "🧿")],
    ids=["Han", "kana", "Hangul", "Arabic", "emoji"],
)
def test_the_music_is_named_in_many_scripts(first: str, last: str) -> None:
    assert any(first <= character <= last for text in TEXTS for character in text)


def test_a_title_is_at_least_300_characters_long() -> None:
    assert max(len(song.title) for song in SONGS) >= 300


def test_taste_drifts_from_week_to_week_but_not_much() -> None:
    weeks = [top_ten(NOW + timedelta(weeks=week)) for week in range(8)]
    assert all(one != next_ for one, next_ in pairwise(weeks))
    assert all(len(set(one) & set(next_)) > 5 for one, next_ in pairwise(weeks))
    assert set(weeks[0]) != set(weeks[-1])


def test_plays_ended_before_the_instant_newest_first() -> None:
    for instant in FORTNIGHT[::20]:
        ends = [play.ended for play in last_plays(instant, 50)]
        assert len(ends) == 50
        assert ends[0] <= instant
        assert ends == sorted(set(ends), reverse=True)


def test_what_played_is_in_the_plays_afterwards() -> None:
    song = playing(NOW)
    assert isinstance(song, Song)
    assert last_plays(NOW + timedelta(minutes=4), 1)[0].song == song


def test_by_night_nothing_plays() -> None:
    assert all(playing(NOW.replace(hour=hour)) is None for hour in (23, 0, 1, 2, 3, 4, 5))


def test_by_day_there_are_songs_podcasts_and_silence() -> None:
    assert {type(playing(instant)).__name__ for instant in FORTNIGHT if 6 <= instant.hour < 23} == {
        "Song",
        "Podcast",
        "NoneType",
    }
