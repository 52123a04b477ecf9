"""Pure: decide whether to try a push again."""

from typing import Literal

from exporter.errors import NowListeningError, PublishError
from exporter.publish.git import GitError
from exporter.publish.refusals import explained

MOST_TRIES = 10
"""Stop after this many tries if other pushes keep winning."""

PATIENCE = 60.0
"""Seconds: stop after this long."""

MOST_REJECTIONS = 4
"""After this many rejected pushes with unchanged remote heads, stop retrying."""

LOST = PublishError(
    "Other pushes won the race every time.",
    hint="Nothing is lost: the next run tries again. Does another job push to this branch all the time?",
)


def decide(
    failure: GitError | None, *, rejections: int, tries: int, seconds: float
) -> Literal["done", "again"] | NowListeningError:
    """Decide what comes after a try: nothing, another one, or the error to report.

    `failure` is what git said, None if everything was pushed; `rejections` counts the failures since the
    remote's heads last moved, `tries` all of them, `seconds` the time since the first.
    """
    if failure is None:
        return "done"
    if failure.is_late or rejections >= MOST_REJECTIONS:
        return explained(failure.said)
    if tries >= MOST_TRIES or seconds >= PATIENCE:
        return LOST
    return "again"
