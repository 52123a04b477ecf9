"""The one-time authorization as a user does it: the command, a browser, a stand-in Spotify."""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from conftest import NOW, PROJECT, Hurry, Ran, Run, files_of
from standin import Fault, StandIn

from exporter.cli import main
from exporter.config import environment
from exporter.demo.answers import json_answer
from exporter.demo.spotify import service
from exporter.demo.spotify.service import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN
from exporter.errors import AccountError, SetupError
from exporter.serving import Answer
from exporter.setup.callback import Callback
from exporter.setup.login import ask, code_of
from exporter.sources.source import Connection

TOKEN = f"{REFRESH_TOKEN}#2026-11-23"
SECRETS = {
    "SPOTIFY_CLIENT_ID": CLIENT_ID,
    "SPOTIFY_CLIENT_SECRET": CLIENT_SECRET,
    "SPOTIFY_REFRESH_TOKEN": TOKEN,
}
BROWSER = """\
import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1]).read().decode(), file=open(sys.argv[0] + ".page", "w"))
"""


@pytest.fixture
def port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        number: int = free.getsockname()[1]
    return number


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    """A browser that opens one page and follows its redirects."""
    program = tmp_path / "browser.py"
    program.write_bytes(BROWSER.encode())
    return program


def environ(spotify: StandIn, browser: Path | None = None) -> dict[str, str]:
    known = {name: value for name, value in spotify.environment.items() if "TOKEN" not in name}
    return known | {"BROWSER": f"{sys.executable} -IS {browser} %s" if browser else "false %s"}


Login = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(repo: Path, port: int, python: list[str]) -> Iterator[Login]:
    """Start a login as a separate process, and end it after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*argv: str, env: dict[str, str]) -> subprocess.Popen[str]:
        command = [*python, "-m", "exporter", "login", "--port", str(port), *argv]
        process = subprocess.Popen(
            [*command, "--now", NOW.isoformat()],
            cwd=repo,
            env=os.environ | env | {"PYTHONPATH": str(PROJECT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.send_signal(signal.SIGINT)
        process.communicate()


def address(process: "subprocess.Popen[str]") -> str:
    """Read what the command prints, up to the address on a line of its own."""
    assert process.stdout
    for line in process.stdout:
        if line.startswith("http://"):
            return line.strip()
    raise AssertionError(process.stderr and process.stderr.read())


def finished(process: "subprocess.Popen[str]", typed: str | None = None) -> Ran:
    out, err = process.communicate(typed, timeout=30)
    return Ran(process.returncode, out, err)


def test_a_person_agrees_and_is_told_what_to_paste_where(
    start: Login, spotify: StandIn, browser: Path, repo: Path
) -> None:
    ran = finished(start(env=environ(spotify, browser)))
    assert (ran.code, ran.err) == (0, "")
    assert f"\n  SPOTIFY_REFRESH_TOKEN\n    {TOKEN}\n" in ran.out
    assert "\n  SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET\n    as you gave them" in ran.out
    assert CLIENT_SECRET not in ran.out + ran.err
    assert "https://github.com/OWNER/NAME/settings/secrets/actions/new" in ran.out
    assert "The refresh token lasts 181 more days." in ran.out
    assert "You can close this page" in (browser.parent / "browser.py.page").read_text("utf-8")
    assert [request.path for request in spotify.requests] == [
        "/authorize", "/api/token", "/v1/me/player/currently-playing",
    ]  # fmt: skip
    assert files_of(repo) == {}


def test_the_address_asks_for_the_scopes_that_the_settings_need_and_no_others(
    start: Login, spotify: StandIn, repo: Path, port: int
) -> None:
    (repo / "config.yaml").write_bytes(b"now_playing: false\ntop_artists: false\n")
    asked = parse_qs(urlsplit(address(start(env=environ(spotify)))).query)
    assert asked.pop("state")[0] != ""
    assert asked == {
        "client_id": [CLIENT_ID],
        "response_type": ["code"],
        "redirect_uri": [f"http://127.0.0.1:{port}/callback"],
        "scope": ["user-read-recently-played user-top-read"],
    }


def test_a_dotenv_is_for_its_owner_alone_and_not_for_git(
    start: Login, process: Run, spotify: StandIn, browser: Path, repo: Path
) -> None:
    (repo / ".env").write_bytes(b"OTHER='kept'\nSPOTIFY_REFRESH_TOKEN=old\n")
    (repo / ".gitignore").write_bytes(b"node_modules")
    ran = finished(start("--save", "env", env=environ(spotify, browser)))
    assert ran.code == 0
    assert not [secret for secret in (CLIENT_SECRET, REFRESH_TOKEN) if secret in ran.out + ran.err]
    assert (repo / ".env").stat().st_mode & 0o777 == 0o600
    assert (repo / ".gitignore").read_text("utf-8") == "node_modules\n.env\n"
    assert "Stored in .env, which git ignores (a new line in .gitignore says so: commit it)." in ran.out
    again = finished(start("--save", "env", env=environ(spotify, browser)))
    assert "Stored in .env, which git ignores." in again.out
    kept = environment.read(repo)
    assert (kept["SPOTIFY_REFRESH_TOKEN"], kept["OTHER"]) == (TOKEN, "kept")
    only_urls = {name: value for name, value in spotify.environment.items() if name.endswith("_URL")}
    assert process("export", env=only_urls).code == 0


GH = """\
#!{python} -IS
import json, os, sys
said = {{"arguments": sys.argv[1:], "input": sys.stdin.read()}}
print(json.dumps(said), file=open({log!r}, "a"))
sys.exit({fails!r} in sys.argv)
"""


def gh(tmp_path: Path, *, fails: str = "") -> tuple[Path, dict[str, str]]:
    """Put a stand-in for `gh` on the PATH that logs its arguments and input."""
    folder, log = tmp_path / "bin", tmp_path / "gh.log"
    folder.mkdir()
    (folder / "gh").write_bytes(GH.format(python=sys.executable, log=str(log), fails=fails).encode())
    (folder / "gh").chmod(0o755)
    return log, {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def test_github_gets_the_secrets_by_standard_input(
    start: Login, spotify: StandIn, browser: Path, tmp_path: Path
) -> None:
    log, path = gh(tmp_path)
    ran = finished(start("--save", "github", "--repo", "me/me", env=environ(spotify, browser) | path))
    assert (ran.code, ran.err) == (0, "")
    assert [json.loads(line) for line in log.read_text("utf-8").splitlines()] == [
        {"arguments": ["auth", "status"], "input": ""},
        {"arguments": ["api", "--silent", "repos/me/me/actions/secrets/public-key"], "input": ""},
        *(
            {"arguments": ["secret", "set", name, "--repo", "me/me"], "input": value}
            for name, value in SECRETS.items()
        ),
    ]
    assert not [secret for secret in (CLIENT_SECRET, REFRESH_TOKEN) if secret in ran.out + ran.err]


WATCHED = """\
#!/bin/sh
cd "${{0%/*}}"
case "$*" in
    "workflow run listening.yml") {starts} && touch started ;;
    "run list --workflow listening.yml --json databaseId")
        [ ! -e started ] || echo >> looks
        [ ! -e looks ] || [ $(wc -l < looks) -lt {appears} ] || new='{{"databaseId": 9}},'
        echo "[$new" '{{"databaseId": 3}}]' ;;
    "run watch 9 --exit-status") echo watching 9; exit {ends} ;;
esac
"""


@pytest.mark.parametrize(
    ("starts", "appears", "ends", "code", "words", "waits"),
    [
        (True, 1, 0, 0, "watching 9\nThe first run worked.\n", 0),
        (True, 1, 1, 0, "watching 9\nThe first run failed: see the Actions tab.\n", 0),
        (True, 3, 0, 0, "watching 9\nThe first run worked.\n", 2),
        (True, 99, 0, 2, "the first run did not start.\n  Push the workflow", 29),
        (False, 1, 0, 2, "the first run did not start.\n  Push the workflow", 0),
    ],
)
def test_the_first_run_is_offered_started_waited_for_and_watched(
    run: Run,
    spotify: StandIn,
    port: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    starts: bool,
    appears: int,
    ends: int,
    code: int,
    words: str,
    waits: int,
) -> None:
    program, clock = tmp_path / "bin" / "gh", Hurry()
    program.parent.mkdir()
    program.write_bytes(WATCHED.format(starts=str(starts).lower(), appears=appears, ends=ends).encode())
    program.chmod(0o755)
    monkeypatch.setattr("exporter.cli.login.time", clock)
    monkeypatch.setattr("webbrowser.open", requests.get)
    ours, theirs = pty.openpty()
    os.write(ours, b"y\n")
    path = {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
    with os.fdopen(theirs, encoding="utf-8") as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        ran = run("login", "--port", str(port), "--save", "github", env=environ(spotify) | path)
    os.close(ours)
    assert (ran.code, words in ran.out + ran.err) == (code, True), ran
    assert clock.seconds == waits
    assert REFRESH_TOKEN not in ran.out + ran.err


ASKED = """\
#!/bin/sh
echo "$(pwd) ${GH_REPO-} ${GIT_DIR-} $1 $2" >> "$0.log"
case "$1 $2" in
    "workflow run") touch "$0.started" ;;
    "run list") [ -e "$0.started" ] && echo '[{"databaseId": 9}]' || echo '[]' ;;
esac
"""


def test_the_repository_is_that_of_the_settings_wherever_one_stands(
    spotify: StandIn, browser: Path, port: int, python: list[str], tmp_path: Path
) -> None:
    program, here, there = tmp_path / "bin" / "gh", tmp_path / "here", tmp_path / "there"
    for folder in (program.parent, here, there):
        folder.mkdir()
    program.write_bytes(ASKED.encode())
    program.chmod(0o755)
    (there / "config.yaml").touch()
    ours, theirs = pty.openpty()
    os.write(ours, b"y\n")
    misleading = {
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(PROJECT),
        "GH_REPO": "me/other",
        "GIT_DIR": str(here),
    }
    command = ["login", "--port", str(port), "--save", "github", "--config", "../there/config.yaml"]
    done = subprocess.run(
        [*python, "-m", "exporter", *command],
        cwd=here,
        env=os.environ | environ(spotify, browser) | misleading,
        stdin=theirs,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    os.close(ours)
    os.close(theirs)
    assert (done.returncode, "The first run worked." in done.stdout) == (0, True), done.stderr
    asked = [line.split() for line in (tmp_path / "bin/gh.log").read_text("utf-8").splitlines()]
    assert [line[1:] for line in asked if line[0] == str(there)] == [
        ["api", "--silent"], *[["secret", "set"]] * 3,
        ["run", "list"], ["workflow", "run"], ["run", "list"], ["run", "watch"],
    ]  # fmt: skip
    assert [line[-2:] for line in asked if line[0] != str(there)] == [["auth", "status"]]


@pytest.mark.parametrize("words", ["not logged in", "not installed"])
def test_without_gh_nobody_has_to_agree_in_vain(
    start: Login, spotify: StandIn, tmp_path: Path, words: str
) -> None:
    _, path = gh(tmp_path, fails="auth") if words == "not logged in" else (None, {"PATH": str(tmp_path)})
    ran = finished(start("--save", "github", env=environ(spotify) | path))
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert spotify.requests == []


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (
            {"CODESPACES": ""},
            "Name the repository with --repo OWNER/NAME; you need the right to change its settings.",
        ),
        ({"CODESPACES": "true"}, "Run `unset GITHUB_TOKEN GH_TOKEN` and `gh auth login`"),
    ],
)
def test_who_may_not_store_secrets_is_told_before_they_agree(
    start: Login, spotify: StandIn, tmp_path: Path, where: dict[str, str], words: str
) -> None:
    _, path = gh(tmp_path, fails="repos/{owner}/{repo}/actions/secrets/public-key")
    ran = finished(start("--save", "github", env=environ(spotify) | path | where))
    assert (ran.code, ran.out, spotify.requests) == (2, "", [])
    assert ran.err.startswith("error: `gh` may not store secrets there.\n")
    assert words in ran.err
    assert "Or leave out --save, and paste the secrets yourself." in ran.err


def test_a_dotenv_that_git_follows_gets_no_secrets(start: Login, spotify: StandIn, repo: Path) -> None:
    (repo / ".env").write_bytes(b"")
    for command in (["init", "--quiet"], ["add", ".env"]):
        subprocess.run(["git", *command], cwd=repo, check=True, capture_output=True)  # noqa: S607
    ran = finished(start("--save", "env", env=environ(spotify)))
    assert (ran.code, ran.out, spotify.requests) == (2, "", [])
    assert ran.err.startswith("error: .env: This is in git")


@pytest.mark.parametrize("refused", SECRETS)
def test_secrets_that_github_does_not_take_are_not_lost(
    start: Login, spotify: StandIn, browser: Path, tmp_path: Path, refused: str
) -> None:
    _, path = gh(tmp_path, fails=refused)
    ran = finished(start("--save", "github", env=environ(spotify, browser) | path))
    assert ran.code == 2
    assert ran.err.startswith(f"error: GitHub did not accept {refused}.\n  Name the repository with --repo")
    assert f"\n  SPOTIFY_REFRESH_TOKEN\n    {TOKEN}\n" in ran.out
    assert CLIENT_SECRET not in ran.out + ran.err


def test_without_a_browser_the_address_is_pasted(start: Login, spotify: StandIn) -> None:
    process = start("--no-browser", env=environ(spotify))
    answer = requests.get(address(process), allow_redirects=False, timeout=10)
    ran = finished(process, f"  {answer.headers['Location']}\n")
    assert (ran.code, ran.err) == (0, "")
    assert TOKEN in ran.out


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("http://127.0.0.1:8888/callback", "There is no code in this address."),
        ("my grandmother", "There is no code in this address."),
        ("http://[", "There is no code in this address."),
        ("http://127.0.0.1:8888/callback?code=x&state=yesterday", "This answer has the wrong `state`"),
        ("?code=x&state=\x00é%ff", "This answer has the wrong `state`"),
    ],
)
def test_a_wrong_paste_is_told_and_the_address_asked_for_again(
    start: Login, spotify: StandIn, pasted: str, words: str
) -> None:
    process = start("--no-browser", env=environ(spotify))
    answer = requests.get(address(process), allow_redirects=False, timeout=10)
    ran = finished(process, f"{pasted}\n\n{answer.headers['Location']}\n")
    assert (ran.code, TOKEN in ran.out) == (0, True)
    assert ran.err.startswith(f"warning: {words}")
    assert ran.err.count("warning: ") == 1
    assert "Waiting for that address" in ran.out


def test_the_end_of_the_input_ends_the_waiting(start: Login, spotify: StandIn) -> None:
    process = start("--no-browser", env=environ(spotify))
    address(process)
    ran = finished(process, "not yet\n")
    assert ran.code == 130
    assert ran.err.splitlines()[-1].strip() == "Stopped."
    assert spotify.requests == []


def test_a_refusal_that_is_pasted_ends_it(start: Login, spotify: StandIn) -> None:
    process = start("--no-browser", env=environ(spotify))
    state = parse_qs(urlsplit(address(process)).query)["state"][0]
    ran = finished(process, f"http://127.0.0.1/callback?error=access_denied&state={state}\n")
    assert (ran.code, "You did not agree" in ran.err) == (3, True)


def test_what_is_not_in_the_environment_is_asked_for(start: Login, spotify: StandIn) -> None:
    env = environ(spotify) | {"SPOTIFY_CLIENT_ID": "", "SPOTIFY_CLIENT_SECRET": ""}
    process = start("--no-browser", env=env)
    assert process.stdin
    process.stdin.write(f"{CLIENT_ID}\n{CLIENT_SECRET}\n")
    process.stdin.flush()
    answer = requests.get(address(process), allow_redirects=False, timeout=10)
    ran = finished(process, f"{answer.headers['Location']}\n")
    assert ran.code == 0
    assert CLIENT_SECRET not in ran.out + ran.err


def callback(process: "subprocess.Popen[str]", port: int, query: str, host: str | None = None) -> int:
    """Send a request to the callback, as anybody could; `STATE` is replaced by the right state."""
    state = parse_qs(urlsplit(address(process)).query)["state"][0]
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Host": host} if host else {}
    connection.request("GET", query.replace("STATE", state), headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_who_does_not_agree_gets_no_token(start: Login, spotify: StandIn, port: int) -> None:
    process = start(env=environ(spotify))
    assert callback(process, port, "/callback?error=access_denied&state=STATE") == 200
    ran = finished(process)
    assert (ran.code, spotify.requests) == (3, [])
    assert ran.err.startswith("error: You did not agree")


@pytest.mark.parametrize(
    ("query", "host", "status"),
    [
        ("/callback?code=x&state=forged", None, 400),
        ("/callback?code=x", None, 400),
        ("/callback?error=access_denied&state=forged", None, 400),
        ("/callback", None, 400),
        ("/favicon.ico", None, 404),
        ("/callback?code=x&state=STATE", "evil.example", 404),
        ("/callback?code=x&state=STATE", "localhost", 404),
    ],
)
def test_what_is_not_spotifys_answer_is_waited_past(
    start: Login, spotify: StandIn, port: int, query: str, host: str | None, status: int
) -> None:
    process = start(env=environ(spotify))
    url = address(process)
    state = parse_qs(urlsplit(url).query)["state"][0]
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", query.replace("STATE", state), headers={"Host": host} if host else {})
    assert connection.getresponse().status == status
    assert spotify.requests == []
    assert requests.get(url, timeout=10).status_code == 200
    ran = finished(process)
    assert ran.code == 0
    assert ("wrong `state`" in ran.err) == ("forged" in query or query.endswith("code=x"))


def test_a_code_that_was_used_is_told_of(start: Login, spotify: StandIn, port: int) -> None:
    process = start(env=environ(spotify))
    callback(process, port, "/callback?code=demo-code-0&state=STATE")
    ran = finished(process)
    assert ran.code == 3
    assert "Spotify rejects the code: Invalid authorization code" in ran.err
    assert len(spotify.requests) == 1


def test_an_exchange_is_never_tried_again(start: Login, spotify: StandIn, browser: Path) -> None:
    spotify.faults.append(Fault(path="/api/token", answer=Answer(503)))
    assert finished(start(env=environ(spotify, browser))).code == 4
    assert [request.path for request in spotify.requests] == ["/authorize", "/api/token"]


def test_a_scope_that_was_not_granted_is_told_before_anything_is_stored(
    start: Login, spotify: StandIn, browser: Path, repo: Path
) -> None:
    spotify.scopes = service.SCOPES[:2]
    ran = finished(start("--save", "env", env=environ(spotify, browser)))
    assert (ran.code, files_of(repo)) == (3, {})
    assert "lacks the scope `user-top-read`" in ran.err


def test_a_token_that_can_not_be_tried_is_not_lost(
    start: Login, spotify: StandIn, browser: Path, repo: Path
) -> None:
    (repo / "config.yaml").write_bytes(b"http: {retry_budget: 0}\n")
    spotify.faults.append(Fault(path="/v1/me/player/currently-playing", answer=Answer(503)))
    ran = finished(start(env=environ(spotify, browser)))
    assert (ran.code, TOKEN in ran.out) == (0, True)
    assert ran.err.startswith("warning: The token could not be tested. Spotify answered 503.")


def test_an_answer_without_a_refresh_token_is_told_of(start: Login, spotify: StandIn, browser: Path) -> None:
    spotify.faults.append(Fault(path="/api/token", answer=json_answer(200, {"access_token": "x"})))
    ran = finished(start(env=environ(spotify, browser)))
    assert (ran.code, "no refresh token" in ran.err) == (4, True)


def test_a_port_that_is_taken_is_told_of(start: Login, spotify: StandIn, port: int) -> None:
    with closing(socket.create_server(("127.0.0.1", port))):
        ran = finished(start(env=environ(spotify)))
    assert (ran.code, ran.out) == (2, "")
    assert f"Port {port} is taken" in ran.err
    assert f"http://127.0.0.1:{port + 1}/callback" in ran.err


@pytest.mark.parametrize("argv", [(), ("--no-browser",)])
def test_ctrl_c_ends_it_at_once(start: Login, spotify: StandIn, argv: tuple[str, ...]) -> None:
    process = start(*argv, env=environ(spotify))
    address(process)
    process.send_signal(signal.SIGINT)
    ran = finished(process)
    assert (ran.code, ran.err.strip()) == (130, "Stopped.")


def test_nobody_waits_for_ever(port: int) -> None:
    with Callback(port, "s", lambda _: None) as page, pytest.raises(SetupError, match="Nobody agreed"):
        page.code(0.05)
    with closing(socket.create_server(("127.0.0.1", port))):
        pass  # the port is free again


@contextmanager
def silent_connection(port: int) -> Iterator[None]:
    with closing(socket.create_connection(("127.0.0.1", port))):
        yield


def test_a_silent_connection_does_not_stand_in_the_way(port: int) -> None:
    with Callback(port, "s", lambda _: None) as page, silent_connection(port):
        requests.get(f"http://127.0.0.1:{port}/callback?code=c&state=s", timeout=5)
        requests.get(f"http://127.0.0.1:{port}/callback?code=second&state=s", timeout=5)
        assert page.code(5) == "c"


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("code=c&state=s", None),
        ("state=s&code=c&x=y", None),
        ("code=c&state=t", SetupError),
        ("code=c&state=%C3%A9", SetupError),
        ("code=c", SetupError),
        ("state=s", SetupError),
        ("", SetupError),
        ("error=access_denied&state=s", AccountError),
        ("error=server_error&state=s", AccountError),
    ],
)
def test_an_answer_is_held_against_the_question(query: str, error: type[Exception] | None) -> None:
    url = f"http://127.0.0.1:8888/callback?{query}"
    if error:
        with pytest.raises(error):
            code_of(url, "s")
    else:
        assert code_of(url, "s") == "c"


def test_every_login_has_a_state_of_its_own() -> None:
    connection = Connection({"SPOTIFY_CLIENT_ID": "id"}, {"SPOTIFY_ACCOUNTS_URL": "https://example.org"})
    states = {ask(connection, (), 8888).state for _ in range(100)}
    assert len(states) == 100
    assert all(re.fullmatch(r"[\w-]{32}", state) for state in states)


def test_an_argument_that_is_no_port_is_a_mistake(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["login", "--port", "70000"]) == 2
    assert "--port" in capfd.readouterr().err
