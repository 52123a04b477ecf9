"""`publish`: run the job, and push what it wrote; or say what to do where no secrets are stored yet."""

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import click

from exporter import REPOSITORY, terminal
from exporter.cli import messages
from exporter.cli.job import exit_code
from exporter.cli.project import Project, common_options, fetcher, open_project, picture_fetcher
from exporter.config import environment
from exporter.config.schema import Config
from exporter.github import actions
from exporter.models import Episode
from exporter.publish import run as publishing
from exporter.publish.run import Published
from exporter.records import ARCHIVE, NowPlayingDocument
from exporter.sources import SOURCES
from exporter.wording import count

_DOCS = f"https://github.com/{REPOSITORY}/blob/main/docs/setup.md"

_SUMMARY = """\
### Now Listening is not set up yet

It needs the secrets {secrets}: [how to get and store them]({docs}). Or take a source that needs none: write \
`source: {{{free}: NAME}}` in `config.yaml`. Until then, runs do nothing, and stay green.
"""


@click.command()
@click.option("--strict", is_flag=True, help="Fail if something could not be refreshed.")
@common_options
def publish(*, config_path: Path | None, now: datetime, strict: bool) -> int:
    """Export, commit and push, without changing local files."""
    project = open_project(config_path)
    env = environment.read(project.folder.root)
    if actions.is_running() and not _has_begun(project, env):
        _say_how_to_begin(project.config)
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


def _has_begun(project: Project, env: Mapping[str, str]) -> bool:
    """Whether somebody has set the job up: it needs no secret, has any, or has written files.

    Where there are files, the secrets were lost, and somebody must notice.
    """
    known = {name for about in SOURCES.values() for name in about.secrets}
    folders = (project.config.output_path(name) for name in ("data", ARCHIVE))
    has_files = any(project.folder.names(folder) for folder in folders)
    return not project.config.about.secrets or not known.isdisjoint(env) or has_files


def _say_how_to_begin(config: Config) -> None:
    """Say in GitHub Actions, in a notice and in the summary, which secrets are needed."""
    secrets = ", ".join(config.about.secrets)
    what = f"Now Listening is not set up yet: it needs {secrets}."
    terminal.report("notice", f"{what}\n  The run's summary says how to get them.")
    free = next(about.key for about in SOURCES.values() if not about.secrets)
    messages.summarize_text(_SUMMARY.format(secrets=secrets, docs=_DOCS, free=free))


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
