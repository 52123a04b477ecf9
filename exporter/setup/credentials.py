"""Where the three secrets go after a login: GitHub's secrets, a `.env`, or a person's clipboard."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dotenv import set_key
from tenacity import RetryError, Retrying, retry_if_result, stop_after_attempt, wait_fixed

from exporter.errors import SetupError
from exporter.github.gh import GhError, gh, watch
from exporter.publish import git

WORKFLOW = "listening.yml"
"""The file that `init` writes."""


def check_gh() -> None:
    """See, before anybody authorizes, that the `gh` program is here and logged in.

    Raises:
        SetupError: it is not.
    """
    if shutil.which("gh") is None:
        raise SetupError(
            "The `gh` program is not installed.",
            hint="Get it from cli.github.com, or leave out --save: then you are told what to paste where.",
        )
    try:
        gh("auth", "status")
    except GhError as error:
        raise SetupError("GitHub's `gh` is not logged in.", hint="Run `gh auth login` first.") from error


def check_env(root: Path) -> None:
    """See, before anybody authorizes, that git does not follow the `.env`.

    Raises:
        SetupError: it does, so that secrets would be published with the next commit.
    """
    if git.ask(root, "ls-files", "--", ".env"):
        raise SetupError(
            "This is in git: what is stored in it would be published.",
            hint="Run `git rm --cached .env`, and commit that, first.",
            place=".env",
        )


def to_github(secrets: Mapping[str, str], repo: str | None) -> None:
    """Store each secret in a repository: `repo`, or that of the folder; values go by standard input alone.

    Raises:
        SetupError: `gh` could not store one.
    """
    where = ["--repo", repo] if repo else []
    for name, value in secrets.items():
        try:
            gh("secret", "set", name, *where, data=value)
        except GhError as error:
            raise SetupError(
                f"GitHub did not take {name}.",
                hint="Name the repository with --repo OWNER/NAME. It takes a right to change its settings.",
            ) from error


def first_run(repo: str | None, sleep: Callable[[float], None]) -> bool:
    """Start the workflow, and show how it goes; return whether it went well.

    Raises:
        SetupError: it can't be started: it has not been pushed yet, say.
    """
    where = ["--repo", repo] if repo else []
    appearing = Retrying(
        retry=retry_if_result(lambda found: not found),
        wait=wait_fixed(1),
        stop=stop_after_attempt(30),
        sleep=sleep,
    )
    try:
        before = _runs(where)
        gh("workflow", "run", WORKFLOW, *where)
        started = appearing(lambda: _runs(where) - before)
        return watch("run", "watch", str(max(started)), "--exit-status", *where)
    except (GhError, RetryError) as error:
        raise SetupError(
            "The secrets are stored, but the first run did not start.",
            hint="Push the workflow, and start it on the Actions tab.",
        ) from error


def _runs(where: Sequence[str]) -> set[int]:
    listed = gh("run", "list", "--workflow", WORKFLOW, "--json", "databaseId", *where)
    return {run["databaseId"] for run in json.loads(listed)}


def to_env(secrets: Mapping[str, str], root: Path) -> None:
    """Write a `.env` that only its owner reads, other variables in it kept, and keep it out of git.

    Raises:
        SetupError: it can't be written.
    """
    path, ignored = root / ".env", root / ".gitignore"
    try:
        path.touch()
        path.chmod(0o600)
        for name, value in secrets.items():
            set_key(path, name, value)
        lines = ignored.read_text("utf-8") if ignored.exists() else ""
        if ".env" not in lines.splitlines():
            newline = "" if lines.endswith("\n") or not lines else "\n"
            ignored.write_text(f"{lines}{newline}.env\n", "utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(
            "This can't be written.", hint="Check its permissions, and that .gitignore is text.", place=".env"
        ) from error


def instructions(secrets: Mapping[str, str], repo: str | None) -> str:
    """Tell what to paste where."""
    page = f"https://github.com/{repo or 'OWNER/NAME'}/settings/secrets/actions/new"
    return "\n".join(
        [
            f"Make these three secrets at {page}",
            *(f"  {name}\n    {value}" for name, value in secrets.items()),
            "Then start the workflow once, on the Actions tab.",
        ]
    )
