"""Pure: turn Last.fm's replies into models or typed errors."""

from collections import Counter
from collections.abc import Callable
from typing import Any, NoReturn

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from exporter import REPOSITORY
from exporter.errors import NEXT_RUN, AccountError, UnavailableError
from exporter.models import NOTHING, Album, Artist, NowPlaying, Play, R, Ranked, Ref, Track
from exporter.sources import replies
from exporter.sources.lastfm import objects
from exporter.sources.lastfm.about import ABOUT
from exporter.sources.lastfm.objects import Object, is_playing, listed, whole
from exporter.sources.replies import fields, text
from exporter.sources.source import Reply
from exporter.text import folded

NAME = ABOUT.name

MOST_LISTED = 50
"""How many entries of a list are kept."""


class _Answer(Struct):
    """A reply to any of our requests, whatever its status; values may have any type."""

    error: Any = None
    message: Any = None
    recenttracks: Any = None
    topartists: Any = None
    toptracks: Any = None
    topalbums: Any = None


def parse_now_playing(reply: Reply, user: str) -> NowPlaying:
    """Find what is playing in the recent tracks. Raises AccountError, UnavailableError."""
    playing = [entry for entry in _entries(reply, user, "recenttracks", "track") if is_playing(entry)]
    if not playing:
        return NOTHING
    item = objects.track(playing[0])
    return NowPlaying(is_playing=True, kind="track" if item else "unknown", item=item, played_at=None)


def parse_recently_played(reply: Reply, user: str) -> tuple[Play, ...]:
    """Read the last plays, newest first; what is playing comes on top of them, and is left out.

    Raises:
        AccountError, UnavailableError: as `_entries` and `replies.made` say.
    """
    entries = _entries(reply, user, "recenttracks", "track")
    played = [entry for entry in entries if not is_playing(entry)]
    return replies.made(played, objects.play, NAME)[:MOST_LISTED]


def parse_top_artists(reply: Reply, user: str) -> tuple[Artist, ...]:
    """Read a list of artists. Raises AccountError, UnavailableError."""
    return _top(reply, user, "artist", objects.artist)


def parse_top_tracks(reply: Reply, user: str) -> tuple[Track, ...]:
    """Read a list of tracks. Raises AccountError, UnavailableError."""
    return _top(reply, user, "track", objects.track)


def parse_top_albums(reply: Reply, user: str) -> tuple[Album, ...]:
    """Read a list of albums. Raises AccountError, UnavailableError."""
    return _top(reply, user, "album", objects.album)


def _top(reply: Reply, user: str, kind: str, make: Callable[[Object], R | None]) -> tuple[R, ...]:
    """Read a list of a `kind`, such as `artist`, most played first.

    Items that were played equally often have a steady order: Last.fm's own changes. An id that several of
    them have, as different spellings of a name do, identifies none.

    Raises:
        AccountError, UnavailableError: as `_entries` and `replies.made` say.
    """
    items = replies.made(_entries(reply, user, f"top{kind}s", kind), make, NAME)
    times = Counter(item.id for item in items)
    identified = tuple(item if times[item.id] == 1 else replace(item, id=None) for item in items)
    if any(item.plays is None for item in identified):
        return identified[:MOST_LISTED]
    return tuple(sorted(identified, key=_place)[:MOST_LISTED])


def _place(item: Ranked) -> tuple[int, str, list[str]]:
    credited: tuple[Ref, ...] = getattr(item, "artists", ())
    return -(item.plays or 0), folded(item.name or ""), [folded(each.name or "") for each in credited]


def _entries(reply: Reply, user: str, container: str, name: str) -> list[Object]:
    """Return the entries of a reply's list.

    Raises:
        AccountError: a person must act.
        UnavailableError: Last.fm could not answer, answered for another user, or can't be understood.
    """
    answer = _answer(reply)
    if (code := whole(answer.error)) is not None:
        _raise_error(code, reply, answer, user)
    replies.raise_for_status(reply, NAME)
    content = getattr(answer, container)
    about = fields(fields(content).get("@attr"))
    owner = text(about.get("user"))
    if owner is not None and folded(owner) != folded(user):
        # It happens, and the next answer is right again: lastfm-docs.github.io/api-docs/bugs
        raise UnavailableError(f"{NAME} answered for another user.", hint=NEXT_RUN)
    sent = fields(content).get(name, "")
    entries: list[Object] = [entry for entry in listed(sent) if isinstance(entry, dict)]
    if not entries and not _is_empty(sent, whole(about.get("total"))):
        raise replies.unreadable(NAME)
    return entries


def _is_empty(sent: object, total: int | None) -> bool:
    """Whether a list is empty, and does not only lack its entries; it may be sent as empty text."""
    return sent in ("", []) and (total == 0 or (total is None and sent == []))


def _answer(reply: Reply) -> _Answer:
    """Decode a body before looking at the status: errors come with any, even with 200.

    Raises:
        UnavailableError: it is not one of Last.fm's objects.
    """
    try:
        return replies.decode(reply, _Answer, NAME)
    except UnavailableError:
        replies.raise_for_status(reply, NAME)
        raise


_TROUBLE = {
    8: "Last.fm could not answer",
    11: "Last.fm is offline",
    16: "Last.fm is unavailable for a while",
}
"""The errors that pass, by code: https://www.last.fm/api/errorcodes."""


def _raise_error(code: int, reply: Reply, answer: _Answer, user: str) -> NoReturn:
    """Explain an error by its code; its own words are only compared, because they could hold anything.

    Raises:
        AccountError, UnavailableError: always.
    """
    if code in _TROUBLE:
        is_told = reply.status >= 500  # else the status says nothing of the kind
        raise UnavailableError(
            f"{_TROUBLE[code]} (error {code}).",
            hint=NEXT_RUN,
            status=reply.status if is_told else None,
            retry_after=reply.headers.get("retry-after") if is_told else None,
        )
    if code == 29:
        raise UnavailableError(
            "Last.fm gets too many requests from this machine's address (error 29).",
            hint="Nothing to do: GitHub's machines share addresses, and a later run tries again.",
            status=reply.status,
            is_final=True,
        )
    is_about_the_user = reply.status == 404 or "user" in folded(text(answer.message) or "")
    if code in {10, 17, 26} or (code == 6 and is_about_the_user):
        raise _refusal(code, user)
    if reply.status >= 500:
        replies.raise_for_status(reply, NAME)
    raise UnavailableError(
        f"Last.fm does not accept this request (error {code}).",
        hint=f"A later run tries again. If this stays, report it at https://github.com/{REPOSITORY}/issues.",
        status=reply.status,
        is_final=True,
    )


def _refusal(code: int, user: str) -> AccountError:
    """Return the error that a person must act on."""
    match code:
        case 6:
            return AccountError(
                f"Last.fm has no user {user}.",
                hint="Write your name there as it is in the address of your profile, in config.yaml: "
                "`source: {lastfm: NAME}`.",
                cause="user",
            )
        case 10:
            return AccountError(
                "Last.fm does not know this API key.",
                hint="Copy it again from www.last.fm/api/accounts, and store it as LASTFM_API_KEY.",
                cause="key",
            )
        case 26:
            return AccountError(
                "Last.fm has suspended this API key.",
                hint="Ask Last.fm why, or get another at www.last.fm/api/account/create, "
                "and store it as LASTFM_API_KEY.",
                cause="key",
            )
        case _:
            return AccountError(
                f"{user} hides their recent listening on Last.fm.",
                hint='Switch "Hide recent listening information" off at www.last.fm/settings/privacy, or do '
                "without it in config.yaml: `now_playing: false` and `recently_played: false`.",
                cause="hidden",
            )


# msgspec compiles a type on first use, and crashes if two threads do that at once.
msgspec.json.Decoder(_Answer)
