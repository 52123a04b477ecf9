"""Publishing to a real bare repository: what is committed where, and what stays untouched."""

import json
from datetime import timedelta
from pathlib import Path

from conftest import NOW, Run, git


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
    assert git(remote, "ls-tree", "-r", "--name-only", "main").splitlines() == [
        "README.md",
        "output/archive/2026-W48.json",
        "output/data/chart.json",
        "output/data/now_playing.json",
        "output/data/recently_played.json",
        "output/data/top_artists.json",
        "output/data/top_tracks.json",
    ]
    assert json.loads(shown(remote, "output/data/now_playing.json"))["is_playing"] is True
    assert "on Spotify" in shown(remote, "README.md")
    assert (
        git(remote, "log", "-1", "--format=%an <%ae> %s", "main") == "Ada <ada@example.org> Update listening"
    )
    assert (
        f"Pushed 7 files to main ({git(remote, 'rev-parse', '--short=7', 'main')}):\n  README.md\n" in ran.out
    )


def test_the_second_run_learns_nothing_new_and_makes_no_commit(publish: Run, remote: Path) -> None:
    publish()
    ran = publish(now=NOW + timedelta(minutes=30))
    assert (ran.code, ran.out.splitlines()[0]) == (0, "Nothing new: no commit.")
    assert commits(remote) == 2
