"""What it takes to install: as the action does it, with uv."""

import shutil
import sys
from pathlib import Path

from bench.measure import PROJECT, Table, environment, folder, interleaved, run, seconds, size

REPEATS = 3


def measure() -> Table:
    """Install the pinned libraries with an empty cache, and with a full one."""
    uv = shutil.which("uv", path=Path(sys.executable).parent) or shutil.which("uv")
    if uv is None:
        raise FileNotFoundError("uv is not installed: `make lock` installs it")
    with folder() as root:
        cache, target = root / "cache", root / "env"
        env = environment(UV_CACHE_DIR=str(cache), UV_LINK_MODE="copy")

        def install() -> None:
            run(uv, "venv", "--quiet", "--python", sys.executable, str(target), cwd=root, env=env)
            lock = str(PROJECT / "requirements" / "runtime.lock")
            python = ("--python", str(target / "bin" / "python"))
            run(uv, "pip", "sync", "--quiet", "--require-hashes", *python, lock, cwd=root, env=env)

        def clean(*folders: Path) -> None:
            for each in folders:
                shutil.rmtree(each, ignore_errors=True)

        cold = interleaved({"cold": install}, REPEATS, before=lambda: clean(cache, target))["cold"]
        cached = interleaved({"cached": install}, REPEATS, before=lambda: clean(target))["cached"]
        sizes = [_size(each) for each in (cache, target)]
    rows = (
        ("empty cache", seconds(cold), ""),
        ("full cache", seconds(cached), ""),
        ("the cache", "", size(sizes[0])),
        ("the libraries", "", size(sizes[1])),
    )
    note = f"Medians of {REPEATS}, with uv; how long downloads take depends on the network."
    return Table(("install", "time", "size"), rows, note)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
