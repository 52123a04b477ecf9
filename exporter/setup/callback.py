"""The one-time authorization: a person agrees in a browser, and the answer comes back to 127.0.0.1."""

import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from exporter.errors import AccountError, NowListeningError, SetupError

PATIENCE = 300.0
"""Seconds: so long a person may take to agree."""

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Now Listening</title>
<style>:root {{ color-scheme: light dark }} body {{ font: 1.1rem/1.5 system-ui, sans-serif; margin: 20vh auto;
max-width: 30rem; padding: 0 1rem }}</style>
<h1>{title}</h1><p>{text}</p></html>
"""
AGREED = PAGE.format(title="That was it", text="You can close this page, and go back to the terminal.")
REFUSED = PAGE.format(title="Nothing was stored", text="The terminal says why.")
STRANGE = PAGE.format(title="This is not for me", text="The terminal waits for Spotify's own answer.")


class ForgedError(SetupError):
    """An answer to a question that was not asked here."""


def new_state() -> str:
    """Make the word by which Spotify's answer is told from others."""
    return secrets.token_urlsafe(24)


def code_of(address: str, state: str) -> str:
    """Take the authorization code out of the address that Spotify led back to.

    Raises:
        AccountError: the person, or Spotify, said no.
        ForgedError: the answer is not to our question.
        SetupError: it is no such address.
    """
    query = {name: values[0] for name, values in parse_qs(urlsplit(address.strip()).query).items()}
    if "code" not in query and "error" not in query:
        raise SetupError(
            "There is no code in this address.",
            hint="Copy the whole address that the browser shows after you agreed: it holds `code=`.",
        )
    if not secrets.compare_digest(query.get("state", "").encode(), state.encode()):
        raise ForgedError(
            "This answer has the wrong `state`: it is not to this login.",
            hint="Use the address that this run printed, and only the newest tab.",
        )
    if query.get("error") == "access_denied":
        raise AccountError(
            "You did not agree, so there is no token.", hint="Run `now-listening login` again to agree."
        )
    if "error" in query:
        raise AccountError(
            "Spotify did not let you agree.",
            hint="Check the app's settings at developer.spotify.com/dashboard.",
        )
    return query["code"]


@contextmanager
def listening(
    port: int, state: str, tell: Callable[[NowListeningError], None]
) -> Iterator[Callable[[float], str]]:
    """Listen on 127.0.0.1, and hand out the wait for a code; what is forged is told of and waited past.

    Raises:
        SetupError: the port is taken; from the wait: nobody agreed in time.
        AccountError: from the wait: the person, or Spotify, said no.
    """
    answers: Queue[str | NowListeningError] = Queue()
    host = f"127.0.0.1:{port}"

    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # a browser opens connections ahead, and leaves them silent

        def do_GET(self) -> None:
            if self.headers.get("Host") != host or urlsplit(self.path).path != "/callback":
                self._send(404, STRANGE)
                return
            try:
                answers.put(code_of(self.path, state))
                self._send(200, AGREED)
            except AccountError as error:
                answers.put(error)
                self._send(200, REFUSED)
            except SetupError as error:
                tell(error)
                self._send(400, STRANGE)

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
            """Stay quiet: an address here holds the code."""

    def wait(patience: float) -> str:
        try:
            answer = answers.get(timeout=patience)
        except Empty:
            raise SetupError(
                f"Nobody agreed within {patience:.0f} seconds.",
                hint="Run `now-listening login` again; with --no-browser if this machine has none.",
            ) from None
        if isinstance(answer, NowListeningError):
            raise answer
        return answer

    with _server(port, Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield wait
        finally:
            server.shutdown()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet when a browser hangs up."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def _server(port: int, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    try:
        return _Server(("127.0.0.1", port), handler)
    except OSError as error:
        raise SetupError(
            f"Port {port} is taken on this machine.",
            hint=f"Name another with --port {port + 1}, and register http://127.0.0.1:{port + 1}/callback "
            "as a redirect URI of your app.",
        ) from error
