"""What `check` prints for broken set-ups, as whole screens: `make golden` writes them again."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PROJECT, Ran, Run, files_of
from msgspec import Struct
from standin import Fault, StandIn

from exporter import REPOSITORY
from exporter.demo.service import SCOPES, Answer, json_answer

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


class SetUp(Struct, frozen=True, kw_only=True):
    """Changes to a valid set-up: files (None: absent), variables, Spotify's faults; and the exit code."""

    code: int = 0
    files: dict[str, str | None] = {}
    env: dict[str, str] = {}
    faults: list[Fault] = []
    scopes: tuple[str, ...] = SCOPES
    argv: tuple[str, ...] = ()
    git: tuple[str, ...] | None = ("init", "--quiet")
    tracked: tuple[str, ...] = ()


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
    "a template that does not compile": SetUp(code=2, files={"templates/x.txt.j2": "\n{% if %}"}),
    "a marker that is cut in half": SetUp(code=2, files={"README.md": "# Me\n\n<!-- listening:now_playing"}),
    "a README without markers": SetUp(files={"README.md": "# Me\n"}),
    "outside git, without settings": SetUp(git=None, files={"config.yaml": None}),
    "an action that may not open issues": SetUp(files={WORKFLOW_FILE: ACTION}),
    "no workflow": SetUp(files={WORKFLOW_FILE: None}),
    "a workflow without secrets that may not push": SetUp(
        files={WORKFLOW_FILE: "jobs: {update: {steps: [{run: now-listening export}]}}\n"}
    ),
    "a workflow that is no YAML": SetUp(files={WORKFLOW_FILE: "now-listening: [\n"}),
    "a .env in git": SetUp(code=2, files={".env": "X=1\n"}, tracked=(".env",)),
    "a .env that git does not ignore": SetUp(files={".env": "X=1\n"}),
    "a damaged document": SetUp(files={"output/data/top_tracks.json": "{"}),
    "a .env that is no text": SetUp(code=2, files={".env": "\udcff"}),
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
        tracked=(".env",),
        faults=[Fault(path="/v1/me/top/tracks", answer=Answer(500))],
        scopes=SCOPES[1:],
    ),
}

Check = Callable[[SetUp], Ran]


@pytest.fixture
def check(run: Run, repo: Path, spotify: StandIn) -> Check:
    def check(set_up: SetUp) -> Ran:
        sound = {"config.yaml": "http: {retry_budget: 0}\n", "README.md": SECTION, WORKFLOW_FILE: WORKFLOW}
        for name, text in (sound | set_up.files).items():
            if text is not None:
                (repo / name).parent.mkdir(parents=True, exist_ok=True)
                (repo / name).write_text(text, errors="surrogateescape")
        for command in [set_up.git, set_up.tracked and ("add", *set_up.tracked)]:
            if command:
                subprocess.run(["git", *command], cwd=repo, check=True, capture_output=True)  # noqa: S607
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


def test_there_is_no_screen_of_another_set_up() -> None:
    assert {path.stem for path in SCREENS.iterdir()} <= {name.replace(" ", "_") for name in SET_UPS}
