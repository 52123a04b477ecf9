"""Pure: what everybody outside `sources` may know about a source: its names, time ranges and hosts."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Literal

from msgspec import Struct

Kind = Literal["artist", "track", "album"]

_REST = r"(?:[/?#][A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*)?$(?!\n)"
"""What may follow the host in an address: only RFC 3986's characters."""


@cache  # it is asked for each address
def addresses_at(hosts: tuple[str, ...]) -> str:
    """Return the pattern of https addresses at hosts, which are exact, or end like `*.example.org`."""
    patterns = (re.escape(host).replace(r"\*", "[a-z0-9-]+(?:\\.[a-z0-9-]+)*") for host in hosts)
    return rf"^https://(?:{'|'.join(patterns)}){_REST}"


class Span(Struct, frozen=True):
    """A time range in words: as in "top artists of the last 4 weeks", and short, as on a button."""

    words: str
    label: str


class Listed(Struct, frozen=True, kw_only=True):
    """What identifies an entry of a list; `artists` are names, and empty for an artist."""

    kind: Kind
    id: str | None
    name: str | None
    artists: tuple[str, ...] = ()


class About(Struct, frozen=True, kw_only=True):
    """A source, as settings, documents and templates see it.

    `key` is its word in config.yaml and in documents; texts say `name` after "on". `home` is the service's
    address, `profile` that of a user's page (None: no user is named). `page` returns the address of an
    entry's page, which is at `pages`. Hosts are exact, or stand for all below them (`*.example.org`).
    `reference` returns the form in which a URI or an address of an entry is compared (None: it is neither),
    `uri` the URI of an entry by its kind and id.

    `secrets` are the environment variables that it needs, from `secrets_page`. A person gives a key; or, for
    the last of them, which ends after a while, agrees in a `browser`.
    """

    key: str
    name: str
    home: str
    pages: str
    secrets: tuple[str, ...] = ()
    secrets_page: str = ""
    access_page: str = ""
    login: Literal["browser", "key", "none"]
    profile: Callable[[str], str] | None = None
    time_ranges: Mapping[str, Span]
    default_time_ranges: tuple[str, ...]
    has_albums: bool
    tells_explicit: bool
    covers_in_markdown: bool
    link_hosts: tuple[str, ...]
    image_hosts: tuple[str, ...]
    page: Callable[[Listed], str | None]
    reference: Callable[[str], str | None]
    uri: Callable[[str, str], str] | None = None

    def span(self, time_range: str) -> Span:
        """Return the words for a time range. Raises ValueError: the source has no such time range."""
        if time_range not in self.time_ranges:
            known = ", ".join(self.time_ranges)
            raise ValueError(f"{self.name} has no time range `{time_range}`, only {known}")
        return self.time_ranges[time_range]

    def link(self, address: object) -> str | None:
        """Return an address if it may be linked to: anything else becomes None."""
        return _permitted(address, self.link_hosts)

    def image(self, address: object) -> str | None:
        """Return an address if a picture may be shown from there: anything else becomes None."""
        return _permitted(address, self.image_hosts)


def _permitted(address: object, hosts: tuple[str, ...]) -> str | None:
    return address if isinstance(address, str) and re.match(addresses_at(hosts), address) else None
