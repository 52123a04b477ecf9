"""Setting a repository up, and undoing it: nothing that a person wrote is lost."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import NOW, PROJECT, Ran, Run, commit, files_of, git
from hypothesis import given
from hypothesis import strategies as st
from standin import StandIn

from exporter.config.load import load
from exporter.config.schema import Config
from exporter.errors import SetupError
from exporter.render import sections
from exporter.setup import scaffold

WORKFLOW = ".github/workflows/listening.yml"
PAIRS = scaffold.markers(Config(), weekly=False)


def tree(repo: Path) -> dict[str, bytes]:
    return {path: content for path, content in files_of(repo).items() if not path.startswith(".git/")}


@pytest.fixture
def profile(repo: Path) -> Path:
    """The repository ada/ada, with a README and an existing workflow."""
    git(repo, "init", "--quiet", "--initial-branch=main")
    git(repo, "remote", "add", "origin", "https://github.com/ada/ada.git")
    commit(
        repo,
        {"README.md": "# Ada\n\nHello.\n\n## Projects\n\nMany.\n", ".github/workflows/ci.yml": "on: push\n"},
    )
    return repo


def answering(repo: Path, answers: str, *argv: str) -> Ran:
    """Run a command at a terminal, with a person's input."""
    ours, theirs = pty.openpty()
    os.write(ours, answers.encode())
    command = [sys.executable, "-m", "exporter", *argv, "--now", NOW.isoformat()]
    env = os.environ | {"PYTHONPATH": str(PROJECT)}
    done = subprocess.run(
        command, cwd=repo, env=env, stdin=theirs, capture_output=True, encoding="utf-8", check=False
    )
    os.close(ours)
    os.close(theirs)
    return Ran(done.returncode, done.stdout, done.stderr)


def test_a_profile_gets_settings_a_workflow_and_markers_at_its_end(run: Run, profile: Path) -> None:
    before = tree(profile)
    ran = run("init")
    assert (ran.code, ran.err) == (0, "")
    after = tree(profile)
    assert after.keys() - before.keys() == {"config.yaml", WORKFLOW}
    assert after["README.md"].decode() == before["README.md"].decode() + (
        "\n<!-- listening:now_playing -->\n<!-- /listening:now_playing -->\n"
        "\n<!-- listening:top_tracks limit=5 -->\n<!-- /listening:top_tracks -->\n"
    )
    assert load(profile / "config.yaml", may_be_missing=False) == Config()
    assert ran.out.endswith(
        "Next:\n"
        "  1. git add .github/workflows/listening.yml README.md config.yaml && git commit -m 'Show my music' "
        "&& git push\n"
        "  2. now-listening login --save github --repo ada/ada\n"
    )


def test_the_workflow_is_the_one_in_the_documents(run: Run, profile: Path) -> None:
    run("init")
    assert (profile / WORKFLOW).read_text() in (PROJECT / "docs/setup.md").read_text()


def test_what_would_be_old_in_a_week_is_no_section_that_changes_weekly(run: Run, profile: Path) -> None:
    run("init", "--lanes", "two")
    found = sections.find((profile / "README.md").read_text(), "README.md")
    assert [section.name for section in found] == ["top_tracks", "top_artists"]


def test_what_is_set_up_publishes_at_once(publish: Run, run: Run, remote: Path, repo: Path) -> None:
    git(repo, "rm", "--quiet", "README.md")
    commit(repo, {"ReadMe.md": "# Me"})
    run("init", "--lanes", "two")
    git(repo, "add", ".")
    git(repo, "commit", "--quiet", "--message", "Set up")
    git(repo, "push", "--quiet", "origin", "main")
    assert publish().code == 0
    assert "on Spotify" in git(remote, "show", "main:ReadMe.md")
    assert git(remote, "rev-list", "--count", "listening") == "1"


@pytest.mark.parametrize("argv", [(), ("--lanes", "two"), ("--line", "2")])
def test_a_second_time_changes_nothing(run: Run, profile: Path, argv: tuple[str, ...]) -> None:
    run("init", *argv)
    before = tree(profile)
    ran = run("init", *argv)
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "Nothing to do: everything is there.")
    assert tree(profile) == before


def test_what_is_there_is_never_written_over(run: Run, profile: Path) -> None:
    mine = {
        "config.yaml": "timezone: Europe/Berlin\ntop_tracks: false\n",
        ".github/workflows/music.yaml": "jobs: {a: {steps: [{uses: now-listening/now-listening@main}]}}\n",
    }
    commit(profile, mine)
    run("init")
    after = tree(profile)
    assert {name: after[name].decode() for name in mine} == mine
    assert WORKFLOW not in after
    found = sections.find(after["README.md"].decode(), "README.md")
    assert [section.name for section in found] == ["now_playing", "top_artists"]  # what is switched on


def test_the_sections_stand_where_the_person_says(run: Run, profile: Path) -> None:
    run("init", "--line", "3")
    text = (profile / "README.md").read_text()
    assert text.startswith("# Ada\n\nHello.\n\n<!-- listening:now_playing -->\n")
    assert text.endswith("<!-- /listening:top_tracks -->\n\n## Projects\n\nMany.\n")


def test_at_a_terminal_the_person_is_asked_where_and_whether_two_lanes_are_wanted(profile: Path) -> None:
    commit(profile, {"README.md": "# Ada\n\nHello.\n\n## Projects\n\n```sh\n# no heading\n```\n"})
    ran = answering(profile, "3\ny\n", "init")
    assert ran.code == 0, ran.err
    assert "     5  ## Projects" in ran.out
    assert "no heading" not in ran.out
    assert "Hello.\n\n<!-- listening:top_tracks limit=5 -->" in (profile / "README.md").read_text()
    assert load(profile / "config.yaml", may_be_missing=False).publish.live_branch == "listening"


def test_two_lanes_are_offered_on_a_profile_and_on_no_other_repository(run: Run, profile: Path) -> None:
    git(profile, "remote", "set-url", "origin", "git@github.com:Ada/ada.git")
    assert "--lanes two" in run("init").out
    git(profile, "remote", "set-url", "origin", "git@github.com:ada/site.git")
    (profile / "config.yaml").unlink()
    ran = run("init")
    assert "--lanes" not in ran.out
    assert "--repo ada/site" in ran.out


@pytest.mark.parametrize(
    ("line", "project"),
    [
        ("![](https://spotify-github-profile.kittinan.com/api/view?uid=x&cover_image=true)", "kittinan/"),
        ("[![a](https://spotify-github-profile.vercel.app/api/view?uid=x)](https://x.example)", "kittinan/"),
        ('<img src="https://novatorem-ada.vercel.app/api/spotify" alt="Spotify">', "novatorem"),
        ("![Now](https://my-music.vercel.app/api/spotify?background_color=0d1117)", "novatorem"),
        ('<!--START_LASTFM_ARTISTS:{"rows": 8}-->', "lastfm-readme"),
    ],
)
def test_another_projects_card_is_recognised_by_its_line(
    run: Run, profile: Path, line: str, project: str
) -> None:
    commit(profile, {"README.md": f"# Ada\n\n{line}\n"})
    ran = run("init")
    assert ran.out.startswith(f"README.md:3: this belongs to {project}")
    assert line in (profile / "README.md").read_text()


PAIR = "<!-- listening:now_playing -->\n<!-- /listening:now_playing -->\n"


@pytest.mark.parametrize(
    ("text", "line", "written"),
    [
        ("", None, PAIR),
        ("# Me", None, f"# Me\n\n{PAIR}"),
        ("# Me\n\n", None, f"# Me\n\n{PAIR}"),
        ("a\nb\n", 1, f"a\n\n{PAIR}\nb\n"),
        ("a\n\nb\n", 1, f"a\n\n{PAIR}\nb\n"),
        ("a\n\nb\n", 2, f"a\n\n{PAIR}\nb\n"),
        ("a\n", 0, f"{PAIR}\na\n"),
        ("a\r\nb\r\n", 1, f"a\n\n{PAIR}\nb\n".replace("\n", "\r\n")),
    ],
)
def test_blank_lines_and_line_ends_are_as_in_the_text(text: str, line: int | None, written: str) -> None:
    assert scaffold.with_markers(text, [PAIR], "README.md", line) == written


def test_a_subfolder_with_its_own_settings(run: Run, profile: Path) -> None:
    (profile / "site").mkdir()
    ran = run("init", "--config", "site/music.yaml")
    assert ran.code == 0, ran.err
    assert {"site/music.yaml", "site/README.md", WORKFLOW} <= tree(profile).keys()
    steps = yaml.safe_load((profile / WORKFLOW).read_text())["jobs"]["update"]["steps"]
    assert steps[1]["with"] == {"config": "site/music.yaml"}
    run("init", "--remove", "--config", "site/music.yaml")
    assert not {"site/music.yaml", WORKFLOW} & tree(profile).keys()


def test_outside_git_it_says_so_and_writes_nothing(run: Run, repo: Path) -> None:
    ran = run("init")
    assert (ran.code, tree(repo)) == (2, {})
    assert "not in a git repository" in ran.err


@pytest.mark.parametrize(
    ("readme", "argv", "words"),
    [
        ("# Ada\n", ("--line", "9"), "README.md: There is no line 9."),
        ("# Ada\n```\ncode\n```\n", ("--line", "3"), "README.md:3: Sections would be in a code block"),
        ("# Ada\n```\nnever closed\n", (), "README.md:3: Sections would be in a code block"),
        ("<!-- listening:now_playing -->\n", (), "README.md:1: `listening:now_playing` is not closed"),
    ],
)
def test_where_sections_can_not_stand_nothing_is_written(
    run: Run, profile: Path, readme: str, argv: tuple[str, ...], words: str
) -> None:
    commit(profile, {"README.md": readme})
    before = tree(profile)
    ran = run("init", *argv)
    assert (ran.code, words in ran.err) == (2, True), ran.err
    assert tree(profile) == before


@pytest.mark.parametrize("argv", [(), ("--lanes", "two"), ("--line", "3"), ("--line", "0")])
def test_removing_leaves_the_repository_as_it_was(run: Run, profile: Path, argv: tuple[str, ...]) -> None:
    before = tree(profile)
    run("init", *argv)
    ran = run("init", "--remove")
    assert (ran.code, ran.err) == (0, "")
    assert tree(profile) == before
    assert "Deleted config.yaml.\nDeleted .github/workflows/listening.yml.\n" in ran.out
    assert "Kept " not in ran.out
    assert "gh secret delete SPOTIFY_REFRESH_TOKEN --repo ada/ada" in ran.out
    assert "https://www.spotify.com/account/apps/" in ran.out
    assert ("git push origin --delete listening" in ran.out) == ("two" in argv)


def test_removing_after_an_export_leaves_what_was_exported(
    run: Run, export: Run, profile: Path, spotify: StandIn
) -> None:
    readme = (profile / "README.md").read_bytes()
    run("init")
    assert export().code == 0
    ran = run("init", "--remove", env=spotify.environment)
    assert (profile / "README.md").read_bytes() == readme
    assert "git rm -r output" in ran.out
    assert (profile / "output/data/now_playing.json").exists()


def test_what_was_changed_since_is_left_to_the_person(run: Run, profile: Path) -> None:
    run("init")
    (profile / "config.yaml").write_text("timezone: Europe/Berlin\n")
    workflow = profile / WORKFLOW
    workflow.write_text(workflow.read_text().replace("timeout-minutes: 10", "timeout-minutes: 20"))
    ran = run("init", "--remove")
    assert "Kept config.yaml, because it was changed." in ran.out
    assert f"Kept {WORKFLOW}, because it was changed." in ran.out
    assert (profile / "config.yaml").exists()


def test_a_workflow_whose_versions_were_raised_is_still_ours(run: Run, profile: Path) -> None:
    run("init")
    workflow = profile / WORKFLOW
    workflow.write_text(re.sub(r"@\S+( # v.*)?", "@0123abc # v9", workflow.read_text()))
    run("init", "--remove")
    assert not workflow.exists()


lines = st.lists(
    st.sampled_from(["# Title", "text", "", "  ", "- item", "> quote", "\ta", "é<b>"]), max_size=8
)


@given(lines=lines, newline=st.sampled_from(["\n", "\r\n"]), ends=st.booleans(), place=st.integers(0, 9))
def test_what_is_put_in_comes_out_again(lines: list[str], newline: str, ends: bool, place: int) -> None:
    text = newline.join(lines) + (newline if ends and lines else "")
    line = place if place <= len(text.splitlines()) else None
    try:
        written = scaffold.with_markers(text, PAIRS, "README.md", line)
    except SetupError:
        return
    found = sections.find(written, "README.md")
    assert [section.name for section in found] == ["now_playing", "top_tracks"]
    left = scaffold.without_sections(written, "README.md")
    kept, wrote = ([line for line in each.splitlines() if line.strip()] for each in (left, text))
    assert kept == wrote
