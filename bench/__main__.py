"""Measure parts, by name or all, and write the tables to docs/performance.md."""

import sys
import time
from collections.abc import Callable

from bench.measure import PROJECT, Table
from bench.parts import analysis, archive, growth, install, outputs, publishing, requested, startup, wall

PARTS: dict[str, Callable[[], Table]] = {
    "run": wall.measure,
    "requests": requested.measure,
    "start-up": startup.measure,
    "phases": startup.measure_phases,
    "archive": archive.measure,
    "outputs": outputs.measure,
    "publish": publishing.measure,
    "growth": growth.measure,
    "install": install.measure,
    "analysis": analysis.measure,
}

DOCUMENT = PROJECT / "docs" / "performance.md"


def main(names: list[str]) -> None:
    """Measure, and print and write each table as soon as it is there."""
    unknown = sorted({*names} - {*PARTS})
    if unknown:
        sys.exit(f"There is no {', '.join(unknown)}. There are {', '.join(PARTS)}.")
    for name in names or PARTS:
        started = time.perf_counter()
        table = PARTS[name]().markdown
        print(f"## {name} ({time.perf_counter() - started:.0f} s)\n\n{table}\n", flush=True)
        _write(name, table)


def _write(name: str, table: str) -> None:
    """Replace what is between a part's markers. Raises ValueError if there are none."""
    text = DOCUMENT.read_text("utf-8")
    opening, closing = f"<!-- bench:{name} -->\n", f"<!-- /bench:{name} -->"
    before, _, rest = text.partition(opening)
    _, found, after = rest.partition(closing)
    if not found:
        raise ValueError(f"{DOCUMENT.name} has no markers for {name}")
    DOCUMENT.write_text(f"{before}{opening}\n{table}\n\n{closing}{after}", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
