"""For `check`: where `publish` would push to, and what keeps it from doing that."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from exporter.config.schema import Config
from exporter.errors import NowListeningError, SetupError, each_of
from exporter.github import actions
from exporter.publish import lanes
from exporter.publish.git import GitError
from exporter.publish.refusals import explained, in_short, known
from exporter.publish.repository import Repository, open_repository
from exporter.setup.finding import Finding, doubt, trouble


def destination(
    config: Config, root: Path, workflows: Sequence[str], *, is_offline: bool
) -> Iterator[Finding]:
    """Name the repository and the branches that `publish` would push to, and check that it can.

    `workflows` are the paths of those that run Now Listening, from the repository's top. The remote is only
    asked without `is_offline`.
    """
    try:
        repository = open_repository(root, actions.author())
    except (SetupError, GitError) as error:
        yield from _obstacles(error)
        return
    if not repository.has_commit:
        yield Finding("warning", "nothing is committed here yet", "Commit your files, and push them.")
    try:
        repository.check_identity()
    except GitError as error:
        yield from _obstacles(error)
    try:
        with closing(repository.blobs):
            yield from _branches(config, repository, workflows, is_offline=is_offline)
    except (SetupError, GitError) as error:
        if isinstance(error, SetupError) or known(error.said):
            yield from _obstacles(error)
        else:
            fact = f"the remote can't be reached: {in_short(error.said)}"
            yield Finding("warning", fact, "Check its address with `git remote -v`, and your connection.")


def _branches(
    config: Config, repository: Repository, workflows: Sequence[str], *, is_offline: bool
) -> Iterator[Finding]:
    """Raises SetupError and GitError as `lanes.choose` does, and GitError if the remote can't be asked."""
    is_known = config.publish.branch or repository.checked_out
    chosen = lanes.choose(config, repository) if is_known or not is_offline else ()
    names = " and ".join(dict.fromkeys(lane.branch for lane in chosen)) or "the default branch"
    unasked = "; the remote was not asked" if is_offline else ""
    yield Finding(None, f"`publish` would push to {names} of {in_short(repository.push_address)}{unasked}")
    if is_offline:
        return
    heads = repository.heads(lane.branch for lane in chosen)
    trees = [repository.tree(heads.tips.get(lane.branch)) for lane in chosen]
    try:
        lanes.check(chosen, heads, trees, repository.remote)
    except SetupError as error:
        yield from _obstacles(error)
    default = heads.default or chosen[0].branch
    tree = repository.tree(repository.heads([default]).tips.get(default))
    for path in workflows:
        if not tree.holds(path):
            yield Finding(
                "warning",
                f"{path} is not on the remote's default branch, so it does not run on a schedule",
                "Commit it, and push it there.",
            )


def _obstacles(error: NowListeningError | GitError) -> Iterator[Finding]:
    """Report mistakes in the user's files as errors, and what is not there yet as something to look at."""
    for each in each_of(explained(error.said) if isinstance(error, GitError) else error):
        if each.place:
            yield from trouble(each)
        else:
            yield doubt(each, "warning")
