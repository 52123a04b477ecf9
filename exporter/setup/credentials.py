"""Store the secrets after a login: on GitHub or in a `.env`; or say how to do it by hand."""

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Literal

from dotenv import set_key
from tenacity import RetryError, Retrying, retry_if_result, stop_after_attempt, wait_fixed

from exporter.errors import SetupError
from exporter.github.gh import GhError, gh, watch
from exporter.publish import git
from exporter.setup.scaffold import WORKFLOW
from exporter.sources.spotify.about import REFRESH_TOKEN

Place = Literal["github", "env"]

_NAME_IT = "Name the repository with --repo OWNER/NAME; you need the right to change its settings."

_SCOPES = re.compile(r"Token scopes: (.*)")
"""How `gh auth status` lists what a token may do; it does not for tokens without scopes."""


def check(place: Place | None, repo: str | None, root: Path) -> None:
    """Check that secrets can be stored in a place, before the user authorizes.

    Raises:
        SetupError: they can't: `gh` is missing, not logged in or not permitted, or git tracks the `.env`.
    """
    if place == "github":
        _check_gh()
        _check_permission(repo, root)
    if place == "env" and git.ask(root, "ls-files", "--", ".env"):
        raise SetupError(
            "This is in git: what is stored in it would be published.",
            hint="Run `git rm --cached .env`, and commit that, first.",
            place=".env",
        )


def _check_gh() -> None:
    if shutil.which("gh") is None:
        raise SetupError(
            "The `gh` program is not installed.",
            hint="Get it from cli.github.com. Or leave out --save, and paste the secrets yourself.",
        )
    try:
        gh("auth", "status")
    except GhError as error:
        raise SetupError("GitHub's `gh` is not logged in.", hint="Run `gh auth login` first.") from error


def _check_permission(repo: str | None, root: Path) -> None:
    """Ask for the key that secrets are encrypted with: only who may store secrets gets it.

    Source: https://docs.github.com/en/rest/actions/secrets#get-a-repository-public-key
    """
    path = f"repos/{repo or '{owner}/{repo}'}/actions/secrets/public-key"
    try:
        gh("api", "--silent", path, cwd=root, env=_environment())
    except GhError as error:
        first = _NAME_IT
        if os.environ.get("CODESPACES") == "true":
            first = (
                "A codespace's own token may not. Run `unset GITHUB_TOKEN GH_TOKEN` and `gh auth login`, and "
                "name the repository with --repo OWNER/NAME."
            )
        raise SetupError(
            "`gh` may not store secrets there.",
            hint=f"{first} Or leave out --save, and paste the secrets yourself.",
        ) from error


def may_push_workflows(root: Path) -> bool:
    """Whether git may push a workflow to GitHub, as far as can be told without trying.

    Over HTTPS, git often takes the token of `gh`, which then needs the scope `workflow`.
    """
    address = git.ask(root, "remote", "get-url", "--push", "origin") or ""
    helper = git.ask(root, "config", "--get-urlmatch", "credential.helper", "https://github.com") or ""
    if not (address.startswith("https://") and "gh auth git-credential" in helper):
        return True
    try:
        scopes = _SCOPES.findall(gh("auth", "status", "--hostname", "github.com", env=_environment()))
    except GhError:
        return True
    return not scopes or any("workflow" in line for line in scopes)


def store(place: Place | None, secrets: Mapping[str, str], repo: str | None, root: Path) -> str:
    """Store the secrets, if there is a place, and return a message for the user.

    Raises:
        SetupError: they could not be stored.
    """
    match place:
        case "github":
            _to_github(secrets, repo, root)
            return "Stored as the repository's secrets."
        case "env":
            is_new = _to_env(secrets, root)
            commit = " (a new line in .gitignore says so: commit it)" if is_new else ""
            return f"Stored in .env, which git ignores{commit}. Try `now-listening export --dry-run`."
        case None:
            return instructions(secrets, repo)


def instructions(secrets: Mapping[str, str], repo: str | None) -> str:
    """Say where to paste which secrets; only one that is new, a refresh token, is shown."""
    page = f"https://github.com/{repo or 'OWNER/NAME'}/settings/secrets/actions/new"
    then = "Then start the workflow once, on the Actions tab."
    if REFRESH_TOKEN not in secrets:
        return f"Create the secret {' and '.join(secrets)}, with what you gave, at {page}\n{then}"
    given = " and ".join(name for name in secrets if name != REFRESH_TOKEN)
    return "\n".join(
        [
            f"Create these three secrets at {page}",
            f"  {given}",
            "    as you gave them: the app's settings show both",
            f"  {REFRESH_TOKEN}\n    {secrets[REFRESH_TOKEN]}",
            then,
        ]
    )


def _to_github(secrets: Mapping[str, str], repo: str | None, root: Path) -> None:
    """Store each secret in `repo`, or the folder's repository; values are only passed by standard input."""
    for name, value in secrets.items():
        try:
            gh("secret", "set", name, *_in(repo), data=value, cwd=root, env=_environment())
        except GhError as error:
            raise SetupError(
                f"GitHub did not accept {name}.",
                hint=_NAME_IT,
            ) from error


def _to_env(secrets: Mapping[str, str], root: Path) -> bool:
    """Write a `.env` that only its owner can read, keep its other variables, and make git ignore it.

    Return whether .gitignore has a new line for that.
    """
    path, ignored = root / ".env", root / ".gitignore"
    try:
        path.touch()
        path.chmod(0o600)
        for name, value in secrets.items():
            set_key(path, name, value)
        lines = ignored.read_text("utf-8") if ignored.exists() else ""
        is_new = ".env" not in lines.splitlines()
        if is_new:
            newline = "" if lines.endswith("\n") or not lines else "\n"
            ignored.write_text(f"{lines}{newline}.env\n", "utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(
            "This can't be written.", hint="Check its permissions, and that .gitignore is text.", place=".env"
        ) from error
    return is_new


def first_run(repo: str | None, root: Path, sleep: Callable[[float], None]) -> bool:
    """Start the workflow in `repo`, or the folder's repository, and show its progress; return its success.

    Raises:
        SetupError: it can't be started, for example because it has not been pushed yet.
    """
    appearing = Retrying(
        retry=retry_if_result(lambda found: not found),
        wait=wait_fixed(1),
        stop=stop_after_attempt(30),
        sleep=sleep,
    )
    env = _environment()
    ask = partial(gh, cwd=root, env=env)
    try:
        before = _runs(ask, repo)
        ask("workflow", "run", WORKFLOW, *_in(repo))
        started = appearing(lambda: _runs(ask, repo) - before)
        return watch("run", "watch", str(max(started)), "--exit-status", *_in(repo), cwd=root, env=env)
    except (GhError, RetryError) as error:
        raise SetupError(
            "The secrets are stored, but the first run did not start.",
            hint="Push the workflow, and start it on the Actions tab.",
        ) from error


def _runs(ask: Callable[..., str], repo: str | None) -> set[int]:
    listed = ask("run", "list", "--workflow", WORKFLOW, "--json", "databaseId", *_in(repo))
    return {run["databaseId"] for run in json.loads(listed)}


def _environment() -> dict[str, str]:
    """Return the environment for `gh`: only --repo may name another repository than the folder's."""
    return {name: value for name, value in git.environment().items() if name != "GH_REPO"}


def _in(repo: str | None) -> list[str]:
    return ["--repo", repo] if repo else []
