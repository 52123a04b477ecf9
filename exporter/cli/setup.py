"""`init` and `check`: set up once, and look for problems."""

import os
import re
import shlex
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from textwrap import TextWrapper

import click
from msgspec.structs import replace

from exporter import terminal
from exporter.cli import answers, messages
from exporter.cli.project import (
    DEFAULT_CONFIG,
    common_options,
    fetcher,
    find_settings,
    nearest_settings,
    project_of,
    project_with,
)
from exporter.config import load, timezones
from exporter.config.schema import Config
from exporter.errors import SetupError
from exporter.files import Change
from exporter.setup import check as checks
from exporter.setup import credentials, scaffold
from exporter.setup import init as setup
from exporter.setup.finding import Finding, trouble
from exporter.setup.init import Found, Place
from exporter.setup.scaffold import LIVE_BRANCH, WORKFLOWS
from exporter.sources import SOURCES
from exporter.wording import count

_DEFAULTS = "there are no settings, so the defaults apply"
_MARKS = {
    None: ("✓", "green"),
    "notice": ("·", "cyan"),
    "warning": ("!", "yellow"),
    "error": ("✗", "red"),
}
"""The mark of a finding, and its colour."""

_PATIENCE = 5.0
"""Seconds: `check` retries no longer than this, because a person waits."""

_NO_BREAK = "\N{NO-BREAK SPACE}"
_WRAPPER = TextWrapper(80, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


@click.command()
@click.option("--line", type=click.IntRange(0), help="Put the sections after this line of the README.")
@click.option(
    "--lanes", type=click.Choice(["one", "two"]), help="Commit everything here, or only permanent files."
)
@click.option("--source", type=click.Choice([*SOURCES]), help="Where your listening is.")
@click.option("--user", metavar="NAME", help="Your name there; Spotify needs none.")
@click.option("--remove", is_flag=True, help="Remove what init added.")
@common_options
def init(
    *,
    config_path: Path | None,
    line: int | None,
    lanes: str | None,
    source: str | None,
    user: str | None,
    remove: bool,
    **_dated: datetime,
) -> None:
    """Set up a repository: settings, workflow and README markers. It overwrites nothing."""
    path = config_path or DEFAULT_CONFIG
    config = load.load(path, may_be_missing=True)
    place = setup.locate(path.parent, path.name)
    if remove:
        changes, deleted, changed = setup.end(place, config)
        left = [*setup.left_to_do(place, config, Path.cwd())]
        place.top.write(changes)
        place.top.delete(deleted)
        _say_what_is_removed(changes, deleted, changed, left)
        return
    above = nearest_settings()
    if config_path is None and above != DEFAULT_CONFIG:
        terminal.say(f"There are settings in {above.as_posix()}; this folder gets its own.")
    found = setup.look(place, config)
    if lanes and found.has_settings:
        _check_lanes(config, lanes)
    config = replace(config, source=_ask_for_source(config, source, user, has_settings=found.has_settings))
    for number, project in found.cards:
        terminal.say(f"{found.readme}:{number}: this belongs to {project}; the sections can replace it.")
    if line is None and found.needs_sections:
        line = _ask_for_line(found)
    two_lanes = lanes == "two" or (lanes is None and not found.has_settings and _ask_for_lanes(place))
    timezone = config.timezone if found.has_settings else _ask_for_timezone()
    changes = setup.begin(place, found, config, line=line, two_lanes=two_lanes, timezone=timezone)
    place.top.write(changes)
    _say_what_is_next(place, changes, config, config_path)


@click.command()
@click.option("--offline", is_flag=True, help="Contact neither the source nor the remote.")
@answers.json_option
@common_options
def check(*, config_path: Path | None, now: datetime, offline: bool, as_json: bool) -> int:
    """Check the set-up for problems, and change nothing."""
    with answers.answering("check", as_json=as_json) as answer:
        findings = _found(config_path, now, offline=offline)
        code = checks.exit_code(findings)
        _list_findings(findings)
        answer(answers.of_check(findings, code))
    return code


def _found(config_path: Path | None, now: datetime, *, offline: bool) -> list[Finding]:
    path = find_settings(config_path)
    try:
        project = project_of(path, may_be_missing=config_path is None)
    except SetupError as error:
        config, source = load.usable(path)
        run = project_with(config, path).run(now) if config else None
        return [*trouble(error), *checks.examine_despite_wrong_settings(run, path.parent, now, source)]
    settings = f"the settings in {path.as_posix()} are valid" if path.exists() else _DEFAULTS
    http = project.config.http
    impatient = replace(project.config, http=replace(http, retry_budget=min(_PATIENCE, http.retry_budget)))
    fetching = None if offline else partial(fetcher, impatient)
    return [Finding(None, settings), *checks.examine(project.run(now), path, fetching)]


def _ask_for_source(
    config: Config, key: str | None, user: str | None, *, has_settings: bool
) -> str | dict[str, str]:
    """Ask where the listening is, and for the user's name there; settings that exist keep what they say."""
    if has_settings:
        _check_source(config, key, user)
        return config.source
    about = SOURCES[key or _ask_which_source()]
    if about.profile is None:
        return about.key
    if user is None and not terminal.is_interactive():
        raise SetupError(f"{about.name} needs your user name.", hint="Name it with --user.")
    return {about.key: user or click.prompt(f"What is your user name at {about.name}?")}


def _check_source(config: Config, key: str | None, user: str | None) -> None:
    """Refuse another source than the settings have, or another user. Raises SetupError."""
    about = SOURCES[key or config.about.key]
    name = user if about.profile else None
    if about.key != config.about.key or name not in {None, config.user}:
        line = f"source: {about.key}"
        if about.profile:
            line = scaffold.source_line({about.key: name or "NAME"}).strip()
        raise _kept(f"the listening is at {config.about.name}", f"Write `{line}`")


def _check_lanes(config: Config, lanes: str) -> None:
    """Refuse other lanes than the settings have. Raises SetupError."""
    live = config.publish.live_branch
    if lanes == "two" and not live:
        settings = f"{{live_branch: {LIVE_BRANCH}, live_history: squash, readme: weekly}}"
        raise _kept("there is one lane", f"Write `publish: {settings}`")
    if lanes == "one" and live:
        raise _kept("there are two lanes", "Remove `live_branch` and `live_history`")


def _kept(fact: str, change: str) -> SetupError:
    """Return the refusal to change settings that exist: what they say, and how a person changes that."""
    return SetupError(
        f"With the settings that exist, {fact}.",
        hint=f"{change} there: this command overwrites nothing.",
    )


def _ask_which_source() -> str:
    """Ask where the listening is; if nobody can answer, it is at Spotify."""
    if not terminal.is_interactive():
        return Config().about.key
    terminal.say(
        "Spotify needs Premium, an app of your own, and a log-in every six months.\n"
        "ListenBrainz needs only your name there; Last.fm also a free key. Both count plays."
    )
    choice: str = click.prompt("Where is your listening?", default="spotify", type=click.Choice([*SOURCES]))
    return choice


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


def _say_what_is_next(
    place: Place, changes: Sequence[Change], config: Config, config_path: Path | None
) -> None:
    if not changes:
        terminal.say("Nothing to do: everything is there.")
        return
    messages.list_changes(changes)
    where = f" --repo {place.repo}" if place.repo else ""
    settings = f" --config {shlex.quote(str(config_path))}" if config_path else ""
    has_workflow = any(change.path.startswith(f"{WORKFLOWS}/") for change in changes)
    steps = [setup.commit_command(place, changes, Path.cwd())]
    if has_workflow and not credentials.may_push_workflows(place.top.root):
        steps.insert(0, "gh auth refresh -s workflow  # else GitHub refuses the push of a workflow")
    if config.about.login == "none":
        steps.append(f"now-listening publish{settings}  # the first run; the workflow makes the next ones")
    else:
        steps.append(f"now-listening login --save github{where}{settings}")
    terminal.say("\nNext:")
    terminal.say("\n".join(f"  {number}. {step}" for number, step in enumerate(steps, start=1)))


def _say_what_is_removed(
    changes: Sequence[Change], deleted: Sequence[str], changed: Sequence[str], left: Sequence[str]
) -> None:
    for change in changes:
        terminal.say(f"Removed the sections from {change.path}.")
    for path in deleted:
        terminal.say(f"Deleted {path}.")
    for path in changed:
        terminal.say(f"Kept {path}, because it was changed. Delete it yourself.")
    if not (changes or deleted or changed):
        terminal.say("Nothing to remove: there are no settings, workflow or sections here.")
    steps = [*left, "commit and push the changes"] if changes or deleted else left
    if steps:
        terminal.say("You still need to:")
    for step in steps:
        terminal.say(f"  - {step}")


def _list_findings(findings: Sequence[Finding]) -> None:
    """Print each finding, and what to do about it on the next line."""
    for finding in findings:
        mark, colour = _MARKS[finding.level]
        fact = _wrapped(f"{mark} {finding}")
        terminal.say(click.style(mark, fg=colour) + fact.removeprefix(mark))
        if finding.hint:
            terminal.say(_wrapped(f"  {finding.hint}"))
    bad = sum(finding.level in {"warning", "error"} for finding in findings)
    terminal.say(f"{count(bad, 'thing')} to look at." if bad else "All is well.")


def _wrapped(text: str) -> str:
    """Wrap text at 80 columns, but never inside backticks: what they enclose may be copied."""
    unbroken = re.sub("`[^`]+`", lambda code: code[0].replace(" ", _NO_BREAK), text)
    return "\n".join(map(_WRAPPER.fill, unbroken.split("\n"))).replace(_NO_BREAK, " ")
