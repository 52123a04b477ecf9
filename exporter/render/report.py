"""Pure: the variables that every template sees."""

from posixpath import normpath
from typing import Any
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import asdict, replace

from exporter.config.schema import Config, Palette, Site
from exporter.records import DOCUMENTS, ChartedWeek, Documents, Feed

NAMES = (*DOCUMENTS, "enabled", "site", "source", "themes")
"""The names that every template can read."""

LIVE_README, SUMMARY = "_live_readme.md", "_summary.md"

MESSAGES = {LIVE_README: NAMES, SUMMARY: (*NAMES, "changed", "shortfalls", "failed", "warnings", "remaining")}
"""The templates that are no outputs of their own, and the names that they can read."""


class LiveBranch(Struct, frozen=True, kw_only=True):
    """A live branch on GitHub: the repository's address there, the branch, and the settings' folder in it."""

    repository: str
    branch: str
    folder: str

    def raw(self, path: str) -> str:
        """Return the address of a file's content; GitHub leads to it in private repositories too."""
        return self._address("raw", path)

    @property
    def readme(self) -> str:
        """The address of its README as a page."""
        return self._address("blob", "README.md")

    def _address(self, view: str, path: str) -> str:
        full = percent_encoded(normpath(f"{self.folder}{path}"))
        return f"{self.repository}/{view}/{percent_encoded(self.branch)}/{full}"


def percent_encoded(path: str) -> str:
    """Write a path for an address: it has no character then that means anything in Markdown or HTML."""
    return quote(path, errors="surrogateescape")


class Attribution(Struct, frozen=True, kw_only=True):
    """The source: its `name`, as after "on", and the address to link to.

    `pages` is where its entries have their pages. `covers` says whether Markdown may link to its pictures.
    """

    name: str
    url: str
    pages: str
    covers: bool


def attribution(config: Config) -> Attribution:
    """Say where the listening in these settings comes from; the address is the user's page, if known."""
    about = config.about
    url = about.profile(config.user) if about.profile and config.user else about.home
    return Attribution(name=about.name, url=url, pages=about.pages, covers=about.covers_in_markdown)


class Report(Struct, frozen=True, kw_only=True):
    """What templates see: each document by its name (None: switched off, or never fetched), site and themes.

    `source` is where the listening comes from. `enabled` names the documents that are switched on, and `feed`
    if there is one. A section sees `options` too, and an SVG `theme`: the one of `themes` that it is rendered
    for. `feed` is for the templates that read it; None if not all weeks were read.
    """

    documents: Documents
    enabled: tuple[str, ...]
    site: Site
    source: Attribution
    themes: dict[str, Palette]
    feed: Feed | None = None

    def of_week(self, week: ChartedWeek) -> "Report":
        """Return what the page of a week sees: its chart, and the documents only if it is the newest week."""
        newest = self.documents.chart
        is_newest = newest is not None and newest.week == week.week
        documents = replace(self.documents if is_newest else Documents(), chart=week)
        return replace(self, documents=documents)

    def context(self, **more: Any) -> dict[str, Any]:
        """Return the variables of a template, with `more` added."""
        own = {name: getattr(self, name) for name in ("enabled", "site", "source", "themes")}
        return {**asdict(self.documents), **own, **more}
