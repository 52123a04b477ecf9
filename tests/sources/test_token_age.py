"""The refresh token ends six months after a person authorized it: they must be warned in time."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from conftest import NOW, UNSEEN, Ran, Run
from hypothesis import given
from hypothesis import strategies as st
from standin import StandIn

from exporter.demo.spotify.service import REFRESH_TOKEN
from exporter.sources.spotify.token_age import days_left, end_of_life, sentence, urgency


@pytest.mark.parametrize(
    ("authorized_on", "ends"),
    [
        ("2026-06-18", "2026-12-18"),
        ("2026-08-28", "2027-02-28"),
        ("2026-08-29", "2027-02-28"),
        ("2026-08-31", "2027-02-28"),
        ("2027-08-31", "2028-02-29"),
        ("2026-03-31", "2026-09-30"),
        ("2026-12-31", "2027-06-30"),
        ("2026-07-01", "2027-01-01"),
        ("2026-06-30", "2026-12-30"),
    ],
)
def test_it_ends_six_months_later_on_the_calendar(authorized_on: str, ends: str) -> None:
    assert end_of_life(date.fromisoformat(authorized_on)) == date.fromisoformat(ends)


@given(st.dates(date(2026, 1, 1), date(2100, 1, 1)), st.integers(-400, 400))
def test_every_day_counts_one(authorized_on: date, days: int) -> None:
    today = authorized_on + timedelta(days)
    assert 181 <= days_left(authorized_on, authorized_on) <= 184
    assert days_left(authorized_on, today) - days_left(authorized_on, today + timedelta(1)) == 1


@pytest.mark.parametrize(
    ("days", "how_loud"),
    [
        (184, None), (31, None), (30, "warning"), (8, "warning"), (7, "error"), (0, "error"), (-1, "warning"),
        (-400, "warning"), (None, "notice"),
    ],
)  # fmt: skip
def test_it_is_said_louder_as_the_end_comes_near(days: int | None, how_loud: str | None) -> None:
    assert urgency(days) == how_loud


@pytest.mark.parametrize(
    ("days", "words"),
    [(184, "lasts 184 more days"), (2, "lasts 2 more days"), (1, "ends tomorrow"), (0, "ends today"),
     (-1, "ended 1 day ago"), (-2, "ended 2 days ago"), (None, "is unknown when")],
)  # fmt: skip
def test_the_days_in_words(days: int | None, words: str) -> None:
    assert words in sentence(days)


@pytest.fixture
def run(run: Run, repo: Path) -> Run:
    """Run a command with settings that leave out what takes longest to draw."""
    (repo / "config.yaml").write_bytes(UNSEEN.encode())
    return run


def aged(run: Run, spotify: StandIn, days: int, **more: str) -> Ran:
    """Run an export with a token from 1 June 2026 that has this many days left."""
    now = NOW.replace(month=12, day=1) - timedelta(days)
    env = spotify.environment | {"SPOTIFY_REFRESH_TOKEN": f"{REFRESH_TOKEN}#2026-06-01"}
    return run("export", env=env | more, now=now)


def test_a_run_says_how_many_days_are_left(run: Run, spotify: StandIn) -> None:
    ran = aged(run, spotify, 31)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("\nThe refresh token lasts 31 more days.\n")


@pytest.mark.parametrize(
    ("days", "begins"), [(30, "warning: "), (8, "warning: "), (7, "error: "), (0, "error: ")]
)
def test_a_run_near_the_end_says_what_to_do_and_still_succeeds(
    run: Run, spotify: StandIn, days: int, begins: str
) -> None:
    ran = aged(run, spotify, days)
    assert ran.code == 0
    assert ran.err.startswith(f"{begins}The refresh token ")
    assert "now-listening login" in ran.err


def test_a_token_that_works_after_its_end_has_the_wrong_day_which_is_no_error(
    run: Run, spotify: StandIn, tmp_path: Path
) -> None:
    outputs = tmp_path / "outputs"
    ran = aged(run, spotify, -116, GITHUB_OUTPUT=str(outputs))
    assert ran.code == 0
    assert ran.err == (
        "warning: The refresh token ended 116 days ago, judging by the stored day.\n"
        "  If Spotify still accepts it, that day is wrong: correct it after the `#` in "
        "SPOTIFY_REFRESH_TOKEN, or in SPOTIFY_AUTHORIZED_ON. If not, run `now-listening login` and store "
        "the new token.\n"
    )
    assert outputs.read_text("utf-8") == "token_days_left=-116\n"


def test_the_day_can_stand_in_a_variable_of_its_own(run: Run, spotify: StandIn) -> None:
    env = spotify.environment | {
        "SPOTIFY_REFRESH_TOKEN": REFRESH_TOKEN,
        "SPOTIFY_AUTHORIZED_ON": "2026-11-22",
    }
    assert run("export", env=env).out.endswith("\nThe refresh token lasts 180 more days.\n")


def test_the_day_that_the_token_carries_wins(run: Run, spotify: StandIn) -> None:
    assert "lasts 31 more days" in aged(run, spotify, 31, SPOTIFY_AUTHORIZED_ON="2020-01-01").out


def test_an_unknown_age_is_one_notice(run: Run, spotify: StandIn) -> None:
    ran = run("export", env=spotify.environment | {"SPOTIFY_REFRESH_TOKEN": REFRESH_TOKEN})
    assert (ran.code, ran.err.count("notice: ")) == (0, 1)
    assert "SPOTIFY_AUTHORIZED_ON" in ran.err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SPOTIFY_REFRESH_TOKEN", f"{REFRESH_TOKEN}#yesterday"),
        ("SPOTIFY_REFRESH_TOKEN", f"{REFRESH_TOKEN}#2026-02-30"),
        ("SPOTIFY_REFRESH_TOKEN", f"{REFRESH_TOKEN}#20261122"),
        ("SPOTIFY_AUTHORIZED_ON", "22.11.2026"),
        ("SPOTIFY_AUTHORIZED_ON", "9999-12-31"),
    ],
)
def test_a_day_that_is_none_is_a_warning_that_names_the_variable(
    run: Run, spotify: StandIn, name: str, value: str
) -> None:
    env = spotify.environment | {"SPOTIFY_REFRESH_TOKEN": REFRESH_TOKEN, name: value}
    ran = run("export", env=env)
    assert ran.code == 0
    assert ran.err.startswith(f"warning: The day of authorization in {name} ")
    assert REFRESH_TOKEN not in ran.err


def test_in_actions_it_is_an_annotation_in_the_summary_and_an_output(
    run: Run, spotify: StandIn, tmp_path: Path
) -> None:
    files = {name: tmp_path / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    ran = aged(run, spotify, 7, GITHUB_ACTIONS="true", **{name: str(path) for name, path in files.items()})
    assert ran.err.startswith("::error title=Now Listening::The refresh token lasts 7 more days.")
    assert files["GITHUB_OUTPUT"].read_text("utf-8") == "token_days_left=7\n"
    assert "The refresh token lasts 7 more days" in files["GITHUB_STEP_SUMMARY"].read_text("utf-8")


def test_an_unknown_age_is_no_output(run: Run, spotify: StandIn, tmp_path: Path) -> None:
    env = spotify.environment | {"SPOTIFY_REFRESH_TOKEN": REFRESH_TOKEN}
    ran = run("export", env=env | {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(tmp_path / "out")})
    assert ran.err.startswith("::notice title=Now Listening::It is unknown when the refresh token ends")
    assert not (tmp_path / "out").exists()
