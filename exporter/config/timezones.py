"""Time zones by name: which exist, which one this machine uses, and which one a person may mean."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

_NO_PLACES = {"Factory"}
_WINTER, _SUMMER = datetime(2030, 1, 1), datetime(2030, 7, 1)  # noqa: DTZ001 # in each zone's own time
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{1,2})(?::?(\d\d))?", re.IGNORECASE)
_MOST = 3

Clock = tuple[tuple[str | None, timedelta], ...]
"""A zone's abbreviation and offset from UTC, in January and in July."""


@cache
def known() -> frozenset[str]:
    """Return the names of all time zones, the same on every machine."""
    return frozenset((files("tzdata") / "zones").read_text("utf-8").split()) - _NO_PLACES


def local(variable: str, link: Path) -> str:
    """Name this machine's zone, given the variable TZ and the link /etc/localtime; UTC if neither tells."""
    target = ""
    with suppress(OSError):
        target = link.readlink().as_posix()
    for place in (variable, target):
        name = place.removeprefix(":").rpartition("zoneinfo/")[2].removeprefix("Etc/")
        if name in known():
            return name
    return "UTC"


def suggest(word: str) -> str:
    """Say what to write instead of a word that is no zone: a place, never an abbreviation."""
    if same := _places_with_time(word):
        return f"Name a place that has this time, such as {_listed(same)}."
    if near := _places_named(word):
        return f"Did you mean {_listed(near)}?"
    return "Write an IANA name such as Europe/Berlin or UTC."


def _listed(names: list[str]) -> str:
    *others, last = (f"`{name}`" for name in names)
    return f"{', '.join(others)} or {last}" if others else last


def _places_named(word: str) -> list[str]:
    """Find the places with this name, in any spelling; if there are none, those with the nearest name."""
    places = defaultdict(list)
    for name in sorted(known()):
        if name == "UTC" or not (name.isupper() or name.startswith("Etc/")):
            places[_plain(name)].append(name)
    near = get_close_matches(_plain(word), places, n=1, cutoff=0.75)
    return places[near[0]] if near else []


def _plain(name: str) -> str:
    """Reduce a name to its last part, without case and punctuation: `new york` for `America/New_York`."""
    return re.sub(r"[\W_]+", " ", name.rpartition("/")[2].casefold()).strip()


def _places_with_time(word: str) -> list[str]:
    """Find places by an abbreviation (`CEST`) or an offset (`GMT+1`), those that speak for most zones first.

    Source: zonenow.tab of the time zone database, which lists one place for each time that is in use.
    """
    matches = _test_of(word.strip())
    table = (files("tzdata.zoneinfo") / "zonenow.tab").read_text("utf-8")
    places = [line.split("\t")[2] for line in table.splitlines() if not line.startswith("#")]
    found = [place for place in places if matches(_clock(place))]
    shared = Counter(map(_clock, known())) if found else Counter[Clock]()
    return sorted(found, key=lambda place: -shared[_clock(place)])[:_MOST]


def _test_of(word: str) -> Callable[[Clock], bool]:
    """Return the test for a clock that a word describes: by its standard time, or by its abbreviations."""
    if given := _OFFSET.fullmatch(word):
        sign, hours, minutes = given.groups(default="0")
        offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
        return lambda clock: min(each for _, each in clock) == offset
    return lambda clock: word.upper() in {abbreviation for abbreviation, _ in clock}


def _clock(place: str) -> Clock:
    times = (day.replace(tzinfo=ZoneInfo(place)) for day in (_WINTER, _SUMMER))
    return tuple((time.tzname(), time.utcoffset() or timedelta()) for time in times)
