"""Pure: the variables that every template sees."""

from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from exporter.config.schema import Palette, Site
from exporter.models import DOCUMENTS, Documents

NAMES = (*DOCUMENTS, "site", "themes")
"""The names that every template can read."""

LIVE_README, SUMMARY = "_live_readme.md", "_summary.md"

MESSAGES = {LIVE_README: NAMES, SUMMARY: (*NAMES, "changed", "shortfalls", "failed", "warnings", "remaining")}
"""The templates that are no outputs of their own, and the names that they can read."""


class Report(Struct, frozen=True, kw_only=True):
    """What templates see: each document by its name (None: switched off, or never fetched), site and themes.

    A section sees `options` too, and an SVG `theme`: the one of `themes` that it is rendered for.
    """

    documents: Documents
    site: Site
    themes: dict[str, Palette]

    def context(self, **more: Any) -> dict[str, Any]:
        """Return the variables of a template, with `more` added."""
        return {**asdict(self.documents), "site": self.site, "themes": self.themes, **more}
