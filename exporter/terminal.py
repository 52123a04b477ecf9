"""How commands speak: to a person at a terminal, or to GitHub Actions. Only here and in `cli` do we print."""

import os
import secrets
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exporter.config import environment
from exporter.config import token_age as expiry
from exporter.errors import AccountError, NowListeningError, SetupError
from exporter.files import Change
from exporter.github import actions
from exporter.models import Episode, NowPlayingDocument
from exporter.pipeline import Result
from exporter.render.escaping import escape_markdown
from exporter.render.templates import Templates
from exporter.setup.check import Finding

if TYPE_CHECKING:
    from exporter.publish.run import Published
    from exporter.setup.init import Found, Place


def ask_for_client(env: Mapping[str, str]) -> tuple[str, str]:
    """Take the app's id and secret from the environment, or ask for them; the secret is not shown."""
    if not (env.get("SPOTIFY_CLIENT_ID") and env.get("SPOTIFY_CLIENT_SECRET")):
        say("Your app's settings, at https://developer.spotify.com/dashboard, show both:")
    client_id = env.get("SPOTIFY_CLIENT_ID") or click.prompt("Client ID")
    client_secret = env.get("SPOTIFY_CLIENT_SECRET") or click.prompt("Client secret", hide_input=True)
    return client_id.strip(), client_secret.strip()


def ask_to_agree(url: str, redirect_uri: str) -> None:
    """Show the address to agree at, alone on its line, and what may go wrong there."""
    say(f"Open this address in a browser, and agree:\n\n{url}\n")
    say(f"If it says “Invalid redirect URI”, add {redirect_uri} to your app's settings, exactly so.")


def ask_for_first_run() -> bool:
    """Ask whether to start the job now; where there is nobody to ask, say how to."""
    if sys.stdin.isatty():
        return click.confirm("Start the first run now, and watch it?", default=True)
    say("Start the workflow once, on the Actions tab.")
    return False


def tell_of_cards(found: "Found") -> None:
    """Say which lines of a README the sections can replace."""
    for number, project in found.cards:
        say(f"{found.readme}:{number}: this is {project}'s; the sections can replace it.")


def ask_for_line(found: "Found") -> int | None:
    """Ask where in a README the sections are to stand; at its end, if there is nobody to ask."""
    if not found.text or not sys.stdin.isatty():
        return None
    for number, heading in found.headings:
        say(f"  {number:>4}  {heading}")
    last = len(found.text.splitlines())
    question = f"After which line of {found.readme} are the sections to stand (0 to {last})?"
    line: int = click.prompt(question, default=last, type=click.IntRange(0, last))
    return line


def ask_for_lanes(place: "Place") -> bool:
    """Ask on a profile whether what changes often is to go to a branch of its own."""
    if not place.is_profile:
        return False
    if not sys.stdin.isatty():
        say("To keep half-hourly commits out of this history, run it with --lanes two.")
        return False
    return click.confirm("Keep the half-hourly commits on a branch of their own?", default=True)


def tell_of_beginning(place: "Place", changes: Sequence[Change]) -> None:
    """Say what was written, and the next two steps."""
    if not changes:
        say("Nothing to do: it is all there.")
        return
    tell(changes)
    paths = " ".join(change.path for change in changes)
    say("\nNext:")
    say(f"  1. git add {paths} && git commit -m 'Show my music' && git push")
    say(f"  2. now-listening login --save github{f' --repo {place.repo}' if place.repo else ''}")


def tell_of_end(
    changes: Sequence[Change], deleted: Sequence[str], changed: Sequence[str], left: Iterable[str]
) -> None:
    """Say what was taken out, what was left because a person changed it, and what only a person can do."""
    for change in changes:
        say(f"Took the sections out of {change.path}.")
    for path in deleted:
        say(f"Deleted {path}.")
    for path in changed:
        say(f"Left {path}: it has been changed since. Delete it yourself.")
    say("Only you can take away:")
    for what in left:
        say(f"  - {what}")


_MARKS = {"fine": "✓", "warning": "!", "error": "✗"}


def list_findings(findings: Sequence[Finding]) -> None:
    """Print each finding on a line, and below it what to do."""
    for finding in findings:
        say(f"{_MARKS[finding.level]} {finding.fact}" + (f"\n  {finding.hint}" if finding.hint else ""))
    bad = sum(finding.level != "fine" for finding in findings)
    say(f"{count(bad, 'thing')} to look at." if bad else "All is well.")


def tell(changes: Sequence[Change]) -> None:
    """Say which files were written."""
    if not changes:
        say("Nothing new: no file changed.")
        return
    say("\n".join([f"Wrote {count(len(changes), 'file')}:", *(f"  {change.path}" for change in changes)]))


def tell_of_pushes(published: "Published", archive: str) -> None:
    """Say what was pushed where; in Actions, as outputs of the step too."""
    for push in published.pushes:
        say(f"Pushed {count(len(push.changes), 'file')} to {push.branch} ({push.commit[:7]}):")
        say("\n".join(f"  {change.path}" for change in push.changes))
    if not (published.pushes or published.failure):
        say("Nothing new: no commit.")
    _output("changed", str(bool(published.pushes)).lower())
    _output("new_week", str(published.added_to(archive)).lower())
    _output("commit", published.commit or "")
    _output("now_playing", _playing(published.result.report.now_playing))


def _playing(document: NowPlayingDocument | None) -> str:
    """Name what plays, for a step to show; nothing when nothing does."""
    if document is None or document.item is None or not document.is_playing:
        return ""
    item = document.item
    by = [item.show] if isinstance(item, Episode) else item.artists
    names = ", ".join(each.name for each in by if each.name)
    return " by ".join(text for text in (item.name, names) if text)


def count(number: int, thing: str) -> str:
    """Count things in words: `1 file`, `2 files`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def warn(result: Result) -> None:
    """Tell all that is amiss with a run that went through."""
    for warning in result.warnings:
        report("warning", warning)
    for error in result.damaged:
        complain("warning", error)
    for shortfall in result.shortfalls:
        level: actions.Level = "error" if isinstance(shortfall.error, AccountError) else "warning"
        names = ", ".join(shortfall.names)
        complain(level, shortfall.error, f"{names} could not be refreshed. ")


def tell_of_token(env: Mapping[str, str], now: datetime) -> str:
    """Say how long the refresh token lasts; return that too, for the summary."""
    try:
        authorized_on = environment.authorized_on(env)
    except SetupError as error:
        complain("warning", error)
        return error.message
    days = expiry.days_left(authorized_on, now.date()) if authorized_on else None
    sentence = expiry.sentence(days)
    match expiry.urgency(days):
        case None:
            say(sentence)
        case "notice":
            report("notice", f"{sentence}\n  Tell the day in SPOTIFY_AUTHORIZED_ON, as 2026-11-23.")
        case level:
            report(level, f"{sentence}\n  Run `now-listening login` and store the new token.")
    if days is not None:
        _output("token_days_left", str(days))
    return sentence


def complain(level: actions.Level, error: NowListeningError, what: str = "") -> None:
    """Tell of an error as far as a person can act on it; `what` comes first.

    In Actions, where a person must act at Spotify, a later step can read why: `attention` does.
    """
    report(level, f"{what}{error.message}\n  {error.hint}", error.place)
    if isinstance(error, AccountError):
        _output("cause", error.cause)
        _output("problem", f"{error.message} {error.hint}")


def report(level: actions.Level, text: str, place: str | None = None) -> None:
    """Tell of something on the error stream, or as an annotation."""
    if in_actions():
        click.echo(actions.annotation(level, text, place), err=True)
    else:
        click.echo(f"{level}: {place}: {text}" if place else f"{level}: {text}", err=True)


def say(text: str) -> None:
    """Print what a command was asked for, so that no title in it can act."""
    click.echo(actions.defused(text, secrets.token_hex(16)) if in_actions() else text)


def in_actions() -> bool:
    """Whether GitHub Actions runs us."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def summarize(templates: Templates, result: Result, changes: Sequence[Change], remaining: str) -> None:
    """Add to the step summary, where GitHub Actions wants one."""
    if os.environ.get("GITHUB_STEP_SUMMARY"):
        context = result.report.context(
            changed=[change.path for change in changes],
            shortfalls=result.shortfalls,
            warnings=[*(f"{error} {error.hint}" for error in result.damaged), *result.warnings],
            remaining=remaining,
        )
        _append("GITHUB_STEP_SUMMARY", templates.render("_summary.md", context))


def summarize_failure(error: NowListeningError) -> None:
    """Add to the step summary why nothing was done."""
    told = escape_markdown(f"{error} {error.hint}")
    _append("GITHUB_STEP_SUMMARY", f"### Now Listening\n\n- {told}\n")


def _output(name: str, value: str) -> None:
    """Set an output of the step; values are of one line: models and errors hold no others."""
    _append("GITHUB_OUTPUT", f"{name}={value}\n")


def _append(variable: str, text: str) -> None:
    """Add to a file that GitHub Actions names in a variable, if it does."""
    path = os.environ.get(variable)
    if path:
        try:
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            report("warning", f"{variable} can't be written: {error.strerror}.")
