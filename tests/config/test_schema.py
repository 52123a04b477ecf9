from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from exporter.config.schema import Config, TimeStyle


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


Precision = Literal["exact", "hour", "day"]

AFTERNOON = datetime(2026, 11, 23, 12, 34, 56, 789, tzinfo=UTC)
SECOND_HALF_PAST_MIDNIGHT = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
"""In Havana, where the hour from midnight comes twice that night."""


@pytest.mark.parametrize(
    ("instant", "zone", "precision", "start"),
    [
        (AFTERNOON, "UTC", "exact", AFTERNOON),
        (AFTERNOON, "UTC", "hour", datetime(2026, 11, 23, 12, tzinfo=UTC)),
        (AFTERNOON, "UTC", "day", datetime(2026, 11, 23, tzinfo=UTC)),
        (AFTERNOON, "Asia/Kolkata", "hour", datetime(2026, 11, 23, 12, 30, tzinfo=UTC)),
        (AFTERNOON, "Asia/Kolkata", "day", datetime(2026, 11, 22, 18, 30, tzinfo=UTC)),
        (SECOND_HALF_PAST_MIDNIGHT, "America/Havana", "hour", datetime(2026, 11, 1, 5, tzinfo=UTC)),
        (SECOND_HALF_PAST_MIDNIGHT, "America/Havana", "day", datetime(2026, 11, 1, 4, tzinfo=UTC)),
    ],
)
def test_a_time_is_rounded_down_to_the_hour_or_day_in_its_zone(
    instant: datetime, zone: str, precision: Precision, start: datetime
) -> None:
    assert TimeStyle(timezone=zone, precision=precision).round_down(instant) == start


@pytest.mark.parametrize(
    ("zone", "precision", "text", "brief", "older"),
    [
        ("UTC", "exact", "23 Nov 2026, 12:34 UTC", "23 Nov, 12:34", "23 Nov 2026, 12:34"),
        ("Asia/Kolkata", "exact", "23 Nov 2026, 18:04 IST", "23 Nov, 18:04", "23 Nov 2026, 18:04"),
        ("Asia/Kolkata", "hour", "23 Nov 2026, 18:00 IST", "23 Nov, 18:00", "23 Nov 2026, 18:00"),
        ("Pacific/Kiritimati", "hour", "24 Nov 2026, 02:00 UTC+14", "24 Nov, 02:00", "24 Nov 2026, 02:00"),
        ("Pacific/Kiritimati", "day", "24 Nov 2026", "24 Nov", "24 Nov 2026"),
    ],
)
def test_a_time_is_told_in_its_zone_and_as_precisely_as_the_style_says(
    zone: str, precision: Precision, text: str, brief: str, older: str
) -> None:
    style = TimeStyle(timezone=zone, precision=precision)
    assert style.text(AFTERNOON) == text
    assert style.brief(AFTERNOON) == style.brief(AFTERNOON, AFTERNOON) == brief
    assert style.brief(AFTERNOON, AFTERNOON.replace(year=2027)) == older


class From(Struct, frozen=True):
    source: str
    user: str | None


@pytest.mark.parametrize(
    ("config", "source", "user", "is_from_here"),
    [
        (Config(), "spotify", None, True),
        (Config(), "lastfm", None, False),
        (Config(source={"lastfm": "Rj"}), "lastfm", "rJ", True),
        (Config(source={"lastfm": "Rj"}), "lastfm", "rob", False),
        (Config(source={"lastfm": "Rj"}), "lastfm", None, False),
        (Config(source={"lastfm": "Rj"}), "listenbrainz", "Rj", False),
    ],
)
def test_a_record_is_from_here_if_its_source_and_user_are_those_of_the_settings(
    config: Config, source: str, user: str | None, *, is_from_here: bool
) -> None:
    assert config.is_from_here(From(source, user)) is is_from_here


def test_outputs_are_below_their_folder_and_are_skipped_by_name_or_pattern() -> None:
    config = Config(output="docs", skip=("cards/*", "feed.xml"))
    assert config.output_path("cards/now_playing.svg") == "docs/cards/now_playing.svg"
    outputs = ("cards/now_playing.svg", "feed.xml", "index.html")
    assert [config.skips(name) for name in outputs] == [True, True, False]
