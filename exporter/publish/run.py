"""`publish`: what an export makes, as commits on the remote's branches, surviving races.

Spotify is asked once; the files are made again on each tip that is fetched, because what was exported
before, the archive and the surroundings of sections are read from there.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from exporter import pipeline
from exporter.config.schema import Config
from exporter.errors import PublishError
from exporter.files import Change, Store
from exporter.models import Listening, Plan
from exporter.pipeline import Result
from exporter.publish import lanes
from exporter.publish.git import GitError
from exporter.publish.lanes import Lane, TwoTrees
from exporter.publish.refusals import explained
from exporter.publish.repository import Heads, Repository, Tree, open_repository
from exporter.render.templates import Templates

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


class _Part(Struct, frozen=True, kw_only=True):
    """What is to change in the tree that a lane's branch has."""

    lane: Lane
    tree: Tree
    changes: tuple[Change, ...]


class _Edition(Struct, frozen=True, kw_only=True):
    """What was made on certain tips."""

    heads: Heads
    result: Result
    parts: tuple[_Part, ...]


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
        repository = open_repository(root, author)
        job = _Job(
            config=config,
            templates=templates,
            repository=repository,
            lanes=lanes.choose(config, repository),
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


class _Job(Struct, frozen=True, kw_only=True):
    """All that an edition is made of, but for the tips."""

    config: Config
    templates: Templates
    repository: Repository
    lanes: tuple[Lane, ...]
    fetch: Callable[[Plan], Listening]
    now: datetime

    def first_edition(self) -> _Edition:
        """Look at the remote, and export. Raises GitError, and PublishError for branches that can't be."""
        heads = self.repository.heads(lane.branch for lane in self.lanes)
        lanes.check(self.lanes, heads)
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
        is_kept = partial(lanes.is_kept, self.config)
        result = self._export(TwoTrees(kept, live, is_kept))
        slow = {path: content for path, content in result.files.items() if is_kept(path)}
        fast = {path: content for path, content in result.files.items() if not is_kept(path)}
        stale = [path for path in fast if kept.read(path) is not None]
        if stale:
            told = f"{stale[0]} is on {self.lanes[0].branch} too, from before: delete there what is live now."
            result = replace(result, warnings=(*result.warnings, told))
        readme = self.templates.render(LIVE_README, result.report.context()).encode()
        return result, [kept.changes(slow), live.changes({**fast, "README.md": readme})]

    def _export(self, store: Store) -> Result:
        weekly = self.config.publish.readme == "weekly"
        return pipeline.export(
            self.config, self.templates, store, self.fetch, self.now, weekly_sections=weekly
        )


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
