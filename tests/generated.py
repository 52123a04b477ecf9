"""Listeners made up by hypothesis, hostile ones included, and what a run writes for them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st
from texts import HOSTILE, texts

from exporter import pipeline
from exporter.cli.project import project_with
from exporter.config.schema import Config, PrivacySettings, TopSettings
from exporter.demo.standins import USER
from exporter.errors import UnavailableError
from exporter.models import (
    NOTHING,
    Album,
    AlbumRef,
    Artist,
    Episode,
    Failed,
    FromPlaylist,
    Image,
    Listening,
    NowPlaying,
    Play,
    Query,
    Ref,
    Track,
)

T = TypeVar("T")

MONDAY = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)
FAILED = Failed(UnavailableError("The service answered 503.", hint="Wait.", status=503))

HIDDEN = "spotify:playlist:4SleepWell"

_known = st.sampled_from([None, *HOSTILE])
_words = _known | _known | texts
_ids = st.sampled_from([None, *"abcd"])
_numbers = st.none() | st.integers(0, 2**53)
_links = st.sampled_from([None, "https://open.spotify.com/track/1a?x=[%22]&y='(", "https://www.last.fm/"])
_addresses = ["https://i.scdn.co/image/a", "https://coverartarchive.org/release/b/front[1]"]
_images = st.builds(Image, url=st.sampled_from(_addresses), width=_numbers, height=_numbers)
_refs = st.builds(Ref, id=_ids, name=_words, url=_links)


def several(of: st.SearchStrategy[T], most: int = 2) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(of, max_size=most).map(tuple)


def _items(kind: type[T], **more: Any) -> st.SearchStrategy[T]:
    """Make items as sources send them, without a rank."""
    unranked = {"rank": st.none(), "movement": st.none()}
    named = {"plays": _numbers, "id": _ids, "uri": _ids, "url": _links, "name": _words}
    pictures = {"image": st.none() | st.sampled_from(_addresses), "images": several(_images)}
    return st.builds(kind, **unranked, **named, **pictures, **more)


_explicit = st.none() | st.booleans()
_artists = _items(Artist)
_albums = _items(Album, artists=several(_refs))
_tracks = _items(
    Track,
    artists=several(_refs),
    album=st.builds(AlbumRef, id=_ids, name=_words, url=_links, release_date=_words),
    duration_ms=_numbers,
    explicit=_explicit,
)
_episodes = _items(Episode, show=_refs, release_date=_words, duration_ms=_numbers, explicit=_explicit)
_times = st.datetimes(datetime(2006, 1, 1), datetime(2026, 11, 23), timezones=st.just(UTC))  # noqa: DTZ001

_is_playing = {"is_playing": st.booleans(), "played_at": st.none()}
_playing = (
    st.just(NOTHING)
    | st.builds(NowPlaying, kind=st.sampled_from(["ad", "unknown"]), item=st.none(), **_is_playing)
    | st.builds(NowPlaying, kind=st.just("track"), item=_tracks, **_is_playing)
    | st.builds(NowPlaying, kind=st.just("episode"), item=_episodes, **_is_playing)
)
_plays = st.builds(Play, played_at=_times, item=_tracks)


def _from_a_playlist(what: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Make some come from a playlist, which may be hidden."""
    return what | st.builds(FromPlaylist, st.sampled_from([HIDDEN, "spotify:playlist:loud"]), what)


ANSWERS: dict[str, st.SearchStrategy[Any]] = {
    "now_playing": _from_a_playlist(_playing),
    "recently_played": several(_from_a_playlist(_plays)),
    "top_artists": several(_artists),
    "top_tracks": several(_tracks),
    "top_albums": several(_albums),
}
"""What a source may answer for each document."""

SOURCES = ("spotify", {"listenbrainz": USER}, {"lastfm": USER})


@st.composite
def listenings(draw: st.DrawFn, config: Config) -> Listening:
    """Make answers to all that is asked, of which some, but not all, may fail."""
    answers: dict[Query, Any] = {query: draw(ANSWERS[query.document]) for query in config.plan}
    failed = draw(st.sets(st.sampled_from(config.plan[1:]), max_size=2))
    return Listening({**answers, **dict.fromkeys(failed, FAILED)})


class Files:
    """Files in memory."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    def read(self, path: str) -> bytes | None:
        return self.contents.get(path)

    def names(self, folder: str) -> Sequence[str]:
        paths = (path.rpartition("/") for path in sorted(self.contents))
        return [name for parent, _, name in paths if parent == folder]


OTHERS = ("cards/*", "*.html", "*.svg", "*.xml")
"""Outputs without a schema."""


def settings_for(source: Any) -> Config:
    return Config(
        source=source,
        sections=(),
        skip=OTHERS,
        privacy=PrivacySettings(exclude=(HIDDEN,)),
        top_tracks=TopSettings(time_ranges=Config(source=source).about.default_time_ranges[:1]),
    )


@st.composite
def listeners(draw: st.DrawFn) -> tuple[Config, tuple[Listening, ...]]:
    """Make a listener at one of the sources, and what is answered in two weeks."""
    config = settings_for(draw(st.sampled_from(SOURCES)))
    return config, (draw(listenings(config)), draw(listenings(config)))


def exported(config: Config, weeks: Sequence[Listening], empty: Path) -> dict[str, bytes]:
    """Export week by week, and return the files of the last one; `empty` is a folder without templates."""
    project = project_with(config, empty / "config.yaml")
    files = Files()
    for week, listening in enumerate(weeks):
        run = pipeline.Run(
            config=config, templates=project.templates, store=files, now=MONDAY + timedelta(weeks=week)
        )
        result = pipeline.export(run, lambda _, answered=listening: answered)  # type: ignore[misc]
        assert result.failed == ()
        files.contents |= result.files
    return files.contents
