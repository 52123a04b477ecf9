"""Pure: the types of the settings; the repository's config.yaml documents them."""

from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, Protocol
from zoneinfo import ZoneInfo

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from exporter.models import Plan, Query, TimeRange
from exporter.records import CHARTED, DOCUMENTS
from exporter.sources import SOURCES
from exporter.sources.about import About
from exporter.text import folded

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
Limit = Annotated[int, Meta(ge=1, le=50)]
Ranges = Annotated[
    tuple[TimeRange, ...], Meta(min_length=1, description="a list of one or more of the source's time ranges")
]
SourceChoice = Annotated[
    str | dict[str, str],
    Meta(description="spotify, or {listenbrainz: NAME}, or {lastfm: NAME}, with your name there"),
]
Seconds = Annotated[float, Meta(ge=0, le=3600, description="a number of seconds, at most 3600")]
SecondsAboveZero = Annotated[
    float, Meta(gt=0, le=3600, description="a number of seconds above 0, at most 3600")
]


class Site(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The title, author and address of the page and the feed."""

    title: str = "Now listening"
    author: str | None = None
    url: WebAddress | None = None


class Palette(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The colours of one theme, `#rrggbb`; by default GitHub's light ones."""

    background: Colour = "#ffffff"
    border: Colour = "#d1d9e0"
    text: Colour = "#1f2328"
    muted: Colour = "#59636e"
    accent: Colour = "#0969da"


class DarkPalette(Palette, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By default GitHub's dark colours."""

    background: Colour = "#0d1117"
    border: Colour = "#3d444d"
    text: Colour = "#f0f6fc"
    muted: Colour = "#9198a1"
    accent: Colour = "#4493f8"


class Theme(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The colours of cards and page; text and muted on background must reach WCAG AA."""

    light: Palette = Palette()
    dark: DarkPalette = DarkPalette()


class NowPlayingSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to show while nothing plays, and whether to show podcasts and audiobooks."""

    when_idle: Literal["last_played", "nothing"] = "last_played"
    episodes: bool = True


class RecentlyPlayedSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many plays to show; 50 are fetched."""

    limit: Limit = 10


class TopSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many items to show, for which time ranges (none: the usual ones); 50 of each are fetched."""

    limit: Limit = 10
    time_ranges: Ranges = ()


class PrivacySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to hide; `exclude` holds names, ids, URIs or addresses."""

    times: Literal["exact", "hour", "day"] = "hour"
    hide_explicit: bool = False
    exclude: tuple[str, ...] = ()


class CardsSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether SVG and HTML files embed cover art."""

    covers: bool = True


class ArchiveSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether to keep a snapshot of each week."""

    snapshots: Literal["weekly", "none"] = "weekly"


class PublishSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which branches get the commits, and how often README sections are updated."""

    branch: str | None = None
    live_branch: str | None = None
    live_history: Literal["keep", "squash"] = "keep"
    readme: Literal["always", "weekly"] = "always"
    message: str = "Update listening"


class HttpSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits in seconds: for one answer (or all covers together), and for all of a run's retries together."""

    timeout: SecondsAboveZero = 10
    retry_budget: Seconds = 60


class TimeStyle(Struct, frozen=True, kw_only=True):
    """How times are shown: in which zone (an IANA name), and how precisely."""

    timezone: str
    precision: Literal["exact", "hour", "day"]

    def round_down(self, instant: datetime) -> datetime:
        """Return the start of the local hour or day that `instant` falls in, in UTC."""
        local = instant.astimezone(ZoneInfo(self.timezone))
        if self.precision == "hour":
            local = local.replace(minute=0, second=0, microsecond=0)
        elif self.precision == "day":
            local = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        return local.astimezone(UTC)

    def text(self, instant: datetime) -> str:
        """Format an instant as precisely as the style allows, such as `23 Nov 2026, 14:00 CET`."""
        local = self._local(instant)
        if self.precision == "day":
            return self.day(instant)
        zone = local.strftime("%Z")
        return f"{self.day(instant)}, {local:%H:%M} {zone if zone.isalpha() else f'UTC{zone}'}"

    def brief(self, instant: datetime, seen: datetime | None = None) -> str:
        """Format an instant without zone, such as `23 Nov, 14:00`; with the year if `seen` is in another."""
        local = self._local(instant)
        is_old = seen is not None and self._local(seen).year != local.year
        day = self.day(instant) if is_old else f"{local.day} {local:%b}"
        return day if self.precision == "day" else f"{day}, {local:%H:%M}"

    def day(self, instant: datetime) -> str:
        """Format the local day of an instant, such as `23 Nov 2026`."""
        local = self._local(instant)
        return f"{local.day} {local:%b %Y}"

    def _local(self, instant: datetime) -> datetime:
        return self.round_down(instant).astimezone(ZoneInfo(self.timezone))


class Record(Protocol):
    """What says where it came from: a document, or a snapshot."""

    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def user(self) -> str | None: ...  # noqa: D102


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings; None means switched off (`false`). `settings_of` completes those of a document."""

    source: SourceChoice = "spotify"
    timezone: str = "UTC"
    output: str = "output"
    templates: str = "templates"
    sections: tuple[str, ...] = ("README.md",)
    skip: tuple[str, ...] = ()
    site: Site = Site()
    theme: Theme = Theme()
    now_playing: NowPlayingSettings | None = NowPlayingSettings()
    recently_played: RecentlyPlayedSettings | None = RecentlyPlayedSettings()
    top_artists: TopSettings | None = TopSettings()
    top_tracks: TopSettings | None = TopSettings()
    top_albums: TopSettings | UnsetType | None = UNSET
    privacy: PrivacySettings = PrivacySettings()
    cards: CardsSettings = CardsSettings()
    archive: ArchiveSettings = ArchiveSettings()
    publish: PublishSettings = PublishSettings()
    http: HttpSettings = HttpSettings()

    def output_path(self, name: str) -> str:
        """Return the path of an output, relative to the root."""
        return (PurePosixPath(self.output) / name).as_posix()

    @property
    def about(self) -> About:
        """The source."""
        named = [self.source] if isinstance(self.source, str) else [*self.source]
        return SOURCES[named[0]]

    @property
    def user(self) -> str | None:
        """The user's name at the source; None if it needs none."""
        return None if isinstance(self.source, str) else next(iter(self.source.values()))

    def is_from_here(self, record: Record) -> bool:
        """Whether a document or a snapshot came from the source, and the user, in these settings."""
        return (record.source, folded(record.user or "")) == (self.about.key, folded(self.user or ""))

    def settings_of(self, document: str) -> Any:
        """Return the settings of a document, with the source's own defaults; None if it is switched off."""
        settings = getattr(self, document, None)
        if settings is UNSET:
            settings = TopSettings() if self.about.has_albums else None
        if isinstance(settings, TopSettings) and not settings.time_ranges:
            return replace(settings, time_ranges=self.about.default_time_ranges)
        return settings

    def has(self, document: str) -> bool:
        """Whether a document is switched on."""
        if document == "chart":
            return self.archive.snapshots != "none" and any(self.has(f"top_{name}") for name in CHARTED)
        return self.settings_of(document) is not None

    def skips(self, output: str) -> bool:
        """Whether the settings skip an output."""
        return any(fnmatchcase(output, pattern) for pattern in self.skip)

    @property
    def plan(self) -> Plan:
        """Everything to fetch from the source."""
        queries: list[Query] = []
        for document in DOCUMENTS:
            settings = self.settings_of(document)
            if isinstance(settings, TopSettings):
                queries += [Query(document, span) for span in dict.fromkeys(settings.time_ranges)]
            elif settings is not None:
                queries.append(Query(document))
        return tuple(queries)

    @property
    def themes(self) -> dict[str, Palette]:
        """The two palettes by name."""
        return {"light": self.theme.light, "dark": self.theme.dark}

    @property
    def time_style(self) -> TimeStyle:
        """How times are shown."""
        return TimeStyle(timezone=self.timezone, precision=self.privacy.times)
