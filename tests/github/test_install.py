"""How the action installs what it needs: with the real pip, from a package index on this machine."""

import hashlib
import shutil
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import PROJECT
from runner import Job, machine

EXPORTER = """\
import os, sys, brought
print("brought", brought.__file__)
print("secrets", os.environ.get("SPOTIFY_CLIENT_SECRET"), os.environ.get("LASTFM_API_KEY"))
"""
REFUSED = "raise SystemExit(99)\n"
NOWHERE = "http://127.0.0.1:9/simple"
HOSTILE = {
    "pyproject.toml": f"[tool.uv]\nrequired-version = '==0.0.1'\nindex-url = '{NOWHERE}'\n",
    "uv.toml": f"required-version = '==0.0.1'\nexclude-newer = '2001-01-01'\nindex-url = '{NOWHERE}'\n",
    "pip.conf": f"[global]\nindex-url = {NOWHERE}\n",
    "setup.cfg": "[install]\nprefix = /nowhere\n",
    ".python-version": "2.7\n",
    **{f"{name}.py": REFUSED for name in ("brought", "exporter", "json", "pip", "sitecustomize", "venv")},
}
"""Files in the user's repository that tools read, or would import."""


class Index(ThreadingHTTPServer):
    """A package index with one package, `brought`, that counts requests."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(_Files, directory=str(folder)))
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/simple/"


class _Files(SimpleHTTPRequestHandler):
    server: Index

    def log_message(self, *_: object) -> None:
        self.server.asked.append(self.path)


WHEEL = "brought-1.0-py3-none-any.whl"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    folder = tmp_path / "index/simple/brought"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / WHEEL, "w") as wheel:
        info = "brought-1.0.dist-info"
        files = {
            "brought.py": "",
            f"{info}/METADATA": "Metadata-Version: 2.1\nName: brought\nVersion: 1.0\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        for name, text in files.items():
            wheel.writestr(name, text)
        wheel.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD")))
    (folder / "index.html").write_bytes(f'<a href="{WHEEL}">{WHEEL}</a>'.encode())
    with Index(tmp_path / "index") as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def action(tmp_path: Path, index: Index) -> Path:
    """A copy of the action that needs nothing but `brought`."""
    assert index.server_port
    folder = tmp_path / "action"
    for name, text in {
        "exporter/__init__.py": "",
        "exporter/__main__.py": EXPORTER,
        "exporter/cli/attention.py": EXPORTER,
        "requirements/runtime.lock": lock((tmp_path / f"index/simple/brought/{WHEEL}").read_bytes()),
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    shutil.copy(PROJECT / "action.yml", folder)
    return folder


def lock(wheel: bytes) -> str:
    return f"brought==1.0 \\\n    --hash=sha256:{hashlib.sha256(wheel).hexdigest()}\n"


@pytest.fixture
def job(tmp_path: Path, repo: Path, index: Index) -> Job:
    """A runner whose pip has the index as the machine's own mirror, where the repository wants another."""
    settings = tmp_path / "machine.conf"
    settings.write_bytes(f"[global]\nindex-url = {index.address}\nretries = 0\n".encode())
    theirs = {
        "PIP_INDEX_URL": NOWHERE,
        "PIP_NO_BINARY": ":all:",
        "PIP_TARGET": str(repo / "elsewhere"),
        "UV_DEFAULT_INDEX": NOWHERE,
        "VIRTUAL_ENV": str(repo / ".venv"),
    }
    job = machine(tmp_path, repo, {"PIP_CONFIG_FILE": str(settings), **theirs})
    job.used = {"python": {"python-path": sys.executable, "python-version": "3.13.1"}}
    for name, text in HOSTILE.items():
        (repo / name).write_bytes(text.encode())
    user = Path(job.env["HOME"], ".config/pip/pip.conf")
    user.parent.mkdir(parents=True)
    user.write_bytes(f"[global]\nindex-url = {NOWHERE}\nrequire-virtualenv = true\n".encode())
    return job


def folders(job: Job) -> list[Path]:
    return sorted(job.temp.glob("now-listening-Linux-X64-3.13.1-*"))


def test_what_is_pinned_is_installed_once_in_a_job_where_nobody_else_sees_it_or_has_a_say(
    job: Job, action: Path, index: Index, repo: Path
) -> None:
    job.run_action(action, {"command": "check"}, {"SPOTIFY_CLIENT_SECRET": "abc", "LASTFM_API_KEY": "def"})
    assert job.code == 0, job.log
    (folder,) = folders(job)
    assert f"brought {folder}/" in job.log
    assert ({path.name for path in repo.iterdir()}, job.exported) == (set(HOSTILE), "")
    assert [line for line in job.log.splitlines() if line.startswith("secrets")] == [
        "secrets abc def",  # the step that runs the job
        "secrets  ",  # the step that may open an issue
    ]
    asked = len(index.asked)
    job.run_action(action)
    assert (job.code, len(index.asked), folders(job)) == (0, asked, [folder]), job.log
    assert (bool(asked), job.log.count(f"brought {folder}/")) == (True, 4)


def damage(wheel: Path) -> None:
    with zipfile.ZipFile(wheel, "a") as file:
        file.writestr("more.py", "")


def assert_refused(job: Job) -> None:
    assert job.code != 0
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in job.log
    assert "brought /" not in job.log


def test_a_wheel_that_is_not_the_one_pinned_is_refused_and_the_next_use_installs_again(
    job: Job, action: Path, tmp_path: Path
) -> None:
    wheel = tmp_path / "index/simple/brought" / WHEEL
    pinned = wheel.read_bytes()
    damage(wheel)
    job.run_action(action)
    assert_refused(job)
    wheel.write_bytes(pinned)
    job.code = 0
    job.run_action(action)
    assert job.code == 0, job.log


def test_wheels_from_the_cache_need_no_index_and_are_held_against_their_hashes_too(
    job: Job, action: Path, index: Index, tmp_path: Path
) -> None:
    cached = job.temp / "now-listening-wheels" / WHEEL
    cached.parent.mkdir()
    shutil.copy(tmp_path / "index/simple/brought" / WHEEL, cached)
    job.used = {**job.used, "cache": {"cache-hit": "true"}}
    job.run_action(action)
    assert (job.code, index.asked) == (0, []), job.log
    shutil.rmtree(folders(job)[0])
    damage(cached)
    job.log = ""
    job.run_action(action)
    assert_refused(job)
