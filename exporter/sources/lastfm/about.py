"""Pure: what everybody may know about Last.fm."""

import re
from urllib.parse import quote_plus

from exporter.sources.about import About, Listed, Span

_MUSIC = "https://www.last.fm/music"


def page(listed: Listed) -> str | None:
    """Return the address of an entry's page, which is made of names."""
    names = [*listed.artists[:1], listed.name]
    if not all(names) or (listed.kind != "artist" and not listed.artists):
        return None
    middle = ["_"] if listed.kind == "track" else []
    # A plus is encoded twice: https://www.last.fm/music/Florence+%252B+the+Machine
    first, *rest = [quote_plus((name or "").replace("+", "%2B")) for name in names]
    return "/".join([_MUSIC, first, *middle, *rest])


_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?last\.fm(/music/[^?#]+?)/?(?:[?#].*)?", re.IGNORECASE)


def reference(word: str) -> str | None:
    """Return the address of a page in its shortest form."""
    match = _ADDRESS.fullmatch(word)
    return f"https://www.last.fm{match[1]}" if match else None


def profile(user: str) -> str:
    """Return the address of a user's page."""
    return f"https://www.last.fm/user/{quote_plus(user)}"


ABOUT = About(
    key="lastfm",
    name="Last.fm",
    home="https://www.last.fm",
    pages="Last.fm",
    secrets=("LASTFM_API_KEY",),
    secrets_page="https://www.last.fm/api/account/create",
    login="key",
    profile=profile,
    # https://www.last.fm/api/show/user.getTopArtists
    time_ranges={
        "7day": Span("last 7 days", "7 days"),
        "1month": Span("last month", "Month"),
        "3month": Span("last 3 months", "3 months"),
        "6month": Span("last 6 months", "6 months"),
        "12month": Span("last year", "Year"),
        "overall": Span("all time", "All time"),
    },
    default_time_ranges=("1month", "6month", "12month"),
    has_albums=True,
    tells_explicit=False,
    covers_in_markdown=True,
    link_hosts=("www.last.fm",),
    image_hosts=("lastfm.freetls.fastly.net",),
    page=page,
    reference=reference,
)
