"""Which version of the action `init` writes: the one that is installed, if it can be known."""

import json
import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import exporter
from exporter import REPOSITORY, __version__
from exporter.publish import git
from exporter.publish.repository import name_on_github

_COMMIT = re.compile(r"[0-9a-f]{40}")
_TAG = re.compile(r"v\d+(?:\.\d+)*")


def action() -> str:
    """Return what `uses` says: by commit, with the version as a comment, where these are known; else by tag.

    Without a commit it comes from a package index, so it has been released, and has a tag.
    """
    commit, tag = _recorded() or _checked_out(Path(exporter.__file__).parent.parent) or ("", None)
    if not commit:
        return f"{REPOSITORY}@v{__version__}"
    return f"{REPOSITORY}@{commit}" + (f" # {tag}" if tag else "")


def _recorded() -> tuple[str, str | None] | None:
    """Return the commit that the installer recorded, and its tag if that was asked for; None if it did not.

    Source: https://packaging.python.org/en/latest/specifications/direct-url/
    """
    try:
        record = json.loads(distribution("now-listening").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        return None
    origin = record.get("vcs_info", {})
    commit, asked_for = origin.get("commit_id", ""), origin.get("requested_revision", "")
    if name_on_github(record.get("url", "")) != REPOSITORY or not _COMMIT.fullmatch(commit):
        return None
    return commit, asked_for if _TAG.fullmatch(asked_for) else None


def _checked_out(folder: Path) -> tuple[str, str | None] | None:
    """Return the commit and the tag of a clone of the project; None if GitHub does not have that commit."""
    origin = git.ask(folder, "remote", "get-url", "origin") or ""
    if git.ask(folder, "rev-parse", "--show-prefix") != "\n" or name_on_github(origin) != REPOSITORY:
        return None
    commit = (git.ask(folder, "rev-parse", "HEAD") or "").strip()
    if not git.ask(folder, "branch", "--remotes", "--contains", commit):
        return None
    tag = (git.ask(folder, "describe", "--tags", "--exact-match", commit) or "").strip()
    return commit, tag if _TAG.fullmatch(tag) else None
