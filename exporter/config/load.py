"""Read config.yaml, and check what its types can't express."""

from pathlib import Path, PureWindowsPath

from msgspec.structs import replace

from exporter.config import timezones
from exporter.config.reader import Decoded, decode
from exporter.config.schema import Config, TopSettings
from exporter.config.theme import hard_to_read
from exporter.errors import SetupError
from exporter.files import resolve_inside
from exporter.records import TOP_LISTS
from exporter.sources import SOURCES
from exporter.sources.about import About
from exporter.wording import did_you_mean


def load(path: Path, *, may_be_missing: bool) -> Config:
    """Read and check config.yaml; all other paths are relative to its folder.

    Raises:
        SetupError: with the file and line of each mistake.
    """
    text = _text(path)
    if text is None:
        if may_be_missing:
            return Config()
        raise SetupError(f"There is no file {path}.", hint="Name another one with --config, or leave it out.")
    settings = decode(text, Config, file=path.name)
    _check_source(settings)
    _check_timezone(settings)
    _check_paths(settings, path.parent)
    _check_contrast(settings)
    _check_lanes(settings)
    settings.raise_mistakes()
    return settings.value


def usable(path: Path) -> tuple[Config | None, About | None]:
    """Return the settings without what is wrong in them, and their source; None for what can't be read."""
    try:
        settings = decode(_text(path) or "", Config, file=path.name)
    except SetupError:
        return None, None
    _check_source(settings)
    if settings.is_sound("source"):
        return settings.value, settings.value.about
    return replace(settings.value, source=Config().source), None


def place_of(path: Path, key: str) -> str:
    """Return the file and line of a setting, such as `privacy.exclude[0]`, in settings that are valid."""
    return decode(_text(path) or "", Config, file=path.name).where(key)


def _text(path: Path) -> str | None:
    """Read a file; None if there is no such file. Raises SetupError if it can't be read."""
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        if not path.is_symlink():
            return None
        reason, hint = "it is a link to nothing", "Link it to your settings, or remove it."
    except UnicodeDecodeError:
        reason, hint = "it is not UTF-8 text", "Save the file as UTF-8."
    except OSError as error:
        reason = "it is a folder" if path.is_dir() else f"{error.strerror}"
        hint = "Put a file there that you may read, or name another one with --config."
    raise SetupError(f"This can't be read: {reason}.", hint=hint, place=path.name)


def _check_source(settings: Decoded[Config]) -> None:
    """Check the source's name and user, and what else depends on the source."""
    source = settings.value.source
    name, user = (source, None) if isinstance(source, str) else next(iter(source.items()), ("", None))
    if name not in SOURCES:
        known = f"There are {', '.join(SOURCES)}."
        settings.refuse("source", f"There is no source `{name}`.", hint=did_you_mean(name, SOURCES) or known)
        return
    about = SOURCES[name]
    if about.profile and not (user and user.strip() and len(source) == 1):
        hint = f"Write it like `source: {{{name}: NAME}}`."
        settings.refuse("source", f"{about.name} needs your user name there, and only that.", hint=hint)
    if not about.profile and not isinstance(source, str):
        settings.refuse("source", f"{about.name} needs no user name.", hint=f"Write `source: {name}`.")
    if settings.is_sound("source"):
        _check_what_depends_on(settings, about)


def _check_what_depends_on(settings: Decoded[Config], about: About) -> None:
    config = settings.value
    known = ", ".join(about.time_ranges)
    for document in TOP_LISTS:
        given = getattr(config, document)
        for i, span in enumerate(given.time_ranges if isinstance(given, TopSettings) else ()):
            if span not in about.time_ranges:
                settings.refuse(
                    f"{document}.time_ranges[{i}]",
                    f"`{document}.time_ranges[{i}]` can't be `{span}`: {about.name} has no such time range.",
                    hint=did_you_mean(span, about.time_ranges) or f"It must be one of {known}.",
                )
    if isinstance(config.top_albums, TopSettings) and not about.has_albums:
        hint = "Remove it, or choose another source."
        settings.refuse("top_albums", f"{about.name} has no lists of top albums.", hint=hint)
    if config.privacy.hide_explicit and not about.tells_explicit:
        settings.refuse(
            "privacy.hide_explicit",
            f"{about.name} does not tell what is explicit, so `hide_explicit` would hide nothing.",
            hint="Remove it, and name what to hide in `exclude`.",
        )


def _check_timezone(settings: Decoded[Config]) -> None:
    name = settings.value.timezone
    if name not in timezones.known():
        settings.refuse("timezone", f"There is no time zone `{name}`.", hint=timezones.suggest(name))


def _check_paths(settings: Decoded[Config], root: Path) -> None:
    config = settings.value
    for key, name in {"output": config.output, "templates": config.templates}.items():
        _check_path(settings, key, name, root)
    are_named = "sections" in settings and settings.is_sound("sections")
    for i, name in enumerate(config.sections):
        key = f"sections[{i}]"
        if _check_path(settings, key, name, root) and are_named and not (root / name).is_file():
            settings.refuse(key, f"There is no file {name}.", hint="Create it, or remove it from `sections`.")


def _check_path(settings: Decoded[Config], key: str, name: str, root: Path) -> bool:
    """Whether a path stays inside the repository; if not, it is refused."""
    leads_out = resolve_inside(root, name) is None
    if not _is_path(name) or (leads_out and key in settings):
        settings.refuse(
            key,
            f"`{key}` can't be `{name}`: it is not a path inside the repository.",
            hint="Write a path relative to config.yaml's folder, without `..` or `.git`.",
        )
        return False
    if leads_out:
        settings.refuse(
            key,
            "This path follows a link out of the repository, or to nothing.",
            hint="Remove the link.",
            place=name,
        )
    return not leads_out


def _is_path(name: str) -> bool:
    path = PureWindowsPath(name)  # it splits at / and \, and recognizes drives
    forbidden = path.anchor or any(part.lower() in {"..", ".git"} for part in path.parts)
    return bool(name.strip()) and not forbidden and "\0" not in name


def _check_contrast(settings: Decoded[Config]) -> None:
    sound = [name for name in settings.value.themes if settings.is_sound(f"theme.{name}")]
    for key, complaint in hard_to_read(settings.value.theme):
        if key.partition(".")[0] in sound:
            settings.refuse(
                f"theme.{key}", f"`theme.{key}` {complaint}", hint="Choose a darker or a lighter colour."
            )


def _check_lanes(settings: Decoded[Config]) -> None:
    config, publish = settings.value, settings.value.publish
    if not settings.is_sound("publish"):
        return
    if publish.live_history == "squash" and not publish.live_branch:
        settings.refuse(
            "publish.live_history",
            "`publish.live_history: squash` needs a `live_branch`: only that branch is squashed.",
            hint="Name one, such as `live_branch: listening`; the archive keeps its branch and history.",
        )
    if publish.live_branch and publish.live_branch == publish.branch:
        settings.refuse(
            "publish.live_branch",
            "`publish.live_branch` can't be `publish.branch` too.",
            hint="Name two different branches, or only one.",
        )
    if publish.readme == "weekly" and not config.has("chart"):
        settings.refuse(
            "publish.readme",
            "`publish.readme: weekly` needs the weekly snapshot, which is switched off.",
            hint="Write `readme: always`, or switch on `archive: {snapshots: weekly}` and a top list.",
        )
