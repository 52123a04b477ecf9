"""The page on 127.0.0.1 that Spotify sends a browser back to."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from exporter.errors import AccountError, NowListeningError, SetupError
from exporter.setup.login import code_of

PATIENCE = 300.0
"""Seconds that a person may take to agree."""

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Now Listening</title>
<style>:root {{ color-scheme: light dark }} body {{ font: 1.1rem/1.5 system-ui, sans-serif; margin: 20vh auto;
max-width: 30rem; padding: 0 1rem }}</style>
<h1>{title}</h1><p>{text}</p></html>
"""
_AGREED = _PAGE.format(title="Done", text="You can close this page, and go back to the terminal.")
_REFUSED = _PAGE.format(title="Nothing was stored", text="The terminal says why.")
_STRANGE = _PAGE.format(title="Unexpected request", text="The terminal still waits for Spotify's own answer.")


@contextmanager
def listening(
    port: int, state: str, warn: Callable[[NowListeningError], None]
) -> Iterator[Callable[[float], str]]:
    """Listen on 127.0.0.1, and yield the function that waits for the code; `warn` gets forged answers.

    Raises:
        SetupError: the port is taken; from the wait: nobody agreed in time.
        AccountError: from the wait: the person, or Spotify, refused.
    """
    try:
        opened = _Server(port, state, warn)
    except OSError as error:
        raise SetupError(
            f"Port {port} is taken on this machine.",
            hint=f"Name another with --port {port + 1}, and register http://127.0.0.1:{port + 1}/callback "
            "as a redirect URI of your app.",
        ) from error
    with opened as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield server.wait
        finally:
            server.shutdown()


class _Server(ThreadingHTTPServer):
    """Collects the answers to the question with this `state`."""

    allow_reuse_address = os.name == "posix"  # on Windows, this would share a port that is taken

    def __init__(self, port: int, state: str, warn: Callable[[NowListeningError], None]) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.state = state
        self.warn = warn
        self.answers: Queue[str | NowListeningError] = Queue()

    def wait(self, patience: float) -> str:
        """Return the code, or raise the refusal, once it comes."""
        try:
            answer = self.answers.get(timeout=patience)
        except Empty:
            raise SetupError(
                f"Nobody agreed within {patience:.0f} seconds.",
                hint="Run `now-listening login` again; with --no-browser if this machine has none.",
            ) from None
        if isinstance(answer, NowListeningError):
            raise answer
        return answer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet when a browser hangs up."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10  # browsers open connections in advance, and leave them idle

    def do_GET(self) -> None:
        is_ours = self.headers.get("Host") == f"127.0.0.1:{self.server.server_port}"
        if not is_ours or urlsplit(self.path).path != "/callback":
            self._send(404, _STRANGE)
            return
        try:
            self.server.answers.put(code_of(self.path, self.server.state))
            self._send(200, _AGREED)
        except AccountError as error:
            self.server.answers.put(error)
            self._send(200, _REFUSED)
        except SetupError as error:
            self.server.warn(error)
            self._send(400, _STRANGE)

    def _send(self, status: int, page: str) -> None:
        body = page.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet: the address holds the code."""
