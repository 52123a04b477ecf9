"""`demo --serve` and `demo --open`, as processes that end at Ctrl-C."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest
import requests
from conftest import NOW, PROJECT, Run


@pytest.fixture
def port() -> int:
    """A port that is free."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        number: int = probe.getsockname()[1]
        return number


@contextmanager
def served(
    python: list[str], repo: Path, *options: str, until: str, browser: str = "false %s"
) -> Iterator[str]:
    """Serve a demo of one week, and yield what it says up to a line with the words `until`."""
    dated = ("--weeks", "1", "--now", NOW.isoformat())
    command = [*python, "-m", "exporter", "demo", *dated, *options]
    env = os.environ | {"PYTHONPATH": str(PROJECT), "BROWSER": browser}
    with subprocess.Popen(
        command, cwd=repo, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as demo:
        patience = Timer(60, demo.terminate)
        patience.start()
        try:
            assert demo.stdout
            said = ""
            while until not in said:
                line = demo.stdout.readline()
                assert line, f"the demo ended before it served: {said}"
                said += line
            yield said
        finally:
            patience.cancel()
            demo.send_signal(2)
        assert demo.wait(10) == 0


def test_served_its_files_can_be_looked_at_and_exported_by_hand(
    python: list[str], repo: Path, process: Run, port: int
) -> None:
    (repo / "demo/templates").mkdir(parents=True)
    (repo / "demo/.now-listening-demo").touch()
    (repo / "demo/templates/index.html.j2").write_bytes(b"<html>the page</html>")
    with served(python, repo, "--serve", "--port", str(port), until="reload") as said:
        assert f"http://127.0.0.1:{port} " in said
        page, readme = (line.split()[0] for line in said.splitlines() if line.startswith("  http"))
        assert "<h1>Hello, I am a sample listener</h1>" in requests.get(readme, timeout=10).text
        assert requests.get(page, timeout=10).text.strip() == "<html>the page</html>"
        ran = process("export", "--config", "demo/config.yaml")
        assert (ran.code, ran.err) == (0, "")
    assert not (repo / "demo/.env").exists()


def test_open_serves_and_opens_the_readme_in_a_browser_even_one_that_stays_open(
    python: list[str], repo: Path, tmp_path: Path
) -> None:
    browser = tmp_path / "browser.py"
    browser.write_bytes(b"import sys; print('opened', sys.argv[1], flush=True); sys.stdin.read()")
    with served(python, repo, "--open", until="opened", browser=f"{sys.executable} -IS {browser} %s") as said:
        (readme,) = re.findall(r"  (http://\S+)  the README", said)
        assert said.splitlines()[-1] == f"opened {readme}"


def test_without_a_browser_it_says_to_open_the_address(python: list[str], repo: Path) -> None:
    with served(python, repo, "--open", until="open the address yourself") as said:
        (readme,) = re.findall(r"  (http://\S+)  the README", said)
        assert requests.get(readme, timeout=10).status_code == 200
