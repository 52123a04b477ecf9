"""Commands and exit codes. Only here are clock, session and sleep made."""

import io
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from msgspec import Struct

from exporter import __version__, config, console, forgetting, pipeline
from exporter.config import Config
from exporter.errors import AccountError, NowListeningError
from exporter.models import Instant, Listening, Plan
from exporter.outputs import Folder
from exporter.pipeline import Result
from exporter.render.templates import Templates, builtin_folder

if TYPE_CHECKING:
    from exporter.demo.server import StandIn

# Imported where they are used, because not every run needs them: `spotify` (and with it requests), `demo`.
# ruff: noqa: PLC0415


DEFAULT_CONFIG = Path("config.yaml")


class Project(Struct, frozen=True):
    """A user's repository, as a command finds it."""

    folder: Folder
    config: Config
    templates: Templates


def entry_point() -> None:
    """Run as a program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a title may not fit a terminal's encoding
    try:
        sys.exit(main())
    except BrokenPipeError:  # whoever reads has seen enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; only a bug ends in a traceback."""
    try:
        code = commands.main(argv, prog_name="now-listening", standalone_mode=False)
    except NowListeningError as error:
        console.complain("error", error)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("Stopped.", err=True)
        return 130
    return code if isinstance(code, int) else 0


def _instant(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime:
    if value is None:
        return _real_time().replace(microsecond=0)
    try:
        instant: datetime = msgspec.convert(value, Instant).astimezone(UTC)
    except (msgspec.ValidationError, OverflowError) as error:
        raise click.BadParameter("write an instant, as 2026-11-23T12:00:00Z.") from error
    if not 1970 <= instant.year < 9999:  # local times and weeks around it must exist too
        raise click.BadParameter("take an instant after 1970.")
    return instant


def common_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that all have."""

    @click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="The settings; all other paths are relative to their folder.  [default: config.yaml]",
    )
    @click.option(
        "--now", callback=_instant, metavar="TIMESTAMP", help="The instant to date the run at (RFC 3339)."
    )
    @click.option("-v", "--verbose", is_flag=True, help="Tell of every request.")
    @wraps(command)
    def with_common_options(*args: Any, verbose: bool, **kwargs: Any) -> Any:
        if verbose:
            logging.basicConfig(format="%(message)s")
            logging.getLogger("exporter").setLevel(logging.INFO)
        return command(*args, **kwargs)

    return with_common_options


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="now-listening %(version)s")
def commands() -> None:
    """Turn your Spotify listening into files in your own repository."""


@commands.command()
@click.option("--dry-run", is_flag=True, help="Print what would change, and write nothing.")
@click.option("--strict", is_flag=True, help="Fail when something had to be kept from before.")
@common_options
def export(*, config_path: Path | None, now: datetime, dry_run: bool, strict: bool) -> int:
    """Fetch your listening, and write the files."""
    project = _open(config_path)
    env = config.environment(project.folder.root)
    result = pipeline.export(project.config, project.templates, project.folder, _fetcher(project, env), now)
    changes = project.folder.changes(result.files)
    if dry_run:
        console.say("".join(change.diff() for change in changes) or "Nothing would change.")
    else:
        project.folder.write(changes)
        console.tell(changes)
    console.warn(result)
    remaining = console.tell_of_token(env, now) if project.config.plan else ""
    if not dry_run:
        console.summarize(project.templates, result, changes, remaining)
    return _exit_code(result, strict=strict)


@commands.command()
@common_options
def render(*, config_path: Path | None, now: datetime) -> None:
    """Render again from the data last exported, offline."""
    project = _open(config_path)
    result = pipeline.render(project.config, project.templates, project.folder, now)
    changes = project.folder.changes(result.files)
    project.folder.write(changes)
    console.tell(changes)
    console.warn(result)


@commands.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
def forget(*, config_path: Path | None, now: datetime, name: str, yes: bool) -> None:
    """Take a name, id or URI out of the archive and all outputs."""
    project = _open(config_path)
    result = pipeline.forget(project.config, project.templates, project.folder, name, now)
    changes = project.folder.changes(result.files)
    console.warn(result)
    if not changes:
        console.say(f"Nothing goes by “{name}”. Names are compared whole, in any case.")
        return
    paths = [change.path for change in changes]
    console.say(forgetting.announcement(name, paths, project.config))
    if not (yes or click.confirm("Write them? Only git's history leads back")):
        console.say("Nothing was written.")
        return
    project.folder.write(changes)
    console.say(forgetting.advice(name, paths, project.config))


@commands.command()
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
    from exporter.demo import repository
    from exporter.demo.server import StandIn

    repository.create(output, config_path)
    project = _open(output / "config.yaml")
    with StandIn(clock=_real_time) as spotify:
        for week in reversed(range(weeks)):
            _export_from(spotify, project, now - timedelta(weeks=week))
        click.echo(f"{console.count(weeks, 'week')} of a sample listener made {output}. Open:")
        for path, what in repository.worth_opening(project.config.output):
            click.echo(f"  {output / path}  {what}")
        if serve:
            spotify.clock = _real_time
            with repository.environment(output, spotify.environment):
                click.echo(
                    f"A stand-in Spotify answers at {spotify.url} until you press Ctrl-C. Try, elsewhere:"
                )
                click.echo(f"  now-listening export --config {output / 'config.yaml'}")
                spotify.serve_until_interrupted()


def _export_from(spotify: "StandIn", project: Project, instant: datetime) -> None:
    spotify.clock = lambda: instant
    fetch = _fetcher(project, spotify.environment)
    result = pipeline.export(project.config, project.templates, project.folder, fetch, instant)
    project.folder.write(project.folder.changes(result.files))


def _real_time() -> datetime:
    return datetime.now(UTC)


def _open(config_path: Path | None) -> Project:
    path = config_path or DEFAULT_CONFIG
    settings = config.load(path, may_be_missing=config_path is None)
    templates = Templates(
        path.parent / settings.templates,
        label=settings.templates,
        builtin=builtin_folder(),
        filters={"moment": settings.time_style.text},
    )
    return Project(Folder(path.parent), settings, templates)


def _fetcher(project: Project, env: Mapping[str, str]) -> Callable[[Plan], Listening]:
    """Make the function that asks Spotify, with what `env` says of it."""

    def fetch(plan: Plan) -> Listening:
        from requests import Session

        from exporter.spotify.client import Client, Clock

        credentials, endpoints = config.credentials(env), config.endpoints(env)
        with Session() as session:
            client = Client(
                session,
                Clock(now=_real_time, monotonic=time.monotonic, sleep=time.sleep),
                api=endpoints.api,
                accounts=endpoints.accounts,
                timeout=project.config.http.timeout,
                retry_budget=project.config.http.retry_budget,
            )
            return client.fetch(
                plan,
                lambda: client.refresh(
                    credentials.client_id, credentials.client_secret, credentials.refresh_token
                ),
            )

    return fetch


def _exit_code(result: Result, *, strict: bool) -> int:
    """3 if a person must act, 4 if something was kept or is damaged and that is too much, else 0."""
    if any(isinstance(shortfall.error, AccountError) for shortfall in result.shortfalls):
        return 3
    return 4 if strict and (result.shortfalls or result.damaged) else 0
