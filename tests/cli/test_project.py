"""Which settings a command uses: those here, else the nearest above in the repository."""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from conftest import NOW, CommandIn, Ran, commit, files_of, git
from standin import StandIn

RunIn = Callable[..., Ran]

FOUND = "Using the settings in ../config.yaml.\n"


@pytest.fixture
def run_in(command_in: CommandIn, spotify: StandIn) -> RunIn:
    """Run a command in a folder, with the stand-in's secrets."""

    def run_in(folder: Path, *argv: str, env: dict[str, str] | None = None) -> Ran:
        variables = {**os.environ, **(spotify.environment if env is None else env)}
        return command_in(*argv, "--now", NOW.isoformat(), cwd=folder, env=variables)

    return run_in


@pytest.fixture
def sub(repo: Path) -> Path:
    """A subfolder of a git repository that has settings at its top."""
    git(repo, "init", "--quiet", "--initial-branch=main")
    (repo / "config.yaml").write_bytes(b"output: there\ntop_artists: false\n")
    (repo / "sub").mkdir()
    return repo / "sub"


def test_a_subfolder_publishes_by_the_settings_above_privacy_included(
    run_in: RunIn, remote: Path, repo: Path, tmp_path: Path
) -> None:
    (tmp_path / "look").mkdir()
    run_in(tmp_path / "look", "export")
    playing = msgspec.json.decode((tmp_path / "look/output/data/now_playing.json").read_bytes())["item"]
    (repo / "sub").mkdir()
    commit(repo, {"config.yaml": f"privacy: {{exclude: ['{playing['uri']}']}}\n"})
    git(repo, "push", "--quiet")
    ran = run_in(repo / "sub", "publish")
    assert (ran.code, ran.out[: len(FOUND)]) == (0, FOUND)
    published = git(remote, "ls-tree", "-r", "--name-only", "main").splitlines()
    assert "output/data/now_playing.json" in published
    shown = [path for path in published if path != "config.yaml" and not path.startswith("output/archive/")]
    assert not [path for path in shown if playing["id"] in git(remote, "show", f"main:{path}")]


def test_export_render_and_forget_work_in_the_folder_of_the_settings_above(
    run_in: RunIn, repo: Path, sub: Path
) -> None:
    for command in (["export"], ["render"], ["forget", "nobody", "--yes"]):
        ran = run_in(sub, *command)
        assert (ran.code, ran.out[: len(FOUND)]) == (0, FOUND)
    assert (repo / "there/data/top_tracks.json").exists()
    assert not (repo / "there/data/top_artists.json").exists()
    assert files_of(sub) == {}


def test_login_asks_for_what_the_settings_above_need(run_in: RunIn, repo: Path, sub: Path) -> None:
    (repo / "config.yaml").write_bytes(b"top_artists: false\ntop_tracks: false\n")
    ran = run_in(sub, "login", "--no-browser")
    assert ran.out.startswith(FOUND)
    assert "user-read-recently-played" in ran.out
    assert "user-top-read" not in ran.out


def test_check_says_which_settings_it_checked(run_in: RunIn, repo: Path, sub: Path) -> None:
    (repo / ".env").write_bytes(b"SPOTIFY_CLIENT_ID=a\nSPOTIFY_CLIENT_SECRET=b\nSPOTIFY_REFRESH_TOKEN=c\n")
    ran = run_in(sub, "check", "--offline", env={})
    assert "✓ the settings in ../config.yaml are valid\n" in ran.out
    assert "the three secrets are set" in ran.out
    (repo / "config.yaml").write_bytes(b"output: [a]\n")
    ran = run_in(sub, "check", "--offline", env={})
    assert (ran.code, ran.out[: len(FOUND)]) == (2, FOUND)


def test_the_nearest_settings_win(run_in: RunIn, sub: Path) -> None:
    (sub / "deep/deeper").mkdir(parents=True)
    (sub / "deep/config.yaml").write_bytes(b"output: near\n")
    ran = run_in(sub / "deep/deeper", "export")
    assert ran.out.startswith(FOUND)
    assert (sub / "deep/near/data/top_artists.json").exists()
    assert "settings" not in run_in(sub / "deep", "export").out


@pytest.mark.parametrize("top", [".git/", ".git"])
def test_settings_above_the_repository_are_not_for_it(run_in: RunIn, sub: Path, top: str) -> None:
    inner = sub / "inner"
    inner.mkdir()
    if top.endswith("/"):
        git(inner, "init", "--quiet")
    else:
        (inner / ".git").write_bytes(b"gitdir: elsewhere\n")  # as in a worktree or a submodule
    ran = run_in(inner, "check", "--offline")
    assert "there are no settings, so the defaults apply" in ran.out


def test_outside_git_only_the_settings_here_count(run_in: RunIn, repo: Path) -> None:
    (repo / "config.yaml").write_bytes(b"output: there\n")
    (repo / "sub").mkdir()
    assert run_in(repo / "sub", "export").code == 0
    assert (repo / "sub/output/data/now_playing.json").exists()


@pytest.mark.usefixtures("links")
@pytest.mark.parametrize(("make", "reason"), [("mkdir", "a folder"), ("symlink", "a link to nothing")])
def test_what_is_here_but_no_file_is_not_passed_over(
    run_in: RunIn, sub: Path, make: str, reason: str
) -> None:
    here = sub / "config.yaml"
    if make == "mkdir":
        here.mkdir()
    else:
        here.symlink_to("nowhere")
    ran = run_in(sub, "export")
    assert ran.code == 2
    assert ran.err.startswith(f"error: config.yaml: This can't be read: it is {reason}.\n")


def test_init_tells_of_settings_above_and_writes_its_own(run_in: RunIn, sub: Path) -> None:
    (sub / "README.md").write_bytes(b"# Me\n")
    ran = run_in(sub, "init")
    assert ran.code == 0
    assert "There are settings in ../config.yaml; this folder gets its own.\n" in ran.out
    assert (sub / "config.yaml").exists()
    assert "settings in" not in run_in(sub, "init").out + run_in(sub, "init", "--remove").out
