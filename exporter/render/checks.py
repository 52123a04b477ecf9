"""Pure: check that outputs can be parsed."""

import json
from pathlib import PurePosixPath
from typing import NoReturn
from xml.etree import ElementTree as ET

import msgspec

from exporter.errors import SetupError
from exporter.records import DOCUMENTS

_KEEP_SHAPE = "The job reads this file back: keep its shape, and write your own shape to another file."
_WHOLE_VALUES = "Check the commas, and write `{{ x }}` without quotes around it: it is a whole JSON value."
_CLOSE_TAGS = "Close every tag, and put every attribute in quotes."

_WIDTH = 72
"""How many characters of a line of the rendered text an error shows."""


def check(output: str, text: str, template: str) -> None:
    """Parse what `template` rendered to an output, by its extension; a document must match its type.

    Raises:
        SetupError: at the template, with what the parser found, and the rendered lines around it.
    """
    document = document_of(output)
    try:
        if output.endswith(".json"):
            msgspec.json.decode(text, type=DOCUMENTS[document] if document else object)
        elif output == "index.html" or PurePosixPath(output).suffix in {".svg", ".xml", ".opml"}:
            ET.fromstring(text)  # noqa: S314 # our own text, not a stranger's
    except ET.ParseError as error:
        line, column = error.position
        reason = str(error).partition(":")[0]
        _fail(output, f"{reason}{_around(text, line, column)}", _CLOSE_TAGS, template, error)
    except msgspec.DecodeError as error:
        reason = _json_reason(text) or f"{error}"
        _fail(output, reason, _KEEP_SHAPE if document else _WHOLE_VALUES, template, error)


def document_of(output: str) -> str | None:
    """Return the document that an output is, such as `top_tracks`; None if it is another file."""
    path = PurePosixPath(output)
    return path.stem if path == PurePosixPath(f"data/{path.stem}.json") and path.stem in DOCUMENTS else None


def _fail(output: str, reason: str, hint: str, template: str, error: Exception) -> NoReturn:
    raise SetupError(f"{output} would be broken: {reason}", hint=hint, place=template) from error


def _json_reason(text: str) -> str | None:
    """Say where a text stops being JSON, which msgspec does not; None if it is JSON."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"{error.msg[:1].lower()}{error.msg[1:]}{_around(text, error.lineno, error.colno - 1)}"
    return None


def _around(text: str, line: int, column: int) -> str:
    """Show a line of the rendered text, from 1, and its neighbours; `column` counts from 0."""
    start = max(0, column - _WIDTH // 2)
    shown = [
        f"\n    {number:>4} {'>' if number == line else '|'} {_printable(content[start : start + _WIDTH])}"
        for number, content in enumerate(text.split("\n"), start=1)
        if abs(number - line) <= 1
    ]
    return f", on line {line} of the rendered text:{''.join(shown)}"


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable()).rstrip()
