"""Do something again whenever files change."""

from collections.abc import Callable, Iterable
from pathlib import Path

INTERVAL = 0.5
"""Seconds between two looks at the files."""

Stamp = tuple[int, int, int]
"""What changes with a file: its time, its size, and its inode, which a replaced file has anew."""


def watch(
    files: Callable[[], Iterable[Path]],
    again: Callable[[], Iterable[Path]],
    *,
    sleep: Callable[[float], None],
) -> None:
    """Call `again` at once, and whenever one of the `files` changes, appears or is gone, until Ctrl-C.

    `again` returns the files that it wrote itself: that they changed does not count.
    """
    try:
        while True:
            seen = _stamps(files())  # before, so that what changes meanwhile is not missed
            written = _stamps(again())
            seen |= {path: stamp for path, stamp in written.items() if path in seen}
            while _stamps(files()) == seen:
                sleep(INTERVAL)
    except KeyboardInterrupt:
        return


def _stamps(files: Iterable[Path]) -> dict[Path, Stamp]:
    stamps = {}
    for path in files:
        try:
            status = path.stat()
        except OSError:  # it is not there, or was just moved away
            continue
        stamps[path] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return stamps
