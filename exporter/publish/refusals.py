"""Pure: turn git's error output into errors that say what to do."""

import re

from exporter.errors import PublishError, SetupError

_Kind = type[PublishError] | type[SetupError]

_REASONS: tuple[tuple[_Kind, str, str, str], ...] = (
    (
        PublishError,
        r"\b403\b|Permission to \S+ denied|access to repository not granted",
        "This job may not push.",
        "Give it this permission in the workflow:\n    permissions:\n      contents: write",
    ),
    (
        PublishError,
        r"could not read Username|Authentication failed|\b401\b|Permission denied \(|Host key verification",
        "The remote does not accept our credentials.",
        "In a workflow, let actions/checkout keep its credentials; elsewhere, try `gh auth setup-git`.",
    ),
    (
        PublishError,
        r"GH006|GH013|protected branch|rule violations|hook declined",
        "The remote rejects the push: a rule protects the branch.",
        "Publish to another branch: in config.yaml, `publish: {branch: listening}`.",
    ),
    (
        SetupError,
        r"tell me who you are|ident name|auto-detect email|no email was given|no name was given",
        "Git does not know who commits.",
        "Set it with `git config user.name NAME` and `git config user.email ADDRESS`.",
    ),
    (
        SetupError,
        r"dubious ownership",
        "Git does not trust this folder: it belongs to somebody else.",
        "If you trust it, run `git config --global --add safe.directory FOLDER`.",
    ),
    (
        SetupError,
        r"not a git repository \(or",
        "This folder is not in a git repository.",
        "Run it in a clone of the repository that shows your music; `export` works without one.",
    ),
    (
        SetupError,
        r"git is not installed",
        "Git is not installed on this machine.",
        "Install it from git-scm.com; `now-listening export` works without it.",
    ),
)


def explained(said: str) -> PublishError | SetupError:
    """Turn what git said into an error that says what to do; a SetupError if no push can work before that."""
    return known(said) or PublishError(
        f"Git failed: {in_short(said)}.",
        hint="Nothing is lost: the next run tries again. If it keeps failing, try `git push` there by hand.",
    )


def known(said: str) -> PublishError | SetupError | None:
    """Return the error for what git said, as `explained` does; None if its reason is not a known one."""
    for kind, pattern, message, hint in _REASONS:
        if re.search(pattern, said, re.IGNORECASE):
            return kind(message, hint=hint)
    return None


def in_short(said: str) -> str:
    """Shorten what git said to its first line, without credentials and control characters."""
    line = next((line for line in said.splitlines() if line.strip()), "it did not say why")
    printable = "".join(letter for letter in line if letter.isprintable())
    return re.sub(r"(?<=//)\S*@", "", printable).removeprefix("fatal: ")[:200]
