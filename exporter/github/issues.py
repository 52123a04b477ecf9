"""Open one issue in the user's repository for each reason to act, instead of failing every run."""

import re
from collections.abc import Mapping

from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.json import Decoder, encode

from exporter import REPOSITORY
from exporter.errors import CAUSES, NEXT_RUN, Cause, Level
from exporter.github.gh import GhError, gh
from exporter.render.escaping import escape_markdown
from exporter.sources.spotify import token_age

NOTICE = 14
"""Days before the refresh token ends: from here on, a person is asked to renew it."""

LABEL = "now-listening"

AUTHOR = "github-actions[bot]"

_MARK = "<!-- now-listening: opened by the action, cause {cause} -->"
_MARKED = re.compile(_MARK.format(cause=r"(\w+)"))

_REFUSED = re.compile(r"\(HTTP 4(?:01|03|04|10)\)|not installed")
_LIMITED = re.compile("rate limit", re.IGNORECASE)
"""GitHub answers 403 to too many requests too."""

_LOG_IN = """\
1. On your own computer, run

   ```sh
   uvx --from git+https://github.com/{project} now-listening login --save github --repo {repository}
   ```

   and agree in the browser. [Other ways, and what it needs](https://github.com/{project}/blob/main/docs/setup.md#renewing).
"""

_DO_THAT = """\
1. Do that. [More about it](https://github.com/{project}/blob/main/docs/setup.md#the-first-run).
"""

_MEND = """\
1. Mend the template. [What templates can use](https://github.com/{project}/blob/main/docs/templates.md).
"""

_BODY = """\
{mark}

{problem}

{first}
2. Start the job once, on [the Actions tab]({server}/{repository}/actions), or wait for its next run.

Until then, {stays} as before. Runs stay green, with a warning, and the first one that works again \
closes this issue. [The run that found it]({server}/{repository}/actions/runs/{run}).
"""


class Outcome(Struct, frozen=True, kw_only=True):
    """How a job ended: its exit code, why a person must act, and how many days the token lasts."""

    code: int
    cause: Cause | None
    problem: str
    days: int | None

    @property
    def asks_to_act(self) -> bool:
        """Whether the job needs a person, but went as far as it could."""
        return self.code == 3 or (self.code == 2 and self.cause == "template")


class Settled(Struct, frozen=True):
    """The job's exit code, and what to report, if anything."""

    code: int
    level: Level = "warning"
    message: str = ""


def outcome_of(env: Mapping[str, str]) -> Outcome:
    """Read the outcome of the step before from the environment."""
    cause = env.get("CAUSE", "")
    return Outcome(
        code=int(env["EXIT_CODE"]),
        cause=cause if cause in CAUSES else None,
        problem=env.get("PROBLEM", ""),
        days=int(env["TOKEN_DAYS_LEFT"]) if env.get("TOKEN_DAYS_LEFT") else None,
    )


def causes_of(outcome: Outcome) -> tuple[Cause, ...]:
    """Return why a person must act now: what the job ended with, and a token that ends soon."""
    ended_with = outcome.cause if outcome.asks_to_act else None
    ends_soon = outcome.days is not None and outcome.days <= NOTICE and outcome.code != 3
    causes: tuple[Cause | None, ...] = (ended_with, "token" if ends_soon else None)
    return tuple(cause for cause in causes if cause)


def settle(outcome: Outcome, env: Mapping[str, str]) -> Settled:
    """Open an issue for what a person must do, unless it is open already; close the resolved ones.

    The job succeeds while the issue is open, and fails if GitHub refuses to open it. If `gh` fails for
    another reason, which may pass, the job ends as it was. Issues that somebody else opened do not count, and
    stay as they are, whatever their label and title.
    """
    causes = causes_of(outcome)
    repository = env["GITHUB_REPOSITORY"]
    try:
        opened = _opened_by_us(repository)
        if outcome.code == 0:
            for number, reason in opened.items():
                if reason not in causes:
                    _close(repository, number)
        for cause in causes:
            if cause not in opened.values():
                _open(repository, CAUSES[cause], _body(cause, outcome, env))
    except GhError as error:
        return _unsettled(outcome, error.said, needs_issue=bool(causes))
    if not causes:
        return Settled(outcome.code)
    code = 0 if outcome.asks_to_act else outcome.code
    return Settled(code, "warning", f"{CAUSES[causes[0]]}: an issue in this repository has the steps.")


def _unsettled(outcome: Outcome, said: str, *, needs_issue: bool) -> Settled:
    """Decide what to report when `gh` failed: only a refusal that will be repeated can fail the job."""
    if not _REFUSED.search(said) or _LIMITED.search(said):
        told = f"This repository's issues could not be read or changed: {said}.\n  {NEXT_RUN}"
        return Settled(outcome.code, "warning", told)
    if not needs_issue:
        return Settled(outcome.code)
    return Settled(
        outcome.code or 3,
        "error",
        f"The issue that asks you to act could not be opened: {said}.\n"
        "  Switch issues on in the repository's settings, and give the job "
        "`permissions: {contents: write, issues: write}`.",
    )


def _body(cause: Cause, outcome: Outcome, env: Mapping[str, str]) -> str:
    """Describe the problem and the steps; text from the source is escaped."""
    repository = env["GITHUB_REPOSITORY"]
    first = _LOG_IN if cause in {"token", "scope"} else _MEND if cause == "template" else _DO_THAT
    is_reported = outcome.asks_to_act and cause == outcome.cause
    return _BODY.format(
        mark=_MARK.format(cause=cause),
        problem=escape_markdown(outcome.problem if is_reported else token_age.sentence(outcome.days)),
        first=first.format(project=REPOSITORY, repository=repository),
        stays="what it renders stays" if cause == "template" else "your files stay",
        server=env["GITHUB_SERVER_URL"],
        repository=repository,
        run=env["GITHUB_RUN_ID"],
    )


class _Author(Struct):
    login: str


class _Issue(Struct):
    """An issue as GitHub describes it: https://docs.github.com/en/rest/issues/issues#list-repository-issues."""

    number: int
    user: _Author | None
    body: str | None
    pull_request: Raw | UnsetType = UNSET


def _opened_by_us(repository: str) -> dict[int, str]:
    """List the numbers of the open issues that this action opened, with their causes.

    `gh issue list --label` would ask the search index, which is minutes late.
    """
    path = f"repos/{repository}/issues?labels={LABEL}&state=open&per_page=100"
    listed = gh("api", "--paginate", "--jq", ".[]", path)
    causes = {issue.number: _cause_of(issue) for issue in Decoder(_Issue).decode_lines(listed)}
    return {number: cause for number, cause in causes.items() if cause}


def _cause_of(issue: _Issue) -> str | None:
    """Return the cause that our mark names; None if the action did not open the issue."""
    if issue.user is None or issue.user.login != AUTHOR or issue.pull_request is not UNSET:
        return None
    marked = _MARKED.search(issue.body or "")
    return marked[1] if marked else None


def _open(repository: str, title: str, text: str) -> None:
    about = "Now Listening needs you to act"
    try:
        _send("POST", f"repos/{repository}/labels", name=LABEL, description=about, color="bf8700")
    except GhError as error:
        if "(HTTP 422)" not in error.said:  # the label is there already
            raise
    _send("POST", f"repos/{repository}/issues", title=title, body=text, labels=[LABEL])


def _close(repository: str, number: int) -> None:
    """Close an issue, and only then say why: if one of both fails, nothing is said twice."""
    issue = f"repos/{repository}/issues/{number}"
    _send("PATCH", issue, state="closed", state_reason="completed")
    _send("POST", f"{issue}/comments", body="It works again.")


def _send(method: str, path: str, **fields: object) -> None:
    """Change something by GitHub's REST API.

    `gh issue` would use GraphQL, where some calls need more permissions than `issues: write`:
    https://github.com/cli/cli/issues/4785.
    """
    gh("api", "--silent", "--method", method, "--input", "-", path, data=encode(fields).decode())
