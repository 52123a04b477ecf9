"""No command leaks a secret, in what it prints or in what it writes, whatever goes wrong."""

from itertools import product
from pathlib import Path

import pytest
from conftest import FEW, Run, files_of
from standin import Fault, StandIn

from exporter.demo.answers import json_answer
from exporter.demo.spotify import service
from exporter.serving import Answer

SECRETS = (service.CLIENT_SECRET, service.REFRESH_TOKEN, service.ACCESS_TOKEN)
ECHO = " ".join(SECRETS)

FAULTS = {
    "all is well": [],
    "token refused": [
        Fault(path="/api/token", answer=json_answer(400, {"error": "invalid_grant"})),
    ],
    "token answer is no JSON": [Fault(path="/api/token", answer=Answer(200, ECHO.encode()))],
    "token answer is down": [Fault(path="/api/token", answer=Answer(502, ECHO.encode()))],
    "access token is no header": [
        Fault(path="/api/token", answer=json_answer(200, {"access_token": f"{service.ACCESS_TOKEN}\nX: y"})),
    ],
    "token never comes": [Fault(path="/api/token", hangs=True)],
    "connection closes": [Fault(path="/v1/me/top/tracks")],
    "an answer echoes the request": [Fault(path="/v1/me/top/tracks", answer=Answer(500, ECHO.encode()))],
    "forbidden": [Fault(path="/v1/me/top/tracks", answer=Answer(403, ECHO.encode()))],
}


COMMANDS = ["export -v", "export -v --dry-run", "export --strict"]


@pytest.mark.parametrize(("command", "situation"), [*product(COMMANDS, FAULTS), ("render -v", "all is well")])
def test_no_secret_gets_out(process: Run, repo: Path, spotify: StandIn, situation: str, command: str) -> None:
    few = FEW if FAULTS[situation] else ""
    (repo / "config.yaml").write_bytes(f"{few}http: {{retry_budget: 0, timeout: 0.5}}\n".encode())
    (repo / "README.md").write_bytes(b"<!-- listening:now_playing -->\n<!-- /listening:now_playing -->\n")
    spotify.faults += FAULTS[situation]
    ran = process(*command.split(), env=spotify.environment)
    told = "\n".join([ran.out, ran.err, *(text.decode() for text in files_of(repo).values())])
    assert "Traceback" not in told
    assert not [secret for secret in SECRETS if secret in told]


def test_no_secret_gets_out_of_a_mistake_in_the_environment(process: Run, spotify: StandIn) -> None:
    for name in ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN"):
        ran = process("export", env=spotify.environment | {name: "s3cret with a “quote”"})
        assert (ran.code, "s3cret" in ran.err + ran.out) == (2, False)
    ran = process("export", env=spotify.environment | {"SPOTIFY_API_URL": "http://user:s3cret@example.org"})
    assert (ran.code, "s3cret" in ran.err + ran.out) == (2, False)


def test_the_demo_lets_nothing_out(process: Run, repo: Path) -> None:
    ran = process("demo", "-v", "--weeks", "1")
    told = "\n".join([ran.out, ran.err, *(text.decode() for text in files_of(repo).values())])
    assert ran.code == 0
    assert not [secret for secret in SECRETS if secret in told]
