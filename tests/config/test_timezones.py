"""Time zones: this machine's one, and what a person may mean by a word that is none."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from conftest import NOW

from exporter.config.load import load
from exporter.config.timezones import known, local, suggest
from exporter.errors import SetupError


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ("berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("EUROPE/BERLIN", "Europe/Berlin"),
        ("Berlin/Germany", None),
        ("Europe/Berln", "Europe/Berlin"),
        ("Eurpe/Berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("new_york", "America/New_York"),
        ("America/New York", "America/New_York"),
        ("são paulo", "America/Sao_Paulo"),
        ("Sidney", "Australia/Sydney"),
        ("« Rome »", "Europe/Rome"),
        ("utc", "UTC"),
        ("japan", "Japan"),
        ("CEST", "Europe/Paris"),
        ("cest", "Europe/Paris"),
        ("WEST", "Europe/Lisbon"),
        ("PST", "America/Los_Angeles"),
        ("CST", "America/Chicago"),
        ("GMT+1", "Europe/Paris"),
        ("UTC-08:00", "America/Los_Angeles"),
        ("+0530", "Asia/Kolkata"),
        ("GMT+25", None),
        ("xyzzy", None),
        ("", None),
    ],
)
def test_a_word_that_is_no_zone_gets_the_places_that_it_may_mean(word: str, place: str | None) -> None:
    hint = suggest(word)
    suggested = re.findall(r"`([^`]+)`", hint)
    if place:
        assert suggested[0] == place
    else:
        assert hint == "Write an IANA name such as Europe/Berlin or UTC."
    assert known() >= set(suggested)
    assert not [name for name in suggested if name.isupper() and name != "UTC"]


def test_at_most_three_places_are_suggested_those_of_most_zones_first() -> None:
    assert suggest("GMT+1") == (
        "Name a place that has this time, such as `Europe/Paris`, `Africa/Lagos` or `Africa/Algiers`."
    )


@pytest.mark.parametrize("word", ["CEST", "PST", "EDT", "IST", "MSK", "JST", "AEST"])
def test_a_place_that_is_suggested_for_an_abbreviation_uses_it(word: str) -> None:
    for place in re.findall(r"`([^`]+)`", suggest(word)):
        days = [NOW.replace(year=2030, month=month).astimezone(ZoneInfo(place)) for month in (1, 7)]
        assert word in {day.tzname() for day in days}


def test_the_settings_suggest_places_too(repo: Path) -> None:
    (repo / "config.yaml").write_bytes(b"output: docs\ntimezone: CEST\n")
    with pytest.raises(SetupError) as caught:
        load(repo / "config.yaml", may_be_missing=False)
    error = caught.value
    assert (error.place, error.message) == ("config.yaml:2", "There is no time zone `CEST`.")
    assert error.hint == "Name a place that has this time, such as `Europe/Paris`."


@pytest.mark.usefixtures("links")
@pytest.mark.parametrize(
    ("variable", "target", "name"),
    [
        ("Asia/Tokyo", "/usr/share/zoneinfo/Europe/Berlin", "Asia/Tokyo"),
        (":Asia/Tokyo", None, "Asia/Tokyo"),
        ("/usr/share/zoneinfo/Asia/Tokyo", None, "Asia/Tokyo"),
        ("", "/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"),
        ("", "../usr/share/zoneinfo/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("", "/var/db/timezone/zoneinfo/Europe/Berlin", "Europe/Berlin"),
        ("", "/usr/share/zoneinfo/Etc/UTC", "UTC"),
        (":/etc/localtime", "/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"),
        ("", "/elsewhere", "UTC"),
        ("", None, "UTC"),
    ],
)
def test_this_machines_zone_is_what_tz_or_localtime_says(
    tmp_path: Path, variable: str, target: str | None, name: str
) -> None:
    link = tmp_path / "localtime"
    if target:
        link.symlink_to(target)
    assert local(variable, link) == name


def test_a_localtime_that_is_a_copy_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / "localtime").write_bytes(b"TZif2")
    assert local("", tmp_path / "localtime") == "UTC"


def test_the_placeholder_for_no_zone_is_no_time_zone() -> None:
    assert "Factory" not in known()
    assert {"UTC", "Europe/Berlin"} <= known()
