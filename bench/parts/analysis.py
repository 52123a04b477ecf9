"""The time and memory that an existing engine takes to read archives of many people together."""

import sys

import msgspec

from bench import archives
from bench.measure import Table, environment, folder, run, seconds, size

LISTENERS, WEEKS = 200, 260


def measure() -> Table:
    """Ask the example's queries of made-up archives."""
    with folder() as root:
        archives.write(root / "people", LISTENERS, WEEKS)
        read = sum(path.stat().st_size for path in root.rglob("*.json"))
        said = run(sys.executable, "-m", "bench.queries", cwd=root, env=environment())
    took = msgspec.json.decode(said, type=dict[str, float])
    memory = took.pop("memory")
    del took["snapshots"]  # only names the files
    rows = [(f"`{name}.sql`", seconds(each)) for name, each in took.items()]
    note = (
        f"DuckDB with the archives of {LISTENERS} listeners over {WEEKS} weeks, {LISTENERS * WEEKS:,} files "
        f"with {size(read)}, which `entries.sql` reads; peak memory {size(memory)}."
    )
    return Table(("query", "time"), tuple(rows), note)
