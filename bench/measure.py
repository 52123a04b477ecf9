"""Time commands, side by side, and set the results as Markdown."""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TypeVar

from msgspec import Struct

T = TypeVar("T")

Work = Callable[[], object]

PROJECT = Path(__file__).parent.parent

PROGRAM = (sys.executable, "-m", "exporter")


class Table(Struct, frozen=True):
    """A table of results; `note` says how they were measured."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str

    @property
    def markdown(self) -> str:
        """The table in Markdown, with the note, the machine and the day below."""
        rule = [":--", *["--:"] * (len(self.header) - 1)]
        lines = (f"| {' | '.join(row)} |" for row in (self.header, rule, *self.rows))
        return "\n".join([*lines, "", f"{self.note} {machine()}"])


def machine() -> str:
    """Describe this machine, its software, and the day."""
    names = [line.partition(": ")[2] for line in _cpuinfo() if line.startswith("model name")]
    cores = f"{os.cpu_count()} cores ({names[0].strip()})" if names else f"{os.cpu_count()} cores"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"Measured on {datetime.now(UTC):%Y-%m-%d}, on {cores}, {platform.system()}, {python}."


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text("utf-8").splitlines() if path.exists() else []


def environment(**more: str) -> dict[str, str]:
    """Return our environment without what changes how Python runs, with `more` added."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GITHUB_"))}
    return {**ours, "PYTHONPATH": str(PROJECT), **more}


def run(*command: str, cwd: Path, env: Mapping[str, str], data: bytes = b"") -> bytes:
    """Run a command, which must succeed, and return what it printed."""
    done = subprocess.run(command, cwd=cwd, env=env, input=data, check=True, capture_output=True)
    return done.stdout


def interleaved(contenders: Mapping[T, Work], repeats: int, *, before: Work = lambda: None) -> dict[T, float]:
    """Time contenders in turn, so that what else the machine does meets all alike; return medians in seconds.

    Each runs once before that is not timed. `before` is called before each, and not timed either.
    """
    times: dict[T, list[float]] = {name: [] for name in contenders}
    for turn in range(repeats + 1):
        for name, contender in contenders.items():
            before()
            started = time.perf_counter()
            contender()
            if turn:
                times[name].append(time.perf_counter() - started)
    return {name: median(each) for name, each in times.items()}


def seconds(value: float) -> str:
    """Write a duration."""
    return f"{value:.2f} s" if value >= 0.1 else f"{1000 * value:.0f} ms"


def ratio(one: float, other: float) -> str:
    """Write how many times as much one is as the other."""
    return f"{one / other:.2f}"


def size(count: float) -> str:
    """Write a number of bytes."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"


@contextmanager
def folder() -> Iterator[Path]:
    """Make a temporary folder."""
    with TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as path:
        yield Path(path)


def share(parts: Mapping[str, float]) -> Sequence[tuple[str, str, str]]:
    """Write each part's duration, and its share of all."""
    whole = sum(parts.values())
    return [(name, seconds(part), f"{100 * part / whole:.0f} %") for name, part in parts.items()]
