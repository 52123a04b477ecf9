"""Read config.yaml, and check what its types can't express."""

from pathlib import Path, PureWindowsPath
from zoneinfo import available_timezones

from exporter.config.reader import Decoded, decode
from exporter.config.schema import Config
from exporter.config.theme import hard_to_read
from exporter.errors import SetupError
from exporter.files import resolve_inside
from exporter.wording import did_you_mean


def load(path: Path, *, may_be_missing: bool) -> Config:
    """Read and check config.yaml; all other paths are relative to its folder.

    Raises:
        SetupError: with the file and line of the first mistake.
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
            f"This can't be read: {reason}.", hint="Save the file as UTF-8.", place=path.name
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
    raise SetupError(
        f"There is no time zone `{name}`.",
        hint=did_you_mean(name, available_timezones()) or "Write an IANA name such as Europe/Berlin or UTC.",
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
                f"`{key}` can't be `{name}`: it is not a path inside the repository.",
                hint="Write a path relative to config.yaml's folder, without `..` or `.git`.",
                place=settings.where(key),
            )
        if leads_out:
            raise SetupError(
                "This path follows a link out of the repository, or to nothing.",
                hint="Remove the link.",
                place=name,
            )
    if "sections" not in settings:
        return
    for key, name in sections.items():
        if not (root / name).is_file():
            raise SetupError(
                f"There is no file {name}.",
                hint="Create it, or remove it from `sections`.",
                place=settings.where(key),
            )


def _is_path(name: str) -> bool:
    path = PureWindowsPath(name)  # it splits at / and \, and recognizes drives
    forbidden = path.anchor or any(part.lower() in {"..", ".git"} for part in path.parts)
    return bool(name.strip()) and not forbidden and "\0" not in name


def _check_contrast(settings: Decoded[Config]) -> None:
    for key, complaint in hard_to_read(settings.value.theme):
        raise SetupError(
            f"`theme.{key}` {complaint}",
            hint="Choose a darker or a lighter colour.",
            place=settings.where(f"theme.{key}"),
        )


def _check_lanes(settings: Decoded[Config]) -> None:
    config, publish = settings.value, settings.value.publish
    if publish.live_history == "squash" and not publish.live_branch:
        raise SetupError(
            "`publish.live_history: squash` needs a `live_branch`: only that branch is squashed.",
            hint="Name one, such as `live_branch: listening`; the archive keeps its branch and history.",
            place=settings.where("publish.live_history"),
        )
    if publish.live_branch and publish.live_branch == publish.branch:
        raise SetupError(
            "`publish.live_branch` can't be `publish.branch` too.",
            hint="Name two different branches, or only one.",
            place=settings.where("publish.live_branch"),
        )
    if publish.readme == "weekly" and not config.has("chart"):
        raise SetupError(
            "`publish.readme: weekly` needs the weekly snapshot, which is switched off.",
            hint="Write `readme: always`, or switch on `archive: {snapshots: weekly}` and a top list.",
            place=settings.where("publish.readme"),
        )
