"""Run git, without the hooks, prompts and background processes of the user's own set-up."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import IO, cast

TIMEOUT = 30.0
"""Seconds, for one answer."""

_ENVIRONMENT = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
_LOCATION = {
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_DIR", "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_INTERNAL_SUPER_PREFIX", "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE", "GIT_WORK_TREE",
}  # fmt: skip
"""Of `git rev-parse --local-env-vars`, those that say where a repository is; others carry credentials."""

_SETTINGS = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.splitIndex": "false",
    "gc.auto": "0",
    "i18n.commitEncoding": "UTF-8",
    "maintenance.auto": "false",
}


class GitError(Exception):
    """Git failed. `said` is its stderr; `is_late` means that it timed out."""

    def __init__(self, said: str, *, is_late: bool = False) -> None:
        super().__init__(said)
        self.said = said
        self.is_late = is_late


def ask(root: Path, *arguments: str) -> str | None:
    """Return git's output in a folder; None if it failed."""
    try:
        return run(root, *arguments).decode("utf-8", "replace")
    except GitError:
        return None


def run(root: Path, *arguments: str, data: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
    """Return git's output in a folder; `data` is its standard input, `env` is added to its environment.

    Raises:
        GitError: git is not installed, failed, or timed out.
    """
    process = _started(root, arguments, env or {})
    with process:
        try:
            out, said = process.communicate(data, timeout=TIMEOUT)
        except BaseException as error:
            _kill(process)
            if isinstance(error, subprocess.TimeoutExpired):
                raise _late() from error
            raise
    if process.returncode:
        raise GitError(said.decode("utf-8", "replace").strip())
    return out


class Blobs:
    """Reads blobs of the repository that a folder is in, all with one process, until `close`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, name: str) -> bytes:
        """Read a blob.

        Raises:
            GitError: as `run` does, or it is not there.
        """
        process = self._process = self._process or _started(self._root, ("cat-file", "--batch"), {})
        limit = Timer(TIMEOUT, _kill, [process])
        limit.start()
        try:
            content = _answered(process, name)
            is_late = limit.finished.is_set()
        finally:
            limit.cancel()
        if content is None:
            said = self.close()
            raise _late() if is_late else GitError(said or f"{name} is missing")
        return content

    def close(self) -> str:
        """End the process, and return its stderr."""
        process, self._process = self._process, None
        return process.communicate()[1].decode("utf-8", "replace").strip() if process else ""


def _answered(process: "subprocess.Popen[bytes]", name: str) -> bytes | None:
    """Ask for a blob (None: it did not come): https://git-scm.com/docs/git-cat-file#_batch_output."""
    asked, answer = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
    with suppress(BrokenPipeError):
        asked.write(f"{name}\n".encode())
        asked.flush()
    _, _, size = answer.readline().decode().partition(" blob ")
    return answer.read(int(size) + 1)[:-1] if size else None


def _late() -> GitError:
    return GitError(f"git got no answer within {TIMEOUT:.0f} seconds", is_late=True)


def _started(root: Path, arguments: Sequence[str], env: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    program = shutil.which("git")
    if program is None:
        raise GitError("git is not installed")
    settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
    try:
        return subprocess.Popen(  # noqa: S603 # no shell, and no untrusted text becomes an option
            [program, "-C", str(root), *settings, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**environment(), **_ENVIRONMENT, **env},
            start_new_session=True,
        )
    except OSError as error:
        raise GitError(f"git can't be run: {error.strerror}") from error


def environment() -> dict[str, str]:
    """Return our environment, in which git finds the repository of the folder it runs in, and no other."""
    return {name: value for name, value in os.environ.items() if name not in _LOCATION}


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill git, and the programs that it started to talk to a remote: they hold its pipes open."""
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
