"""Pure: ISO weeks, and the file of a week's snapshot, such as `archive/2026-W48.json`."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import asdict

from exporter import text
from exporter.errors import SetupError
from exporter.models import Album, Artist, Ranked
from exporter.records import ARCHIVE, ArchivedAlbum, ArchivedArtist, ArchivedTrack, Snapshot

_FILE = re.compile(r"([0-9]{4})-W([0-9]{2})\.json")


def week_of(instant: datetime, timezone: str) -> str:
    """Return the ISO week of an instant in a time zone, such as `2026-W48`."""
    year, week, _ = instant.astimezone(ZoneInfo(timezone)).isocalendar()
    return f"{year:04}-W{week:02}"


def file_of(week: str) -> str:
    """Return the path of a week's snapshot in the output folder."""
    return f"{ARCHIVE}/{week}.json"


def weeks_among(names: Iterable[str]) -> list[str]:
    """List the weeks that the archive has files for, oldest first; other files are ignored."""
    return sorted(name.removesuffix(".json") for name in names if _is_week(name))


def misnamed(names: Iterable[str]) -> list[str]:
    """List the JSON files in the archive whose name is not that of a week; hidden files are ignored."""
    return [
        name
        for name in names
        if name.lower().endswith(".json") and not name.startswith(".") and not _is_week(name)
    ]


def _is_week(name: str) -> bool:
    match = _FILE.fullmatch(name)
    if not match:
        return False
    try:
        date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError:
        return False
    return True


def kept(item: Ranked) -> ArchivedArtist | ArchivedTrack:
    """Return what a snapshot keeps of an item."""
    if isinstance(item, Artist):
        return ArchivedArtist(id=item.id, name=item.name, plays=item.plays)
    names = tuple(artist.name for artist in item.artists if artist.name)
    kind = ArchivedAlbum if isinstance(item, Album) else ArchivedTrack
    return kind(id=item.id, name=item.name, artists=names, plays=item.plays)


def encode(snapshot: Snapshot) -> bytes:
    """Encode a snapshot with one item per line, so that weeks are easy to compare."""
    return f"{_laid_out(asdict(snapshot))}\n".encode()


def _laid_out(value: object, indent: int = 0) -> str:
    if isinstance(value, Mapping):
        brackets = "{}"
        lines = [f"{_json(key)}: {_laid_out(part, indent + 2)}" for key, part in value.items()]
    elif isinstance(value, tuple):
        brackets = "[]"
        lines = [_json(item) for item in value]
    else:
        return _json(value)
    if not lines:
        return brackets
    newline = "\n" + " " * (indent + 2)
    return f"{brackets[0]}{newline}{f',{newline}'.join(lines)}{newline[:-2]}{brackets[1]}"


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def decode(content: bytes, week: str, place: str) -> Snapshot:
    """Decode a week's snapshot.

    Raises:
        SetupError: at `place`, if it is not the snapshot of that week.
    """
    try:
        snapshot = text.decode(content, Snapshot)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _damaged(str(error), place) from error
    if snapshot.week != week:
        raise _damaged(f"its week is {snapshot.week}", place)
    return snapshot


def _damaged(reason: str, place: str) -> SetupError:
    return SetupError(
        f"This snapshot is damaged and left out: {reason}.",
        hint="Restore the file from git's history, or delete it.",
        place=place,
    )
