"""What `check` prints for broken set-ups, as whole screens: `make golden` writes them again."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PROJECT, Hurry, Ran, Run, files_of, git
from msgspec import Struct
from msgspec.structs import replace
from standin import Fault, StandIn

from exporter import REPOSITORY
from exporter.demo.answers import json_answer
from exporter.demo.spotify.service import SCOPES
from exporter.serving import Answer

SCREENS = PROJECT / "tests/golden/check"

SECTION = "<!-- listening:now_playing -->\n<!-- /listening:now_playing -->\n"
WORKFLOW = """\
permissions: {}
jobs:
  update:
    permissions: {contents: write}
    steps:
      - run: now-listening export
        env:
          SPOTIFY_CLIENT_ID: ${{ secrets.SPOTIFY_CLIENT_ID }}
          SPOTIFY_CLIENT_SECRET: ${{ secrets.SPOTIFY_CLIENT_SECRET }}
          SPOTIFY_REFRESH_TOKEN: ${{ secrets.SPOTIFY_REFRESH_TOKEN }}
"""
ACTION = f"""\
jobs:
  update:
    permissions: {{contents: write}}
    steps:
      - uses: {REPOSITORY}@v0.1.0
        env: {{A: "${{{{ secrets.SPOTIFY_CLIENT_ID }}}}", B: "${{{{ secrets.SPOTIFY_CLIENT_SECRET }}}}"}}
        # ${{{{ secrets.SPOTIFY_REFRESH_TOKEN }}}}
"""
LATER_WEEK = """\
{"schema_version": 1, "week": "2026-W50", "taken_at": "2026-12-08T00:00:00Z", "timezone": "UTC",
"artists": {}, "tracks": {}}
"""
WORKFLOW_FILE = ".github/workflows/listening.yml"
NO_SECRETS = {"SPOTIFY_CLIENT_ID": "", "SPOTIFY_CLIENT_SECRET": "", "SPOTIFY_REFRESH_TOKEN": ""}


class SetUp(Struct, frozen=True, kw_only=True):
    """Changes to a valid set-up: files (None: absent), variables, Spotify's faults; and the exit code.

    Once all is pushed, it `publishes` if so wished, and runs `git` (None: there is no repository).
    """

    code: int = 0
    files: dict[str, str | None] = {}
    env: dict[str, str] = {}
    faults: list[Fault] = []
    scopes: tuple[str, ...] = SCOPES
    argv: tuple[str, ...] = ()
    publishes: bool = False
    git: tuple[str, ...] | None = ()


def live_branch(name: str) -> dict[str, str | None]:
    return {"config.yaml": f"http: {{retry_budget: 0}}\npublish: {{live_branch: {name}}}\n"}


def refusing(description: str) -> Fault:
    body = {"error": "invalid_grant", "error_description": description}
    return Fault(path="/api/token", answer=json_answer(400, body))


SET_UPS = {
    "sound": SetUp(),
    "offline": SetUp(argv=("--offline",)),
    "offline without secrets": SetUp(argv=("--offline",), env={"SPOTIFY_REFRESH_TOKEN": ""}),
    "a setting that is none": SetUp(code=2, files={"config.yaml": "\ntop_artist: {limit: 5}\n"}),
    "six mistakes in the settings": SetUp(
        code=2,
        files={
            "config.yaml": "timezone: Berlin\noutptu: docs\nhttp: {timeout: 0}\nskip: a\nskip: b\n"
            "publish: {live_history: squash}\n"
        },
    ),
    "settings that are no YAML": SetUp(code=2, files={"config.yaml": "source: [\n"}, env=NO_SECRETS),
    "a source that is none": SetUp(code=2, files={"config.yaml": "source: lastfn\n"}, env=NO_SECRETS),
    "a mistake in the settings of another source": SetUp(
        code=2,
        files={
            "config.yaml": "source: {listenbrainz: ada}\noutptu: docs\n",
            WORKFLOW_FILE: WORKFLOW.partition("        env:")[0],
        },
        env=NO_SECRETS,
    ),
    "mistakes in the settings, a template and a README": SetUp(
        code=2,
        files={
            "config.yaml": "timezone: Berlin\ntop_tracks: {limit: 99}\n",
            "templates/x.txt.j2": "{{ nope }}",
            "README.md": "<!-- listening:top_tracks limit=0 -->\n<!-- /listening:top_tracks -->\n",
        },
    ),
    "an accent that is hard to see": SetUp(
        files={"config.yaml": "http: {retry_budget: 0}\ntheme:\n  light: {accent: '#dddddd'}\n"}
    ),
    "a template that does not compile": SetUp(code=2, files={"templates/x.txt.j2": "\n{% if %}"}),
    "a marker that is cut in half": SetUp(code=2, files={"README.md": "# Me\n\n<!-- listening:now_playing"}),
    "a README without markers": SetUp(files={"README.md": "# Me\n"}),
    "outside git, without settings": SetUp(git=None, files={"config.yaml": None}),
    "git is not installed": SetUp(env={"PATH": ""}),
    "a repository that git does not trust": SetUp(env={"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}),
    "no commit yet": SetUp(git=("update-ref -d HEAD", "remote set-url origin ../empty.git")),
    "nothing pushed yet": SetUp(git=("remote set-url origin ../empty.git",)),
    "no remote": SetUp(git=("remote remove origin",)),
    "no remote offline": SetUp(argv=("--offline",), git=("remote remove origin",)),
    "a remote without its default branch": SetUp(
        git=("--git-dir=../remote.git symbolic-ref HEAD refs/heads/master",)
    ),
    "a remote that is not there": SetUp(git=("remote set-url origin ../nowhere.git",)),
    "a remote with credentials offline": SetUp(
        argv=("--offline",), git=("remote set-url origin https://ada:sekret@git.invalid/ada/ada.git",)
    ),
    "nobody who commits": SetUp(git=("config --unset user.email", "config user.useConfigOnly true")),
    "a branch that was never pushed": SetUp(git=("checkout -q -b mine",)),
    "no branch is checked out": SetUp(git=("checkout -q --detach",)),
    "no branch is checked out offline": SetUp(argv=("--offline",), git=("checkout -q --detach",)),
    "a workflow that is not on the default branch": SetUp(git=("push --quiet --force origin HEAD~1:main",)),
    "a live branch that is the default one": SetUp(code=2, files=live_branch("main")),
    "a live branch that is the default one and nothing pushed": SetUp(
        code=2, files=live_branch("main"), git=("checkout -q -b mine",)
    ),
    "a live branch with a name that is none": SetUp(
        code=2, files=live_branch("refs/heads/x"), argv=("--offline",)
    ),
    "a live branch that a person created": SetUp(
        code=2, files=live_branch("dev"), git=("push -q origin main:dev",)
    ),
    "a live branch that is new": SetUp(files=live_branch("listening")),
    "a live branch that is ours": SetUp(files=live_branch("listening"), publishes=True),
    "an action that may not open issues": SetUp(files={WORKFLOW_FILE: ACTION}),
    "no workflow": SetUp(files={WORKFLOW_FILE: None}),
    "a workflow without secrets that may not push": SetUp(
        files={WORKFLOW_FILE: "jobs: {update: {steps: [{run: now-listening export}]}}\n"}
    ),
    "a workflow that is no YAML": SetUp(files={WORKFLOW_FILE: "now-listening: [\n"}),
    "a .env in git": SetUp(code=2, files={".env": "X=1\n"}, git=("add .env",)),
    "a .env that git does not ignore": SetUp(files={".env": "X=1\n"}),
    "a damaged document": SetUp(files={"output/data/top_tracks.json": "{"}),
    "a .env that is no text": SetUp(code=2, files={".env": "\udcff"}),
    "entries of exclude that hide nothing": SetUp(
        files={
            "config.yaml": """\
http: {retry_budget: 0}
privacy:
  exclude:
    - papr lighthouse
    - Paper Lighthouse
    - Somebody who is not here
    - spotify:playlist:4SleepWell
    - https://open.spotify.com/playlist/4SleepWell?si=0a1b
    - "spotify:playlist:"
    - https://spotify.link/4SleepWell
    - http://example.org/playlist/4SleepWell
    - https://open.spotify.com/user/ada
    - ""
""",
            "output/data/top_artists.json": """{
                "schema_version": 1, "updated_at": "2026-11-20T12:00:00Z", "time_ranges": {"short_term": [
                {"kind": "artist", "rank": 1, "movement": null, "id": "1a", "uri": null, "url": null,
                "name": "Paper Lighthouses", "image": null, "images": []}]}}""",
        }
    ),
    "no secrets": SetUp(code=2, env={"SPOTIFY_CLIENT_SECRET": "", "SPOTIFY_REFRESH_TOKEN": " "}),
    "a token that ended": SetUp(code=3, faults=[refusing("Refresh token expired")]),
    "a token that ends soon": SetUp(env={"SPOTIFY_REFRESH_TOKEN": "demo-refresh-token#2026-05-30"}),
    "a token of unknown age": SetUp(env={"SPOTIFY_REFRESH_TOKEN": "demo-refresh-token"}),
    "a day that is none": SetUp(code=2, env={"SPOTIFY_REFRESH_TOKEN": "demo-refresh-token#monday"}),
    "a scope that was not granted": SetUp(code=3, scopes=SCOPES[:2]),
    "Spotify is down": SetUp(code=4, faults=[Fault(path="/api/token", answer=Answer(503))]),
    "one list is down": SetUp(code=4, faults=[Fault(path="/v1/me/top/tracks", answer=Answer(500))]),
    "a damaged week": SetUp(files={"output/archive/2026-W40.json": "{"}),
    "a later week and names that are no weeks": SetUp(
        files={
            "output/archive/2026-W50.json": LATER_WEEK,
            "output/archive/2026-w20.json": "{}",
            "output/archive/2026-W99.json": "{}",
        }
    ),
    "a job with fewer rights than its workflow": SetUp(
        files={
            WORKFLOW_FILE: WORKFLOW.replace("{contents: write}", "{contents: read}").replace(
                "permissions: {}", "on: 2001-13-45\npermissions: {contents: write}"
            )
        }
    ),
    "files that nothing writes": SetUp(
        files={
            "config.yaml": "http: {retry_budget: 0}\ntop_artists: false\nskip: [data/top_tracks.json]\n"
            "sections: [README.md, output/about.md]\n",
            "templates/mine.svg.j2": "<svg/>",
            "output/mine.svg": "<svg/>",
            "output/mine-dark.svg": "<svg/>",
            "output/about.md": SECTION,
            "output/data/now_playing.json": None,
            "output/data/top_artists.json": "{}",
            "output/data/top_tracks.json": "{}",
            "output/cards/old.svg": "<svg/>",
            "output/cards/CNAME": "ada.example",
            "output/archive/2026-W50.txt": "",
            "output/CNAME": "ada.example",
            "output/.nojekyll": "",
            "output/.well-known/x": "",
        }
    ),
    "many files that nothing writes": SetUp(files={f"output/{i:02}.txt": "" for i in range(12)}),
    "an output at the top": SetUp(files={"config.yaml": "http: {retry_budget: 0}\noutput: .\n"}),
    "templates and patterns without effect": SetUp(
        files={
            "config.yaml": "http: {retry_budget: 0}\n"
            "skip: [data/top_artist.json, 'cards/*', '*.txt', 'archive/*']\n",
            "templates/foo.txt": "",
            "templates/.gitkeep": "",
            "templates/data/mine.json": "",
            "templates/mine.txt.j2": "",
        }
    ),
    "a templates folder that is not there": SetUp(
        files={"config.yaml": "http: {retry_budget: 0}\ntemplates: mine\n"}
    ),
    "everything at once": SetUp(
        code=2,
        files={WORKFLOW_FILE: None, "README.md": "<!-- listening:nope -->\n", ".env": "X=1\n"},
        git=("add .env", "remote remove origin"),
        faults=[Fault(path="/v1/me/top/tracks", answer=Answer(500))],
        scopes=SCOPES[1:],
    ),
}

Check = Callable[[SetUp], Ran]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two bare repositories and Ada's, made once: all are empty."""
    folder = tmp_path_factory.mktemp("empty")
    for options in (["--bare", "remote.git"], ["--bare", "empty.git"], ["repo"]):
        git(folder, "init", "--quiet", "--initial-branch=main", "--template=", *options)
    for setting in ("user.name=Ada", "user.email=ada@example.org", "remote.origin.url=../remote.git"):
        git(folder / "repo", "config", *setting.split("="))
    return folder


def begin(repo: Path) -> None:
    """Commit the README, then all but a `.env`, and push them."""
    for names in (["README.md"], [".", ":!.env"]):
        git(repo, "add", "--", *names)
        git(repo, "commit", "--quiet", "--allow-empty", "--message", "By hand")
    git(repo, "push", "--quiet", "origin", "main")


@pytest.fixture
def check(run: Run, repo: Path, spotify: StandIn, empty: Path) -> Check:
    def check(set_up: SetUp) -> Ran:
        sound = {"config.yaml": "http: {retry_budget: 0}\n", "README.md": SECTION, WORKFLOW_FILE: WORKFLOW}
        for name, text in (sound | set_up.files).items():
            if text is not None:
                (repo / name).parent.mkdir(parents=True, exist_ok=True)
                (repo / name).write_bytes(text.encode(errors="surrogateescape"))
        if set_up.git is not None:
            shutil.copytree(empty, repo.parent, dirs_exist_ok=True)
            begin(repo)
        if set_up.publishes:
            assert run("publish", env=spotify.environment).code == 0
        for command in set_up.git or ():
            git(repo, *command.split())
        spotify.scopes = set_up.scopes
        spotify.faults += set_up.faults
        return run("check", *set_up.argv, env=spotify.environment | set_up.env)

    return check


@pytest.mark.parametrize("name", SET_UPS)
def test_each_set_up_is_told_in_the_words_that_a_person_needs(check: Check, name: str) -> None:
    ran = check(SET_UPS[name])
    assert (ran.code, ran.err) == (SET_UPS[name].code, "")
    screen = SCREENS / f"{name.replace(' ', '_')}.txt"
    if "UPDATE_GOLDEN" in os.environ:
        screen.parent.mkdir(parents=True, exist_ok=True)
        screen.write_text(ran.out, encoding="utf-8")
    assert ran.out == screen.read_text("utf-8")


@pytest.mark.parametrize("screen", [*SCREENS.iterdir()], ids=lambda path: path.stem)
def test_lines_fit_80_columns_unless_they_are_one_word_or_code(screen: Path) -> None:
    for line in screen.read_text("utf-8").splitlines():
        assert len(line) <= 80 or " " not in re.sub("`[^`]+`", "code", line.strip())


def test_nothing_is_written(check: Check, repo: Path) -> None:
    check(SET_UPS["sound"])
    before = files_of(repo)
    check(SetUp(git=None))
    assert files_of(repo) == before


def test_offline_spotify_is_not_asked(check: Check, spotify: StandIn) -> None:
    check(SET_UPS["offline"])
    assert spotify.requests == []


def test_each_endpoint_is_asked_once(check: Check, spotify: StandIn) -> None:
    check(SET_UPS["sound"])
    assert len(spotify.requests) == 9


def test_a_person_does_not_wait_for_long_while_spotify_is_down(check: Check, hurried: Hurry) -> None:
    ran = check(SetUp(files={"config.yaml": ""}, faults=[Fault(path="/api/token", answer=Answer(503))]))
    assert (ran.code, 0 < hurried.seconds <= 5) == (4, True)


@pytest.mark.parametrize("address", ["http://ada:sek@ret@127.0.0.1:1/x.git", "http://sek-ret@127.0.0.1:1/x"])
def test_the_address_of_a_remote_is_shown_without_credentials(check: Check, address: str) -> None:
    ran = check(SetUp(git=(f"remote set-url origin {address}",)))
    assert ran.code == 0
    assert "✓ `publish` would push to main of http://127.0.0.1:1/x" in ran.out
    assert "! the remote can't be reached: unable to access 'http://127.0.0.1:1/x" in ran.out
    assert not re.search("sek|ret@", ran.out.replace("secret", ""))


def test_in_a_job_the_bot_commits(check: Check) -> None:
    nobody = SET_UPS["nobody who commits"]
    assert "Git does not know who commits" not in check(replace(nobody, env={"GITHUB_ACTIONS": "true"})).out


def test_offline_the_remote_is_not_asked(check: Check, repo: Path) -> None:
    log = repo.parent / "asked"
    ran = check(SetUp(argv=("--offline",), env={"GIT_TRACE": str(log)}))
    assert ran.code == 0
    assert not re.search("ls-remote|git fetch|git push", log.read_text("utf-8"))


def test_there_is_no_screen_of_another_set_up() -> None:
    assert {path.stem for path in SCREENS.iterdir()} <= {name.replace(" ", "_") for name in SET_UPS}
