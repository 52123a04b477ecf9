"""The demo's preview in a real browser; reported as left out if there is no Chromium."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import CHROMIUM, Run
from standin import StandIn

from exporter.demo.preview import Preview

pytestmark = pytest.mark.browser

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--enable-logging=stderr",
]  # fmt: skip

Look = Callable[[str], tuple[str, list[str]]]


@pytest.fixture
def covers() -> bool:
    return True


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """Open an address, and return the document and what the console says."""

    def look(url: str) -> tuple[str, list[str]]:
        command = [CHROMIUM or "", *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", url]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, timeout=60)
        return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]

    return look


def test_the_demos_readme_opens_without_an_error(run: Run, repo: Path, spotify: StandIn, look: Look) -> None:
    run("demo", "--weeks", "2")
    with Preview(repo / "demo", "output", images={"https://i.scdn.co": spotify.url}) as preview:
        document, console = look(preview.url)
    assert "<h1>Hello, I am a sample listener</h1>" in document
    assert console == []


def test_a_script_in_the_readme_does_not_run(repo: Path, spotify: StandIn, look: Look) -> None:
    (repo / "README.md").write_bytes(b"<h1>Before</h1>\n<script>document.body.innerHTML = 'After'</script>\n")
    with Preview(repo, "output", images={"https://i.scdn.co": spotify.url}) as preview:
        document, console = look(preview.url)
    assert "<h1>Before</h1>" in document
    assert "Content Security Policy" in " ".join(console)
