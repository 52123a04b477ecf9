"""Check a section's options against its template and the settings, and fill in the missing ones."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from exporter.config.schema import Config, TopSettings
from exporter.errors import Mistakes, SetupError
from exporter.models import TimeRange
from exporter.records import DOCUMENTS
from exporter.render import cards
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
    templates.compile(section.template, (*NAMES, "options", "cards"))
    readable = templates.options(section.template)
    mistakes = Mistakes()
    mistakes.add(*_unknown(section, readable))
    options = Options(section.options)
    document = section.name
    with mistakes.collected():
        if "list" in readable:
            options["list"] = _list(options.get("list"), section, config)
            document = f"top_{options['list']}"
    settings = config.settings_of(document)
    defaults = {
        "limit": getattr(settings, "limit", None),
        "covers": "yes" if config.about.covers_in_markdown else "no",
        **({"width": "416"} if section.name == "cards" else {}),
    }
    for name, default in defaults.items():
        value = options.get(name, default)
        if name in readable and value is not None:
            with mistakes.collected():
                options[name] = _READERS[name](value, section)
    with mistakes.collected():
        if section.name == "cards":
            options["show"] = cards.choose(section, config, templates)
    ranges = settings.time_ranges if isinstance(settings, TopSettings) else config.about.default_time_ranges
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


def _number(word: str, section: Section, *, name: str, most: int) -> int:
    try:
        number: int = msgspec.convert(word, Annotated[int, Meta(ge=1, le=most)], strict=False)
    except msgspec.ValidationError as error:
        hint = f"It must be a whole number from 1 to {most}."
        raise SetupError(f"{name} can't be `{word}`.", hint=hint, place=section.place) from error
    return number


def _covers(word: str, section: Section) -> bool:
    if word not in {"yes", "no"}:
        raise SetupError(f"covers can't be `{word}`.", hint="It must be yes or no.", place=section.place)
    return word == "yes"


_READERS: Mapping[str, Callable[[Any, Section], Any]] = {
    "limit": partial(_number, name="limit", most=50),
    "covers": _covers,
    "width": partial(_number, name="width", most=2000),
}
"""How to read the options that are not just text; `width` is one of cards only."""
