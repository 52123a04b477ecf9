"""Setting a repository up, and undoing it: nothing that a person wrote is lost."""

import os
import pty
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from conftest import NOW, PROJECT, CommandIn, Ran, Run, commit, files_of, git
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


Answering = Callable[..., Ran]
"""Run a command in the repository at a terminal, with a person's input."""


@pytest.fixture
def answering(repo: Path, python: list[str]) -> Answering:
    def answering(answers: str, *argv: str) -> Ran:
        ours, theirs = pty.openpty()
        os.write(ours, f"{answers}\x04".encode())  # and no more: end of input
        command = [*python, "-m", "exporter", *argv, "--now", NOW.isoformat()]
        done = subprocess.run(
            command, cwd=repo, stdin=theirs, capture_output=True, encoding="utf-8", check=False, timeout=60
        )
        os.close(ours)
        os.close(theirs)
        return Ran(done.returncode, done.stdout, done.stderr)

    return answering


def test_a_profile_gets_settings_a_workflow_and_markers_at_its_end(run: Run, profile: Path) -> None:
    before = tree(profile)
    ran = run("init")
    assert (ran.code, ran.err) == (0, "")
    after = tree(profile)
    assert after.keys() - before.keys() == {"config.yaml", WORKFLOW}
    assert after["README.md"].decode() == before["README.md"].decode() + (
        "\n<!-- listening:cards -->\n<!-- /listening:cards -->\n"
        "\n### Now playing\n\n<!-- listening:now_playing -->\n<!-- /listening:now_playing -->\n"
        "\n### Top tracks\n\n<!-- listening:top_tracks limit=5 -->\n<!-- /listening:top_tracks -->\n"
        "\n### Top artists\n\n<!-- listening:top_artists limit=5 -->\n<!-- /listening:top_artists -->\n"
    )
    assert load(profile / "config.yaml", may_be_missing=False) == Config()
    assert ran.out.endswith(
        "Next:\n"
        '  1. git add .github/workflows/listening.yml README.md config.yaml && git commit -m "Show my music" '
        "&& git push\n"
        "  2. now-listening login --save github --repo ada/ada\n"
    )


def test_the_workflow_is_the_one_in_the_documents(run: Run, profile: Path) -> None:
    run("init")
    written, documented = (
        re.sub(r"(now-listening/now-listening@).*", r"\1", text)
        for text in ((profile / WORKFLOW).read_text("utf-8"), (PROJECT / "docs/setup.md").read_text("utf-8"))
    )
    assert written in documented


GH = """\
#!/bin/sh
[ "$*" = "auth status --hostname github.com" ] || exit 2
printf 'github.com\\n  - Active account: true\\n{scopes}'
"""
WITHOUT, WITH = "  - Token scopes: 'gist', 'repo'\\n", "  - Token scopes: 'gist', 'repo', 'workflow'\\n"
HTTPS, SSH = "https://github.com/ada/ada.git", "git@github.com:ada/ada.git"
BY_GH, BY_OTHERS = "!/usr/bin/gh auth git-credential", "osxkeychain"


@pytest.mark.parametrize(
    ("scopes", "address", "helper", "is_told"),
    [
        (WITHOUT, HTTPS, BY_GH, True),
        (WITH, HTTPS, BY_GH, False),
        (WITHOUT, SSH, BY_GH, False),
        (WITHOUT, HTTPS, BY_OTHERS, False),
        ("", HTTPS, BY_GH, False),  # a token of another kind has no scopes
        ("'; exit 1; '", HTTPS, BY_GH, False),
    ],
)
def test_who_pushes_with_the_token_of_gh_is_told_of_the_scope_that_it_lacks(
    run: Run, profile: Path, tmp_path: Path, scopes: str, address: str, helper: str, *, is_told: bool
) -> None:
    program = tmp_path / "bin/gh"
    program.parent.mkdir()
    program.write_bytes(GH.format(scopes=scopes).encode())
    program.chmod(0o755)
    git(profile, "remote", "set-url", "origin", address)
    git(profile, "config", "credential.https://github.com.helper", helper)
    path = {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
    ran = run("init", env=path)
    assert ("  1. gh auth refresh -s workflow " in ran.out) is is_told
    assert f"\n  {1 + is_told}. git add " in ran.out
    assert f"\n  {2 + is_told}. now-listening login " in ran.out
    (profile / "README.md").write_bytes(b"# Ada\n")
    assert "gh auth refresh" not in run("init", env=path).out  # no workflow is pushed


def test_what_would_be_old_in_a_week_is_no_section_that_changes_weekly(run: Run, profile: Path) -> None:
    run("init", "--lanes", "two")
    found = sections.find((profile / "README.md").read_text("utf-8"), "README.md")
    assert [section.name for section in found] == ["cards", "top_tracks", "top_artists"]


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
    assert [section.name for section in found] == [
        "cards",
        "now_playing",
        "top_artists",
    ]  # what is switched on


def test_the_sections_stand_where_the_person_says(run: Run, profile: Path) -> None:
    run("init", "--line", "3")
    text = (profile / "README.md").read_text("utf-8")
    assert text.startswith("# Ada\n\nHello.\n\n<!-- listening:cards -->\n")
    assert text.endswith("<!-- /listening:top_artists -->\n\n## Projects\n\nMany.\n")


def test_at_a_terminal_the_person_is_asked_where_and_whether_two_lanes_are_wanted(
    answering: Answering, profile: Path
) -> None:
    commit(profile, {"README.md": "# Ada\n\nHello.\n\n## Projects\n\n```sh\n# no heading\n```\n"})
    ran = answering("\n3\ny\nEurope/Berlin\n", "init")
    assert ran.code == 0, ran.err
    assert "     5  ## Projects" in ran.out
    assert "no heading" not in ran.out
    text = (profile / "README.md").read_text("utf-8")
    assert "Hello.\n\n<!-- listening:cards -->\n<!-- /listening:cards -->\n\n### Top tracks\n\n" in text
    settings = load(profile / "config.yaml", may_be_missing=False)
    assert (settings.publish.live_branch, settings.timezone) == ("listening", "Europe/Berlin")


def test_the_question_of_lanes_says_what_changes_how_often(answering: Answering, profile: Path) -> None:
    ran = answering("\n\n\n\n", "init")
    assert ran.code == 0, ran.err
    told = " ".join(ran.out.split())
    assert "One lane: the README, its cards and the data change here, every half hour." in told
    assert "Two lanes: the README changes once a week; the cards that it shows, and the data," in told
    assert "change every half hour, on the branch `listening`." in told
    assert load(profile / "config.yaml", may_be_missing=False).publish.live_branch == "listening"


def test_at_a_terminal_a_time_zone_that_is_none_is_asked_for_again(
    answering: Answering, profile: Path
) -> None:
    ran = answering("\n\n\nCEST\nberlin\n Europe/Berlin \n", "init")
    assert ran.code == 0, ran.err
    told = " ".join(ran.out.split())
    assert "Which time zone are you in? [UTC]: " in told
    assert "there is no time zone `CEST`. Name a place that has this time, such as `Europe/Paris`." in told
    assert "there is no time zone `berlin`. Did you mean `Europe/Berlin`?" in told
    assert load(profile / "config.yaml", may_be_missing=False).timezone == "Europe/Berlin"


def test_at_a_terminal_the_person_is_asked_where_the_listening_is(
    answering: Answering, profile: Path
) -> None:
    ran = answering("lastfm\nrj & co\n\nn\n\n", "init")
    assert ran.code == 0, ran.err
    assert "What is your user name at Last.fm?" in ran.out
    assert load(profile / "config.yaml", may_be_missing=False).source == {"lastfm": "rj & co"}
    workflow = (profile / WORKFLOW).read_text("utf-8")
    assert "          LASTFM_API_KEY: ${{ secrets.LASTFM_API_KEY }}\n" in workflow
    assert "SPOTIFY" not in workflow
    assert "now-listening login --save github" in ran.out


def test_listenbrainz_needs_no_secret_and_no_login(run: Run, profile: Path) -> None:
    ran = run("init", "--source", "listenbrainz", "--user", "rob")
    assert (ran.code, ran.err) == (0, "")
    assert "source: {listenbrainz: rob}\n" in (profile / "config.yaml").read_text("utf-8")
    assert not re.search(r"secrets\.|\benv:", (profile / WORKFLOW).read_text("utf-8"))
    assert "login" not in ran.out
    assert "  2. now-listening publish" in ran.out
    assert run("login").out == "ListenBrainz needs no log-in: your name in the settings is enough.\n"
    run("init", "--remove")
    assert not (profile / "config.yaml").exists()
    assert not (profile / WORKFLOW).exists()


def test_without_a_terminal_the_user_must_be_named(run: Run, profile: Path) -> None:
    before = tree(profile)
    ran = run("init", "--source", "listenbrainz")
    assert ran.code == 2
    assert "ListenBrainz needs your user name.\n  Name it with --user." in ran.err
    assert tree(profile) == before


def test_settings_that_exist_keep_their_source(run: Run, profile: Path) -> None:
    (profile / "config.yaml").write_bytes(b"source: {lastfm: rj}\n")
    ran = run("init", "--source", "spotify")
    assert ran.code == 2
    assert "With the settings that exist, the listening is at Last.fm." in ran.err
    assert "Write `source: spotify` there:" in ran.err
    assert run("init", "--source", "lastfm").code == 0
    assert "LASTFM_API_KEY" in (profile / WORKFLOW).read_text("utf-8")


def test_settings_without_a_source_are_told_the_line_to_write(run: Run, profile: Path) -> None:
    (profile / "config.yaml").write_bytes(b"timezone: UTC\n")
    ran = run("init", "--source", "listenbrainz", "--user", "rob")
    assert (ran.code, "the listening is at Spotify." in ran.err) == (2, True)
    assert "Write `source: {listenbrainz: rob}` there:" in ran.err


@pytest.mark.parametrize(
    ("settings", "lanes", "change"),
    [
        ("", "two", "Write `publish: {live_branch: listening, live_history: squash, readme: weekly}`"),
        ("publish: {live_branch: listening}\n", "one", "Remove `live_branch` and `live_history`"),
    ],
)
def test_settings_that_exist_keep_their_lanes(
    run: Run, profile: Path, settings: str, lanes: str, change: str
) -> None:
    config = profile / "config.yaml"
    config.write_bytes(settings.encode())
    before = tree(profile)
    ran = run("init", "--lanes", lanes)
    assert (ran.code, f"{change} there:" in ran.err, tree(profile)) == (2, True, before)
    config.write_bytes(change.partition("`")[2].rstrip("`").encode() if lanes == "two" else b"")
    assert run("init", "--lanes", lanes).code == 0


def test_who_gives_no_answer_gets_no_files(answering: Answering, profile: Path) -> None:
    before = tree(profile)
    ran = answering("\n\n", "init")
    assert (ran.code, tree(profile)) == (130, before)


def test_without_a_terminal_the_time_zone_is_this_machines(run: Run, profile: Path) -> None:
    ran = run("init", env={"TZ": "America/Argentina/Buenos_Aires"})
    assert (ran.code, ran.err) == (0, "")
    assert load(profile / "config.yaml", may_be_missing=False).timezone == "America/Argentina/Buenos_Aires"
    run("init", "--remove")
    assert not (profile / "config.yaml").exists()


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
        ("![](https://spotify-github-profile.kittinanx.com/api/view?uid=x&cover_image=true)", "kittinan/"),
        ("![](https://spotify-github-profile.kittinan.com/api/view.svg?uid=x)", "kittinan/"),
        ("![](https://ada-spotify-github-profile.fly.dev/api/view?uid=x)", "kittinan/"),
        (
            "![](https://spotify-recently-played.jeffreyca.workers.dev/svg?user=x)",
            "JeffreyCA/spotify-recently-played-readme",
        ),
        (
            "![](https://spotify-recently-played-readme.vercel.app/api?user=x&count=5)",
            "JeffreyCA/spotify-recently-played-readme",
        ),
        (
            '<source srcset="https://lastfm-recently-played.jeffreyca.workers.dev/svg?user=x&theme=dark">',
            "JeffreyCA/lastfm-recently-played-readme",
        ),
        (
            "![](https://lastfm-recently-played.vercel.app/api?user=x)",
            "JeffreyCA/lastfm-recently-played-readme",
        ),
        ('<img src="https://www.data-card-for-spotify.com/api/card?user_id=x">', "magic-ike/"),
        ('<img src="https://data-card-for-spotify.herokuapp.com/api/card?user_id=x">', "magic-ike/"),
        ("![](https://ada.example.net/api/spotify)", "novatorem"),
        ("![](https://now-playing-ada.vercel.app/now-playing?open)", "natemoo-re/"),
        ("[![a](https://spotify-github-profile.vercel.app/api/view?uid=x)](https://x.example)", "kittinan/"),
        ('<img src="https://novatorem-ada.vercel.app/api/spotify" alt="Spotify">', "novatorem"),
        ("![Now](https://my-music.vercel.app/api/spotify?background_color=0d1117)", "novatorem"),
        ('<!--START_LASTFM_ARTISTS:{"rows": 8}-->', "dxnter/lastfm-readme"),
    ],
)
def test_another_projects_card_is_recognised_by_its_line(
    run: Run, profile: Path, line: str, project: str
) -> None:
    commit(profile, {"README.md": f"# Ada\n\n{line}\n"})
    ran = run("init")
    assert ran.out.startswith(f"README.md:3: this belongs to {project}")
    assert line in (profile / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    "line",
    [
        "I like [this](https://github.com/kittinan/spotify-github-profile).",
        "See [that](https://github.com/JeffreyCA/spotify-recently-played-readme#getting-started).",
        "Made with [novatorem](https://github.com/novatorem/novatorem).",
        "[Listen with me](https://open.spotify.com/user/ada)",
        "My [now page](https://ada.example.net/now-playing).",
    ],
)
def test_a_link_to_a_project_or_to_spotify_is_no_card(run: Run, profile: Path, line: str) -> None:
    commit(profile, {"README.md": f"# Ada\n\n{line}\n"})
    assert "belongs to" not in run("init").out


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
    steps = yaml.safe_load((profile / WORKFLOW).read_text("utf-8"))["jobs"]["update"]["steps"]
    assert steps[1]["with"] == {"config": "site/music.yaml"}
    run("init", "--remove", "--config", "site/music.yaml")
    assert not {"site/music.yaml", WORKFLOW} & tree(profile).keys()


def step(ran: Ran, number: int) -> str:
    """Take a command from the steps that `init` says come next."""
    return next(line for line in ran.out.splitlines() if line.startswith(f"  {number}. "))[5:]


@pytest.mark.parametrize(
    ("where", "argv"),
    [
        (".", ()),
        ("my site", ()),
        ("my site", ("--config", "../config.yaml")),
        (".", ("--config", "my site/it's $music.yaml")),
        ("../elsewhere", ("--config", "../repo/my site/config.yaml")),
    ],
)
def test_what_to_do_next_works_in_the_folder_one_stands_in(
    remote: Path, repo: Path, command_in: CommandIn, where: str, argv: tuple[str, ...]
) -> None:
    (repo / "my site").mkdir()
    (repo.parent / "elsewhere").mkdir()
    ran = command_in("init", *argv, cwd=repo / where, env=dict(os.environ))
    assert ran.code == 0, ran.err
    subprocess.run(["sh", "-ec", step(ran, 1)], cwd=repo / where, check=True, capture_output=True)  # noqa: S607
    assert git(repo, "status", "--porcelain") == ""
    assert git(remote, "rev-parse", "main") == git(repo, "rev-parse", "HEAD")
    told = shlex.split(step(ran, 2))
    assert ("--config" in told) == bool(argv)
    assert not argv or (repo / where / told[told.index("--config") + 1]).is_file()
    ran = command_in("init", "--remove", *argv, cwd=repo / where, env=dict(os.environ))
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_readme_in_utf_16_gets_no_markers(run: Run, profile: Path, encoding: str) -> None:
    (profile / "README.md").write_bytes("# Ada\n\nHéllo.\n".encode(encoding))
    before = tree(profile)
    ran = run("init")
    assert (ran.code, tree(profile)) == (2, before)
    assert ran.err == "error: README.md: This file is UTF-16.\n  Save it as UTF-8.\n"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("README.rst", "Convert it to README.md, or add"),
        ("README", "Convert it to README.md, or add"),
        ("readme.txt", "Convert it to README.md, or add"),
        ("docs/README.md", "Write `sections: [docs/README.md]` in config.yaml, or add"),
        (".github/README.md", "Write `sections: [.github/README.md]` in config.yaml, or add"),
        (".github/readme.adoc", "Convert it to README.md, or add"),
    ],
)
def test_another_readme_is_not_hidden_by_a_new_one(run: Run, profile: Path, name: str, hint: str) -> None:
    git(profile, "rm", "--quiet", "README.md")
    settings = {} if hint.startswith("Convert") else {"config.yaml": "timezone: UTC\n"}
    commit(profile, {name: "Ada\n"} | settings)
    before = tree(profile)
    ran = run("init")
    assert (ran.code, tree(profile)) == (2, before)
    assert ran.err.startswith(
        f"error: {name}: GitHub can't show both this README and a new README.md.\n  {hint}"
    )
    (profile / "README.md").touch()
    assert run("init").code == 0


def test_the_way_out_for_a_readme_in_a_folder_leads_there(run: Run, export: Run, profile: Path) -> None:
    git(profile, "rm", "--quiet", "README.md")
    commit(profile, {"docs/README.md": "Ada\n", "config.yaml": "sections: [docs/README.md]\n"})
    assert run("init").code == 0
    assert export().code == 0
    assert "on Spotify" in (profile / "docs/README.md").read_text("utf-8")
    assert not (profile / "README.md").exists()


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("readme.md", "README.rst"),
        ("ReadMe.MD", "README.rst"),
        ("README.markdown", "docs/README.md"),
        (".github/README.md", "readme.md"),
        ("docs/README.md", "docs/README.rst"),
    ],
)
def test_the_markdown_readme_that_github_shows_is_used(
    run: Run, export: Run, profile: Path, name: str, other: str
) -> None:
    git(profile, "rm", "--quiet", "README.md")
    commit(profile, {name: "# Ada\n", other: "Ada\n"})
    assert run("init").code == 0
    assert export().code == 0
    assert "on Spotify" in (profile / name).read_text("utf-8")
    assert not (profile / "README.md").exists()


def test_of_two_readmes_the_one_that_github_shows_is_used(run: Run, profile: Path) -> None:
    commit(profile, {".github/README.md": "# Ada\n"})
    before = (profile / "README.md").read_bytes()
    assert run("init").code == 0
    assert "listening:now_playing" in (profile / ".github/README.md").read_text("utf-8")
    assert (profile / "README.md").read_bytes() == before


def test_without_any_readme_a_new_one_is_made(run: Run, profile: Path) -> None:
    git(profile, "rm", "--quiet", "README.md")
    commit(profile, {"docs/README-old.md": "", "docs/guide.md": ""})
    assert run("init").code == 0
    assert (profile / "README.md").read_text("utf-8").startswith("<!-- listening:cards -->\n")


@pytest.mark.parametrize(
    ("settings", "first"),
    [
        ('skip: ["cards/*"]\n', "now_playing"),
        ("skip: [cards/now_playing.svg]\n", "cards"),
        ("now_playing: false\ntop_artists: false\ntop_tracks: false\n", None),
    ],
)
def test_without_a_card_to_show_there_is_no_section_for_cards(
    run: Run, profile: Path, settings: str, first: str | None
) -> None:
    commit(profile, {"config.yaml": settings})
    assert run("init").code == 0
    found = sections.find((profile / "README.md").read_text("utf-8"), "README.md")
    assert next((section.name for section in found), None) == first


def test_who_wants_no_sections_gets_none(run: Run, profile: Path) -> None:
    (profile / "config.yaml").write_bytes(b"sections: []\n")
    before = tree(profile)["README.md"]
    assert run("init").code == 0
    assert tree(profile)["README.md"] == before


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


@pytest.mark.usefixtures("profile")
def test_removing_speaks_only_of_what_is_there(run: Run) -> None:
    run("init", "--source", "listenbrainz", "--user", "rob")
    assert run("init", "--remove").out.endswith("You still need to:\n  - commit and push the changes\n")
    nothing = "Nothing to remove: there are no settings, workflow or sections here.\n"
    assert run("init", "--remove").out == nothing


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


@pytest.mark.parametrize(
    ("ours", "mine"),
    [
        ("### Now playing\n", "### 🎵 On my stereo\n"),
        ("### Now playing\n\n", "### Now playing\n\nTurn it up!\n\n"),
        ("### Now playing\n", "#### Now playing\n"),
    ],
)
def test_a_heading_that_a_person_changed_is_theirs(run: Run, profile: Path, ours: str, mine: str) -> None:
    run("init")
    readme = profile / "README.md"
    readme.write_bytes(readme.read_text("utf-8").replace(ours, mine).encode())
    run("init", "--remove")
    left = readme.read_text("utf-8")
    assert mine.strip() in left
    assert "Top tracks" not in left


def test_what_was_changed_since_is_left_to_the_person(run: Run, profile: Path) -> None:
    run("init")
    (profile / "config.yaml").write_bytes(b"timezone: Europe/Berlin\n")
    workflow = profile / WORKFLOW
    workflow.write_bytes(
        workflow.read_text("utf-8").replace("timeout-minutes: 10", "timeout-minutes: 20").encode()
    )
    ran = run("init", "--remove")
    assert "Kept config.yaml, because it was changed." in ran.out
    assert f"Kept {WORKFLOW}, because it was changed." in ran.out
    assert (profile / "config.yaml").exists()


def test_a_workflow_whose_versions_were_raised_is_still_ours(run: Run, profile: Path) -> None:
    run("init")
    workflow = profile / WORKFLOW
    workflow.write_bytes(re.sub(r"@\S+( # v.*)?", "@0123abc # v9", workflow.read_text("utf-8")).encode())
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
    assert [section.name for section in found] == ["cards", "now_playing", "top_tracks", "top_artists"]
    left = scaffold.without_sections(written, "README.md")
    kept, wrote = ([line for line in each.splitlines() if line.strip()] for each in (left, text))
    assert kept == wrote
