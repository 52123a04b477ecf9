"""A git repository and its remote: read files from a commit, and write them as a new commit.

It only uses git's plumbing, so that the user's working tree, index, stash and branches stay as they are.
Source: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from posixpath import normpath
from tempfile import TemporaryDirectory
from typing import NamedTuple

from msgspec import Struct

from exporter.errors import SetupError
from exporter.files import Change
from exporter.publish import git
from exporter.publish.git import Blobs

_ON_GITHUB = re.compile(
    r"(?:^|@|//)(?:(?:www|ssh)\.)?github\.com(?::\d+)?[:/]+([\w.-]+/[\w.-]+?)(?:\.git)?/?$", re.ASCII
)

_FILE, _EXECUTABLE = "100644", "100755"


class _Entry(NamedTuple):
    mode: str
    blob: str


class Tree:
    """A `Store` of a commit's files in the settings' folder; empty if `commit` is None."""

    def __init__(self, repository: "Repository", commit: str | None, entries: Mapping[str, "_Entry"]) -> None:
        self.commit = commit
        self._repository = repository
        self._entries = entries

    def read(self, path: str) -> bytes | None:
        """Read a file; None if there is no such file.

        Raises:
            SetupError: it is a link or a submodule.
            GitError: git can't read it.
        """
        entry = self._entries.get(self._repository.full(path))
        if entry is None:
            return None
        if entry.mode not in {_FILE, _EXECUTABLE}:
            raise SetupError(
                "In git, this is a link or a submodule.", hint="Make it a plain file.", place=path
            )
        return self._repository.blobs.read(entry.blob)

    def holds(self, path: str) -> bool:
        """Whether there is a file, by its path from the repository's top."""
        return path in self._entries

    def names(self, folder: str) -> Sequence[str]:
        """List the names of the files in a folder; empty if there is no folder."""
        prefix = f"{self._repository.full(folder)}/"
        return sorted(
            path.removeprefix(prefix)
            for path in self._entries
            if path.startswith(prefix) and "/" not in path.removeprefix(prefix)
        )

    def changes(self, files: Mapping[str, bytes]) -> tuple[Change, ...]:
        """Compare files with what is here, and return those that differ.

        Raises:
            SetupError: a file's path is a folder here, or a folder's path a file: git would replace it.
        """
        compared = (Change(path, self.read(path), after) for path, after in sorted(files.items()))
        changed = tuple(change for change in compared if change.before != change.after)
        folders = {folder for path in self._entries for folder in _above(path)}
        for path in (change.path for change in changed):
            full = self._repository.full(path)
            if full in folders or not self._entries.keys().isdisjoint(_above(full)):
                raise SetupError(
                    "In git, this path is a folder, or its folder is a file.",
                    hint="Move it, or name another `output` in config.yaml.",
                    place=path,
                )
        return changed

    def mode(self, path: str) -> str:
        """Return the mode to write a file with: its current one, if it exists."""
        entry = self._entries.get(self._repository.full(path))
        return entry.mode if entry else _FILE


def _above(path: str) -> list[str]:
    return [folder.as_posix() for folder in PurePosixPath(path).parents]


class Heads(Struct, frozen=True):
    """A remote's default branch, and the tip of each branch that we asked for and it has."""

    default: str | None
    tips: Mapping[str, str]


class Repository(Struct, frozen=True):
    """The repository that contains the settings' folder `root`; `prefix` is that folder's path in it.

    Whoever reads files of its trees closes `blobs` at the end. If git fails, its methods raise GitError.
    """

    root: Path
    prefix: str
    remote: str
    identity: Mapping[str, str]
    blobs: Blobs

    @property
    def checked_out(self) -> str | None:
        """The branch that is checked out; None if HEAD is detached."""
        return _checked_out(self.root)

    @property
    def has_commit(self) -> bool:
        """Whether anything is committed on what is checked out."""
        return git.ask(self.root, "rev-parse", "--verify", "--quiet", "HEAD") is not None

    @property
    def push_address(self) -> str:
        """The address that the remote is pushed to; it may hold credentials."""
        return self._said("remote", "get-url", "--push", self.remote)

    def check_identity(self) -> None:
        """Check that git knows who commits: GitError if not."""
        for role in ("AUTHOR", "COMMITTER"):
            self.run("var", f"GIT_{role}_IDENT", env=self.identity)

    def run(self, *arguments: str, data: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
        """Run git in it."""
        return git.run(self.root, *arguments, data=data, env=env)

    def full(self, path: str) -> str:
        """Turn a path relative to the settings' folder into one relative to the repository's top."""
        return normpath(f"{self.prefix}{path}")

    def _entries(self, commit: str) -> dict[str, _Entry]:
        """List all files of a commit."""
        listed = self.run("ls-tree", "-r", "-z", "--full-tree", commit).decode("utf-8", "surrogateescape")
        found = {}
        for line in listed.split("\0")[:-1]:
            facts, _, path = line.partition("\t")
            mode, _, blob = facts.split(" ")
            found[path] = _Entry(mode, blob)
        return found

    def heads(self, branches: Iterable[str]) -> Heads:
        """Ask the remote for its default branch, and for the tips of branches that it has."""
        refs = {f"refs/heads/{branch}": branch for branch in branches}
        listed = self.run("ls-remote", "--symref", self.remote, "HEAD", *refs).decode("utf-8", "replace")
        default = re.search("^ref: refs/heads/(.*)\tHEAD$", listed, re.MULTILINE)
        lines = [line.partition("\t") for line in listed.splitlines()]
        tips = {refs[ref]: oid for oid, _, ref in lines if ref in refs}
        return Heads(default=default[1] if default else None, tips=tips)

    def tree(self, tip: str | None) -> Tree:
        """Return the tree of a remote's tip, fetched if it is missing; refs and depth do not change.

        It may be gone by now, and can't be fetched then.
        """
        if tip and git.ask(self.root, "cat-file", "-e", f"{tip}^{{tree}}") is None:
            is_shallow = self.run("rev-parse", "--is-shallow-repository").strip() == b"true"
            depth = ["--depth=1"] if is_shallow else []  # keep a shallow clone shallow
            self.run(
                "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no",
                *depth, self.remote, tip,
            )  # fmt: skip
        return Tree(self, tip, self._entries(tip) if tip else {})

    def commit(self, tree: Tree, changes: Iterable[Change], message: str, *, parent: str | None) -> str:
        """Commit a tree with changes, and return the commit's name; no branch points to it yet."""
        changes = tuple(changes)
        with TemporaryDirectory(prefix="now-listening-") as folder:
            blobs = zip(self._blobs(changes, Path(folder)), changes, strict=True)
            lines = [f"{tree.mode(change.path)} {blob}\t{self.full(change.path)}\0" for blob, change in blobs]
            index = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
            self.run("read-tree", tree.commit or "--empty", env=index)
            listed = "".join(lines).encode("utf-8", "surrogateescape")
            self.run("update-index", "-z", "--index-info", data=listed, env=index)
            written = self._said("write-tree", env=index)
        parents = ["-p", parent] if parent else []
        return self._said("commit-tree", written, *parents, data=message.encode(), env=self.identity)

    def _blobs(self, changes: Sequence[Change], folder: Path) -> list[str]:
        """Write the new contents as blobs, from files in a temporary folder."""
        files = [folder / str(number) for number in range(len(changes))]
        try:
            for file, change in zip(files, changes, strict=True):
                file.write_bytes(change.after)
        except OSError as error:
            raise git.GitError(f"a temporary file can't be written: {error.strerror}") from error
        paths = "".join(f"{file}\n" for file in files).encode()
        return self._said("hash-object", "-w", "--no-filters", "--stdin-paths", data=paths).split()

    def push(self, commit: str, branch: str, *, replacing: str | None = None) -> None:
        """Push a commit to a branch; `replacing` is the old tip, if the commit does not descend from it.

        It is pushed to the remote's address: a push to its name would move a remote-tracking branch.
        """
        ref = f"refs/heads/{branch}"
        lease = [f"--force-with-lease={ref}:{replacing}"] if replacing else []
        self.run(
            "push", "--quiet", "--no-verify", "--no-signed", "--no-follow-tags", "--recurse-submodules=no",
            *lease, self.push_address, f"{commit}:{ref}",
        )  # fmt: skip

    def _said(self, *arguments: str, data: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        return self.run(*arguments, data=data, env=env).decode().strip()


def open_repository(root: Path, author: Mapping[str, str]) -> Repository:
    """Find the repository that a folder is in, and its remote.

    `author` holds git's variables for who commits; if it is empty, git's own user does.

    Raises:
        SetupError: it has no remote.
        GitError: there is no repository, or git can't be run.
    """
    prefix = git.run(root, "rev-parse", "--show-prefix").decode("utf-8", "surrogateescape").rstrip("\n")
    remotes = git.run(root, "remote").decode().split()
    tracked = git.ask(root, "config", f"branch.{_checked_out(root)}.remote") or ""
    wanted = [name for name in (tracked.strip(), "origin", *remotes[:1]) if name in remotes]
    if not wanted:
        raise SetupError("This repository has no remote.", hint="Add one: `git remote add origin ADDRESS`.")
    return Repository(root, prefix, wanted[0], author, Blobs(root))


def _checked_out(root: Path) -> str | None:
    return (git.ask(root, "symbolic-ref", "--quiet", "--short", "HEAD") or "").strip() or None


def name_on_github(address: str) -> str | None:
    """Return the OWNER/NAME of a repository by its address; None if it is not on GitHub."""
    named = _ON_GITHUB.search(address.strip())
    return named[1] if named else None
