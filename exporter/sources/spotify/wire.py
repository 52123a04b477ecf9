"""Pure: turn Spotify's replies into models or typed errors."""

from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from exporter.errors import AccountError, NowListeningError, UnavailableError
from exporter.models import NOTHING, Artist, FromPlaylist, NowPlaying, Play, Track
from exporter.sources import replies
from exporter.sources.source import Reply, StaleTokenError, Token
from exporter.sources.spotify.about import ABOUT
from exporter.sources.spotify.objects import (
    ArtistPage,
    Context,
    CurrentlyPlaying,
    PlayHistory,
    RecentlyPlayed,
    TrackPage,
    artist,
    episode,
    playlist,
    track,
)
from exporter.text import clean

W = TypeVar("W", NowPlaying, Play)
S = TypeVar("S", bound=Struct)

NAME = ABOUT.name

_TokenText = Annotated[str, Meta(pattern=r"^[\x21-\x7e]+$")]


class _Token(Struct):
    access_token: _TokenText
    scope: str | None = None
    refresh_token: _TokenText | None = None


class _Refusal(Struct):
    """The token endpoint's errors: https://datatracker.ietf.org/doc/html/rfc6749#section-5.2."""

    error: str
    error_description: str | None = None


def parse_token(reply: Reply) -> Token:
    """Read the token endpoint's reply.

    Raises:
        AccountError: the refresh token or the client is rejected.
        UnavailableError: the reply holds no token for another reason.
    """
    if reply.status in {400, 401} and (refusal := _refusal(reply)):
        raise refusal
    token = _read(reply, _Token)
    return Token(
        access_token=token.access_token,
        scopes=None if token.scope is None else frozenset(token.scope.split()),
        refresh_token=token.refresh_token,
    )


def parse_code_exchange(reply: Reply) -> Token:
    """Read the reply to an authorization code.

    Raises:
        AccountError: the code or the client is rejected.
        UnavailableError: the reply holds no refresh token for another reason.
    """
    try:
        token = parse_token(reply)
    except GrantError as error:
        raise AccountError(
            error.message.replace("refresh token", "code"),
            hint="A code works once, and only for a few minutes: run `now-listening login` again.",
        ) from error
    if token.refresh_token is None:
        raise UnavailableError("Spotify sent no refresh token.", hint="Run `now-listening login` again.")
    return token


def parse_now_playing(reply: Reply) -> NowPlaying | FromPlaylist:
    """Read what is playing; an empty reply means that nothing is. Raises AccountError, UnavailableError."""
    _raise_for_status(reply)
    if not reply.body.strip():
        return NOTHING
    playing = replies.decode(reply, CurrentlyPlaying, NAME)
    return _located(_playing(playing), playing.context)


def _playing(playing: CurrentlyPlaying) -> NowPlaying:
    item, kind = playing.item, playing.currently_playing_type
    nameless = NowPlaying(is_playing=bool(playing.is_playing), kind="unknown", item=None, played_at=None)
    if item is None and kind == "ad":
        return replace(nameless, kind="ad")
    if item is None:  # what is not playing has no name either, as in a private session
        return NOTHING if playing.is_playing is False else nameless
    match item.type or kind:
        case "track":
            return replace(nameless, kind="track", item=track(item))
        case "episode":
            return replace(nameless, kind="episode", item=episode(item))
        case _:
            return nameless


def parse_recently_played(reply: Reply) -> tuple[Play | FromPlaylist, ...]:
    """Read the last plays, newest first; one without a track or a time is left out.

    Raises:
        AccountError, UnavailableError: as `_read` and `replies.made` say.
    """
    return replies.made(_read(reply, RecentlyPlayed).items, _play, NAME)


def parse_top_artists(reply: Reply) -> tuple[Artist, ...]:
    """Read a list of artists, in Spotify's order. Raises AccountError, UnavailableError."""
    return replies.made(_read(reply, ArtistPage).items, artist, NAME)


def parse_top_tracks(reply: Reply) -> tuple[Track, ...]:
    """Read a list of tracks, in Spotify's order. Raises AccountError, UnavailableError."""
    return replies.made(_read(reply, TrackPage).items, track, NAME)


def _play(entry: PlayHistory) -> Play | FromPlaylist | None:
    if entry.track is None or entry.played_at is None or not 1970 <= entry.played_at.year < 9999:
        return None
    return _located(Play(played_at=entry.played_at, item=track(entry.track)), entry.context)


def _located(what: W, context: Context | None) -> W | FromPlaylist:
    """Say which playlist something came from, if any."""
    source = playlist(context)
    return FromPlaylist(source, what) if source else what


_LOG_IN_AGAIN = "Run `now-listening login`, and store the new token as SPOTIFY_REFRESH_TOKEN."


def _refusal(reply: Reply) -> AccountError | None:
    try:
        refusal = replies.decode(reply, _Refusal, NAME)
    except UnavailableError:
        return None
    description = clean(refusal.error_description) or refusal.error
    match refusal.error:
        case "invalid_grant":
            return GrantError(
                f"Spotify rejects the refresh token: {description}.", hint=_LOG_IN_AGAIN, cause="token"
            )
        case "invalid_client":
            return AccountError(
                f"Spotify does not know this client: {description}.",
                hint="Copy SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET again from the app's settings "
                "at developer.spotify.com/dashboard.",
                cause="client",
            )
        case _:
            return None


class GrantError(AccountError):
    """The refresh token or the code was rejected."""


def _read(reply: Reply, kind: type[S]) -> S:
    """Read the body of a successful reply.

    Raises:
        AccountError: Spotify does not allow this.
        UnavailableError: it could not answer, or its answer can't be read.
    """
    _raise_for_status(reply)
    return replies.decode(reply, kind, NAME)


def _raise_for_status(reply: Reply) -> None:
    if reply.status in {401, 403}:
        raise _denial(reply)
    replies.raise_for_status(reply, NAME)


def _denial(reply: Reply) -> NowListeningError:
    """Find the reason in the words of the reply, which is sometimes plain text instead of JSON."""
    words = reply.body.decode("utf-8", "replace").lower()
    if "premium" in words:
        return AccountError(
            "Spotify requires the owner of the app to have an active Premium subscription.",
            hint="Renew Premium on the account that owns the app; nothing else needs to change.",
            cause="premium",
        )
    if "not approved" in words or "not registered" in words:
        return AccountError(
            "The app does not know this Spotify user.",
            hint="Add the account in the app's settings at developer.spotify.com/dashboard, "
            "under User Management.",
            cause="user",
        )
    if "scope" in words:
        return AccountError("The refresh token lacks a scope for this.", hint=_LOG_IN_AGAIN, cause="scope")
    kind = StaleTokenError if reply.status == 401 else AccountError
    return kind(f"Spotify does not allow this ({reply.status}).", hint=_LOG_IN_AGAIN)


# msgspec compiles a type on first use, and crashes if two threads do that at once.
for _kind in (_Token, _Refusal, CurrentlyPlaying, RecentlyPlayed, ArtistPage, TrackPage):
    msgspec.json.Decoder(_kind)
