"""`publish`: what an export makes, as commits on the remote's branches, surviving races.

Spotify is asked once; the files are made again on each tip that is fetched, because what was exported
before, the archive and the surroundings of sections are read from there.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from pathlib import Path

from msgspec import Struct
from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from exporter import git, pipeline
from exporter.archive import snapshots
from exporter.config import Config
from exporter.errors import PublishError, SetupError
from exporter.git import GitError
from exporter.models import Listening, Plan
from exporter.outputs import Change, Store
from exporter.pipeline import Result
from exporter.refusals import explained
from exporter.render.templates import Templates
from exporter.repository import Heads, Repository, Tree

PATIENCE = 60.0
"""Seconds, for all tries to push together."""

TRIES = 10
"""At most so many, if others keep pushing."""

STUBBORN = 4
"""So many refusals on the same tips are no race, and no lock that passes."""

_WAIT = wait_random_exponential(multiplier=0.5, max=8)

BOT = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (
        ("NAME", "github-actions[bot]"),
        ("EMAIL", "41898282+github-actions[bot]@users.noreply.github.com"),
    )
}
"""Who commits in GitHub Actions, in git's own variables."""

LIVE_README = "_live_readme.md"


class Push(Struct, frozen=True, kw_only=True):
    """A commit that a branch got, and what changed with it."""

    branch: str
    commit: str
    changes: tuple[Change, ...]


class Published(Struct, frozen=True, kw_only=True):
    """What came of it: the run's result, all pushes, and the `commit` that now holds the outputs.

    `failure` is why not everything could be pushed.
    """

    result: Result
    pushes: tuple[Push, ...]
    commit: str | None
    failure: PublishError | None

    def added_to(self, folder: str) -> bool:
        """Whether a new file was pushed in a folder."""
        changes = (change for push in self.pushes for change in push.changes)
        return any(change.before is None and change.path.startswith(f"{folder}/") for change in changes)


class _Lane(Struct, frozen=True, kw_only=True):
    """A branch to write; one that is named in the settings is begun if it is missing."""

    branch: str
    is_named: bool
    is_squashed: bool = False


class _Part(Struct, frozen=True, kw_only=True):
    """What is to change in the tree that a lane's branch has."""

    lane: _Lane
    tree: Tree
    changes: tuple[Change, ...]


class _Edition(Struct, frozen=True, kw_only=True):
    """What was made on certain tips."""

    heads: Heads
    result: Result
    parts: tuple[_Part, ...]


class _TwoTrees:
    """A `Store`: what is kept for good is in one tree, what changes often in the other."""

    def __init__(self, kept: Tree, live: Tree, is_kept: Callable[[str], bool]) -> None:
        self._kept, self._live, self._is_kept = kept, live, is_kept

    def read(self, path: str) -> bytes | None:
        """Read a file; None when there is none."""
        return (self._kept if self._is_kept(path) else self._live).read(path)

    def names(self, folder: str) -> Sequence[str]:
        """Name the files in a folder, if there is one."""
        return (self._kept if self._is_kept(f"{folder}/") else self._live).names(folder)


def publish(
    config: Config,
    templates: Templates,
    root: Path,
    fetch: Callable[[Plan], Listening],
    now: datetime,
    *,
    sleep: Callable[[float], None],
    author: Mapping[str, str],
) -> Published:
    """Export, commit and push; `author` are git's variables for who commits, if it is not git's own user.

    Raises:
        PublishError: there is nowhere to push to; Spotify was not asked.
        SetupError, AccountError, UnavailableError: as `pipeline.export` says; nothing was pushed.
    """
    try:
        repository = _open(root, author)
        lanes = _lanes(config, repository)
        job = _Job(
            config=config,
            templates=templates,
            repository=repository,
            lanes=lanes,
            fetch=cache(fetch),
            now=now,
        )
        retrying = Retrying(
            retry=retry_if_exception(_may_pass),
            stop=stop_after_attempt(STUBBORN),
            wait=_WAIT,
            sleep=sleep,
            reraise=True,
        )
        return _Publisher(job, retrying(job.first_edition)).run(sleep)
    except GitError as error:
        raise explained(error.said) from error


def _open(root: Path, author: Mapping[str, str]) -> Repository:
    """Find the repository and its remote, and see that somebody is there to commit. Raises GitError."""
    prefix = git.run(root, "rev-parse", "--show-prefix").decode("utf-8", "surrogateescape").rstrip("\n")
    remotes = git.run(root, "remote").decode().split()
    tracked = git.ask(root, "config", f"branch.{_checked_out(root)}.remote") or ""
    wanted = [name for name in (tracked.strip(), "origin", *remotes[:1]) if name in remotes]
    if not wanted:
        raise PublishError("This repository has no remote.", hint="Add one: `git remote add origin ADDRESS`.")
    for role in ("AUTHOR", "COMMITTER"):
        git.run(root, "var", f"GIT_{role}_IDENT", env=author)
    return Repository(root, prefix, wanted[0], author)


def _checked_out(root: Path) -> str | None:
    return (git.ask(root, "symbolic-ref", "--quiet", "--short", "HEAD") or "").strip() or None


def _lanes(config: Config, repository: Repository) -> tuple[_Lane, ...]:
    """Choose the branch of what is kept, or of everything; then the live one, if there are two lanes."""
    named, live = config.publish.branch, config.publish.live_branch
    for name in filter(None, (named, live)):
        _check_name(repository, name)
    branch = named or _checked_out(repository.root) or repository.heads(()).default
    if branch is None:
        raise PublishError(
            f"No branch is checked out, and {repository.remote} names no default one.",
            hint="Name one in config.yaml, as `publish: {branch: main}`.",
        )
    kept = _Lane(branch=branch, is_named=named is not None)
    if live is None:
        return (kept,)
    is_squashed = config.publish.live_history == "squash"
    return kept, _Lane(branch=live, is_named=True, is_squashed=is_squashed)


def _check_name(repository: Repository, name: str) -> None:
    """Refuse what is no branch's name, or would be read as more than one."""
    is_valid = git.ask(repository.root, "check-ref-format", f"refs/heads/{name}") is not None
    if not is_valid or name.startswith(("+", "-", "refs/")):
        raise SetupError(
            f"A branch can't be called `{name}`.",
            hint="Write its plain name under `publish`, as `listening`.",
            place="config.yaml",
        )


def _check(lanes: Sequence[_Lane], heads: Heads) -> None:
    kept, *live = lanes
    if kept.branch not in heads.tips and not kept.is_named:
        raise PublishError(
            f"The branch {kept.branch} is not on the remote.",
            hint=f"Push it once, with `git push --set-upstream origin {kept.branch}`, or name another in "
            "config.yaml, as `publish: {branch: main}`.",
        )
    for lane in live:
        if lane.branch in {kept.branch, heads.default}:
            raise SetupError(
                f"`publish.live_branch` can't be {lane.branch}: what is kept is there.",
                hint="Name a branch that holds nothing else, as `publish: {live_branch: listening}`.",
                place="config.yaml",
            )


class _Job(Struct, frozen=True, kw_only=True):
    """All that an edition is made of, but for the tips."""

    config: Config
    templates: Templates
    repository: Repository
    lanes: tuple[_Lane, ...]
    fetch: Callable[[Plan], Listening]
    now: datetime

    def first_edition(self) -> _Edition:
        """Look at the remote, and export. Raises GitError, and PublishError for branches that can't be."""
        heads = self.repository.heads(lane.branch for lane in self.lanes)
        _check(self.lanes, heads)
        return self.edition(heads)

    def edition(self, heads: Heads) -> _Edition:
        """Export from the trees that the branches have. Raises GitError."""
        trees = [self.repository.tree(heads.tips.get(lane.branch)) for lane in self.lanes]
        result, changes = self._one_lane(*trees) if len(trees) == 1 else self._two_lanes(*trees)
        parts = zip(self.lanes, trees, changes, strict=True)
        return _Edition(
            heads=heads,
            result=result,
            parts=tuple(_Part(lane=lane, tree=tree, changes=changed) for lane, tree, changed in parts),
        )

    def _one_lane(self, tree: Tree) -> tuple[Result, list[tuple[Change, ...]]]:
        result = self._export(tree)
        return result, [tree.changes(result.files)]

    def _two_lanes(self, kept: Tree, live: Tree) -> tuple[Result, list[tuple[Change, ...]]]:
        self.templates.compile(LIVE_README)
        is_kept = partial(_is_kept, self.config)
        result = self._export(_TwoTrees(kept, live, is_kept))
        slow = {path: content for path, content in result.files.items() if is_kept(path)}
        fast = {path: content for path, content in result.files.items() if not is_kept(path)}
        readme = self.templates.render(LIVE_README, result.report.context()).encode()
        return result, [kept.changes(slow), live.changes({**fast, "README.md": readme})]

    def _export(self, store: Store) -> Result:
        weekly = self.config.publish.readme == "weekly"
        return pipeline.export(
            self.config, self.templates, store, self.fetch, self.now, weekly_sections=weekly
        )


def _is_kept(config: Config, path: str) -> bool:
    return path in config.sections or path.startswith(f"{config.output_path(snapshots.FOLDER)}/")


class _Publisher:
    """The tries to push an edition, and what they came to so far."""

    def __init__(self, job: _Job, edition: _Edition) -> None:
        self._job = job
        self._repository = job.repository
        self._edition = edition
        self._tried: dict[str, Push] = {}
        self._pushed: list[Push] = []
        self._refusals = 0

    def run(self, sleep: Callable[[float], None]) -> Published:
        """Try until all is pushed, or refused, or others came first too often."""
        retrying = Retrying(
            retry=retry_if_exception(self._is_worth_another),
            stop=stop_after_attempt(TRIES) | stop_after_delay(PATIENCE),
            wait=_WAIT,
            sleep=sleep,
            reraise=True,
        )
        failure: PublishError | None = None
        try:
            retrying(self._try)
        except GitError as error:
            failure = _LOST if self._is_worth_another(error) else explained(error.said)
        outputs = self._edition.parts[-1]
        pushed = {push.branch: push.commit for push in self._pushed}
        return Published(
            result=self._edition.result,
            pushes=tuple(self._pushed),
            commit=pushed.get(outputs.lane.branch, outputs.tree.commit),
            failure=failure,
        )

    def _try(self) -> None:
        try:
            self._push_all()
        except GitError:
            self._refusals += 1
            raise

    def _push_all(self) -> None:
        """Push what is to change, made again if the tips have moved meanwhile. Raises GitError."""
        if not any(part.changes for part in self._edition.parts):
            return
        heads = self._repository.heads(part.lane.branch for part in self._edition.parts)
        self._take_note(heads)
        if heads != self._edition.heads:
            self._edition = self._job.edition(heads)
            self._refusals = 0
        errors = [error for part in self._edition.parts if (error := self._push(part))]
        if errors:
            raise errors[0]

    def _take_note(self, heads: Heads) -> None:
        """Count as pushed what arrived though its push seemed to fail."""
        for branch, push in self._tried.items():
            if heads.tips.get(branch) == push.commit:
                self._pushed.append(push)
        self._tried.clear()

    def _push(self, part: _Part) -> GitError | None:
        """Commit and push what is to change in one lane; return an error, so that the other has its turn."""
        if not part.changes:
            return None
        tip, branch = part.tree.commit, part.lane.branch
        parent = None if part.lane.is_squashed else tip
        try:
            commit = self._repository.commit(
                part.tree, part.changes, self._job.config.publish.message, parent=parent
            )
            push = Push(branch=branch, commit=commit, changes=part.changes)
            self._tried[branch] = push
            self._repository.push(commit, branch, replacing=tip if part.lane.is_squashed else None)
        except GitError as error:
            return error
        self._pushed.append(self._tried.pop(branch))
        return None

    def _is_worth_another(self, error: BaseException) -> bool:
        return _may_pass(error) and self._refusals < STUBBORN


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, GitError) and not error.is_late


_LOST = PublishError(
    "Others kept pushing, and came first each time.",
    hint="Nothing is lost: the next run tries again. Does another job push to this branch all the time?",
)
