"""Pure: how long a refresh token still lasts.

Spotify rejects it six months after a person authorized it. Refreshing does not extend that, and no reply
says how old it is.

Source: https://developer.spotify.com/blog/2026-06-18-refresh-token-expiration
"""

from calendar import monthrange
from datetime import date

from exporter.errors import Level
from exporter.wording import count

MONTHS = 6
SOON, VERY_SOON = 30, 7
"""Days before the end: from here on a warning, then an error."""


def end_of_life(authorized_on: date) -> date:
    """Return the day a token ends: six months later, or the last day of a shorter month."""
    years, month = divmod(authorized_on.month - 1 + MONTHS, 12)
    year, month = authorized_on.year + years, month + 1
    return date(year, month, min(authorized_on.day, monthrange(year, month)[1]))


def days_left(authorized_on: date, today: date) -> int:
    """Count the days to a token's end: 0 on its last day, negative after it."""
    return (end_of_life(authorized_on) - today).days


def urgency(days: int | None) -> Level | None:
    """Return the level to report the days left at (None: unknown); None if there is no need to.

    A token that still works after its end has the wrong day: that is only a warning.
    """
    if days is None:
        return "notice"
    if 0 <= days <= VERY_SOON:
        return "error"
    return "warning" if days <= SOON else None


def sentence(days: int | None) -> str:
    """Say how long the token lasts."""
    match days:
        case None:
            return (
                "It is unknown when the refresh token ends: it lasts six months from the day you authorized."
            )
        case 0:
            return "The refresh token ends today."
        case 1:
            return "The refresh token ends tomorrow."
        case _ if days < 0:
            return f"The refresh token ended {count(-days, 'day')} ago, judging by the stored day."
        case _:
            return f"The refresh token lasts {days} more days."


def advice(days: int | None) -> str:
    """Say what to do about it; the empty string if there is nothing to do yet."""
    match urgency(days):
        case None:
            return ""
        case "notice":
            return "Set SPOTIFY_AUTHORIZED_ON to that day, such as 2026-11-23."
        case _ if days is not None and days < 0:
            return (
                "If Spotify still accepts it, that day is wrong: correct it after the `#` in "
                "SPOTIFY_REFRESH_TOKEN, or in SPOTIFY_AUTHORIZED_ON. "
                "If not, run `now-listening login` and store the new token."
            )
        case _:
            return "Run `now-listening login` and store the new token."
