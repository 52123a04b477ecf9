"""Pure: escape text so that it stays text, in each format that templates render to."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any

import msgspec
from jinja2 import Undefined
from markupsafe import Markup
from msgspec import Struct

_XML_ACTIVE = re.compile(r"[&<>\"']")

# Everything with a meaning in Markdown, HTML or a site generator: some punctuation anywhere, some only
# outside of words and numbers; spaces that could be indentation or a line break; line ends.
_MARKDOWN_ACTIVE = re.compile(
    r"""[!"#$&'()*+<=>@\[\\\]^_`{|}~\t\r\n]"""
    r"""|:(?!\d)|\.(?=\S)|(?<=\d)\.|-(?!\w)|[ ]{2,}"""
)

# Other characters have no meaning in an address, and it is easier to read with them unchanged.
_LINK_ACTIVE = re.compile(r"[&<>\"'()\[\]*_~|\\`${}!@]")

_SHORTCODE = re.compile(r":(?=[\w+-]+:)")

WORD_JOINER = "\u2060"
"""Invisible: it keeps GitHub from turning `@name` into a mention, and `:name:` into an emoji."""


def escape_xml(text: str) -> str:
    """Escape for XML and HTML, in text and in attributes."""
    return _XML_ACTIVE.sub(_numeric, text)


def escape_markdown(text: str) -> str:
    """Escape for GitHub's Markdown: in text, cells, link texts, HTML blocks and attributes."""
    joined = _SHORTCODE.sub(f":{WORD_JOINER}", text).replace("@", f"@{WORD_JOINER}")
    return _MARKDOWN_ACTIVE.sub(_numeric, joined)


def escape_markdown_link(text: str) -> str:
    """Escape an address, for a link's target or an attribute."""
    return _LINK_ACTIVE.sub(_numeric, text)


def quoted(value: Any) -> Markup:
    """Write text, a time, a number, None, or a list of them as JSON that is YAML too, as in front matter.

    In text, everything that is active in Markdown or HTML becomes a `u` escape; times are RFC 3339.
    """
    if isinstance(value, Undefined):
        str(value)  # raises, with the name that is undefined
    if isinstance(value, list | tuple):
        return Markup(f"[{', '.join(map(quoted, value))}]")
    if isinstance(value, str):
        return Markup(f'"{"".join(map(_quotable, str(value)))}"')
    if value is None or isinstance(value, bool | int | float | datetime):
        return Markup(msgspec.json.encode(value).decode())
    raise TypeError(f"a whole {type(value).__name__} can't be quoted: quote its parts")


def _quotable(character: str) -> str:
    """Escape a character, unless it has no meaning in any format.

    Those beyond U+FFFF stay as they are: JSON escapes them as two, which YAML does not join.
    """
    is_plain = character.isalnum() or character in " ,;?%/-" or character > "\uffff"
    is_plain = is_plain or (character.isprintable() and not character.isascii())
    return character if is_plain else f"\\u{ord(character):04x}"


def _numeric(match: re.Match[str]) -> str:
    """Use decimal references: they mean the same in every format, and survive upper-casing."""
    return "".join(f"&#{ord(character)};" for character in match[0])


class Text(str):
    """Text that is escaped for the output's format whenever Jinja or Markup joins it with markup.

    Both call `__html__` for the escaped form. Slicing, `+`, `%` and methods return a Text again, so that
    `{{ name.upper() ~ "!" }}` is as safe as `{{ name }}`.
    """

    __slots__ = ()

    @staticmethod
    def escape(text: str) -> str:
        """Escape text."""
        raise NotImplementedError

    def __html__(self) -> str:
        return self.escape(str(self))

    def __radd__(self, other: str) -> Any:
        return derived(self, str(other) + str(self))

    def __rmod__(self, other: str) -> Any:
        return derived(self, str(other) % str(self))


class XmlText(Text):
    """Text for XML or HTML."""

    __slots__ = ()
    escape = staticmethod(escape_xml)


class MarkdownText(Text):
    """Text for Markdown."""

    __slots__ = ()
    escape = staticmethod(escape_markdown)


class MarkdownLink(Text):
    """An address for Markdown, already checked to be a permitted link; parts of it are text."""

    __slots__ = ()
    escape = staticmethod(escape_markdown_link)


class PlainText(Text):
    """Text for a format without markup."""

    __slots__ = ()

    @staticmethod
    def escape(text: str) -> str:
        """Return text unchanged."""
        return text


def derived(source: Text, value: Any) -> Any:
    """Turn text that was derived from a Text into a Text again; other values stay as they are."""
    kind = MarkdownText if isinstance(source, MarkdownLink) else type(source)
    return as_text(value, kind)


def as_text(value: Any, kind: type[Text]) -> Any:
    """Turn plain text into a `kind`, in lists, tuples and dictionaries too; other values stay as they are."""
    if type(value) is str:
        return kind(value)
    if type(value) in {list, tuple}:
        return type(value)(as_text(item, kind) for item in value)
    if isinstance(value, dict):
        return type(value)((as_text(key, kind), as_text(item, kind)) for key, item in value.items())
    return value


def _closed(name: str) -> Callable[..., Any]:
    method = getattr(str, name)

    @wraps(method)
    def closed(self: Text, *args: Any, **kwargs: Any) -> Any:
        return derived(self, method(self, *args, **kwargs))

    return closed


_METHODS = """
    __add__ __getitem__ __mod__ __mul__ __rmul__ capitalize casefold center expandtabs format format_map join
    ljust lower lstrip partition removeprefix removesuffix replace rjust rpartition rsplit rstrip split
    splitlines strip swapcase title translate upper zfill
"""
for _name in _METHODS.split():
    setattr(Text, _name, _closed(_name))


LINK_FIELDS = {"url", "image", "link"}
"""The names of fields that hold addresses."""


def escaped(value: Any, kind: type[Text]) -> Markup:
    """Return what a template's expression writes: markup as it is, None as nothing, the rest escaped."""
    if value is None:
        return Markup()
    if hasattr(value, "__html__"):
        return Markup(value.__html__())
    if isinstance(value, Struct | Mapping | list | tuple):
        raise TypeError(f"a whole {type(value).__name__} can't be written as text: write its parts")
    return Markup(kind.escape(str(value)))


def json_value(value: Any) -> Markup:
    """Return what a JSON template's expression writes: a JSON value; a macro's output as it is."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, Undefined):
        str(value)  # raises, with the name that is undefined
    return Markup(msgspec.json.encode(value).decode())
