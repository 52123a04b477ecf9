"""How a repository grows by half-hourly runs: one lane, two lanes, and two with the live one squashed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from bench.measure import Table, folder, size
from bench.repositories import committed, git
from exporter import pipeline
from exporter.cli.project import Project, fetcher, open_project, picture_fetcher
from exporter.demo.repository import README
from exporter.demo.standins import Spotify
from exporter.publish import lanes
from exporter.render.report import LiveBranch

START = datetime.fromisoformat("2026-11-16T00:00:00+00:00")
RUNS = 14 * 48
LIVE = "listening"

TWO_LANES = f"publish: {{live_branch: {LIVE}, readme: weekly}}\n"

ON_GITHUB = LiveBranch(repository="https://github.com/ada/ada", branch=LIVE, folder="")

Commit = dict[str, bytes]


def measure() -> Table:
    """Export every half hour of two weeks, and commit as `publish` does."""
    with folder() as root, Spotify(clock=lambda: START) as stand_in:
        one = list(_exports(root / "one", "", stand_in))
        two = list(_exports(root / "two", TWO_LANES, stand_in))
        is_kept = partial(lanes.is_kept, _project(root / "two").config)
        kept = [_only(each, is_kept) for each in two]
        live = [_only(each, lambda path: not is_kept(path)) for each in two]
        rows = (
            _row("one lane", root / "1", {"main": one}),
            _row("two lanes", root / "2", {"main": kept, LIVE: live}),
            _row("two lanes, live one squashed", root / "3", {"main": kept, LIVE: live}, LIVE),
        )
    note = (
        f"{RUNS} half-hourly runs of the sample listener, cards and page included, packed as a clone is "
        "(`git repack -adf`). A year has 50 times more what the second week adds."
    )
    return Table(("set-up", "commits", "two weeks", "a year"), rows, note)


def _project(root: Path, settings: str = "") -> Project:
    if not root.exists():
        root.mkdir()
        (root / "README.md").write_text(README, "utf-8")
        (root / "config.yaml").write_text(settings, "utf-8")
    return open_project(root / "config.yaml")


def _exports(root: Path, settings: str, stand_in: Spotify) -> Iterator[Commit]:
    """Yield the files that each run changes."""
    project = _project(root, settings)
    fetch = fetcher(project.config, stand_in.environment)
    covers = picture_fetcher(project.config, stand_in.environment)
    for number in range(RUNS):
        now = START + timedelta(minutes=30 * number)
        stand_in.clock = partial(_same, now)
        run = replace(
            project.run(now, covers),
            weekly_sections=project.config.publish.readme == "weekly",
            live=ON_GITHUB if settings else None,
        )
        changes = project.folder.changes(pipeline.export(run, fetch).files)
        project.folder.write(changes)
        yield {change.path: change.after for change in changes}


def _same(instant: datetime) -> datetime:
    return instant


def _only(files: Commit, wanted: Callable[[str], bool]) -> Commit:
    return {path: content for path, content in files.items() if wanted(path)}


def _row(name: str, root: Path, branches: Mapping[str, list[Commit]], newest: str = "") -> tuple[str, ...]:
    """Commit the files of one week, and of two, and reckon a year; on the branch `newest`, as one commit."""
    sizes = [
        _packed(
            root / str(runs),
            {
                branch: [_left(files[:runs])] if branch == newest else [each for each in files[:runs] if each]
                for branch, files in branches.items()
            },
        )
        for runs in (RUNS // 2, RUNS)
    ]
    commits = sum(1 for branch, files in branches.items() for each in files if each and branch != newest)
    return name, f"{commits:,}", size(sizes[1]), size(sizes[1] + 50 * (sizes[1] - sizes[0]))


def _left(commits: Iterable[Commit]) -> Commit:
    return {path: content for files in commits for path, content in files.items()}


def _packed(root: Path, branches: Mapping[str, list[Commit]]) -> int:
    """Commit files to branches of a new repository, and measure its packs."""
    root.mkdir(parents=True)
    git(root, "init", "--quiet", "--bare")
    for branch, commits in branches.items():
        stream = (part for number, files in enumerate(commits) for part in committed(files, branch, number))
        git(root, "fast-import", "--quiet", data=b"".join(stream))
    git(root, "repack", "--quiet", "-a", "-d", "-f")
    return sum(path.stat().st_size for path in root.rglob("*.pack"))
