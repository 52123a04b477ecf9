"""Pure: the documents from before, what a run learned, and what the archive tells → the documents now.

What was not fetched stays as it was; `updated_at` moves only when the content does.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from msgspec.structs import asdict, replace

from exporter.archive.chart import movement, positions
from exporter.archive.history import History
from exporter.config.schema import Config, NowPlayingSettings, TopSettings
from exporter.models import (
    NOTHING,
    ArchivedArtist,
    ArchivedTrack,
    Artist,
    ChartDocument,
    Documents,
    Failed,
    Listening,
    NowPlaying,
    NowPlayingDocument,
    Play,
    RecentlyPlayedDocument,
    TimeRange,
    TopArtistsDocument,
    TopTracksDocument,
    Track,
)
from exporter.privacy import Hides, hides, ranked

R = TypeVar("R", Artist, Track)
D = TypeVar(
    "D", NowPlayingDocument, RecentlyPlayedDocument, TopArtistsDocument, TopTracksDocument, ChartDocument
)


def compose(
    before: Documents, listening: Listening, history: History, config: Config, now: datetime
) -> Documents:
    """Bring the documents up to date, holding only what the settings let be seen."""
    hidden = hides(config.privacy)
    plays = _plays(before.recently_played, listening, config, hidden)
    playing = _now_playing(before.now_playing, listening, config, hidden, plays)
    artists = _top(
        before.top_artists.time_ranges if before.top_artists else {},
        listening.top_artists,
        history.before.artists if history.before else {},
        config.top_artists,
        hidden,
    )
    tracks = _top(
        before.top_tracks.time_ranges if before.top_tracks else {},
        listening.top_tracks,
        history.before.tracks if history.before else {},
        config.top_tracks,
        hidden,
    )
    return Documents(
        now_playing=_dated(
            before.now_playing,
            NowPlayingDocument(schema_version=1, updated_at=now, **asdict(playing)) if playing else None,
        ),
        recently_played=_dated(
            before.recently_played,
            RecentlyPlayedDocument(
                schema_version=1, updated_at=now, items=plays[: config.recently_played.limit]
            )
            if config.recently_played and plays is not None
            else None,
        ),
        top_artists=_dated(
            before.top_artists,
            TopArtistsDocument(schema_version=1, updated_at=now, time_ranges=artists) if artists else None,
        ),
        top_tracks=_dated(
            before.top_tracks,
            TopTracksDocument(schema_version=1, updated_at=now, time_ranges=tracks) if tracks else None,
        ),
        chart=_dated(before.chart, history.chart),
    )


def _dated(before: D | None, current: D | None) -> D | None:
    """Leave the document from before as it is when nothing but the time would change."""
    if before and current and replace(current, updated_at=before.updated_at) == before:
        return before
    return current


def _plays(
    before: RecentlyPlayedDocument | None, listening: Listening, config: Config, hidden: Hides
) -> tuple[Play, ...] | None:
    plays = listening.recently_played
    if plays is None or isinstance(plays, Failed):
        plays = before.items if before and config.recently_played else None
    return plays and tuple(
        replace(play, played_at=config.time_style.round_down(play.played_at))
        for play in plays
        if not hidden(play.item)
    )


def _now_playing(
    before: NowPlayingDocument | None,
    listening: Listening,
    config: Config,
    hidden: Hides,
    plays: tuple[Play, ...] | None,
) -> NowPlaying | None:
    """Tell what is playing; while nothing is, or nothing that may be seen, what played last."""
    settings = config.now_playing
    playing = listening.now_playing
    if playing is None or isinstance(playing, Failed):
        playing = before and _without_document(before)
    if settings is None or playing is None:
        return None
    shows_last = settings.when_idle == "last_played" and config.recently_played is not None
    if _is_hidden(playing, settings, hidden) or (playing.played_at and not shows_last):
        playing = NOTHING
    if playing.kind == "nothing" and shows_last and plays:
        return NowPlaying(is_playing=False, kind="track", item=plays[0].item, played_at=plays[0].played_at)
    if playing.played_at:
        return replace(playing, played_at=config.time_style.round_down(playing.played_at))
    return playing


def _without_document(document: NowPlayingDocument) -> NowPlaying:
    return NowPlaying(
        is_playing=document.is_playing,
        kind=document.kind,
        item=document.item,
        played_at=document.played_at,
    )


def _is_hidden(playing: NowPlaying, settings: NowPlayingSettings, hidden: Hides) -> bool:
    if playing.kind == "episode" and not settings.episodes:
        return True
    return playing.item is not None and hidden(playing.item)


def _top(
    before: Mapping[TimeRange, tuple[R, ...]],
    fetched: Mapping[TimeRange, tuple[R, ...] | Failed],
    week_before: Mapping[TimeRange, Sequence[ArchivedArtist] | Sequence[ArchivedTrack]],
    settings: TopSettings | None,
    hidden: Hides,
) -> dict[TimeRange, tuple[R, ...]]:
    """Rank what was fetched; a time range that was not keeps the list from before, if there is one."""
    lists: dict[TimeRange, tuple[R, ...]] = {}
    for span in settings.time_ranges if settings else ():
        items = fetched.get(span)
        if settings and items is not None and not isinstance(items, Failed):
            archived = week_before.get(span)
            places = None if archived is None else positions([item.id for item in archived])
            lists[span] = tuple(
                replace(item, movement=movement(item.id, rank, places))
                for rank, item in enumerate(ranked(items, hidden, settings.limit), start=1)
            )
        elif settings and span in before:
            lists[span] = ranked(before[span], hidden, settings.limit)
    return lists
