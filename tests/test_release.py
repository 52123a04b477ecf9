"""What the release workflow does, as far as it goes without GitHub and the package index."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import PROJECT
from release_notes import notes

from exporter import __version__

WORKFLOW = PROJECT / ".github/workflows/release.yml"
GH = """\
#!{python}
import json, os, sys
with open(os.environ["ASKED"], "a") as asked:
    print(json.dumps(sys.argv[1:]), file=asked)
sys.exit("PATCH" in sys.argv and os.environ["IS_FIRST"] == "yes")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project at version 1.2.3."""
    (tmp_path / "exporter").mkdir()
    (tmp_path / "exporter/__init__.py").write_bytes(b'__version__ = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_bytes(
        b"# Changelog\n\n## [1.2.3] - 2027-01-02\n\n### Added\n\n- It sings.\n\n## [1.2.2]\n\n- Old.\n"
    )
    return tmp_path


def test_the_notes_are_what_the_changelog_says_of_the_version(project: Path) -> None:
    assert notes("v1.2.3", project) == "### Added\n\n- It sings.\n"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("exporter/__init__.py", '__version__ = "1.2.2"\n', "another version"),
        ("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n", "no section for 1.2.3"),
    ],
)
def test_a_tag_that_does_not_fit_ends_the_release(project: Path, name: str, text: str, says: str) -> None:
    (project / name).write_bytes(text.encode())
    with pytest.raises(SystemExit, match=says):
        notes("v1.2.3", project)


def test_this_version_is_in_the_changelog() -> None:
    assert notes(f"v{__version__}")


def step(job: str, name: str) -> dict[str, Any]:
    steps = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"][job]["steps"]
    (found,) = [each for each in steps if each.get("name", "").startswith(name)]
    return dict(found)


@pytest.mark.parametrize("is_first", [True, False])
def test_the_tag_of_the_major_version_moves_with_each_release(tmp_path: Path, *, is_first: bool) -> None:
    gh = tmp_path / "gh"
    gh.write_bytes(GH.format(python=sys.executable).encode())
    gh.chmod(0o755)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/now_listening-1.2.3-py3-none-any.whl").touch()
    env = {
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_REF_NAME": "v1.2.3",
        "GITHUB_SHA": "a" * 40,
        "GH_REPO": "now-listening/now-listening",
        "ASKED": str(tmp_path / "asked"),
        "IS_FIRST": "yes" if is_first else "no",
    }
    script = step("announce", "Write the release")["run"]
    subprocess.run(["bash", "-eo", "pipefail", "-c", script], cwd=tmp_path, env=env, check=True)  # noqa: S607
    created, *moved = map(json.loads, (tmp_path / "asked").read_text("utf-8").splitlines())
    assert created[:3] == ["release", "create", "v1.2.3"]
    assert created[-2:] == ["dist/now_listening-1.2.3-py3-none-any.whl", "sbom.json"]
    assert ["repos/now-listening/now-listening/git/refs/tags/v1" in each for each in moved] == (
        [True, False] if is_first else [True]
    )
    assert moved[-1][-3 if is_first else -5 :].count(f"sha={'a' * 40}") == 1
    assert ("ref=refs/tags/v1" in moved[-1]) == is_first
