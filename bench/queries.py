"""Read all archives below this folder with DuckDB, ask every query, and print as JSON what each took."""

import json
import resource
import time

import duckdb

from bench.measure import PROJECT

QUERIES = PROJECT / "examples" / "analysis"
FIRST = ("snapshots", "entries")
"""The queries that the others need."""


def main() -> None:
    """Ask each query once."""
    took = {}
    names = [path.stem for path in sorted(QUERIES.glob("*.sql")) if path.stem not in FIRST]
    with duckdb.connect() as connection:
        for name in (*FIRST, *names):
            started = time.perf_counter()
            connection.execute((QUERIES / f"{name}.sql").read_text("utf-8")).fetchall()
            took[name] = time.perf_counter() - started
    memory = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({**took, "memory": memory}))


if __name__ == "__main__":
    main()
