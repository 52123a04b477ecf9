"""Pure: the places of artists or tracks in all weeks, found in one pass over the weeks."""

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

from exporter.archive.identity import Archived, Follower, title

Label = tuple[str | None, str | None, tuple[str, ...]]
"""The id, the name and the artists of an entry."""

Sighting = tuple[int, int]
"""A week, and a place in its list; weeks are numbers, from 0."""

Trail = tuple[Sequence[int], Sequence[int]]
"""The weeks that have something, oldest first, and its place in each."""

Lists = Sequence[Sequence[Archived]]
"""The list of each week, oldest first."""

_label: Any = attrgetter("id", "name", "artists")


class Trails:
    """Finds the same as a `Follower` that goes back from any week."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        seen: defaultdict[Label, list[Sighting]] = defaultdict(list)
        for week, entries in enumerate(lists):
            for place, label in enumerate(map(_label, entries), start=1):
                seen[label].append((week, place))
        self._families: dict[Label, _Family] = {}
        for labels in _grouped(seen):
            family = _Family(labels, sorted(chain.from_iterable(seen[label] for label in labels)))
            self._families |= dict.fromkeys(labels, family)

    def of(self, week: int) -> list[Trail]:
        """Return the trail, up to a week, of each entry in its list."""
        families = [self._families[label] for label in map(_label, self._lists[week])]
        trails = {family: family.trails(week, self._lists) for family in families}
        return [trails[family][place] for place, family in enumerate(families, start=1)]


def _grouped(labels: Iterable[Label]) -> Iterable[list[Label]]:
    """Group what shares an id, or a name and artists, directly or through others."""
    groups: dict[object, list[Label]] = {}
    for label in labels:
        found = [groups[key] for key in _keys(label) if key in groups]
        largest = max(found, key=len, default=[])
        for each in chain([label], *(group for group in found if group is not largest)):
            largest.append(each)
            groups |= dict.fromkeys(_keys(each), largest)
    return {id(group): group for group in groups.values()}.values()


def _keys(label: Label) -> list[object]:
    id_, name, artists = label
    return [key for key in (id_, title(name, artists)) if key] or [label]


class _Family:
    """Where all is that may be one thing: nothing else shares an id, or a name and artists, with it."""

    def __init__(self, labels: Sequence[Label], sightings: Sequence[Sighting]) -> None:
        self._weeks, self._places = zip(*sightings, strict=True)
        ids, titles = {id_ or None for id_, _, _ in labels}, {title(*rest) for _, *rest in labels}
        is_one = any(len(each) == 1 and each != {None} for each in (ids, titles))
        self._is_trail = is_one and len({*self._weeks}) == len(sightings)

    def trails(self, week: int, lists: Lists) -> dict[int, Trail]:
        """Return the trails of what a week's list has of it, by place."""
        end = bisect(self._weeks, week)
        until = self._weeks[:end], self._places[:end]
        if self._is_trail:  # nothing in it can be confused
            return {until[1][-1]: until}
        weeks: defaultdict[int, list[int]] = defaultdict(list)
        for each, place in zip(*until, strict=True):
            weeks[each].append(place)
        follower = Follower([lists[week][place - 1] for place in weeks[week]])
        trails = {place: ([week], [place]) for place in weeks.pop(week)}
        for each, places in reversed(weeks.items()):
            found = follower.places([lists[each][place - 1] for place in places])
            for trail, index in zip(trails.values(), found, strict=True):
                if index:
                    trail[0].append(each)
                    trail[1].append(places[index - 1])
        return {place: (back[::-1], places[::-1]) for place, (back, places) in trails.items()}
