"""config.yaml → `Config`; the environment → `Credentials` and `Endpoints`."""

import difflib
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import msgspec
from dotenv import dotenv_values
from msgspec import Meta, Struct

from exporter.errors import SetupError
from exporter.models import TIME_RANGES, Plan, Site, TimeRange, TimeStyle, WebAddress
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


SECRETS = ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN")


class Credentials(Struct, frozen=True, kw_only=True):
    """What the job authenticates with; its repr hides all of it."""

    client_id: str
    client_secret: str
    refresh_token: str

    def __repr__(self) -> str:
        return "Credentials(…)"


class Endpoints(Struct, frozen=True, kw_only=True):
    """Where Spotify is; plain HTTP only on this machine."""

    api: str = "https://api.spotify.com"
    accounts: str = "https://accounts.spotify.com"


def environment(root: Path) -> dict[str, str]:
    """The process's environment, and what a `.env` beside config.yaml adds to it.

    Raises:
        SetupError: there is a `.env` that can't be read.
    """
    try:
        from_file = dotenv_values(root / ".env", interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(
            "This can't be read.", hint="Write NAME=value lines as UTF-8 text.", place=".env"
        ) from error
    given = {name: value for name, value in os.environ.items() if value.strip()}
    return {name: value for name, value in from_file.items() if value} | given


def credentials(env: Mapping[str, str]) -> Credentials:
    """Take the three secrets from the environment.

    Raises:
        SetupError: naming all that are missing or blank, or one that can't be a credential.
    """
    # `login` writes the day of authorization behind the token: AQB…xyz#2026-11-23
    found = {name: env.get(name, "").strip().partition("#")[0] for name in SECRETS}
    missing = [name for name, value in found.items() if not value]
    if missing:
        raise SetupError(
            f"{', '.join(missing)} {'are' if len(missing) > 1 else 'is'} missing or blank.",
            hint="Set them as secrets of the repository, or in a .env beside config.yaml. "
            "`now-listening login` gets all three there.",
        )
    for name, value in found.items():
        if not (value.isascii() and value.isprintable() and " " not in value):
            raise SetupError(
                f"{name} holds characters that no Spotify credential has.",
                hint="Copy it again, without spaces, quotes or line breaks.",
            )
    client_id, client_secret, refresh_token = found.values()
    return Credentials(client_id=client_id, client_secret=client_secret, refresh_token=refresh_token)


def authorized_on(env: Mapping[str, str]) -> date | None:
    """The day that the refresh token was authorized on, as the token carries it or a variable says; or None.

    Raises:
        SetupError: it is no day, with the variable that it stands in.
    """
    carried = env.get("SPOTIFY_REFRESH_TOKEN", "").partition("#")[2]
    name = "SPOTIFY_REFRESH_TOKEN" if carried else "SPOTIFY_AUTHORIZED_ON"
    day = (carried or env.get(name, "")).strip()
    if not day:
        return None
    if re.fullmatch(r"2[01][0-9]{2}-[0-9]{2}-[0-9]{2}", day):
        with suppress(ValueError):
            return date.fromisoformat(day)
    raise SetupError(
        f"The day of authorization in {name} can't be read.",
        hint="Write it as 2026-11-23, so that you can be warned before the token ends.",
    )


def endpoints(env: Mapping[str, str]) -> Endpoints:
    """Where to find Spotify; the environment can name a stand-in.

    Raises:
        SetupError: for an address that would carry secrets in the clear.
    """
    defaults = Endpoints()
    return Endpoints(
        api=_base_url(env, "SPOTIFY_API_URL", defaults.api),
        accounts=_base_url(env, "SPOTIFY_ACCOUNTS_URL", defaults.accounts),
    )


def _base_url(env: Mapping[str, str], name: str, default: str) -> str:
    url = env.get(name, default).strip().rstrip("/")
    if _is_safe(url):
        return url
    raise SetupError(
        f"{name} is not an address to send secrets to.",
        hint="Use https, or http on 127.0.0.1; or unset it.",
    )


def _is_safe(url: str) -> bool:
    """Whether secrets may go there: an address without query, over TLS or on this machine."""
    try:
        parts = urlsplit(msgspec.convert(url, WebAddress))
        if parts.query or parts.fragment or not parts.hostname or parts.port == 0:
            return False
    except (
        ValueError,
        msgspec.ValidationError,
    ):  # a port that is no number is told only when it is asked for
        return False
    return parts.scheme == "https" or parts.hostname in {"127.0.0.1", "::1", "localhost"}
