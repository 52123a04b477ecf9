"""Find the workflows that run Now Listening, and what GitHub lets them write."""

import re
from collections.abc import Iterator
from typing import Any

import yaml
from msgspec import Struct

from exporter import REPOSITORY
from exporter.files import Folder
from exporter.setup.scaffold import WORKFLOWS

_NAME = REPOSITORY.partition("/")[2]

_ACTION = re.compile(rf"[\w.-]+/{_NAME}(?:/[^@]*)?@", re.IGNORECASE)
"""What `uses` says: our action, or that of a fork."""

_COMMAND = re.compile(
    rf"""(?:{_NAME}\b\S*|-m\ exporter)   # uvx now-listening@1.0, python -m exporter
         (?:[^\S\n]|\\\n)+
         (?:export|publish|["']?\$)      # or a variable that holds the command""",
    re.VERBOSE,
)
_COMMENT = re.compile(r"(?:^|\s)#.*", re.MULTILINE)


class Workflow(Struct, frozen=True, kw_only=True):
    """A workflow that runs the job.

    `permissions` holds those of each job that runs ours, as YAML has them; None if there are none. A file
    that is not valid YAML has no jobs, and counts if it names us.
    """

    path: str
    text: str
    is_valid: bool = True
    uses_action: bool = False
    permissions: tuple[Any, ...] = ()

    def may_write(self, right: str) -> bool:
        """Whether a job of it that runs ours has a right to write, such as `contents`."""
        return any(
            each == "write-all" or (isinstance(each, dict) and each.get(right) == "write")
            for each in self.permissions
        )


def find(top: Folder) -> list[Workflow]:
    """List the workflows of a repository that export or publish; a folder or a dangling link is none.

    Raises:
        SetupError: a file can't be read.
    """
    paths = [f"{WORKFLOWS}/{name}" for name in top.names(WORKFLOWS) if name.endswith((".yml", ".yaml"))]
    found = (_workflow(path, top) for path in paths if (top.root / path).is_file())
    return [workflow for workflow in found if workflow]


def _workflow(path: str, top: Folder) -> Workflow | None:
    text = _text(path, top)
    content = _parsed(text)
    if content is None:
        return Workflow(path=path, text=text, is_valid=False) if _NAME in text else None
    jobs = [job for job in _mapping(content.get("jobs")).values() if isinstance(job, dict)]
    ours = [job for job in jobs if any(_is_action(step, top) or _is_command(step) for step in _steps(job))]
    if not ours:
        return None
    return Workflow(
        path=path,
        text=text,
        uses_action=any(_is_action(step, top) for job in ours for step in _steps(job)),
        permissions=tuple(job.get("permissions", content.get("permissions")) for job in ours),
    )


def _is_action(step: dict[str, Any], top: Folder) -> bool:
    """Whether a step uses our action, or a local one that runs ours: a copy of our repository has that."""
    uses = str(step.get("uses", ""))
    if not uses.startswith("./"):
        return bool(_ACTION.match(uses))
    actions = (_parsed(_text(f"{uses}/{name}", top)) for name in ("action.yml", "action.yaml"))
    return any(_is_command(step) for action in actions for step in _steps(_mapping(action).get("runs")))


def _is_command(step: dict[str, Any]) -> bool:
    """Whether a step's shell commands run `now-listening export` or `publish`."""
    return bool(_COMMAND.search(_COMMENT.sub("", str(step.get("run", "")))))


def _text(path: str, top: Folder) -> str:
    return (top.read(path) or b"").decode("utf-8", "replace")


def _parsed(text: str) -> dict[str, Any] | None:
    """Parse YAML, all scalars as text; None if it is not valid."""
    try:
        return _mapping(yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506 # it only makes text
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError):  # the last two: "\UFFFFFFFF"
        return None


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _steps(job: object) -> Iterator[dict[str, Any]]:
    steps = _mapping(job).get("steps")
    yield from (step for step in steps if isinstance(step, dict)) if isinstance(steps, list) else ()
