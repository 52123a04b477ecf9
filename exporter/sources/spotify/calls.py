"""Pure: the requests to Spotify, and the scopes that they need."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from exporter.errors import AccountError
from exporter.models import Plan, Query
from exporter.sources.source import Call, Connection, Reply, Request, Token, picture_at
from exporter.sources.spotify import wire
from exporter.sources.spotify.about import ABOUT, CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN

API, ACCOUNTS, IMAGES = "SPOTIFY_API_URL", "SPOTIFY_ACCOUNTS_URL", "SPOTIFY_IMAGES_URL"
MOST_AT_ONCE = 16
FOLLOWS_REDIRECTS = False
ADDRESSES: Mapping[str, str] = {
    API: "https://api.spotify.com",
    ACCOUNTS: "https://accounts.spotify.com",
    IMAGES: "https://i.scdn.co",
}


class _Endpoint(Struct, frozen=True):
    path: str
    params: Mapping[str, str]
    scope: str
    parse: Callable[[Reply], Any]


_ENDPOINTS = {
    # Without `additional_types`, an episode comes as `item: null`:
    # https://developer.spotify.com/documentation/web-api/reference/get-the-users-currently-playing-track
    "now_playing": _Endpoint(
        "/v1/me/player/currently-playing",
        {"additional_types": "track,episode"},
        "user-read-currently-playing",
        wire.parse_now_playing,
    ),
    # https://developer.spotify.com/documentation/web-api/reference/get-recently-played
    "recently_played": _Endpoint(
        "/v1/me/player/recently-played",
        {"limit": "50"},
        "user-read-recently-played",
        wire.parse_recently_played,
    ),
    # https://developer.spotify.com/documentation/web-api/reference/get-users-top-artists-and-tracks
    "top_artists": _Endpoint("/v1/me/top/artists", {"limit": "50"}, "user-top-read", wire.parse_top_artists),
    "top_tracks": _Endpoint("/v1/me/top/tracks", {"limit": "50"}, "user-top-read", wire.parse_top_tracks),
}
"""The endpoint of each document."""


def sign_in(connection: Connection) -> Call[Token]:
    """Return the call that exchanges the refresh token for an access token.

    Source: https://developer.spotify.com/documentation/web-api/tutorials/refreshing-tokens
    """
    form = {"grant_type": "refresh_token", "refresh_token": connection.secrets[REFRESH_TOKEN]}
    return Call(request=token_request(connection, form), parse=wire.parse_token)


def token_request(connection: Connection, form: Mapping[str, str]) -> Request:
    """Make a request to the token endpoint, on behalf of the app."""
    client = f"{connection.secrets[CLIENT_ID]}:{connection.secrets[CLIENT_SECRET]}"
    return Request(
        method="POST",
        url=f"{connection.addresses[ACCOUNTS]}/api/token",
        form=form,
        authorization=f"Basic {b64encode(client.encode()).decode()}",
    )


def call(query: Query, connection: Connection, token: Token | None) -> Call[Any]:
    """Return the call for a document's content.

    Raises:
        AccountError: the token lacks the scope for it, so Spotify would reject the request.
    """
    endpoint = _ENDPOINTS[query.document]
    if token is None or (token.scopes is not None and endpoint.scope not in token.scopes):
        raise AccountError(
            f"The refresh token lacks the scope `{endpoint.scope}`.",
            hint="Run `now-listening login` and store the new token, or switch this off in config.yaml: "
            f"`{query.document}: false`.",
            cause="scope",
        )
    span = {"time_range": query.time_range} if query.time_range else {}
    request = Request(
        url=f"{connection.addresses[API]}{endpoint.path}",
        params={**span, **endpoint.params},
        authorization=f"Bearer {token.access_token}",
    )
    return Call(request=request, parse=endpoint.parse)


def picture(address: str, connection: Connection) -> Request | None:
    """Return the request for a picture at one of Spotify's image hosts."""
    return picture_at(ABOUT, address, hosts=connection.addresses[IMAGES], real=ADDRESSES[IMAGES])


def scopes(plan: Plan) -> tuple[str, ...]:
    """List the scopes that a plan needs."""
    return tuple(sorted({_ENDPOINTS[query.document].scope for query in plan}))
