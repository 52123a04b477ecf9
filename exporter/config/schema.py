"""config.yaml → `Config`."""

from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Annotated, Literal

from msgspec import Meta, Struct

from exporter.config.theme import Theme
from exporter.models import TIME_RANGES, Plan, Site, TimeRange, TimeStyle

Limit = Annotated[int, Meta(ge=1, le=50)]
Ranges = Annotated[
    tuple[TimeRange, ...],
    Meta(min_length=1, description=f"a list of one or more of {', '.join(TIME_RANGES)}"),
]
Seconds = Annotated[float, Meta(ge=0, le=3600, description="a number of seconds, at most 3600")]
SecondsAboveZero = Annotated[
    float, Meta(gt=0, le=3600, description="a number of seconds above 0, at most 3600")
]


class NowPlayingSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is shown while nothing plays, and whether podcasts and audiobooks are."""

    when_idle: Literal["last_played", "nothing"] = "last_played"
    episodes: bool = True


class RecentlyPlayedSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many plays are shown; Spotify is asked for 50."""

    limit: Limit = 10


class TopSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many are shown, of which time ranges; Spotify is asked for 50 of each."""

    limit: Limit = 10
    time_ranges: Ranges = TIME_RANGES


class PrivacySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What nobody is to see: `exclude` holds names, ids or URIs of tracks, artists, albums, shows."""

    times: Literal["exact", "hour", "day"] = "hour"
    hide_explicit: bool = False
    exclude: tuple[str, ...] = ()


class CardsSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether cards show cover art."""

    covers: bool = True


class ArchiveSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether a snapshot of each week is kept."""

    snapshots: Literal["weekly", "none"] = "weekly"


class PublishSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where commits go, and how often README sections are in them."""

    branch: str | None = None
    live_branch: str | None = None
    live_history: Literal["keep", "squash"] = "keep"
    readme: Literal["always", "weekly"] = "always"
    message: str = "Update listening"


class HttpSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Seconds: for one answer, and for all of a run's retries together."""

    timeout: SecondsAboveZero = 10
    retry_budget: Seconds = 60


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings; the repository's config.yaml documents them. None is `false`: switched off."""

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
    privacy: PrivacySettings = PrivacySettings()
    cards: CardsSettings = CardsSettings()
    archive: ArchiveSettings = ArchiveSettings()
    publish: PublishSettings = PublishSettings()
    http: HttpSettings = HttpSettings()

    def output_path(self, name: str) -> str:
        """Where an output is written, relative to the root."""
        return (PurePosixPath(self.output) / name).as_posix()

    def has(self, document: str) -> bool:
        """Whether a document is switched on."""
        if document == "chart":
            return self.archive.snapshots != "none" and bool(self.top_artists or self.top_tracks)
        return getattr(self, document) is not None

    def skips(self, output: str) -> bool:
        """Whether an output is not wanted."""
        return any(fnmatchcase(output, pattern) for pattern in self.skip)

    @property
    def plan(self) -> Plan:
        """What to ask Spotify for."""
        return Plan(
            now_playing=self.now_playing is not None,
            recently_played=self.recently_played is not None,
            top_artists=_without_doubles(self.top_artists),
            top_tracks=_without_doubles(self.top_tracks),
        )

    @property
    def time_style(self) -> TimeStyle:
        """How times are told."""
        return TimeStyle(timezone=self.timezone, precision=self.privacy.times)


def _without_doubles(settings: TopSettings | None) -> tuple[TimeRange, ...]:
    return tuple(dict.fromkeys(settings.time_ranges)) if settings else ()
