"""The version of the action that `init` writes exists: it is the installed one."""

import json
import re
from pathlib import Path

import pytest
from conftest import commit, git

import exporter
from exporter import REPOSITORY, __version__
from exporter.setup import pin

COMMIT = "3d3c42e5aac5ba805825da76410c181273ba90b1"
ADDRESS = f"https://github.com/{REPOSITORY}"


def installed(folder: Path, monkeypatch: pytest.MonkeyPatch, record: object) -> None:
    """Install the project's metadata, with what the installer recorded about its origin, if anything."""
    info = folder / f"now_listening-{__version__}.dist-info"
    info.mkdir()
    (info / "METADATA").write_bytes(
        f"Metadata-Version: 2.1\nName: now-listening\nVersion: {__version__}\n".encode()
    )
    if record:
        (info / "direct_url.json").write_bytes(json.dumps(record).encode())
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(exporter, "__file__", str(folder / "exporter/__init__.py"))


def from_git(revision: str | None, address: str = ADDRESS) -> dict[str, object]:
    asked = {"requested_revision": revision} if revision else {}
    return {"url": address, "vcs_info": {"vcs": "git", "commit_id": COMMIT, **asked}}


@pytest.mark.parametrize(
    ("record", "written"),
    [
        (from_git(None), f"@{COMMIT}"),
        (from_git("main"), f"@{COMMIT}"),
        (from_git("v1.2.3"), f"@{COMMIT} # v1.2.3"),
        (from_git("v1.2.3", f"{ADDRESS}.git"), f"@{COMMIT} # v1.2.3"),
        (from_git("v1.2.3", "https://github.com/ada/fork"), f"@v{__version__}"),
        ({"url": ADDRESS, "vcs_info": {"vcs": "git", "commit_id": "main"}}, f"@v{__version__}"),
        ({"url": "file:///home/ada/now-listening", "dir_info": {}}, f"@v{__version__}"),
        (None, f"@v{__version__}"),
    ],
)
def test_what_was_installed_from_git_is_named_by_commit_and_a_release_by_its_tag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record: object, written: str
) -> None:
    installed(tmp_path, monkeypatch, record)
    assert pin.action() == f"{REPOSITORY}{written}"


@pytest.fixture
def clone(repo: Path, remote: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone of the project, installed as it is."""
    assert remote.is_dir()
    installed(repo.parent, monkeypatch, {"url": repo.as_uri(), "dir_info": {"editable": True}})
    git(repo, "remote", "set-url", "origin", f"{ADDRESS}.git")
    monkeypatch.setattr(exporter, "__file__", str(repo / "exporter/__init__.py"))
    return repo


def test_a_clone_of_the_project_is_named_by_its_commit(clone: Path) -> None:
    head = git(clone, "rev-parse", "HEAD")
    assert pin.action() == f"{REPOSITORY}@{head}"
    git(clone, "tag", "v1.2.3")
    assert pin.action() == f"{REPOSITORY}@{head} # v1.2.3"


@pytest.mark.parametrize("change", ["not pushed", "a copy", "another repository around it"])
def test_a_commit_that_github_does_not_have_is_not_named(
    clone: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    match change:
        case "not pushed":
            commit(clone, {"mine.txt": ""})
        case "a copy":
            git(clone, "remote", "set-url", "origin", "https://github.com/ada/music")
        case _:
            monkeypatch.setattr(exporter, "__file__", str(clone / ".venv/lib/exporter/__init__.py"))
            (clone / ".venv/lib").mkdir(parents=True)
    assert re.fullmatch(rf"{REPOSITORY}@v\d+\.\d+\.\d+", pin.action())
