"""Pure: the messages of `forget`, before and after it writes."""

import shlex
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

import msgspec

from exporter.config.schema import Config
from exporter.records import ARCHIVE
from exporter.wording import count

FILTER_REPO = "https://github.com/newren/git-filter-repo"


def announcement(name: str, paths: Sequence[str], config: Config) -> str:
    """List the files that would change; snapshots are only counted, because there can be many."""
    archive = config.output_path(ARCHIVE)
    others = [path for path in paths if not PurePosixPath(path).is_relative_to(archive)]
    rewritten = len(paths) - len(others)
    lines = [f"{archive}/: {count(rewritten, 'snapshot')}"] if rewritten else []
    return "\n".join([f"To remove “{name}”, these are rewritten:", *(f"  {line}" for line in lines + others)])


def advice(name: str, paths: Sequence[str], outputs: Iterable[str], config: Config) -> str:
    """Say how to keep it from coming back, and how to remove it from git's history.

    `paths` are the files that were rewritten; `outputs` have had it in earlier commits, or may have.
    """
    tops = {PurePosixPath(output).parts[0] for output in (ARCHIVE, *outputs)}
    ours = " ".join(f"--path {shlex.quote(config.output_path(top))}" for top in sorted(tops))
    pages = [path for path in paths if path in config.sections]
    return "\n".join(
        [
            *_exclusion(name, config),
            *_other_lane(config),
            "It is still in git's history. To remove these files from history, commit first;",
            f"then, in a fresh clone, with git-filter-repo ({FILTER_REPO}):",
            f"  git filter-repo --invert-paths {ours}",
            "That removes them from every commit, including the last: copy them back, commit and force-push.",
            *(f"The history of {page} has it too: see `git log -p {page}`." for page in pages),
            "Other people's clones and forks, and caches, still have it.",
        ]
    )


def _other_lane(config: Config) -> list[str]:
    live = config.publish.live_branch
    if live is None:
        return []
    pages = " and ".join(config.sections)
    return [
        f"The branch {live}, and sections in {pages}, still show it. Commit and push config.yaml and",
        "the archive; then run `now-listening publish`: it takes the name out of them.",
    ]


def _exclusion(name: str, config: Config) -> list[str]:
    exclude = config.privacy.exclude
    if name in exclude:
        return []
    return [
        "To keep it from coming back, add this to config.yaml, under `privacy`:",
        f"  exclude: {msgspec.json.encode([*exclude, name]).decode()}",
    ]
