"""The demo's stand-ins, extended for tests: they record requests, and can fail."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from io import BufferedIOBase
from threading import Event, Lock
from typing import ClassVar, Literal

import msgspec

from exporter.demo import standins
from exporter.demo.listenbrainz.coverart import PATHS
from exporter.demo.spotify.service import SCOPES
from exporter.serving import Answer, Handler, Request


class Fault(msgspec.Struct, kw_only=True):
    """A fault instead of a service's answer, for requests to `path` whose query contains `query`.

    `path` can be a pattern, such as `/image/*`. `answer` (or what it returns for the request) is sent whole,
    or `cut` in the middle of its body, or byte by byte from its `head` or its `body` on. Without an `answer`,
    the connection is closed, or, with `hangs`, left without an answer. The fault ends after this many
    `times`, or never (None).
    """

    path: str
    query: Mapping[str, str] = {}
    answer: Answer | Callable[[Request], Answer] | None = None
    hangs: bool = False
    cut: bool = False
    drips: Literal["head", "body"] | None = None
    times: int | None = None

    def meets(self, request: Request) -> bool:
        """Whether the fault applies to this request."""
        return fnmatchcase(request.path, self.path) and self.query.items() <= request.query.items()


class Faulty(standins.StandIn):
    """A stand-in that applies the first of its `faults` that meets a request.

    It logs the `requests` to the service, and, apart from these, those for `pictures`, whose path begins with
    one of `PICTURES`.
    """

    PICTURES: ClassVar[tuple[str, ...]] = ("/image/",)

    def __init__(self, clock: Callable[[], datetime], *, port: int = 0) -> None:
        super().__init__(clock, port=port)
        self.faults: list[Fault] = []
        self.requests: list[Request] = []
        self.pictures: list[Request] = []
        self._lock = Lock()
        self._closing = Event()

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        super().__exit__()

    def respond(self, request: Request, handler: Handler) -> None:
        with self._lock:
            (self.pictures if request.path.startswith(self.PICTURES) else self.requests).append(request)
            fault = self._take_fault(request)
        if fault is None:
            super().respond(request, handler)
        elif fault.hangs:
            self._closing.wait()
            handler.close_connection = True
        elif fault.answer is None:
            handler.close_connection = True
        else:
            answer = fault.answer if isinstance(fault.answer, Answer) else fault.answer(request)
            self._send(answer, fault, handler)

    def _take_fault(self, request: Request) -> Fault | None:
        for fault in self.faults:
            if fault.meets(request) and fault.times != 0:
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    def _send(self, answer: Answer, fault: Fault, handler: Handler) -> None:
        if fault.drips == "head":
            self._drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"o" * 60_000, handler.wfile)
        elif fault.drips == "body":
            handler.send_head(answer)
            handler.wfile.flush()
            self._drip(answer.body, handler.wfile)
        elif fault.cut:
            handler.send_head(answer)
            handler.wfile.write(answer.body[: len(answer.body) // 2])
            handler.close_connection = True
        else:
            handler.send(answer)

    def _drip(self, content: bytes, to: BufferedIOBase) -> None:
        """Send byte by byte, each long before a socket's timeout."""
        for byte in content:
            if self._closing.wait(0.05):
                return
            to.write(bytes([byte]))
            to.flush()


class StandIn(Faulty, standins.Spotify):
    """A stand-in Spotify; without `covers`, albums and artists have no images, which makes a run faster."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        scopes: Sequence[str] = SCOPES,
        faults: Sequence[Fault] = (),
        covers: bool = True,
    ) -> None:
        super().__init__(clock)
        self.scopes = scopes
        self.faults = list(faults)
        self.covers = covers

    def answer(self, request: Request) -> Answer:
        """Answer as Spotify does."""
        answer = super().answer(request)
        if self.covers:
            return answer
        body = re.sub(rb'"images": ?\[[^]]*\]', b'"images":[]', answer.body)
        return msgspec.structs.replace(answer, body=body)


class ListenBrainz(Faulty, standins.ListenBrainz):
    """A stand-in ListenBrainz, whose limit is out of the way: in tests its clock stands still."""

    PICTURES = PATHS
    LIMIT = 1_000_000


class LastFm(Faulty, standins.LastFm):
    """A stand-in Last.fm."""

    PICTURES = ("/i/u/",)
