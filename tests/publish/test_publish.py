"""Publishing to a real bare repository: what is committed where, and what stays untouched."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import NOW, PUBLISHED, UNSEEN, Run, commit, git
from standin import Fault, StandIn

from exporter.publish.refusals import explained
from exporter.serving import Answer


def shown(remote: Path, path: str, branch: str = "main") -> str:
    return git(remote, "show", f"{branch}:{path}")


def commits(remote: Path, branch: str = "main") -> int:
    return int(git(remote, "rev-list", "--count", branch))


def test_what_an_export_makes_is_one_commit_on_the_branch_that_is_checked_out(
    publish: Run, remote: Path
) -> None:
    ran = publish()
    assert (ran.code, ran.err) == (0, "")
    assert commits(remote) == 2
    assert git(remote, "ls-tree", "-r", "--name-only", "main").splitlines() == PUBLISHED
    assert json.loads(shown(remote, "output/data/now_playing.json"))["is_playing"] is True
    assert "on Spotify" in shown(remote, "README.md")
    assert (
        git(remote, "log", "-1", "--format=%an <%ae> %s", "main") == "Ada <ada@example.org> Update listening"
    )
    assert (
        f"Pushed 19 files to main ({git(remote, 'rev-parse', '--short=7', 'main')}):\n  README.md\n"
        in ran.out
    )


@pytest.fixture
def unseen(repo: Path) -> None:
    """Leave out what the test does not look at."""
    (repo / "config.yaml").write_bytes(UNSEEN.encode())


def test_the_second_run_learns_nothing_new_and_makes_no_commit(publish: Run, remote: Path) -> None:
    publish()
    ran = publish(now=NOW + timedelta(minutes=30))
    assert (ran.code, ran.out.splitlines()[0]) == (0, "Nothing new: no commit.")
    assert commits(remote) == 2


def test_sections_change_with_the_weeks_snapshot_if_that_is_wished(
    publish: Run, remote: Path, repo: Path, spotify: StandIn
) -> None:
    (repo / "config.yaml").write_bytes(f"{UNSEEN}publish: {{readme: weekly}}\n".encode())
    publish()
    first = shown(remote, "README.md")
    for days, is_same in ((1, True), (7, False)):
        spotify.clock = lambda days=days: NOW + timedelta(days=days)  # type: ignore[misc]
        publish(now=NOW + timedelta(days=days))
        assert (shown(remote, "README.md") == first) == is_same
    assert commits(remote) == 4


@pytest.mark.parametrize("lanes", ["", ", live_branch: listening, live_history: squash"])
def test_what_is_excluded_leaves_weekly_sections_at_once(
    publish: Run, run: Run, remote: Path, repo: Path, lanes: str
) -> None:
    settings = f"publish: {{readme: weekly{lanes}}}\n"
    commit(repo, {"config.yaml": settings})
    git(repo, "push", "--quiet")
    publish()
    hidden = re.findall(r"\[([^]]+)\]\(https://open.spotify.com/artist", shown(remote, "README.md"))[0]
    git(repo, "pull", "--quiet")
    forgotten = run("forget", hidden, "--yes")
    assert ("still show it" in forgotten.out) == bool(lanes)
    changed = git(repo, "status", "--porcelain", "--untracked-files=all").splitlines()
    assert not lanes or changed == ["M output/archive/2026-W48.json"]
    commit(repo, {"config.yaml": f"{settings}privacy: {{exclude: [{hidden!r}]}}\n"})
    git(repo, "add", "--update")
    git(repo, "commit", "--quiet", "--message", "Forget")
    git(repo, "push", "--quiet")
    publish(now=NOW + timedelta(days=1))
    for branch in git(remote, "branch", "--format=%(refname:short)").split():
        assert hidden not in git(remote, "archive", branch, ":!config.yaml")


def test_a_section_that_is_blank_is_filled_at_once(publish: Run, remote: Path, repo: Path) -> None:
    (repo / "config.yaml").write_bytes(f"{UNSEEN}publish: {{readme: weekly}}\n".encode())
    publish()
    git(repo, "pull", "--quiet")
    text = (repo / "README.md").read_text("utf-8")
    added = f"{text}<!-- listening:recently_played -->\n<!-- /listening:recently_played -->\n"
    commit(repo, {"README.md": added})
    git(repo, "push", "--quiet")
    publish(now=NOW + timedelta(days=1))
    now = shown(remote, "README.md")
    assert now.startswith(text.rstrip())
    assert "| Track | Played |" in now


def test_what_one_lane_left_on_the_branch_is_told_of_when_there_are_two(
    publish: Run, repo: Path, remote: Path
) -> None:
    publish()
    (repo / "config.yaml").write_bytes(b"publish: {live_branch: listening}\n")
    ran = publish()
    assert (ran.code, commits(remote, "listening")) == (0, 1)
    assert (
        "warning: output/cards/chart.svg (and 16 more files): also on main. "
        "Delete it there: it is on the live branch now." in ran.err
    )


@pytest.mark.usefixtures("links")
def test_a_link_in_the_way_is_told_before_anything_is_pushed(publish: Run, remote: Path, repo: Path) -> None:
    (repo / "me.md").write_bytes(b"x")
    (repo / "README.md").unlink()
    (repo / "README.md").symlink_to("me.md")
    git(repo, "add", ".")
    git(repo, "commit", "--quiet", "--message", "Link")
    git(repo, "push", "--quiet")
    ran = publish()
    assert (ran.code, commits(remote)) == (2, 2)
    assert "error: README.md: In git, this is a link or a submodule.\n  Make it a plain file." in ran.err


@pytest.mark.usefixtures("unseen")
@pytest.mark.parametrize("path", ["output", "output/data/chart.json/x", "output/data"])
def test_what_stands_in_the_way_is_not_replaced(publish: Run, remote: Path, repo: Path, path: str) -> None:
    commit(repo, {path: "a person's"})
    git(repo, "push", "--quiet")
    ran = publish()
    assert (ran.code, commits(remote), shown(remote, path)) == (2, 2, "a person's")
    assert "its folder is a file" in ran.err


@pytest.mark.usefixtures("unseen")
def test_what_was_kept_is_warned_of_and_the_rest_is_pushed(
    publish: Run, remote: Path, spotify: StandIn
) -> None:
    spotify.faults.append(Fault(path="/v1/me/top/artists", answer=Answer(404)))
    ran = publish("--strict")
    assert (ran.code, commits(remote)) == (4, 2)
    assert "top_artists" in ran.err


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("live_history: squash", "`publish.live_history: squash` needs a `live_branch`"),
        ("branch: a\n  live_branch: a", "`publish.live_branch` can't be `publish.branch` too."),
        ("live_branch: main", "`publish.live_branch` can't be main: the permanent files are there."),
        (
            "readme: weekly\narchive: {snapshots: none}",
            "`publish.readme: weekly` needs the weekly snapshot",
        ),
    ],
)
def test_lanes_that_can_not_be_are_refused_before_anything_is_asked(
    run: Run, remote: Path, repo: Path, spotify: StandIn, settings: str, words: str
) -> None:
    (repo / "config.yaml").write_bytes(f"publish:\n  {settings}\n".encode())
    ran = run("publish", env=spotify.environment)
    assert (ran.code, words in ran.err, "config.yaml" in ran.err) == (2, True, True), ran.err
    assert (spotify.requests, commits(remote)) == ([], 1)


SAID = {
    "remote: error: GH006: Protected branch update failed for refs/heads/main.": "a rule protects",
    "remote: error: GH013: Repository rule violations found for refs/heads/main.": "a rule protects",
    "! [remote rejected] main -> main (pre-receive hook declined)": "the push: pre-receive hook declined.",
    "remote: Name a ticket.\n ! [remote rejected] a -> b (pre-receive hook declined)": "push: Name a ticket.",
    "remote: Permission to a/a.git denied to github-actions[bot].": "This job may not push.",
    "fatal: unable to access 'https://github.com/a/a/': The requested URL returned error: 403": "not push",
    "remote: Write access to repository not granted.": "This job may not push.",
    "fatal: could not read Username for 'https://github.com': No such device": "not accept our credentials",
    "git@github.com: Permission denied (publickey).": "The remote does not accept our credentials.",
    "fatal: unable to auto-detect email address (got 'a@b.(none)')": "Git does not know who commits.",
    "fatal: detected dubious ownership in repository at '/x'": "Git does not trust this folder",
    "fatal: not a git repository (or any of the parent directories): .git": "not in a git repository",
    "fatal: unable to access 'https://me:secret@h/': Could not resolve host: h": "Could not resolve host: h.",
    "remote: \nTo https://github.com/a/GH013\n ! [rejected] a -> b (full moon)\n"
    "error: failed to push some refs to 'https://github.com/a/GH013'": "Git failed: full moon.",
    "remote:\nfatal: unable to access 'https://github.com/a/GH001/': Connection reset": "Connection reset.",
    "To https://me:secret@h/archived": "Git failed: it did not say why.",
    "\x1b[31m::error::x\n": "Git failed: [31m::error::x.",
    "": "Git failed: it did not say why.",
}
BEFORE_A_PUSH = {said for said in SAID if re.search("auto-detect|dubious|not a git", said)}


@pytest.mark.parametrize("said", SAID)
def test_a_refusal_says_what_to_do_in_a_few_lines_without_a_secret(said: str) -> None:
    error = explained(said)
    assert SAID[said] in error.message
    assert error.exit_code == (2 if said in BEFORE_A_PUSH else 5)
    assert len(f"error: {error}\n  {error.hint}".splitlines()) < 5
    assert "secret" not in str(error)
