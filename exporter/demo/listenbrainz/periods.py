"""Pure: the time ranges of ListenBrainz's statistics, which are calculated once a day."""

from datetime import UTC, datetime, timedelta

from msgspec import Struct

JOINED = datetime(2015, 3, 2, tzinfo=UTC)
"""When the sample listener sent the first listen."""

RANGES = (
    *("this_week", "this_month", "this_year"),
    *("week", "month", "quarter", "half_yearly", "year", "all_time"),
)

MOST_WEEKS = 156
"""The listener's taste of the last three years tells enough of all time."""

_MONTHS = {"month": 1, "quarter": 3, "half_yearly": 6, "year": 12}


class Period(Struct, frozen=True):
    """From when to when."""

    begin: datetime
    end: datetime

    @property
    def weeks(self) -> int:
        """How many weeks it has, at least one."""
        return min(MOST_WEEKS, max(1, (self.end - self.begin) // timedelta(weeks=1)))


def calculated(now: datetime) -> datetime:
    """Return when statistics were calculated last: today at midnight, UTC."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def period(name: str, now: datetime) -> Period | None:
    """Return a range's time; None if the listener played nothing in it.

    Those with `this_` are the current ones until the day before: on a Monday, `this_week` is still the last.
    The others are the last complete ones.
    """
    end = calculated(now)
    if name == "all_time":
        found = Period(JOINED, end)
    elif name.startswith("this_"):
        found = Period(_start(name.removeprefix("this_"), end - timedelta(seconds=1)), end)
    else:
        end = _start(name, end)
        found = Period(_start(name, end - timedelta(seconds=1)), end)
    return Period(max(found.begin, JOINED), found.end) if found.end > JOINED else None


def _start(name: str, instant: datetime) -> datetime:
    """Return the start of the week, month, quarter … that an instant is in."""
    if name == "week":
        return calculated(instant) - timedelta(days=instant.weekday())
    month = (instant.month - 1) // _MONTHS[name] * _MONTHS[name] + 1
    return calculated(instant).replace(month=month, day=1)
