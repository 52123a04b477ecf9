"""Servers on 127.0.0.1."""

import os
import sys
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct

from exporter.errors import SetupError


class Request(Struct, frozen=True, kw_only=True):
    """An HTTP request; `headers` have lower-case names."""

    method: str
    path: str
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Answer(Struct, frozen=True):
    """An HTTP answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}


class LocalServer:
    """A server on 127.0.0.1, on the first of these `ports` that is free (0: any); a context manager.

    Entering it raises SetupError if it can use none of them.
    """

    def __init__(self, *ports: int) -> None:
        self._ports = ports

    def __enter__(self) -> Self:
        self._server = self._bound()
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _bound(self) -> "_Server":
        for port in self._ports:
            try:
                return _Server(self, port)
            except OSError as error:
                reason = error
        raise self.unusable(port, reason) from reason

    def unusable(self, port: int, reason: OSError) -> SetupError:
        """Say that the last of the ports can't be used."""
        return SetupError(f"Port {port} can't be used: {reason.strerror}.", hint="Name another with --port.")

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def wait(self) -> None:
        """Wait in short waits, because Ctrl-C does not interrupt a long one on Windows."""
        while self._thread.is_alive():
            self._thread.join(0.5)

    def respond(self, request: Request, handler: "Handler") -> None:
        """Send the answer to a request."""
        handler.send(self.answer(request))

    def answer(self, request: Request) -> Answer:
        """Answer a request."""
        raise NotImplementedError


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # with 5, one of many connections at once may have to try again a second later
    allow_reuse_address = os.name == "posix"  # on Windows, this would share a port that is taken

    def __init__(self, owner: LocalServer, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.owner = owner

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet when a client hangs up: it may have timed out, or been closed."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection to a server."""

    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave in one packet

    def _handle(self) -> None:
        target = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=target.path,
            query=dict(parse_qsl(target.query)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("Content-Length", 0))),
        )
        self.server.owner.respond(request, self)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815

    def send(self, answer: Answer) -> None:
        """Send an answer."""
        self.send_head(answer)
        self.wfile.write(answer.body)

    def send_head(self, answer: Answer) -> None:
        """Send everything but the body."""
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay quiet: an address may hold a code."""
