"""The examples of jobs outside GitHub: valid, and run as far as they go without the service."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import PROJECT, UNSEEN, commit, git
from runner import assert_valid
from standin import StandIn

EXAMPLES = PROJECT / "examples"
BIN = Path(sys.executable).parent
PARTS = ("exporter", "templates", "pyproject.toml", "README.md", "LICENSE", "config.yaml")


def shell(script: str, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a script as a runner does: it ends with the first command that fails."""
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],  # noqa: S607
        cwd=cwd,
        env=env,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with this project's code."""
    project = tmp_path_factory.mktemp("project")
    for part in PARTS:
        copy = shutil.copytree if (PROJECT / part).is_dir() else shutil.copy
        copy(PROJECT / part, project / part)
    git(project, "init", "--quiet")
    git(project, "add", "--all", ":!*.pyc")
    git(project, "commit", "--quiet", "--message", "As it is")
    return project


@pytest.fixture
def home(tmp_path: Path, project: Path) -> Path:
    """A home folder whose git finds this project's code where GitHub has it."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_bytes(
        f'[url "{project.as_uri()}"]\ninsteadOf = https://github.com/now-listening/now-listening\n'.encode()
    )
    return home


@pytest.fixture(autouse=True)
def _few_outputs(remote: Path, repo: Path) -> None:
    """Leave out most of what a run does."""
    assert remote.is_dir()
    commit(repo, {"config.yaml": UNSEEN})
    git(repo, "push", "--quiet")


@pytest.fixture
def env(home: Path, spotify: StandIn) -> dict[str, str]:
    """A machine's variables: pip installs into a folder of its own, and builds with what is here."""
    installed = home / "installed"
    return {
        **os.environ,
        **spotify.environment,
        "HOME": str(home),
        "PATH": os.pathsep.join([str(installed / "bin"), str(BIN), os.environ["PATH"]]),
        "PIP_TARGET": str(installed),
        "PIP_NO_DEPS": "1",
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads it as the value of --build-isolation
        "PYTHONPATH": str(installed),
    }


def assert_published(remote: Path) -> None:
    """The job committed, as itself, on the branch that was there."""
    assert "](https://open.spotify.com/" in git(remote, "show", "main:README.md")
    assert git(remote, "log", "-1", "--format=%an %s", "main") == "Now Listening Update listening"
    assert git(remote, "branch", "--format=%(refname:short)") == "main"


def test_the_job_on_gitlab_publishes(remote: Path, tmp_path: Path, env: dict[str, str]) -> None:
    path = EXAMPLES / "gitlab-ci.yml"
    assert_valid("vendor.gitlab-ci", path)
    job = yaml.safe_load(path.read_text("utf-8"))["listening"]
    checkout = tmp_path / "builds"
    git(tmp_path, "clone", "--quiet", "--depth", "20", remote.as_uri(), str(checkout))
    git(checkout, "checkout", "--quiet", "--detach")  # as GitLab's runner does
    done = shell("\n".join(job["script"]), checkout, env | {"CI_SERVER_HOST": "gitlab.example"})
    assert done.returncode == 0, done.stderr
    assert_published(remote)


def test_the_job_on_forgejo_publishes(remote: Path, tmp_path: Path, env: dict[str, str]) -> None:
    path = EXAMPLES / "forgejo.yml"
    assert_valid("vendor.github-workflows", path)
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    server = {
        "GITHUB_SERVER_URL": remote.parent.as_uri(),
        "GITHUB_REPOSITORY": remote.name,
        "TOKEN": "token-of-the-job",
    }
    for step in steps(path):
        done = shell(step["run"], workspace, env | server)
        assert done.returncode == 0, done.stderr
    assert_published(remote)
    assert "token-of-the-job" not in "".join(
        path.read_text("utf-8", errors="replace") for path in workspace.rglob("*") if path.is_file()
    )


def steps(path: Path) -> list[dict[str, Any]]:
    """Read the steps of a workflow's one job; none puts an expression into a script."""
    (job,) = yaml.safe_load(path.read_text("utf-8"))["jobs"].values()
    assert not any("${{" in step["run"] for step in job["steps"])
    return list(job["steps"])


SYSTEMD = shutil.which("systemd-analyze")


if SYSTEMD:

    def test_the_units_are_valid_and_the_service_publishes(
        remote: Path, home: Path, env: dict[str, str], tmp_path: Path, python: list[str]
    ) -> None:
        units = sorted(EXAMPLES.glob("systemd/now-listening.*"))
        assert [unit.suffix for unit in units] == [".service", ".timer"]
        program = home / ".local/bin/now-listening"
        program.parent.mkdir(parents=True)
        program.write_bytes(f'#!/bin/sh\nexec {shlex.join(python)} -m exporter "$@"\n'.encode())
        program.chmod(0o755)
        done = subprocess.run(
            [str(SYSTEMD), "--user", "verify", *units],
            env=env | {"XDG_RUNTIME_DIR": str(tmp_path)},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        git(home, "clone", "--quiet", remote.as_uri(), "listening")
        git(home / "listening", "config", "user.name", "Now Listening")
        git(home / "listening", "config", "user.email", "now-listening@localhost")
        settings = dict(
            line.split("=", 1) for line in units[0].read_text("utf-8").splitlines() if "=" in line
        )
        folder = Path(settings["WorkingDirectory"].replace("%h", str(home)))
        done = shell(settings["ExecStart"].replace("%h", str(home)), folder, env)
        assert done.returncode == 0, done.stderr
        assert_published(remote)
