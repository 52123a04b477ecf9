"""What commands share: common options, the user's project, and the connection to the source."""

import logging
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from msgspec import Struct

from exporter import terminal
from exporter.config import environment, load
from exporter.config.schema import Config
from exporter.files import Folder
from exporter.models import Instant, Listening, Plan
from exporter.pipeline import Run
from exporter.render.embedding import Fetch
from exporter.render.templates import Templates, builtin_folder
from exporter.sources.source import Connection, Source, source_called

if TYPE_CHECKING:
    from exporter.sources.http import Client

DEFAULT_CONFIG = Path("config.yaml")


class Project(Struct, frozen=True):
    """A user's repository: its files, settings and templates."""

    folder: Folder
    config: Config
    templates: Templates

    def run(self, now: datetime, fetch_pictures: Fetch | None = None) -> Run:
        """Return a run on the project's folder, dated `now`."""
        live = None
        if self.config.publish.live_branch is not None:
            from exporter.publish.lanes import live_branch  # noqa: PLC0415 # many runs need no git

            live = live_branch(self.config, self.folder.root)
        return Run(
            config=self.config,
            templates=self.templates,
            store=self.folder,
            now=now,
            fetch_pictures=fetch_pictures,
            live=live,
        )


def find_settings(config_path: Path | None) -> Path:
    """Return the settings' file: the one named, else the nearest; say which if it is not in this folder."""
    path = config_path or nearest_settings()
    if config_path is None and path != DEFAULT_CONFIG:
        terminal.say(f"Using the settings in {path.as_posix()}.")
    return path


def nearest_settings() -> Path:
    """Find `DEFAULT_CONFIG` in this folder, or the nearest above it up to the top of the git repository.

    If there is none, it is the one that could be in this folder. It may be something that is no file.
    """
    here = Path.cwd()
    folders = [here, *here.parents]
    tops = [depth for depth, folder in enumerate(folders) if os.path.lexists(folder / ".git")]
    within = range(tops[0] + 1 if tops else 1)
    paths = (Path(*[".."] * depth, DEFAULT_CONFIG) for depth in within)
    return next(filter(os.path.lexists, paths), DEFAULT_CONFIG)


def open_project(config_path: Path | None) -> Project:
    """Read the settings, by default those that are found; the project is their folder. Raises SetupError."""
    return project_of(find_settings(config_path), may_be_missing=config_path is None)


def project_of(path: Path, *, may_be_missing: bool) -> Project:
    """Read the settings in a file; the project is its folder. Raises SetupError."""
    return project_with(load.load(path, may_be_missing=may_be_missing), path)


def project_with(config: Config, path: Path) -> Project:
    """Return the project in the folder of a settings file, with these settings."""
    templates = Templates(
        path.parent / config.templates,
        label=config.templates,
        builtin=builtin_folder(),
        filters={
            "moment": config.time_style.text,
            "brief": config.time_style.brief,
            "day": config.time_style.day,
            "span": lambda time_range: config.about.span(time_range).words,
            "label": lambda time_range: config.about.span(time_range).label,
        },
    )
    return Project(Folder(path.parent), config, templates)


def common_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that all commands have."""

    @click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="The settings file; all other paths are relative to its folder.  "
        "[default: config.yaml, here or above]",
    )
    @click.option(
        "--now", callback=_instant, metavar="TIMESTAMP", help="Date the run at this time (RFC 3339)."
    )
    @click.option("-v", "--verbose", is_flag=True, help="Show every request.")
    @wraps(command)
    def with_common_options(*args: Any, verbose: bool, **kwargs: Any) -> Any:
        if verbose:
            logging.basicConfig(format="%(message)s")
            logging.getLogger("exporter").setLevel(logging.INFO)
        return command(*args, **kwargs)

    return with_common_options


def _instant(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime:
    if value is None:
        return real_time().replace(microsecond=0)
    try:
        instant: datetime = msgspec.convert(value, Instant).astimezone(UTC)
    except (msgspec.ValidationError, OverflowError) as error:
        raise click.BadParameter("write a time such as 2026-11-23T12:00:00Z.") from error
    if not 1970 <= instant.year < 9999:  # local times and weeks around it must exist too
        raise click.BadParameter("choose a time after 1970.")
    return instant


def real_time() -> datetime:
    """Return the current time."""
    return datetime.now(UTC)


@contextmanager
def connect(config: Config) -> Iterator["Client"]:
    """Open an HTTP client for one run; its time limit starts now."""
    from exporter.sources.http import Client, Clock, new_session  # noqa: PLC0415 # many runs need no requests

    source = source_called(config.about.key)
    with new_session(source.MOST_AT_ONCE) as session:
        yield Client(
            session,
            Clock(now=real_time, monotonic=time.monotonic, sleep=time.sleep),
            service=config.about.name,
            most_at_once=source.MOST_AT_ONCE,
            timeout=config.http.timeout,
            retries_end=time.monotonic() + config.http.retry_budget,
        )


def fetcher(config: Config, env: Mapping[str, str]) -> Callable[[Plan], Listening]:
    """Return a function that fetches from the source, with the secrets and addresses in `env`."""
    from exporter.sources.fetch import fetch as fetch_from  # noqa: PLC0415 # many commands need no requests

    source = source_called(config.about.key)

    def fetch(plan: Plan) -> Listening:
        connection = connection_to(source, config, env, environment.secrets(env, config.about.secrets))
        with connect(config) as client:
            return fetch_from(source, connection, client, plan)

    return fetch


def connection_to(
    source: Source, config: Config, env: Mapping[str, str], secrets: Mapping[str, str]
) -> Connection:
    """Return the secrets, addresses and user of a source. Raises SetupError: an address is not safe."""
    return Connection(secrets, environment.addresses(env, source.ADDRESSES), config.user)


def picture_fetcher(config: Config, env: Mapping[str, str]) -> Fetch:
    """Return a function that fetches pictures, each once, and on a terminal shows how many of how many."""
    had: dict[str, bytes | None] = {}

    def fetch(addresses: Collection[str]) -> Mapping[str, bytes]:
        from exporter.sources.fetch import fetch_pictures  # noqa: PLC0415 # many runs need no requests

        missing = sorted(address for address in addresses if address not in had)
        if missing:
            source = source_called(config.about.key)
            with connect(config) as client:
                coming = fetch_pictures(source, connection_to(source, config, env, {}), client, missing)
                with terminal.progress(coming, label="Covers", length=len(missing)) as pictures:
                    had.update(pictures)
        return {address: body for address in addresses if (body := had[address])}

    return fetch
