"""The time of `publish`, against the commits that the repository has."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path

from bench.listener import export
from bench.measure import Table, environment, folder, interleaved, ratio, seconds
from bench.repositories import committed, git
from bench.standin import NOW, Service, service
from exporter.demo.repository import README

COMMITS = (10, 10_000)
REPEATS = 7


def measure() -> Table:
    """Time runs that push a commit, and runs that learn nothing new, from shallow clones."""
    with folder() as root, service() as standin:
        env = environment(**standin.environment, GIT_CONFIG_GLOBAL="/dev/null")
        clones = {commits: _clone(root / str(commits), commits) for commits in COMMITS}
        times = (NOW + timedelta(minutes=30 * number) for number in count())
        changing = interleaved(
            {each: partial(_publish_at_next, clone, env, standin, times) for each, clone in clones.items()},
            REPEATS,
        )
        last = next(times)
        for clone in clones.values():
            _publish(clone, env, standin, last)
        unchanged = interleaved(
            {each: partial(_publish, clone, env, standin, last) for each, clone in clones.items()}, REPEATS
        )
    least = COMMITS[0]
    rows = tuple(
        (
            f"{each:,}",
            seconds(changing[each]),
            ratio(changing[each], changing[least]),
            seconds(unchanged[each]),
            ratio(unchanged[each], unchanged[least]),
        )
        for each in COMMITS
    )
    note = f"Each answer comes at once, and the remote is a folder; medians of {REPEATS} runs."
    return Table(("commits", "pushes a commit", "to 10", "learns nothing new", "to 10"), rows, note)


def _publish_at_next(
    clone: Path, env: Mapping[str, str], standin: Service, times: Iterator[datetime]
) -> None:
    _publish(clone, env, standin, next(times))


def _publish(clone: Path, env: Mapping[str, str], standin: Service, now: datetime) -> None:
    standin.ask(f"now {now.isoformat()}")
    export(clone, env, now=now, command="publish")


def _clone(root: Path, commits: int) -> Path:
    """Make a bare repository with so many commits, and a shallow clone of it."""
    remote, clone = root / "remote.git", root / "clone"
    remote.mkdir(parents=True)
    git(remote, "init", "--quiet", "--bare")
    git(remote, "fast-import", "--quiet", data=b"".join(_history(commits)))
    git(root, "clone", "--quiet", "--depth=1", remote.as_uri(), str(clone))
    git(clone, "config", "user.name", "Ada")
    git(clone, "config", "user.email", "ada@example.org")
    return clone


def _history(commits: int) -> Iterator[bytes]:
    yield from committed({"README.md": README.encode(), "config.yaml": b"source: spotify\n"}, "main", 0)
    for number in range(1, commits):
        yield from committed({f"notes/{number % 100}.md": f"Note {number}\n".encode()}, "main", number)
