"""Pure: whether an answer that was none is worth another try, and when."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from msgspec import Struct

from exporter.errors import UnavailableError

FIRST_WAIT = 1.0
LONGEST_WAIT = 20.0
MOST_TRIES = 8

LONGEST_BAN = 366 * 86_400.0
"""Seconds: whatever Spotify asks for, no date beyond is told."""


class Wait(Struct, frozen=True):
    """Try again in so many seconds."""

    seconds: float


class GiveUp(Struct, frozen=True):
    """Do not try again, and why not; `until` is when Spotify would be asked again, if it said that."""

    reason: str
    until: datetime | None = None


def decide(
    failure: UnavailableError, *, attempt: int, budget_left: float, now: datetime, jitter: float
) -> Wait | GiveUp:
    """Decide on the failure of the `attempt`-th try, counted from 1.

    Connection errors, timeouts, unreadable answers, 408, 429 and 5xx are tried again: after what
    `Retry-After` asks for, else after a random part (`jitter`, 0 to 1) of a span that doubles from
    one try to the next. There are at most eight tries, and a wait that `budget_left` (seconds) does not
    hold is not begun.

    Source: https://developer.spotify.com/documentation/web-api/concepts/rate-limits
    """
    if attempt >= MOST_TRIES:
        return GiveUp(f"{attempt} tries were enough")
    if not (failure.status is None or failure.status in {408, 429} or failure.status >= 500):
        return GiveUp("another try would be answered the same")
    asked = _retry_after(failure.retry_after, now)
    backoff = jitter * min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1))
    seconds = asked or backoff
    if seconds > budget_left:
        until = now + timedelta(seconds=min(asked, LONGEST_BAN)) if asked else None
        return GiveUp(f"a wait of {seconds:.0f} s is more than the run has left", until)
    return Wait(seconds)


def _retry_after(header: str | None, now: datetime) -> float | None:
    """Read the header: seconds, or an HTTP date; None when it is absent, past or nonsense.

    Source: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    if header is None:
        return None
    if header.strip().isascii() and header.strip().isdigit():
        return float(header)
    try:
        date = parsedate_to_datetime(header)
        seconds = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now.timestamp()
    except (ValueError, OverflowError):
        return None
    return seconds if seconds >= 0 else None
