"""Pure: find mistakes in templates, and explain them in the words of a template's author."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, cast

from jinja2 import StrictUndefined, TemplateNotFound, nodes
from jinja2.utils import missing
from msgspec import Struct

from exporter import REPOSITORY
from exporter.errors import SetupError
from exporter.render.parsed import Parsed
from exporter.wording import did_you_mean

_LOOK_UP = f"What templates can use: https://github.com/{REPOSITORY}/blob/main/docs/templates.md"

_GUARD = "It is None if it is switched off or unknown: guard it with `{% if … %}`."


class Options(dict[str, Any]):
    """A section's options, by name."""


class Missing(StrictUndefined):
    """A value that does not exist: using it is an error that names what does exist."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        """Say what is missing, and on a second line what to do."""
        name, value = cast("object", self._undefined_name), cast("object", self._undefined_obj)
        if self._undefined_hint:
            return self._undefined_hint
        if value is missing:
            return f"There is no `{name}` here."
        if value is None:
            return f"There is no `{name}`, because this is None.\n{_GUARD}"
        if isinstance(value, Options):
            return (
                f"The option `{name}` is not given.\nAdd `{name}=…` to the marker, or write "
                f'`{{{{ options.{name}|default("…") }}}}`.'
            )
        if isinstance(value, list | tuple) and isinstance(name, int):
            return f"There is no item {name}: the list has {len(value)}.\nGuard it with `{{% if … %}}`."
        where = f"in this {type(value).__name__}" if isinstance(value, Struct) else "here"
        return f"There is no `{name}` {where}.\n{_suggestion(str(name), _names_in(value))}"


def explained(error: Exception, filters: Iterable[str]) -> tuple[str, str]:
    """Return a sentence on what a template raised, and one on what to do; `filters` are those that exist."""
    words, _, hint = str(error).partition("\n")
    unknown_filter = re.match(r"No filter named '(.+)'", words)
    if unknown_filter:
        hint = did_you_mean(unknown_filter[1], filters)
    if isinstance(error, TemplateNotFound):
        words = f"There is no template `{error.message}`"
    text = (words or type(error).__name__).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}.", hint or _LOOK_UP


def unknown_names(template: Parsed, known: Collection[str], place: str) -> Iterator[SetupError]:
    """Find the names that a template reads although they are not `known`, and that it does not set.

    Those that it tests with `is defined`, or gives a default, may be missing.
    """
    tested = {
        node.node.name
        for node in template.find(nodes.Test, nodes.Filter)
        if node.name in {"defined", "undefined", "default", "d"} and isinstance(node.node, nodes.Name)
    }
    unknown = template.read_names - tested - {*known}
    lines = {name.name: name.lineno for name in template.find(nodes.Name) if name.name in unknown}
    for name, line in lines.items():
        yield SetupError(
            f"There is no `{name}` here.", hint=_suggestion(name, known), place=f"{place}:{line}"
        )


def missing_templates(template: Parsed, known: Collection[str], place: str) -> Iterator[SetupError]:
    """Find the templates that a template includes, imports or extends although they are not `known`."""
    for node in template.find(nodes.Extends, nodes.FromImport, nodes.Import, nodes.Include):
        reference, is_optional = getattr(node, "template", None), getattr(node, "ignore_missing", False)
        name = reference.value if isinstance(reference, nodes.Const) else None
        if isinstance(name, str) and name not in known and not is_optional:
            yield SetupError(f"There is no template `{name}`.", hint=_LOOK_UP, place=f"{place}:{node.lineno}")


def _suggestion(name: str, known: Collection[str]) -> str:
    if not known:
        return _LOOK_UP
    return did_you_mean(name, known) or f"These exist: {', '.join(known)}."


def _names_in(value: object) -> list[str]:
    """List the names that a template can read from a value."""
    if isinstance(value, Struct):
        kind = {"kind"} if hasattr(value, "kind") else set()
        return sorted({*value.__struct_fields__, *kind})
    return [str(key) for key in value] if isinstance(value, Mapping) else []
