"""Pure: turn ListenBrainz's replies into models or typed errors.

Source: https://listenbrainz.readthedocs.io/en/latest/users/api/core.html
"""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from exporter.errors import AccountError, UnavailableError
from exporter.models import NOTHING, Album, Artist, NotCalculated, NowPlaying, Play, Track
from exporter.sources import replies
from exporter.sources.listenbrainz import objects
from exporter.sources.listenbrainz.about import ABOUT
from exporter.sources.listenbrainz.objects import Fields
from exporter.sources.source import Reply

M = TypeVar("M")

NAME = ABOUT.name


class _Body(Struct):
    payload: dict[str, Any]


def raise_for_status(reply: Reply, user: str) -> None:
    """Raise an error unless a reply about a user was successful.

    Raises:
        AccountError: there is no such user.
        UnavailableError: ListenBrainz could not answer, or does not want to.
    """
    if reply.status == 404 and not reply.body.lstrip().startswith(b"<"):  # a gateway's errors are HTML
        raise AccountError(
            f"{NAME} has no user called {user}.",
            hint="Write your name in config.yaml as it is in the address of your page, "
            f"{ABOUT.home}/user/NAME/.",
            cause="user",
        )
    if reply.status in {401, 403}:
        # It blocks addresses, not users: nobody who runs us can lift that.
        raise UnavailableError(
            f"{NAME} accepts no requests from this machine's address ({reply.status}).",
            hint="Nothing to do: many people share the addresses of GitHub's machines, and one of them may "
            "be the reason. The next run tries again.",
            status=reply.status,
        )
    replies.raise_for_status(_with_the_wait(reply), NAME)


def _with_the_wait(reply: Reply) -> Reply:
    """Put the wait that ListenBrainz asks for, in seconds, where all other services have it."""
    wait = reply.headers.get("x-ratelimit-reset-in") if reply.status == 429 else None
    return replace(reply, headers={**reply.headers, "retry-after": wait}) if wait else reply


def parse_now_playing(reply: Reply) -> NowPlaying:
    """Read what is playing. Raises UnavailableError if this can't be read."""
    listens = _entries(reply, "listens")
    if not listens:
        return NOTHING
    item = objects.listened(listens[0] or {})
    return NowPlaying(is_playing=True, kind="track" if item else "unknown", item=item, played_at=None)


def parse_listens(reply: Reply) -> tuple[Play, ...]:
    """Read the last plays, newest first; what has no name or time is left out.

    Raises:
        UnavailableError: this can't be read.
    """
    return _listed(reply, "listens", objects.play)


def parse_top_artists(reply: Reply) -> tuple[Artist, ...] | NotCalculated:
    """Read a list of artists. Raises UnavailableError if this can't be read."""
    return _calculated(reply, "artists", objects.artist)


def parse_top_tracks(reply: Reply) -> tuple[Track, ...] | NotCalculated:
    """Read a list of recordings. Raises UnavailableError if this can't be read."""
    return _calculated(reply, "recordings", objects.track)


def parse_top_albums(reply: Reply) -> tuple[Album, ...] | NotCalculated:
    """Read a list of releases. Raises UnavailableError if this can't be read."""
    return _calculated(reply, "releases", objects.album)


def _calculated(reply: Reply, name: str, make: Callable[[Fields], M | None]) -> tuple[M, ...] | NotCalculated:
    """Make the models of a statistic's entries, in order of rank.

    Without content, it has not been calculated: https://listenbrainz.readthedocs.io/en/latest/users/api/statistics.html
    """
    return NotCalculated() if reply.status == 204 else _listed(reply, name, make)


def _listed(reply: Reply, name: str, make: Callable[[Fields], M | None]) -> tuple[M, ...]:
    """Make the models of a list's entries. Raises UnavailableError if none can be read."""
    return replies.made(_entries(reply, name), make, NAME)


def _entries(reply: Reply, name: str) -> list[Fields | None]:
    """Return a list's entries, with None for what is no object."""
    entries = replies.decode(reply, _Body, NAME).payload.get(name)
    if not isinstance(entries, list):
        raise replies.unreadable(NAME)
    return [entry if isinstance(entry, dict) else None for entry in entries]


# msgspec compiles a type on first use, and crashes if two threads do that at once.
msgspec.json.Decoder(_Body)
