"""How requests prove who is asking: none of it shows in a repr, and no .netrc can replace it.

Source: https://developer.spotify.com/documentation/web-api/tutorials/refreshing-tokens
"""

from requests import PreparedRequest
from requests.auth import AuthBase, HTTPBasicAuth

from exporter.spotify.wire import Token


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
