"""Pure: find the same artist or track in other weeks' lists: by id, else by name and artists.

A track that is released again has another id, and a local file has none.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from exporter.records import ArchivedArtist, ArchivedTrack
from exporter.text import folded, folded_names

Archived = ArchivedArtist | ArchivedTrack

Namesake = tuple[tuple[str, ...], int]
"""The artists and the index of a followed entry that has a certain name."""

Places = list[int | None]
"""The place of each entry in another list, counted from 1; None if it is not there."""


class Follower:
    """Follows the entries of a list back through the weeks, and learns all ids and names that they had."""

    def __init__(self, entries: Sequence[Archived]) -> None:
        self._latest = list(entries)
        self._by_id: dict[str, int] = {}
        self._by_name: defaultdict[str, set[Namesake]] = defaultdict(set)
        for index, entry in enumerate(entries):
            self._learn(index, entry)

    def places(self, earlier: Sequence[Archived]) -> Places:
        """Find the followed entries in the list of the next earlier week.

        What has no match by id is matched by name and artists; neither case nor the order of artists matters.
        Each earlier entry is matched once, with the first that it fits.
        """
        places: Places = [None] * len(self._latest)
        unmatched = []
        for place, entry in enumerate(earlier, start=1):
            index = self._by_id.get(entry.id or "")
            if index is None:
                unmatched.append((place, entry))
            elif places[index] is None:
                places[index] = place
                if entry != self._latest[index]:
                    self._learn(index, entry)
        for place, entry in unmatched:
            namesakes = self._by_name.get(folded(entry.name)) if entry.name else None
            if namesakes and (index := _first(namesakes, entry, places)) is not None:
                places[index] = place
                self._learn(index, entry)
        return places

    def _learn(self, index: int, entry: Archived) -> None:
        self._latest[index] = entry
        if entry.id:
            self._by_id.setdefault(entry.id, index)
        if entry.name:
            self._by_name[folded(entry.name)].add((_artists(entry), index))


def _first(namesakes: Iterable[Namesake], entry: Archived, places: Places) -> int | None:
    """Return the first namesake with the same artists that has no place yet."""
    artists = _artists(entry)
    fitting = (index for credited, index in namesakes if credited == artists and places[index] is None)
    return min(fitting, default=None)


def _artists(entry: Archived) -> tuple[str, ...]:
    return folded_names(getattr(entry, "artists", ()))
