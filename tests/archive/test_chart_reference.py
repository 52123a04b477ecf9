"""Compare the archive with a simple reference implementation, over simulated weeks.

The reference (down to `visible`) keeps every week's lists, and searches all of them again for each row.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from conftest import Run, files_of
from standin import Fault, StandIn

from exporter.demo.answers import json_answer
from exporter.serving import Answer

KINDS = {"artists": "artist", "tracks": "track"}
SPANS = ["short_term", "medium_term", "long_term"]
HEAD = {"schema_version": 1, "source": "spotify", "user": None}
KEYS = [(kind, span) for kind in KINDS for span in SPANS]
LIMITS = {"artists": 7, "tracks": 50}
SHOWN = ["rank", "id", "name", "movement"]


class Thing(msgspec.Struct, frozen=True):
    """An artist or a track; a local file has no id."""

    kind: str
    id: str | None
    name: str
    artists: tuple[str, ...] = ()

    @property
    def uri(self) -> str:
        return f"spotify:{KINDS[self.kind]}:{self.id}" if self.id else f"spotify:local:::{self.name}:180"

    @property
    def words(self) -> set[str]:
        return {word.casefold() for word in (self.id or "", self.uri, self.name, *self.artists)}


Ranked = list[Thing]
Key = tuple[str, str]  # artists or tracks, and a time range
Lists = dict[Key, Ranked]


def week_of(now: datetime, timezone: str) -> str:
    year, week, _ = now.astimezone(ZoneInfo(timezone)).isocalendar()
    return f"{year}-W{week:02}"


@cache
def name(thing: Thing) -> tuple[str, list[str]]:
    return thing.name.casefold(), sorted(artist.casefold() for artist in thing.artists)


def trace(ranked: Ranked, earlier: list[Ranked]) -> list[list[int | None]]:
    """Return each thing's places in earlier lists, the latest first; a thing is all that it ever was."""
    selves = [[thing] for thing in ranked]
    traces: list[list[int | None]] = []
    for week in earlier:
        places: list[int | None] = [None] * len(ranked)
        known = {self.id: index for index, each in enumerate(selves) for self in each if self.id}
        others = [(place, other) for place, other in enumerate(week, 1) if other.id not in known]
        for place, other in enumerate(week, 1):
            index = known.get(other.id or "")
            if index is not None and places[index] is None:
                places[index] = place
                selves[index].append(other)
        for place, other in others:
            for index, each in enumerate(selves):
                if places[index] is None and name(other) in map(name, each):
                    places[index] = place
                    each.append(other)
                    break
        traces.append(places)
    return traces


def movement(place: int, then: int | None) -> dict[str, Any]:
    if then is None:
        return {"kind": "new", "places": 0}
    kind = "up" if place < then else "down" if place > then else "same"
    return {"kind": kind, "places": abs(place - then)}


def movements(ranked: Ranked, before: Ranked | None) -> list[Any]:
    if before is None:
        return [None] * len(ranked)
    (places,) = trace(ranked, [before])
    return [movement(place, then) for place, then in enumerate(places, 1)]


def rows(lists: list[Ranked | None]) -> list[dict[str, Any]]:
    """Return the rows of the last week's list; None is a week without the time range."""
    ranked = lists[-1] or []
    weeks = trace(ranked, [week or [] for week in reversed(lists[:-1])])
    moves = movements(ranked, lists[-2] if len(lists) > 1 else None)
    made = []
    for index, thing in enumerate(ranked):
        places = [*(week[index] for week in reversed(weeks)), index + 1]
        held = [each for each in places if each is not None]
        made.append(
            kept(thing)
            | {
                "position": index + 1,
                "last_week": places[-2] if len(places) > 1 else None,
                "peak": min(held),
                "weeks": len(held),
                "movement": moves[index],
                "url": f"https://open.spotify.com/{KINDS[thing.kind]}/{thing.id}" if thing.id else None,
                "history": places[-12:],
            }
        )
    return made


def chart(snapshots: dict[str, Lists]) -> dict[str, Any]:
    weeks = sorted(snapshots)
    newest = {key: rows([snapshots[week].get(key) for week in weeks]) for key in snapshots[weeks[-1]]}
    previous = weeks[-2] if len(weeks) > 1 else None
    head = HEAD | {"week": weeks[-1], "previous_week": previous, "weeks": weeks[-12:]}
    return head | by_kind(newest)


def kept(thing: Thing) -> dict[str, Any]:
    """Return what a snapshot keeps of a thing."""
    artists = {"artists": list(thing.artists)} if thing.kind == "tracks" else {}
    return {"id": thing.id, "name": thing.name, "plays": None} | artists


def by_kind(lists: dict[Key, list[Any]]) -> dict[str, dict[str, list[Any]]]:
    return {kind: {key[1]: lists[key] for key in lists if key[0] == kind} for kind in KINDS}


def visible(lists: Lists, exclude: list[str]) -> Lists:
    words = {word.casefold() for word in exclude}
    return {key: [thing for thing in ranked if not thing.words & words] for key, ranked in lists.items()}


class Listener:
    """Seventy artists and seventy tracks, in lists that drift.

    Two of each have no id, twenty share their names, and from time to time some get another id.
    """

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 # the same weeks on every run
        numbers = range(70)
        self.names = [f'Söhne, "{number}" & Cie' for number in numbers]
        self.releases = [0] * 70
        self.credits = [self.random.sample(numbers, 1 + number % 2) for number in numbers]
        self.orders = {key: self.random.sample(numbers, 70) for key in KEYS}
        self.sizes = dict.fromkeys(KEYS, 50)

    def drift(self) -> None:
        for number in self.random.sample(range(70), 3):
            self.releases[number] += 1
        for key, order in self.orders.items():
            for _ in range(self.random.randint(0, 25)):
                old = self.random.randrange(70)
                order.insert(max(0, old + self.random.randint(-9, 9)), order.pop(old))
            self.sizes[key] = self.random.choice([50] * 8 + [0, self.random.randint(1, 49)])

    def thing(self, kind: str, number: int) -> Thing:
        id_ = f"{kind}{self.releases[number]}{number:0>15}" if number > 1 else None
        namesake = number - number % 2 if number < 20 else number
        if kind == "artists":
            return Thing(kind, id_, self.names[namesake])
        by = tuple(self.names[each] for each in self.credits[namesake])
        return Thing(kind, id_, f"Song {namesake}: [live], {{é}}", by)

    def lists(self) -> Lists:
        orders = self.orders.items()
        return {key: [self.thing(key[0], n) for n in order[: self.sizes[key]]] for key, order in orders}


def on_the_wire(thing: Thing) -> dict[str, Any]:
    by = [{"name": name} for name in thing.artists]
    return {"type": KINDS[thing.kind], "id": thing.id, "uri": thing.uri, "name": thing.name, "artists": by}


def stamp(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class Diary:
    """A repository, and what it must hold after each run."""

    def __init__(self, repo: Path, export: Run, spotify: StandIn) -> None:
        self.repo, self.export, self.spotify = repo, export, spotify
        self.timezone, self.exclude = "America/New_York", list[str]()
        self.spans = dict.fromkeys(KINDS, SPANS)
        self.snapshots: dict[str, Lists] = {}
        self.shown: dict[Key, list[Any]] = {}
        self.chart: dict[str, Any] | None = None

    def run(self, now: datetime, lists: Lists, failing: Key | None = None) -> None:
        """Run an export, and compare all files with the reference."""
        lists = {key: lists[key] for key in KEYS if key[1] in self.spans[key[0]]}
        archived = files_of(self.repo / "output/archive")
        self._answer(lists, failing)
        assert self.export(now=now).code == 0
        after = files_of(self.repo / "output/archive")
        taken = self._expect(now, lists, failing)
        for kind, expected in by_kind(self.shown).items():
            spans = self._document(f"top_{kind}")["time_ranges"]
            rows = {span: [tuple(map(it.get, SHOWN)) for it in items] for span, items in spans.items()}
            assert rows == expected
        assert self._document("chart") == self.chart
        assert set(after) == {f"{week}.json" for week in self.snapshots}
        if taken:
            self._check_snapshot(taken, now, after.pop(f"{taken}.json").decode())
        assert after == archived

    def run_again(self, now: datetime) -> None:
        """Run again with the same answers, and check that no file changes."""
        before = {path: path.stat().st_mtime_ns for path in self.repo.rglob("*")}
        assert self.export(now=now).code == 0
        assert {path: path.stat().st_mtime_ns for path in self.repo.rglob("*")} == before

    def _answer(self, lists: Lists, failing: Key | None) -> None:
        settings: dict[str, Any] = {"timezone": self.timezone, "privacy": {"exclude": self.exclude}}
        settings["skip"] = ["cards/*", "index.html", "feed.xml"]  # they show what the documents hold
        settings |= {"now_playing": False, "recently_played": False, "http": {"retry_budget": 0}}
        for kind in KINDS:
            settings[f"top_{kind}"] = {"limit": LIMITS[kind], "time_ranges": self.spans[kind]}
        (self.repo / "config.yaml").write_bytes(msgspec.json.encode(settings))
        self.spotify.faults.clear()
        for key, ranked in lists.items():
            whole = json_answer(200, {"items": [on_the_wire(thing) for thing in ranked]})
            answer = Answer(503) if key == failing else whole
            fault = Fault(path=f"/v1/me/top/{key[0]}", query={"time_range": key[1]}, answer=answer)
            self.spotify.faults.append(fault)

    def _expect(self, now: datetime, lists: Lists, failing: Key | None) -> str | None:
        """Update the expected files for a run; return the week of the snapshot that it takes, if any."""
        week, seen = week_of(now, self.timezone), visible(lists, self.exclude)
        earlier = max((each for each in self.snapshots if each < week), default=None)
        before = visible(self.snapshots[earlier], self.exclude) if earlier else {}
        self.shown = {key: self.shown[key] for key in self.shown if key in seen}
        for key in seen.keys() - {failing}:
            moves = zip(seen[key], movements(seen[key], before.get(key)), strict=True)
            listed = [(place, it.id, it.name, move) for place, (it, move) in enumerate(moves, 1)]
            self.shown[key] = listed[: LIMITS[key[0]]]
        newest = self.snapshots[max(self.snapshots)] if self.snapshots else {}
        is_lost = any(not ranked and len(newest.get(key, [])) >= 20 for key, ranked in lists.items())
        due = failing not in seen and week > max(self.snapshots, default="") and not is_lost
        if due:
            self.snapshots[week] = seen
        if self.snapshots:
            content = chart({each: visible(old, self.exclude) for each, old in self.snapshots.items()})
            content["updated_at"] = self.chart and self.chart["updated_at"]
            if content != self.chart:
                self.chart = content | {"updated_at": stamp(now)}
        return week if due else None

    def _document(self, name: str) -> Any:
        path = self.repo / f"output/data/{name}.json"
        return msgspec.json.decode(path.read_bytes()) if path.exists() else None

    def _check_snapshot(self, week: str, now: datetime, text: str) -> None:
        lists = {key: [kept(thing) for thing in ranked] for key, ranked in self.snapshots[week].items()}
        head = HEAD | {"week": week, "taken_at": stamp(now), "timezone": self.timezone}
        assert msgspec.json.decode(text) == head | by_kind(lists) | {"albums": {}}
        items = [msgspec.json.decode(line.rstrip(",")) for line in text.splitlines() if '"id"' in line]
        assert items == [item for key in KEYS for item in lists.get(key, [])]


@pytest.fixture
def diary(repo: Path, export: Run, spotify: StandIn) -> Diary:
    return Diary(repo, export, spotify)


def noon(week: int, day: int = 0) -> datetime:
    """Return noon of a day, in a week counted from 2026-W48."""
    return datetime(2026, 11, 23, 12, tzinfo=UTC) + timedelta(weeks=week, days=day)


def people(*names: str) -> Lists:
    """Return the same artists, and a track by each, for every time range."""
    artists = [Thing("artists", f"id-of-{name}", name) for name in names]
    tracks = [Thing("tracks", f"id-of-{name}s", f"{name}'s song", (name,)) for name in names]
    return {key: artists if key[0] == "artists" else tracks for key in KEYS}


def test_the_reference_knows_a_chart_made_by_hand() -> None:
    weeks = {"2026-W48": people("a", "b", "c"), "2026-W50": people("b", "c"), "2026-W53": people("c", "a")}
    made, url = chart(weeks), "https://open.spotify.com/artist/id-of-"
    assert [made["week"], made["previous_week"], made["weeks"]] == ["2026-W53", "2026-W50", list(weeks)]
    assert made["artists"]["long_term"] == [
        {"position": 1, "last_week": 2, "peak": 1, "weeks": 3, "movement": {"kind": "up", "places": 1},
         "id": "id-of-c", "name": "c", "plays": None, "url": f"{url}c", "history": [3, 2, 1]},
        {"position": 2, "last_week": None, "peak": 1, "weeks": 2, "movement": {"kind": "new", "places": 0},
         "id": "id-of-a", "name": "a", "plays": None, "url": f"{url}a", "history": [1, None, 2]},
    ]  # fmt: skip
    assert made["tracks"]["short_term"][0]["artists"] == ["c"]


AROUND_UTC = ["UTC", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago"]
YEARS = [
    (date(2024, 12, 30), "2024-W52", "2025-W01"),
    (date(2026, 12, 28), "2026-W52", "2026-W53"),
    (date(2027, 1, 4), "2026-W53", "2027-W01"),
]
BOUNDARIES = [
    *((zone, *year) for zone in AROUND_UTC for year in YEARS),
    ("America/New_York", date(2026, 3, 9), "2026-W10", "2026-W11"),  # and the clocks changed on Sunday
    ("America/New_York", date(2026, 11, 2), "2026-W44", "2026-W45"),
    ("Australia/Lord_Howe", date(2026, 4, 6), "2026-W14", "2026-W15"),
]


@pytest.mark.parametrize(("zone", "monday", "old", "new"), BOUNDARIES)
def test_a_week_begins_on_monday_at_midnight_where_the_listener_is(
    diary: Diary, zone: str, monday: date, old: str, new: str
) -> None:
    midnight = datetime.combine(monday, time(), ZoneInfo(zone)).astimezone(UTC)
    second_before = (midnight - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
    diary.timezone = zone
    diary.run(second_before, people("a", "b"))
    diary.run(midnight, people("b", "a"))
    assert list(diary.snapshots) == [old, new]


@pytest.mark.parametrize("failing", KEYS)
def test_a_week_is_taken_by_its_first_run_with_every_list_fresh(diary: Diary, failing: Key) -> None:
    diary.run(noon(0), people("a", "b"))
    diary.run(noon(1), people("b", "a"), failing)
    diary.run_again(noon(1, 1))
    diary.run(noon(1, 2), people("b", "c", "a"))
    diary.run_again(noon(1, 3))
    diary.run(noon(1, 4), people("c", "a", "d"))
    assert list(diary.snapshots) == ["2026-W48", "2026-W49"]


def test_a_clock_that_goes_back_takes_no_week(diary: Diary) -> None:
    diary.run(noon(0), people("a", "b", "c"))
    diary.run(noon(3), people("c", "b", "a"))
    for week in (2, 1, 0, -1, 3, 4):
        diary.run(noon(week, 1), people("b", "a", "c"))
        diary.run_again(noon(week, 2))
    assert list(diary.snapshots) == ["2026-W48", "2026-W51", "2026-W52"]


def test_a_time_range_that_comes_and_goes_has_nothing_to_compare_with_at_first(diary: Diary) -> None:
    for week, spans in enumerate([SPANS, SPANS[:1], SPANS[:2], SPANS[1:], SPANS]):
        diary.spans = {"artists": spans, "tracks": list(reversed(SPANS))}
        diary.run(noon(week), people(*"dcbae"[week:], *"dcbae"[:week]))
        diary.run_again(noon(week, 1))


def test_what_is_excluded_in_mid_week_leaves_the_chart_and_older_weeks_close_up(diary: Diary) -> None:
    for week in range(2):
        diary.run(noon(week), people(*"cabd"[week:], "Foe", "e"))
    diary.exclude = ["FOE", "spotify:track:id-of-bs"]
    for week in (1, 2):
        diary.run(noon(week, 1), people("Foe", "b", "e", "d"))
        diary.run_again(noon(week, 2))
        data = files_of(diary.repo / "output/data").values()
        assert not any(b"Foe" in content or b"id-of-bs" in content for content in data)


CHANGES: dict[int, dict[str, Any]] = {
    -10: {"spans": {"artists": SPANS[1:], "tracks": SPANS[:1]}},
    -1: {"spans": dict.fromkeys(KINDS, SPANS)},
    6: {"exclude": ['SÖHNE, "60" & CIE', "spotify:track:tracks0000000000000050"]},
    20: {"exclude": []},
}
"""Settings that change before a week's first run, which succeeds and brings whole lists."""


def test_most_of_a_year_of_anything(diary: Diary) -> None:
    listener = Listener(seed=2026)
    for week in [*range(-14, 24), *range(28, 31)]:
        if week in {-5, 22}:
            listener.names[:35] = [f"{name} again" for name in listener.names[:35]]
        if week in CHANGES:
            vars(diary).update(CHANGES[week])
            listener.sizes = dict.fromkeys(KEYS, 50)
            diary.run(noon(week), listener.lists())
        for now in instants(week, listener.random):
            listener.drift()
            fails = listener.random.random() < 0.2
            diary.run(now, listener.lists(), listener.random.choice(KEYS) if fails else None)
            if listener.random.random() < 0.1:
                diary.run_again(now + timedelta(minutes=1))


def instants(week: int, random: Random) -> list[datetime]:
    """The runs of a week: none, two, or one with a clock that went back."""
    back, later = week - random.randint(1, 6), random.randint(2, 5)
    runs = {noon(back): 0.1, noon(week, 1): 0.85, noon(week, later): 0.4}
    return [instant for instant, odds in runs.items() if random.random() < odds]
