"""Made-up archives of many listeners, written fast: what a run takes as a week's snapshot is only joined."""

import sys
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random

import msgspec

from exporter.models import TimeRange
from exporter.records import ArchivedArtist, ArchivedTrack

SPANS: dict[TimeRange, int] = {"short_term": 9, "medium_term": 3, "long_term": 1}
"""How many entries of a list move in a week."""

ARTISTS, TRACKS_EACH, DEPTH = 2_000, 3, 50

LAST = date(2026, 11, 16)
"""The Monday of the last week, 2026-W47."""


def write(root: Path, listeners: int, weeks: int) -> None:
    """Write `root`/NAME/output/archive/WEEK.json for each listener and week up to `LAST`."""
    artists, tracks = _catalogue()
    mondays = [LAST - timedelta(weeks=back) for back in range(weeks - 1, -1, -1)]
    for number in range(listeners):
        folder = root / f"listener-{number:03}" / "output" / "archive"
        folder.mkdir(parents=True)
        for monday, text in zip(mondays, _snapshots(number, mondays, artists, tracks), strict=True):
            (folder / f"{_week(monday)}.json").write_text(text, "utf-8")


def _week(monday: date) -> str:
    year, week, _ = monday.isocalendar()
    return f"{year:04}-W{week:02}"


def _catalogue() -> tuple[list[str], list[str]]:
    """Make all artists and tracks, each as its line in a snapshot; the first are the best known."""
    artists = [ArchivedArtist(id=f"{n:022}", name=f"Artist {n}") for n in range(ARTISTS)]
    tracks = [
        ArchivedTrack(id=f"{n:020}{i:02}", name=f"Song {i} of {n}", artists=(f"Artist {n}",))
        for n in range(ARTISTS)
        for i in range(TRACKS_EACH)
    ]
    return [_line(each) for each in artists], [_line(each) for each in tracks]


def _line(entry: msgspec.Struct) -> str:
    return msgspec.json.encode(entry).decode()


def _snapshots(
    number: int, mondays: Sequence[date], artists: Sequence[str], tracks: Sequence[str]
) -> Iterator[str]:
    """Yield a listener's snapshots, as `exporter.archive.snapshots.encode` lays them out."""
    random = Random(number)  # noqa: S311 # nothing here is secret
    lists = {
        name: {span: _liked(random, catalogue) for span in SPANS}
        for name, catalogue in (("artists", artists), ("tracks", tracks))
    }
    for monday in mondays:
        for spans in lists.values():
            for span, liked in spans.items():
                _drift(random, liked, SPANS[span])
        written = ",\n".join(_named(name, spans) for name, spans in lists.items())
        yield (
            '{\n  "schema_version": 1,\n  "source": "spotify",\n  "user": null,\n'
            f'  "week": "{_week(monday)}",\n  "taken_at": "{monday}T06:00:00Z",\n  "timezone": "UTC",\n'
            f'{written},\n  "albums": {{}}\n}}\n'
        )


def _liked(random: Random, catalogue: Sequence[str]) -> list[str]:
    """Choose what a listener likes, most of it well known."""
    places = sorted({int(len(catalogue) * random.random() ** 3) for _ in range(4 * DEPTH)})
    random.shuffle(places)
    return [catalogue[place] for place in places]


def _drift(random: Random, liked: list[str], moves: int) -> None:
    """Move some entries up or down, some of them in or out of what is seen."""
    for _ in range(moves):
        liked.insert(random.randrange(DEPTH), liked.pop(random.randrange(len(liked))))


def _named(name: str, spans: dict[TimeRange, list[str]]) -> str:
    between = ",\n      "
    lists = (f'    "{span}": [\n      {between.join(liked[:DEPTH])}\n    ]' for span, liked in spans.items())
    joined = ",\n".join(lists)
    return f'  "{name}": {{\n{joined}\n  }}'


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
