"""The key of Last.fm travels in addresses: no command shows it or writes it, whatever goes wrong."""

from pathlib import Path

import pytest
from conftest import Run, files_of
from standin import Fault, LastFm

from exporter.demo.lastfm.service import API_KEY, error
from exporter.serving import Answer

ECHO = f"GET /2.0/?api_key={API_KEY}"

SITUATIONS: dict[str, tuple[int, Answer | None]] = {
    "all is well": (0, None),
    "the answer is no JSON": (4, Answer(200, ECHO.encode())),
    "the service is down": (4, Answer(503, ECHO.encode())),
    "it fails": (4, error(8, ECHO, 500)),
    "too many requests": (4, error(29, ECHO, 429)),
    "an error that we do not know": (4, error(999, ECHO)),
    "no such user": (3, error(6, f"User not found: {ECHO}", 404)),
    "the key is wrong": (3, error(10, ECHO)),
    "the key is suspended": (3, error(26, ECHO)),
    "the listening is hidden": (3, error(17, ECHO, 403)),
}


@pytest.fixture
def settings(repo: Path) -> Path:
    path = repo / "config.yaml"
    path.write_bytes(f"source: {LastFm.SOURCE}\nhttp: {{retry_budget: 0, timeout: 5}}\n".encode())
    return path


def told(ran_out: str, ran_err: str, repo: Path) -> str:
    return "\n".join(
        [ran_out, ran_err, *(text.decode("utf-8", "replace") for text in files_of(repo).values())]
    )


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize("situation", SITUATIONS)
def test_an_export_does_not_show_the_key(process: Run, repo: Path, lastfm: LastFm, situation: str) -> None:
    code, answer = SITUATIONS[situation]
    if answer:
        lastfm.faults.append(Fault(path="/2.0/", answer=answer))
    ran = process("export", "-v", env=lastfm.environment)
    assert ran.code == code
    assert "GET /2.0/: " in ran.err
    assert "Traceback" not in ran.err
    assert API_KEY not in told(ran.out, ran.err, repo)


@pytest.mark.usefixtures("settings")
def test_a_preview_does_not_show_the_key(process: Run, repo: Path, lastfm: LastFm) -> None:
    ran = process("export", "-v", "--dry-run", env=lastfm.environment)
    assert (ran.code, "+++ " in ran.out) == (0, True)
    assert API_KEY not in told(ran.out, ran.err, repo)


@pytest.mark.usefixtures("settings")
def test_the_key_does_not_show_when_the_connection_closes(process: Run, repo: Path, lastfm: LastFm) -> None:
    lastfm.faults.append(Fault(path="/2.0/"))
    ran = process("export", "-v", env=lastfm.environment)
    assert ran.code == 4
    assert "The connection to 127.0.0.1 failed or broke." in ran.err
    assert API_KEY not in told(ran.out, ran.err, repo)


@pytest.mark.usefixtures("settings")
def test_a_key_that_can_be_none_is_a_mistake_before_any_request(process: Run, lastfm: LastFm) -> None:
    for key in ("", " ", "s3cret with a “quote”"):
        ran = process("export", "-v", env=lastfm.environment | {"LASTFM_API_KEY": key})
        assert (ran.code, "s3cret" in ran.err + ran.out) == (2, False)
    assert lastfm.requests == []
