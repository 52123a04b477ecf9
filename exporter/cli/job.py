"""`export` and `render`: run the job, or a part of it."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import click

from exporter import pipeline, terminal
from exporter.cli import answers, messages
from exporter.cli.project import (
    Project,
    common_options,
    fetcher,
    find_settings,
    open_project,
    picture_fetcher,
    project_of,
)
from exporter.cli.watch import watch
from exporter.config import environment
from exporter.config.schema import Config
from exporter.errors import AccountError, NowListeningError, SetupError, UnavailableError
from exporter.files import Change
from exporter.pipeline import Result


@click.command()
@click.option("--dry-run", is_flag=True, help="Print what would change, and write nothing.")
@click.option("--strict", is_flag=True, help="Fail if something could not be refreshed.")
@answers.json_option
@common_options
def export(*, config_path: Path | None, now: datetime, dry_run: bool, strict: bool, as_json: bool) -> int:
    """Fetch your listening, and write the files."""
    with answers.answering("export", as_json=as_json) as answer:
        project = open_project(config_path)
        env = environment.read(project.folder.root)
        run = project.run(now, picture_fetcher(project.config, env))
        result = pipeline.export(run, fetcher(project.config, env))
        changes = project.folder.changes(result.files)
        if dry_run:
            messages.preview(changes)
        else:
            project.folder.write(changes)
            messages.list_changes(changes)
        messages.warn(result)
        left = messages.token_left(project.config, env, now)
        messages.say_how_long(left)
        if not dry_run:
            result = messages.summarize(project.templates, result, changes, left.sentence)
        code = exit_code(result, strict=strict)
        answer(answers.of_export(result, changes, left, code))
    return code


@click.command()
@click.option(
    "--watch", "watches", is_flag=True, help="Render again when templates, sections or settings change."
)
@common_options
def render(*, config_path: Path | None, now: datetime, watches: bool) -> int:
    """Render the last exported data again, offline."""
    settings = find_settings(config_path)
    if watches:
        _render_on_changes(settings, now, may_be_missing=config_path is None)
        return 0
    result, _ = _render(project_of(settings, may_be_missing=config_path is None), now)
    return exit_code(result, strict=False)


def _render(project: Project, now: datetime) -> tuple[Result, Sequence[Change]]:
    """Render once, and tell of it."""
    result = pipeline.render(project.run(now))
    changes = project.folder.changes(result.files)
    project.folder.write(changes)
    messages.list_changes(changes)
    messages.warn(result)
    return result, changes


def _render_on_changes(settings: Path, now: datetime, *, may_be_missing: bool) -> None:
    """Render at once and after each change, until Ctrl-C; a mistake is told, and the next change awaited."""
    config = Config()  # until the settings can be read

    def files() -> Iterator[Path]:
        yield settings
        yield from (settings.parent / config.templates).rglob("*")
        yield from (settings.parent / file for file in config.sections)

    def again() -> list[Path]:
        nonlocal config
        try:
            project = project_of(settings, may_be_missing=may_be_missing)
            config = project.config
            _, changes = _render(project, now)
        except NowListeningError as error:
            messages.complain("error", error)
            changes = ()
        terminal.say("Waiting for changes until you press Ctrl-C.")
        return [settings.parent / change.path for change in changes]

    watch(files, again, sleep=time.sleep)


def exit_code(result: Result, *, strict: bool) -> int:
    """Return what a person must mend first: something at the source (3), then a template (2).

    With `strict`, it is 4 if something is stale or damaged.
    """
    if any(isinstance(shortfall.error, AccountError) for shortfall in result.shortfalls):
        return AccountError.exit_code
    if result.failed:
        return SetupError.exit_code
    return UnavailableError.exit_code if strict and (result.shortfalls or result.damaged) else 0
