"""Pure: what Spotify's (status, headers, body) mean: models, or a typed error."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from exporter.errors import AccountError, NowListeningError, UnavailableError
from exporter.models import NOTHING, Artist, NowPlaying, Play, Track
from exporter.sources.spotify.objects import (
    ArtistPage,
    CurrentlyPlaying,
    RecentlyPlayed,
    TrackPage,
    artist,
    clean,
    episode,
    track,
)

S = TypeVar("S", bound=Struct)


class Reply(Struct, frozen=True, kw_only=True):
    """An HTTP answer; `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Token(Struct, frozen=True, kw_only=True):
    """An access token, good for an hour; its repr hides it. `scopes` is None where Spotify did not say.

    A refresh token mostly comes with a code's exchange only.
    """

    access_token: str
    scopes: frozenset[str] | None
    refresh_token: str | None = None

    def __repr__(self) -> str:
        return "Token(…)"


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
    """Read the token endpoint's answer.

    Raises:
        AccountError: the refresh token or the client is not accepted.
        UnavailableError: anything else that is no token.
    """
    if reply.status in {400, 401}:
        refusal = _refusal(reply)
        if refusal:
            raise refusal
    _raise_for_status(reply)
    token = _decode(reply, _Token)
    return Token(
        access_token=token.access_token,
        scopes=None if token.scope is None else frozenset(token.scope.split()),
        refresh_token=token.refresh_token,
    )


def parse_code_exchange(reply: Reply) -> Token:
    """Read the answer to an authorization code.

    Raises:
        AccountError: the code or the client is not accepted.
        UnavailableError: anything else that is no token to refresh with.
    """
    try:
        token = parse_token(reply)
    except GrantError as error:
        raise AccountError(
            error.message.replace("refresh token", "code"),
            hint="A code is good once, and only for minutes: run `now-listening login` again.",
        ) from error
    if token.refresh_token is None:
        raise UnavailableError("Spotify sent no refresh token.", hint="Run `now-listening login` again.")
    return token


def parse_now_playing(reply: Reply) -> NowPlaying:
    """Read what is playing; any empty success means nothing.

    Raises:
        AccountError, UnavailableError: as `_raise_for_status` and `_decode` say.
    """
    _raise_for_status(reply)
    if not reply.body.strip():
        return NOTHING
    playing = _decode(reply, CurrentlyPlaying)
    is_playing = bool(playing.is_playing)
    if playing.item is None:
        kind: Literal["ad", "unknown"] = "ad" if playing.currently_playing_type == "ad" else "unknown"
        return NowPlaying(is_playing=is_playing, kind=kind, item=None, played_at=None)
    match playing.item.type or playing.currently_playing_type:
        case "track":
            return NowPlaying(is_playing=is_playing, kind="track", item=track(playing.item), played_at=None)
        case "episode":
            return NowPlaying(
                is_playing=is_playing, kind="episode", item=episode(playing.item), played_at=None
            )
        case _:
            return NowPlaying(is_playing=is_playing, kind="unknown", item=None, played_at=None)


def parse_recently_played(reply: Reply) -> tuple[Play, ...]:
    """Read the last plays, newest first; one without a track or a time is left out.

    Raises:
        AccountError, UnavailableError: as `_raise_for_status` and `_decode` say.
    """
    _raise_for_status(reply)
    return tuple(
        Play(played_at=play.played_at, item=track(play.track))
        for play in _decode(reply, RecentlyPlayed).items or ()
        if play and play.track and play.played_at and 1970 <= play.played_at.year < 9999
    )


def parse_top_artists(reply: Reply) -> tuple[Artist, ...]:
    """Read a list of artists, in Spotify's order.

    Raises:
        AccountError, UnavailableError: as `_raise_for_status` and `_decode` say.
    """
    _raise_for_status(reply)
    return tuple(artist(item) for item in _decode(reply, ArtistPage).items or () if item)


def parse_top_tracks(reply: Reply) -> tuple[Track, ...]:
    """Read a list of tracks, in Spotify's order.

    Raises:
        AccountError, UnavailableError: as `_raise_for_status` and `_decode` say.
    """
    _raise_for_status(reply)
    return tuple(track(item) for item in _decode(reply, TrackPage).items or () if item)


NEXT_RUN = "Nothing to do: the next run tries again."

_LESS_OFTEN = "Nothing to do: a later run tries again. If it stays, run the job less often."

_LOG_IN_AGAIN = "Run `now-listening login`, and store the new token as SPOTIFY_REFRESH_TOKEN."


def _refusal(reply: Reply) -> AccountError | None:
    try:
        refusal = _decode(reply, _Refusal)
    except UnavailableError:
        return None
    description = clean(refusal.error_description) or refusal.error
    match refusal.error:
        case "invalid_grant":
            return GrantError(
                f"Spotify refuses the refresh token: {description}.", hint=_LOG_IN_AGAIN, cause="token"
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


def banned(failure: UnavailableError, until: datetime) -> UnavailableError:
    """Say of an answer until when Spotify wants no other request."""
    return UnavailableError(
        f"Spotify wants no requests until {until.day} {until:%b %Y, %H:%M} UTC ({failure.status}).",
        hint=_LESS_OFTEN,
        status=failure.status,
        retry_after=failure.retry_after,
    )


class GrantError(AccountError):
    """The refresh token, or the code, is not accepted."""


class StaleTokenError(AccountError):
    """The access token is not accepted (any more): a new one may be."""


def _raise_for_status(reply: Reply) -> None:
    """Turn every answer that is no success into the error that says what to do."""
    if 200 <= reply.status < 300:
        return
    if reply.status in {401, 403}:
        raise _denial(reply)
    if reply.status == 429:
        raise UnavailableError(
            "Spotify asks for fewer requests (429).",
            hint=_LESS_OFTEN,
            status=reply.status,
            retry_after=reply.headers.get("retry-after"),
        )
    raise UnavailableError(
        f"Spotify answered {reply.status}.",
        hint=NEXT_RUN,
        status=reply.status,
        retry_after=reply.headers.get("retry-after"),
    )


def _denial(reply: Reply) -> NowListeningError:
    """Read why an account may not: the reason is in words, sometimes plain text instead of JSON."""
    words = reply.body.decode("utf-8", "replace").lower()
    if "premium" in words:
        return AccountError(
            "Spotify asks the owner of the app for an active Premium subscription.",
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


def _decode(reply: Reply, kind: type[S]) -> S:
    """Read a JSON body; numbers may come as text.

    Raises:
        UnavailableError: it is not JSON, or not of this shape.
    """
    try:
        # json rather than msgspec.json: it takes a title cut in the middle of a surrogate pair.
        return msgspec.convert(json.loads(reply.body), kind, strict=False)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise UnavailableError("Spotify's answer can't be read.", hint=NEXT_RUN) from error


# msgspec learns a type when it first meets it, and crashes where two threads make it do so at once.
for _kind in (_Token, _Refusal, CurrentlyPlaying, RecentlyPlayed, ArtistPage, TrackPage):
    msgspec.json.Decoder(_kind)
