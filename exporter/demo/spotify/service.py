"""Pure: answer requests as Spotify does, errors included, at the endpoints that the job uses.

It asks for one page of each list, so what leads to other pages is left out.

Source: https://developer.spotify.com/documentation/web-api
"""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from exporter.demo import listener
from exporter.demo.answers import RefusalError, json_answer
from exporter.demo.listener import Song
from exporter.demo.spotify.objects import PICTURE_WIDTHS, artist, context, episode, play, track
from exporter.serving import Answer, Request

CLIENT_ID = "demo-client-id"
CLIENT_SECRET = "demo-client-secret"  # noqa: S105 # only the stand-in accepts it
REFRESH_TOKEN = "demo-refresh-token"  # noqa: S105
ACCESS_TOKEN = "demo-access-token"  # noqa: S105

SCOPES = ("user-read-currently-playing", "user-read-recently-played", "user-top-read")

WEEKS = {"short_term": 4, "medium_term": 26, "long_term": 52}
"""How many weeks of the sample listener each time range has."""


def answer(request: Request, *, now: datetime, scopes: Sequence[str], codes: dict[str, str]) -> Answer:
    """Answer as Spotify does at the instant `now`, to somebody who was granted `scopes`.

    `codes` maps issued authorization codes to their redirect URIs; used ones to an empty string.
    """
    try:
        if (request.method, request.path) == ("GET", "/authorize"):
            return _authorize(request, codes)
        if (request.method, request.path) == ("POST", "/api/token"):
            return _token(request, scopes, codes)
        if request.method == "GET" and request.path.startswith("/image/"):
            return _image(request.path.removeprefix("/image/"))
        if request.method != "GET" or request.path not in ENDPOINTS:
            raise _refusal(404, "Service not found")
        if request.headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
            raise _refusal(401, "The access token expired")
        scope, answer_to = ENDPOINTS[request.path]
        if scope not in scopes:
            raise _refusal(403, "Insufficient client scope")
        return answer_to(request, now)
    except RefusalError as refusal:
        return refusal.answer


REDIRECT_URIS = re.compile(r"http://(127\.0\.0\.1|\[::1\])(:[0-9]+)?/callback")
"""What the sample listener's app has registered: a loopback literal without a port matches any port."""


def _authorize(request: Request, codes: dict[str, str]) -> Answer:
    """Redirect with a code at once: https://developer.spotify.com/documentation/web-api/tutorials/code-flow."""
    query = request.query
    redirect_uri = query.get("redirect_uri", "")
    if query.get("client_id") != CLIENT_ID:
        return Answer(400, b"INVALID_CLIENT: Invalid client")
    if not REDIRECT_URIS.fullmatch(redirect_uri):
        return Answer(400, b"INVALID_CLIENT: Invalid redirect URI")
    if query.get("response_type") != "code":
        return Answer(400, b"response_type must be code")
    code = f"demo-code-{len(codes)}"
    codes[code] = redirect_uri
    back = {"code": code} | ({"state": query["state"]} if "state" in query else {})
    return Answer(302, b"", {"Location": f"{redirect_uri}?{urlencode(back)}"})


def _token(request: Request, scopes: Sequence[str], codes: dict[str, str]) -> Answer:
    """Grant a token: https://developer.spotify.com/documentation/web-api/tutorials/refreshing-tokens."""
    expected = b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    if request.headers.get("authorization") != f"Basic {expected}":
        return _token_error("invalid_client", "Invalid client")
    form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
    granted = {
        "access_token": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": " ".join(scopes),
    }
    match form.get("grant_type"):
        case "refresh_token" if form.get("refresh_token") == REFRESH_TOKEN:
            return json_answer(200, granted)
        case "refresh_token":
            return _token_error("invalid_grant", "Invalid refresh token")
        case "authorization_code":
            return _exchange(form, granted, codes)
        case _:
            return _token_error("unsupported_grant_type", "grant_type parameter is missing")


def _exchange(form: Mapping[str, str], granted: Mapping[str, Any], codes: dict[str, str]) -> Answer:
    redirect_uri = codes.get(form.get("code", ""))
    if not redirect_uri:
        return _token_error("invalid_grant", "Invalid authorization code")
    codes[form["code"]] = ""  # it works once
    if form.get("redirect_uri") != redirect_uri:
        return _token_error("invalid_grant", "Invalid redirect URI")
    return json_answer(200, {**granted, "refresh_token": REFRESH_TOKEN})


def _token_error(error: str, description: str) -> Answer:
    return json_answer(400, {"error": error, "error_description": description})


def _refusal(status: int, message: str) -> RefusalError:
    return RefusalError(json_answer(status, {"error": {"status": status, "message": message}}))


def _currently_playing(request: Request, now: datetime) -> Answer:
    playing = listener.playing(now)
    if playing is None:
        return Answer(204)
    is_song = isinstance(playing, Song)
    wanted = request.query.get("additional_types", "track").split(",")
    item = track(playing) if isinstance(playing, Song) else episode(playing, now)
    return json_answer(
        200,
        {
            "timestamp": int(now.timestamp() * 1000) - 60_000,
            "context": context(listener.playlist(now) if is_song else None),
            "progress_ms": 60_000,
            "item": item if is_song or "episode" in wanted else None,
            "currently_playing_type": "track" if is_song else "episode",
            "actions": {"disallows": {"resuming": True}},
            "is_playing": True,
        },
    )


def _recently_played(request: Request, now: datetime) -> Answer:
    limit = _limit(request.query)
    plays = [play(listened) for listened in listener.last_plays(now, limit)]
    return json_answer(200, {"items": plays, "limit": limit})


Endpoint = Callable[[Request, datetime], Answer]


def _top(rank: Callable[[datetime, int], list[Any]], make: Callable[[Any], dict[str, Any]]) -> Endpoint:
    """Make the endpoint of a top list."""

    def top(request: Request, now: datetime) -> Answer:
        limit, time_range = _limit(request.query), request.query.get("time_range", "medium_term")
        if time_range not in WEEKS:
            raise _refusal(400, "Invalid time range")
        items = [*map(make, rank(now, WEEKS[time_range]))]
        return json_answer(200, {"items": items[:limit], "total": len(items), "limit": limit})

    return top


ENDPOINTS: Mapping[str, tuple[str, Endpoint]] = {
    "/v1/me/player/currently-playing": ("user-read-currently-playing", _currently_playing),
    "/v1/me/player/recently-played": ("user-read-recently-played", _recently_played),
    "/v1/me/top/artists": ("user-top-read", _top(listener.performers_of_weeks, artist)),
    "/v1/me/top/tracks": ("user-top-read", _top(listener.songs_of_weeks, track)),
}
"""The scope that each endpoint requires, and the function that answers."""


def _limit(query: Mapping[str, str]) -> int:
    word = query.get("limit", "20")
    if not re.fullmatch("[1-9]|[1-4][0-9]|50", word):
        raise _refusal(400, "Invalid limit")
    return int(word)


def _image(image_id: str) -> Answer:
    from exporter.demo.covers import cover  # noqa: PLC0415 # Pillow, which most runs do not need

    width = PICTURE_WIDTHS.get(image_id[:16])
    if width is None or not re.fullmatch("[0-9a-f]{40}", image_id):
        raise _refusal(404, "Not found")
    return Answer(200, cover(image_id[16:], width), {"Content-Type": "image/jpeg"})
