"""`check`: find problems before the job does, and change nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from exporter import privacy
from exporter.archive import history, memory
from exporter.config import environment, load
from exporter.config.schema import Config
from exporter.config.theme import hard_to_see
from exporter.errors import Level, NowListeningError, SetupError
from exporter.files import Folder
from exporter.models import Failed, Listening, Plan
from exporter.pipeline import Run
from exporter.publish import git
from exporter.render import pages, plan
from exporter.render.plan import RenderPlan
from exporter.setup import publishing, unused, workflows
from exporter.setup.finding import Finding, doubt, trouble
from exporter.setup.scaffold import WORKFLOWS
from exporter.setup.workflows import Workflow
from exporter.sources.about import About
from exporter.sources.spotify import token_age
from exporter.wording import count, did_you_mean

Fetching = Callable[[Mapping[str, str]], Callable[[Plan], Listening]]
"""Makes a function that fetches, with the secrets and addresses in the environment."""


MOST_LEFT_OVER = 10
"""How many files that nothing writes are named."""


def examine(run: Run, settings: Path, fetching: Fetching | None) -> Iterator[Finding]:
    """Check everything, local files first; without `fetching`, skip the source and the remote.

    `settings` is the settings' file, whose folder `run.store` reads.
    """
    root = settings.parent
    remembered = memory.recall(run.config, run.store)
    weeks, damaged_weeks = history.read_all(run.config, run.store)
    for index, fact, hint in privacy.doubts(run.config.privacy, remembered.documents, weeks):
        place = load.place_of(settings, f"privacy.exclude[{index}]")
        yield Finding("warning", fact, hint, place=place)
    for key, fact in hard_to_see(run.config.theme):
        place = load.place_of(settings, f"theme.{key}")
        hint = "Choose a darker or a lighter colour."
        yield Finding("warning", f"`theme.{key}` {fact}", hint, place=place)
    yield from _rendering(run, root)
    if weeks:
        yield Finding(None, f"the archive holds {count(len(weeks), 'week')}")
    for error in (*remembered.damaged, *damaged_weeks, *history.unused(run.config, run.store, run.now)):
        yield doubt(error, "warning")
    yield from _repository(root, run.config, run.config.about, is_offline=fetching is None)
    yield from _access(root, run.now, run.config, fetching)


def examine_despite_wrong_settings(
    run: Run | None, root: Path, now: datetime, source: About | None
) -> Iterator[Finding]:
    """Check what does not depend on what is wrong: templates and markers, the repository and the secrets.

    `run` has the settings without what is wrong in them, and is None if they can't be read at all. Without a
    known `source`, no secrets are expected.
    """
    try:
        if run:
            plan.prepare(run.config, run.templates, run.store)
    except SetupError as error:
        yield from trouble(error)
    yield from _repository(root, None, source, is_offline=True)
    if run and source:
        yield from _access(root, now, run.config, None)


def exit_code(findings: list[Finding]) -> int:
    """Return the code of what to fix first: problems here, then those at the source, then temporary ones."""
    return min((finding.code for finding in findings if finding.code), default=0)


def _rendering(run: Run, root: Path) -> Iterator[Finding]:
    try:
        planned = plan.prepare(run.config, run.templates, run.store, run.live)
    except SetupError as error:
        yield from trouble(error)
        return
    yield Finding(None, f"{len({output.template for output in planned.outputs})} templates compile")
    for page in planned.pages:
        if page.asked:
            names = ", ".join(asked.section.name for asked in page.asked)
            yield Finding(None, f"{page.file} has sections: {names}")
        else:
            fact = f"{page.file} has no markers, so nothing is shown in it"
            pair = "`<!-- listening:now_playing -->` and `<!-- /listening:now_playing -->`"
            yield Finding("warning", fact, f"Put {pair} there; `now-listening init` does that.")
    for warning in (*planned.warnings, *pages.unseen_cards(planned.pages, run.config, run.live)):
        yield Finding("warning", warning)
    yield from _without_effect(run, root, planned)
    yield from _left_over(run, root, planned)


def _without_effect(run: Run, root: Path, planned: RenderPlan) -> Iterator[Finding]:
    folder = run.config.templates
    if folder != Config().templates and not (root / folder).is_dir():
        yield Finding(
            "warning", f"there is no folder {folder} for templates", "Create it, or correct `templates`."
        )
    for pattern in unused.patterns(run, planned):
        outputs = [*planned.skipped, *(output.name for output in planned.outputs)]
        hint = did_you_mean(pattern, outputs) or "Correct it, or remove it from `skip`."
        yield Finding("warning", f"`skip: {pattern}` matches no output", hint)
    for path in unused.not_templates(run, root):
        hint = f"If it is a template, rename it to {path.name}.j2."
        yield Finding("notice", f"{path.as_posix()} renders to nothing, because it is no .j2 file", hint)


def _left_over(run: Run, root: Path, planned: RenderPlan) -> Iterator[Finding]:
    names = [path.as_posix() for path in unused.left_over(run, root, planned)]
    if names:
        others = len(names[MOST_LEFT_OVER:])
        more = f" and {count(others, 'more file')}" if others else ""
        fact = f"nothing writes {', '.join(names[:MOST_LEFT_OVER])}{more}"
        yield Finding("notice", fact, "Delete what an old template or setting left.")


def _repository(
    root: Path, config: Config | None, source: About | None, *, is_offline: bool
) -> Iterator[Finding]:
    """Check the repository; without `config`, not where it would be published to."""
    top = git.ask(root, "rev-parse", "--show-toplevel")
    ours: Sequence[Workflow] = ()
    try:
        ours = workflows.find(Folder(Path(top.removesuffix("\n")))) if top else ()
    except SetupError as error:
        yield from trouble(error)
    if config:
        paths = [workflow.path for workflow in ours]
        yield from publishing.destination(config, root, paths, is_offline=is_offline)
    if top is None:
        return
    if git.ask(root, "ls-files", "--", ".env"):
        yield Finding(
            "error",
            ".env is in git, with the secrets in it",
            "Run `git rm --cached .env`, commit, and make new secrets: pushed ones are exposed.",
            2,
        )
    elif (root / ".env").exists() and git.ask(root, "check-ignore", ".env") is None:
        yield Finding("warning", ".env is one `git add .` away from being published", "Add it to .gitignore.")
    if not ours:
        fact = f"no workflow in {WORKFLOWS} runs now-listening"
        yield Finding("warning", fact, "`now-listening init` writes one.")
    for workflow in ours:
        yield from _workflow(workflow, source.secrets if source else ())


def _workflow(workflow: Workflow, secrets: Sequence[str]) -> Iterator[Finding]:
    name, text = workflow.path, workflow.text
    if not workflow.is_valid:
        yield Finding("warning", f"{name} is not valid YAML", "GitHub can't run it: fix it first.")
        return
    missing = [secret for secret in secrets if f"secrets.{secret}" not in text]
    if missing:
        yield Finding(
            "warning", f"{name} does not pass {' and '.join(missing)}", "Pass them as `env` from `secrets`."
        )
    needed = ["contents", "issues"] if workflow.uses_action else ["contents"]  # the action opens issues
    lacking = [right for right in needed if not workflow.may_write(right)]
    if lacking:
        rights = ", ".join(f"{right}: write" for right in lacking)
        yield Finding(
            "warning",
            f"{name} has no permission to write {' and '.join(lacking)}",
            f"Give its job `permissions: {{{rights}}}`.",
        )
    if not (missing or lacking):
        passed = f"names {_spoken(secrets)}, and " if secrets else ""
        yield Finding(None, f"{name} {passed}has its permissions")


def _spoken(secrets: Sequence[str]) -> str:
    return "the three secrets" if len(secrets) == 3 else " and ".join(secrets)


def _access(root: Path, now: datetime, config: Config, fetching: Fetching | None) -> Iterator[Finding]:
    """Check whether the secrets open the source, and for how long."""
    try:
        env = environment.read(root)
    except SetupError as error:
        yield from trouble(error)
        return
    findings = list(_credentials(env, config, fetching and fetching(env)))
    yield from findings
    if config.about.login != "browser":
        return
    is_refused = any(finding.level == "error" for finding in findings)
    yield from (finding for finding in _days_left(env, now) if finding.level or not is_refused)


def _credentials(
    env: Mapping[str, str], config: Config, fetch: Callable[[Plan], Listening] | None
) -> Iterator[Finding]:
    about = config.about
    try:
        environment.secrets(env, about.secrets)
        if fetch is None:
            yield Finding(None, f"{_set(about)}; {about.name if about.secrets else 'it'} was not asked")
            return
        listening = fetch(config.plan)
    except NowListeningError as error:
        is_missing = fetch is None and isinstance(error, SetupError)
        yield from [doubt(error, "notice")] if is_missing else trouble(error)
        return
    came = [str(query) for query, answer in listening.answers.items() if not isinstance(answer, Failed)]
    if about.login == "browser" or (came and about.secrets):
        what = "the secrets" if len(about.secrets) > 1 else about.secrets[0]
        yield Finding(None, f"{about.name} accepts {what}")
    if came:
        yield Finding(None, f"{about.name} answers for {', '.join(came)}")
    for shortfall in listening.shortfalls:
        why, names = shortfall.error, ", ".join(shortfall.names)
        yield Finding(shortfall.level, f"{names}: {why.message}", why.hint, why.exit_code)


def _set(about: About) -> str:
    if not about.secrets:
        return f"{about.name} needs no secrets"
    return f"{_spoken(about.secrets)} {'are' if len(about.secrets) > 1 else 'is'} set"


def _days_left(env: Mapping[str, str], now: datetime) -> Iterator[Finding]:
    try:
        authorized_on = environment.authorized_on(env)
    except SetupError as error:
        yield from trouble(error)
        return
    days = token_age.days_left(authorized_on, now.date()) if authorized_on else None
    if authorized_on or env.get("SPOTIFY_REFRESH_TOKEN"):
        level: Level | None = "warning" if token_age.urgency(days) else None
        yield Finding(level, token_age.sentence(days), token_age.advice(days))
