"""Pure: decide whether to retry a failed request, and after how long."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from msgspec import Struct

from exporter.errors import UnavailableError

FIRST_WAIT = 1.0
LONGEST_WAIT = 20.0
MOST_TRIES = 8

LONGEST_BAN = 366 * 86_400.0
"""Seconds: upper limit for the retry date that we report."""


class Wait(Struct, frozen=True):
    """Try again after these seconds."""

    seconds: float


class GiveUp(Struct, frozen=True):
    """Do not try again, for this reason; `until` is when the service will accept requests, if it said so."""

    reason: str
    until: datetime | None = None


def decide(
    failure: UnavailableError, *, attempt: int, budget_left: float, now: datetime, jitter: float
) -> Wait | GiveUp:
    """Decide what comes after the failure of the `attempt`-th try, counted from 1.

    Connection errors, timeouts, unreadable replies, 408, 429 and 5xx are retried: after the time that
    `Retry-After` asks for, else after exponential backoff with full jitter (`jitter`, 0 to 1). There are at
    most eight tries, and no wait is longer than `budget_left` (seconds). What `is_final` is not retried.

    Source: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    if attempt >= MOST_TRIES:
        return GiveUp(f"{attempt} tries have failed")
    may_pass = failure.status is None or failure.status in {408, 429} or failure.status >= 500
    if failure.is_final or not may_pass:
        return GiveUp("another try would fail too")
    asked = _retry_after(failure.retry_after or "", now)
    seconds = asked or jitter * min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1))
    if seconds > budget_left:
        until = now + timedelta(seconds=min(asked, LONGEST_BAN)) if asked else None
        return GiveUp(f"a wait of {seconds:.0f} s is more than the run has left", until)
    return Wait(seconds)


def _retry_after(header: str, now: datetime) -> float:
    """Read the header as seconds from `now`; 0 if it is absent, in the past or invalid."""
    if header.strip().isascii() and header.strip().isdigit():
        return float(header)
    try:
        date = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds())
