"""Pure: how long a refresh token still lasts.

Six months after a person authorized, Spotify refuses it. Refreshing does not extend that, and no reply tells
how old it is.

Source: https://developer.spotify.com/blog/2026-06-18-refresh-token-expiration
"""

from calendar import monthrange
from datetime import date
from typing import Literal

MONTHS = 6
SOON, VERY_SOON = 30, 7
"""Days before the end: from here on it is said, and said louder."""

Urgency = Literal["notice", "warning", "error"]


def end_of_life(authorized_on: date) -> date:
    """The day a token ends: six months on the calendar, or the last day of a shorter month."""
    years, month = divmod(authorized_on.month - 1 + MONTHS, 12)
    year, month = authorized_on.year + years, month + 1
    return date(year, month, min(authorized_on.day, monthrange(year, month)[1]))


def days_left(authorized_on: date, today: date) -> int:
    """Count the days to a token's end; 0 on its last day, less when it is over."""
    return (end_of_life(authorized_on) - today).days


def urgency(days: int | None) -> Urgency | None:
    """How loud to speak of so many days, None being an unknown number; None when there is nothing to say."""
    if days is None:
        return "notice"
    if days <= VERY_SOON:
        return "error"
    return "warning" if days <= SOON else None


def sentence(days: int | None) -> str:
    """Tell how long the token lasts."""
    match days:
        case None:
            return (
                "Nobody knows when the refresh token ends: it lasts six months from the day you authorized."
            )
        case 0:
            return "The refresh token ends today."
        case 1:
            return "The refresh token ends tomorrow."
        case _ if days < 0:
            return f"The refresh token ended {-days} {'day' if days == -1 else 'days'} ago, by the calendar."
        case _:
            return f"The refresh token lasts {days} more days."
