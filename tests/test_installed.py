"""The installed wheel: built, unpacked elsewhere, and used."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import NOW, PROJECT, files_of

from exporter import __version__

SYSTEM = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
"""What Windows needs to open sockets."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content, like site-packages."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=PROJECT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def test_built_in_templates_come_with_the_wheel(installed: Path) -> None:
    ours = {
        name: content for name, content in files_of(PROJECT / "templates").items() if name.endswith(".j2")
    }
    theirs = files_of(installed / "exporter/templates")
    assert ours.items() <= theirs.items()


def test_the_demo_works_from_an_installed_wheel(installed: Path, repo: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "exporter", "demo", "--weeks", "1", "--now", NOW.isoformat()],
        cwd=repo,
        env=SYSTEM | {"PYTHONPATH": str(installed), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "](https://open.spotify.com/" in (repo / "demo/README.md").read_text("utf-8")


def test_the_wheel_says_what_it_is(installed: Path) -> None:
    (info,) = installed.glob("*.dist-info")
    assert info.name == f"now_listening-{__version__}.dist-info"
    assert "now-listening = exporter.cli:entry_point" in (info / "entry_points.txt").read_text("utf-8")
    assert (info / "licenses/LICENSE").read_text("utf-8").startswith("MIT License")
