"""Shared fixtures: a stand-in Spotify, a user's folder, and the command as a user runs it."""

import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from make_widths import fonts
from msgspec import Struct
from parsing import parsed_once
from standin import LastFm, ListenBrainz, StandIn

from exporter.cli import main

if TYPE_CHECKING:
    from playwright.sync_api import Browser

if sys.platform != "win32":
    from forks import Fork, Forks

# Whatever the environment says, neither workers nor processes of tests compile all modules anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

settings.register_profile(
    "default",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("default")

os.environ["GIT_CONFIG_NOSYSTEM"] = "1"  # on Windows and macOS, git comes with settings of its own

NOW = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)
"""The stand-in's current time: a track is playing."""

PROJECT = Path(__file__).parent.parent

FROM_OUTSIDE = ("SPOTIFY_", "LISTENBRAINZ_", "COVERART_", "LASTFM_", "GITHUB_")
"""How variables begin that tests must not see."""

RECORDED = PROJECT.parent / "shared" / "recorded"

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

RSVG = shutil.which("rsvg-convert")

LEFT_OUT = {
    "sources/test_recorded.py": not RECORDED.is_dir() and "recorded bodies are not here",
    "demo/test_preview_in_chromium.py": not CHROMIUM and "there is no Chromium",
    "setup/test_browser.py": not CHROMIUM and "there is no Chromium",
    "render/test_cards_in_chromium.py": not CHROMIUM and "there is no Chromium",
    "render/test_cards_in_rsvg.py": not RSVG and "there is no rsvg-convert",
    "test_outputs_page_in_chromium.py": not CHROMIUM and "there is no Chromium",
    "test_sites.py": not CHROMIUM and "there is no Chromium",
    "render/test_page_in_chromium.py": not CHROMIUM and "there is no Chromium",
    "render/test_fonts.py": not all(map(Path.exists, fonts("Regular"))) and "the fonts are not here",
    **dict.fromkeys(
        (
            "test_disk.py",
            "test_files_on_posix.py",
            "cli/test_pipes.py",
            "cli/test_terminals.py",
            "demo/test_serving.py",
            "publish/test_publish_races.py",
            "publish/test_refusals.py",
            "test_other_homes.py",
            "test_release.py",
            "github/test_action.py",
            "github/test_install.py",
            "github/test_issues.py",
            "setup/test_init.py",
            "setup/test_login.py",
            "setup/test_set_ups.py",
        ),
        sys.platform == "win32" and "terminals, pipes, shells and modes are others on Windows",
    ),
}
"""Test files that can't run on this machine, and why."""

collect_ignore = [name for name, reason in LEFT_OUT.items() if reason]


def pytest_report_header() -> list[str]:
    """Report which tests are left out on this machine."""
    return [f"{reason}: {name} is left out" for name, reason in LEFT_OUT.items() if reason]


def pytest_xdist_auto_num_workers() -> int:
    """Use two workers for each core: half of the time, tests wait for answers and other processes."""
    return 2 * (os.cpu_count() or 1)


def pytest_collection_finish() -> None:
    """Leave thousands of tests out of each garbage collection: it saves a tenth of the time."""
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a CI run in which a test was skipped."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


class Ran(Struct, frozen=True):
    """The result of a command."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _templates_are_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporter.render.parsed.Parsed", parsed_once)


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(FROM_OUTSIDE) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture(scope="session")
def links(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip a test that makes symbolic links on a machine where the user may not, as on Windows at first."""
    try:
        tmp_path_factory.mktemp("links").joinpath("link").symlink_to("nowhere")
    except OSError:
        pytest.skip("this user may not make symbolic links")


@pytest.fixture
def covers() -> bool:
    """Whether Spotify's albums have covers: those of tests that are about covers define it anew."""
    return False


@pytest.fixture
def spotify(covers: bool) -> Iterator[StandIn]:  # a fixture
    """A stand-in Spotify at `NOW`."""
    with StandIn(clock=lambda: NOW, covers=covers) as stand_in:
        yield stand_in


@pytest.fixture
def listenbrainz() -> Iterator[ListenBrainz]:
    """A stand-in ListenBrainz at `NOW`."""
    with ListenBrainz(clock=lambda: NOW) as stand_in:
        yield stand_in


@pytest.fixture
def lastfm() -> Iterator[LastFm]:
    """A stand-in Last.fm at `NOW`."""
    with LastFm(clock=lambda: NOW) as stand_in:
        yield stand_in


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    """The browser, started once for each worker."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 # most runs of few tests need none

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A user's empty repository."""
    folder = tmp_path / "repo"
    folder.mkdir()
    return folder


@pytest.fixture
def run(repo: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command in the repository, at `NOW`, with the variables given."""

    def run(*argv: str, env: dict[str, str] | None = None, now: datetime = NOW) -> Ran:
        with monkeypatch.context() as patch:
            patch.chdir(repo)
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            capfd.readouterr()
            code = main([*argv, "--now", now.isoformat()])
        return Ran(code, *capfd.readouterr())

    return run


@pytest.fixture
def export(run: Run, spotify: StandIn) -> Run:
    """Run an export from the stand-in Spotify."""

    def export(*argv: str, now: datetime = NOW) -> Ran:
        return run("export", *argv, env=spotify.environment, now=now)

    return export


UNSEEN = 'skip: ["cards/*", index.html, feed.xml]\n'
"""Settings that leave out what no later run reads, which saves most of the time."""

FEW = UNSEEN + "top_artists: false\ntop_tracks: {time_ranges: [short_term]}\n"
"""Settings for few files, where it does not matter what they hold."""


@pytest.fixture
def export_weeks(export: Run, repo: Path) -> Callable[[int], None]:
    """Export in a number of weeks from `NOW` on, all but the last without what no later run reads."""

    def export_weeks(number: int) -> None:
        path = repo / "config.yaml"
        settings = path.read_bytes() if path.exists() else b""
        for week in range(number):
            is_last = week == number - 1
            path.write_bytes(settings if is_last else settings + UNSEEN.encode())
            assert export(now=NOW + timedelta(weeks=week)).code == 0

    return export_weeks


CommandIn = Callable[..., Ran]
"""Run a command in a folder as a process of its own, with these variables and no others, and wait for it."""


@pytest.fixture(scope="session")
def command_in(request: pytest.FixtureRequest) -> CommandIn:
    if sys.platform == "win32":
        return fresh
    forks: Forks = request.getfixturevalue("forks")
    return lambda *argv, cwd, env: ended(forks.start(*argv, cwd=cwd, env=env))


if sys.platform != "win32":

    @pytest.fixture(scope="session")
    def forks() -> Iterator[Forks]:
        """The server that processes of the command are forked from."""
        with Forks() as forks:
            yield forks

    @pytest.fixture(scope="session")
    def python(forks: Forks) -> list[str]:
        """What starts a module of ours as `python` does, but sooner; it imports none of the user's."""
        return forks.python

    def ended(process: Fork) -> Ran:
        """Wait for a process to end."""
        return Ran(*process.wait())


def fresh(*argv: str, cwd: Path, env: Mapping[str, str]) -> Ran:
    """Run a command as `python -m exporter`, in a new Python."""
    done = subprocess.run(
        [sys.executable, "-m", "exporter", *argv],
        cwd=cwd,
        env={"PYTHONIOENCODING": "utf-8", **env, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def process(repo: Path, command_in: CommandIn) -> Run:
    """Run a command in the repository as a process of its own, at `NOW`."""

    def process(*argv: str, env: dict[str, str] | None = None, now: datetime = NOW) -> Ran:
        return command_in(*argv, "--now", now.isoformat(), cwd=repo, env={**os.environ, **(env or {})})

    return process


class Hurry:
    """A clock that advances at once when somebody sleeps, or when a test sets it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def sleep(self, seconds: float) -> None:
        """Advance the clock without waiting."""
        self.seconds += seconds

    def monotonic(self) -> float:
        """Return the seconds that have passed."""
        return self.seconds


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> Hurry:
    """Let runs use a clock that never waits between tries."""
    clock = Hurry()
    for module in ("job", "project", "publish"):
        monkeypatch.setattr(f"exporter.cli.{module}.time", clock)
    return clock


def files_of(folder: Path) -> dict[str, bytes]:
    """Read every file of a folder, by its relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


README = """\
# Me

<!-- listening:now_playing -->
<!-- /listening:now_playing -->

<!-- listening:top_tracks limit=3 -->
<!-- /listening:top_tracks -->
"""

CARDS = [
    f"output/cards/{name}{theme}.svg"
    for name in ("chart", "covers", "now_playing", "top_artists", "top_tracks")
    for theme in ("-dark", "")
]
"""The built-in cards, sorted."""

PUBLISHED = [
    "README.md",
    "output/archive/2026-W48.json",
    *CARDS,
    "output/data/chart.json",
    "output/data/now_playing.json",
    "output/data/recently_played.json",
    "output/data/top_artists.json",
    "output/data/top_tracks.json",
    "output/feed.xml",
    "output/index.html",
]
"""The files of a repository after publishing for the first time."""


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, as Ada."""
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    done = subprocess.run(
        ["git", *identity, *arguments],  # noqa: S607
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout.strip()


def commit(folder: Path, files: dict[str, str], message: str = "By hand") -> None:
    """Commit files as a person does."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    git(folder, "add", "--force", "--", *files)
    git(folder, "commit", "--quiet", "--message", message)


@pytest.fixture(scope="session")
def beginnings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that `remote` is copied from, made once: a bare repository, and a clone of it."""
    folder = tmp_path_factory.mktemp("beginnings")
    bare, clone = folder / "remote.git", folder / "repo"
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    git(bare, "config", "receive.autogc", "false")  # each push would look for garbage
    git(folder, "clone", "--quiet", str(bare), str(clone))
    git(clone, "checkout", "--quiet", "-B", "main")
    git(clone, "config", "user.name", "Ada")
    git(clone, "config", "user.email", "ada@example.org")
    git(clone, "config", "core.checkStat", "minimal")  # so that the index also holds for copies
    git(clone, "config", "core.trustCtime", "false")
    commit(clone, {"README.md": README}, "Begin")
    git(clone, "push", "--quiet", "--set-upstream", "origin", "main")
    for hook in [*bare.glob("hooks/*.sample"), *clone.glob(".git/hooks/*.sample")]:
        hook.unlink()
    return folder


@pytest.fixture
def remote(tmp_path: Path, repo: Path, beginnings: Path) -> Path:
    """A bare repository with a README, cloned to the user's folder, whose git knows Ada."""
    bare = shutil.copytree(beginnings / "remote.git", tmp_path / "remote.git")
    shutil.copytree(beginnings / "repo", repo, dirs_exist_ok=True)
    git(repo, "remote", "set-url", "origin", str(bare))
    return bare


@pytest.fixture
def publish(run: Run, spotify: StandIn) -> Run:
    """Publish from the stand-in Spotify."""

    def publish(*argv: str, now: datetime = NOW, env: dict[str, str] | None = None) -> Ran:
        return run("publish", *argv, env=spotify.environment | (env or {}), now=now)

    return publish
