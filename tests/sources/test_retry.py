from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import UnavailableError
from exporter.sources.retry import FIRST_WAIT, LONGEST_WAIT, MOST_TRIES, GiveUp, Wait, decide

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


def decided(
    status: int | None = 503,
    retry_after: str | None = None,
    *,
    attempt: int = 1,
    budget_left: float = 60,
    jitter: float = 0.5,
) -> Wait | GiveUp:
    failure = UnavailableError("No answer.", hint="Wait.", status=status, retry_after=retry_after)
    return decide(failure, attempt=attempt, budget_left=budget_left, now=NOW, jitter=jitter)


@pytest.mark.parametrize("status", [None, 408, 429, 500, 502, 503, 504, 599])
def test_what_may_pass_by_itself_is_tried_again(status: int | None) -> None:
    assert isinstance(decided(status), Wait)


@pytest.mark.parametrize("status", [301, 302, 400, 404, 405, 410, 418, 451])
def test_what_would_be_answered_the_same_is_not_tried_again(status: int) -> None:
    assert decided(status) == GiveUp("another try would fail too")


@pytest.mark.parametrize("status", [None, 429, 503])
def test_what_is_final_is_not_tried_again_whatever_its_status(status: int | None) -> None:
    failure = UnavailableError("No answer.", hint="Wait.", status=status, retry_after="1", is_final=True)
    decision = decide(failure, attempt=1, budget_left=60, now=NOW, jitter=0.5)
    assert decision == GiveUp("another try would fail too")


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("60", 60),
        ("Mon, 23 Nov 2026 12:00:30 GMT", 30),
        ("Monday, 23-Nov-26 12:00:30 GMT", 30),
        ("Mon Nov 23 12:00:30 2026", 30),
        ("Mon, 23 Nov 2026 14:00:30 +0200", 30),
    ],
)
def test_a_wait_that_spotify_asks_for_is_obeyed_to_the_second(retry_after: str, seconds: float) -> None:
    assert decided(429, retry_after, jitter=0.25) == Wait(seconds)
    assert decided(503, retry_after, attempt=5, jitter=1) == Wait(seconds)


def test_a_wait_until_a_date_begins_now_even_within_a_second() -> None:
    failure = UnavailableError("No answer.", hint="Wait.", retry_after="Mon, 23 Nov 2026 12:00:01 GMT")
    now = NOW + timedelta(milliseconds=500)
    assert decide(failure, attempt=1, budget_left=60, now=now, jitter=1) == Wait(0.5)


@pytest.mark.parametrize(
    "retry_after",
    [
        None,
        "",
        "0",
        "-5",
        "1.5",
        "soon",
        "²",
        "١٢",
        "Mon, 23 Nov 2026 11:59:30 GMT",
        "Mon, 23 Nov 2026 12:00:00 GMT",
        "Mon, 99 Nov 2026 12:00:30 GMT",
        "Mon, 23 Nov 99999999999999999999 12:00:30 GMT",
    ],
)
def test_a_wait_that_is_absent_past_or_nonsense_leaves_our_own(retry_after: str | None) -> None:
    assert decided(429, retry_after, jitter=0.25) == decided(503, jitter=0.25)


@pytest.mark.parametrize(
    "retry_after",
    ["61", "86400", "9" * 400, "Mon, 23 Nov 2026 12:01:01 GMT", "Tue, 24 Nov 2026 12:00:00 GMT"],
)
def test_a_wait_longer_than_the_run_has_left_is_not_begun(retry_after: str) -> None:
    decision = decided(429, retry_after, budget_left=60)
    assert isinstance(decision, GiveUp)
    assert "more than the run has left" in decision.reason


@pytest.mark.parametrize(
    ("budget_left", "expected"),
    [
        (7, Wait(7)),
        (6.9, GiveUp("a wait of 7 s is more than the run has left", NOW + timedelta(seconds=7))),
    ],
)
def test_a_wait_may_use_the_whole_rest_of_the_budget(budget_left: float, expected: Wait | GiveUp) -> None:
    assert decided(429, "7", budget_left=budget_left) == expected


@pytest.mark.parametrize(
    ("retry_after", "until"),
    [
        ("86400", NOW + timedelta(days=1)),
        ("Tue, 24 Nov 2026 12:00:00 GMT", NOW + timedelta(days=1)),
        ("9" * 400, NOW + timedelta(days=366)),
        ("-1", None),
        (None, None),
    ],
)
def test_who_gives_up_knows_when_spotify_would_be_asked_again(
    retry_after: str | None, until: datetime | None
) -> None:
    decision = decided(429, retry_after, budget_left=0)
    assert isinstance(decision, GiveUp)
    assert decision.until == until


def test_our_own_wait_must_fit_the_budget_too() -> None:
    assert isinstance(decided(503, attempt=4, jitter=1, budget_left=1), GiveUp)
    assert isinstance(decided(503, jitter=0, budget_left=-1), GiveUp)


def span(attempt: int) -> float:
    decision = decided(attempt=attempt, jitter=1)
    assert isinstance(decision, Wait)
    return decision.seconds


def test_spans_double_from_one_try_to_the_next_up_to_a_cap() -> None:
    spans = [span(attempt) for attempt in range(1, MOST_TRIES)]
    assert spans == [min(LONGEST_WAIT, FIRST_WAIT * 2**n) for n in range(len(spans))]
    assert spans[-1] == LONGEST_WAIT


@pytest.mark.parametrize("jitter", [0, 0.25, 0.5, 1])
def test_a_wait_is_a_random_part_of_its_span(jitter: float) -> None:
    assert decided(attempt=3, jitter=jitter) == Wait(jitter * span(3))


@pytest.mark.parametrize("attempt", [8, 9, 100])
def test_eight_tries_are_enough(attempt: int) -> None:
    assert isinstance(decided(attempt=7), Wait)
    assert decided(429, "1", attempt=attempt) == GiveUp(f"{attempt} tries have failed")


@given(
    retry_after=st.none() | st.text() | st.integers(0, 10**6).map(str),
    status=st.none() | st.integers(300, 599),
    attempt=st.integers(1, 20),
    budget_left=st.floats(-10, 100),
    jitter=st.floats(0, 1),
)
def test_no_wait_is_negative_or_longer_than_the_budget(
    retry_after: str | None, status: int | None, attempt: int, budget_left: float, jitter: float
) -> None:
    decision = decided(status, retry_after, attempt=attempt, budget_left=budget_left, jitter=jitter)
    if isinstance(decision, Wait):
        assert 0 <= decision.seconds <= budget_left
        assert attempt < MOST_TRIES
