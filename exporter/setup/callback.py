"""The page on 127.0.0.1 that Spotify sends a browser back to."""

from collections.abc import Callable
from queue import Empty, Queue

from exporter.errors import AccountError, NowListeningError, SetupError
from exporter.serving import Answer, Handler, LocalServer, Request
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

_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Connection": "close",
    "Referrer-Policy": "no-referrer",
}


class Callback(LocalServer):
    """Takes the answer to the question with this `state`; `warn` gets forged ones.

    Entering it raises SetupError if the port is taken.
    """

    def __init__(self, port: int, state: str, warn: Callable[[NowListeningError], None]) -> None:
        super().__init__(port)
        self._state = state
        self._warn = warn
        self._came: Queue[str | NowListeningError] = Queue()

    def code(self, patience: float) -> str:
        """Return the code once it comes.

        Raises:
            SetupError: nobody agreed in time.
            AccountError: the person, or Spotify, refused.
        """
        try:
            came = self._came.get(timeout=patience)
        except Empty:
            raise SetupError(
                f"Nobody agreed within {patience:.0f} seconds.",
                hint="Run `now-listening login` again; with --no-browser if this machine has none.",
            ) from None
        if isinstance(came, NowListeningError):
            raise came
        return came

    def unusable(self, port: int, _reason: OSError) -> SetupError:
        """Say that the port is taken, and what another one needs."""
        return SetupError(
            f"Port {port} is taken on this machine.",
            hint=f"Name another with --port {port + 1}, and register http://127.0.0.1:{port + 1}/callback "
            "as a redirect URI of your app.",
        )

    def respond(self, request: Request, handler: Handler) -> None:
        """Send the page, and hand over what came."""
        status, page = self._received(request, handler.path)
        handler.send(Answer(status, page.encode(), _HEADERS))

    def _received(self, request: Request, address: str) -> tuple[int, str]:
        is_ours = request.headers.get("host") == self.url.removeprefix("http://")
        if not is_ours or (request.method, request.path) != ("GET", "/callback"):
            return 404, _STRANGE
        try:
            self._came.put(code_of(address, self._state))
        except AccountError as error:
            self._came.put(error)
            return 200, _REFUSED
        except SetupError as error:
            self._warn(error)
            return 400, _STRANGE
        return 200, _AGREED
