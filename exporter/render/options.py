"""Check a section's options against its template and the settings, and fill in the missing ones."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec

from exporter.config.schema import Config, Limit, TopSettings
from exporter.errors import Mistakes, SetupError
from exporter.models import DOCUMENTS, TIME_RANGES, TimeRange
from exporter.render.mistakes import Options
from exporter.render.report import NAMES
from exporter.render.sections import Section
from exporter.render.templates import Templates
from exporter.wording import did_you_mean

_SWITCH_ON = {"chart": "It needs a top list, and `archive: {snapshots: weekly}`"}


def complete(section: Section, config: Config, templates: Templates) -> Options:
    """Read a section's options; those that are not given come from the settings.

    Raises:
        SetupError: for each mistake: there is no such section or option, a value is invalid or not
            configured, or the template is wrong.
    """
    _check_name(section, config, templates)
    templates.compile(section.template, (*NAMES, "options"))
    readable = templates.options(section.template)
    mistakes = Mistakes()
    mistakes.add(*_unknown(section, readable))
    options = Options(section.options)
    document = section.name
    with mistakes.collected():
        if "list" in readable:
            options["list"] = _list(options.get("list"), section, config)
            document = f"top_{options['list']}"
    settings: Any = getattr(config, document, None)
    with mistakes.collected():
        if "limit" in options:
            options["limit"] = _limit(options["limit"], section)
        elif "limit" in readable and hasattr(settings, "limit"):
            options["limit"] = settings.limit
    ranges = settings.time_ranges if isinstance(settings, TopSettings) else TIME_RANGES
    if "time_range" in readable and isinstance(settings, TopSettings):
        options.setdefault("time_range", ranges[0])
    mistakes.add(*_unknown_range(section, options, ranges))
    mistakes.raise_all()
    return options


def _unknown(section: Section, readable: Collection[str]) -> Iterator[SetupError]:
    for key in section.options:
        if key not in readable:
            known = f"It has {', '.join(sorted(readable))}." if readable else "It has no options."
            yield SetupError(
                f"`listening:{section.name}` has no option `{key}`.",
                hint=did_you_mean(key, readable) or known,
                place=section.place,
            )


def _check_name(section: Section, config: Config, templates: Templates) -> None:
    known = templates.sections()
    if section.name not in known:
        raise SetupError(
            f"There is no section `{section.name}`.",
            hint=did_you_mean(section.name, known) or f"There are {', '.join(known)}.",
            place=section.place,
        )
    if section.name in DOCUMENTS and not config.has(section.name):
        raise SetupError(
            f"`{section.name}` is switched off in config.yaml.",
            hint=f"{_SWITCH_ON.get(section.name, 'Switch it on')}, or take out `listening:{section.name}`.",
            place=section.place,
        )


def _unknown_range(section: Section, options: Options, ranges: Sequence[TimeRange]) -> Iterator[SetupError]:
    if options.get("time_range", ranges[0]) not in ranges:
        yield SetupError(
            f"The time range `{options['time_range']}` is not configured for `{section.name}`.",
            hint=f"Configured: {', '.join(ranges)}.",
            place=section.place,
        )


def _list(word: str | None, section: Section, config: Config) -> str:
    """Choose the list that a chart shows: tracks, unless they are switched off or artists are asked for."""
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
