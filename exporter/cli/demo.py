"""`demo`: run the whole job offline."""

import shutil
import sys
import webbrowser
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import click
from msgspec.structs import replace

from exporter import pipeline, terminal
from exporter.cli.project import (
    Project,
    common_options,
    fetcher,
    open_project,
    picture_fetcher,
    real_time,
)
from exporter.config import load
from exporter.demo import repository
from exporter.demo.preview import Preview
from exporter.demo.standins import STAND_INS, StandIn
from exporter.errors import SetupError, raise_all
from exporter.files import Folder
from exporter.pipeline import Result
from exporter.render import plan
from exporter.render.embedding import Fetch
from exporter.wording import count


@click.command()
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default="demo",
    show_default=True,
    help="The folder to write.",
)
@click.option(
    "--weeks", type=click.IntRange(1, 520), default=8, show_default=True, help="How many weeks to simulate."
)
@click.option(
    "--serve",
    is_flag=True,
    help="Then show the README and the page at a local address, and keep the stand-in running.",
)
@click.option(
    "--source",
    type=click.Choice([*STAND_INS]),
    help="The service to stand in for.  [default: spotify, or what the settings say]",
)
@click.option("--open", "opens", is_flag=True, help="Serve, and open the README in a browser.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="The port of the stand-in, if not any free one; the README's is the next one, if free.",
)
@common_options
def demo(
    *,
    config_path: Path | None,
    now: datetime,
    output: Path,
    weeks: int,
    serve: bool,
    source: str | None,
    opens: bool,
    port: int | None,
) -> None:
    """Write a sample listener's repository, offline."""
    if port and not (serve or opens):
        raise click.UsageError("--port needs --serve or --open.")
    key = _source_in(config_path, output, source)
    with STAND_INS[key](clock=real_time, port=port or 0) as stand_in:
        repository.create(output, config_path, stand_in.SOURCE)
        project = open_project(output / "config.yaml")
        _fill_archive(stand_in, project, [now - timedelta(weeks=week) for week in range(weeks - 1, 0, -1)])
        result = _export_from(stand_in, project, now, picture_fetcher(project.config, stand_in.environment))
        _write(project, result.files)
        raise_all(result.failed)
        terminal.say(f"Wrote {count(weeks, 'week')} of a sample listener to {output}. Open:")
        for path, what in repository.worth_opening(output, project.config.output):
            terminal.say(f"  {path}  {what}")
        if serve or opens:
            images = {stand_in.IMAGES: stand_in.url}
            with Preview(output, project.config.output, images=images, port=port) as preview:
                _serve(stand_in, preview, opens=opens)
        else:
            terminal.say("To see the README as GitHub shows it, add --open. To export by hand, add --serve.")


def _source_in(settings: Path | None, output: Path, named: str | None) -> str:
    """Return the key of the source in the settings that apply, else of the one that is named.

    Raises:
        SetupError: the settings are for another source than the one named.
    """
    path = next(filter(Path.is_file, filter(None, (output / "config.yaml", settings))), None)
    config, _ = load.usable(path) if path else (None, None)
    if config and named not in {None, config.about.key}:
        raise SetupError(
            f"The settings in {path} are for {config.about.name}.",
            hint="Name a new folder with --output, or leave out --source.",
        )
    return config.about.key if config else named or "spotify"


class _NewestWeek(Folder):
    """Shows only the newest file of a folder: of the archive, that is all that the next snapshot needs."""

    def names(self, folder: str) -> Sequence[str]:
        """List the last name."""
        return super().names(folder)[-1:]


def _fill_archive(stand_in: StandIn, project: Project, instants: Sequence[datetime]) -> None:
    """Export at each instant, but write only the week's snapshot, and its pages if templates make some.

    Without pages, each week takes the same time.
    """
    planned = plan.prepare(project.config, project.templates, project.folder)
    others = tuple(output.name for output in planned.outputs if not output.is_weekly)
    has_pages = len(others) < len(planned.outputs)
    early = replace(
        project,
        folder=project.folder if has_pages else _NewestWeek(project.folder.root),
        config=replace(project.config, sections=(), skip=(*project.config.skip, *others)),
    )
    with terminal.progress(instants, label="Weeks") as steps:
        for instant in steps:
            _write(project, _export_from(stand_in, early, instant).files)


def _export_from(
    stand_in: StandIn, project: Project, instant: datetime, fetch_pictures: Fetch | None = None
) -> Result:
    stand_in.clock = lambda: instant
    run = replace(project.run(instant, fetch_pictures), live=None)  # everything is in the one folder
    return pipeline.export(run, fetcher(project.config, stand_in.environment))


def _write(project: Project, files: Mapping[str, bytes]) -> None:
    project.folder.write(project.folder.changes(files))


def _serve(stand_in: StandIn, preview: Preview, *, opens: bool) -> None:
    """Answer until Ctrl-C, and say how to use it."""
    stand_in.clock = real_time
    with repository.environment(preview.root, stand_in.environment), suppress(KeyboardInterrupt):
        terminal.say("Until you press Ctrl-C, you can open in a browser:")
        if preview.page:
            terminal.say(f"  {preview.url}{preview.page}  the page")
        terminal.say(f"  {preview.url}  the README, much as GitHub shows it")
        terminal.say(f"The stand-in service is at {stand_in.url} meanwhile. In another terminal, try:")
        program = "now-listening" if shutil.which("now-listening") else f"{sys.executable} -m exporter"
        terminal.say(f"  {program} export --config {preview.root / 'config.yaml'}")
        terminal.say("Then reload the page in the browser.")
        if opens and not webbrowser.open(preview.url):
            terminal.say("No browser could be started from here: open the address yourself.")
        stand_in.wait()
