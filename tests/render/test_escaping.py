from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import cmarkgfm
import nh3
import pytest
from cmarkgfm.cmark import Options
from hypothesis import given
from texts import HOSTILE, texts

from exporter.render.escaping import (
    WORD_JOINER,
    MarkdownLink,
    MarkdownText,
    escape_markdown,
    escape_markdown_link,
    escape_xml,
    escaped,
)


class Seen(HTMLParser):
    """Collects an HTML page's text, and the tags around it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(markdown: str) -> Seen:
    """Render as GitHub does, sanitizer included."""
    html = cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE)
    return Seen(nh3.clean(html, tags={*nh3.ALLOWED_TAGS, "input"}, link_rel=None))


def read(text: str) -> str:
    """Return a text as a reader sees it: without our joiners, blanks collapsed and stripped."""
    return " ".join(text.replace(WORD_JOINER, "").replace("\0", "\ufffd").split())


@given(texts)
def test_a_title_in_text_shows_as_it_is_and_makes_nothing(title: str) -> None:
    seen = shown(f"Heard {escape_markdown(title)} today")
    assert read(seen.text) == read(f"Heard {title} today")
    assert seen.tags == ["p"]


@given(texts.filter(read))
def test_a_title_alone_on_a_line_is_a_paragraph(title: str) -> None:
    seen = shown(f"before\n\n{escape_markdown(title)}\n\nafter")
    assert read(seen.text) == read(f"before {title} after")
    assert seen.tags == ["p", "p", "p"]


@given(texts, texts)
def test_a_title_in_a_table_cell_stays_in_its_cell(one: str, other: str) -> None:
    seen = shown(f"| # | Track |\n|--|--|\n| {escape_markdown(one)} | {escape_markdown(other)} |\n")
    assert read(seen.text) == read(f"# Track {one} {other}")
    assert seen.tags == ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]


@given(texts)
def test_a_title_as_a_links_text_stays_inside_the_one_link(title: str) -> None:
    seen = shown(f"x [{escape_markdown(title)}](https://open.spotify.com/track/1) y")
    assert read(seen.text) == read(f"x {title} y")
    assert seen.tags == ["p", "a"]
    assert seen.attributes == [("href", "https://open.spotify.com/track/1")]


@given(texts)
def test_a_title_in_an_attribute_stays_in_it(title: str) -> None:
    seen = shown(f"x <img alt=\"{escape_markdown(title)}\"> <img alt='{escape_markdown(title)}'> y")
    assert seen.tags == ["p", "img", "img"]
    assert [read(value or "") for _, value in seen.attributes] == [read(title)] * 2


@given(texts)
def test_a_title_in_an_html_block_makes_no_markup(title: str) -> None:
    seen = shown(f"<div>\n<b>{escape_markdown(title)}</b>\n</div>\n")
    assert read(seen.text) == read(title)
    assert seen.tags == ["div", "b"]


@given(texts)
def test_xml_reads_back_the_same_text(title: str) -> None:
    escaped = escape_xml(title)
    element = ET.fromstring(f"<t a=\"{escaped}\" b='{escaped}'>{escaped}</t>")  # noqa: S314
    normalised = title.replace("\r\n", "\n").replace("\r", "\n")
    assert (element.text or "") == normalised


@pytest.mark.parametrize("title", ["Re: 12:30", "Mr. Brightside", "Anti-Hero", "What, again?", "1/2"])
def test_ordinary_punctuation_stays_readable_in_the_source(title: str) -> None:
    assert escape_markdown(title).replace("&#58;", ":") == title


def test_an_address_stays_readable_and_closes_no_link() -> None:
    url = "https://open.spotify.com/track/4x?si=a_b&x=(1)"
    assert escape_markdown_link(url).startswith("https://open.spotify.com/track/4x?si=a")
    seen = shown(f"[x]({escape_markdown_link(url)})")
    assert seen.attributes == [("href", url)]


def test_a_part_of_an_address_is_text() -> None:
    address = MarkdownLink("https://ada.example/#music:")
    assert escaped(address, MarkdownText) == "https://ada.example/#music:"
    assert escaped(address.split("/")[-1], MarkdownText) == "&#35;music&#58;"


@pytest.mark.parametrize("title", HOSTILE)
def test_every_hostile_title_shows_as_it_is(title: str) -> None:
    seen = shown(f"- {escape_markdown(title)}")
    assert read(seen.text) == read(title)
    assert seen.tags == ["ul", "li"]
