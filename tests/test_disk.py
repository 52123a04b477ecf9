"""Whatever the disk does, and whenever a run is killed, each file is complete and errors say what to do."""

import errno
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Semaphore
from time import monotonic, time

import msgspec
import pytest
from conftest import NOW, UNSEEN, Ran, Run, ended, files_of
from forks import Fork, Forks
from standin import Fault, StandIn

from exporter.serving import Answer

LATER = NOW + timedelta(weeks=3)
DOCUMENTS = ["now_playing", "recently_played", "top_artists", "top_tracks"]
README = "".join(f"<!-- listening:{name} -->\n<!-- /listening:{name} -->\n" for name in DOCUMENTS)
FIRST, TRACKS = "output/data/now_playing.json", "output/data/top_tracks.json"
HINT = "Check what is there, its permissions, and the free disk space."
REQUESTS = 5  # of a complete run

Export = Callable[[datetime], Ran]


@pytest.fixture
def covers() -> bool:
    return True


@pytest.fixture(autouse=True)
def _short_lists(repo: Path) -> None:
    (repo / "README.md").write_bytes(README.encode())
    lists = "".join(f"{name}: {{limit: 15, time_ranges: [short_term]}}\n" for name in DOCUMENTS[2:])
    (repo / "config.yaml").write_bytes(
        f"recently_played: {{limit: 5}}\n{lists}archive: {{snapshots: none}}\n{UNSEEN}".encode()
    )


@pytest.fixture
def many(repo: Path) -> None:
    """Twenty more files, so that a kill can happen while they are written."""
    (repo / "templates/more").mkdir(parents=True)
    for number in range(20):
        (repo / f"templates/more/{number}.txt.j2").write_bytes(b"{{ now_playing.updated_at }}\n")


@pytest.fixture
def export_at(process: Run, spotify: StandIn) -> Export:
    """Run an export as a process; the stand-in has the same time, and all files change with it."""

    def export_at(now: datetime) -> Ran:
        spotify.clock = lambda: now
        return process("export", env=spotify.environment, now=now)

    return export_at


def whole(repo: Path) -> dict[str, bytes]:
    """Return all files but temporary ones; check that JSON parses."""
    files = {path: content for path, content in files_of(repo).items() if not path.endswith(".new")}
    for path, content in files.items():
        if path.endswith(".json"):
            msgspec.json.decode(content)
    return files


def exported(export_at: Export, repo: Path, now: datetime) -> dict[str, bytes]:
    assert export_at(now).code == 0
    return whole(repo)


def put(repo: Path, files: dict[str, bytes]) -> None:
    for path, content in files.items():
        (repo / path).write_bytes(content)


def unfinished(repo: Path) -> set[Path]:
    return set(repo.rglob(".*.new"))


def is_refused(ran: Ran, place: str, says: str = "") -> None:
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"error: {place}: ")
    assert says in ran.err
    assert "Traceback" not in ran.err


def a_file_in_the_making(repo: Path) -> Callable[[], bool]:
    before = set(repo.iterdir())
    return lambda: set(repo.iterdir()) != before


def a_file_in_its_place(repo: Path) -> Callable[[], bool]:
    before = (repo / "README.md").stat().st_ino
    return lambda: (repo / "README.md").stat().st_ino != before


def succeeds(command: str, folder: Path) -> bool:
    return subprocess.run(["/bin/sh", "-c", f'{command} "$0"', folder], check=False).returncode == 0


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount a disk of 64 KiB at a new folder, if possible; yield whether it was."""
    folder.mkdir()
    is_mounted = succeeds("mount -t tmpfs -o size=64k tmpfs", folder)
    try:
        yield is_mounted
    finally:
        assert not is_mounted or succeeds("umount", folder)


@contextmanager
def small_files_only() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("moment", [a_file_in_the_making, a_file_in_its_place])
def test_a_run_killed_while_it_writes_leaves_each_file_old_or_new(
    export_at: Export,
    forks: Forks,
    repo: Path,
    spotify: StandIn,
    moment: Callable[[Path], Callable[[], bool]],
) -> None:
    versions = {now: exported(export_at, repo, now) for now in (LATER, NOW)}
    met = 0
    for kill in range(6):
        before, now = (NOW, LATER) if kill % 2 else (LATER, NOW)
        old, new = versions[before], versions[now]
        put(repo, old)
        left, has_come = unfinished(repo), moment(repo)
        kill_when(has_come, forks, repo, spotify, now, kill * 25)
        found = whole(repo)
        assert set(found) == set(new)
        assert all(content in (old[path], new[path]) for path, content in found.items())
        met += unfinished(repo) != left
    assert met >= 2  # otherwise, the kills came too late to prove anything
    fresh, long_ago = unfinished(repo), time() - 7200
    for path in sorted(fresh)[::2]:
        os.utime(path, (long_ago, long_ago))
        fresh.remove(path)
    assert export_at(LATER + timedelta(weeks=3)).code == 0
    assert unfinished(repo) == fresh


def kill_when(
    has_come: Callable[[], bool], forks: Forks, repo: Path, spotify: StandIn, now: datetime, turns: int
) -> None:
    asked = Semaphore(0)

    def clock() -> datetime:
        asked.release()
        return now

    env, spotify.clock = spotify.environment, clock
    running = started(forks, repo, env, now)
    for _ in range(REQUESTS):  # so that the stand-in does not compete with the loop below
        assert asked.acquire(timeout=30)
    deadline = monotonic() + 30
    while not has_come() and not running.has_ended():
        assert monotonic() < deadline
    for _ in range(turns):
        has_come()
    if not running.has_ended():
        running.kill()
    running.wait()


def started(forks: Forks, repo: Path, asks: dict[str, str], now: datetime) -> Fork:
    return forks.start("export", "--now", now.isoformat(), cwd=repo, env={**os.environ, **asks})


def test_a_run_that_writes_in_a_folder_takes_away_all_that_was_forgotten_there(
    export_at: Export, process: Run, repo: Path, spotify: StandIn
) -> None:
    assert export_at(NOW).code == 0
    forgotten = repo / "output/data/.top_tracks.json.0123abcd.new"
    forgotten.write_bytes(b"{")
    os.utime(forgotten, (time() - 7200, time() - 7200))
    spotify.faults.append(Fault(path="/v1/me/player/currently-playing", answer=Answer(204)))
    ran = process("export", env=spotify.environment)
    assert FIRST in ran.out
    assert not forgotten.exists()


@pytest.mark.usefixtures("many")
def test_two_runs_at_once_tear_no_file(export_at: Export, forks: Forks, repo: Path, spotify: StandIn) -> None:
    ours, theirs, before = (exported(export_at, repo, now) for now in (NOW, LATER, NOW - timedelta(weeks=3)))
    side_by_side = Barrier(2, timeout=30)  # at each answer, both wait for each other

    def together(now: datetime) -> datetime:
        side_by_side.wait()
        return now

    with StandIn(clock=lambda: LATER) as other:
        first, second = spotify.environment, other.environment
        spotify.clock, other.clock = lambda: together(NOW), lambda: together(LATER)
        for _ in range(3):
            put(repo, before)
            running = [started(forks, repo, first, NOW), started(forks, repo, second, LATER)]
            for ran in map(ended, running):
                assert (ran.code, ran.err) == (0, "")
                assert ran.out.startswith("Wrote 25 files:")
            found = whole(repo)
            assert set(found) == set(ours)
            assert all(content in (ours[path], theirs[path]) for path, content in found.items())
            assert unfinished(repo) == set()


def test_a_full_disk_loses_nothing(export_at: Export, repo: Path) -> None:
    with small_disk(repo / "output") as is_mounted:
        assert export_at(NOW).code == 0
        before = files_of(repo)
        with nullcontext() if is_mounted else small_files_only():
            ran = export_at(LATER)  # the disk has no room for all files twice
        is_refused(ran, TRACKS, "No space left on device" if is_mounted else "File too large")
        assert HINT in ran.err
        assert files_of(repo) == before
        if is_mounted:
            assert succeeds("mount -o remount,size=1m", repo / "output")
        assert export_at(LATER).code == 0


def test_a_folder_that_is_read_only_is_named_and_nothing_is_written(
    export_at: Export, export: Run, repo: Path, spotify: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, write = repo / "output/data", Path.write_bytes

    def refuse(path: Path, content: bytes) -> int:
        if path.parent == data:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return write(path, content)

    with small_disk(repo / "output") as is_mounted:
        assert export_at(NOW).code == 0
        before = files_of(repo)
        if is_mounted:
            assert succeeds("mount -o remount,ro", repo / "output")
            ran = export_at(LATER)
        elif os.geteuid():
            data.chmod(0o555)
            ran = export_at(LATER)
            data.chmod(0o755)
        else:  # permissions do not stop this user
            spotify.clock = lambda: LATER
            with monkeypatch.context() as patch:
                patch.setattr(Path, "write_bytes", refuse)
                ran = export(now=LATER)
        says = "Permission denied" if os.geteuid() else "Read-only file system"
        is_refused(ran, FIRST, says)
        assert HINT in ran.err
        assert files_of(repo) == before


def test_a_file_in_place_of_the_output_folder_is_named(export_at: Export, repo: Path) -> None:
    (repo / "output").write_bytes(b"mine")
    before = files_of(repo)
    is_refused(export_at(NOW), FIRST, HINT)
    assert files_of(repo) == before


def test_a_folder_in_place_of_the_last_file_leaves_the_earlier_ones(export_at: Export, repo: Path) -> None:
    assert export_at(NOW).code == 0
    (repo / TRACKS).unlink()
    (repo / TRACKS).mkdir()
    before = files_of(repo)
    is_refused(export_at(LATER), TRACKS, HINT)
    assert files_of(repo) == before


@pytest.mark.parametrize("link", ["output", "output/data", TRACKS])
def test_no_link_leads_out(export_at: Export, repo: Path, tmp_path: Path, link: str) -> None:
    assert export_at(NOW).code == 0
    lead_out(repo / link, tmp_path)
    before = files_of(tmp_path)
    is_refused(export_at(LATER), FIRST if link == "output/data" else link, "Remove the link.")
    assert files_of(tmp_path) == before


def lead_out(path: Path, to: Path) -> None:
    path.rename(to / "outside")
    path.symlink_to(to / "outside")
