"""What only a real browser shows; reported as left out if there is no Chromium."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import CHROMIUM, NOW, PROJECT
from standin import StandIn
from test_login import TOKEN, environ, port  # noqa: F401 # a fixture

pytestmark = pytest.mark.browser

BROWSER = """\
import subprocess, sys
flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--user-data-dir=" + sys.argv[0] + ".profile"]
page = subprocess.run([{chromium!r}, *flags, "--dump-dom", sys.argv[1]], capture_output=True, timeout=60)
open(sys.argv[0] + ".page", "wb").write(page.stdout)
"""


def test_a_person_agrees_in_a_browser_and_the_page_says_that_that_was_it(
    repo: Path, spotify: StandIn, tmp_path: Path, port: int  # noqa: F811
) -> None:  # fmt: skip
    browser = tmp_path / "browser.py"
    browser.write_bytes(BROWSER.format(chromium=CHROMIUM).encode())
    done = subprocess.run(
        [sys.executable, "-m", "exporter", "login", "--port", str(port), "--now", NOW.isoformat()],
        cwd=repo,
        env=os.environ | environ(spotify, browser) | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=90,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert f"\n    {TOKEN}\n" in done.stdout
    assert "<h1>Done</h1>" in (tmp_path / "browser.py.page").read_text("utf-8")
