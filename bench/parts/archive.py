"""The time of a run against the age of the archive."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path

from bench import archives
from bench.listener import begin, export
from bench.measure import Table, environment, folder, interleaved, ratio, seconds
from bench.standin import NOW, service

AGES = (0, 52, 520, 2600)
REPEATS = 7


def measure() -> Table:
    """Time ordinary runs, and runs that take the week's snapshot, with archives of several ages."""
    with folder() as root, service() as standin:
        env = environment(**standin.environment)
        roots = {age: root / str(age) for age in AGES}
        for age, each in roots.items():
            if age:
                archives.write(each, 1, age)
                (each / "listener-000" / "output").rename(each / "output")
            begin(each, env)
        ordinary = interleaved({age: partial(export, each, env) for age, each in roots.items()}, REPEATS)
        taking = {age: _taking(each, env) for age, each in roots.items()}
    rows = tuple(
        (
            f"{age:,} weeks",
            seconds(ordinary[age]),
            ratio(ordinary[age], ordinary[0]),
            seconds(taking[age]),
            ratio(taking[age], taking[0]),
        )
        for age in AGES
    )
    note = f"Each answer comes at once; medians of {REPEATS} runs, and of 3 that take a snapshot."
    return Table(("archive", "ordinary run", "to none", "takes a snapshot", "to none"), rows, note)


def _taking(root: Path, env: Mapping[str, str]) -> float:
    """Time runs that find this week's snapshot missing, and the chart as the week before left it."""
    snapshot = root / "output" / "archive" / "2026-W48.json"
    chart = root / "output" / "data" / "chart.json"
    snapshot.unlink()
    chart.unlink()
    if any(snapshot.parent.iterdir()):
        export(root, env, now=NOW - timedelta(weeks=1))
    left = chart.read_bytes() if chart.exists() else None

    def begin_week() -> None:
        snapshot.unlink(missing_ok=True)
        chart.unlink(missing_ok=True)
        if left is not None:
            chart.write_bytes(left)

    return interleaved({"run": lambda: export(root, env)}, 3, before=begin_week)["run"]
