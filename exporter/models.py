"""The data types of listening, frozen: what a source answers.

A field that the source did not send is None. Text is clean (`text.clean`); times have a zone.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from msgspec import Meta, Struct

from exporter.errors import AccountError, Level, NowListeningError
from exporter.sources import SOURCES
from exporter.sources.about import addresses_at

_LINK_HOSTS = tuple(host for about in SOURCES.values() for host in about.link_hosts)
_IMAGE_HOSTS = tuple(host for about in SOURCES.values() for host in about.image_hosts)

Link = Annotated[str, Meta(pattern=addresses_at(_LINK_HOSTS))]
"""An address at a source with only RFC 3986's characters: nothing else may be linked."""

ImageLink = Annotated[str, Meta(pattern=addresses_at(_IMAGE_HOSTS))]
"""An address at a source's image hosts: no other image may be shown."""

TimeRange = str
"""A source's name of a time range, such as `short_term`."""

Instant = Annotated[datetime, Meta(tz=True)]
"""A point in time, written as RFC 3339 in UTC."""


class Image(Struct, frozen=True, kw_only=True):
    """A picture in one size; `width` and `height` are pixels."""

    url: ImageLink
    width: int | None
    height: int | None


class Ref(Struct, frozen=True, kw_only=True):
    """An artist, podcast or audiobook that a track or an episode names."""

    id: str | None
    name: str | None
    url: Link | None


class AlbumRef(Ref, frozen=True, kw_only=True):
    """A track's album; `release_date` is a year, a month or a day, whichever the source knows."""

    release_date: str | None


class Movement(Struct, frozen=True, kw_only=True):
    """How a ranked item moved since the week before; `places` is 0 for new and same."""

    kind: Literal["new", "up", "down", "same"]
    places: int


class _Listed(Struct, frozen=True, kw_only=True):
    """The fields that all items have; `rank` and `movement` are None outside ranked lists.

    `plays` counts how often it was played in the list's time range, if the source tells.
    """

    rank: int | None
    movement: Movement | None
    plays: int | None = None
    id: str | None
    uri: str | None
    url: Link | None
    name: str | None


class Artist(_Listed, frozen=True, kw_only=True, tag_field="kind", tag="artist"):
    """An artist; `images` are widest first, `image` is the one nearest 300 px."""

    kind: ClassVar[str] = "artist"
    image: ImageLink | None
    images: tuple[Image, ...]


class Track(_Listed, frozen=True, kw_only=True, tag_field="kind", tag="track"):
    """A track, which can be a local file (without `id` and `url`)."""

    kind: ClassVar[str] = "track"
    artists: tuple[Ref, ...]
    album: AlbumRef
    duration_ms: int | None
    explicit: bool | None
    image: ImageLink | None
    images: tuple[Image, ...]


class Episode(_Listed, frozen=True, kw_only=True, tag_field="kind", tag="episode"):
    """A podcast's episode or an audiobook's chapter."""

    kind: ClassVar[str] = "episode"
    show: Ref
    release_date: str | None
    duration_ms: int | None
    explicit: bool | None
    image: ImageLink | None
    images: tuple[Image, ...]


class Album(_Listed, frozen=True, kw_only=True, tag_field="kind", tag="album"):
    """An album in a ranked list."""

    kind: ClassVar[str] = "album"
    artists: tuple[Ref, ...]
    image: ImageLink | None
    images: tuple[Image, ...]


Item = Artist | Track | Episode | Album
Ranked = Artist | Track | Album
R = TypeVar("R", Artist, Track, Album)


class NowPlaying(Struct, frozen=True, kw_only=True):
    """What is playing; if `played_at` is set, what played last."""

    is_playing: bool
    kind: Literal["track", "episode", "ad", "unknown", "nothing"]
    item: Track | Episode | None
    played_at: Instant | None


NOTHING = NowPlaying(is_playing=False, kind="nothing", item=None, played_at=None)


class Play(Struct, frozen=True, kw_only=True):
    """A track that was played; `played_at` is its end, or with some sources its start."""

    played_at: Instant
    item: Track


class NotCalculated(Struct, frozen=True):
    """The answer for a list that the source has not calculated: it is no failure, and no empty list."""


class FromPlaylist(Struct, frozen=True):
    """What plays, or was played, from a playlist, whose URI or address nobody but `privacy` may see."""

    playlist: str
    what: NowPlaying | Play


class Query(Struct, frozen=True):
    """One thing to ask a source for: a document's content, or one time range of a top list."""

    document: str
    time_range: TimeRange | None = None

    def __str__(self) -> str:
        return f"{self.document} ({self.time_range})" if self.time_range else self.document


Plan = tuple[Query, ...]
"""Everything that a run asks for."""


class Failed(Struct, frozen=True):
    """What could not be fetched, and why."""

    error: NowListeningError


class Shortfall(Struct, frozen=True):
    """Queries that failed for the same reason."""

    names: tuple[str, ...]
    error: NowListeningError

    @property
    def level(self) -> Level:
        """The level to report it at: an error if a person must act."""
        return "error" if isinstance(self.error, AccountError) else "warning"


class Listening(Struct, frozen=True):
    """What a run fetched: for each query, its answer or `Failed`.

    The answers are `NowPlaying`, `tuple[Play, ...]`, and for top lists `tuple[Artist, ...]` and so on, or
    `NotCalculated`. As a source sends them, what came from a playlist is in `FromPlaylist`.
    """

    answers: Mapping[Query, Any] = {}

    def fresh(self, document: str, time_range: TimeRange | None = None) -> Any:
        """Return the answer to a query; None if it failed, was not calculated or was not asked."""
        answer = self.answers.get(Query(document, time_range))
        return None if isinstance(answer, Failed | NotCalculated) else answer

    @property
    def shortfalls(self) -> tuple[Shortfall, ...]:
        """The queries that failed, grouped by reason."""
        failed = {str(query): each.error for query, each in self.answers.items() if isinstance(each, Failed)}
        grouped: dict[tuple[str, str], list[str]] = {}
        for name, error in failed.items():
            grouped.setdefault((error.message, error.hint), []).append(name)
        return tuple(Shortfall(tuple(names), failed[names[0]]) for names in grouped.values())
