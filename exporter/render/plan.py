"""What a run will render: checked before the first request, rendered when the documents are there."""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from exporter.config.schema import Config
from exporter.files import Store
from exporter.models import Documents, Palette
from exporter.render import pages, report
from exporter.render.checks import check, document_of
from exporter.render.pages import Page
from exporter.render.report import Report
from exporter.render.templates import Templates


class Output(Struct, frozen=True):
    """A file that is rendered from `template`.j2; a picture once for each theme."""

    name: str
    template: str
    theme: Literal["light", "dark"] | None = None


class Layout(Struct, frozen=True):
    """All that a run renders, and what is amiss with it without being an error."""

    config: Config
    templates: Templates
    outputs: tuple[Output, ...]
    pages: tuple[Page, ...]
    warnings: tuple[str, ...]

    def view(self, documents: Documents) -> Report:
        """Make what templates see."""
        return report.build(documents, self.config.site, self._themes)

    def render(self, view: Report, *, only_blank: bool = False) -> dict[str, bytes]:
        """Render all files, by path; a document that is not there is left out.

        With `only_blank`, sections with text in them stay as they are.

        Raises:
            SetupError: a template went wrong, or what it wrote can't be parsed.
        """
        files = {}
        for output in self.outputs:
            document = document_of(output.name)
            if document and not getattr(view, document):
                continue
            more = {"theme": self._themes[output.theme]} if output.theme else {}
            text = self.templates.render(output.template, view.context(**more))
            check(output.name, text, self.templates.place(output.template))
            files[self.config.output_path(output.name)] = text.encode()
        return files | {
            page.file: page.render(self.templates, view, only_blank=only_blank) for page in self.pages
        }

    @property
    def _themes(self) -> dict[str, Palette]:
        return {"light": self.config.theme.light, "dark": self.config.theme.dark}


def prepare(config: Config, templates: Templates, store: Store) -> Layout:
    """Find all that is to be rendered, and all that is wrong with it.

    Raises:
        SetupError: with the file and line of a template's or a marker's mistake.
    """
    outputs = tuple(_wanted(config, templates))
    for template in dict.fromkeys(output.template for output in outputs):
        templates.compile(template)
    contents = {file: store.read(file) for file in config.sections}
    found = tuple(
        pages.read(file, content, config, templates)
        for file, content in contents.items()
        if content is not None
    )
    warnings = tuple(warning for page in found for warning in page.shortfalls(config))
    return Layout(config, templates, outputs, found, warnings)


def _wanted(config: Config, templates: Templates) -> Iterator[Output]:
    for template in templates.outputs():
        for output in _outputs(template):
            if not config.skips(output.name):
                yield output


def _outputs(template: str) -> list[Output]:
    if not template.endswith(".svg"):
        return [Output(template, template)]
    dark = f"{template.removesuffix('.svg')}-dark.svg"
    return [Output(template, template, "light"), Output(dark, template, "dark")]
