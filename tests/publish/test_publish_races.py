"""Publishing while others push, remotes reject or hang, clones are unusual, and runs are killed."""

import json
import os
import re
import select
import shutil
import socket
import subprocess
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from html import unescape
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from threading import Barrier

import pytest
from conftest import FEW, NOW, PUBLISHED, README, Ran, Run, commit, ended, files_of, git
from forks import Fork, Forks
from standin import Fault, StandIn

from exporter.demo.answers import json_answer
from exporter.github.actions import set_output
from exporter.publish.git import Blobs, GitError
from exporter.publish.lanes import MARK
from exporter.serving import Answer

TWO_LANES = "publish: {live_branch: listening}\n"
SQUASHED = "publish: {live_branch: listening, live_history: squash}\n"
MONDAY = NOW.replace(hour=0, minute=0)
DAYS = [timedelta(days=number) for number in (0, 1, 6, 7)]
HOURS = [timedelta(hours=number) for number in (0, 23.5)]

FEW_PUBLISHED = [
    "README.md",
    "output/archive/2026-W48.json",
    "output/data/chart.json",
    "output/data/now_playing.json",
    "output/data/recently_played.json",
    "output/data/top_tracks.json",
]


def paths(remote: Path, branch: str = "main") -> list[str]:
    return git(remote, "ls-tree", "-r", "-z", "--name-only", branch).rstrip("\0").split("\0")


def subjects(remote: Path, branch: str = "main") -> list[str]:
    return git(remote, "log", "--reverse", "--format=%s", branch).splitlines()


def blob(remote: Path, name: str) -> bytes:
    return subprocess.run(
        ["git", "cat-file", "blob", name],  # noqa: S607
        cwd=remote,
        capture_output=True,
        check=True,
    ).stdout


def outside_sections(readme: bytes) -> bytes:
    return re.sub(rb"(<!-- listening:[^>]*-->).*?(<!-- /listening:)", rb"\1\2", readme, flags=re.DOTALL)


def settings(repo: Path, text: str) -> None:
    (repo / "config.yaml").write_bytes((FEW + text).encode())


@pytest.fixture
def remote(remote: Path, repo: Path) -> Path:
    """A remote whose clone has settings for few files."""
    settings(repo, "")
    return remote


def hook(folder: Path, name: str, script: str) -> Path:
    """Put a hook in a bare repository, or in the `.git` of a clone."""
    path = folder / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(f"#!/bin/sh\n{script}\n".encode())
    path.chmod(0o755)
    return path


def in_place_of_git(tmp_path: Path, script: str) -> str:
    """Replace git by a script, which can call it as $GIT; return the PATH to use."""
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_bytes(f"#!/bin/sh\nGIT='{shutil.which('git')}'\n{script}\n".encode())
    program.chmod(0o755)
    return f"{program.parent}{os.pathsep}{os.environ['PATH']}"


Files = Mapping[str, str | Path]
"""What files hold; a path is where a link leads."""


def as_commit(branch: str, files: Files, message: str, *, is_first: bool = False) -> bytes:
    """Describe a commit for `git fast-import`, which is faster than a clone and a push."""

    def data(text: str) -> str:
        return f"data {len(text.encode())}\n{text}\n"

    lines = [f"commit refs/heads/{branch}\ncommitter R <r@example.org> 0 +0000\n", data(message)]
    if not is_first:
        lines.append(f"from refs/heads/{branch}^0\n")
    for path, content in files.items():
        mode = 120000 if isinstance(content, Path) else 100644
        lines += [f"M {mode} inline {path}\n", data(str(content))]
    return "".join(lines).encode()


def rival(
    remote: Path, path: str, content: str = "theirs\n", *, times: int = 1, branch: str = "main"
) -> None:
    """Let somebody come first just before each of the first `times` pushes to a branch arrives."""
    is_new = not (remote / "refs/heads" / branch).exists()
    for n in range(1, times + 1):
        files = {path.format(n=n): content}
        coming = as_commit(branch, files, f"Rival {n}", is_first=is_new and n == 1)
        (remote / f"{branch}-{n:02}").write_bytes(coming)
    hook(remote, "update", COMES)


COMES = """\
for next in ${1#refs/heads/}-*; do
    [ ! -e $next ] || { git fast-import --quiet < $next && rm $next; }
    break
done"""
"""Makes the next commit that waits for the branch."""


def clone_anew(remote: Path, repo: Path, *options: str) -> None:
    shutil.rmtree(repo)
    git(repo.parent, "clone", "--quiet", *options, remote.as_uri(), str(repo))
    git(repo, "config", "user.name", "Ada")
    git(repo, "config", "user.email", "ada@example.org")
    settings(repo, "")


def somebody_pushes(remote: Path, files: Files, branch: str = "main", *, is_first: bool = False) -> None:
    subprocess.run(
        ["git", "fast-import", "--quiet"],  # noqa: S607
        cwd=remote,
        input=as_commit(branch, files, "Theirs", is_first=is_first),
        check=True,
    )


Start = Callable[..., Fork]


@pytest.fixture
def start(forks: Forks) -> Start:
    """Start publishing in a folder as a separate process; hooks get its id as $OWN_PID."""

    def start(folder: Path, env: dict[str, str]) -> Fork:
        return forks.start("publish", "--now", NOW.isoformat(), cwd=folder, env={**os.environ, **env})

    return start


def said_in_short(ran: Ran) -> str:
    """Check that a failure is reported briefly, with a hint, and return the report."""
    assert ran.err.startswith("error: ")
    assert 2 <= len(ran.err.splitlines()) < 5
    assert "Traceback" not in ran.err
    return ran.err


# Races


@pytest.mark.parametrize("lanes", ["", TWO_LANES, SQUASHED])
def test_six_publishers_at_once_all_land_and_lose_nothing(
    start: Start, remote: Path, tmp_path: Path, spotify: StandIn, lanes: str
) -> None:
    together, asked = Barrier(6), count()

    def clock() -> datetime:
        if next(asked) < 6:  # each first asks for a token: by now, all have seen the same tip
            together.wait(30)
        return NOW

    clones = [tmp_path / f"clone-{i}" for i in range(6)]
    for i, clone in enumerate(clones):
        git(tmp_path, "clone", "--quiet", str(remote), str(clone))
        git(clone, "config", "user.name", "Ada")
        git(clone, "config", "user.email", "ada@example.org")
        settings(clone, f"output: out-{i}\n{lanes}")
    env = spotify.environment
    spotify.clock = clock
    running = [start(clone, env) for clone in clones]
    assert [(ran.code, ran.err) for ran in map(ended, running)] == [(0, "")] * 6
    assert not together.broken
    assert subjects(remote) == ["Begin", *["Update listening"] * 6]
    assert git(remote, "rev-list", "--merges", "--all") == ""
    kept = paths(remote)
    assert [f"out-{i}/archive/2026-W48.json" in kept for i in range(6)] == [True] * 6
    shown = paths(remote, "listening" if lanes else "main")
    assert [f"out-{i}/data/now_playing.json" in shown for i in range(6)] == [True] * 6
    if lanes:
        assert len(subjects(remote, "listening")) == (1 if lanes == SQUASHED else 6)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("lanes", ["", TWO_LANES])
def test_the_ninth_try_lands_after_others_came_first_eight_times(
    publish: Run, repo: Path, remote: Path, spotify: StandIn, lanes: str
) -> None:
    settings(repo, lanes)
    rival(remote, "theirs-{n}.txt", times=8)
    ran = publish()
    assert (ran.code, ran.err) == (0, "")
    assert subjects(remote) == ["Begin", *(f"Rival {i}" for i in range(1, 9)), "Update listening"]
    assert {f"theirs-{i}.txt" for i in range(1, 9)} < set(paths(remote))
    assert [request.path for request in spotify.requests].count("/api/token") == 1


@pytest.mark.usefixtures("hurried")
def test_a_rival_without_end_is_told_of_and_left_alone(publish: Run, remote: Path) -> None:
    rival(remote, "theirs-{n}.txt", times=99)
    ran = publish()
    assert ran.code == 5
    assert "Other pushes won the race" in said_in_short(ran)
    assert subjects(remote) == ["Begin", *(f"Rival {i}" for i in range(1, 11))]


@pytest.mark.usefixtures("hurried")
def test_a_marker_that_somebody_breaks_meanwhile_is_told_and_nothing_is_pushed(
    publish: Run, remote: Path
) -> None:
    rival(remote, "README.md", "<!-- listening:now_playing -->\n")
    ran = publish()
    assert ran.code == 2
    assert ran.err.startswith("error: README.md:1: `listening:now_playing` is not closed")
    assert subjects(remote) == ["Begin", "Rival 1"]


def test_the_tip_may_move_right_after_it_was_looked_at(publish: Run, repo: Path, remote: Path) -> None:
    rival(remote, "theirs.txt")
    (remote / "hooks/update").rename(remote / "land")
    looking = hook(remote, "looking", f'git-upload-pack "$@"; cd {remote} && ./land refs/heads/main')
    git(repo, "config", "remote.origin.uploadpack", str(looking))
    assert publish().code == 0
    assert subjects(remote) == ["Begin", "Rival 1", "Update listening"]


@pytest.mark.usefixtures("hurried")
def test_a_push_that_arrived_though_its_answer_was_lost_is_a_push(publish: Run, remote: Path) -> None:
    hook(remote, "post-receive", "kill -9 $PPID")  # kills the remote's process before it has answered
    ran = publish()
    assert (ran.code, ran.err) == (0, "")
    assert f"Pushed 6 files to main ({git(remote, 'rev-parse', '--short=7', 'main')})" in ran.out
    assert subjects(remote) == ["Begin", "Update listening"]


@pytest.mark.usefixtures("hurried")
def test_a_push_that_arrived_is_reported_even_if_the_other_tip_can_not_be_fetched(
    publish: Run, repo: Path, remote: Path
) -> None:
    settings(repo, TWO_LANES)
    rival(remote, "theirs.txt")  # it moves main between the first two looks at the remote
    hook(remote, "post-receive", 'read -r _ _ ref; [ "$ref" != refs/heads/listening ] || kill -9 $PPID')
    fetching = f"echo >> {remote}/asked; n=$(cat {remote}/asked | wc -l)\n[ $n -lt 4 ] || [ $((n % 2)) = 1 ]"
    asking = hook(remote, "asking", f'{fetching} || exit 1\nexec git-upload-pack "$@"')
    git(repo, "config", "remote.origin.uploadpack", str(asking))
    ran = publish()
    assert ran.code == 5
    assert ran.out.count("Pushed 5 files to listening") == 1
    assert subjects(remote, "listening") == ["Update listening"]
    assert subjects(remote) == ["Begin", "Rival 1"]


def test_a_run_that_has_nothing_to_push_asks_the_remote_once(publish: Run, repo: Path, remote: Path) -> None:
    publish()
    git(repo, "pull", "--quiet")
    looking = hook(remote, "looking", f'echo >> {remote}/looks; git-upload-pack "$@"')
    git(repo, "config", "remote.origin.uploadpack", str(looking))
    assert publish().code == 0
    assert (remote / "looks").read_text("utf-8") == "\n"


def test_a_squashed_tip_may_be_gone_before_it_is_fetched(
    publish: Run, repo: Path, remote: Path, tmp_path: Path
) -> None:
    settings(repo, SQUASHED)
    publish()
    other, later = git(remote, "rev-parse", "listening"), NOW + timedelta(hours=5)
    clone_anew(remote, repo, "--single-branch")
    settings(repo, SQUASHED)
    seen = tmp_path / "seen"
    replaced = git(remote, "commit-tree", f"{other}^{{tree}}", "-m", "Squashed by another job")
    forget = f"git update-ref refs/heads/listening {replaced} && git prune --expire=now"
    once = f"[ -e {seen} ] || {{ touch {seen}; cd {remote} && {forget}; }}"
    looking = hook(remote, "looking", f'git-upload-pack "$@"\n{once} > /dev/null 2>&1')
    git(repo, "config", "remote.origin.uploadpack", str(looking))
    ran = publish(now=later)
    assert (ran.code, subjects(remote, "listening")) == (0, ["Squashed by another job"])
    assert other not in git(remote, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")


def test_what_a_person_writes_beside_our_section_between_two_runs_stays(publish: Run, remote: Path) -> None:
    publish()
    edited = blob(remote, "main:README.md").replace(b"# Me\n", b"# Me, and more\n\nHello \xf0\x9f\x91\x8b\n")
    somebody_pushes(remote, {"README.md": edited.decode()})
    assert publish(now=NOW + timedelta(weeks=1)).code == 0
    assert subjects(remote) == ["Begin", "Update listening", "Theirs", "Update listening"]
    assert outside_sections(blob(remote, "main:README.md")) == outside_sections(edited)


def test_what_a_person_writes_beside_our_section_during_a_run_stays(publish: Run, remote: Path) -> None:
    edited = README.replace("# Me", "# Me, and more")
    rival(remote, "README.md", edited)
    assert publish().code == 0
    readme = blob(remote, "main:README.md")
    assert outside_sections(readme) == outside_sections(edited.encode())
    assert b"on Spotify" in readme


@pytest.mark.parametrize("attributes", ["", "* text=auto eol=crlf\n"])
def test_line_ends_are_kept_whatever_git_would_convert(
    publish: Run, repo: Path, remote: Path, attributes: str
) -> None:
    readme = README.replace("\n", "\r\n") + "Mixed \t \nand unended"
    commit(repo, {"README.md": readme}, "In CRLF")
    commit(repo, {".gitattributes": attributes}, "Attributes")
    git(repo, "push", "--quiet")
    git(repo, "config", "core.autocrlf", "true")
    before = blob(remote, "main:README.md")
    assert publish().code == 0
    after = blob(remote, "main:README.md")
    assert outside_sections(after) == outside_sections(before)
    assert after.count(b"\r\n") > 10
    assert b"\r" not in blob(remote, "main:output/data/now_playing.json")


# Remotes that reject, hang, or do not exist


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "said",
    [
        "error: GH006: Protected branch update failed for refs/heads/main.",
        "error: GH013: Repository rule violations found.\n\n- Cannot change this locked branch",
    ],
)
def test_a_protected_branch_is_told_with_a_way_around(publish: Run, remote: Path, said: str) -> None:
    hook(remote, "pre-receive", f"cat >&2 <<'EOF'\n{said}\nEOF\nexit 1")
    ran = publish()
    assert ran.code == 5
    assert "publish: {branch: " in said_in_short(ran)
    assert subjects(remote) == ["Begin"]


def test_a_refusal_is_not_asked_about_for_a_minute(process: Run, remote: Path, spotify: StandIn) -> None:
    hook(remote, "pre-receive", "echo >> tries; echo 'error: GH006: Protected branch' >&2; exit 1")
    assert process("publish", env=spotify.environment).code == 5
    assert len((remote / "tries").read_text("utf-8")) <= 10


@pytest.mark.usefixtures("hurried")
def test_a_job_that_may_not_write_is_told_the_permission(publish: Run, remote: Path) -> None:
    denied = "remote: Permission to me/me.git denied to github-actions[bot]."
    hook(remote, "pre-receive", f"echo '{denied}' >&2; exit 1")
    ran = publish()
    assert ran.code == 5
    assert "`permissions: {contents: write, issues: write}`" in said_in_short(ran)


@pytest.mark.parametrize("scheme", ["git", "http"])
def test_a_remote_that_never_answers_is_given_up_and_nothing_of_it_stays(
    publish: Run, repo: Path, remote: Path, spotify: StandIn, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setattr("exporter.publish.git.TIMEOUT", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        git(repo, "remote", "set-url", "origin", f"{scheme}://127.0.0.1:{server.getsockname()[1]}/x")
        ran = publish()
        server.settimeout(10)
        connection, _ = server.accept()
        with connection:
            connection.settimeout(10)
            while connection.recv(4096):  # ends when no process holds the other end open
                pass
    assert (ran.code, spotify.requests) == (5, [])
    said_in_short(ran)
    assert subjects(remote) == ["Begin"]


def test_a_push_that_hangs_is_given_up_and_nothing_of_it_stays(
    publish: Run, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exporter.publish.git.TIMEOUT", 6.0)  # enough for a busy machine to reach the hook
    os.mkfifo(remote / "never")
    hook(remote, "pre-receive", "echo >> tries; cat never")
    ran = publish()
    assert ran.code == 5
    said_in_short(ran)
    assert (remote / "tries").read_text("utf-8") == "\n"
    assert ends_unread(remote / "never")


def test_a_git_that_never_answers_for_a_file_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", in_place_of_git(tmp_path, "exec tail -f /dev/null"))
    monkeypatch.setattr("exporter.publish.git.TIMEOUT", 0.2)
    with pytest.raises(GitError) as error:
        Blobs(tmp_path).read("0" * 40)
    assert error.value.is_late


def ends_unread(pipe: Path) -> bool:
    """Wait until no process holds the reading end of a pipe."""
    try:
        writing = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return True
    waiting = select.poll()
    waiting.register(writing, 0)  # reports an error once the last reader is gone
    return bool(waiting.poll(10_000))


def no_remote(repo: Path) -> None:
    git(repo, "remote", "remove", "origin")


def nowhere(repo: Path) -> None:
    git(repo, "remote", "set-url", "origin", str(repo.parent / "nowhere.git"))


def nobody(repo: Path) -> None:
    git(repo, "config", "--unset", "user.email")
    git(repo, "config", "user.useConfigOnly", "true")


def never_pushed(repo: Path) -> None:
    git(repo, "checkout", "--quiet", "-b", "mine")


def no_repository(repo: Path) -> None:
    shutil.rmtree(repo / ".git")


def never_committed(repo: Path) -> None:
    bare = repo.parent / "empty.git"
    git(repo.parent, "init", "--quiet", "--bare", str(bare))
    git(repo, "remote", "set-url", "origin", str(bare))


@pytest.mark.usefixtures("remote")
@pytest.mark.parametrize(
    ("lacks", "code"),
    [
        (no_repository, 2),
        (no_remote, 2),
        (nobody, 2),
        (never_pushed, 2),
        (never_committed, 2),
        (nowhere, 5),
    ],
)
def test_without_a_place_to_push_to_spotify_is_not_asked(
    publish: Run, repo: Path, spotify: StandIn, lacks: Callable[[Path], None], code: int
) -> None:
    lacks(repo)
    ran = publish()
    assert (ran.code, ran.out, spotify.requests) == (code, "", [])
    said_in_short(ran)


@pytest.mark.usefixtures("remote")
def test_in_an_empty_repository_the_first_commit_is_asked_for(
    publish: Run, repo: Path, spotify: StandIn
) -> None:
    never_committed(repo)
    git(repo, "checkout", "--quiet", "--orphan", "first")
    git(repo, "update-ref", "-d", "refs/remotes/origin/main")
    ran = publish()
    assert spotify.requests == []
    assert ran.code == 2
    assert "The remote has no branches yet, or none that is its default." in said_in_short(ran)
    assert "Commit your files, and push them once: `git push --set-upstream origin HEAD`" in ran.err


@pytest.mark.usefixtures("remote")
def test_without_git_spotify_is_not_asked(process: Run, spotify: StandIn, tmp_path: Path) -> None:
    ran = process("publish", env={**spotify.environment, "PATH": str(tmp_path)})
    assert (ran.code, ran.out, spotify.requests) == (2, "", [])
    assert "git-scm.com" in said_in_short(ran)


GERMAN = """\
[ "$LC_ALL" = C ] && exec "$GIT" "$@"
"$GIT" "$@" 2> "$0.said"
code=$?
sed -e 's/not a git repository/Kein Git-Repository/' \\
    -e 's/tell me who you are/geben Sie an, wer Sie sind/' \\
    -e 's/no email was given/keine E-Mail angegeben/' "$0.said" >&2
exit $code"""
"""Imitates a git with translations, which not every machine has."""


@pytest.mark.usefixtures("remote")
@pytest.mark.parametrize(
    ("lacks", "told"), [(no_repository, "not in a git repository"), (nobody, "not know who commits")]
)
def test_a_refusal_is_understood_where_git_speaks_german(
    publish: Run, repo: Path, tmp_path: Path, lacks: Callable[[Path], None], told: str
) -> None:
    lacks(repo)
    path = in_place_of_git(tmp_path, GERMAN)
    ran = publish(env={"PATH": path, "LC_ALL": "C.UTF-8", "LANGUAGE": "de", "GIT_CONFIG_NOSYSTEM": "1"})
    assert ran.code == 2
    assert told in said_in_short(ran)


@pytest.mark.parametrize("key", ["url", "pushurl"])
@pytest.mark.parametrize("who", ["user:sekret", "user:se@sekret", "user:se/sekret", "sekret", "x:sekret%40"])
@pytest.mark.usefixtures("hurried")
def test_credentials_in_an_address_are_never_shown(
    publish: Run, repo: Path, remote: Path, tmp_path: Path, who: str, key: str
) -> None:
    git(repo, "config", f"remote.origin.{key}", f"https://{who}@127.0.0.1:1/x.git")
    summary, outputs = tmp_path / "summary", tmp_path / "outputs"
    files = {"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_OUTPUT": str(outputs)}
    ran = publish("--verbose", env=files)
    assert ran.code == 5
    assert "sekret" not in ran.out + ran.err + summary.read_text("utf-8")
    assert subjects(remote) == ["Begin"]


# Unusual clones


def failing_hooks(repo: Path) -> None:
    for name in (
        "pre-commit",
        "commit-msg",
        "prepare-commit-msg",
        "post-commit",
        "pre-push",
        "post-checkout",
    ):
        hook(repo / ".git", name, "exit 1")
    for name in ("reference-transaction", "post-index-change", "fsmonitor-watchman", "pre-auto-gc"):
        hook(repo / ".git", name, "exit 1")


def hooks_elsewhere(repo: Path) -> None:
    failing_hooks(repo)
    (repo / ".git/hooks").rename(repo.parent / "hooks")
    git(repo, "config", "core.hooksPath", str(repo.parent / "hooks"))


def signing(repo: Path) -> None:
    for name in ("commit.gpgSign", "tag.gpgSign", "push.gpgSign"):
        git(repo, "config", name, "true")
    git(repo, "config", "gpg.program", "false")


def signing_if_asked(repo: Path) -> None:
    signing(repo)
    git(repo, "config", "push.gpgSign", "if-asked")


def pushing_nothing(repo: Path) -> None:
    git(repo, "config", "push.default", "nothing")


def pushing_all(repo: Path) -> None:
    git(repo, "branch", "mine")
    git(repo, "tag", "--annotate", "mine-too", "--message", "Mine")
    git(repo, "config", "remote.origin.push", "+refs/heads/*:refs/heads/*")
    git(repo, "config", "push.followTags", "true")
    git(repo, "config", "push.recurseSubmodules", "on-demand")


def split_index(repo: Path) -> None:
    git(repo, "config", "core.splitIndex", "true")
    git(repo, "update-index", "--split-index")


def fsmonitor(repo: Path) -> None:
    git(repo, "config", "core.fsmonitor", str(hook(repo / ".git", "watch", "exit 1")))


def fsmonitor_of_gits_own(repo: Path) -> None:
    git(repo, "config", "core.fsmonitor", "true")


def quoting(repo: Path) -> None:
    git(repo, "config", "core.quotePath", "true")
    git(repo, "config", "color.ui", "always")
    git(repo, "config", "log.showSignature", "true")
    git(repo, "config", "i18n.commitEncoding", "ISO-8859-1")


@pytest.mark.parametrize(
    "habit",
    [
        failing_hooks, hooks_elsewhere, signing, signing_if_asked, pushing_nothing, pushing_all, split_index,
        fsmonitor, fsmonitor_of_gits_own, quoting,
    ],
)  # fmt: skip
def test_a_clone_s_own_habits_do_not_matter(
    publish: Run, repo: Path, remote: Path, habit: Callable[[Path], None]
) -> None:
    habit(repo)
    before = files_of(repo)
    ran = publish()
    assert (ran.code, ran.err) == (0, "")
    assert paths(remote) == FEW_PUBLISHED
    assert git(remote, "for-each-ref", "--format=%(refname)") == "refs/heads/main"
    assert untouched(files_of(repo)) == untouched(before)


def test_submodules_stay_links_to_their_commits(publish: Run, repo: Path, remote: Path) -> None:
    tip = git(repo, "rev-parse", "HEAD")
    git(repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(remote), "theme")
    git(repo, "commit", "--quiet", "--message", "With a submodule")
    git(repo, "push", "--quiet")
    git(repo, "config", "submodule.recurse", "true")
    assert publish().code == 0
    assert git(remote, "ls-tree", "main", "theme") == f"160000 commit {tip}\ttheme"
    assert paths(remote) == [".gitmodules", *FEW_PUBLISHED, "theme"]


def test_modes_and_links_beside_ours_stay_as_they_are(publish: Run, repo: Path, remote: Path) -> None:
    (repo / "run.sh").write_bytes(b"true\n")
    (repo / "run.sh").chmod(0o755)
    (repo / "README.md").chmod(0o755)
    (repo / "link").symlink_to("run.sh")
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "--message", "Modes")
    git(repo, "push", "--quiet")
    assert publish().code == 0
    modes = {line[-1]: line[0] for line in map(str.split, git(remote, "ls-tree", "main").splitlines())}
    assert (modes["README.md"], modes["run.sh"], modes["link"]) == ("100755", "100755", "120000")


def test_paths_with_spaces_and_letters_of_all_kinds(
    process: Run, repo: Path, remote: Path, spotify: StandIn, tmp_path: Path
) -> None:
    odd = tmp_path / "Ma musique à moi — 音楽"
    repo.rename(odd)
    remote.rename(tmp_path / "Øvrig lager.git")
    repo.symlink_to(odd)
    git(odd, "remote", "set-url", "origin", str(tmp_path / "Øvrig lager.git"))
    (odd / "config.yaml").write_text(f'{FEW}output: "mes écoutes/"\n', "utf-8")
    ran = process("publish", env=spotify.environment)
    assert (ran.code, ran.err) == (0, "")
    assert "mes écoutes/data/now_playing.json" in paths(tmp_path / "Øvrig lager.git")


# What stays unchanged


def untouched(files: dict[str, bytes]) -> dict[str, bytes]:
    """Leave out what may change: objects, and remote-tracking data."""
    may_move = (".git/objects/", ".git/refs/remotes/", ".git/logs/refs/remotes/")
    return {path: content for path, content in files.items() if not path.startswith(may_move)}


def looked_at(repo: Path) -> list[str]:
    asked = (
        "status --porcelain=v2 --branch",
        "stash list",
        "branch --verbose",
        "worktree list",
        "reflog --all",
    )
    return [git(repo, *words.split()) for words in asked]


def made_dirty(repo: Path) -> None:
    commit(repo, {"notes.txt": "1\n", "both.txt": "1\n", "gone.txt": "1\n"}, "Not pushed")
    (repo / "notes.txt").write_bytes(b"stashed\n")
    git(repo, "stash", "--quiet")
    (repo / "notes.txt").write_bytes(b"unstaged\n")
    (repo / "both.txt").write_bytes(b"staged\n")
    (repo / "README.md").write_bytes(b"# Staged, without sections\n")
    git(repo, "add", "both.txt", "README.md")
    (repo / "both.txt").write_bytes(b"unstaged too\n")
    (repo / "gone.txt").unlink()
    (repo / "output/data").mkdir(parents=True)
    (repo / "output/data/now_playing.json").write_bytes(b"untracked, and no JSON")
    git(repo, "fetch", "--quiet")


def detached(repo: Path) -> None:
    git(repo, "checkout", "--quiet", "--detach")


def merging(repo: Path) -> None:
    git(repo, "checkout", "--quiet", "-b", "side")
    commit(repo, {"README.md": "# Theirs\n"}, "Side")
    git(repo, "checkout", "--quiet", "main")
    commit(repo, {"README.md": "# Ours\n"}, "Main")
    with pytest.raises(subprocess.CalledProcessError):
        git(repo, "merge", "side")


def with_a_worktree(repo: Path) -> None:
    git(repo, "worktree", "add", "--quiet", "-b", "side", str(repo.parent / "side"))


@pytest.mark.parametrize("state", [made_dirty, detached, merging, with_a_worktree])
@pytest.mark.parametrize("lanes", ["", SQUASHED])
def test_what_a_person_has_in_the_clone_stays_as_it_is(
    publish: Run, repo: Path, remote: Path, state: Callable[[Path], None], lanes: str
) -> None:
    state(repo)
    settings(repo, lanes)
    somebody_pushes(remote, {"theirs.txt": "behind\n"})
    seen, files = looked_at(repo), files_of(repo)
    ran = publish()
    assert (ran.code, ran.err) == (0, "")
    assert untouched(files_of(repo)) == untouched(files)
    assert looked_at(repo) == seen
    assert subjects(remote) == ["Begin", "Theirs", "Update listening"]


@pytest.mark.parametrize("is_behind", [False, True])
@pytest.mark.parametrize("is_detached", [False, True])
def test_a_shallow_clone_is_enough_and_stays_shallow(
    publish: Run, repo: Path, remote: Path, is_behind: bool, is_detached: bool
) -> None:
    somebody_pushes(remote, {"theirs.txt": "1\n"})
    clone_anew(remote, repo, "--depth=1")
    if is_detached:
        detached(repo)
    theirs = [{"theirs.txt": "2\n"}, {"theirs.txt": "3\n"}] if is_behind else []
    for files in theirs:
        somebody_pushes(remote, files)
    seen, before = looked_at(repo), files_of(repo)
    ran = publish()
    assert (ran.code, ran.err) == (0, "")
    before.pop(".git/shallow")
    after = files_of(repo)
    after.pop(".git/shallow")  # where fetched history ends; nothing of the user's
    assert untouched(after) == untouched(before)
    assert looked_at(repo) == seen
    assert git(repo, "rev-list", "--count", "HEAD") == "1"
    assert subjects(remote) == ["Begin", "Theirs", *["Theirs" for _ in theirs], "Update listening"]


def test_a_shallow_clone_is_not_filled_up_with_history(publish: Run, repo: Path, remote: Path) -> None:
    clone_anew(remote, repo, "--depth=1")
    for number in range(5):
        somebody_pushes(remote, {"theirs.txt": f"{number}\n"})
    assert publish().code == 0
    objects = git(repo, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype)").split()
    assert objects.count("commit") == 3  # the cloned one, the fetched tip, and ours
    assert subjects(remote) == ["Begin", *["Theirs"] * 5, "Update listening"]


def test_settings_in_a_folder_of_the_repository_are_the_root_of_all_paths(
    publish: Run, repo: Path, remote: Path
) -> None:
    commit(repo, {"sub/config.yaml": f"{FEW}output: out\n", "sub/README.md": README}, "Sub")
    git(repo, "push", "--quiet")
    files = files_of(repo)
    assert publish("--config", "sub/config.yaml").code == 0
    assert untouched(files_of(repo)) == untouched(files)
    ours = sorted(f"sub/{path.replace('output/', 'out/')}" for path in [*FEW_PUBLISHED, "config.yaml"])
    assert paths(remote) == ["README.md", *ours]
    assert blob(remote, "main:README.md") == README.encode()
    assert b"on Spotify" in blob(remote, "main:sub/README.md")


def test_it_works_from_a_linked_worktree(publish: Run, repo: Path, remote: Path) -> None:
    git(repo, "worktree", "add", "--quiet", "--detach", "tree")
    settings(repo / "tree", "output: out\n")
    assert publish("--config", "tree/config.yaml").code == 0
    assert "out/data/now_playing.json" in paths(remote)


@pytest.mark.parametrize("lanes", ["", SQUASHED])
def test_variables_that_name_another_repository_do_not_matter(
    publish: Run, repo: Path, remote: Path, beginnings: Path, tmp_path: Path, lanes: str
) -> None:
    settings(repo, lanes)
    theirs = shutil.copytree(beginnings, tmp_path / "theirs")
    git(theirs / "repo", "remote", "set-url", "origin", str(theirs / "remote.git"))
    before = files_of(theirs)
    elsewhere = {
        "GIT_DIR": str(theirs / "repo/.git"),
        "GIT_COMMON_DIR": str(theirs / "repo/.git"),
        "GIT_WORK_TREE": str(theirs / "repo"),
        "GIT_INDEX_FILE": str(theirs / "repo/.git/index"),
        "GIT_OBJECT_DIRECTORY": str(theirs / "repo/.git/objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(theirs / "remote.git/objects"),
        "GIT_SHALLOW_FILE": str(theirs / "shallow"),
        "GIT_NAMESPACE": "theirs",
        "GIT_PREFIX": "sub/",
    }
    ran = publish(env=elsewhere)
    assert (ran.code, ran.err) == (0, "")
    assert subjects(remote) == ["Begin", "Update listening"]
    assert files_of(theirs) == before
    assert publish().out.startswith("Nothing new")


def test_variables_that_carry_settings_reach_git(publish: Run, repo: Path, remote: Path) -> None:
    git(repo, "remote", "set-url", "origin", "https://mine.invalid/x.git")
    setting = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{remote}.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://mine.invalid/x.git",
        "GIT_CONFIG_PARAMETERS": "'user.name=Eve'",
    }
    assert publish(env=setting).code == 0
    assert git(remote, "log", "-1", "--format=%an", "main") == "Eve"


# Runs that are killed

DIE = "kill -9 $OWN_PID; kill -9 0"
"""Like a machine that goes down: kill the command, and the process group of git that the hook is in."""


def seen_to_recover(repo: Path, remote: Path, publish: Run) -> None:
    """Check that a killed run left everything intact, and that the next run works."""
    git(remote, "fsck", "--strict", "--no-dangling")
    assert paths(remote) in (["README.md"], FEW_PUBLISHED)
    assert not list((repo / ".git").rglob("*.lock"))
    ran = publish()
    assert (ran.code, ran.err) == (0, "")
    assert subjects(remote) == ["Begin", "Update listening"]
    assert paths(remote) == FEW_PUBLISHED
    git(remote, "fsck", "--strict", "--no-dangling")
    assert git(repo, "status", "--porcelain") == "?? config.yaml"


@pytest.mark.parametrize("moment", ["pre-receive", "update", "post-receive"])
def test_killed_while_the_remote_takes_the_push(
    start: Start, publish: Run, repo: Path, remote: Path, spotify: StandIn, moment: str
) -> None:
    path = hook(remote, moment, DIE)
    assert ended(start(repo, spotify.environment)).code == -9
    path.unlink()
    seen_to_recover(repo, remote, publish)


@pytest.mark.parametrize(
    "moment", ["ls-remote", "cat-file", "hash-object", "read-tree", "update-index", "commit-tree", "push"]
)
@pytest.mark.parametrize("is_done", [False, True])
def test_killed_around_a_step_of_git(
    start: Start,
    publish: Run,
    repo: Path,
    remote: Path,
    spotify: StandIn,
    tmp_path: Path,
    moment: str,
    is_done: bool,
) -> None:
    do = '"$GIT" "$@"; ' if is_done else ""
    case = f'for word; do [ "$word" != {moment} ] || {{ {do}{DIE}; }}; done'
    path = in_place_of_git(tmp_path, f'{case}\nexec "$GIT" "$@"')
    assert ended(start(repo, {**spotify.environment, "PATH": path})).code == -9
    seen_to_recover(repo, remote, publish)


@pytest.mark.parametrize("nth", [1, 2, 4])
def test_killed_while_spotify_is_asked(
    start: Start, publish: Run, repo: Path, remote: Path, spotify: StandIn, nth: int
) -> None:
    doomed: SimpleQueue[Fork] = SimpleQueue()
    asked, env = count(1), spotify.environment

    def clock() -> datetime:
        if next(asked) == nth:
            doomed.get(timeout=30).kill()
        return NOW

    spotify.clock = clock
    process = start(repo, env)
    doomed.put(process)
    assert ended(process).code == -9
    assert subjects(remote) == ["Begin"]
    seen_to_recover(repo, remote, publish)


# Many runs


def test_runs_that_learn_nothing_make_no_commit_at_any_moment(publish: Run, repo: Path, remote: Path) -> None:
    settings(repo, TWO_LANES)
    publish()
    tips = git(remote, "for-each-ref")
    seconds, hours, days = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
    later = [0 * seconds, seconds, 30 * seconds, hours / 2, hours, 12 * hours, days, days + hours, 6 * days]
    assert {publish(now=NOW + passed).code for passed in later} == {0}
    assert git(remote, "for-each-ref") == tips


def test_days_of_runs_make_one_commit_a_week_and_keep_one_live(
    publish: Run, repo: Path, remote: Path, spotify: StandIn
) -> None:
    settings(repo, "publish: {live_branch: listening, live_history: squash, readme: weekly}\n")
    tips = set()
    for now in sorted({MONDAY + day + hour for day in DAYS for hour in HOURS}):
        spotify.clock = lambda now=now: now  # type: ignore[misc]
        assert publish(now=now).code == 0
        tip, *older = git(remote, "rev-list", "listening").splitlines()
        assert older == []
        tips.add(tip)
    assert subjects(remote) == ["Begin", "Update listening", "Update listening"]
    assert subjects(remote, "listening") == ["Update listening"]
    assert len(tips) > len(DAYS) * len(HOURS) / 2  # what is playing did change


# Two lanes


def test_what_is_kept_and_what_changes_often_go_to_branches_of_their_own(
    publish: Run, repo: Path, remote: Path
) -> None:
    (repo / "config.yaml").write_bytes(TWO_LANES.encode())
    ran = publish()
    assert (ran.code, ran.err) == (0, "")
    assert paths(remote) == ["README.md", "output/archive/2026-W48.json"]
    assert paths(remote, "listening") == [path for path in PUBLISHED if "archive" not in path]
    assert subjects(remote, "listening") == ["Update listening"]
    assert b"on Spotify" in blob(remote, "main:README.md")
    assert blob(remote, "listening:README.md").startswith(f"{MARK}\n\n# Now listening\n".encode())
    assert blob(remote, "listening:README.md").count(b"<!--") == 1


@pytest.mark.parametrize("lanes", [TWO_LANES, SQUASHED])
def test_what_a_person_puts_on_the_live_branch_stays(
    publish: Run, repo: Path, remote: Path, spotify: StandIn, lanes: str
) -> None:
    settings(repo, lanes)
    publish()
    somebody_pushes(remote, {"CNAME": "me.example\n", "output/mine.txt": "mine\n"}, "listening")
    later = NOW + timedelta(hours=6)
    spotify.clock = lambda: later
    assert publish(now=later).code == 0
    assert blob(remote, "listening:CNAME") == b"me.example\n"
    assert blob(remote, "listening:output/mine.txt") == b"mine\n"
    assert b"updated_at" in blob(remote, "listening:output/data/now_playing.json")
    assert git(remote, "log", "-1", "--format=%s", "listening") == "Update listening"


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("lanes", [TWO_LANES, SQUASHED])
@pytest.mark.parametrize(
    ("crowded", "is_begun"),
    [(["main"], False), (["main"], True), (["listening"], True), (["main", "listening"], True)],
)
def test_others_may_come_first_on_either_lane(
    publish: Run, repo: Path, remote: Path, spotify: StandIn, lanes: str, crowded: list[str], is_begun: bool
) -> None:
    settings(repo, lanes)
    later = NOW + timedelta(weeks=1)
    if is_begun:
        publish()
    spotify.clock = lambda: later
    for branch in crowded:
        rival(remote, "theirs-{n}.txt", times=2, branch=branch)
    ran = publish(now=later)
    assert (ran.code, ran.err) == (0, "")
    for branch in crowded:
        assert {"theirs-1.txt", "theirs-2.txt"} < set(paths(remote, branch))
    assert "output/archive/2026-W49.json" in paths(remote)
    assert subjects(remote)[-1] == "Update listening"
    assert subjects(remote).count("Update listening") == 1 + is_begun
    assert subjects(remote, "listening")[-1] == "Update listening"
    if lanes == SQUASHED:
        assert len(subjects(remote, "listening")) == 1
    assert git(remote, "merge-base", "--all", "main", "main") == git(remote, "rev-parse", "main")


@pytest.mark.usefixtures("hurried")
def test_one_lane_that_is_refused_does_not_hold_up_the_other(publish: Run, repo: Path, remote: Path) -> None:
    settings(repo, TWO_LANES)
    hook(remote, "update", '[ "$1" != refs/heads/main ] || { echo "error: GH006" >&2; exit 1; }')
    ran = publish()
    assert ran.code == 5
    assert "Pushed 5 files to listening" in ran.out
    assert subjects(remote) == ["Begin"]
    (remote / "hooks/update").unlink()
    assert publish().code == 0
    assert paths(remote) == ["README.md", "output/archive/2026-W48.json"]
    assert len(subjects(remote, "listening")) == 1


@pytest.mark.parametrize(
    ("text", "checked_out"),
    [
        ("publish: {live_branch: main}", "main"),
        ("publish: {branch: other, live_branch: main}", "main"),
        ("publish: {branch: other, live_branch: other}", "main"),
        ("publish: {live_branch: other}", "other"),
        ("publish: {live_branch: main}", "other"),
        ("publish: {live_branch: refs/heads/main}", "main"),
        ('publish: {live_branch: "+main"}', "main"),
    ],
)
def test_the_live_branch_is_no_branch_that_keeps(
    publish: Run, repo: Path, remote: Path, spotify: StandIn, text: str, checked_out: str
) -> None:
    git(repo, "push", "--quiet", "origin", "main:other")
    git(repo, "checkout", "--quiet", "-B", checked_out)
    settings(repo, text)
    before = git(remote, "for-each-ref")
    ran = publish()
    assert (ran.code, ran.out, spotify.requests) == (2, "", [])
    assert "config.yaml" in said_in_short(ran)
    assert git(remote, "for-each-ref") == before


A_PERSONS: dict[str, Files] = {
    "a README": {"README.md": "# Work\n"},
    "a mark further down": {"README.md": f"# Work\n{MARK}\n"},
    "no README": {"work.py": "pass\n"},
    "a README of ours in another folder": {"sub/README.md": f"{MARK}\n"},
    "a folder named README.md": {"README.md/x": MARK},
    "a link as README": {"mine.md": MARK, "README.md": Path("mine.md")},
}


@pytest.mark.parametrize("files", A_PERSONS.values(), ids=A_PERSONS)
@pytest.mark.parametrize("lanes", [TWO_LANES, SQUASHED])
def test_a_persons_branch_is_never_taken_for_a_live_one(
    publish: Run, repo: Path, remote: Path, spotify: StandIn, lanes: str, files: Files
) -> None:
    somebody_pushes(remote, files, "listening", is_first=True)
    settings(repo, lanes)
    before = git(remote, "for-each-ref")
    ran = publish()
    assert (ran.code, ran.out, spotify.requests) == (2, "", [])
    told = said_in_short(ran)
    assert "config.yaml: `publish.live_branch` can't be listening" in told
    assert "`git push origin --delete listening`" in told
    assert git(remote, "for-each-ref") == before


def test_after_a_persons_branch_is_deleted_it_is_a_live_one(publish: Run, repo: Path, remote: Path) -> None:
    somebody_pushes(remote, {"work.py": "pass\n"}, "listening", is_first=True)
    settings(repo, TWO_LANES)
    assert publish().code == 2
    git(repo, "push", "--quiet", "origin", "--delete", "listening")
    assert publish().code == 0
    assert subjects(remote, "listening") == ["Update listening"]


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("lanes", [TWO_LANES, SQUASHED])
def test_a_branch_that_a_person_pushes_meanwhile_is_not_taken_either(
    publish: Run, repo: Path, remote: Path, lanes: str
) -> None:
    settings(repo, lanes)
    rival(remote, "mine.txt", branch="listening")
    ran = publish()
    assert (ran.code, "can't be listening" in ran.err) == (2, True)
    assert subjects(remote, "listening") == ["Rival 1"]


@pytest.mark.parametrize("lanes", [TWO_LANES, SQUASHED])
def test_a_live_branch_is_ours_whatever_its_readme_is_made_of(
    publish: Run, repo: Path, remote: Path, spotify: StandIn, lanes: str
) -> None:
    settings(repo, lanes)
    (repo / "templates").mkdir()
    (repo / "templates/_live_readme.md.j2").write_bytes(b"My own, {{ now_playing.updated_at }}\n")
    assert publish().code == 0
    first = blob(remote, "listening:README.md")
    assert first.startswith(f"{MARK}\n\nMy own, ".encode())
    later = NOW + timedelta(hours=6)
    spotify.clock = lambda: later
    assert publish(now=later).code == 0
    assert blob(remote, "listening:README.md") != first


def test_a_branch_that_is_named_is_begun_if_it_is_missing(publish: Run, repo: Path, remote: Path) -> None:
    settings(repo, "publish: {branch: music}\n")
    assert publish().code == 0
    assert subjects(remote) == ["Begin"]
    assert [path for path in FEW_PUBLISHED if path != "README.md"] == paths(remote, "music")


# In GitHub Actions, and what a commit says


@pytest.fixture
def outputs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Publish in a step of a job that writes its outputs to this file."""
    path = tmp_path / "outputs"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_OUTPUT", str(path))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    return path


def set_by(outputs: Path) -> dict[str, str]:
    lines = [line.partition("=") for line in outputs.read_text("utf-8").splitlines()]
    assert len({name for name, _, _ in lines}) == len(lines)
    return {name: value for name, _, value in lines}


NAMES = ["changed", "commit", "new_week", "now_playing", "page", "token_days_left"]


def playing(title: str) -> Fault:
    item = {"type": "track", "name": title}
    return Fault(
        path="/v1/me/player/currently-playing", answer=json_answer(200, {"is_playing": True, "item": item})
    )


def test_a_job_s_bot_commits_and_later_steps_are_told(
    publish: Run, repo: Path, remote: Path, outputs: Path, tmp_path: Path
) -> None:
    git(repo, "config", "--unset", "user.name")
    git(repo, "config", "--unset", "user.email")
    assert publish().code == 0
    bot = "github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>"
    assert git(remote, "log", "-1", "--format=%an <%ae>", "main") == bot
    assert git(remote, "log", "-1", "--format=%cn <%ce>", "main") == bot
    told = set_by(outputs)
    assert sorted(told) == NAMES
    assert (told["changed"], told["new_week"], told["commit"]) == (
        "true", "true", git(remote, "rev-parse", "main"),
    )  # fmt: skip
    assert int(told["token_days_left"]) > 100
    assert told["now_playing"]
    assert "output/archive/2026-W48.json" in unescape((tmp_path / "summary").read_text("utf-8"))
    outputs.unlink()
    publish(now=NOW + timedelta(minutes=1))
    told = set_by(outputs)
    assert (told["changed"], told["new_week"], told["commit"]) == (
        "false", "false", git(remote, "rev-parse", "main"),
    )  # fmt: skip


@pytest.mark.usefixtures("remote")
@pytest.mark.parametrize(
    "title",
    [
        "x\nchanged=false", "x\r\ncommit=0", "x\rcommit=0", "x\u2028commit=0", "x\x85commit=0",
        "x\x0bcommit=0", "commit<<EOF\n0\nEOF", "=", "::set-output name=commit::0",
    ],
)  # fmt: skip
def test_a_title_sets_no_output(publish: Run, spotify: StandIn, outputs: Path, title: str) -> None:
    spotify.faults.append(playing(title))
    ran = publish()
    assert (ran.code, ran.err) == (0, "")
    told = set_by(outputs)
    assert sorted(told) == NAMES
    assert told["changed"] == "true"
    assert len(told["commit"]) == 40
    assert told["now_playing"].startswith(title[0])


@pytest.mark.parametrize("title", ["x\nchanged=true", "x\rcommit=0", "x\u2028commit=0", "x\x85commit=0"])
def test_a_title_that_is_read_back_sets_no_output(
    publish: Run, repo: Path, remote: Path, spotify: StandIn, outputs: Path, title: str
) -> None:
    path = "output/data/now_playing.json"
    spotify.faults.append(playing("Rain"))
    publish()
    git(repo, "pull", "--quiet")
    commit(repo, {path: (repo / path).read_text("utf-8").replace('"Rain"', json.dumps(title))})
    git(repo, "push", "--quiet")
    outputs.unlink()
    spotify.faults[:] = [Fault(path="/v1/me/player/currently-playing", answer=Answer(404))]
    assert publish(now=NOW + timedelta(minutes=1)).code == 0
    told = set_by(outputs)
    assert sorted(told) == NAMES
    assert told["now_playing"] == f"x{title[2:]}"
    assert json.loads(blob(remote, f"main:{path}"))["item"]["name"] == told["now_playing"]


def test_an_output_stays_on_its_line(outputs: Path) -> None:
    set_output("problem", "one\ncommit=0\r\nthree")
    assert outputs.read_text("utf-8") == "problem=one commit=0 three\n"


@pytest.mark.parametrize(
    "message", ["Update listening", "#chore: ✓ listening", "listening [skip ci]\n\nBy a job."]
)
def test_the_message_is_what_the_settings_say_and_never_a_title(
    publish: Run, repo: Path, remote: Path, spotify: StandIn, message: str
) -> None:
    text = message.replace("\n", "\\n")
    settings(repo, f'publish: {{live_branch: listening, message: "{text}"}}\n')
    spotify.faults.append(playing("Fixes #1\n\nCo-authored-by: Eve <eve@example.org>"))
    assert publish().code == 0
    for branch in ("main", "listening"):
        assert git(remote, "log", "-1", "--format=%B", branch) == message
    assert b"Eve" in blob(remote, "listening:output/data/now_playing.json")


CARD = """\
{% set c = cover(top_tracks.time_ranges.short_term[0], 36) %}
<svg><image data-cover="{{ c.key }}" href="{{ c.data }}"/></svg>
"""


@pytest.mark.parametrize("lanes", ["", TWO_LANES, SQUASHED])
@pytest.mark.parametrize("covers", [True])
def test_a_cover_is_fetched_once_however_often_the_card_is_made_and_then_taken_from_the_tip(
    publish: Run, repo: Path, remote: Path, spotify: StandIn, lanes: str
) -> None:
    (repo / "templates").mkdir()
    (repo / "templates/mine.svg.j2").write_bytes(CARD.encode())
    settings(repo, lanes)
    rival(remote, "theirs-{n}.txt", times=2)
    assert publish().code == 0
    assert len(spotify.pictures) == 1
    branch = "listening" if lanes else "main"
    card = blob(remote, f"{branch}:output/mine.svg")
    assert b'href="data:image/jpeg;base64,/9j/' in card
    spotify.pictures.clear()
    assert publish(now=NOW + timedelta(minutes=10)).code == 0
    assert spotify.pictures == []
    assert blob(remote, f"{branch}:output/mine.svg") == card
