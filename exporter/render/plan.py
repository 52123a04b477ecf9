"""Plan what a run will write: check it before the first request, render it when the documents are ready."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from exporter.config.schema import Config
from exporter.files import Store
from exporter.render import pages
from exporter.render.checks import check, document_of
from exporter.render.pages import Page
from exporter.render.report import Report
from exporter.render.templates import Templates


class Output(Struct, frozen=True):
    """A file that is rendered from `template`.j2; a picture once for each theme."""

    name: str
    template: str
    theme: Literal["light", "dark"] | None = None


class RenderPlan(Struct, frozen=True):
    """Everything that a run renders; `warnings` are mistakes that do not stop the run."""

    config: Config
    templates: Templates
    outputs: tuple[Output, ...]
    pages: tuple[Page, ...]
    warnings: tuple[str, ...]

    def only_blank_sections(self) -> "RenderPlan":
        """Leave the sections that have text in them as they are."""
        return replace(self, pages=tuple(page.only_blank() for page in self.pages))

    def render(self, report: Report) -> dict[str, bytes]:
        """Render all files, by path, except for documents that are absent.

        Raises:
            SetupError: a template failed, or its output can't be parsed.
        """
        files = {}
        for output in self.outputs:
            document = document_of(output.name)
            if document and not getattr(report.documents, document):
                continue
            more = {"theme": report.themes[output.theme]} if output.theme else {}
            text = self.templates.render(output.template, report.context(**more))
            check(output.name, text, self.templates.place(output.template))
            files[self.config.output_path(output.name)] = text.encode()
        return files | {page.file: page.render(self.templates, report) for page in self.pages}


def prepare(config: Config, templates: Templates, store: Store) -> RenderPlan:
    """Find everything to render, and check it.

    Raises:
        SetupError: with the file and line of a mistake in a template or a marker.
    """
    possible = (output for template in templates.outputs() for output in _outputs(template))
    outputs = tuple(output for output in possible if not config.skips(output.name))
    for template in dict.fromkeys(output.template for output in outputs):
        templates.compile(template)
    contents = {file: store.read(file) for file in config.sections}
    found = tuple(
        pages.read(file, content, config, templates)
        for file, content in contents.items()
        if content is not None
    )
    warnings = tuple(warning for page in found for warning in page.shortfalls(config))
    return RenderPlan(config, templates, outputs, found, warnings)


def _outputs(template: str) -> list[Output]:
    if not template.endswith(".svg"):
        return [Output(template, template)]
    dark = f"{template.removesuffix('.svg')}-dark.svg"
    return [Output(template, template, "light"), Output(dark, template, "dark")]
