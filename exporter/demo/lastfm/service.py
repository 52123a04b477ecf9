"""Pure: answer requests as Last.fm does, errors included, for the methods that the job uses.

Source: https://lastfm-docs.github.io/api-docs
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from exporter.demo import listener
from exporter.demo.answers import RefusalError, html_answer, json_answer, says_who_asks
from exporter.demo.lastfm import objects
from exporter.demo.lastfm.objects import PICTURE, STAR, WIDTHS
from exporter.demo.listener import Song
from exporter.serving import Answer, Request

API_KEY = "demo-lastfm-api-key"

WEEKS = {"7day": 1, "1month": 4, "3month": 13, "6month": 26, "12month": 52, "overall": 104}
"""How many weeks of the sample listener each period has."""

RETAINED_PLAYS = 1000

_STATUSES = {3: 400, 5: 400, 6: 400, 10: 403}


def answer(request: Request, *, now: datetime, user: str) -> Answer:
    """Answer as Last.fm does at the instant `now`; `user` is the only one that it has."""
    try:
        if request.method == "GET" and request.path.startswith("/i/u/"):
            return _picture(request.path.removeprefix("/i/u/"))
        if (request.method, request.path) != ("GET", "/2.0/"):
            return html_answer(404)
        if not says_who_asks(request):
            return html_answer(403)
        return json_answer(200, _method(request.query, user)(request.query, now, user))
    except RefusalError as refusal:
        return refusal.answer


def error(code: int, message: str, status: int | None = None) -> Answer:
    """Answer with one of Last.fm's errors."""
    return json_answer(status or _STATUSES.get(code, 400), {"error": code, "message": message, "links": []})


_INVALID = error(6, "Invalid parameters - Your request is missing a required parameter")

Method = Callable[[Mapping[str, str], datetime, str], Any]


def _method(query: Mapping[str, str], user: str) -> Method:
    """Find the method that a query calls. Raises RefusalError."""
    method = METHODS.get(query.get("method", "").lower())
    if query.get("format") != "json":  # XML, which the stand-in does not speak
        raise RefusalError(error(5, "Invalid format - This service doesn't exist in that format"))
    if method is None:
        raise RefusalError(error(3, "Invalid Method - No method with that name in this package"))
    if query.get("api_key") != API_KEY:
        raise RefusalError(error(10, "Invalid API key - You must be granted a valid key by last.fm"))
    if "user" not in query:
        raise RefusalError(_INVALID)
    if query["user"].casefold() != user.casefold():
        raise RefusalError(error(6, "User not found", 404))
    return method


def _about(limit: int, total: int, user: str) -> dict[str, str]:
    """Say what `@attr` does of the first page, which the job asks for."""
    numbers = {"page": 1, "perPage": limit, "totalPages": -(-total // limit), "total": total}
    return {"user": user} | {name: str(number) for name, number in numbers.items()}


def _limit(query: Mapping[str, str]) -> int:
    word = query.get("limit", "50")
    if not re.fullmatch("[1-9][0-9]{0,11}", word):
        raise RefusalError(_INVALID)
    return min(int(word), 1000)


def _recent_tracks(query: Mapping[str, str], now: datetime, user: str) -> Any:
    """List plays, newest first, and before them what plays now. A list of one is an object."""
    limit = _limit(query)
    playing = listener.playing(now)
    entries = [objects.playing(playing)] if isinstance(playing, Song) else []
    entries += map(objects.played, listener.last_plays(now, limit))
    about = _about(limit, RETAINED_PLAYS, user)
    return {"recenttracks": {"track": entries[0] if len(entries) == 1 else entries, "@attr": about}}


def _top(
    name: str, most: int, rank: Callable[[datetime, int], list[Any]], make: Callable[[Any], dict[str, Any]]
) -> Method:
    """Make the method for a top list, whose first entry is played about `most` times a week."""

    def top(query: Mapping[str, str], now: datetime, user: str) -> Any:
        period = query.get("period", "overall")
        if period not in WEEKS:
            raise RefusalError(_INVALID)
        all_ = [*map(make, rank(now, WEEKS[period]))]
        counts = listener.play_counts(now, WEEKS[period], most, len(all_))
        limit = _limit(query)
        ranked = [
            objects.ranked(entry, place, plays)
            for place, (entry, plays) in enumerate(zip(_shuffled(all_, counts, now), counts, strict=True), 1)
        ]
        about = {**_about(limit, len(all_), user), "period": period}
        return {f"top{name}s": {name: ranked[:limit], "@attr": about}}

    return top


def _shuffled(
    entries: Sequence[dict[str, Any]], counts: Sequence[int], now: datetime
) -> list[dict[str, Any]]:
    """Give entries that were played equally often another order in every hour, as Last.fm does."""
    direction = 1 if now.hour % 2 else -1
    places = sorted(range(len(entries)), key=lambda place: (-counts[place], direction * place))
    return [entries[place] for place in places]


METHODS: Mapping[str, Method] = {
    "user.getrecenttracks": _recent_tracks,
    "user.gettopartists": _top("artist", 20, listener.performers_of_weeks, objects.artist),
    "user.gettoptracks": _top("track", 9, listener.songs_of_weeks, objects.top_track),
    "user.gettopalbums": _top("album", 16, listener.albums_of_weeks, objects.album),
}
"""The methods by name; neither case matters: https://www.last.fm/api."""


def _picture(path: str) -> Answer:
    from exporter.demo.covers import cover  # noqa: PLC0415 # Pillow, which most runs do not need

    named = re.fullmatch(rf"({'|'.join(WIDTHS)})/({STAR}|{PICTURE}[0-9a-f]{{24}})\.(?:jpg|png)", path)
    if named is None:
        return html_answer(404)
    folder, hash_ = named.groups()
    return Answer(200, cover(hash_.removeprefix(PICTURE), WIDTHS[folder]), {"Content-Type": "image/jpeg"})
