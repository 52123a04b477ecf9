"""The queries of examples/analysis on made-up archives, compared with the same in plain Python."""

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT

from bench import archives
from exporter.archive import snapshots
from exporter.records import Snapshot

QUERIES = PROJECT / "examples" / "analysis"
ANALYSES = sorted({path.stem for path in QUERIES.glob("*.sql")} - {"snapshots", "entries"})
LISTENERS, WEEKS = 20, 52

Archive = dict[tuple[str, str], Snapshot]
Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("analysis")
    archives.write(root / "people", LISTENERS, WEEKS)
    return root


@pytest.fixture(scope="module")
def archive(people: Path) -> Archive:
    """All snapshots by listener and week, read as a run reads them."""
    return {
        (path.parts[-4], path.stem): snapshots.decode(path.read_bytes(), path.stem, str(path))
        for path in people.rglob("*.json")
    }


@pytest.fixture(scope="module")
def answers(people: Path) -> dict[str, Rows]:
    """What each query answers."""
    import duckdb  # noqa: PLC0415 # workers without these tests need none

    with duckdb.connect() as connection, pytest.MonkeyPatch.context() as patch:
        patch.chdir(people)
        for name in ("snapshots", "entries"):
            connection.execute(text(name))
        return {name: connection.execute(text(name)).fetchall() for name in ANALYSES}


def text(name: str) -> str:
    return (QUERIES / f"{name}.sql").read_text("utf-8")


def ids(snapshot: Snapshot) -> list[str | None]:
    return [entry.id for entry in snapshot.artists["short_term"]]


def newest(archive: Archive) -> dict[str, Snapshot]:
    last = max(week for _, week in archive)
    return {listener: each for (listener, week), each in archive.items() if week == last}


def test_archives_are_made_as_runs_write_them(people: Path, archive: Archive) -> None:
    assert len(archive) == LISTENERS * WEEKS
    listener, week = min(archive)
    path = people / "people" / listener / "output" / "archive" / f"{week}.json"
    assert snapshots.encode(archive[listener, week]) == path.read_bytes()


def test_what_most_people_listen_to(answers: dict[str, Rows], archive: Archive) -> None:
    heard = Counter(entry.name for each in newest(archive).values() for entry in each.artists["short_term"])
    ranked = sorted(heard.items(), key=lambda pair: (-pair[1], pair[0] or ""))
    assert answers["most_liked"] == ranked[:20]


def test_what_rises_most(answers: dict[str, Rows], archive: Archive) -> None:
    moves = defaultdict(list)
    before: dict[tuple[str, str | None], int] = {}
    for (listener, _), snapshot in sorted(archive.items()):
        for place, entry in enumerate(snapshot.artists["short_term"]):
            if (listener, entry.id) in before:
                moves[entry.name].append(before[listener, entry.id] - place)
            before[listener, entry.id] = place
    means = {name: sum(each) / len(each) for name, each in moves.items() if len(each) >= 10}
    assert [(times, places) for _, times, places in answers["climbers"]] == [
        (len(moves[name]), pytest.approx(means[name], abs=0.006)) for name, *_ in answers["climbers"]
    ]
    assert answers["climbers"][0][2] == pytest.approx(max(means.values()), abs=0.006)


def test_how_long_artists_stay(answers: dict[str, Rows], archive: Archive) -> None:
    stays = Counter((listener, each) for (listener, _), snapshot in archive.items() for each in ids(snapshot))
    assert answers["staying"] == sorted(Counter(stays.values()).items())


def test_whose_lists_are_alike(answers: dict[str, Rows], archive: Archive) -> None:
    lists = {listener: {*ids(each)} for listener, each in newest(archive).items()}
    common = [(one, other, len(lists[one] & lists[other])) for one in lists for other in lists if one < other]
    assert answers["alike"] == sorted(common, key=lambda pair: (-pair[2], *pair[:2]))[:20]


def test_who_listens_first_to_what_others_come_to(answers: dict[str, Rows], archive: Archive) -> None:
    firsts: defaultdict[str | None, dict[str, str]] = defaultdict(dict)
    for (listener, week), snapshot in sorted(archive.items(), key=lambda pair: pair[0][1]):
        for each in ids(snapshot):
            firsts[each].setdefault(listener, week)
    first = Counter(
        listener
        for weeks in firsts.values()
        if len(weeks) >= 5
        for listener, week in weeks.items()
        if week == min(weeks.values())
    )
    assert answers["firsts"] == sorted(first.items(), key=lambda pair: (-pair[1], pair[0]))[:20]


@pytest.mark.parametrize("name", ["entries", *ANALYSES])
def test_the_translation_for_spark_parses(name: str) -> None:
    import sqlglot  # noqa: PLC0415 # workers without these tests need none

    (query,) = sqlglot.transpile(
        text(name), read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE
    )
    assert sqlglot.parse_one(query, read="spark", error_level=sqlglot.ErrorLevel.RAISE).sql("spark") == query
    assert "UNNEST" not in query


def test_the_readme_names_every_query() -> None:
    readme = (QUERIES / "README.md").read_text("utf-8")
    assert all(f"`{path.name}`" in readme for path in QUERIES.glob("*.sql"))
