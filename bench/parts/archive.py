"""The time of a run against the age of the archive."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from bench import archives
from bench.listener import begin, export
from bench.measure import Table, environment, folder, interleaved, ratio, seconds
from bench.standin import service

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
    """Time runs that find this week's snapshot missing."""
    snapshot = root / "output" / "archive" / "2026-W48.json"
    took = interleaved({"run": lambda: export(root, env)}, 3, before=lambda: snapshot.unlink(missing_ok=True))
    return took["run"]
