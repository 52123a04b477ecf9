"""Pure: the requests to ListenBrainz, and to the Cover Art Archive for pictures."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from exporter.models import Query
from exporter.sources.listenbrainz import wire
from exporter.sources.listenbrainz.about import ABOUT
from exporter.sources.listenbrainz.objects import COVERS
from exporter.sources.source import Call, Connection, Reply, Request, Token, picture_at

API, IMAGES = "LISTENBRAINZ_API_URL", "COVERART_URL"
ADDRESSES: Mapping[str, str] = {API: "https://api.listenbrainz.org", IMAGES: COVERS}

# A run asks for eleven things; 30 requests in 10 seconds are allowed from an address.
MOST_AT_ONCE = 16
FOLLOWS_REDIRECTS = True


class _Endpoint(Struct, frozen=True):
    path: str
    parse: Callable[[Reply], Any]
    params: Mapping[str, str] = {}


_FIFTY = {"count": "50"}

_ENDPOINTS = {
    # https://listenbrainz.readthedocs.io/en/latest/users/api/core.html
    "now_playing": _Endpoint("/1/user/{user}/playing-now", wire.parse_now_playing),
    "recently_played": _Endpoint("/1/user/{user}/listens", wire.parse_listens, _FIFTY),
    # https://listenbrainz.readthedocs.io/en/latest/users/api/statistics.html
    "top_artists": _Endpoint("/1/stats/user/{user}/artists", wire.parse_top_artists, _FIFTY),
    "top_tracks": _Endpoint("/1/stats/user/{user}/recordings", wire.parse_top_tracks, _FIFTY),
    "top_albums": _Endpoint("/1/stats/user/{user}/releases", wire.parse_top_albums, _FIFTY),
}
"""The endpoint of each document."""


def sign_in(connection: Connection) -> Call[Token] | None:  # noqa: ARG001 # the interface
    """Return None: everything asked for is public."""
    return None


def call(query: Query, connection: Connection, token: Token | None) -> Call[Any]:  # noqa: ARG001
    """Return the call for a document's content."""
    user = connection.user or ""
    endpoint = _ENDPOINTS[query.document]
    span = {"range": query.time_range} if query.time_range else {}
    request = Request(
        url=connection.addresses[API] + endpoint.path.format(user=quote(user, safe="")),
        params={**span, **endpoint.params},
    )

    def parse(reply: Reply) -> Any:
        wire.raise_for_status(reply, user)
        return endpoint.parse(reply)

    return Call(request=request, parse=parse)


def picture(address: str, connection: Connection) -> Request | None:
    """Return the request for a cover, or for where it is kept: archive.org, then one of its hosts."""
    return picture_at(ABOUT, address, hosts=connection.addresses[IMAGES], real=COVERS)
