"""Decide which branch receives the permanent files and which the frequently changing ones."""

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from exporter.config.schema import Config
from exporter.errors import SetupError, raise_all
from exporter.publish import git
from exporter.publish.git import GitError
from exporter.publish.repository import Heads, Repository, Tree, name_on_github, open_repository
from exporter.records import ARCHIVE
from exporter.render.report import LiveBranch

MARK = "<!-- now-listening: written by a job, changes are lost -->"
"""The first line of a live branch's README: without it, the branch is somebody else's."""

README = "README.md"


def live_branch(config: Config, root: Path) -> LiveBranch | None:
    """Return the live branch of the settings in `root`; None if there is none, or not on GitHub."""
    branch = config.publish.live_branch
    if branch is None:
        return None
    try:
        repository = open_repository(root, {})
        name = name_on_github(repository.push_address)
    except (SetupError, GitError):
        return None
    address = f"https://github.com/{name}"
    return LiveBranch(repository=address, branch=branch, folder=repository.prefix) if name else None


class Lane(Struct, frozen=True, kw_only=True):
    """A branch to push to; if the settings name it, it is created when it is missing."""

    branch: str
    is_named: bool
    is_squashed: bool = False


class TwoTrees:
    """A `Store` with the permanent files in one tree, and those that change often in the other."""

    def __init__(self, kept: Tree, live: Tree, is_kept: Callable[[str], bool]) -> None:
        self._kept, self._live, self._is_kept = kept, live, is_kept

    def read(self, path: str) -> bytes | None:
        """Read a file; None if there is no such file."""
        return (self._kept if self._is_kept(path) else self._live).read(path)

    def names(self, folder: str) -> Sequence[str]:
        """List the names of the files in a folder; empty if there is no folder."""
        return (self._kept if self._is_kept(f"{folder}/") else self._live).names(folder)


def choose(config: Config, repository: Repository) -> tuple[Lane, ...]:
    """Choose the branch for everything; or, with two lanes, for the permanent files, and then the live one.

    Raises:
        SetupError: a branch name is invalid, or no branch can be determined.
        GitError: the remote can't be asked for its default branch.
    """
    named, live = config.publish.branch, config.publish.live_branch
    for name in filter(None, (named, live)):
        _check_name(repository, name)
    branch = named or repository.checked_out or repository.heads(()).default
    if branch is None:
        raise SetupError(
            f"No branch is checked out, and {repository.remote} has no default branch.",
            hint="Name one in config.yaml, such as `publish: {branch: main}`.",
        )
    kept = Lane(branch=branch, is_named=named is not None)
    if live is None:
        return (kept,)
    is_squashed = config.publish.live_history == "squash"
    return kept, Lane(branch=live, is_named=True, is_squashed=is_squashed)


def _check_name(repository: Repository, name: str) -> None:
    """Reject invalid branch names, and those that git would read as something else."""
    is_valid = git.ask(repository.root, "check-ref-format", f"refs/heads/{name}") is not None
    if not is_valid or name.startswith(("+", "-", "refs/")):
        raise SetupError(
            f"A branch can't be called `{name}`.",
            hint="Write its plain name under `publish`, such as `listening`.",
            place="config.yaml",
        )


def check(lanes: Sequence[Lane], heads: Heads, trees: Sequence[Tree], remote: str) -> None:
    """Check the lanes against what the remote has: its heads, and the lanes' trees.

    Raises:
        SetupError: the branch that is checked out was never pushed; or the live branch is the default branch,
            the one with the permanent files, or one that a person created.
    """
    kept, *live = lanes
    errors = []
    if kept.branch not in heads.tips and not kept.is_named:
        errors.append(_never_pushed(kept.branch, remote) if heads.default else _empty(remote))
    for lane, tree in zip(live, trees[1:], strict=True):
        if lane.branch in {kept.branch, heads.default}:
            hint = "Name a branch with nothing else on it, such as `publish: {live_branch: listening}`."
            errors.append(_not_live(lane.branch, "the permanent files are there", hint))
        elif tree.commit and not _begins_with_mark(tree):
            hint = (
                "Name a branch that does not exist yet. Or, if you need nothing on this one, "
                f"delete it: `git push {remote} --delete {lane.branch}`."
            )
            errors.append(_not_live(lane.branch, "Now Listening did not create that branch", hint))
    raise_all(errors)


def _never_pushed(branch: str, remote: str) -> SetupError:
    return SetupError(
        f"The branch {branch} is not on the remote.",
        hint=f"Push it once, with `git push --set-upstream {remote} {branch}`, or name another in "
        "config.yaml, such as `publish: {branch: main}`.",
    )


def _empty(remote: str) -> SetupError:
    return SetupError(
        "The remote has no branches yet, or none that is its default.",
        hint=f"Commit your files, and push them once: `git push --set-upstream {remote} HEAD`.",
    )


def _not_live(branch: str, why: str, hint: str) -> SetupError:
    message = f"`publish.live_branch` can't be {branch}: {why}."
    return SetupError(message, hint=hint, place="config.yaml")


def _begins_with_mark(tree: Tree) -> bool:
    try:
        readme = tree.read(README)
    except SetupError:  # it is a link
        return False
    return readme is not None and readme.startswith(MARK.encode())


def is_kept(config: Config, path: str) -> bool:
    """Whether a file is permanent: the archive, and files with sections."""
    return path in config.sections or path.startswith(f"{config.output_path(ARCHIVE)}/")
