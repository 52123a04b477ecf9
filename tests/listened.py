"""Builders of models and documents for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from exporter.archive.history import History
from exporter.config.schema import Config, PrivacySettings
from exporter.documents import compose, dated
from exporter.errors import UnavailableError
from exporter.models import (
    NOTHING,
    AlbumRef,
    Artist,
    Episode,
    Failed,
    FromPlaylist,
    Listening,
    NowPlaying,
    Play,
    Query,
    Ref,
    TimeRange,
    Track,
)
from exporter.privacy import hides, rounded, without_hidden
from exporter.records import Documents

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
            Ref(id="id-of-someone", name="Someone", url=None),
            Ref(id=f"id-of-{artist}", name=artist, url=None),
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
        show=Ref(id=f"id-of-{show}", name=show, url=None),
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


def heard(
    *,
    now_playing: NowPlaying | FromPlaylist | Failed | None = None,
    recently_played: tuple[Play | FromPlaylist, ...] | Failed | None = None,
    top_artists: dict[TimeRange, Any] | None = None,
    top_tracks: dict[TimeRange, Any] | None = None,
) -> Listening:
    """Build what a run fetched; None was not asked for."""
    answers: dict[Query, Any] = {
        Query("now_playing"): now_playing,
        Query("recently_played"): recently_played,
        **{Query("top_artists", span): items for span, items in (top_artists or {}).items()},
        **{Query("top_tracks", span): items for span, items in (top_tracks or {}).items()},
    }
    return Listening({query: answer for query, answer in answers.items() if answer is not None})


def idle(*played: Track) -> Listening:
    return heard(now_playing=NOTHING, recently_played=plays(*played))


def composed(
    listening: Listening,
    config: Config | None = None,
    *,
    before: Documents | None = None,
    history: History | None = None,
    now: datetime = MONDAY,
) -> Documents:
    """Bring documents up to date as a run does: without what is hidden, rounded and dated."""
    config, before = config or Config(), before or Documents()
    hidden = hides(config.privacy, before, listening)
    old, new = without_hidden(before, hidden), without_hidden(listening, hidden)
    return dated(rounded(compose(old, new, history or History(), config, now), config.time_style), before)


def excluding(*words: str) -> Config:
    return Config(privacy=PrivacySettings(exclude=words))


def shown(documents: Documents) -> Track | Episode | None:
    assert documents.now_playing
    return documents.now_playing.item


def top(documents: Documents) -> list[tuple[int | None, str | None]]:
    assert documents.top_tracks
    return [(item.rank, item.name) for item in documents.top_tracks.time_ranges["short_term"]]


def everything(*, playing_now: str = "Rain") -> Listening:
    return heard(
        now_playing=playing(track(playing_now)),
        recently_played=plays(track("Drizzle"), track("Hail")),
        top_artists={"short_term": (artist("The Ferns"),), "long_term": (artist("Lichen"),)},
        top_tracks={"short_term": (track("Rain"), track("Hail")), "medium_term": (track("Fog"),)},
    )


EVERYTHING = everything()
