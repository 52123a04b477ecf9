"""Pure: keep what was made from the same before, within one run."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Kept:
    """Keeps the newest result of each work, and what it was made from."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[Any, Any]] = {}

    def get(self, work: Hashable, source: Any, make: Callable[[], T]) -> T:
        """Return what `make` made last time from an equal `source`; if there is none, make it."""
        if work not in self._kept or self._kept[work][0] != source:
            self._kept[work] = (source, make())
        result: T = self._kept[work][1]
        return result
