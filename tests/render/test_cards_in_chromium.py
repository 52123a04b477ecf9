"""What only a browser shows: whether texts stay in their columns, and clear of each other."""

import json
import re
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import CARDS, CHROMIUM, NOW, Run
from standin import StandIn
from test_cards import SITUATIONS

pytestmark = pytest.mark.browser

MEASURE = """
const found = [];
for (const host of document.querySelectorAll("div")) {
  const card = host.attachShadow({mode: "open"});
  card.innerHTML = host.dataset.svg;
  const svg = card.querySelector("svg");
  for (const text of svg.querySelectorAll("text")) text.style.fontFamily = FONT;
  const frame = svg.getBoundingClientRect();
  const boxes = [...svg.querySelectorAll("text")].map(text => {
    const box = text.getBoundingClientRect(), column = text.closest("svg").getBoundingClientRect();
    return {words: text.lastChild?.data ?? "", left: box.left, right: box.right, top: box.top,
            bottom: box.bottom, inside: box.left >= column.left - .5 && box.right <= column.right + .5
                    && box.left >= frame.left && box.right <= frame.right && box.bottom <= frame.bottom};
  });
  for (const [i, one] of boxes.entries()) {
    if (!one.inside) found.push([host.id, "outside", one.words]);
    for (const other of boxes.slice(i + 1)) {
      const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (across > 1 && down > 6) found.push([host.id, "overlap", one.words, other.words]);
    }
  }
}
document.body.textContent = JSON.stringify(found);
"""


@pytest.fixture
def covers() -> bool:
    return True


def in_chromium(page: Path) -> str:
    """Open a page without network, and return its text once its scripts have run."""
    done = subprocess.run(
        [
            CHROMIUM or "", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
            "--disable-background-networking", "--disable-component-update", "--disable-quic",
            f"--user-data-dir={page}.profile", "--dump-dom", page.as_uri(),
        ],
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=90,
    )  # fmt: skip
    return re.search(r"<body>(.*)</body>", done.stdout, re.DOTALL)[1]  # type: ignore[index]


@pytest.mark.parametrize("font", ["Noto Sans", "Liberation Sans"])
def test_no_text_leaves_its_column_or_covers_another(
    export: Run, repo: Path, spotify: StandIn, tmp_path: Path, font: str
) -> None:
    page = tmp_path / "cards.html"
    hosts = []
    for situation, faults in SITUATIONS.items():
        spotify.faults[:] = []
        export(now=NOW - timedelta(weeks=1))
        spotify.faults[:] = faults
        export()
        for path in CARDS:
            svg = (
                (repo / path)
                .read_text("utf-8")
                .replace("&", "&amp;")
                .replace('"', "&quot;")
                .replace("<", "&lt;")
            )
            hosts.append(f'<div id="{situation}: {path}" data-svg="{svg}"></div>')
    script = f"const FONT = {json.dumps(font)};{MEASURE}"
    page.write_bytes(
        f"<!doctype html><meta charset=utf-8><body>{''.join(hosts)}<script>{script}</script></body>".encode()
    )
    assert json.loads(in_chromium(page).replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")) == []
