"""`check`: what is wrong, before the job finds out; it looks, and changes nothing."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

import yaml
from msgspec import Struct

from exporter import REPOSITORY, pipeline
from exporter.archive import history
from exporter.config import environment
from exporter.config import token_age as expiry
from exporter.config.environment import SECRETS
from exporter.config.schema import Config
from exporter.errors import AccountError, NowListeningError, SetupError
from exporter.files import Folder
from exporter.models import Failed, Listening, Plan
from exporter.publish import git
from exporter.render import plan as layout
from exporter.render.templates import Templates

WORKFLOWS = ".github/workflows"

Level = Literal["fine", "warning", "error"]


class Finding(Struct, frozen=True):
    """A fact, how bad it is, what to do about it, and the exit code that it asks for."""

    level: Level
    fact: str
    hint: str = ""
    code: int = 0


def examine(
    folder: Folder,
    settings: Config,
    templates: Templates,
    env: Mapping[str, str],
    *,
    fetch: Callable[[Plan], Listening] | None,
    now: datetime,
) -> Iterator[Finding]:
    """Look at everything, the nearest first; without `fetch`, Spotify is left out."""
    yield from _rendering(folder, settings, templates)
    for error in pipeline.damaged_documents(settings, folder):
        yield Finding("warning", str(error), error.hint)
    yield from _archive(folder, settings)
    yield from _repository(folder.root)
    told = list(_credentials(env, settings, fetch))
    yield from told
    is_refused = any(finding.level == "error" for finding in told)
    yield from (finding for finding in _days_left(env, now) if finding.level != "fine" or not is_refused)


def trouble(error: NowListeningError) -> Finding:
    """Make a finding of an error."""
    return Finding("error", str(error), error.hint, error.exit_code)


def exit_code(findings: list[Finding]) -> int:
    """The code of what is to be mended first: here, then at Spotify, then by waiting."""
    return min((finding.code for finding in findings if finding.code), default=0)


def _rendering(folder: Folder, settings: Config, templates: Templates) -> Iterator[Finding]:
    try:
        prepared = layout.prepare(settings, templates, folder)
    except SetupError as error:
        yield trouble(error)
        return
    yield Finding("fine", f"{len(prepared.outputs)} templates compile")
    for page in prepared.pages:
        if page.asked:
            names = ", ".join(asked.section.name for asked in page.asked)
            yield Finding("fine", f"{page.file} has sections: {names}")
        else:
            yield Finding(
                "warning",
                f"{page.file} has no markers, so nothing is shown in it",
                "Put `<!-- listening:now_playing -->` and `<!-- /listening:now_playing -->` there; "
                "`now-listening init` does.",
            )
    for warning in prepared.warnings:
        yield Finding("warning", warning)


def _archive(folder: Folder, settings: Config) -> Iterator[Finding]:
    weeks, damaged = history.audit(settings, folder)
    if weeks:
        yield Finding("fine", f"{weeks} {'week is' if weeks == 1 else 'weeks are'} in the archive")
    for error in damaged:
        yield Finding("warning", str(error), error.hint)


def _repository(root: Path) -> Iterator[Finding]:
    top = git.ask(root, "rev-parse", "--show-toplevel")
    if top is None:
        yield Finding(
            "warning",
            "this folder is in no git repository",
            "Run it in the repository that shows your music.",
        )
        return
    yield Finding("fine", "in a git repository")
    if git.ask(root, "ls-files", "--", ".env"):
        yield Finding(
            "error",
            ".env is in git, and the secrets in it with it",
            "Run `git rm --cached .env`, commit, and make new secrets: what was pushed is known.",
            2,
        )
    elif (root / ".env").exists() and git.ask(root, "check-ignore", ".env") is None:
        yield Finding("warning", ".env is one `git add .` away from being published", "Add it to .gitignore.")
    yield from _workflows(Path(top.strip()))


def _workflows(top: Path) -> Iterator[Finding]:
    found = [
        path
        for path in sorted((top / WORKFLOWS).glob("*.y*ml"))
        if "now-listening" in path.read_text("utf-8", errors="replace")
    ]
    if not found:
        yield Finding(
            "warning",
            f"no workflow in {WORKFLOWS} runs now-listening",
            "`now-listening init` writes one.",
        )
    for path in found:
        yield from _workflow(f"{WORKFLOWS}/{path.name}", path.read_text("utf-8", errors="replace"))


def _workflow(name: str, text: str) -> Iterator[Finding]:
    try:
        workflow = yaml.safe_load(text)
    except yaml.YAMLError:
        yield Finding("warning", f"{name} is no valid YAML", "GitHub does not run it: mend it first.")
        return
    missing = [secret for secret in SECRETS if f"secrets.{secret}" not in text]
    if missing:
        yield Finding(
            "warning", f"{name} does not pass {' and '.join(missing)}", "Pass them as `env` from `secrets`."
        )
    lacking = [right for right in _rights(text) if not _may_write(workflow, right)]
    if lacking:
        rights = ", ".join(f"{right}: write" for right in lacking)
        yield Finding(
            "warning",
            f"{name} has no right to write {' and '.join(lacking)}",
            f"Give its job `permissions: {{{rights}}}`.",
        )
    if not (missing or lacking):
        yield Finding("fine", f"{name} has its secrets and its permissions")


def _rights(text: str) -> list[str]:
    """What a job needs to write: the action asks a person in an issue."""
    return ["contents", "issues"] if f"{REPOSITORY}@" in text else ["contents"]


def _may_write(workflow: object, right: str) -> bool:
    """Whether a job may write that; what a job does not say, the workflow says for it."""
    if not isinstance(workflow, dict):
        return False
    jobs = workflow.get("jobs")
    permitted = [workflow.get("permissions")]
    if isinstance(jobs, dict):
        permitted += [job.get("permissions") for job in jobs.values() if isinstance(job, dict)]
    return any(
        each == "write-all" or (isinstance(each, dict) and each.get(right) == "write") for each in permitted
    )


def _credentials(
    env: Mapping[str, str], settings: Config, fetch: Callable[[Plan], Listening] | None
) -> Iterator[Finding]:
    try:
        environment.credentials(env)
        if fetch is None:
            yield Finding("fine", "the three secrets are here; Spotify was not asked")
            return
        listening = fetch(settings.plan)
    except NowListeningError as error:
        is_missing = fetch is None and isinstance(error, SetupError)
        yield Finding("warning", str(error), error.hint) if is_missing else trouble(error)
        return
    yield Finding("fine", "Spotify accepts the secrets")
    came = [name for name, answer in listening.answers.items() if not isinstance(answer, Failed)]
    if came:
        yield Finding("fine", f"Spotify tells {', '.join(came)}")
    for shortfall in pipeline.shortfalls(listening):
        level: Level = "error" if isinstance(shortfall.error, AccountError) else "warning"
        fact = f"{', '.join(shortfall.names)}: {shortfall.error.message}"
        yield Finding(level, fact, shortfall.error.hint, shortfall.error.exit_code)


def _days_left(env: Mapping[str, str], now: datetime) -> Iterator[Finding]:
    try:
        authorized_on = environment.authorized_on(env)
    except SetupError as error:
        yield trouble(error)
        return
    if authorized_on is None:
        if env.get("SPOTIFY_REFRESH_TOKEN"):
            yield Finding(
                "warning", expiry.sentence(None), "Tell the day in SPOTIFY_AUTHORIZED_ON, as 2026-11-23."
            )
        return
    days = expiry.days_left(authorized_on, now.date())
    is_near = expiry.urgency(days) is not None
    hint = "Run `now-listening login` and store the new token." if is_near else ""
    yield Finding("warning" if is_near else "fine", expiry.sentence(days), hint)
