"""Markdown files with sections: what they ask for, held against the settings, and filled in."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from exporter.config.schema import Config, Limit, TopSettings
from exporter.errors import SetupError
from exporter.models import DOCUMENTS, TIME_RANGES
from exporter.render import sections
from exporter.render.report import Report
from exporter.render.sections import Section
from exporter.render.templates import Templates

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


_SWITCH_ON = {"chart": "It needs a top list, and `archive: {snapshots: weekly}`"}


class Asked(Struct, frozen=True):
    """A section, with its options read and completed from the settings."""

    section: Section
    options: Mapping[str, Any]


class Page(Struct, frozen=True):
    """A Markdown file with sections."""

    file: str
    text: str
    asked: tuple[Asked, ...]

    def render(self, templates: Templates, view: Report, *, only_blank: bool = False) -> bytes:
        """Fill in the sections that have content; the others, and all around them, stay as they are.

        With `only_blank`, those that have text in them already stay as they are too.
        """
        bodies = [
            (
                asked.section,
                templates.render(_template(asked.section), view.context(options=asked.options)),
            )
            for asked in self.asked
            if _has_content(asked, view) and not (only_blank and self._is_filled(asked.section))
        ]
        return sections.fill(self.text, bodies).encode("utf-8", "surrogateescape")

    def _is_filled(self, section: Section) -> bool:
        return bool(self.text[section.start : section.end].strip())

    def shortfalls(self, config: Config) -> Iterator[str]:
        """Tell which sections ask for more than the settings keep."""
        for asked in self.asked:
            kept = getattr(getattr(config, asked.section.name, None), "limit", None)
            if kept and asked.options.get("limit", 0) > kept:
                yield (
                    f"{asked.section.place}: limit={asked.options['limit']} shows {kept}, "
                    f"as many as `{asked.section.name}.limit` in config.yaml keeps: raise that to show more."
                )


def read(file: str, content: bytes, config: Config, templates: Templates) -> Page:
    """Find a file's sections; bytes that are not UTF-8 are kept as they are.

    Raises:
        SetupError: at the file and line of a marker that can't be served, or of a template's mistake.
    """
    if content.startswith(_UTF_16):
        raise SetupError("This file is UTF-16.", hint="Save it as UTF-8.", place=file)
    text = content.decode("utf-8", "surrogateescape")
    found = sections.find(text, file)
    return Page(file, text, tuple(_asked(section, config, templates) for section in found))


def _asked(section: Section, config: Config, templates: Templates) -> Asked:
    _check_name(section, config, templates)
    templates.compile(_template(section))
    readable = templates.options(_template(section))
    for key in section.options:
        if key not in readable:
            raise SetupError(
                f"`listening:{section.name}` has no option `{key}`.",
                hint=f"It has {', '.join(sorted(readable))}." if readable else "It has no options.",
                place=section.place,
            )
    return Asked(section, _options(section, config, readable))


def _check_name(section: Section, config: Config, templates: Templates) -> None:
    known = templates.sections()
    if section.name not in known:
        near = difflib.get_close_matches(section.name, known, n=1)
        raise SetupError(
            f"There is no section `{section.name}`.",
            hint=f"Did you mean `{near[0]}`?" if near else f"There are {', '.join(known)}.",
            place=section.place,
        )
    if section.name in DOCUMENTS and not config.has(section.name):
        raise SetupError(
            f"`{section.name}` is switched off in config.yaml.",
            hint=f"{_SWITCH_ON.get(section.name, 'Switch it on')}, or take out `listening:{section.name}`.",
            place=section.place,
        )


def _options(section: Section, config: Config, readable: frozenset[str]) -> dict[str, Any]:
    """Read the options; those not given come from the settings of what is shown."""
    options: dict[str, Any] = dict(section.options)
    if "list" in readable:
        options["list"] = _list(options.get("list"), section, config)
    settings: Any = getattr(config, f"top_{options['list']}" if "list" in readable else section.name, None)
    if "limit" in options:
        options["limit"] = _limit(options["limit"], section)
    elif "limit" in readable and hasattr(settings, "limit"):
        options["limit"] = settings.limit
    ranges = settings.time_ranges if isinstance(settings, TopSettings) else TIME_RANGES
    if options.get("time_range", ranges[0]) not in ranges:
        raise SetupError(
            f"The time range `{options['time_range']}` is not configured for `{section.name}`.",
            hint=f"Configured: {', '.join(ranges)}.",
            place=section.place,
        )
    if "time_range" in readable and isinstance(settings, TopSettings):
        options.setdefault("time_range", ranges[0])
    return options


def _list(word: str | None, section: Section, config: Config) -> str:
    """Choose the list that a chart is of: tracks, unless they are switched off or artists are asked for."""
    configured = [name for name in ("tracks", "artists") if config.has(f"top_{name}")]
    if not configured or word not in {None, *configured}:
        raise SetupError(
            f"`listening:{section.name}` can't show a list of {word or 'anything'}.",
            hint=f"Configured: {', '.join(configured) or 'no top list'}.",
            place=section.place,
        )
    return word or configured[0]


def _limit(word: str, section: Section) -> int:
    try:
        return msgspec.convert(word, Limit, strict=False)
    except msgspec.ValidationError as error:
        raise SetupError(
            f"limit can't be `{word}`.", hint="It must be a whole number from 1 to 50.", place=section.place
        ) from error


def _template(section: Section) -> str:
    return f"sections/{section.name}.md"


def _has_content(asked: Asked, view: Report) -> bool:
    """Whether the document that a section is named after is there, and the time range in it."""
    document = getattr(view, asked.section.name, True)
    if document is None:
        return False
    ranges = getattr(document, asked.options.get("list", "time_ranges"), None)
    return ranges is None or asked.options.get("time_range") in {None, *ranges}
