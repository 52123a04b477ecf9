"""Commands and exit codes. Only here are clock, session and sleep made."""

import io
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from exporter import __version__, pipeline
from exporter import terminal as console
from exporter.archive import forgetting
from exporter.config import environment
from exporter.config import load as config
from exporter.config import token_age as expiry
from exporter.config.schema import Config
from exporter.errors import AccountError, NowListeningError, SetupError, UnavailableError
from exporter.files import Folder
from exporter.models import Instant, Listening, Plan
from exporter.pipeline import Result
from exporter.render.templates import Templates, builtin_folder
from exporter.setup import callback as authorization

if TYPE_CHECKING:
    from exporter.demo.server import StandIn
    from exporter.sources.http import Client

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
        console.summarize_failure(error)
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
    env = environment.read(project.folder.root)
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
@click.option("--strict", is_flag=True, help="Fail when something had to be kept from before.")
@common_options
def publish(*, config_path: Path | None, now: datetime, strict: bool) -> int:
    """Export, commit and push; the files here stay as they are."""
    from exporter.publish import run as publishing

    project = _open(config_path)
    env = environment.read(project.folder.root)
    published = publishing.publish(
        project.config,
        project.templates,
        project.folder.root,
        _fetcher(project, env),
        now,
        sleep=time.sleep,
        author=publishing.BOT if console.in_actions() else {},
    )
    console.tell_of_pushes(published, project.config.output_path("archive"))
    console.warn(published.result)
    remaining = console.tell_of_token(env, now) if project.config.plan else ""
    changes = [change for push in published.pushes for change in push.changes]
    console.summarize(project.templates, published.result, changes, remaining)
    if published.failure:
        raise published.failure
    return _exit_code(published.result, strict=strict)


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
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8888,
    show_default=True,
    help="The port that Spotify leads back to.",
)
@click.option("--no-browser", is_flag=True, help="Open nothing, and take the address that you paste.")
@click.option("--save", type=click.Choice(["github", "env"]), help="Store the secrets there.")
@click.option("--repo", metavar="OWNER/NAME", help="The repository on GitHub, if it is not the folder's own.")
@common_options
def login(
    *,
    config_path: Path | None,
    now: datetime,
    port: int,
    no_browser: bool,
    save: str | None,
    repo: str | None,
) -> None:
    """Authorize once: get the refresh token, and store the secrets."""
    from exporter.setup import credentials as saving
    from exporter.sources.spotify import auth, calls

    path = config_path or DEFAULT_CONFIG
    settings = config.load(path, may_be_missing=config_path is None)
    if save == "github":
        saving.check_gh()
    if save == "env":
        saving.check_env(path.parent)
    env = environment.read(path.parent)
    client_id, client_secret = console.ask_for_client(env)
    redirect_uri, state = f"http://127.0.0.1:{port}/callback", authorization.new_state()
    url = auth.authorize_url(
        environment.endpoints(env).accounts, client_id, redirect_uri, calls.scopes(settings.plan), state
    )
    code = (
        _pasted_code(url, redirect_uri, state) if no_browser else _heard_code(url, port, redirect_uri, state)
    )
    with _spotify(settings, env) as client:
        token = client.exchange(client_id, client_secret, code, redirect_uri)
        try:
            client.verify(settings.plan, token)
        except UnavailableError as error:  # what a person agreed to is not given up for that
            console.complain("warning", error, "The token could not be tried. ")
    dated = f"{token.refresh_token}#{now.date()}"
    secrets = dict(zip(environment.SECRETS, (client_id, client_secret, dated), strict=True))
    console.say(expiry.sentence(expiry.days_left(now.date(), now.date())))
    try:
        _store(secrets, save, repo, path.parent)
    except SetupError:
        console.say(saving.instructions(secrets, repo))  # nobody should have to agree again
        raise
    if save == "github" and console.ask_for_first_run():
        went_well = saving.first_run(repo, time.sleep)
        console.say("That is it." if went_well else "Its page, on the Actions tab, says what is wrong.")


def _store(secrets: Mapping[str, str], save: str | None, repo: str | None, root: Path) -> None:
    from exporter.setup import credentials as saving

    match save:
        case "github":
            saving.to_github(secrets, repo)
            console.say("Stored as the repository's secrets.")
        case "env":
            saving.to_env(secrets, root)
            console.say("Stored in .env, which git leaves alone. Try `now-listening export --dry-run`.")
        case _:
            console.say(saving.instructions(secrets, repo))


def _heard_code(url: str, port: int, redirect_uri: str, state: str) -> str:
    """Have a browser opened, and listen for the answer."""
    import webbrowser

    with authorization.listening(port, state, partial(console.complain, "warning")) as wait:
        console.ask_to_agree(url, redirect_uri)
        webbrowser.open(url)
        return wait(authorization.PATIENCE)


def _pasted_code(url: str, redirect_uri: str, state: str) -> str:
    """Take the answer's address from a person who opened ours elsewhere."""
    console.ask_to_agree(url, redirect_uri)
    console.say("The page that opens then can't be shown; what is needed is its address.")
    return authorization.code_of(click.prompt("Paste that address"), state)


@commands.command()
@click.option("--offline", is_flag=True, help="Leave Spotify out.")
@common_options
def check(*, config_path: Path | None, now: datetime, offline: bool) -> int:
    """Look for all that could go wrong, and change nothing."""
    from exporter.setup import check as checkup

    try:
        project = _open(config_path)
        env = environment.read(project.folder.root)
    except SetupError as error:
        findings = [checkup.trouble(error)]
    else:
        known = project.folder.read((config_path or DEFAULT_CONFIG).name) is not None
        settings = "the settings are sound" if known else "there are no settings, so the defaults apply"
        fetch = None if offline else _fetcher(project, env)
        findings = [
            checkup.Finding("fine", settings),
            *checkup.examine(project.folder, project.config, project.templates, env, fetch=fetch, now=now),
        ]
    console.list_findings(findings)
    return checkup.exit_code(findings)


@commands.command()
@click.option("--line", type=click.IntRange(0), help="Put the sections after this line of the README.")
@click.option(
    "--lanes", type=click.Choice(["one", "two"]), help="Commit everything here, or only what is kept."
)
@click.option("--remove", is_flag=True, help="Take out again what was put in.")
@common_options
def init(
    *, config_path: Path | None, line: int | None, lanes: str | None, remove: bool, **_dated: datetime
) -> None:
    """Set a repository up: settings, workflow, README markers; what is there stays."""
    from exporter.setup import init as onboarding

    path = config_path or DEFAULT_CONFIG
    settings = config.load(path, may_be_missing=True)
    place = onboarding.locate(path.parent, path.name)
    if remove:
        changes, deleted, changed = onboarding.end(place, settings)
        place.top.write(changes)
        place.top.delete(deleted)
        console.tell_of_end(changes, deleted, changed, onboarding.left_to_do(place, settings))
        return
    found = onboarding.look(place, settings)
    console.tell_of_cards(found)
    if line is None and not found.has_sections:
        line = console.ask_for_line(found)
    two_lanes = lanes == "two" or (lanes is None and not found.has_settings and console.ask_for_lanes(place))
    changes = onboarding.begin(place, found, settings, line=line, two_lanes=two_lanes)
    place.top.write(changes)
    console.tell_of_beginning(place, changes)


@commands.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
def forget(*, config_path: Path | None, now: datetime, name: str, yes: bool) -> None:
    """Take a name, id or URI out of the archive and all outputs."""
    project = _open(config_path)
    result = pipeline.forget(project.config, project.templates, project.folder, name, now)
    changes = project.folder.changes(result.files)
    console.warn(replace(result, damaged=()))
    for error in result.damaged:
        console.complain("warning", error, f"“{name}” may still be in it: ")
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


@contextmanager
def _spotify(settings: Config, env: Mapping[str, str]) -> Iterator["Client"]:
    """Connect to Spotify, or to what `env` names instead."""
    from requests import Session

    from exporter.sources.http import Client, Clock

    endpoints = environment.endpoints(env)
    with Session() as session:
        yield Client(
            session,
            Clock(now=_real_time, monotonic=time.monotonic, sleep=time.sleep),
            api=endpoints.api,
            accounts=endpoints.accounts,
            timeout=settings.http.timeout,
            retry_budget=settings.http.retry_budget,
        )


def _fetcher(project: Project, env: Mapping[str, str]) -> Callable[[Plan], Listening]:
    """Make the function that asks Spotify, with what `env` says of it."""

    def fetch(plan: Plan) -> Listening:
        credentials = environment.credentials(env)
        with _spotify(project.config, env) as client:
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
