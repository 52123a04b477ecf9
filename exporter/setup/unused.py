"""Find files that nothing writes, files that are no templates, and patterns that match nothing."""

from fnmatch import fnmatchcase
from pathlib import Path

from exporter.archive import snapshots
from exporter.pipeline import Run
from exporter.records import ARCHIVE
from exporter.render.plan import RenderPlan


def left_over(run: Run, root: Path, planned: RenderPlan) -> list[Path]:
    """List the files in the output folder that no run writes, relative to `root`.

    Hidden files, GitHub Pages' CNAME, and JSON files in the archive are not among them.
    """
    folder = Path(run.config.output)
    ours = {path for path in _files(root, folder / ARCHIVE) if path.suffix.lower() == ".json"}
    ours.add(folder / "CNAME")
    return [path for path in _files(root, folder) if path not in ours and not planned.writes(path.as_posix())]


def not_templates(run: Run, root: Path) -> list[Path]:
    """List the files in the user's templates folder that render to nothing, relative to `root`."""
    return [path for path in _files(root, Path(run.config.templates)) if path.suffix != ".j2"]


def patterns(run: Run, planned: RenderPlan) -> list[str]:
    """List the patterns in `skip` that match no output and no snapshot."""
    archive = run.store.names(run.config.output_path(ARCHIVE))
    week = snapshots.week_of(run.now, run.config.timezone)
    pages = [output.of_week(week) for output in planned.outputs if output.is_weekly]
    known = [*planned.skipped, *pages, snapshots.file_of(week), *(f"{ARCHIVE}/{name}" for name in archive)]
    return [skip for skip in run.config.skip if not any(fnmatchcase(name, skip) for name in known)]


def _files(root: Path, folder: Path) -> list[Path]:
    """List the files below a folder, relative to `root`, without hidden ones; none for `root` itself."""
    if folder == Path():
        return []
    paths = (path.relative_to(root) for path in (root / folder).rglob("*") if path.is_file())
    return sorted(
        path for path in paths if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
