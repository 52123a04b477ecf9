"""config.yaml → `Config`."""

import difflib
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Literal
from zoneinfo import available_timezones

from msgspec import Meta, Struct

from exporter.errors import SetupError
from exporter.models import TIME_RANGES, Plan, Site, TimeRange, TimeStyle
from exporter.outputs import resolve_inside
from exporter.theme import Theme, hard_to_read
from exporter.yamlfile import Decoded, decode

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


def load(path: Path, *, may_be_missing: bool) -> Config:
    """Read and check config.yaml; its folder is the root of every other path.

    Raises:
        SetupError: with the file and line of the first thing that is wrong.
    """
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        if may_be_missing:
            return Config()
        raise SetupError(
            f"There is no file {path}.", hint="Name another one with --config, or leave it out."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SetupError(
            f"This can't be read: {reason}.", hint="Save the settings there as UTF-8.", place=path.name
        ) from error
    settings = decode(text, Config, file=path.name)
    _check_timezone(settings)
    _check_paths(settings, path.parent)
    _check_contrast(settings)
    _check_lanes(settings)
    return settings.value


def _check_timezone(settings: Decoded[Config]) -> None:
    name = settings.value.timezone
    if name in available_timezones():
        return
    near = difflib.get_close_matches(name, available_timezones(), n=1)
    raise SetupError(
        f"There is no time zone `{name}`.",
        hint=f"Did you mean `{near[0]}`?" if near else "Write an IANA name such as Europe/Berlin or UTC.",
        place=settings.where("timezone"),
    )


def _check_paths(settings: Decoded[Config], root: Path) -> None:
    config = settings.value
    paths = {"output": config.output, "templates": config.templates}
    sections = {f"sections[{i}]": name for i, name in enumerate(config.sections)}
    for key, name in (paths | sections).items():
        leads_out = resolve_inside(root, name) is None
        if not _is_path(name) or (leads_out and key.partition("[")[0] in settings):
            raise SetupError(
                f"`{key}` can't be `{name}`: it is no path inside the repository.",
                hint="Write a path relative to config.yaml's folder, without `..` or `.git`.",
                place=settings.where(key),
            )
        if leads_out:
            raise SetupError(
                "Through a link, this leads out of the repository or nowhere.",
                hint="Remove the link.",
                place=name,
            )
    if "sections" not in settings:
        return
    for key, name in sections.items():
        if not (root / name).is_file():
            raise SetupError(
                f"There is no file {name}.",
                hint="Create it, or take it out of `sections`.",
                place=settings.where(key),
            )


def _is_path(name: str) -> bool:
    path = PureWindowsPath(name)  # it splits at both slashes, and knows drives
    forbidden = path.anchor or any(part.lower() in {"..", ".git"} for part in path.parts)
    return bool(name.strip()) and not forbidden and "\0" not in name


def _check_contrast(settings: Decoded[Config]) -> None:
    for key, complaint in hard_to_read(settings.value.theme):
        raise SetupError(
            f"`theme.{key}` {complaint}",
            hint="Take a darker or a lighter colour.",
            place=settings.where(f"theme.{key}"),
        )


def _check_lanes(settings: Decoded[Config]) -> None:
    config, publish = settings.value, settings.value.publish
    if publish.live_history == "squash" and not publish.live_branch:
        raise SetupError(
            "`publish.live_history: squash` needs a `live_branch`: only that one is squashed.",
            hint="Name one, as `live_branch: listening`; the archive stays where it is, with its history.",
            place=settings.where("publish.live_history"),
        )
    if publish.live_branch and publish.live_branch == publish.branch:
        raise SetupError(
            "`publish.live_branch` can't be `publish.branch` too.",
            hint="Name two branches, or only one of them.",
            place=settings.where("publish.live_branch"),
        )
    if publish.readme == "weekly" and not config.has("chart"):
        raise SetupError(
            "`publish.readme: weekly` goes with the week's snapshot, and none is taken.",
            hint="Write `readme: always`, or switch on `archive: {snapshots: weekly}` and a top list.",
            place=settings.where("publish.readme"),
        )
