"""Pure: what everybody may know about ListenBrainz."""

import re
from urllib.parse import quote

from exporter.sources.about import About, Listed, Span

PAGES = {"artist": "artist", "track": "recording", "album": "release"}
"""What MusicBrainz calls what we list."""


def page(listed: Listed) -> str | None:
    """Return the address of an entry's page at MusicBrainz; what it does not know has none."""
    return f"https://musicbrainz.org/{PAGES[listed.kind]}/{listed.id}" if listed.id else None


_ADDRESS = re.compile(
    r"(?:https?://)?(?:beta\.)?musicbrainz\.org/[a-z-]+/([0-9a-f-]{36})/?(?:[?#].*)?", re.IGNORECASE
)


def reference(word: str) -> str | None:
    """Return the MBID in the address of a page at MusicBrainz."""
    match = _ADDRESS.fullmatch(word)
    return match[1] if match else None


def profile(user: str) -> str:
    """Return the address of a user's page."""
    return f"https://listenbrainz.org/user/{quote(user, safe='')}/"


ABOUT = About(
    key="listenbrainz",
    name="ListenBrainz",
    home="https://listenbrainz.org",
    pages="MusicBrainz",
    login="none",
    profile=profile,
    # Without `this_`, they are complete calendar periods:
    # https://listenbrainz.readthedocs.io/en/latest/users/api/statistics.html
    time_ranges={
        "this_week": Span("this week", "This week"),
        "this_month": Span("this month", "This month"),
        "this_year": Span("this year", "This year"),
        "week": Span("last week", "Week"),
        "month": Span("last month", "Month"),
        "quarter": Span("last quarter", "Quarter"),
        "half_yearly": Span("last half year", "Half year"),
        "year": Span("last calendar year", "Year"),
        "all_time": Span("all time", "All time"),
    },
    default_time_ranges=("week", "month", "all_time"),
    has_albums=True,
    tells_explicit=False,
    covers_in_markdown=False,
    link_hosts=("musicbrainz.org", "listenbrainz.org"),
    image_hosts=("coverartarchive.org", "archive.org", "*.archive.org"),
    page=page,
    reference=reference,
)
