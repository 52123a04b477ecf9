from datetime import UTC, datetime, timedelta
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from exporter.config.schema import TimeStyle


@given(
    instant=st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    zone=st.sampled_from(
        [
            "UTC",
            "Asia/Kolkata",
            "Asia/Kathmandu",
            "Europe/Berlin",
            "America/Havana",
            "America/Sao_Paulo",
            "Africa/Cairo",
            "Asia/Beirut",
            "Australia/Lord_Howe",
            "Pacific/Apia",
        ]
    ),
    precision=st.sampled_from(["exact", "hour", "day"]),
)
def test_rounding_never_goes_forward_and_twice_changes_nothing(
    instant: datetime, zone: str, precision: Literal["exact", "hour", "day"]
) -> None:
    style = TimeStyle(timezone=zone, precision=precision)
    once = style.round_down(instant)
    assert once <= instant
    assert instant - once <= timedelta(hours=25)
    assert style.round_down(once) == once
