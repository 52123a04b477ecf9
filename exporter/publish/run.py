"""`publish`: commit an export to the remote's branches, although others may push at the same time.

The source is asked once. The files are made again for each new tip, because the old documents, the archive
and the text around sections are read from it.
"""

from collections.abc import Callable, Mapping
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from posixpath import dirname
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from tenacity import (
    Retrying,
    retry_if_exception,
    retry_if_result,
    stop_after_attempt,
    wait_random_exponential,
)

from exporter import pipeline
from exporter.errors import Mistakes, NowListeningError
from exporter.files import Change, Store
from exporter.models import Listening, Plan
from exporter.pipeline import Result, Run
from exporter.publish import lanes
from exporter.publish.decide import MOST_REJECTIONS, decide
from exporter.publish.git import GitError
from exporter.publish.lanes import Lane, TwoTrees
from exporter.publish.refusals import explained
from exporter.publish.repository import Heads, Repository, Tree, open_repository
from exporter.render.report import LIVE_README
from exporter.wording import count

PAGE = "index.html"
"""The output that is a page."""

_WAIT = wait_random_exponential(multiplier=0.5, max=8)


class Push(Struct, frozen=True, kw_only=True):
    """A commit that was pushed to a branch, and its changes."""

    branch: str
    commit: str
    changes: tuple[Change, ...]


class Published(Struct, frozen=True, kw_only=True):
    """The run's result, all pushes, and the `commit` that now holds the outputs.

    `page` is the folder in it that has a page, by its path from the repository's top.
    `failure` says why not everything could be pushed.
    """

    result: Result
    pushes: tuple[Push, ...]
    commit: str | None
    page: str | None
    failure: NowListeningError | None

    def added_to(self, folder: str) -> bool:
        """Whether a new file was pushed in a folder."""
        changes = (change for push in self.pushes for change in push.changes)
        return any(change.before is None and change.path.startswith(f"{folder}/") for change in changes)


class _Part(Struct, frozen=True, kw_only=True):
    """The changes to the branch of one lane."""

    lane: Lane
    tree: Tree
    changes: tuple[Change, ...]


class _Edition(Struct, frozen=True, kw_only=True):
    """An export made from these remote heads."""

    heads: Heads
    result: Result
    parts: tuple[_Part, ...]


class _Progress(Struct, frozen=True, kw_only=True):
    """How far publishing has come.

    `unsure` are pushes that failed, but may have arrived. `failure` is the last try's, and
    `rejections` counts the failures since the remote's heads last moved.
    """

    edition: _Edition
    pushed: tuple[Push, ...] = ()
    unsure: tuple[Push, ...] = ()
    failure: GitError | None = None
    rejections: int = 0


def publish(
    run: Run,
    root: Path,
    fetch: Callable[[Plan], Listening],
    *,
    sleep: Callable[[float], None],
    author: Mapping[str, str],
) -> Published:
    """Export, commit and push; `author` holds git's variables for who commits; if empty, git's own user does.

    `run` works on the remote's branches instead of its own store.

    Raises:
        SetupError: there is nowhere to push to, and the source was not asked; or as `pipeline.export` says.
        PublishError: the remote can't be asked; the source was not asked either.
        AccountError, UnavailableError: as `pipeline.export` says; nothing was pushed.
    """
    try:
        repository = open_repository(root, author)
        repository.check_identity()
        job = _Job(
            run=replace(run, weekly_sections=run.config.publish.readme == "weekly"),
            repository=repository,
            lanes=lanes.choose(run.config, repository),
            fetch=cache(fetch),
        )
        first = Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, GitError) and not error.is_late),
            stop=stop_after_attempt(MOST_REJECTIONS),
            wait=_WAIT,
            sleep=sleep,
            reraise=True,
        )
        with closing(repository.blobs):
            return _push(job, first(lambda: job.edition(job.heads())), sleep)
    except GitError as error:
        raise explained(error.said) from error


def _push(job: "_Job", edition: _Edition, sleep: Callable[[float], None]) -> Published:
    """Try to push until everything has arrived, or `decide` says to stop."""
    progress = _Progress(edition=edition)
    outcome: Any = None
    for attempt in Retrying(retry=retry_if_result(lambda result: result == "again"), wait=_WAIT, sleep=sleep):
        with attempt:
            progress = job.try_to_push(progress)
        state = attempt.retry_state
        if state.outcome and not state.outcome.failed:  # tenacity raises what failed
            outcome = decide(
                progress.failure,
                rejections=progress.rejections,
                tries=state.attempt_number,
                seconds=state.seconds_since_start or 0,
            )
            state.set_result(outcome)
    outputs = progress.edition.parts[-1]
    commits = {push.branch: push.commit for push in progress.pushed}
    return Published(
        result=progress.edition.result,
        pushes=progress.pushed,
        commit=commits.get(outputs.lane.branch, outputs.tree.commit),
        page=job.page(outputs),
        failure=outcome if isinstance(outcome, NowListeningError) else None,
    )


class _Job(Struct, frozen=True, kw_only=True):
    """Makes an edition from the remote's heads, and pushes it."""

    run: Run
    repository: Repository
    lanes: tuple[Lane, ...]
    fetch: Callable[[Plan], Listening]

    def page(self, outputs: _Part) -> str | None:
        """Return the folder of the page in these outputs, new or kept; None if there is no page."""
        page = self.repository.full(self.run.config.output_path(PAGE))
        made = {self.repository.full(change.path) for change in outputs.changes}
        return dirname(page) or "." if page in made or outputs.tree.holds(page) else None

    def try_to_push(self, progress: _Progress) -> _Progress:
        """Try once to push the changes, made again if the heads moved; the progress says what went wrong."""
        if not any(part.changes for part in progress.edition.parts):
            return replace(progress, failure=None)
        try:
            heads = self.heads()
            arrived = (push for push in progress.unsure if heads.tips.get(push.branch) == push.commit)
            progress = replace(progress, pushed=(*progress.pushed, *arrived), unsure=())
            if heads != progress.edition.heads:
                progress = replace(progress, edition=self.edition(heads), rejections=0)
        except GitError as error:
            return replace(progress, failure=error, rejections=progress.rejections + 1)
        sent = [self._send(part) for part in progress.edition.parts if part.changes]
        failures = [failure for _, failure in sent if failure]
        return replace(
            progress,
            pushed=(*progress.pushed, *(push for push, failure in sent if push and not failure)),
            unsure=tuple(push for push, failure in sent if push and failure),
            failure=failures[0] if failures else None,
            rejections=progress.rejections + bool(failures),
        )

    def _send(self, part: _Part) -> tuple[Push | None, GitError | None]:
        """Commit and push one lane's changes; return a failure, so that the other lane is still pushed."""
        tip, branch, is_squashed = part.tree.commit, part.lane.branch, part.lane.is_squashed
        push = None
        try:
            commit = self.repository.commit(
                part.tree,
                part.changes,
                self.run.config.publish.message,
                parent=None if is_squashed else tip,
            )
            push = Push(branch=branch, commit=commit, changes=part.changes)
            self.repository.push(commit, branch, replacing=tip if is_squashed else None)
        except GitError as error:
            return push, error
        return push, None

    def heads(self) -> Heads:
        """Ask the remote for the heads of the lanes. Raises GitError."""
        return self.repository.heads(lane.branch for lane in self.lanes)

    def edition(self, heads: Heads) -> _Edition:
        """Export from the branches' current trees.

        Raises:
            SetupError: a branch may not be pushed to; nothing was fetched from the source for it.
            GitError: a tree can't be fetched.
        """
        trees = [self.repository.tree(heads.tips.get(lane.branch)) for lane in self.lanes]
        lanes.check(self.lanes, heads, trees, self.repository.remote)
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
        is_kept = partial(lanes.is_kept, self.run.config)
        result = self._export(TwoTrees(kept, live, is_kept))
        permanent = {path: content for path, content in result.files.items() if is_kept(path)}
        changing = {path: content for path, content in result.files.items() if not is_kept(path)}
        stale = [path for path in changing if kept.read(path) is not None]
        if stale:
            branch = self.lanes[0].branch
            others = f" (and {count(len(stale) - 1, 'more file')})" if stale[1:] else ""
            advice = f"{stale[0]}{others}: also on {branch}. Delete it there: it is on the live branch now."
            result = replace(result, warnings=(*result.warnings, advice))
        result = replace(result, warnings=(*result.warnings, *result.unseen))
        failed = Mistakes()
        failed.add(*result.failed)
        text = ""
        with failed.collected():
            text = self.run.templates.render(LIVE_README, result.report.context())
        if text or live.read(lanes.README) is None:  # without its mark, the branch would not count as ours
            changing[lanes.README] = f"{lanes.MARK}\n\n{text}".encode()
        return replace(result, failed=failed.found), [kept.changes(permanent), live.changes(changing)]

    def _export(self, store: Store) -> Result:
        return pipeline.export(replace(self.run, store=store), self.fetch)
