"""Pure: Jinja's environment for each format, which escapes text as it is read."""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import Any

from jinja2 import BaseLoader, pass_eval_context
from jinja2 import Environment as JinjaEnvironment
from jinja2.nodes import EvalContext
from markupsafe import Markup

from exporter.render import drawing, lists
from exporter.render.escaping import (
    LINK_FIELDS,
    MarkdownLink,
    MarkdownText,
    PlainText,
    Text,
    XmlText,
    as_text,
    escaped,
    json_value,
    quoted,
)
from exporter.render.mistakes import Missing

_KINDS: Mapping[str, type[Text]] = {
    ".md": MarkdownText,
    **dict.fromkeys((".html", ".xml", ".svg", ".opml"), XmlText),
}

# These filters write markup of their own, escaped for HTML whatever the format.
_NOT_OURS = ("tojson", "urlize")
_NOT_FOR_JSON = ("e", "escape", "forceescape", "urlize", "xmlattr")


class Environment(JinjaEnvironment):
    """Marks the text that templates read as its `kind`; None for JSON, where values stay whole."""

    kind: type[Text] | None

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Read `obj.attribute`, for Jinja."""
        return self.read(attribute, super().getattr(obj, attribute))

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Read `obj[argument]`, for Jinja."""
        return self.read(argument, super().getitem(obj, argument))

    def read(self, name: object, value: Any) -> Any:
        """Mark a value that was read by a name."""
        if self.kind is None:
            return value
        is_link = self.kind is MarkdownText and isinstance(name, str) and name in LINK_FIELDS
        return as_text(value, MarkdownLink if is_link else self.kind)


def environment_of(suffix: str, loader: BaseLoader, filters: Mapping[str, Callable[..., Any]]) -> Environment:
    """Make the environment of a format; `filters` are added to Jinja's."""
    is_json = suffix == ".json"
    kind = _KINDS.get(suffix, PlainText)
    write = json_value if is_json else partial(escaped, kind=kind)

    @pass_eval_context  # makes Jinja leave literals to us too, instead of escaping them for HTML
    def finalize(_: EvalContext, value: Any) -> Markup:
        return write(value)

    environment = Environment(
        loader=loader,
        autoescape=True,  # so that what macros and blocks write counts as markup
        finalize=finalize,
        undefined=Missing,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.kind = None if is_json else kind
    known = {**environment.filters, **filters, **lists.FILTERS, **drawing.FILTERS}
    known |= {"quoted": quoted, "sha256": _sha256}
    unwanted = _NOT_FOR_JSON if is_json else _NOT_OURS
    environment.filters = {
        name: filter_ if is_json else _text_stays_text(filter_, kind)
        for name, filter_ in known.items()
        if name not in unwanted
    }
    return environment


def _text_stays_text(filter_: Callable[..., Any], kind: type[Text]) -> Callable[..., Any]:
    """Wrap a filter so that the text it returns is escaped like other text, joined with markup or not."""

    @wraps(filter_)
    def filtered(*args: Any, **kwargs: Any) -> Any:
        return as_text(filter_(*args, **kwargs), kind)

    return filtered


def _sha256(text: str) -> str:
    """Return the hash of a style or a script, as a content security policy names it."""
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
