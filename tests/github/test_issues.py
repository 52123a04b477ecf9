"""The action's issues, by the real `gh` where it is installed, against a stand-in of GitHub's REST API."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from github_api import ISSUES, REAL_GH, TOKEN, GitHub
from standin import Fault

from exporter.demo.answers import json_answer
from exporter.errors import CAUSES
from exporter.github.issues import Outcome, Settled, settle
from exporter.serving import Answer

ENV = {
    "GITHUB_REPOSITORY": "ada/ada",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_RUN_ID": "1",
}
MARK = "<!-- now-listening: opened by the action, cause token -->"
FINE = Outcome(code=0, cause=None, problem="", days=100)
ENDS_SOON = Outcome(code=0, cause=None, problem="", days=3)
ENDED = Outcome(code=3, cause="token", problem="Spotify rejects the refresh token.", days=None)


GHS = ["gh", "like gh"] if REAL_GH else ["like gh"]

both = pytest.mark.parametrize("gh", GHS)
"""For the calls and answers that the stand-in for `gh` must know as well as the real one."""


@pytest.fixture
def gh() -> str:
    return GHS[0]


@pytest.fixture
def github(gh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    with GitHub() as github:
        github.install_gh(tmp_path / "bin", real=gh == "gh")
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("GH_TOKEN", TOKEN)
        yield github


def told(settled: Settled) -> tuple[int, str]:
    return settled.code, settled.level if settled.message else ""


@both
def test_an_issue_is_opened_once_and_closed_with_a_comment_by_the_rest_api_alone(github: GitHub) -> None:
    assert told(settle(ENDED, ENV)) == (0, "warning")
    assert told(settle(ENDED, ENV)) == (0, "warning")
    assert (github.open_issues, len(github.issues)) == ([CAUSES["token"]], 1)
    assert told(settle(FINE, ENV)) == (0, "")
    assert (github.open_issues, github.comments) == ([], [(1, "It works again.")])
    settle(ENDED, ENV)  # the label is there already
    assert (github.open_issues, len(github.issues)) == ([CAUSES["token"]], 2)
    assert {request.path.split("/")[1] for request in github.requests} == {"repos"}


@both
def test_ours_is_found_behind_pages_of_others_and_these_stay(github: GitHub) -> None:
    github.add(CAUSES["token"], MARK)
    others = [f"Other {number}" for number in range(5)]
    for title in others:
        github.add(title, author="ada")
    settle(ENDED, ENV)
    assert github.open_issues == [CAUSES["token"], *others]
    settle(FINE, ENV)
    assert github.open_issues == others


def test_a_pull_request_is_no_issue_of_ours(github: GitHub) -> None:
    pull_request = github.add(CAUSES["token"], MARK)
    pull_request["pull_request"] = {"url": "https://api.github.com/repos/ada/ada/pulls/1"}
    settle(ENDED, ENV)
    assert github.open_issues == [CAUSES["token"], CAUSES["token"]]
    settle(FINE, ENV)
    assert github.open_issues == [CAUSES["token"]]
    assert pull_request["state"] == "open"


BUSY = json_answer(503, {"message": "No server is currently available to service your request."})
LIMITED = json_answer(403, {"message": "You have exceeded a secondary rate limit."})


@pytest.mark.parametrize("outcome", [FINE, ENDS_SOON, ENDED], ids=["fine", "ends soon", "ended"])
@pytest.mark.parametrize("answer", [BUSY, LIMITED], ids=["busy", "limited"])
def test_a_call_that_fails_for_a_moment_leaves_the_run_as_it_was_and_says_what_gh_said(
    github: GitHub, outcome: Outcome, answer: Answer
) -> None:
    github.faults.append(Fault(path=ISSUES, answer=answer))
    settled = settle(outcome, ENV)
    assert told(settled) == (outcome.code, "warning")
    assert ("No server is currently available" in settled.message) == (answer is BUSY)
    assert ("secondary rate limit. (HTTP 403)" in settled.message) == (answer is LIMITED)
    assert "the next run tries again" in settled.message
    github.faults.clear()
    assert told(settle(outcome, ENV)) == (0, "" if outcome is FINE else "warning")


@pytest.mark.parametrize("gh", ["like gh"])
@pytest.mark.parametrize("path", ["/repos/ada/ada/labels", f"{ISSUES}/1", f"{ISSUES}/1/comments"])
def test_wherever_a_call_fails_the_next_run_goes_on_and_nothing_is_doubled(github: GitHub, path: str) -> None:
    github.faults.append(Fault(path=path, times=1))
    for outcome in (ENDS_SOON, ENDS_SOON, FINE, FINE):
        assert settle(outcome, ENV).code == 0
    assert (github.open_issues, len(github.issues)) == ([], 1)
    assert len(github.comments) == (not path.endswith("comments"))


# The words: https://github.com/Financial-Times/github-label-sync/issues/188, https://github.com/ossf/allstar/issues/64
REFUSALS: Mapping[str, tuple[int, str]] = {
    "no permission": (403, "Resource not accessible by integration"),
    "issues are off": (410, "Issues are disabled for this repo"),
}


@both
@pytest.mark.parametrize("what", REFUSALS)
def test_what_github_refuses_fails_a_run_that_needs_an_issue_and_no_other(github: GitHub, what: str) -> None:
    status, message = REFUSALS[what]
    github.faults.append(Fault(path="/repos/*", answer=json_answer(status, {"message": message})))
    assert told(settle(FINE, ENV)) == (0, "")
    for outcome in (ENDS_SOON, ENDED):
        settled = settle(outcome, ENV)
        assert told(settled) == (3, "error")
        assert f"could not be opened: {message} (HTTP {status})." in settled.message
        assert "`permissions: {contents: write, issues: write}`" in settled.message


def test_without_gh_a_run_that_needs_an_issue_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert told(settle(FINE, ENV)) == (0, "")
    settled = settle(ENDS_SOON, ENV)
    assert told(settled) == (3, "error")
    assert "could not be opened: it is not installed" in settled.message
