"""Plan what a run will write: check it before the first request, render it when the documents are ready."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from exporter.config.schema import Config
from exporter.errors import Mistakes, SetupError
from exporter.files import Store
from exporter.records import ARCHIVE, ChartedWeek, Feed
from exporter.render import cards, pages
from exporter.render.checks import check, document_of
from exporter.render.covers import Cover, CoverFunction, Picture
from exporter.render.embedding import Embedding
from exporter.render.kept import Kept
from exporter.render.pages import Page
from exporter.render.report import MESSAGES, NAMES, LiveBranch, Report
from exporter.render.templates import Templates

WEEK = "{week}"
"""What stands for the week in the path of a template that is rendered once for each."""

FEED = "feed.xml"

_UNKNOWN_PLACEHOLDER = re.compile(r"\{(?!week\})[^{}/]*\}")

INKS = {
    "light": ("#0969da", "#8250df", "#bf3989", "#bc4c00", "#1a7f37"),
    "dark": ("#4493f8", "#ab7df8", "#db61a2", "#db6d28", "#3fb950"),
}
"""Colours for the lines of a chart in each theme, which hold on its default background."""


class Output(Struct, frozen=True):
    """A file that is rendered from `template`.j2; a picture once for each theme.

    With `WEEK` in its name it is a page for each week: `week` is the one that it is rendered for.
    """

    name: str
    template: str
    theme: Literal["light", "dark"] | None = None
    week: ChartedWeek | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names that its template can read."""
        names = (*NAMES, "week" if self.is_weekly else "feed")
        names = (*names, "cover", "inks") if self.embeds else names
        return (*names, "theme") if self.theme else names

    @property
    def is_weekly(self) -> bool:
        """Whether it is a page for each week."""
        return WEEK in self.name

    def of_week(self, week: str) -> str:
        """Return its name in a week, such as `2026-W48`."""
        return self.name.replace(WEEK, week)

    @property
    def embeds(self) -> bool:
        """Whether it can hold pictures."""
        return PurePosixPath(self.name).suffix in {".svg", ".html"}


class RenderPlan(Struct, frozen=True):
    """Everything that a run renders: all but what is switched off or skipped.

    `skipped` are the outputs that the settings skip; `warnings` are mistakes that do not stop the run. `kept`
    has what was rendered, to use it again for the same.
    """

    config: Config
    templates: Templates
    outputs: tuple[Output, ...]
    skipped: tuple[str, ...]
    pages: tuple[Page, ...]
    warnings: tuple[str, ...]
    kept: Kept = msgspec.field(default_factory=Kept)

    @property
    def paths(self) -> set[str]:
        """The files that runs write, once they have the content; pages of weeks have `WEEK` in their path."""
        names = (output.name for output in self.outputs)
        return {*map(self.config.output_path, names), *(page.file for page in self.pages)}

    def writes(self, path: str) -> bool:
        """Whether runs write a file, or a run in some week did."""
        patterns = (re.escape(each).replace(re.escape(WEEK), "[0-9]{4}-W[0-9]{2}") for each in self.paths)
        return any(re.fullmatch(pattern, path) for pattern in patterns)

    @property
    def has_feed(self) -> bool:
        """Whether `FEED` is among the files."""
        return any(output.name == FEED for output in self.outputs)

    @property
    def needs_weeks(self) -> bool:
        """Whether there is anything to render from all recorded weeks."""
        return any(map(self._is_from_weeks, self.outputs))

    def _is_from_weeks(self, output: Output) -> bool:
        return output.is_weekly or self._reads_feed(output)

    def _reads_feed(self, output: Output) -> bool:
        return self.templates.reads(output.template, "feed")

    def without_weeks(self) -> "RenderPlan":
        """Leave out what is made from all weeks."""
        return replace(self, outputs=tuple(each for each in self.outputs if not self._is_from_weeks(each)))

    def awaits_weeks(self, store: Store, newest: str | None) -> bool:
        """Whether a file is missing that is made from all weeks; `newest` is the newest one."""
        return newest is not None and any(
            not self._is_there(output.of_week(newest), store)
            for output in filter(self._is_from_weeks, self.outputs)
        )

    def without_old(self, documents: Collection[str]) -> "RenderPlan":
        """Empty the sections of these documents, unless there is new content for them."""
        return replace(self, pages=tuple(replace(page, old=frozenset(documents)) for page in self.pages))

    def only_blank_sections(self) -> "RenderPlan":
        """Leave the sections that have text in them as they are."""
        return replace(self, pages=tuple(page.only_blank() for page in self.pages))

    def with_weeks(
        self, store: Store, feed: Feed | None, rewritten: Iterable[ChartedWeek] = ()
    ) -> "RenderPlan":
        """Leave out what is made from all weeks, if they were not read (no `feed`) or there are none.

        A page is made of the newest week if there is none yet; and again of `rewritten` weeks that have one.
        """
        newest = feed.weeks[:1] if feed else ()
        outputs: list[Output] = []
        for output in self.outputs:
            if output.is_weekly:
                outputs += self._weekly(output, store, newest, is_there=False)
                outputs += self._weekly(output, store, rewritten, is_there=True)
            elif newest or not self._reads_feed(output) or (feed and self._is_there(output.name, store)):
                outputs.append(output)
        return replace(self, outputs=tuple(outputs))

    def _weekly(
        self, output: Output, store: Store, weeks: Iterable[ChartedWeek], *, is_there: bool
    ) -> Iterator[Output]:
        """Yield the pages of weeks that are there, or are not."""
        for week in weeks:
            name = output.of_week(week.week)
            if self._is_there(name, store) == is_there and not self.config.skips(name):
                yield replace(output, name=name, week=week)

    def _is_there(self, name: str, store: Store) -> bool:
        return store.read(self.config.output_path(name)) is not None

    def render(self, report: Report, embedding: Embedding) -> "Rendered":
        """Render all files, except for documents that are absent, and for what goes wrong.

        Outputs that ask for new covers are rendered twice: with tiles, then with what could be fetched.
        """
        failed = Mistakes()
        files = {}
        known = self._known(embedding)
        asking = {}
        for output in self.outputs:
            if not _is_absent(output, report):
                path = self.config.output_path(output.name)
                with failed.collected():
                    files[path], missing = self._rendered(output, report, known)
                    if missing:
                        asking[path] = (output, missing)
        fetched = embedding.fetched(set().union(*(missing for _, missing in asking.values())))
        for path, (output, _) in asking.items() if fetched else ():
            del files[path]
            with failed.collected():
                files[path], _ = self._rendered(output, report, known | fetched)
        pages = {page.file: page.render(self.templates, report, failed, self.kept) for page in self.pages}
        return Rendered(files | pages, failed.found)

    def _known(self, embedding: Embedding) -> dict[str, Cover]:
        """Find the covers that the files of before embed, by key."""
        paths = [self.config.output_path(output.name) for output in self.outputs if output.embeds]
        return embedding.usable(self.kept.get("covers", paths, lambda: embedding.known(paths)))

    def _rendered(
        self, output: Output, report: Report, covers: Mapping[str, Cover]
    ) -> tuple[bytes, set[Picture]]:
        """Render an output; return it, and the pictures that it shows as tiles.

        Raises:
            SetupError: its template failed, or its text can't be parsed.
        """
        context, template = self._context(output, report), output.template
        cover = CoverFunction(covers, is_on=self.config.cards.covers)
        function = {"cover": cover} if output.embeds else {}

        def made() -> tuple[bytes, set[Picture]]:
            text = self.templates.render(template, context | function)
            check(template, text, self.templates.place(f"{template}.j2"))
            return text.encode(), cover.missing

        return self.kept.get(output.name, (self.templates.seen(template, context), covers), made)

    def _context(self, output: Output, report: Report) -> dict[str, Any]:
        """Return what an output's template sees, except for `cover`."""
        more: dict[str, Any] = {"feed": report.feed} if self._reads_feed(output) else {}
        if output.week:
            report, more = report.of_week(output.week), {"week": output.week.week}
        if output.embeds:
            more["inks"] = INKS[output.theme] if output.theme else INKS
        if output.theme:
            more["theme"] = report.themes[output.theme]
        return report.context(**more)


class Rendered(Struct, frozen=True):
    """Rendered files by path; and what went wrong, whose files and sections stay as they were."""

    files: dict[str, bytes]
    failed: tuple[SetupError, ...] = ()


def prepare(config: Config, templates: Templates, store: Store, live: LiveBranch | None = None) -> RenderPlan:
    """Find everything to render, and check it; `live` is the live branch, if there is one on GitHub.

    Raises:
        SetupError: with the file and line of each mistake in templates and markers.
    """
    on = [template for template in templates.outputs() if _is_on(template, config)]
    possible = [output for template in on for output in _outputs(template)]
    wanted = [output for output in possible if not config.skips(output.name)]
    mistakes = Mistakes()
    mistakes.add(*_wrong_paths(wanted, templates))
    for template, names in ({output.template: output.names for output in wanted} | MESSAGES).items():
        with mistakes.collected():
            templates.compile(template, names)
    found = []
    for file in config.sections:
        content = store.read(file)
        if content is not None:
            with mistakes.collected():
                found.append(pages.read(file, content, config, templates, live))
    mistakes.raise_all()
    warnings = tuple(warning for page in found for warning in page.shortfalls(config))
    skipped = tuple(output.name for output in possible if config.skips(output.name))
    planned = RenderPlan(config, templates, tuple(wanted), skipped, tuple(found), warnings)
    return planned if config.has("chart") else planned.without_weeks()


def _is_on(template: str, config: Config) -> bool:
    """Whether the document that an output is, or a card shows, is switched on; other outputs always are."""
    document = document_of(template)
    return not cards.is_off(template, config) and (document is None or config.has(document))


def _is_absent(output: Output, report: Report) -> bool:
    """Whether an output is a document that was never fetched."""
    document = document_of(output.name)
    return document is not None and getattr(report.documents, document) is None


def _wrong_paths(outputs: Iterable[Output], templates: Templates) -> Iterator[SetupError]:
    """Find each template that would write where the snapshots are, and each unknown placeholder in a path."""
    for name in dict.fromkeys(output.template for output in outputs):
        if name.partition("/")[0].casefold() == ARCHIVE:  # some file systems ignore case
            yield SetupError(
                f"A template can't write to {ARCHIVE}/: it holds the weekly snapshots, which never change.",
                hint="Move it to a folder with another name.",
                place=templates.place(f"{name}.j2"),
            )
        for placeholder in _UNKNOWN_PLACEHOLDER.findall(name):
            yield SetupError(
                f"`{placeholder}` in a template's path stands for nothing.",
                hint=f"Write `{WEEK}` for a file for each week, or a path without braces.",
                place=templates.place(f"{name}.j2"),
            )


def _outputs(template: str) -> list[Output]:
    if not template.endswith(".svg"):
        return [Output(template, template)]
    dark = f"{template.removesuffix('.svg')}-dark.svg"
    return [Output(template, template, "light"), Output(dark, template, "dark")]
