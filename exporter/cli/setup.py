"""`init`, `login` and `check`: set up once, and look for problems."""

import os
import re
import shlex
import time
import webbrowser
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from textwrap import TextWrapper

import click

from exporter import terminal
from exporter.cli import messages
from exporter.cli.project import (
    DEFAULT_CONFIG,
    common_options,
    connect,
    connection_to,
    fetcher,
    find_settings,
    nearest_settings,
    project_of,
    project_with,
)
from exporter.config import environment, load, timezones
from exporter.errors import SetupError
from exporter.files import Change
from exporter.setup import callback, credentials
from exporter.setup import check as checks
from exporter.setup import init as setup
from exporter.setup import login as authorization
from exporter.setup.finding import Finding, trouble
from exporter.setup.init import Found, Place
from exporter.setup.login import Question
from exporter.setup.scaffold import LIVE_BRANCH
from exporter.sources.spotify import calls as spotify
from exporter.sources.spotify import token_age
from exporter.sources.spotify.calls import CLIENT_ID, CLIENT_SECRET
from exporter.wording import count

_DEFAULTS = "there are no settings, so the defaults apply"
_MARKS = {
    None: ("✓", "green"),
    "notice": ("·", "cyan"),
    "warning": ("!", "yellow"),
    "error": ("✗", "red"),
}
"""The mark of a finding, and its colour."""

_NO_BREAK = "\N{NO-BREAK SPACE}"
_WRAPPER = TextWrapper(80, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


@click.command()
@click.option("--line", type=click.IntRange(0), help="Put the sections after this line of the README.")
@click.option(
    "--lanes", type=click.Choice(["one", "two"]), help="Commit everything here, or only permanent files."
)
@click.option("--remove", is_flag=True, help="Remove what init added.")
@common_options
def init(
    *, config_path: Path | None, line: int | None, lanes: str | None, remove: bool, **_dated: datetime
) -> None:
    """Set up a repository: settings, workflow and README markers. It overwrites nothing."""
    path = config_path or DEFAULT_CONFIG
    config = load.load(path, may_be_missing=True)
    place = setup.locate(path.parent, path.name)
    if remove:
        changes, deleted, changed = setup.end(place, config)
        place.top.write(changes)
        place.top.delete(deleted)
        _say_what_is_removed(changes, deleted, changed, setup.left_to_do(place, config, Path.cwd()))
        return
    above = nearest_settings()
    if config_path is None and above != DEFAULT_CONFIG:
        terminal.say(f"There are settings in {above.as_posix()}; this folder gets its own.")
    found = setup.look(place, config)
    for number, project in found.cards:
        terminal.say(f"{found.readme}:{number}: this belongs to {project}; the sections can replace it.")
    if line is None and found.needs_sections:
        line = _ask_for_line(found)
    two_lanes = lanes == "two" or (lanes is None and not found.has_settings and _ask_for_lanes(place))
    timezone = config.timezone if found.has_settings else _ask_for_timezone()
    changes = setup.begin(place, found, config, line=line, two_lanes=two_lanes, timezone=timezone)
    place.top.write(changes)
    _say_what_is_next(place, changes, config_path)


@click.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8888,
    show_default=True,
    help="The port that Spotify redirects to.",
)
@click.option("--no-browser", is_flag=True, help="Open no browser; ask for the address instead.")
@click.option("--save", type=click.Choice(["github", "env"]), help="Where to store the secrets.")
@click.option("--repo", metavar="OWNER/NAME", help="The GitHub repository, if it is not this folder's.")
@common_options
def login(
    *,
    config_path: Path | None,
    now: datetime,
    port: int,
    no_browser: bool,
    save: credentials.Place | None,
    repo: str | None,
) -> None:
    """Authorize once: get the refresh token, and store the secrets."""
    path = find_settings(config_path)
    config = load.load(path, may_be_missing=config_path is None)
    credentials.check(save, path.parent)
    env = environment.read(path.parent)
    connection = connection_to(spotify, config, env, _ask_for_client(env))
    question = authorization.ask(connection, config.plan, port)
    code = _pasted_code(question) if no_browser else _received_code(question, port)
    warn = partial(messages.complain, "warning", what="The token could not be tested. ")
    with connect(config) as client:
        secrets = authorization.secrets_for(
            code, question, connection, client, plan=config.plan, today=now.date(), warn=warn
        )
    terminal.say(token_age.sentence(token_age.days_left(now.date(), now.date())))
    try:
        terminal.say(credentials.store(save, secrets, repo, path.parent))
    except SetupError:
        terminal.say(credentials.instructions(secrets, repo))  # nobody should have to agree again
        raise
    if save == "github" and _ask_for_first_run():
        went_well = credentials.first_run(repo, path.parent, time.sleep)
        terminal.say("The first run worked." if went_well else "The first run failed: see the Actions tab.")


@click.command()
@click.option("--offline", is_flag=True, help="Contact neither Spotify nor the remote.")
@common_options
def check(*, config_path: Path | None, now: datetime, offline: bool) -> int:
    """Check the set-up for problems, and change nothing."""
    path = find_settings(config_path)
    try:
        project = project_of(path, may_be_missing=config_path is None)
    except SetupError as error:
        config = load.usable(path)
        run = project_with(config, path).run(now) if config else None
        findings = [*trouble(error), *checks.examine_despite_wrong_settings(run, path.parent, now)]
    else:
        settings = f"the settings in {path.as_posix()} are valid" if path.exists() else _DEFAULTS
        fetching = None if offline else partial(fetcher, project.config)
        findings = [Finding(None, settings), *checks.examine(project.run(now), path, fetching)]
    _list_findings(findings)
    return checks.exit_code(findings)


def _ask_for_line(found: Found) -> int | None:
    """Ask after which line of the README the sections go; None (at its end) if nobody can answer."""
    if not found.text or not terminal.is_interactive():
        return None
    for number, heading in found.headings:
        terminal.say(f"  {number:>4}  {heading}")
    last = len(found.text.splitlines())
    question = f"After which line of {found.readme} should the sections go (0 to {last})?"
    line: int = click.prompt(question, default=last, type=click.IntRange(0, last))
    return line


def _ask_for_lanes(place: Place) -> bool:
    """For a profile, ask whether to keep frequent commits on a branch of their own."""
    if not place.is_profile:
        return False
    if not terminal.is_interactive():
        terminal.say("To keep half-hourly commits out of this history, run it with --lanes two.")
        return False
    terminal.say(
        "One lane: the README, its cards and the data change here, every half hour.\n"
        "Two lanes: the README changes once a week; the cards that it shows, and the data,\n"
        f"  change every half hour, on the branch `{LIVE_BRANCH}`."
    )
    return click.confirm("Use two lanes?", default=True)


def _ask_for_timezone() -> str:
    """Ask for the time zone; if nobody can answer, take this machine's."""
    here = timezones.local(os.environ.get("TZ", ""), Path("/etc/localtime"))
    if not terminal.is_interactive():
        return here
    zone: str = click.prompt("Which time zone are you in?", default=here, value_proc=_timezone)
    return zone


def _timezone(answer: str) -> str:
    name = answer.strip()
    if name not in timezones.known():
        raise click.UsageError(f"there is no time zone `{name}`. {timezones.suggest(name)}")
    return name


def _say_what_is_next(place: Place, changes: Sequence[Change], config_path: Path | None) -> None:
    if not changes:
        terminal.say("Nothing to do: everything is there.")
        return
    messages.list_changes(changes)
    where = f" --repo {place.repo}" if place.repo else ""
    settings = f" --config {shlex.quote(str(config_path))}" if config_path else ""
    terminal.say("\nNext:")
    terminal.say(f"  1. {setup.commit_command(place, changes, Path.cwd())}")
    terminal.say(f"  2. now-listening login --save github{where}{settings}")


def _say_what_is_removed(
    changes: Sequence[Change], deleted: Sequence[str], changed: Sequence[str], left: Iterable[str]
) -> None:
    for change in changes:
        terminal.say(f"Removed the sections from {change.path}.")
    for path in deleted:
        terminal.say(f"Deleted {path}.")
    for path in changed:
        terminal.say(f"Kept {path}, because it was changed. Delete it yourself.")
    terminal.say("You still need to:")
    for what in left:
        terminal.say(f"  - {what}")


def _ask_for_client(env: Mapping[str, str]) -> dict[str, str]:
    """Take the app's id and secret from the environment, or ask for them; the secret is not shown."""
    if not (env.get(CLIENT_ID) and env.get(CLIENT_SECRET)):
        terminal.say("Your app's settings, at https://developer.spotify.com/dashboard, show both:")
    client_id = env.get(CLIENT_ID) or click.prompt("Client ID")
    client_secret = env.get(CLIENT_SECRET) or click.prompt("Client secret", hide_input=True)
    return {CLIENT_ID: client_id.strip(), CLIENT_SECRET: client_secret.strip()}


def _received_code(question: Question, port: int) -> str:
    """Open a browser, and wait for it to be redirected to this machine."""
    with callback.listening(port, question.state, partial(messages.complain, "warning")) as wait:
        _ask_to_agree(question)
        webbrowser.open(question.url)
        terminal.say(f"Waiting for you to agree, up to {callback.PATIENCE / 60:.0f} minutes.")
        return wait(callback.PATIENCE)


def _pasted_code(question: Question) -> str:
    """Ask for the address that the user's browser was redirected to, until it is the right one."""
    _ask_to_agree(question)
    terminal.say("The browser then opens a page that it can't load; copy its address.")
    while True:
        try:
            return authorization.code_of(click.prompt("Waiting for that address. Paste it"), question.state)
        except SetupError as error:
            messages.complain("warning", error)


def _ask_to_agree(question: Question) -> None:
    """Show the authorization address on a line of its own, and how to fix the usual error."""
    terminal.say(f"Open this address in a browser, and agree:\n\n{question.url}\n")
    terminal.say(
        f"If it says “Invalid redirect URI”, add exactly {question.redirect_uri} to your app's settings."
    )


def _ask_for_first_run() -> bool:
    """Ask whether to start the job now; if nobody can answer, say how to start it."""
    if terminal.is_interactive():
        return click.confirm("Start the first run now, and watch it?", default=True)
    terminal.say("Start the workflow once, on the Actions tab.")
    return False


def _list_findings(findings: Sequence[Finding]) -> None:
    """Print each finding, and what to do about it on the next line."""
    for finding in findings:
        mark, colour = _MARKS[finding.level]
        fact = _wrapped(f"{mark} {finding.fact}")
        terminal.say(click.style(mark, fg=colour) + fact.removeprefix(mark))
        if finding.hint:
            terminal.say(_wrapped(f"  {finding.hint}"))
    bad = sum(finding.level in {"warning", "error"} for finding in findings)
    terminal.say(f"{count(bad, 'thing')} to look at." if bad else "All is well.")


def _wrapped(text: str) -> str:
    """Wrap text at 80 columns, but never inside backticks: what they enclose may be copied."""
    unbroken = re.sub("`[^`]+`", lambda code: code[0].replace(" ", _NO_BREAK), text)
    return "\n".join(map(_WRAPPER.fill, unbroken.split("\n"))).replace(_NO_BREAK, " ")
