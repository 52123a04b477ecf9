"""The stand-in Spotify: the service behind a real socket, on 127.0.0.1, with faults for who asks for them."""

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, urlsplit

import msgspec

from exporter.demo import service
from exporter.demo.service import SCOPES, Answer, Request


class Fault(msgspec.Struct, kw_only=True):
    """Something else than Spotify's answer, for requests to `path` whose query holds `query`.

    `answer` is sent instead: whole, or `cut` in the middle of its body, or dripping byte by byte from its
    `head` or its `body` on; without one, the connection is closed, or, with `hangs`, left without an
    answer. After so many `times` the fault is over; None is never.
    """

    path: str
    query: Mapping[str, str] = {}
    answer: Answer | None = None
    hangs: bool = False
    cut: bool = False
    drips: Literal["head", "body"] | None = None
    times: int | None = None

    def meets(self, request: Request) -> bool:
        """Whether a request is one that the fault is for."""
        return self.path == request.path and self.query.items() <= request.query.items()


class StandIn:
    """A Spotify for one sample listener, at a free port of 127.0.0.1; a context manager.

    `clock` is its time, `scopes` what the listener granted, `faults` what goes wrong (the first that
    meets a request), `requests` all that it was asked.
    """

    def __init__(
        self, clock: Callable[[], datetime], *, scopes: Sequence[str] = SCOPES, faults: Sequence[Fault] = ()
    ) -> None:
        self.clock = clock
        self.scopes = scopes
        self.faults = list(faults)
        self.requests: list[Request] = []
        self._codes: dict[str, str] = {}
        self._lock = Lock()
        self._closing = Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a run take it for Spotify."""
        return {
            "SPOTIFY_CLIENT_ID": service.CLIENT_ID,
            "SPOTIFY_CLIENT_SECRET": service.CLIENT_SECRET,
            "SPOTIFY_REFRESH_TOKEN": f"{service.REFRESH_TOKEN}#{self.clock().date()}",
            "SPOTIFY_API_URL": self.url,
            "SPOTIFY_ACCOUNTS_URL": self.url,
            "SPOTIFY_IMAGES_URL": self.url,
        }

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def serve_until_interrupted(self) -> None:
        """Wait for Ctrl-C; in short waits, because on Windows a long one could not be interrupted."""
        try:
            while self._thread.is_alive():
                self._thread.join(0.5)
        except KeyboardInterrupt:
            return

    def answer(self, request: Request) -> tuple[Answer | None, Fault | None]:
        """Answer a request, or None to close the connection; with the fault that the answer comes from."""
        with self._lock:
            self.requests.append(request)
            fault = self._take_fault(request)
        if fault is None:
            answer = service.answer(request, now=self.clock(), scopes=self.scopes, codes=self._codes)
            return answer, None
        if fault.hangs:
            self._closing.wait()
        return fault.answer, fault

    def drip(self, content: bytes, to: BufferedIOBase) -> None:
        """Send byte by byte, each long before anybody's patience with a silent line ends."""
        for byte in content:
            if self._closing.wait(0.05):
                return
            to.write(bytes([byte]))
            to.flush()

    def _take_fault(self, request: Request) -> Fault | None:
        for fault in self.faults:
            if fault.meets(request) and fault.times != 0:
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet when a client hangs up: its patience may have ended."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # headers and body leave in one packet

        def _respond(self) -> None:
            target = urlsplit(self.path)
            request = Request(
                method=self.command,
                path=target.path,
                query=dict(parse_qsl(target.query)),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(int(self.headers.get("Content-Length", 0))),
            )
            answer, fault = stand_in.answer(request)
            if answer is None:
                self.close_connection = True
            elif fault and fault.drips == "head":
                stand_in.drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"o" * 60_000, self.wfile)
            else:
                self._send(answer, fault)

        def _send(self, answer: Answer, fault: Fault | None) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if fault and fault.cut:
                self.wfile.write(answer.body[: len(answer.body) // 2])
                self.close_connection = True
            elif fault and fault.drips:
                self.wfile.flush()
                stand_in.drip(answer.body, self.wfile)
            else:
                self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_DELETE = _respond  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Stay quiet: `requests` keeps what was asked."""

    return Handler
