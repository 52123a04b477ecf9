"""The example of a profile's repository: it is what `init` writes, and works as it is."""

import shutil
from pathlib import Path

from conftest import NOW, Run, commit, files_of, git
from document_examples import PROFILE, profile
from standin import StandIn


def test_the_profile_is_what_init_writes(tmp_path: Path) -> None:
    written = {name: text.encode() for name, text in profile(tmp_path).items()}
    assert files_of(PROFILE) == written, "run `make examples`"


def test_the_profile_passes_its_check_and_publishes(
    publish: Run, run: Run, remote: Path, repo: Path, spotify: StandIn
) -> None:
    git(repo, "rm", "--quiet", "README.md")
    shutil.copytree(PROFILE, repo, dirs_exist_ok=True)
    commit(repo, {name: text.decode() for name, text in files_of(PROFILE).items()})
    git(repo, "push", "--quiet")
    assert run("check", env=spotify.environment).code == 0
    assert publish(now=NOW).code == 0
    assert git(remote, "branch", "--format=%(refname:short)").split() == ["listening", "main"]
    assert git(remote, "show", "main:README.md").count("](https://open.spotify.com/") >= 10
