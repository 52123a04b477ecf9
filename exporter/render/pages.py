"""Read Markdown files with sections, and fill the sections in."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from exporter.config.schema import Config
from exporter.errors import Mistakes, SetupError
from exporter.render import cards, options, sections
from exporter.render.cards import Card
from exporter.render.kept import Kept
from exporter.render.mistakes import Options
from exporter.render.report import LiveBranch, Report
from exporter.render.sections import Section
from exporter.render.templates import Templates


class Asked(Struct, frozen=True):
    """A section, with its options read and completed from the settings."""

    section: Section
    options: Options


class Page(Struct, frozen=True):
    """A Markdown file with sections, and the cards as they are addressed in it.

    The sections of `old` documents show what came from another source: that does not stay.
    """

    file: str
    text: str
    asked: tuple[Asked, ...]
    cards: Mapping[str, Card]
    old: frozenset[str] = frozenset()

    def only_blank(self) -> "Page":
        """Leave out the sections that have text in them; not cards, whose text is always the same then."""
        blank = (
            asked
            for asked in self.asked
            if asked.section.name in {"cards", *self.old}
            or not self.text[asked.section.start : asked.section.end].strip()
        )
        return replace(self, asked=tuple(blank))

    def render(self, templates: Templates, report: Report, failed: Mistakes, kept: Kept) -> bytes:
        """Fill in the sections that have content, and empty old ones; all else stays, and what `failed`."""
        bodies = []
        for asked in self.asked:
            if _has_content(asked, report):
                with failed.collected():
                    bodies.append((asked.section, self._body(asked, templates, report, kept)))
            elif asked.section.name in self.old:
                bodies.append((asked.section, ""))
        return sections.fill(self.text, bodies).encode("utf-8", "surrogateescape")

    def _body(self, asked: Asked, templates: Templates, report: Report, kept: Kept) -> str:
        context, template = report.context(options=asked.options, cards=self.cards), asked.section.template
        seen = templates.seen(template, context)
        return kept.get(asked.section.place, seen, lambda: templates.render(template, context))

    def shortfalls(self, config: Config) -> Iterator[str]:
        """Report the sections that ask for more than the settings keep."""
        for asked in self.asked:
            kept = getattr(getattr(config, asked.section.name, None), "limit", None)
            if kept and asked.options.get("limit", 0) > kept:
                yield (
                    f"{asked.section.place}: limit={asked.options['limit']} shows only {kept}, "
                    f"the `{asked.section.name}.limit` in config.yaml: raise that to show more."
                )


def unseen_cards(found: Iterable[Page], config: Config, live: LiveBranch | None) -> Iterator[str]:
    """Warn of sections with cards that, once published, are on a branch whose address is not known."""
    branch = config.publish.live_branch
    for page in found if branch and not live else ():
        for asked in page.asked:
            if asked.section.name == "cards":
                yield (
                    f"{asked.section.place}: the cards can't be seen here, because they are on the branch "
                    f"{branch}, and the remote is not GitHub's. Use one branch, or remove the section."
                )


def decode(file: str, content: bytes) -> str:
    """Decode a Markdown file; bytes that are not UTF-8 are kept as they are.

    Raises:
        SetupError: it is UTF-16, with or without a byte order mark.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:2]:
        raise SetupError("This file is UTF-16.", hint="Save it as UTF-8.", place=file)
    return content.decode("utf-8", "surrogateescape")


def read(
    file: str, content: bytes, config: Config, templates: Templates, live: LiveBranch | None = None
) -> Page:
    """Find a file's sections; `live` is the live branch, if there is one on GitHub.

    Raises:
        SetupError: the file is UTF-16; or, with its line, an invalid marker, or a mistake in a template.
    """
    text = decode(file, content)
    mistakes = Mistakes()
    asked = []
    for section in sections.scan(text, file, mistakes):
        with mistakes.collected():
            asked.append(Asked(section, options.complete(section, config, templates)))
    mistakes.raise_all()
    return Page(file, text, tuple(asked), cards.seen_from(file, config, templates, live))


def _has_content(asked: Asked, report: Report) -> bool:
    """Whether the document that a section is named after exists, and has the section's time range."""
    document = getattr(report.documents, asked.section.name, True)
    if document is None:
        return False
    ranges = getattr(document, asked.options.get("list", "time_ranges"), None)
    return ranges is None or asked.options.get("time_range") in {None, *ranges}
