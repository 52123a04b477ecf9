"""The trails of all weeks, against following each list back from its week."""

from hypothesis import example, given
from hypothesis import strategies as st

from exporter.archive.identity import Archived, Follower
from exporter.archive.trails import Trail, Trails
from exporter.records import ArchivedTrack

tracks = st.builds(
    ArchivedTrack,
    id=st.sampled_from([None, "", "a", "b", "c", "d"]),
    name=st.sampled_from([None, "A", "a ", "B", "C"]),
    artists=st.sampled_from([(), ("One",), ("One", "Two"), ("two", "one")]),
)


def followed(lists: list[list[Archived]]) -> list[Trail]:
    """Return the weeks, oldest first, and the places in them, of the newest list's entries."""
    *earlier, newest = lists
    follower = Follower(newest)
    weeks = [[*range(1, len(newest) + 1)], *map(follower.places, reversed(earlier))]
    weeks.reverse()
    pairs = [[(week, places[index]) for week, places in enumerate(weeks)] for index in range(len(newest))]
    return [
        ([week for week, place in each if place], [place for _, place in each if place]) for each in pairs
    ]


NAMELESS = ArchivedTrack(id="", name=None, artists=("One",))


@example([[NAMELESS], [NAMELESS]])
@given(st.lists(st.lists(tracks, max_size=5), min_size=1, max_size=9))
def test_trails_are_those_of_following_each_list_back(lists: list[list[Archived]]) -> None:
    trails = Trails(lists)
    for week in range(len(lists)):
        found = [([*weeks], [*places]) for weeks, places in trails.of(week)]
        assert found == followed(lists[: week + 1])
