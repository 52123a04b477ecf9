"""The sample listener: what they like, play and played; always the same for the same instant."""

import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from itertools import count as countdown
from itertools import islice
from typing import TypeVar

from msgspec import Struct

from exporter.demo.catalogue import (
    PERFORMERS,
    PLAYLISTS,
    PODCASTS,
    TROUBLEMAKERS,
    Performer,
    Podcast,
    number,
)

SLOT = timedelta(minutes=4)
"""The listener plays one track, or none, in each slot of time."""

SLOTS_A_WEEK = timedelta(weeks=1) // SLOT
SLOTS_A_SESSION = 12
"""The listener makes up their mind every 48 minutes."""

FIRST_LOOK = 5
"""How many places of a list are seen first: what has these is easy to read."""

_EASY_TO_READ = re.compile("[A-Za-zÀ-ž0-9][A-Za-zÀ-ž0-9 .,\u2019'&!?-]{1,39}")

_LESS_LIKED = {performer.name for performer in TROUBLEMAKERS}


class Song(Struct, frozen=True):
    """A performer's track, with or without a guest."""

    performer: Performer
    title: str
    guest: Performer | None

    @property
    def duration_ms(self) -> int:
        """How long it is."""
        return 150_000 + 1000 * (sum(self.title.encode()) % 150)

    @property
    def credit(self) -> str:
        """Its performers in one text, as scrobblers send them."""
        return f"{self.performer.name} feat. {self.guest.name}" if self.guest else self.performer.name


Liked = TypeVar("Liked", Performer, Song)


class Listened(Struct, frozen=True):
    """A song that was played, when it ended, and the playlist that it was played from, if any."""

    song: Song
    ended: datetime
    playlist: str | None

    @property
    def started(self) -> int:
        """When it started, in seconds of Unix time."""
        return int(self.ended.timestamp()) - self.song.duration_ms // 1000


def performers_of_weeks(instant: datetime, weeks: int) -> list[Performer]:
    """Rank all performers by how much the listener liked them in the last weeks."""
    week = _week(instant)
    return _ranked(PERFORMERS, lambda performer: _liking(performer.name, week, weeks))


def songs_of_weeks(instant: datetime, weeks: int) -> list[Song]:
    """Rank all songs by how much the listener liked them in the last weeks."""
    week = _week(instant)
    return _ranked(
        SONGS,
        lambda song: _liking(song.performer.name, week, weeks) + 0.8 * _liking(song.title, week, weeks),
    )


def albums_of_weeks(instant: datetime, weeks: int) -> list[Performer]:
    """Rank all performers by how much the listener liked their albums in the last weeks."""
    week = _week(instant)
    return _ranked(
        PERFORMERS,
        lambda performer: _liking(performer.name, week, weeks) + 0.5 * _liking(performer.album, week, weeks),
        lambda performer: _is_easy_to_read(performer) and bool(_EASY_TO_READ.fullmatch(performer.album)),
    )


def play_counts(instant: datetime, weeks: int, most: int, length: int) -> list[int]:
    """Count the plays of a list's entries, which fall with rank; `most` is the number a week of the first.

    Only the entries that are seen first are all played more often than the next.
    """
    week = _week(instant)
    varied = [0.9 + number("plays", f"{week}:{rank}") % 1000 / 5000 for rank in range(length)]
    falling = (weeks * most * each / (1 + 0.15 * rank) for rank, each in enumerate(varied))
    counts = sorted((max(1, round(count)) for count in falling), reverse=True)
    return [count + max(0, FIRST_LOOK - rank) for rank, count in enumerate(counts)]


def _ranked(
    all_: Iterable[Liked], liking: Callable[[Liked], float], is_easy: Callable[[Liked], bool] | None = None
) -> list[Liked]:
    """Rank by liking, except that what is hard to read comes after the first look."""
    ranked = sorted(all_, key=liking, reverse=True)
    first = list(islice(filter(is_easy or _is_easy_to_read, ranked), FIRST_LOOK))
    return first + [each for each in ranked if each not in first]


@cache
def _is_easy_to_read(liked: Performer | Song) -> bool:
    """Whether its names are short and in Latin letters, and nobody in it makes trouble."""
    if isinstance(liked, Performer):
        return liked not in TROUBLEMAKERS and bool(_EASY_TO_READ.fullmatch(liked.name))
    texts = (liked.title, liked.performer.album)
    performers = filter(None, (liked.performer, liked.guest))
    return all(map(_EASY_TO_READ.fullmatch, texts)) and all(map(_is_easy_to_read, performers))


def playing(instant: datetime) -> Song | Podcast | None:
    """Return what plays at an instant: mostly a song, now and then a podcast, nothing at night.

    It is easy to read, because it is what people see first.
    """
    return _in_slot(_slot(instant))


def playlist(instant: datetime) -> str | None:
    """Return the playlist that the songs at an instant are played from; None if they are not from one."""
    return _playlist(_slot(instant))


def last_plays(before: datetime, count: int) -> list[Listened]:
    """List the songs that ended last before an instant, newest first."""
    plays = (
        Listened(
            song, _start(slot + 1) - timedelta(milliseconds=number("gap", slot) % 30_000), _playlist(slot)
        )
        for slot in countdown(_slot(before) - 1, -1)
        if isinstance(song := _in_slot(slot), Song)
    )
    return list(islice(plays, count))


def _slot(instant: datetime) -> int:
    return int(instant.timestamp() // SLOT.total_seconds())


def _week(instant: datetime) -> int:
    return _slot(instant) // SLOTS_A_WEEK


def _start(slot: int) -> datetime:
    return datetime.fromtimestamp(slot * SLOT.total_seconds(), UTC)


def _in_slot(slot: int) -> Song | Podcast | None:
    session = slot // SLOTS_A_SESSION
    if not 6 <= _start(slot).hour < 23 or number("session", session) % 3 == 0:
        return None
    if number("podcast", session) % 9 == 0:
        return PODCASTS[number("show", session) % len(PODCASTS)]
    favourites = _favourites(slot // SLOTS_A_WEEK)
    place = min(number("one", slot) % 60, number("two", slot) % 60)
    return next(song for song in favourites[place:] if _is_easy_to_read(song))


def _playlist(slot: int) -> str | None:
    choices = (*PLAYLISTS, None)
    return choices[number("playlist", slot // SLOTS_A_SESSION) % len(choices)]


@cache
def _favourites(week: int) -> list[Song]:
    return songs_of_weeks(_start(week * SLOTS_A_WEEK), 4)


@lru_cache(maxsize=2000)  # all that the lists of a week need
def _liking(name: str, week: int, weeks: int) -> float:
    return sum(_liking_in_week(name, week - back) for back in range(weeks)) / weeks


@cache
def _liking_in_week(name: str, week: int) -> float:
    """Add up a lasting taste, a seasonal swing, and the week's mood."""
    taste = number("taste", name) % 1000 / 1000 - (0.3 if name in _LESS_LIKED else 0)
    phase = number("phase", name) % 1000 / 1000
    period = 9 + number("period", name) % 30
    swing = math.sin(2 * math.pi * (week / period + phase))
    mood = number("mood", f"{name}:{week}") % 1000 / 1000
    return taste + 0.6 * swing + 0.25 * mood


def _song(performer: Performer, title: str) -> Song:
    has_guest = number("has guest", title) % 6 == 0
    guest = PERFORMERS[number("guest", title) % len(PERFORMERS)]
    return Song(performer, title, guest if has_guest and guest != performer else None)


SONGS = tuple(_song(performer, title) for performer in PERFORMERS for title in performer.titles)
