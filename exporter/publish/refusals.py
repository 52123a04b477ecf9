"""Pure: turn git's error output into errors that say what to do.

The tests name where each of GitHub's messages was seen.
"""

import re
from collections.abc import Iterator

from exporter.errors import NEXT_RUN, PublishError, SetupError

_Reasons = tuple[tuple[str, str, str], ...]
"""Patterns of what git says, each with our message and hint."""

_ELSEWHERE = "Publish to a branch without that rule: in config.yaml, `publish: {branch: listening}`."
_WAYS_AROUND = (
    "Publish to another branch: in config.yaml, `publish: {branch: listening}`. "
    "Or push with a deploy key that the rule lets through: see docs/publishing.md."
)

_REASONS: _Reasons = (
    # Several of these come with status 403 or with GH013, so they stand before what these mean in general.
    (
        r"without .?workflows?.? (?:permission|scope)",
        "These credentials may not change workflows.",
        "A job's token never may: write nothing there. Elsewhere, run `gh auth refresh --scopes workflow`.",
    ),
    (
        r"archived so it is read-only",
        "The repository is archived: nobody can push to it.",
        "Unarchive it in Settings → General, or switch the workflow off on the Actions tab.",
    ),
    (
        r"account is suspended|repository has been disabled",
        "GitHub has suspended the account, or disabled the repository.",
        "Only GitHub can lift that: write to support.github.com.",
    ),
    (
        r"marked as read only",
        "The deploy key may only read.",
        "Add it again in Settings → Deploy keys, with “Allow write access”.",
    ),
    (
        r"repository not found|repository '.*' not found",
        "The remote has no such repository, or does not show it to us.",
        "Check its address with `git remote -v`, and that your credentials may see it.",
    ),
    (
        r"GH009: secrets|push cannot contain secrets",
        "GitHub takes something in the files for a secret, and rejects the push.",
        "If it is one, take it out of your templates, and revoke it. If not, you can allow it on GitHub.",
    ),
    (
        r"GH008|unknown Git LFS object",
        "Files of Git LFS that the branch refers to are not on GitHub.",
        "Push them from a clone that has them: `git lfs push --all origin`.",
    ),
    (
        r"GH001|file size limit|pack exceeds maximum",
        "A file is too large for the remote.",
        "GitHub takes up to 100 MB. See what `now-listening export` writes, and name it in `skip`.",
    ),
    (
        r"GH007|email privacy",
        "GitHub rejects the push, because the commit would show your private address.",
        "Commit with the one that github.com/settings/emails shows: `git config user.email ADDRESS`.",
    ),
    (
        r"verified signatures",
        "A rule on the branch wants signed commits, and these are not signed.",
        _ELSEWHERE,
    ),
    (
        r"must not contain merge commits",
        "A rule on the branch wants a linear history, and merges are on it.",
        f"Now Listening merges nothing. {_ELSEWHERE}",
    ),
    (
        r"cannot force-push",
        "A rule forbids replacing the branch's commits, as `live_history: squash` does.",
        "In config.yaml, write `live_history: keep`; or allow force pushes to that branch.",
    ),
    (
        r"creations being restricted",
        "A rule forbids creating the branch.",
        "Name a branch that exists, or let the rule leave this one out, in Settings → Rules.",
    ),
    (
        r"GH006|GH013|protected branch|rule violations",
        "The remote rejects the push: a rule protects the branch.",
        _WAYS_AROUND,
    ),
    (
        r"returned error: 403|Permission to \S+ denied|access to repository not granted",
        "This job may not push.",
        "Give it these permissions in the workflow: `permissions: {contents: write, issues: write}`.",
    ),
    (
        r"could not read Username|Authentication failed|error: 401|Permission denied \(|Host key verif",
        "The remote does not accept our credentials.",
        "In a workflow, let actions/checkout keep its credentials; elsewhere, try `gh auth setup-git`.",
    ),
    (
        r"exists; cannot create",
        "Git can't have branches like `a` and `a/b` at once, and the remote has the other one already.",
        "Name another in config.yaml, such as `publish: {branch: listening}`.",
    ),
    (
        r"stale info|fetch first|non-fast-forward|cannot lock ref",
        "The remote says that the branch has moved, but shows the same commit as before.",
        NEXT_RUN,
    ),
)

_SETUP_REASONS: _Reasons = (
    (
        r"tell me who you are|ident name|auto-detect email|no email was given|no name was given",
        "Git does not know who commits.",
        "Set it with `git config user.name NAME` and `git config user.email ADDRESS`.",
    ),
    (
        r"dubious ownership",
        "Git does not trust this folder: it belongs to somebody else.",
        "If you trust it, run `git config --global --add safe.directory FOLDER`.",
    ),
    (
        r"not a git repository \(or",
        "This folder is not in a git repository.",
        "Run it in a clone of the repository that shows your music; `export` works without one.",
    ),
    (
        r"git is not installed",
        "Git is not installed on this machine.",
        "Install it from git-scm.com; `now-listening export` works without it.",
    ),
)

_FILE = re.compile(r"^(?:path: (\S+)|error: File (.+) is [\d.]+ [KMG]?B; )", re.MULTILINE)
"""The file that GitHub names, if it takes something in it for a secret, or if it is too large."""

_UNBLOCK = re.compile(r"https://\S+/unblock-secret/\S+")
"""The address where the user can allow what is no secret."""

_REJECTED = re.compile(r"! \[[\w ]+\].*?\((.*)\)$")
"""The line for a branch in the output of `git push`."""

_NO_REASON = re.compile(
    r"$|To |hint:|warning:|\*\*|error: failed to push some refs|"
    r"(?:Enumerating|Counting|Compressing|Writing|Receiving|Resolving|Unpacking|Total)\b.*\d|"
    r"Checking connectivity",
    re.IGNORECASE,
)
"""How lines begin that never say why: where it was pushed to, advice, warnings and progress."""


def explained(said: str) -> PublishError | SetupError:
    """Turn what git said into an error that says what to do; a SetupError if no push can work before that."""
    return known(said) or PublishError(
        f"Git failed: {in_short(said)}.",
        hint="Nothing is lost: the next run tries again. If it keeps failing, try `git push` there by hand.",
    )


def known(said: str) -> PublishError | SetupError | None:
    """Return the error for what git said, as `explained` does; None if its reason is not a known one."""
    text = re.sub(r"(?<=')\w+://[^']*", "", "\n".join(_reasons(said)))  # an address says nothing about why
    for kind, reasons in ((PublishError, _REASONS), (SetupError, _SETUP_REASONS)):
        for pattern, message, hint in reasons:
            if re.search(pattern, text, re.IGNORECASE):
                file, link = _FILE.search(text), _UNBLOCK.search(text)
                place = file[1] or file[2] if file else None
                return kind(message, hint=f"{hint}\n    {link[0]}" if link else hint, place=place)
    if "hook declined" in text:
        return PublishError(f"The remote rejects the push: {in_short(said)}.", hint=_WAYS_AROUND)
    return None


def in_short(said: str) -> str:
    """Shorten what git said to the first line with a reason, without credentials and control characters."""
    line = next(_reasons(said), "it did not say why")
    printable = "".join(letter for letter in line if letter.isprintable())
    shown = re.sub(r"(?<=//)\S*@", "", printable)
    return re.sub(r"^(?:fatal|error): ", "", shown, flags=re.IGNORECASE).rstrip(".")[:200]


def _reasons(said: str) -> Iterator[str]:
    """Yield the lines that may say why git failed, as they were before git marked and aligned them."""
    for line in said.splitlines():
        text = line.strip().removeprefix("remote:").strip()
        rejected = _REJECTED.match(text)
        if rejected:
            yield rejected[1]
        elif not _NO_REASON.match(text):
            yield text
