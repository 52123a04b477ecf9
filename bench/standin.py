"""A stand-in service in a process of its own, which answers each request after a delay, and counts.

Answers are kept, so that working them out is not measured.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from threading import Lock
from time import sleep
from typing import Any

import msgspec
from msgspec import Struct

from exporter.demo.listenbrainz.coverart import PATHS
from exporter.demo.standins import STAND_INS, StandIn
from exporter.serving import Answer, Handler, Request

NOW = datetime.fromisoformat("2026-11-25T12:34:56+00:00")
"""When everything is measured: a track is playing."""

PICTURES = ("/image/", "/i/u/", *PATHS)
"""How the paths of pictures begin."""


class Traffic(Struct, frozen=True):
    """What a service was asked and answered: requests, bytes of answers, and those for pictures apart."""

    requests: int = 0
    received: int = 0
    pictures: int = 0
    of_pictures: int = 0


class Service(Struct, frozen=True):
    """A running stand-in: its base URL, and the variables that make a run use it."""

    url: str
    environment: dict[str, str]
    control: Any

    def ask(self, command: str) -> Traffic:
        """Send a command: `delay SECONDS`, `now TIMESTAMP`, or `count`; return the traffic since the last."""
        self.control.stdin.write(f"{command}\n")
        self.control.stdin.flush()
        return msgspec.json.decode(self.control.stdout.readline(), type=Traffic)


@contextmanager
def service(source: str = "spotify") -> Iterator[Service]:
    """Run the stand-in of a source."""
    command = [sys.executable, "-m", "bench.standin", source]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        environment = msgspec.json.decode((process.stdout or sys.stdin).readline(), type=dict[str, str])
        url = next(value for name, value in environment.items() if name.endswith("_URL"))
        yield Service(url, environment, process)
        process.communicate("")


class _Measured:
    """What is added to a stand-in: the delay, the counts, and the answers that are kept."""

    delay = 0.0

    def __init__(self, stand_in: StandIn) -> None:
        self._stand_in = stand_in
        self._kept: dict[tuple[object, ...], Answer] = {}
        self._counts = dict.fromkeys(Traffic.__struct_fields__, 0)
        self._lock = Lock()

    def respond(self, request: Request, handler: Handler) -> None:
        """Answer a request."""
        key = (request.method, request.path, *sorted(request.query.items()), self._stand_in.clock())
        if key not in self._kept:
            self._kept[key] = self._stand_in.answer(request)
        answer = self._kept[key]
        is_picture = request.path.startswith(PICTURES)
        with self._lock:
            self._counts["pictures" if is_picture else "requests"] += 1
            self._counts["of_pictures" if is_picture else "received"] += len(answer.body)
        sleep(self.delay)
        handler.send(answer)

    def taken(self) -> Traffic:
        """Return the traffic, and begin to count anew."""
        with self._lock:
            traffic = Traffic(**self._counts)
            self._counts = dict.fromkeys(self._counts, 0)
        return traffic


def _serve(source: str) -> None:
    """Answer until standard input ends."""
    kind: Any = type("Measured", (STAND_INS[source],), {"LIMIT": sys.maxsize})
    with kind(clock=lambda: NOW) as stand_in:
        measured = _Measured(stand_in)
        stand_in.respond = measured.respond
        print(msgspec.json.encode(stand_in.environment).decode(), flush=True)
        for line in sys.stdin:
            command, _, value = line.strip().partition(" ")
            if command == "delay":
                measured.delay = float(value)
            elif command == "now":
                stand_in.clock = partial(datetime.fromisoformat, value)
            print(msgspec.json.encode(measured.taken()).decode(), flush=True)


if __name__ == "__main__":
    _serve(sys.argv[1])
