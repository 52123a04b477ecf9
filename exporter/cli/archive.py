"""`forget`: remove something from the archive."""

from datetime import datetime
from pathlib import Path

import click
from msgspec.structs import replace

from exporter import pipeline, terminal
from exporter.archive import forgetting
from exporter.cli import messages
from exporter.cli.project import common_options, open_project
from exporter.errors import SetupError
from exporter.wording import did_you_mean


@click.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@common_options
def forget(*, config_path: Path | None, now: datetime, name: str, yes: bool) -> None:
    """Remove a name, id or URI from the archive and all outputs."""
    project = open_project(config_path)
    result = pipeline.forget(project.run(now), name)
    changes = project.folder.changes(result.files)
    messages.warn(replace(result, damaged=(), failed=()))
    for error in (*result.damaged, *result.failed):
        messages.complain("warning", error, f"“{name}” may still be in it: ")
    if not changes:
        near = did_you_mean(name, pipeline.remembered_names(project.run(now)))
        advice = near or "Give the whole name; case does not matter."
        terminal.say(f"Nothing matches “{name}”. {advice}")
        return
    paths = [change.path for change in changes]
    terminal.say(forgetting.announcement(name, paths, project.config))
    if not (yes or terminal.is_interactive()):
        raise SetupError(
            "Nobody can confirm that here, so nothing was written.", hint="Confirm it with --yes."
        )
    if not (yes or click.confirm("Write them? Only git can undo this")):
        terminal.say("Nothing was written.")
        return
    project.folder.write(changes)
    terminal.say(forgetting.advice(name, paths, project.templates.outputs(), project.config))
