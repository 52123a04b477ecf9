"""The page in a real browser: layout, the switches, accessibility, and that nothing is loaded."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import NOW, Run
from PIL import Image
from playwright.sync_api import Browser, Page
from standin import StandIn
from test_cards import SITUATIONS

pytestmark = pytest.mark.browser

Scheme = Literal["light", "dark"]
Open = Callable[..., Page]


@pytest.fixture
def covers() -> bool:
    return True


@pytest.fixture
def said() -> list[str]:
    """What the console says, and what is loaded, while a test runs."""
    return []


@pytest.fixture
def opened(chromium: Browser, repo: Path, said: list[str]) -> Iterator[Open]:
    """Open the repository's page."""
    pages: list[Page] = []

    def opened(width: int = 1280, scheme: Scheme = "light", **more: Any) -> Page:
        page = chromium.new_page(
            viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce", **more
        )
        pages.append(page)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: said.append(request.url))
        page.goto((repo / "output/index.html").as_uri())
        said[:] = [each for each in said if not each.startswith("data:image/") and each != page.url]
        return page

    yield opened
    for page in pages:
        page.close()


@pytest.fixture(params=SITUATIONS)
def _situation(request: pytest.FixtureRequest, export: Run, spotify: StandIn) -> None:
    export(now=NOW - timedelta(weeks=1))
    spotify.faults += SITUATIONS[request.param]
    assert export().code == 0


OUTSIDE = """
[...document.querySelectorAll("body *")].filter(element => {
  const box = element.getBoundingClientRect();
  const isCut = element.closest(".hidden, .scroll, .second *, svg");
  return box.width && !isCut && (box.left < 0 || box.right > innerWidth);
}).map(element => element.outerHTML.slice(0, 200))
"""


@pytest.mark.usefixtures("_situation")
def test_it_fits_every_screen_loads_nothing_and_is_accessible_in_both_schemes(
    opened: Open, said: list[str]
) -> None:
    page = opened()
    schemes: tuple[Scheme, ...] = ("light", "dark")
    for width, scheme in product((360, 768, 1280), schemes):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(OUTSIDE) == []
        if width != 768:
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
    assert said == []


def test_it_follows_the_colour_scheme(export: Run, opened: Open) -> None:
    export()
    colours = [
        opened(scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    assert colours == ["rgb(255, 255, 255)", "rgb(13, 17, 23)"]


def shown(page: Page, section: str) -> list[str]:
    return page.locator(f"section[aria-labelledby={section}] > div:visible h3").all_inner_texts()


def tab_to(page: Page, selector: str) -> None:
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            return
    pytest.fail(f"{selector} can't be reached by keyboard")


@pytest.mark.parametrize("javascript", [True, False])
def test_the_keyboard_switches_time_ranges_without_script(
    export: Run, opened: Open, *, javascript: bool
) -> None:
    export()
    page = opened(java_script_enabled=javascript)
    tab_to(page, "[name=artists]")
    assert shown(page, "top_artists") == ["Top artists, last 4 weeks"]
    page.keyboard.press("ArrowRight")
    assert shown(page, "top_artists") == ["Top artists, last 6 months"]
    page.keyboard.press("ArrowRight")
    assert shown(page, "top_artists") == ["Top artists, last year"]
    assert shown(page, "top_tracks") == ["Top tracks, last 4 weeks"]


def test_pictures_are_drawn_where_they_are_shown_again(export: Run, opened: Open) -> None:
    export()
    page = opened()
    page.locator("label[for=artists-3]").click()
    again = page.locator("section[aria-labelledby=top_artists] .cover:visible:has(use)")
    assert again.count() > 3
    for cover in again.all():
        picture = Image.open(BytesIO(cover.screenshot()))
        assert picture.size == (44, 44)
        assert len(picture.getcolors(2**24) or ()) > 50


def test_a_focused_choice_has_a_visible_outline(export: Run, opened: Open) -> None:
    export()
    page = opened()
    tab_to(page, "[name=artists]")
    page.keyboard.press("ArrowRight")
    outlines = page.locator("section[aria-labelledby=top_artists] label").evaluate_all(
        "labels => labels.map(label => getComputedStyle(label).outlineStyle)"
    )
    assert outlines == ["none", "solid", "none"]


def opacities(page: Page) -> list[float]:
    lines = page.locator(".chart:visible g[class]")
    found: list[float] = lines.evaluate_all("all => all.map(each => Number(getComputedStyle(each).opacity))")
    return found[::-1]


@pytest.mark.parametrize("gesture", ["hover", "focus"])
def test_a_line_of_the_chart_comes_forward_when_its_name_is_pointed_at_or_focused(
    export: Run, opened: Open, gesture: str
) -> None:
    export(now=NOW - timedelta(weeks=1))
    export()
    page = opened()
    page.locator("label[for=charted-2]").click()
    page.mouse.move(0, 0)
    assert opacities(page) == [1] * 10
    getattr(page.locator(".names:visible a").nth(6), gesture)()
    assert opacities(page) == [0.15] * 6 + [1] + [0.15] * 3


EDGES = """
const edges = element => {
  const range = document.createRange();
  range.selectNodeContents(element);
  const {left, right} = (element.matches("svg *") ? element : range).getBoundingClientRect();
  return [left, right];
};
const all = ["g.line1 .end", ".weeks li:last-child", ".names .line1 .rank", ".chart .empty"];
all.map(selector => document.querySelector(selector)).map(element => element && edges(element));
"""
"""Where these begin and end: the last point of line 1, its week, its number, and words if it is alone."""


@pytest.mark.parametrize("weeks", [1, 2, 3, 12])
@pytest.mark.parametrize("width", [360, 1280])
def test_lines_end_over_their_week_and_beside_the_names(
    export_weeks: Callable[[int], None], opened: Open, weeks: int, width: int
) -> None:
    export_weeks(weeks)
    point, label, number, words = opened(width).evaluate(EDGES)
    assert sum(point) == pytest.approx(sum(label), abs=4)
    assert 6 < number[0] - point[1] < 60
    assert (words is None) == (weeks > 1)
    assert words is None or words[1] < point[0] - 6


def test_the_table_of_the_chart_opens_and_scrolls_by_itself_on_a_phone(
    export_weeks: Callable[[int], None], opened: Open
) -> None:
    export_weeks(3)
    page = opened(360)
    page.locator("summary:visible").click()
    widths = page.locator(".scroll:visible").evaluate("element => [element.scrollWidth, element.clientWidth]")
    assert widths[0] > widths[1]
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert Axe().run(page).violations_count == 0
