"""All values, frozen: what Spotify said, and the documents that are written and read back.

A field that Spotify did not send is None. Text is clean (see `exporter.sources`); instants are aware.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Literal, get_args
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from exporter.errors import NowListeningError

TimeRange = Literal["short_term", "medium_term", "long_term"]
TIME_RANGES: tuple[TimeRange, ...] = get_args(TimeRange)

_URL_REST = r"(?:[/?#][A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*)?$(?!\n)"

Link = Annotated[str, Meta(pattern=r"^https://(?:[a-z0-9-]+\.)*spotify\.com" + _URL_REST)]
"""An address at Spotify, of RFC 3986's characters alone: nothing else may be linked."""

ImageLink = Annotated[
    str, Meta(pattern=r"^https://(?:[a-z0-9-]+\.)+(?:scdn\.co|spotifycdn\.com)" + _URL_REST)
]
"""An address at Spotify's image hosts: no other image may be shown."""


Instant = Annotated[datetime, Meta(tz=True)]
"""A moment; written as RFC 3339, UTC."""


class Image(Struct, frozen=True, kw_only=True):
    """A picture in one size; `width` and `height` are pixels."""

    url: ImageLink
    width: int | None
    height: int | None


class ArtistRef(Struct, frozen=True, kw_only=True):
    """An artist as named by a track."""

    id: str | None
    name: str | None
    url: Link | None


class AlbumRef(Struct, frozen=True, kw_only=True):
    """An album as named by a track; `release_date` is a year, a month or a day, as Spotify knows it."""

    id: str | None
    name: str | None
    url: Link | None
    release_date: str | None


class ShowRef(Struct, frozen=True, kw_only=True):
    """A podcast or an audiobook as named by an episode."""

    id: str | None
    name: str | None
    url: Link | None


class Movement(Struct, frozen=True, kw_only=True):
    """How a ranked item moved since the week before; `places` is 0 for new and same."""

    kind: Literal["new", "up", "down", "same"]
    places: int


class Artist(Struct, frozen=True, kw_only=True, tag_field="kind", tag="artist"):
    """An artist; `images` are widest first, `image` the one nearest 300 px."""

    kind: ClassVar[str] = "artist"
    rank: int | None
    movement: Movement | None
    id: str | None
    uri: str | None
    url: Link | None
    name: str | None
    image: ImageLink | None
    images: tuple[Image, ...]


class Track(Struct, frozen=True, kw_only=True, tag_field="kind", tag="track"):
    """A track, local files included (they have no `id` and no `url`)."""

    kind: ClassVar[str] = "track"
    rank: int | None
    movement: Movement | None
    id: str | None
    uri: str | None
    url: Link | None
    name: str | None
    artists: tuple[ArtistRef, ...]
    album: AlbumRef
    duration_ms: int | None
    explicit: bool | None
    image: ImageLink | None
    images: tuple[Image, ...]


class Episode(Struct, frozen=True, kw_only=True, tag_field="kind", tag="episode"):
    """A podcast's episode or an audiobook's chapter."""

    kind: ClassVar[str] = "episode"
    rank: int | None
    movement: Movement | None
    id: str | None
    uri: str | None
    url: Link | None
    name: str | None
    show: ShowRef
    release_date: str | None
    duration_ms: int | None
    explicit: bool | None
    image: ImageLink | None
    images: tuple[Image, ...]


Item = Artist | Track | Episode
NowPlayingKind = Literal["track", "episode", "ad", "unknown", "nothing"]


class NowPlaying(Struct, frozen=True, kw_only=True):
    """What is playing, or, with `played_at`, what played last."""

    is_playing: bool
    kind: NowPlayingKind
    item: Track | Episode | None
    played_at: Instant | None


NOTHING = NowPlaying(is_playing=False, kind="nothing", item=None, played_at=None)


class Play(Struct, frozen=True, kw_only=True):
    """A track that was played; `played_at` is the end of the play."""

    played_at: Instant
    item: Track


class Failed(Struct, frozen=True):
    """What could not be fetched, and why."""

    error: NowListeningError


class Plan(Struct, frozen=True, kw_only=True):
    """What a run asks Spotify for."""

    now_playing: bool
    recently_played: bool
    top_artists: tuple[TimeRange, ...]
    top_tracks: tuple[TimeRange, ...]

    def __len__(self) -> int:
        """Count the requests."""
        return self.now_playing + self.recently_played + len(self.top_artists) + len(self.top_tracks)


class Listening(Struct, frozen=True, kw_only=True):
    """What a run learned; None and absent time ranges were not asked for."""

    now_playing: NowPlaying | Failed | None = None
    recently_played: tuple[Play, ...] | Failed | None = None
    top_artists: dict[TimeRange, tuple[Artist, ...] | Failed] = {}
    top_tracks: dict[TimeRange, tuple[Track, ...] | Failed] = {}

    @property
    def answers(self) -> dict[str, object]:
        """What was asked for, by name: what came, or `Failed`."""
        answers = {
            "now_playing": self.now_playing,
            "recently_played": self.recently_played,
            **{f"top_artists ({span})": answer for span, answer in self.top_artists.items()},
            **{f"top_tracks ({span})": answer for span, answer in self.top_tracks.items()},
        }
        return {name: answer for name, answer in answers.items() if answer is not None}

    @property
    def items(self) -> Iterator[Item]:
        """All that came, in any list."""
        if isinstance(self.now_playing, NowPlaying) and self.now_playing.item:
            yield self.now_playing.item
        if self.recently_played and not isinstance(self.recently_played, Failed):
            yield from (play.item for play in self.recently_played)
        for answer in [*self.top_artists.values(), *self.top_tracks.values()]:
            if not isinstance(answer, Failed):
                yield from answer


class NowPlayingDocument(NowPlaying, frozen=True, kw_only=True):
    """`data/now_playing.json`."""

    schema_version: Literal[1]
    updated_at: Instant


class RecentlyPlayedDocument(Struct, frozen=True, kw_only=True):
    """`data/recently_played.json`: newest first."""

    schema_version: Literal[1]
    updated_at: Instant
    items: tuple[Play, ...]


class TopArtistsDocument(Struct, frozen=True, kw_only=True):
    """`data/top_artists.json`: for each time range, ranked."""

    schema_version: Literal[1]
    updated_at: Instant
    time_ranges: dict[TimeRange, tuple[Artist, ...]]


class TopTracksDocument(Struct, frozen=True, kw_only=True):
    """`data/top_tracks.json`: for each time range, ranked."""

    schema_version: Literal[1]
    updated_at: Instant
    time_ranges: dict[TimeRange, tuple[Track, ...]]


Week = Annotated[str, Meta(pattern=r"^[0-9]{4}-W[0-9]{2}$(?!\n)")]
"""An ISO week: `2026-W48`."""


class ArchivedArtist(Struct, frozen=True, kw_only=True):
    """What a snapshot keeps of an artist."""

    id: str | None
    name: str | None


class ArchivedTrack(Struct, frozen=True, kw_only=True):
    """What a snapshot keeps of a track; `artists` are names."""

    id: str | None
    name: str | None
    artists: tuple[str, ...]


class Snapshot(Struct, frozen=True, kw_only=True):
    """`archive/<week>.json`: the top lists of a week, up to 50 deep; the order is the rank."""

    schema_version: Literal[1]
    week: Week
    taken_at: Instant
    timezone: str
    artists: dict[TimeRange, tuple[ArchivedArtist, ...]]
    tracks: dict[TimeRange, tuple[ArchivedTrack, ...]]


class Standing(Struct, frozen=True, kw_only=True):
    """Where something stands in the newest snapshot, stood in the one before, and in all.

    `peak` is the best position ever, `weeks` how many snapshots hold it, `history` its positions in the
    chart's weeks, None where it was absent.
    """

    position: int
    last_week: int | None
    peak: int
    weeks: int
    movement: Movement | None
    history: tuple[int | None, ...]


class ChartArtist(Standing, frozen=True, kw_only=True):
    """An artist's row."""

    id: str | None
    name: str | None
    url: Link | None


class ChartTrack(Standing, frozen=True, kw_only=True):
    """A track's row; `artists` are names."""

    id: str | None
    name: str | None
    url: Link | None
    artists: tuple[str, ...]


Kept = ArchivedArtist | ArchivedTrack | ChartArtist | ChartTrack


class ChartDocument(Struct, frozen=True, kw_only=True):
    """`data/chart.json`: the newest snapshot as a chart; `weeks` are the last 12 recorded, oldest first."""

    schema_version: Literal[1]
    updated_at: Instant
    week: Week
    previous_week: Week | None
    weeks: tuple[Week, ...]
    artists: dict[TimeRange, tuple[ChartArtist, ...]]
    tracks: dict[TimeRange, tuple[ChartTrack, ...]]


DOCUMENTS: dict[str, type[Struct]] = {
    "now_playing": NowPlayingDocument,
    "recently_played": RecentlyPlayedDocument,
    "top_artists": TopArtistsDocument,
    "top_tracks": TopTracksDocument,
    "chart": ChartDocument,
}
"""`data/<name>.json`: the job reads these back."""


class Documents(Struct, frozen=True, kw_only=True):
    """The documents under `data/`; None is switched off, or there never was one."""

    now_playing: NowPlayingDocument | None = None
    recently_played: RecentlyPlayedDocument | None = None
    top_artists: TopArtistsDocument | None = None
    top_tracks: TopTracksDocument | None = None
    chart: ChartDocument | None = None

    @property
    def items(self) -> Iterator[Item]:
        """All that Spotify told at some time, in any document."""
        if self.now_playing and self.now_playing.item:
            yield self.now_playing.item
        if self.recently_played:
            yield from (play.item for play in self.recently_played.items)
        for document in (self.top_artists, self.top_tracks):
            for ranked in document.time_ranges.values() if document else ():
                yield from ranked


Colour = Annotated[
    str, Meta(pattern=r"^#[0-9a-fA-F]{6}$(?!\n)", description='a quoted colour such as "#1f2328"')
]
WebAddress = Annotated[
    str,
    Meta(
        pattern=r"^https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+$(?!\n)",
        description="an address that starts with https://",
    ),
]


class Site(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the page and the feed say of themselves."""

    title: str = "Now listening"
    author: str | None = None
    url: WebAddress | None = None


class Palette(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The colours of one theme, `#rrggbb`."""

    background: Colour
    border: Colour
    text: Colour
    muted: Colour
    accent: Colour


class TimeStyle(Struct, frozen=True, kw_only=True):
    """How moments are told: in which zone (an IANA name), and how precisely."""

    timezone: str
    precision: Literal["exact", "hour", "day"]

    def round_down(self, instant: datetime) -> datetime:
        """The start of the hour or day that `instant` falls in where the listener lives, in UTC."""
        local = instant.astimezone(ZoneInfo(self.timezone))
        if self.precision == "hour":
            local = local.replace(minute=0, second=0, microsecond=0)
        elif self.precision == "day":
            local = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        return local.astimezone(UTC)

    def text(self, instant: datetime) -> str:
        """The moment in words, as precise as the style allows: `23 Nov 2026, 14:00 CET`."""
        local = self.round_down(instant).astimezone(ZoneInfo(self.timezone))
        day = f"{local.day} {local:%b %Y}"
        if self.precision == "day":
            return day
        zone = local.strftime("%Z")
        return f"{day}, {local:%H:%M} {zone if zone.isalpha() else f'UTC{zone}'}"
