"""Read and compare files, and write them atomically."""

import difflib
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from exporter.errors import SetupError

LONGEST_RUN = 3600.0
"""Seconds: temporary files older than this were left by a killed run."""


class Change(Struct, frozen=True):
    """A file's content before (None: absent) and after a change; `path` is relative to the root."""

    path: str
    before: bytes | None
    after: bytes

    def diff(self) -> str:
        """Format the change as a unified diff; for a picture and the page, show only its new size."""
        if self.path.endswith((".svg", "index.html")):
            return f"{self.path}: changed, {len(self.after)} bytes\n"
        old, new = ((text or b"").decode("utf-8", "replace") for text in (self.before, self.after))
        lines = difflib.unified_diff(
            _lines(old),
            _lines(new),
            f"a/{self.path}" if self.before is not None else "/dev/null",
            f"b/{self.path}",
            lineterm="",
        )
        return "".join(f"{line}\n" for line in lines)


def _lines(text: str) -> list[str]:
    """Split as diff does, with its note after a last line without a newline."""
    *lines, last = text.split("\n")
    return [*lines, f"{last}\n\\ No newline at end of file"] if last else lines


class Store(Protocol):
    """Reads existing files, by their paths relative to a root."""

    def read(self, path: str) -> bytes | None:
        """Read a file; None if there is no such file."""

    def names(self, folder: str) -> Sequence[str]:
        """List the names of the files in a folder; empty if there is no folder."""


class Folder:
    """The files below a root; nothing outside it is written."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> bytes | None:
        """Read a file; None if there is no such file.

        Raises:
            SetupError: it is there but can't be read.
        """
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _failure(path, "read", error) from error

    def names(self, folder: str) -> Sequence[str]:
        """List the names of the files in a folder; empty if there is no folder.

        Raises:
            SetupError: it is there but can't be read.
        """
        try:
            return sorted(path.name for path in (self.root / folder).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise _failure(folder, "read", error) from error

    def changes(self, files: Mapping[str, bytes]) -> tuple[Change, ...]:
        """Compare files with what is there, and return those that differ."""
        compared = (Change(path, self.read(path), after) for path, after in sorted(files.items()))
        return tuple(change for change in compared if change.before != change.after)

    def write(self, changes: Iterable[Change]) -> None:
        """Write all changes: first each to a temporary file beside its target, then move them, atomically.

        A killed run leaves every file complete, and perhaps temporary files (`.name.….new`), which a
        later run removes.

        Raises:
            SetupError: something can't be written; files that were not moved yet stay as they were.
        """
        staged: list[tuple[str, Path, Path]] = []
        path = ""
        try:
            for change in changes:
                path = change.path
                target = self._target(path)
                staged.append((path, _stage(target, change.after), target))
                _remove_abandoned(staged[-1][1])
            for path, temporary, target in staged:  # noqa: B007 # the error names the path
                temporary.replace(target)
        except OSError as error:
            raise _failure(path, "written", error) from error
        finally:
            for _, temporary, _ in staged:
                temporary.unlink(missing_ok=True)

    def delete(self, paths: Iterable[str]) -> None:
        """Delete files.

        Raises:
            SetupError: one can't be deleted.
        """
        for path in paths:
            try:
                self._target(path).unlink()
            except OSError as error:
                raise _failure(path, "deleted", error) from error

    def _target(self, path: str) -> Path:
        target = resolve_inside(self.root, path)
        if target is None:
            raise SetupError(
                "This path follows a link out of the repository, or to nothing.",
                hint="Remove the link.",
                place=path,
            )
        return target


def resolve_inside(root: Path, path: str) -> Path | None:
    """Resolve a path, links included; None if it leads out of the root, or nowhere."""
    try:
        target = (root / path).resolve()
        in_circles = any(step.is_symlink() for step in (target, *target.parents))
    except (OSError, ValueError, RuntimeError):
        return None
    return target if target.is_relative_to(root.resolve()) and not in_circles else None


def _stage(target: Path, content: bytes) -> Path:
    """Write `content` to a temporary file beside `target`, with its permissions."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.urandom(4).hex()}.new")
    try:
        temporary.write_bytes(content)
        if target.exists():
            shutil.copymode(target, temporary)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _remove_abandoned(temporary: Path) -> None:
    """Remove the temporary files that killed runs left beside `temporary`: those that are far older."""
    for other in temporary.parent.glob(f".*.{'[0-9a-f]' * 8}.new"):
        with suppress(FileNotFoundError):  # another run may have removed it
            if temporary.stat().st_mtime - other.stat().st_mtime > LONGEST_RUN:
                other.unlink()


def _failure(path: str, done: str, error: OSError) -> SetupError:
    is_blocked = isinstance(error, FileExistsError | NotADirectoryError)
    reason = "its folder is a file" if is_blocked else error.strerror or error
    return SetupError(
        f"This can't be {done}: {reason}.",
        hint="Check what is there, its permissions, and the free disk space.",
        place=path,
    )
