"""`check --json` and `export --json`: one document on standard output, for other programs."""

import json
from pathlib import Path
from typing import Any

import pytest
from conforming import validator
from conftest import NOW, Ran, Run, files_of, git
from standin import Fault, StandIn

from exporter.demo.spotify.service import SCOPES
from exporter.serving import Answer

TOP_TRACKS = "/v1/me/top/tracks"
NO_RETRIES = "http: {retry_budget: 0}\n"


def document(ran: Ran, command: str) -> Any:
    """Read all of standard output, which matches the command's schema and tells the exit code."""
    answer = json.loads(ran.out)
    assert [error.message for error in validator(command).iter_errors(answer)] == []
    assert answer["exit_code"] == ran.code
    return answer


def test_an_export_lists_what_it_wrote(export: Run, repo: Path) -> None:
    answer = document(export("--json"), "export")
    assert (answer["exit_code"], answer["kept"], answer["problems"]) == (0, [], [])
    assert {change["path"]: change["bytes"] for change in answer["changes"]} == {
        path: len(content) for path, content in files_of(repo).items()
    }
    assert all(change["is_new"] for change in answer["changes"])
    assert 180 < answer["token_days_left"] < 185


def test_an_export_that_finds_nothing_new_lists_nothing(export: Run) -> None:
    assert export().code == 0
    assert document(export("--json"), "export")["changes"] == []


def test_a_dry_run_lists_what_would_change_and_writes_nothing(export: Run, repo: Path) -> None:
    assert export().code == 0
    (repo / "output/index.html").unlink()
    (repo / "output/data/chart.json").write_bytes(b"{}")
    before = files_of(repo)
    answer = document(export("--json", "--dry-run"), "export")
    changes = {change["path"]: change["is_new"] for change in answer["changes"]}
    assert changes == {"output/index.html": True, "output/data/chart.json": False}
    assert files_of(repo) == before
    (problem,) = answer["problems"]
    assert (problem["level"], problem["hint"], problem["place"]) == ("warning", None, None)
    assert problem["what"].startswith("output/data/chart.json: This file is damaged")


def test_people_read_the_same_on_standard_error(export: Run, repo: Path) -> None:
    (repo / "config.yaml").write_bytes(b"timezone: Europe/Berlin\n")
    told = export("--dry-run")
    answered = export("--dry-run", "--json")
    assert answered.err == told.out + told.err


def test_what_was_kept_is_named(export: Run, repo: Path, spotify: StandIn) -> None:
    (repo / "config.yaml").write_bytes(NO_RETRIES.encode())
    spotify.faults.append(Fault(path=TOP_TRACKS, query={"time_range": "long_term"}, answer=Answer(503)))
    answer = document(export("--json"), "export")
    assert (answer["exit_code"], answer["kept"]) == (0, ["top_tracks (long_term)"])
    (problem,) = answer["problems"]
    assert problem["level"] == "warning"
    assert "503" in problem["what"]
    assert document(export("--json", "--strict"), "export")["exit_code"] == 4


def test_a_failure_is_answered_with_what_hint_and_place(export: Run, repo: Path) -> None:
    (repo / "config.yaml").write_bytes(b"timezone: Berlin\noutptu: docs\n")
    ran = export("--json")
    first, second = document(ran, "export")["problems"]
    assert ran.code == 2
    assert {first["place"], second["place"]} == {"config.yaml:1", "config.yaml:2"}
    assert all(each["level"] == "error" and each["what"] and each["hint"] for each in (first, second))
    assert "config.yaml:1" in ran.err


def test_a_missing_scope_is_answered(export: Run, spotify: StandIn) -> None:
    spotify.scopes = SCOPES[:2]
    answer = document(export("--json"), "export")
    assert (answer["exit_code"], answer["problems"][0]["level"]) == (3, "error")
    assert answer["kept"]
    assert answer["changes"]


def test_nothing_fetched_is_answered(export: Run, repo: Path, spotify: StandIn) -> None:
    (repo / "config.yaml").write_bytes(NO_RETRIES.encode())
    spotify.faults.append(Fault(path="/api/token", answer=Answer(503)))
    answer = document(export("--json"), "export")
    assert (answer["exit_code"], answer["changes"]) == (4, [])
    assert answer["problems"][0]["what"] == "Spotify answered 503."


def test_a_template_that_does_not_render_is_answered_at_its_place(export: Run, repo: Path) -> None:
    (repo / "templates").mkdir()
    (repo / "templates/mine.txt.j2").write_bytes(b"\n{{ 1 / 0 }}")
    answer = document(export("--json"), "export")
    assert answer["exit_code"] == 2
    assert [each["place"] for each in answer["problems"]] == ["templates/mine.txt.j2:2"]


def test_a_token_that_ends_soon_is_answered(run: Run, spotify: StandIn) -> None:
    env = spotify.environment | {"SPOTIFY_REFRESH_TOKEN": "demo-refresh-token#2026-05-26"}
    answer = document(run("export", "--json", env=env), "export")
    assert answer["token_days_left"] == 3
    (problem,) = answer["problems"]
    assert (problem["level"], problem["what"]) == ("error", "The refresh token lasts 3 more days.")
    assert "now-listening login" in problem["hint"]


@pytest.mark.parametrize("command", ["check", "export"])
def test_a_wrong_call_is_answered(run: Run, command: str) -> None:
    ran = run(command, "--json", "--nope")
    answer = document(ran, command)
    assert ran.code == 2
    (problem,) = answer["findings" if command == "check" else "problems"]
    assert "--nope" in problem["what"]
    assert f"now-listening {command} --help" in problem["hint"]
    assert "--nope" in ran.err


def test_a_wrong_call_without_it_is_not_answered(run: Run) -> None:
    assert run("export", "--nope").out == ""


def test_a_check_lists_its_findings_with_their_places(run: Run, repo: Path, spotify: StandIn) -> None:
    git(repo, "init", "--quiet")
    (repo / "config.yaml").write_bytes(b"theme:\n  light: {accent: '#dddddd'}\n")
    (repo / "README.md").write_bytes(b"# Me\n\n<!-- listening:now_playing -->\n")
    ran = run("check", "--json", env=spotify.environment)
    findings = document(ran, "check")["findings"]
    assert ran.code == 2
    by_level = {
        level: [each for each in findings if each["level"] == level] for level in ("ok", "warning", "error")
    }
    assert by_level["ok"][0]["what"] == "the settings in config.yaml are valid"
    assert "config.yaml:2" in [each["place"] for each in by_level["warning"]]
    assert [each["place"] for each in by_level["error"]] == ["README.md:3"]
    assert not [each for each in findings if each["place"] and each["what"].startswith(each["place"])]


def test_a_check_of_broken_settings_is_answered(run: Run, repo: Path) -> None:
    (repo / "config.yaml").write_bytes(b"timezone: Berlin\n")
    findings = document(run("check", "--json", "--offline"), "check")["findings"]
    assert findings[0]["place"] == "config.yaml:1"


def test_people_read_the_check_on_standard_error(run: Run) -> None:
    told = run("check", "--offline")
    answered = run("check", "--offline", "--json")
    assert (answered.code, answered.err) == (told.code, told.out)


def test_a_check_with_settings_that_are_not_there_is_answered(run: Run) -> None:
    answer = document(run("check", "--json", "--config", "nowhere.yaml"), "check")
    assert answer["exit_code"] == 2
    assert "nowhere.yaml" in answer["findings"][0]["what"]


def test_in_a_job_no_name_can_act_and_any_encoding_can_show_it(
    process: Run, repo: Path, spotify: StandIn
) -> None:
    name = "é ##[error]x"
    (repo / "templates").mkdir()
    (repo / f"templates/{name}.txt.j2").write_bytes(b"x")
    env = spotify.environment | {"GITHUB_ACTIONS": "true", "PYTHONIOENCODING": "ascii"}
    ran = process("export", "--json", env=env, now=NOW)
    assert ran.out.isascii()
    assert "##[" not in ran.out
    assert not [line for line in ran.out.splitlines() if line.lstrip().startswith("::")]
    paths = [change["path"] for change in document(ran, "export")["changes"]]
    assert f"output/{name}.txt" in paths
