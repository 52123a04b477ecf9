"""What a reader sees of a Markdown text: rendered and sanitized as GitHub does."""

from html.parser import HTMLParser

import cmarkgfm
import nh3
from cmarkgfm.cmark import Options
from msgspec import Struct, field

from exporter.render.escaping import WORD_JOINER

_TAGS = {*nh3.ALLOWED_TAGS, "picture", "source"}
_ATTRIBUTES = {**nh3.ALLOWED_ATTRIBUTES, "source": {"media", "srcset"}, "br": {"clear"}}


class Cell(Struct):
    """A cell of a table, or a paragraph: its alignment, its text, and the tags in it."""

    align: str | None = None
    text: str = ""
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """List the attributes of each tag of a name."""
        return [attributes for name, attributes in self.tags if name == tag]


class Seen(HTMLParser):
    """Collects the rows of all tables, and the paragraphs."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[Cell]] = []
        self.paragraphs: list[Cell] = []
        self._open: Cell | None = None
        self.feed(html)
        self.close()

    @property
    def texts(self) -> list[list[str]]:
        """The texts of the tables' cells."""
        return [[read(cell.text) for cell in row] for row in self.rows]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th", "p"}:
            self._open = Cell(align=dict(attrs).get("align"))
            (self.paragraphs if tag == "p" else self.rows[-1]).append(self._open)
        elif self._open is not None:
            self._open.tags.append((tag, dict(attrs)))
            self._open.text += "\n" if tag == "br" else ""

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th", "p"}:
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open.text += data


def seen(markdown: str) -> Seen:
    """Render a text, and read the result."""
    html = cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE)
    return Seen(nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, link_rel=None))


def read(text: str) -> str:
    """Return a text without our joiners, blanks collapsed and stripped."""
    return " ".join(text.replace(WORD_JOINER, "").split())
