"""Pure: Jinja's environment for each format, which escapes text as it is read."""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import Any, NamedTuple

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


class _Format(NamedTuple):
    text: type[Text] = PlainText
    link: type[Text] = PlainText


_FORMATS = {
    ".md": _Format(MarkdownText, MarkdownLink),
    ".html": _Format(XmlText, XmlText),
    ".xml": _Format(XmlText, XmlText),
    ".svg": _Format(XmlText, XmlText),
    ".opml": _Format(XmlText, XmlText),
}

# These filters write markup of their own, escaped for HTML whatever the format.
_NOT_OURS = ("tojson", "urlize")
_NOT_FOR_JSON = ("e", "escape", "forceescape", "urlize", "xmlattr")


class Environment(JinjaEnvironment):
    """Marks the text that templates read for its `format`, unless that is JSON, where values stay whole."""

    format: _Format | None

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Read `obj.attribute`, for Jinja."""
        return self.read(attribute, super().getattr(obj, attribute))

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Read `obj[argument]`, for Jinja."""
        return self.read(argument, super().getitem(obj, argument))

    def read(self, name: object, value: Any) -> Any:
        """Mark a value that was read by a name."""
        if self.format is None:
            return value
        is_link = isinstance(name, str) and name in LINK_FIELDS
        return as_text(value, self.format.link if is_link else self.format.text)


def environment_of(suffix: str, loader: BaseLoader, filters: Mapping[str, Callable[..., Any]]) -> Environment:
    """Make the environment of a format; `filters` are added to Jinja's."""
    kind = _FORMATS.get(suffix, _Format()).text
    write = json_value if suffix == ".json" else partial(escaped, kind=kind)

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
    environment.format = None if suffix == ".json" else _FORMATS.get(suffix, _Format())
    environment.filters |= {**filters, **lists.FILTERS, **drawing.FILTERS}
    environment.filters |= {"quoted": quoted, "sha256": _sha256}
    if suffix == ".json":
        unwanted: tuple[str, ...] = _NOT_FOR_JSON
    else:
        unwanted = _NOT_OURS
        environment.filters = {
            name: _text_stays_text(filter_, kind) for name, filter_ in environment.filters.items()
        }
    for name in unwanted:
        del environment.filters[name]
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
