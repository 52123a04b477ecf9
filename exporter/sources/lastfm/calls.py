"""Pure: the requests to Last.fm."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from exporter.models import Query
from exporter.sources.lastfm import wire
from exporter.sources.lastfm.about import ABOUT
from exporter.sources.source import Call, Connection, Reply, Request, Token, picture_at

API_KEY = "LASTFM_API_KEY"

API = "LASTFM_API_URL"
ADDRESSES: Mapping[str, str] = {API: "https://ws.audioscrobbler.com"}

MOST_AT_ONCE = 5
"""Last.fm asks for few requests a second from one address: https://www.last.fm/api/tos."""

FOLLOWS_REDIRECTS = False


class _Method(Struct, frozen=True):
    params: Mapping[str, str]
    parse: Callable[[Reply, str], Any]


# What plays is the first of the recent tracks, so that both have the same request. `extended` adds the
# artist's page: https://www.last.fm/api/show/user.getRecentTracks
_RECENT = {"method": "user.getRecentTracks", "extended": "1"}

_METHODS = {
    "now_playing": _Method(_RECENT, wire.parse_now_playing),
    "recently_played": _Method(_RECENT, wire.parse_recently_played),
    # https://www.last.fm/api/show/user.getTopArtists
    "top_artists": _Method({"method": "user.getTopArtists"}, wire.parse_top_artists),
    "top_tracks": _Method({"method": "user.getTopTracks"}, wire.parse_top_tracks),
    "top_albums": _Method({"method": "user.getTopAlbums"}, wire.parse_top_albums),
}


def sign_in(connection: Connection) -> None:
    """Return None: the API key goes with each request."""


def call(query: Query, connection: Connection, token: Token | None) -> Call[Any]:  # noqa: ARG001
    """Return the call for a document's content."""
    method, user = _METHODS[query.document], connection.user or ""
    span = {"period": query.time_range} if query.time_range else {}
    params = {
        **method.params,
        **span,
        "user": user,
        "limit": str(wire.MOST_LISTED),
        "format": "json",
        "api_key": connection.secrets[API_KEY],
    }
    request = Request(url=f"{_base(connection)}/2.0/", params=params)
    return Call(request=request, parse=lambda reply: method.parse(reply, user))


def picture(address: str, connection: Connection) -> Request | None:
    """Return the request for a picture at Last.fm's image host, which a stand-in of the API replaces."""
    return picture_at(ABOUT, address, hosts=_base(connection), real=ADDRESSES[API])


def _base(connection: Connection) -> str:
    """Return the address of the API, which may be given as Last.fm's documentation has it."""
    return connection.addresses[API].removesuffix("/2.0")
