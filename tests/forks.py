"""Start the command as a process quickly: fork a Python that has imported it, and compiled the templates.

Each fork is a process like `python -m exporter`, with its own memory, folder, variables, streams and signals;
only the imports and the built-in templates are shared. Tests use `Forks`. Run as a program, this module is
the process that is forked, because the tests' own process has threads and can't be.
"""

import ast
import gc
import os
import resource
import runpy
import select
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

import forked
from forked import ask

PROJECT = Path(__file__).parent.parent
PATIENCE = 60.0
"""Seconds: the longest that any process may take."""


class Fork:
    """A process that runs the command."""

    def __init__(self, address: str, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
        self._files = [tempfile.TemporaryFile(), tempfile.TemporaryFile()]  # noqa: SIM115 # `wait` closes them
        self._told = socket.socket(socket.AF_UNIX)
        self._told.connect(address)
        with Path(os.devnull).open("rb") as nothing:
            streams = [file.fileno() for file in (nothing, *self._files)]
            ask(self._told, ["exporter", *argv], str(cwd), dict(env), streams)
        self._told.settimeout(PATIENCE)
        self._lines = self._told.makefile()
        self.pid = int(self._lines.readline())
        self._told.sendall(b"\n")

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
        self._folder = tempfile.TemporaryDirectory()
        self._address = f"{self._folder.name}/forks"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self._address)
            listener.listen()
            self._program = subprocess.Popen(
                [sys.executable, __file__, str(listener.fileno())],
                env={**os.environ, "PYTHONPATH": str(PROJECT)},
                stdin=subprocess.PIPE,
                pass_fds=[listener.fileno()],
            )
        return self

    def __exit__(self, *_: object) -> None:
        with self._folder:
            self._program.communicate(timeout=PATIENCE)

    def start(self, *argv: str, cwd: Path, env: Mapping[str, str]) -> Fork:
        """Start the command in its own session, with these variables, and its process id in OWN_PID."""
        return Fork(self._address, argv, cwd, env)

    @property
    def python(self) -> list[str]:
        """What runs a module as `python` does, but in a fork."""
        return [sys.executable, "-IS", forked.__file__, self._address]


running: dict[int, socket.socket] = {}
"""Who waits for which fork, in the process that is forked."""


def serve(listener: socket.socket) -> None:
    """Fork for each connection, until the tests close our standard input; then end what still runs."""
    signal.signal(signal.SIGCHLD, reap)
    while listener.fileno() in select.select([listener.fileno(), 0], [], [])[0]:
        client, _ = listener.accept()
        message, streams, _, _ = socket.recv_fds(client, 65536, 3)
        while not message.endswith(b"\n"):
            message += client.recv(65536)
        process = os.fork()
        if process == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            with client:
                client.recv(1)
            become(ast.literal_eval(message.decode()), streams)
        running[process] = client
        client.sendall(b"%d\n" % process)
        for stream in streams:
            os.close(stream)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for process in running:
        os.kill(process, signal.SIGKILL)


def reap(*_: object) -> None:
    """Send the exit codes of forks that ended."""
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            process, status = ended
            with running.pop(process) as client, suppress(BrokenPipeError):
                client.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def become(asked: dict[str, Any], streams: list[int]) -> None:
    """Become the process that a message describes."""
    os.setsid()
    for to, fd in enumerate(streams):
        os.dup2(fd, to)
        os.close(fd)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)
    os.umask(asked["umask"])
    resource.setrlimit(resource.RLIMIT_FSIZE, asked["limit"])
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"], OWN_PID=str(os.getpid()))
    module, *sys.argv[1:] = asked["argv"]
    sys.path[0] = asked["cwd"]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        end_with(end)


def end_with(end: SystemExit) -> NoReturn:
    """End as Python does once all threads have, but without freeing the memory, which takes long."""
    threading._shutdown()  # type: ignore[attr-defined] # noqa: SLF001 # there is no public way
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(end.code if isinstance(end.code, int) else 0)


if __name__ == "__main__":
    from parsing import parse_builtin, parsed_once

    import exporter.cli.archive
    import exporter.cli.attention
    import exporter.cli.demo
    import exporter.cli.job
    import exporter.cli.login
    import exporter.cli.publish
    import exporter.cli.setup
    import exporter.render.pictures
    import exporter.sources.fetch
    from exporter.config import timezones
    from exporter.sources import SOURCES
    from exporter.sources.source import source_called

    exporter.render.parsed.Parsed = parsed_once  # type: ignore[assignment, misc]
    parse_builtin()
    timezones.known()
    for name in SOURCES:
        source_called(name)  # which imports it
    gc.freeze()
    serve(socket.socket(fileno=int(sys.argv[1])))
