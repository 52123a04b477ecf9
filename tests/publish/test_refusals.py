"""GitHub's refusals of a push, word for word, by a real git that pushes to a server which says them."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import FEW, Run, git
from msgspec import Struct

from exporter.serving import Answer, Handler, LocalServer, Request


class Refusal(Struct, frozen=True):
    """What GitHub says on a push (`why` is its reason for the branch), and what we make of it."""

    lines: str
    why: str
    message: str
    hint: str


def ruled(*rules: str) -> str:
    """Return what GitHub says if rules are not met, as in https://github.com/vercel/sandbox/pull/169."""
    told = "\n".join(f"- {rule}\n" for rule in rules)
    return (
        "error: GH013: Repository rule violations found for refs/heads/main.\n"
        f"Review all repository rules at https://github.com/ada/ada/rules?ref=refs%2Fheads%2Fmain\n\n{told}"
    )


BY_RULES = "push declined due to repository rule violations"
BY_HOOK = "pre-receive hook declined"

# https://github.com/palxiao/poster-design/issues/140
SECRET = """\
error: GH013: Repository rule violations found for refs/heads/main.

- GITHUB PUSH PROTECTION
  —————————————————————————————————————————
    Resolve the following violations before pushing again

    - Push cannot contain secrets

     (?) Learn how to resolve a blocked push
     https://docs.github.com/code-security/secret-scanning/pushing-a-branch-blocked-by-push-protection

      —— GitHub Personal Access Token ——————————————————————
       locations:
         - commit: 5477a7dd26384ed3c8b3814ee677f755ad27a597
           path: output/data/chart.json:34

       (?) To push, remove secret from commit(s) or follow this URL to allow the secret.
       https://github.com/ada/ada/security/secret-scanning/unblock-secret/2gakJrAududURpxlhIZdNlX14ZZ
"""

BY_BRANCH = {
    # https://github.com/repo-sync/github-sync/issues/23
    "a job, a workflow": Refusal(
        "",
        "refusing to allow a GitHub App to create or update workflow `.github/workflows/dlc.yml` "
        "without `workflows` permission",
        "error: These credentials may not change workflows.",
        "A job's token never may: write nothing there.",
    ),
    # https://github.com/microsoft/vscode/issues/99546
    "a person, a workflow": Refusal(
        "",
        "refusing to allow an OAuth App to create or update workflow `.github/workflows/build.yml` "
        "without `workflow` scope",
        "error: These credentials may not change workflows.",
        "`gh auth refresh --scopes workflow`",
    ),
    # https://github.com/vercel/sandbox/pull/169
    "signatures": Refusal(
        ruled("Commits must have verified signatures.\n  Found 1 violation:\n\n  027faa7121ee9df7"),
        BY_RULES,
        "error: A rule on the branch wants signed commits, and these are not signed.",
        "`publish: {branch: listening}`",
    ),
    # The rule's words: https://github.com/chdsbd/kodiak/issues/295
    "linear history": Refusal(
        ruled("This branch must not contain merge commits.\n  Found 1 violation:\n\n  b22651098c939168"),
        BY_RULES,
        "error: A rule on the branch wants a linear history, and merges are on it.",
        "`publish: {branch: listening}`",
    ),
    # https://github.com/anchorageoss/visualsign-parser/pull/46
    "pull requests": Refusal(
        ruled("Changes must be made through a pull request."),
        BY_RULES,
        "error: The remote rejects the push: a rule protects the branch.",
        "a deploy key that the rule lets through: see docs/publishing.md",
    ),
    # https://github.com/JamesIves/github-pages-deploy-action/issues/171
    "force pushes": Refusal(
        "error: GH006: Protected branch update failed for refs/heads/main.\n"
        "error: Cannot force-push to this protected branch",
        "protected branch hook declined",
        "error: A rule forbids replacing the branch's commits, as `live_history: squash` does.",
        "write `live_history: keep`",
    ),
    # The rule's words: https://github.com/kernelkit/infix/issues/1610
    "new branches": Refusal(
        ruled("Cannot create ref due to creations being restricted."),
        BY_RULES,
        "error: A rule forbids creating the branch.",
        "let the rule leave this one out",
    ),
    # https://github.com/upleveled/notion-backup/issues/359
    "a large file": Refusal(
        "error: Trace: 4d8e35248ebbf5e8e2ea71623e57e0b8fd5ffa09c0dff8db962e59d51823aad6\n"
        "error: See https://gh.io/lfs for more information.\n"
        "error: File output/my card.svg is 117.80 MB; this exceeds GitHub's file size limit of 100.00 MB\n"
        "error: GH001: Large files detected. You may want to try Git Large File Storage - "
        "https://git-lfs.github.com.",
        BY_HOOK,
        "error: output/my card.svg: A file is too large for the remote.",
        "name it in `skip`",
    ),
    # https://github.com/sinbad/lfs-folderstore/issues/13
    "files of LFS": Refusal(
        "error: GH008: Your push referenced at least 40 unknown Git LFS objects:\n"
        "    d2d36233d085db6ebd5aa073a3fff219f1c67e0e7a2243da1b2f761cdc404290\n"
        "    ...\nTry to push them with 'git lfs push --all'.",
        BY_HOOK,
        "error: Files of Git LFS that the branch refers to are not on GitHub.",
        "`git lfs push --all origin`",
    ),
    # https://github.com/git-lfs/git-lfs/issues/4787, with the number that secrets had too
    "LFS out of order": Refusal(
        "error: GH009: Git LFS object integrity could not be checked. Please contact GitHub support.",
        BY_HOOK,
        "error: The remote rejects the push: GH009: Git LFS object integrity could not be checked.",
        "Publish to another branch",
    ),
    # https://github.com/microsoft/vscode/blob/main/extensions/github/src/pushErrorHandler.ts looks for this
    "a secret, once": Refusal(
        "error: GH009: Secrets detected! This push failed.",
        BY_HOOK,
        "error: GitHub takes something in the files for a secret, and rejects the push.",
        "you can allow it on GitHub",
    ),
    "a secret, today": Refusal(
        SECRET,
        BY_RULES,
        "error: output/data/chart.json:34: GitHub takes something in the files for a secret",
        "\n    https://github.com/ada/ada/security/secret-scanning/unblock-secret/2gakJrAududURpxlhIZdNlX14ZZ\n",
    ),
    # https://github.com/AlexandreMeslin/ENG4021/issues/14
    "a private address": Refusal(
        "error: GH007: Your push would publish a private email address.\n"
        "You can make your email public or disable this protection by visiting:\n"
        "https://github.com/settings/emails",
        "push declined due to email privacy restrictions",
        "error: GitHub rejects the push, because the commit would show your private address.",
        "`git config user.email ADDRESS`",
    ),
    # https://github.com/cli/cli/issues/2702
    "stale": Refusal(
        "",
        "stale info",
        "error: The remote says that the branch has moved, but shows the same commit as before.",
        "the next run tries again",
    ),
    "new": Refusal(
        "Resolving deltas: 100% (2/2), completed with 1 local object.\n"
        "warning: GH001: Large files detected.\n\n"
        "error: GH099: The moon is full.",
        "declined",
        "error: Git failed: GH099: The moon is full.\n",
        "try `git push` there by hand",
    ),
}

BY_SERVER = {
    # https://github.com/googleapis/repo-automation-bots/issues/2671
    "archived": Refusal(
        "This repository was archived so it is read-only.",
        "",
        "error: The repository is archived: nobody can push to it.",
        "Unarchive it",
    ),
    # https://github.com/github/site-policy/issues/1258
    "suspended": Refusal(
        "Your account is suspended. Please visit https://support.github.com for more information.",
        "",
        "error: GitHub has suspended the account, or disabled the repository.",
        "write to support.github.com",
    ),
    # https://github.com/ad-m/github-push-action/issues/55
    "denied": Refusal(
        "Permission to ada/ada.git denied to github-actions[bot].",
        "",
        "error: This job may not push.",
        "`permissions: {contents: write, issues: write}`",
    ),
}

BY_SSH = {
    # https://github.com/nextcloud/docker-ci/pull/859
    "archived": Refusal(
        "ERROR: This repository was archived so it is read-only.\n",
        "",
        "error: The repository is archived: nobody can push to it.",
        "Unarchive it",
    ),
    # https://github.com/haskell-jp/blog/issues/221
    "read only": Refusal(
        "ERROR: The key you are authenticating with has been marked as read only.\n",
        "",
        "error: The deploy key may only read.",
        "“Allow write access”",
    ),
    "new": Refusal(
        "Warning: Permanently added 'github.com' (ED25519) to the list of known hosts.\n"
        "ERROR: The moon is full.\n",
        "",
        "error: Git failed: The moon is full.\n",
        "try `git push` there by hand",
    ),
}

PROC_RECEIVE = '''\
#!{python} -IS
"""Reject each branch with a reason of our own, as only this hook can: see githooks(5)."""
import sys

def lines():
    while size := int(sys.stdin.buffer.read(4), 16):
        yield sys.stdin.buffer.read(size - 4).rstrip(b"\\n")

def send(*texts):
    for text in texts:
        sys.stdout.buffer.write(b"%04x" % (len(text) + 4) + text)
    sys.stdout.buffer.write(b"0000")
    sys.stdout.buffer.flush()

list(lines())
send(b"version=1")
refs = [line.split()[2] for line in lines()]
print({lines!r}, file=sys.stderr, flush=True)
send(*(b"ng " + ref + b" " + {why!r}.encode() for ref in refs))
'''


@pytest.fixture
def refused(
    publish: Run, repo: Path, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Refusal], None]:
    """Publish with a single try, and expect what a refusal becomes."""
    monkeypatch.setattr("exporter.publish.decide.MOST_REJECTIONS", 1)
    (repo / "config.yaml").write_text(FEW, encoding="utf-8")

    def refused(refusal: Refusal) -> None:
        ran = publish()
        assert ran.code == 5
        assert ran.err.startswith(refusal.message), ran.err
        assert refusal.hint in ran.err
        assert len(ran.err.splitlines()) < 5
        assert git(remote, "rev-list", "--count", "main") == "1"

    return refused


def program(path: Path, source: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(source, encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("what", BY_BRANCH)
def test_a_branch_that_is_refused_is_told_in_our_words(
    refused: Callable[[Refusal], None], remote: Path, what: str
) -> None:
    refusal = BY_BRANCH[what]
    source = PROC_RECEIVE.format(python=sys.executable, lines=refusal.lines, why=refusal.why)
    program(remote / "hooks/proc-receive", source)
    git(remote, "config", "receive.procReceiveRefs", "refs/heads")
    refused(refusal)


class Server(LocalServer):
    """Serves a bare repository's files, from which git fetches, and refuses each push with status 403."""

    def __init__(self, folder: Path, said: str) -> None:
        super().__init__(0)
        self._folder, self._said = folder, said

    def respond(self, request: Request, handler: Handler) -> None:
        file = self._folder / request.path.removeprefix("/GH013/")
        if request.query.get("service") == "git-receive-pack":
            answer = Answer(403, f"{self._said}\n".encode(), {"Content-Type": "text/plain"})
        elif file.is_file():
            answer = Answer(200, file.read_bytes())
        else:
            answer = Answer(404)
        handler.send(answer)


@pytest.mark.parametrize("what", BY_SERVER)
def test_a_push_that_is_forbidden_is_told_in_our_words(
    refused: Callable[[Refusal], None], repo: Path, remote: Path, what: str
) -> None:
    git(remote, "update-server-info")
    with Server(remote, BY_SERVER[what].lines) as server:
        git(repo, "remote", "set-url", "origin", f"{server.url}/GH013")
        refused(BY_SERVER[what])


SSH = """\
#!/bin/sh
for command; do :; done
case $command in
git-receive-pack*) cat '{said}' >&2; exit 1 ;;
git-upload-pack*) exec git upload-pack '{remote}' ;;
esac
"""


@pytest.mark.parametrize("what", BY_SSH)
def test_a_key_that_is_refused_is_told_in_our_words(
    refused: Callable[[Refusal], None], repo: Path, remote: Path, tmp_path: Path, what: str
) -> None:
    said = tmp_path / "said"
    said.write_text(BY_SSH[what].lines, encoding="utf-8")
    ssh = program(tmp_path / "bin" / "ssh", SSH.format(said=said, remote=remote))
    git(repo, "config", "core.sshCommand", str(ssh))
    git(repo, "remote", "set-url", "origin", "git@github.com:ada/ada.git")
    refused(BY_SSH[what])


def test_a_branch_below_another_is_told_by_what_git_itself_says(
    publish: Run, repo: Path, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exporter.publish.decide.MOST_REJECTIONS", 1)
    (repo / "config.yaml").write_text(FEW + "publish: {live_branch: main/listening}\n", encoding="utf-8")
    ran = publish()
    assert ran.code == 5
    assert "error: Git can't have branches like `a` and `a/b` at once" in ran.err
    assert git(remote, "for-each-ref", "--format=%(refname)") == "refs/heads/main"
