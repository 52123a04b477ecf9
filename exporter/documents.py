"""Pure: make the new documents from the old ones, what was fetched, and what the archive adds."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from exporter.archive.chart import movements
from exporter.archive.history import History
from exporter.archive.snapshots import kept
from exporter.config.schema import Config
from exporter.models import NOTHING, Listening, NowPlaying, Play, Ranked, TimeRange
from exporter.records import DOCUMENTS, TOP_LISTS, Documents

Lists = Mapping[TimeRange, Sequence[Any]]


def compose(
    before: Documents, listening: Listening, history: History, config: Config, now: datetime
) -> Documents:
    """Bring the documents up to date; what was not fetched stays as it was."""
    recent = config.recently_played
    plays = _plays(before, listening) if recent else None
    playing = _now_playing(before, listening, config, plays)
    contents: dict[str, Any] = {
        "now_playing": playing and {name: getattr(playing, name) for name in NowPlaying.__struct_fields__},
        "recently_played": recent and plays is not None and {"items": plays[: recent.limit]},
        **{name: _top(name, before, listening, history, config) for name in TOP_LISTS},
    }
    composed = {
        name: DOCUMENTS[name](
            schema_version=1, source=config.about.key, user=config.user, updated_at=now, **content
        )
        for name, content in contents.items()
        if content
    }
    return Documents(**composed, chart=history.chart)


def dated(current: Documents, before: Documents) -> Documents:
    """Keep the old document if its content is the same: `updated_at` only changes with the content."""
    return Documents(**{name: _dated(getattr(current, name), getattr(before, name)) for name in DOCUMENTS})


def _dated(current: Any, before: Any) -> Any:
    is_same = current and before and replace(current, updated_at=before.updated_at) == before
    return before if is_same else current


def _plays(before: Documents, listening: Listening) -> tuple[Play, ...] | None:
    plays: tuple[Play, ...] | None = listening.fresh("recently_played")
    if plays is None and before.recently_played:
        return before.recently_played.items
    return plays


def _now_playing(
    before: Documents, listening: Listening, config: Config, plays: tuple[Play, ...] | None
) -> NowPlaying | None:
    """Return what is playing; if nothing is, what played last."""
    settings = config.now_playing
    playing: NowPlaying | None = listening.fresh("now_playing") or before.now_playing
    if settings is None or playing is None:
        return None
    shows_last = settings.when_idle == "last_played" and config.has("recently_played")
    is_unwanted = playing.kind == "episode" and not settings.episodes
    if is_unwanted or (playing.played_at and not shows_last):
        playing = NOTHING
    if playing.kind == "nothing" and shows_last and plays:
        return NowPlaying(is_playing=False, kind="track", item=plays[0].item, played_at=plays[0].played_at)
    return playing


def _top(
    document: str, before: Documents, listening: Listening, history: History, config: Config
) -> dict[str, Any] | None:
    """Rank what was fetched; a time range that was not fetched keeps its old list."""
    settings = config.settings_of(document)
    old: Lists = getattr(getattr(before, document), "time_ranges", {})
    archived: Lists = getattr(history.before, TOP_LISTS[document], {})
    lists: dict[TimeRange, Any] = {}
    for span in settings.time_ranges if settings else ():
        items = listening.fresh(document, span)
        if items is not None:
            lists[span] = _ranked(_moved(items, archived.get(span)), settings.limit)
        elif span in old:
            lists[span] = _ranked(old[span], settings.limit)
    return {"time_ranges": lists} if lists else None


def _ranked(items: Sequence[Ranked], limit: int) -> tuple[Ranked, ...]:
    return tuple(replace(item, rank=rank) for rank, item in enumerate(items[:limit], start=1))


def _moved(items: Sequence[Ranked], archived: Sequence[Any] | None) -> tuple[Ranked, ...]:
    moves = movements([kept(item) for item in items], archived)
    return tuple(replace(item, movement=move) for item, move in zip(items, moves, strict=True))
