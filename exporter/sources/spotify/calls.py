"""Pure: what to ask Spotify, and the scopes that it takes."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from msgspec import Struct

from exporter.errors import AccountError
from exporter.models import Artist, NowPlaying, Plan, Play, TimeRange, Track
from exporter.sources.spotify import wire
from exporter.sources.spotify.wire import Reply, Token

T = TypeVar("T")


class Call(Struct, Generic[T], frozen=True, kw_only=True):
    """A question to the Web API, how to read its answer, and the scope that it needs, for which setting."""

    path: str
    params: Mapping[str, str]
    parse: Callable[[Reply], T]
    scope: str
    setting: str


def now_playing() -> Call[NowPlaying]:
    """Ask what is playing.

    Without `additional_types` an episode comes as `item: null`:
    https://developer.spotify.com/documentation/web-api/reference/get-the-users-currently-playing-track
    """
    return Call(
        path="/v1/me/player/currently-playing",
        params={"additional_types": "track,episode"},
        parse=wire.parse_now_playing,
        scope="user-read-currently-playing",
        setting="now_playing",
    )


def recently_played() -> Call[tuple[Play, ...]]:
    """Ask for the last 50 plays: https://developer.spotify.com/documentation/web-api/reference/get-recently-played."""
    return Call(
        path="/v1/me/player/recently-played",
        params={"limit": "50"},
        parse=wire.parse_recently_played,
        scope="user-read-recently-played",
        setting="recently_played",
    )


def top_artists(time_range: TimeRange) -> Call[tuple[Artist, ...]]:
    """Ask for the first 50: https://developer.spotify.com/documentation/web-api/reference/get-users-top-artists-and-tracks."""
    return Call(
        path="/v1/me/top/artists",
        params={"time_range": time_range, "limit": "50"},
        parse=wire.parse_top_artists,
        scope="user-top-read",
        setting="top_artists",
    )


def top_tracks(time_range: TimeRange) -> Call[tuple[Track, ...]]:
    """Ask for the first 50: https://developer.spotify.com/documentation/web-api/reference/get-users-top-artists-and-tracks."""
    return Call(
        path="/v1/me/top/tracks",
        params={"time_range": time_range, "limit": "50"},
        parse=wire.parse_top_tracks,
        scope="user-top-read",
        setting="top_tracks",
    )


def planned(plan: Plan) -> tuple[Call[Any], ...]:
    """List all that a run asks."""
    return (
        *([now_playing()] if plan.now_playing else []),
        *([recently_played()] if plan.recently_played else []),
        *map(top_artists, plan.top_artists),
        *map(top_tracks, plan.top_tracks),
    )


def scopes(plan: Plan) -> tuple[str, ...]:
    """List the scopes that a run needs."""
    return tuple(sorted({call.scope for call in planned(plan)}))


def check_scope(call: Call[Any], token: Token) -> None:
    """Hold what was granted against what a call needs, to spare a request that is refused.

    Raises:
        AccountError: a scope is missing.
    """
    if token.scopes is not None and call.scope not in token.scopes:
        raise AccountError(
            f"The refresh token lacks the scope `{call.scope}`.",
            hint="Run `now-listening login` and store the new token, or switch this off in config.yaml: "
            f"`{call.setting}: false`.",
            cause="scope",
        )
