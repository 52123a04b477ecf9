"""From nothing to cards: the set-up commands in the documents, typed as they are, and then the job."""

import shlex
import socket
import sys
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from conftest import CARDS, Run, commit, git
from documented import blocks
from standin import Faulty

from exporter.demo.standins import USER
from exporter.sources import SOURCES

GH = """\
#!{python} -IS
import pathlib, sys
if sys.argv[1:3] == ["secret", "set"]:
    pathlib.Path({secrets!r}, sys.argv[3]).write_text(sys.stdin.read())
"""
BROWSER = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1])"

SET_UPS = {key: [block for _, block in blocks("sh") if f"init --source {key}" in block] for key in SOURCES}

ALBUMS = ["output/cards/top_albums-dark.svg", "output/cards/top_albums.svg"]


@pytest.fixture
def port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        number: int = free.getsockname()[1]
    return number


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where a stand-in for `gh` stores the repository's secrets."""
    folder, program = tmp_path / "secrets", tmp_path / "bin/gh"
    for path in (folder, program.parent):
        path.mkdir()
    program.write_bytes(GH.format(python=sys.executable, secrets=str(folder)).encode())
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    return folder


def addresses(service: Faulty) -> dict[str, str]:
    return {name: value for name, value in service.environment.items() if name.endswith("_URL")}


def log_in(service: Faulty) -> dict[str, str]:
    """Return what a person gives who is asked for it, and a browser in which they agree at once."""
    given = {name: value for name, value in service.environment.items() if "TOKEN" not in name}
    return given | {"BROWSER": f"{sys.executable} -IS -c {shlex.quote(BROWSER)} %s"}


def of_the_job(repo: Path, secrets: Path) -> dict[str, str]:
    """Return the variables that the workflow passes, with the values of the repository's secrets."""
    workflow = yaml.safe_load((repo / ".github/workflows/listening.yml").read_text("utf-8"))
    names = workflow["jobs"]["update"]["steps"][1].get("env", {})
    return {name: (secrets / name).read_text("utf-8") for name in names}


@pytest.mark.parametrize("key", SOURCES)
def test_readme_and_setup_have_the_same_three_commands(key: str) -> None:
    in_the_readme, in_the_setup = SET_UPS[key]
    assert in_the_readme == in_the_setup
    assert len(in_the_readme.splitlines()) == 3


@pytest.mark.parametrize("key", SOURCES)
def test_three_commands_lead_from_nothing_to_cards(
    request: pytest.FixtureRequest, process: Run, remote: Path, repo: Path, secrets: Path, port: int, key: str
) -> None:
    service: Faulty = request.getfixturevalue(key)
    git(repo, "rm", "--quiet", "README.md")
    commit(repo, {"README.md": "# Me\n"})
    for command in SET_UPS[key][0].replace("NAME", USER).replace(" && ", "\n").splitlines():
        program, *words = shlex.split(command)
        if program == "git":
            git(repo, *words)
        elif words[0] == "login":
            ran = process(*words, "--port", str(port), env=addresses(service) | log_in(service))
            assert (ran.code, ran.err) == (0, "")
        else:
            assert process(*words, env=addresses(service)).code == 0
    about, passed = SOURCES[key], of_the_job(repo, secrets)
    assert set(passed) == set(about.secrets)
    if passed:  # else the last command published
        assert process("publish", env=addresses(service) | passed).code == 0
    cards = git(remote, "ls-tree", "--name-only", "main", "output/cards/").splitlines()
    assert cards == sorted([*CARDS, *(ALBUMS if about.has_albums else [])])
    assert git(remote, "show", "main:README.md").count("<picture>") == 5
