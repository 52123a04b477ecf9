"""Pure: what `forget` says before it writes, and after."""

from collections.abc import Sequence
from pathlib import PurePosixPath

import msgspec

from exporter.archive import snapshots
from exporter.config.schema import Config

FILTER_REPO = "https://github.com/newren/git-filter-repo"


def announcement(name: str, paths: Sequence[str], config: Config) -> str:
    """Tell what would change: snapshots as a number, for they can be many, and each other file."""
    archive = config.output_path(snapshots.FOLDER)
    others = [path for path in paths if not _is_in(archive, path)]
    count = len(paths) - len(others)
    lines = [f"{archive}/: {count} {'snapshot' if count == 1 else 'snapshots'}"] if count else []
    return "\n".join(
        [f"Without “{name}”, these are written again:", *(f"  {line}" for line in lines + others)]
    )


def advice(name: str, paths: Sequence[str], config: Config) -> str:
    """Tell how to keep it from coming back, and how to take it out of git's history."""
    kept = [config.output_path(folder) for folder in (snapshots.FOLDER, "data")]
    pages = [path for path in paths if path in config.sections]
    return "\n".join(
        [
            *_exclusion(name, config),
            "What git recorded of these files before still holds it. To take them out of history, commit;",
            f"then, in a fresh clone, with git-filter-repo ({FILTER_REPO}):",
            f"  git filter-repo --invert-paths {' '.join(f'--path {path}' for path in kept)}",
            "That removes them from every commit, the last one too: copy them back, commit, push by force.",
            *(f"{page} holds it in its past as well: look there with `git log -p {page}`." for page in pages),
            "Clones and forks of others, and caches, keep what they have.",
        ]
    )


def _exclusion(name: str, config: Config) -> list[str]:
    exclude = config.privacy.exclude
    if name in exclude:
        return []
    return [
        "So that it does not come back, say in config.yaml, under `privacy`:",
        f"  exclude: {msgspec.json.encode([*exclude, name]).decode()}",
    ]


def _is_in(folder: str, path: str) -> bool:
    return PurePosixPath(path).is_relative_to(folder)
