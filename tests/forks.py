"""Start the command as a process quickly: fork a Python that has imported it, and compiled the templates.

Each fork is a process like `python -m exporter`, with its own memory, folder, variables, streams and signals;
only the imports and the built-in templates are shared. Tests use `Forks`. Run as a program, this module is
the process that is forked, because the tests' own process has threads and can't be.
"""

import gc
import json
import os
import resource
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NoReturn, Self

PROJECT = Path(__file__).parent.parent
PATIENCE = 60.0
"""Seconds: the longest that any process may take."""


class Fork:
    """A process that runs the command."""

    def __init__(self, forks: socket.socket, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
        mask = os.umask(0)
        os.umask(mask)
        asked = {
            "argv": argv,
            "cwd": str(cwd),
            "env": dict(env),
            "umask": mask,
            "limit": resource.getrlimit(resource.RLIMIT_FSIZE),
        }
        self._told, told = socket.socketpair()
        self._files = [tempfile.TemporaryFile(), tempfile.TemporaryFile()]  # noqa: SIM115 # `wait` closes them
        fds = [told.fileno(), *(file.fileno() for file in self._files)]
        message = json.dumps(asked).encode() + b"\n"
        with told:
            sent = socket.send_fds(forks, [message], fds)
            forks.sendall(message[sent:])
        self._told.settimeout(PATIENCE)
        self._lines = self._told.makefile()
        self.pid = int(self._lines.readline())

    def kill(self) -> None:
        """Kill it, without a chance to clean up."""
        os.kill(self.pid, signal.SIGKILL)

    def has_ended(self) -> bool:
        """Whether it has ended."""
        self._told.settimeout(0)
        try:
            return bool(self._told.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return False
        finally:
            self._told.settimeout(PATIENCE)

    def wait(self) -> tuple[int, str, str]:
        """Wait for its end; return its exit code (negative: the signal that ended it), output and errors."""
        with closing(self._told), self._lines:
            try:
                code = int(self._lines.readline())
            except TimeoutError:
                self.kill()
                raise
        said = []
        for file in self._files:
            with file:
                file.seek(0)
                said.append(file.read().decode())
        return code, said[0], said[1]


class Forks:
    """Starts forks; a context manager."""

    def __enter__(self) -> Self:
        self._channel, theirs = socket.socketpair()
        with theirs:
            self._program = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                env={**os.environ, "PYTHONPATH": str(PROJECT)},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._channel.close()
        self._program.wait(PATIENCE)

    def start(self, *argv: str, cwd: Path, env: Mapping[str, str]) -> Fork:
        """Start the command in its own session, with these variables, and its process id in OWN_PID."""
        return Fork(self._channel, argv, cwd, env)


def serve(channel: socket.socket) -> None:
    """Fork for each message, until the tests close the channel."""
    signal.signal(signal.SIGCHLD, reap)
    while True:
        message, fds, _, _ = socket.recv_fds(channel, 65536, 3)
        if not message:
            return
        while not message.endswith(b"\n"):
            message += channel.recv(65536)
        if os.fork() == 0:
            channel.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            with socket.socket(fileno=fds[0]) as told:
                process = os.fork()
                if process:
                    watch(process, told)
            become(json.loads(message), *fds[1:])
        for fd in fds:
            os.close(fd)


def reap(*_: object) -> None:
    """Reap the forks that waited for others."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def watch(process: int, told: socket.socket) -> NoReturn:
    """Send the id of a process, and its exit code when it ends."""
    told.sendall(b"%d\n" % process)
    _, status = os.waitpid(process, 0)
    told.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def become(asked: dict[str, Any], out: int, err: int) -> None:
    """Become the process that a message describes."""
    os.setsid()
    for to, fd in enumerate((out, err), 1):
        os.dup2(fd, to)
        os.close(fd)
    os.umask(asked["umask"])
    resource.setrlimit(resource.RLIMIT_FSIZE, asked["limit"])
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"], OWN_PID=str(os.getpid()))
    sys.argv[1:] = asked["argv"]
    sys.path[0] = asked["cwd"]
    try:
        runpy.run_module("exporter", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        ended(end)


def ended(end: SystemExit) -> NoReturn:
    """End as Python does once all threads have, but without freeing the memory, which takes long."""
    threading._shutdown()  # type: ignore[attr-defined] # noqa: SLF001 # there is no public way
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(end.code if isinstance(end.code, int) else 0)


if __name__ == "__main__":
    from parsing import parse_builtin, parsed_once

    import exporter.cli.archive
    import exporter.cli.demo
    import exporter.cli.job
    import exporter.cli.publish
    import exporter.cli.setup
    import exporter.render.pictures
    import exporter.sources.fetch

    exporter.render.parsed.Parsed = parsed_once  # type: ignore[assignment, misc]
    parse_builtin()
    gc.freeze()
    serve(socket.socket(fileno=int(sys.argv[1])))
