import pytest

from exporter.errors import PublishError
from exporter.publish.decide import LOST, MOST_REJECTIONS, MOST_TRIES, PATIENCE, decide
from exporter.publish.git import GitError

REJECTED = GitError("! [rejected] main -> main (fetch first)")
FORBIDDEN = GitError("fatal: unable to access the remote: The requested URL returned error: 403")


def test_a_try_without_a_failure_is_the_last() -> None:
    assert decide(None, rejections=0, tries=MOST_TRIES, seconds=PATIENCE) == "done"


def test_a_rejected_push_is_tried_again() -> None:
    assert decide(REJECTED, rejections=1, tries=1, seconds=0) == "again"
    assert decide(REJECTED, rejections=MOST_REJECTIONS - 1, tries=MOST_TRIES - 1, seconds=59.9) == "again"


@pytest.mark.parametrize(("tries", "seconds"), [(MOST_TRIES, 1.0), (1, PATIENCE), (MOST_TRIES + 1, 61.0)])
def test_a_race_that_is_lost_too_often_or_for_too_long_is_over(tries: int, seconds: float) -> None:
    assert decide(REJECTED, rejections=1, tries=tries, seconds=seconds) is LOST


def test_rejections_by_heads_that_do_not_move_are_explained_by_what_git_said() -> None:
    outcome = decide(FORBIDDEN, rejections=MOST_REJECTIONS, tries=MOST_REJECTIONS, seconds=5)
    assert isinstance(outcome, PublishError)
    assert outcome.message == "This job may not push."


def test_a_remote_that_does_not_answer_is_not_asked_again() -> None:
    silent = GitError("git got no answer within 30 seconds", is_late=True)
    outcome = decide(silent, rejections=1, tries=1, seconds=30)
    assert isinstance(outcome, PublishError)
    assert outcome.message == "Git failed: git got no answer within 30 seconds."
