"""The data types of what is written and read back, frozen: documents, snapshots and the chart."""

from typing import Annotated, Any, ClassVar, Generic, Literal

from msgspec import Meta, Struct

from exporter.models import Album, Artist, Instant, Link, Movement, NowPlaying, Play, R, TimeRange, Track

ARCHIVE = "archive"
"""The folder of the weekly snapshots, in the output folder."""


class NowPlayingDocument(NowPlaying, frozen=True, kw_only=True):
    """`data/now_playing.json`."""

    schema_version: Literal[1]
    source: str = "spotify"
    user: str | None = None
    updated_at: Instant


class _Document(Struct, frozen=True, kw_only=True):
    """The fields that all documents have; older files do not say their `source`, which was Spotify.

    `user` is whose listening it is, if the settings name a user.
    """

    schema_version: Literal[1]
    source: str = "spotify"
    user: str | None = None
    updated_at: Instant


class RecentlyPlayedDocument(_Document, frozen=True, kw_only=True):
    """`data/recently_played.json`: newest first."""

    items: tuple[Play, ...]


class TopDocument(_Document, Generic[R], frozen=True, kw_only=True):
    """`data/top_artists.json` and the like: for each time range, ranked."""

    time_ranges: dict[TimeRange, tuple[R, ...]]


Week = Annotated[str, Meta(pattern=r"^[0-9]{4}-W[0-9]{2}$(?!\n)")]
"""An ISO week, such as `2026-W48`."""


class ArchivedArtist(Struct, frozen=True, kw_only=True, gc=False):
    """What a snapshot keeps of an artist; `artists` is what tracks have."""

    artists: ClassVar[tuple[str, ...]] = ()
    id: str | None
    name: str | None
    plays: int | None = None


class ArchivedTrack(Struct, frozen=True, kw_only=True, gc=False):
    """What a snapshot keeps of a track; `artists` are names."""

    id: str | None
    name: str | None
    artists: tuple[str, ...]
    plays: int | None = None


class ArchivedAlbum(ArchivedTrack, frozen=True, kw_only=True):
    """What a snapshot keeps of an album."""


class Snapshot(Struct, frozen=True, kw_only=True):
    """`archive/<week>.json`: the top lists of a week, up to 50 entries each, in order of rank."""

    schema_version: Literal[1]
    source: str = "spotify"
    user: str | None = None
    week: Week
    taken_at: Instant
    timezone: str
    artists: dict[TimeRange, tuple[ArchivedArtist, ...]]
    tracks: dict[TimeRange, tuple[ArchivedTrack, ...]]
    albums: dict[TimeRange, tuple[ArchivedAlbum, ...]] = {}


class _ChartRow(Struct, frozen=True, kw_only=True):
    """An entry of the newest snapshot; `last_week` is its position in the snapshot before.

    `peak` is the best position ever, `weeks` counts the snapshots with it, `history` has its positions in the
    chart's weeks (None: absent).
    """

    position: int
    last_week: int | None
    peak: int
    weeks: int
    movement: Movement | None
    history: tuple[int | None, ...]
    id: str | None
    name: str | None
    plays: int | None = None
    url: Link | None


class ChartArtist(_ChartRow, frozen=True, kw_only=True):
    """An artist's row."""


class ChartTrack(_ChartRow, frozen=True, kw_only=True):
    """A track's row; `artists` are names."""

    artists: tuple[str, ...]


Entry = ArchivedArtist | ArchivedTrack | ArchivedAlbum | ChartArtist | ChartTrack
"""An entry of a snapshot or of the chart."""


class ChartDocument(_Document, frozen=True, kw_only=True):
    """`data/chart.json`: the newest snapshot as a chart; `weeks` are the last 12 recorded, oldest first."""

    week: Week
    previous_week: Week | None
    weeks: tuple[Week, ...]
    artists: dict[TimeRange, tuple[ChartArtist, ...]]
    tracks: dict[TimeRange, tuple[ChartTrack, ...]]


class ChartedWeek(ChartDocument, frozen=True, kw_only=True):
    """The chart of any week, as it was then; `updated_at` is when its snapshot was taken.

    `id` never changes. `new` has the rows that the week before does not have, and `left` the rows of the week
    before that are gone, both as `artists` and `tracks` by time range.
    """

    id: str
    new: dict[str, dict[TimeRange, tuple[ChartArtist | ChartTrack, ...]]]
    left: dict[str, dict[TimeRange, tuple[ChartArtist | ChartTrack, ...]]]


class Feed(Struct, frozen=True, kw_only=True):
    """The newest recorded weeks, newest first; `id` never changes, `updated_at` is the newest week's."""

    id: str
    updated_at: Instant
    weeks: tuple[ChartedWeek, ...]


DOCUMENTS: dict[str, Any] = {
    "now_playing": NowPlayingDocument,
    "recently_played": RecentlyPlayedDocument,
    "top_artists": TopDocument[Artist],
    "top_tracks": TopDocument[Track],
    "top_albums": TopDocument[Album],
    "chart": ChartDocument,
}
"""The type of each `data/<name>.json`: the job reads these back."""

TOP_LISTS = {"top_artists": "artists", "top_tracks": "tracks", "top_albums": "albums"}
"""The documents that hold ranked lists, and what the archive calls those lists."""

CHARTED = ("artists", "tracks")
"""The lists of the archive that the chart has."""


class Documents(Struct, frozen=True, kw_only=True):
    """The documents under `data/`; None means switched off or never fetched."""

    now_playing: NowPlayingDocument | None = None
    recently_played: RecentlyPlayedDocument | None = None
    top_artists: TopDocument[Artist] | None = None
    top_tracks: TopDocument[Track] | None = None
    top_albums: TopDocument[Album] | None = None
    chart: ChartDocument | None = None
