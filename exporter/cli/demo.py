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
from exporter.demo import repository
from exporter.demo.preview import Preview
from exporter.demo.standins import STAND_INS, StandIn
from exporter.errors import raise_all
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
    help="Then show the README and the page at a local address, and keep the stand-in Spotify running.",
)
@click.option("--open", "opens", is_flag=True, help="Serve, and open the README in a browser.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="The port of the stand-in Spotify, if not any free one; the README's is the next one, if free.",
)
@common_options
def demo(
    *,
    config_path: Path | None,
    now: datetime,
    output: Path,
    weeks: int,
    serve: bool,
    opens: bool,
    port: int | None,
) -> None:
    """Write a sample listener's repository, offline."""
    if port and not (serve or opens):
        raise click.UsageError("--port needs --serve or --open.")
    with STAND_INS["spotify"](clock=real_time, port=port or 0) as spotify:
        repository.create(output, config_path)
        project = open_project(output / "config.yaml")
        _fill_archive(spotify, project, [now - timedelta(weeks=week) for week in range(weeks - 1, 0, -1)])
        result = _export_from(spotify, project, now, picture_fetcher(project.config, spotify.environment))
        _write(project, result.files)
        raise_all(result.failed)
        terminal.say(f"Wrote {count(weeks, 'week')} of a sample listener to {output}. Open:")
        for path, what in repository.worth_opening(output, project.config.output):
            terminal.say(f"  {path}  {what}")
        if serve or opens:
            with Preview(output, project.config.output, images=spotify.url, port=port) as preview:
                _serve(spotify, preview, opens=opens)
        else:
            terminal.say("To see the README as GitHub shows it, add --open. To export by hand, add --serve.")


class _NewestWeek(Folder):
    """Shows only the newest file of a folder: of the archive, that is all that the next snapshot needs."""

    def names(self, folder: str) -> Sequence[str]:
        """List the last name."""
        return super().names(folder)[-1:]


def _fill_archive(spotify: StandIn, project: Project, instants: Sequence[datetime]) -> None:
    """Export at each instant, but write only the week's snapshot, so that each week takes the same time."""
    plan.prepare(project.config, project.templates, project.folder)  # finds mistakes before the long loop
    archive = f"{project.config.output_path('archive')}/"
    unseen = (*project.config.skip, "data/*", "*.svg", "*.html")  # no early week needs a picture
    early = replace(
        project,
        folder=_NewestWeek(project.folder.root),
        config=replace(project.config, sections=(), skip=unseen),
    )
    with terminal.progress(instants, label="Weeks") as steps:
        for instant in steps:
            files = _export_from(spotify, early, instant).files
            _write(project, {path: file for path, file in files.items() if path.startswith(archive)})


def _export_from(
    spotify: StandIn, project: Project, instant: datetime, fetch_pictures: Fetch | None = None
) -> Result:
    spotify.clock = lambda: instant
    run = replace(project.run(instant, fetch_pictures), live=None)  # everything is in the one folder
    return pipeline.export(run, fetcher(project.config, spotify.environment))


def _write(project: Project, files: Mapping[str, bytes]) -> None:
    project.folder.write(project.folder.changes(files))


def _serve(spotify: StandIn, preview: Preview, *, opens: bool) -> None:
    """Answer until Ctrl-C, and say how to use it."""
    spotify.clock = real_time
    with repository.environment(preview.root, spotify.environment), suppress(KeyboardInterrupt):
        terminal.say("Until you press Ctrl-C, you can open in a browser:")
        if preview.page:
            terminal.say(f"  {preview.url}{preview.page}  the page")
        terminal.say(f"  {preview.url}  the README, much as GitHub shows it")
        terminal.say(f"The stand-in Spotify is at {spotify.url} meanwhile. In another terminal, try:")
        program = "now-listening" if shutil.which("now-listening") else f"{sys.executable} -m exporter"
        terminal.say(f"  {program} export --config {preview.root / 'config.yaml'}")
        terminal.say("Then reload the page in the browser.")
        if opens and not webbrowser.open(preview.url):
            terminal.say("No browser could be started from here: open the address yourself.")
        spotify.wait()
