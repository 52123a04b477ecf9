"""Pure: find the same artist or track in other weeks' lists: by id, else by name and artists.

A track that is released again has another id, and a local file has none.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache

from exporter.records import ArchivedArtist, ArchivedTrack
from exporter.text import folded, folded_names

Archived = ArchivedArtist | ArchivedTrack

Title = tuple[str, ...]
"""A name, and the names of the artists, made easy to compare."""

Places = list[int | None]
"""The place of each entry in another list, counted from 1; None if it is not there."""


class Follower:
    """Follows the entries of a list back through the weeks, and learns all ids and names that they had."""

    def __init__(self, entries: Sequence[Archived]) -> None:
        self._size = len(entries)
        self._by_id: dict[str, int] = {}
        self._by_title: defaultdict[Title | None, set[int]] = defaultdict(set)
        for index, entry in enumerate(entries):
            self._learn(index, entry)

    def places(self, earlier: Sequence[Archived]) -> Places:
        """Find the followed entries in the list of the next earlier week.

        What has no match by id is matched by name and artists; neither case nor the order of artists matters.
        Each earlier entry is matched once, with the first that it fits.
        """
        places: Places = [None] * self._size
        unmatched = []
        for place, entry in enumerate(earlier, start=1):
            index = self._by_id.get(entry.id or "")
            if index is None:
                unmatched.append((place, entry))
            elif places[index] is None:
                places[index] = place
                self._learn(index, entry)
        for place, entry in unmatched:
            namesakes = self._by_title.get(title(entry.name, entry.artists), ())
            index = min((each for each in namesakes if places[each] is None), default=None)
            if index is not None:
                places[index] = place
                self._learn(index, entry)
        return places

    def _learn(self, index: int, entry: Archived) -> None:
        if entry.id:
            self._by_id.setdefault(entry.id, index)
        if entry.name:
            self._by_title[title(entry.name, entry.artists)].add(index)


@cache  # many weeks have the same
def title(name: str | None, artists: tuple[str, ...]) -> Title | None:
    """Return what something without an id is found by; None if it has no name."""
    return (folded(name), *folded_names(artists)) if name else None
