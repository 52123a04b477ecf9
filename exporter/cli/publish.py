"""`publish`: run the job, and push what it wrote."""

import time
from datetime import datetime
from pathlib import Path

import click

from exporter import terminal
from exporter.cli import begun, messages
from exporter.cli.job import exit_code
from exporter.cli.project import common_options, fetcher, open_project, picture_fetcher
from exporter.config import environment
from exporter.github import actions
from exporter.models import Episode
from exporter.publish import run as publishing
from exporter.publish.run import Published
from exporter.records import ARCHIVE, NowPlayingDocument
from exporter.wording import count


@click.command()
@click.option("--strict", is_flag=True, help="Fail if something could not be refreshed.")
@common_options
def publish(*, config_path: Path | None, now: datetime, strict: bool) -> int:
    """Export, commit and push, without changing local files."""
    project = open_project(config_path)
    env = environment.read(project.folder.root)
    if actions.is_running() and not begun.has_begun(project, env):
        begun.say_how_to_begin(project.config)
        return 0
    published = publishing.publish(
        project.run(now, picture_fetcher(project.config, env)),
        project.folder.root,
        fetcher(project.config, env),
        sleep=time.sleep,
        author=actions.author(),
    )
    _list_pushes(published, project.config.output_path(ARCHIVE))
    messages.warn(published.result)
    left = messages.token_left(project.config, env, now)
    messages.say_how_long(left)
    changes = [change for push in published.pushes for change in push.changes]
    result = messages.summarize(project.templates, published.result, changes, left.sentence)
    if published.failure:
        raise published.failure
    return exit_code(result, strict=strict)


def _list_pushes(published: Published, archive: str) -> None:
    """Say what was pushed where; in GitHub Actions, also set step outputs."""
    for push in published.pushes:
        terminal.say(f"Pushed {count(len(push.changes), 'file')} to {push.branch} ({push.commit[:7]}):")
        terminal.say("\n".join(f"  {change.path}" for change in push.changes))
    if not (published.pushes or published.failure):
        terminal.say("Nothing new: no commit.")
    messages.set_output("changed", str(bool(published.pushes)).lower())
    messages.set_output("new_week", str(published.added_to(archive)).lower())
    messages.set_output("commit", published.commit or "")
    messages.set_output("page", published.page or "")
    messages.set_output("now_playing", _playing(published.result.report.documents.now_playing))


def _playing(document: NowPlayingDocument | None) -> str:
    """Return the name of what is playing; empty if nothing is."""
    if document is None or document.item is None or not document.is_playing:
        return ""
    item = document.item
    by = [item.show] if isinstance(item, Episode) else item.artists
    names = ", ".join(each.name for each in by if each.name)
    return " by ".join(text for text in (item.name, names) if text)
