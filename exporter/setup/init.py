"""`init`: set up a repository without overwriting anything; `init --remove` undoes it."""

import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from posixpath import dirname

from msgspec import Struct

from exporter.config.schema import Config
from exporter.errors import SetupError
from exporter.files import Change, Folder
from exporter.publish import git
from exporter.publish.repository import name_on_github
from exporter.render import pages, sections
from exporter.setup import pin, scaffold, workflows
from exporter.setup.scaffold import WORKFLOW, WORKFLOWS

_README = re.compile(r"readme(\.[a-z]+)?", re.IGNORECASE)
_MARKDOWN = (".md", ".markdown")


class Place(Struct, frozen=True, kw_only=True):
    """A repository: its top folder, the settings' folder and file in it, and OWNER/NAME if known."""

    top: Folder
    prefix: str
    settings: str
    repo: str | None

    @property
    def is_profile(self) -> bool:
        """Whether its README is shown on its owner's profile."""
        owner, _, name = (self.repo or "").partition("/")
        return bool(owner) and owner.lower() == name.lower()

    def path(self, name: str) -> str:
        """Turn a path relative to the settings' folder into one relative to the top."""
        return f"{self.prefix}{name}"

    def text(self, path: str) -> str | None:
        """Read a file, by its path from the top; bytes that are not UTF-8 are kept as they are."""
        content = self.top.read(path)
        return None if content is None else content.decode("utf-8", "surrogateescape")

    def changes(self, texts: Mapping[str, str]) -> tuple[Change, ...]:
        """Compare texts, by their paths from the top, with what is there."""
        return self.top.changes(
            {path: text.encode("utf-8", "surrogateescape") for path, text in texts.items()}
        )


class Found(Struct, frozen=True, kw_only=True):
    """What exists before `init` writes; `cards` are other projects' cards in the README, by line."""

    readme: str
    text: str
    has_settings: bool
    has_workflow: bool
    needs_sections: bool
    cards: tuple[tuple[int, str], ...]
    headings: tuple[tuple[int, str], ...]


def locate(root: Path, settings: str) -> Place:
    """Find the repository that a folder is in; `settings` is the name of the settings' file in it.

    Raises:
        SetupError: it is not in one.
    """
    top, prefix = git.ask(root, "rev-parse", "--show-toplevel"), git.ask(root, "rev-parse", "--show-prefix")
    if top is None or prefix is None:
        raise SetupError(
            "This folder is not in a git repository.",
            hint="Run it in a clone of the repository that will show your music.",
        )
    address = git.ask(root, "remote", "get-url", "origin") or ""
    return Place(
        top=Folder(Path(top.removesuffix("\n"))),
        prefix=prefix.removesuffix("\n"),
        settings=settings,
        repo=name_on_github(address),
    )


def look(place: Place, config: Config) -> Found:
    """Find out what exists.

    Raises:
        SetupError: a file can't be read, a marker is broken, or the README can't have sections.
    """
    has_settings = place.text(place.path(place.settings)) is not None
    readme = _choose_readme(place, config, has_settings=has_settings)
    text = pages.decode(readme, place.top.read(place.path(readme)) or b"")
    return Found(
        readme=readme,
        text=text,
        has_settings=has_settings,
        has_workflow=bool(workflows.find(place.top)),
        needs_sections=bool(config.sections) and not sections.find(text, readme),
        cards=tuple(scaffold.foreign_cards(text)),
        headings=tuple(scaffold.headings(text)),
    )


def _choose_readme(place: Place, config: Config, *, has_settings: bool) -> str:
    """Choose the Markdown file that gets the sections: the README that GitHub shows, or a new one."""
    wanted = config.sections[0] if config.sections else "README.md"
    there = _readmes(place)
    usable = [name for name in there if name.lower().endswith(_MARKDOWN)]
    shown = [name for name in usable if dirname(name) == dirname(there[0])]
    if shown and not has_settings and wanted not in shown:
        return shown[0]
    if place.text(place.path(wanted)) is not None or not there:
        return wanted
    use_it = f"Write `sections: [{usable[0]}]` in {place.settings}" if usable else "Convert it to README.md"
    raise SetupError(
        "GitHub can't show both this README and a new README.md.",
        hint=f"{use_it}, or add a README.md yourself. Then run this again.",
        place=(usable or there)[0],
    )


def _readmes(place: Place) -> list[str]:
    """List the READMEs of which GitHub would show one for the settings' folder, by their paths from it.

    Source: https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-readmes
    """
    folders = [""] if place.prefix else [".github/", "", "docs/"]
    return [
        f"{folder}{name}"
        for folder in folders
        for name in place.top.names(place.path(folder) or ".")
        if _README.fullmatch(name) and (place.top.root / place.path(folder) / name).is_file()
    ]


def begin(
    place: Place, found: Found, config: Config, *, line: int | None, two_lanes: bool, timezone: str
) -> tuple[Change, ...]:
    """Return the files that set the repository up, with the source in `config`. Raises SetupError."""
    files: dict[str, str] = {}
    settings = place.path(place.settings)
    if not found.has_settings:
        files[settings] = scaffold.config_text(
            two_lanes=two_lanes, timezone=timezone, readme=found.readme, source=config.source
        )
    if not found.has_workflow:
        given = settings if settings != "config.yaml" else None
        files[f"{WORKFLOWS}/{WORKFLOW}"] = scaffold.workflow_text(pin.action(), config.about.secrets, given)
    pairs = scaffold.markers(config, weekly=two_lanes or config.publish.readme == "weekly")
    if found.needs_sections and pairs:
        files[place.path(found.readme)] = scaffold.with_markers(found.text, pairs, found.readme, line)
    return place.changes(files)


def commit_command(place: Place, changes: Sequence[Change], here: Path) -> str:
    """Return the command, for a shell in the folder `here`, that commits and pushes the changes."""
    git, paths = _for_shell(place, [change.path for change in changes], here)
    return f'{git} add {paths} && {git} commit -m "Show my music" && {git} push'


def _for_shell(place: Place, paths: Sequence[str], here: Path) -> tuple[str, str]:
    """Write git, and paths from the top of the repository, for a shell in the folder `here`."""
    top, here = place.top.root.resolve(), here.resolve()
    is_inside = here.is_relative_to(top)
    written = (Path(os.path.relpath(top / path, here if is_inside else top)).as_posix() for path in paths)
    return "git" if is_inside else f"git -C {shlex.quote(str(top))}", shlex.join(written)


def end(place: Place, config: Config) -> tuple[tuple[Change, ...], tuple[str, ...], tuple[str, ...]]:
    """Return how to undo `begin`: files to change, files to delete, and files that were changed by hand.

    Raises:
        SetupError: a file can't be read, or a marker is broken.
    """
    pages = {name: place.text(place.path(name)) for name in config.sections}
    cleared = {
        place.path(name): scaffold.without_sections(text, name)
        for name, text in pages.items()
        if text is not None
    }
    running = [workflow.path for workflow in workflows.find(place.top)]
    texts = {path: place.text(path) for path in (place.path(place.settings), *running)}
    ours = tuple(path for path, text in texts.items() if text is not None and scaffold.is_ours(text))
    others = tuple(path for path, text in texts.items() if text is not None and path not in ours)
    return place.changes(cleared), ours, others


def left_to_do(place: Place, config: Config, here: Path) -> Iterator[str]:
    """List what only the user can do, before anything is removed; commands are for a shell in `here`.

    Without settings or a workflow, nothing tells the source, so that its secrets are not among it.
    """
    where = f" --repo {place.repo}" if place.repo else ""
    is_set_up = place.text(place.path(place.settings)) is not None or workflows.find(place.top)
    secrets = config.about.secrets if is_set_up else ()
    if secrets:
        yield f"delete the secrets: {'; '.join(f'gh secret delete {name}{where}' for name in secrets)}"
    output = place.path(config.output)
    git, written = _for_shell(place, [output], here)
    if config.publish.live_branch:
        live = shlex.quote(config.publish.live_branch)
        yield f"delete the live branch: {git} push origin --delete {live}"
    if place.top.names(output):
        yield f"delete the exported files, if you do not want to keep them: {git} rm -r {written}"
    if config.about.access_page and is_set_up:
        yield f"revoke the app's access to your account: {config.about.access_page}"
