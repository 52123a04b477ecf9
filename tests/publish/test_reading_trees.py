"""Files are read from a branch by one git process, however long the archive is."""

import json
import subprocess
from pathlib import Path

import pytest
from conftest import Run, commit, git

from exporter.publish.git import Blobs, GitError
from exporter.publish.repository import open_repository


def snapshot(week: str) -> str:
    song = {"id": f"id-{week}", "name": f"Song of {week}", "artists": ["The Ferns"]}
    lists = {"artists": {"short_term": [song | {"artists": None}]}, "tracks": {"short_term": [song]}}
    return json.dumps(
        {"schema_version": 1, "week": week, "taken_at": "2020-01-01T00:00:00Z", "timezone": "UTC", **lists}
    )


def test_a_long_archive_is_read_by_one_process(
    publish: Run, repo: Path, remote: Path, tmp_path: Path
) -> None:
    weeks = [f"{year}-W{week:02}" for year in (2024, 2025) for week in range(1, 53)]
    commit(repo, {f"output/archive/{week}.json": snapshot(week) for week in weeks})
    git(repo, "push", "--quiet")
    ran = publish(env={"GIT_TRACE": str(tmp_path / "trace")})
    chart = json.loads(git(remote, "show", "main:output/data/chart.json"))
    assert (ran.code, ran.err, chart["previous_week"]) == (0, "", "2025-W52")
    started = [
        line for line in (tmp_path / "trace").read_text("utf-8").splitlines() if "built-in: git" in line
    ]
    assert len([line for line in started if "cat-file --batch" in line]) == 1
    assert len(started) < 30


@pytest.fixture
def blobs(remote: Path, repo: Path) -> Blobs:  # noqa: ARG001 # the repository is a clone of it
    return Blobs(repo)


def test_blobs_are_read_whole_also_empty_ones_and_those_written_later(blobs: Blobs, repo: Path) -> None:
    for content in (b"", b"one\ntwo\0", b"x" * 300_000):
        name = subprocess.run(
            ["git", "hash-object", "-w", "--stdin"],  # noqa: S607
            cwd=repo,
            input=content,
            capture_output=True,
            check=True,
        ).stdout.decode()
        assert blobs.read(name.strip()) == content
    assert blobs.close() == ""


def test_what_is_no_blob_is_an_error_and_the_next_one_is_read(blobs: Blobs, repo: Path) -> None:
    for wrong in ("0" * 40, git(repo, "rev-parse", "HEAD")):
        with pytest.raises(GitError, match="missing"):
            blobs.read(wrong)
    assert blobs.read(git(repo, "rev-parse", "HEAD:README.md")).startswith(b"# ")
    blobs.close()


def test_git_that_ends_is_an_error_with_what_it_said(remote: Path, repo: Path) -> None:  # noqa: ARG001
    repository = open_repository(repo, {})
    name = git(repo, "rev-parse", "HEAD:README.md")
    (repo / ".git/HEAD").write_bytes(b"nothing")
    with pytest.raises(GitError, match="not a git repository"):
        repository.blobs.read(name)
    repository.blobs.close()
