"""Parse and compile templates once for all runs of a process, and of those that are forked from it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment

from exporter.cli.project import project_with
from exporter.config.schema import Config
from exporter.render.parsed import Parsed
from exporter.render.report import MESSAGES, SUMMARY
from exporter.render.templates import SECTIONS

PARSED: dict[tuple[object, ...], Parsed] = {}

NAMES = (*MESSAGES[SUMMARY], "cards", "cover", "feed", "inks", "options", "theme")
"""The names that any template can read."""


def parsed_once(environment: Environment, source: str, name: str, filename: str | None) -> Parsed:
    """Parse a template, or return it if one like it was parsed for an environment that writes alike."""
    finalize: Callable[..., Any] = environment.finalize  # type: ignore[assignment]
    format_ = finalize(None, "*<")  # constants are compiled as the output's format writes them
    key = (source, name, filename, format_, *sorted(environment.filters))
    if key not in PARSED:
        PARSED[key] = Parsed(environment, source, name, filename)
    return PARSED[key]


def parse_builtin() -> None:
    """Parse and compile the built-in templates before a run needs them."""
    project = Path(__file__).parent.parent  # the templates count as a user's own there, and are checked
    templates = project_with(Config(), project / "config.yaml").templates
    sections = [f"{SECTIONS}/{name}.md" for name in templates.sections()]
    for output in (*templates.outputs(), *sections, *MESSAGES):
        templates.compile(output, NAMES)
        templates.options(output)
