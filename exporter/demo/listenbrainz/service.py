"""Pure: answer requests as ListenBrainz does, errors included, at the endpoints that the job uses.

Source: https://listenbrainz.readthedocs.io/en/latest/users/api/index.html
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace

from exporter.demo import listener
from exporter.demo.answers import RefusalError, html_answer, json_answer, says_who_asks
from exporter.demo.listenbrainz import coverart, objects
from exporter.demo.listenbrainz.periods import JOINED, RANGES, calculated, period
from exporter.demo.listener import Song
from exporter.serving import Answer, Request

WINDOW = timedelta(seconds=10)
LIMIT = 30
"""How many requests an address may send in a window of time."""

MOST = 1000
"""The longest list that is sent."""


def answer(request: Request, *, now: datetime, user: str, counts: Counter[int], limit: int = LIMIT) -> Answer:
    """Answer as ListenBrainz and the Cover Art Archive do at the instant `now`; `user` is the only user.

    `counts` has the requests in each window of time, of which ListenBrainz takes so many as `limit` says.
    """
    if not says_who_asks(request):
        return html_answer(403)
    if request.method == "GET" and request.path.startswith(coverart.PATHS):
        return coverart.answer(request.path)
    window = int(now.timestamp() // WINDOW.total_seconds())  # it begins at a whole multiple of its length
    counts[window] += 1
    try:
        if counts[window] > limit:
            raise _refusal(429, "You have exceeded your rate limit. See the X-RateLimit-* response headers.")
        answered = _answer(request, now, user)
    except RefusalError as refusal:
        answered = refusal.answer
    reset = int((window + 1) * WINDOW.total_seconds())
    headers = {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(max(0, limit - counts[window])),
        "X-RateLimit-Reset-In": str(max(1, reset - int(now.timestamp()))),
        "X-RateLimit-Reset": str(reset),
    }
    return replace(answered, headers={**answered.headers, **headers})


def _refusal(status: int, message: str) -> RefusalError:
    return RefusalError(json_answer(status, {"code": status, "error": message}))


def _answer(request: Request, now: datetime, user: str) -> Answer:
    for pattern, endpoint in ENDPOINTS.items():
        found = re.fullmatch(pattern, request.path)
        if found and request.method == "GET":
            name = unquote(found[1])
            if name.casefold() != user.casefold():
                raise _refusal(404, f"Cannot find user: {name}")
            return endpoint(request, now, user)
    return html_answer(404)


def _playing_now(_request: Request, now: datetime, user: str) -> Answer:
    what = listener.playing(now)  # nobody sends podcasts
    listens = [objects.playing(what, user)] if isinstance(what, Song) else []
    return _payload(count=len(listens), listens=listens, playing_now=True, user_id=user)


def _listens(request: Request, now: datetime, user: str) -> Answer:
    before = listener.last_plays(now, _count(request.query))
    plays = [each for each in before if each.started > JOINED.timestamp()]
    return _payload(
        count=len(plays),
        listens=[objects.listen(each, user) for each in plays],
        latest_listen_ts=plays[0].started if plays else 0,
        oldest_listen_ts=int(JOINED.timestamp()),
        user_id=user,
    )


class Statistic(Struct, frozen=True):
    """A list of what was played most: its name, how often the first is played in a week, and its entries."""

    name: str
    most: int
    entries: Callable[[datetime, int], list[Any]]
    make: Callable[[Any, int], dict[str, Any]]

    def __call__(self, request: Request, now: datetime, user: str) -> Answer:
        """Answer with the list; if there is none, with nothing."""
        name = request.query.get("range", "all_time")
        if name not in RANGES:
            raise _refusal(400, f"Invalid range: {name}")
        count = _count(request.query)
        span = period(name, now)
        if span is None:
            return Answer(204)
        played = self.entries(span.end, span.weeks)
        counts = listener.play_counts(span.end, span.weeks, self.most, len(played))
        page = [*map(self.make, played[:count], counts)]
        return _payload(
            **{
                f"{self.name}s": page,
                f"total_{self.name}_count": len(played),
                "count": len(page),
                "offset": 0,
                "range": name,
                "from_ts": int(span.begin.timestamp()),
                "to_ts": int(span.end.timestamp()),
                "last_updated": int(calculated(now).timestamp()),
                "user_id": user,
            }
        )


ENDPOINTS: Mapping[str, Callable[[Request, datetime, str], Answer]] = {
    "/1/user/([^/]+)/playing-now": _playing_now,
    "/1/user/([^/]+)/listens": _listens,
    "/1/stats/user/([^/]+)/artists": Statistic("artist", 14, listener.performers_of_weeks, objects.artist),
    "/1/stats/user/([^/]+)/recordings": Statistic("recording", 6, listener.songs_of_weeks, objects.recording),
    "/1/stats/user/([^/]+)/releases": Statistic("release", 11, listener.albums_of_weeks, objects.release),
}
"""What answers at each path, which names the user."""


def _payload(**fields: Any) -> Answer:
    return json_answer(200, {"payload": fields})


def _count(query: Mapping[str, str]) -> int:
    word = query.get("count", "25")
    if not re.fullmatch("[0-9]{1,12}", word):
        raise _refusal(400, "'count' should be a non-negative integer")
    return min(int(word), MOST)
