"""How requests prove who is asking: none of it shows in a repr, and no .netrc can replace it.

Source: https://developer.spotify.com/documentation/web-api/tutorials/refreshing-tokens
"""

from collections.abc import Callable, Iterable
from threading import Lock
from urllib.parse import quote, urlencode

from requests import PreparedRequest
from requests.auth import AuthBase, HTTPBasicAuth

from exporter.errors import NowListeningError
from exporter.sources.spotify.wire import Token


class Client(HTTPBasicAuth):
    """The app, towards the token endpoint."""

    def __repr__(self) -> str:
        return "Client(…)"


class Bearer(AuthBase):
    """The listener, towards the Web API."""

    def __init__(self, token: Token) -> None:
        self._token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add the header."""
        request.headers["Authorization"] = f"Bearer {self._token.access_token}"
        return request


def refresh_form(refresh_token: str) -> dict[str, str]:
    """The body that trades a refresh token for an access token."""
    return {"grant_type": "refresh_token", "refresh_token": refresh_token}


def authorize_url(accounts: str, client_id: str, redirect_uri: str, scopes: Iterable[str], state: str) -> str:
    """The address at which a person lets the app read what they play.

    Source: https://developer.spotify.com/documentation/web-api/tutorials/code-flow
    """
    query = {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
    }
    return f"{accounts}/authorize?{urlencode(query, quote_via=quote)}"


def code_form(code: str, redirect_uri: str) -> dict[str, str]:
    """The body that trades an authorization code, once, for tokens."""
    return {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}


class Access:
    """The access token of a run, and one other, for all who find that the first is not accepted any more."""

    def __init__(self, refresh: Callable[[], Token]) -> None:
        self._refresh = refresh
        self._lock = Lock()
        self._second: Token | NowListeningError | None = None
        self.token = refresh()

    def renewed(self) -> Token:
        """Return the second token; the first who asks gets it from Spotify, the others wait for that.

        Raises:
            AccountError, UnavailableError: there is none.
        """
        with self._lock:
            if self._second is None:
                try:
                    self._second = self._refresh()
                except NowListeningError as error:
                    self._second = error
        if isinstance(self._second, NowListeningError):
            raise self._second
        return self._second
