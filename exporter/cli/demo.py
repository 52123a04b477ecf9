"""`demo`: run the whole job offline."""

from datetime import datetime, timedelta
from pathlib import Path

import click

from exporter import pipeline, terminal
from exporter.cli.project import Project, common_options, fetcher, open_project, real_time
from exporter.demo import repository
from exporter.demo.server import StandIn
from exporter.errors import raise_all
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
@click.option("--serve", is_flag=True, help="Keep the stand-in Spotify running, to export from it by hand.")
@common_options
def demo(*, config_path: Path | None, now: datetime, output: Path, weeks: int, serve: bool) -> None:
    """Write a sample listener's repository, offline."""
    repository.create(output, config_path)
    project = open_project(output / "config.yaml")
    with StandIn(clock=real_time) as spotify:
        for week in reversed(range(weeks)):
            _export_from(spotify, project, now - timedelta(weeks=week))
        terminal.say(f"Wrote {count(weeks, 'week')} of a sample listener to {output}. Open:")
        for path, what in repository.worth_opening(project.config.output):
            terminal.say(f"  {output / path}  {what}")
        if serve:
            spotify.clock = real_time
            with repository.environment(output, spotify.environment):
                terminal.say(f"A stand-in Spotify answers at {spotify.url} until you press Ctrl-C.")
                terminal.say("In another terminal, try:")
                terminal.say(f"  now-listening export --config {output / 'config.yaml'}")
                spotify.serve_until_interrupted()


def _export_from(spotify: StandIn, project: Project, instant: datetime) -> None:
    spotify.clock = lambda: instant
    result = pipeline.export(project.run(instant), fetcher(project.config, spotify.environment))
    project.folder.write(project.folder.changes(result.files))
    raise_all(result.failed)
