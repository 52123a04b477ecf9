"""Do things at once, in threads that do not keep the program from ending."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def at_once(most: int, works: Sequence[Callable[[], T]]) -> list[Future[T]]:
    """Do works in threads that do not keep the program from ending, at most so many at once."""
    outcomes: list[Future[T]] = [Future() for _ in works]
    waiting = deque(zip(outcomes, works, strict=True))

    def work_through() -> None:
        with suppress(IndexError):  # nothing is waiting any more
            while True:
                _settle(*waiting.popleft())

    for _ in range(min(most, len(works))):
        Thread(target=work_through, daemon=True).start()
    return outcomes


def in_background(work: Callable[[], T]) -> Future[T]:
    """Start work in a thread that does not keep the program from ending."""
    return at_once(1, [work])[0]


def _settle(outcome: Future[T], work: Callable[[], T]) -> None:
    try:
        outcome.set_result(work())
    except BaseException as error:  # noqa: BLE001 # whoever waits for the outcome gets it
        outcome.set_exception(error)
