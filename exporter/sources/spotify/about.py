"""Pure: what everybody may know about Spotify."""

import re

from exporter.sources.about import About, Listed, Span

CLIENT_ID, CLIENT_SECRET = "SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"
REFRESH_TOKEN = "SPOTIFY_REFRESH_TOKEN"  # noqa: S105 # a variable's name


_REFERENCE = re.compile(
    r"""
    (?: spotify: (?:user:[^:]+:)? | (?:https?://)? open\.spotify\.com/ (?:[^/?\#]+/)*? )
    (track|artist|album|show|episode|playlist) [:/] ([^:/?\#]+) /? (?:[?\#].*)?
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""A URI or an address: what kind of thing it names, and the id of that."""


def reference(word: str) -> str | None:
    """Return the URI that a URI or an address stands for."""
    match = _REFERENCE.fullmatch(word)
    return uri(match[1], match[2]) if match else None


def uri(kind: str, id_: str) -> str:
    """Return the URI of anything."""
    return f"spotify:{kind}:{id_}"


def page(listed: Listed) -> str | None:
    """Return the address of an entry's page; a local file has none."""
    return f"https://open.spotify.com/{listed.kind}/{listed.id}" if listed.id else None


ABOUT = About(
    key="spotify",
    name="Spotify",
    home="https://open.spotify.com",
    pages="Spotify",
    secrets=(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN),
    secrets_page="https://developer.spotify.com/dashboard",
    access_page="https://www.spotify.com/account/apps/",
    login="browser",
    # https://developer.spotify.com/documentation/web-api/reference/get-users-top-artists-and-tracks
    time_ranges={
        "short_term": Span("last 4 weeks", "4 weeks"),
        "medium_term": Span("last 6 months", "6 months"),
        "long_term": Span("last year", "Year"),
    },
    default_time_ranges=("short_term", "medium_term", "long_term"),
    has_albums=False,
    tells_explicit=True,
    covers_in_markdown=True,
    link_hosts=("spotify.com", "*.spotify.com"),
    image_hosts=("*.scdn.co", "*.spotifycdn.com"),
    page=page,
    reference=reference,
    uri=uri,
)
