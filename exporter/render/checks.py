"""Pure: check that outputs can be parsed."""

from pathlib import PurePosixPath
from xml.etree import ElementTree as ET

import msgspec

from exporter.errors import SetupError
from exporter.models import DOCUMENTS


def check(output: str, text: str, template: str) -> None:
    """Parse what `template` rendered, according to the output's extension; a document must match its type.

    Raises:
        SetupError: at the template, with what the parser found.
    """
    hint = "Fix the template; line and column are those of the rendered text."
    try:
        if document := document_of(output):
            hint = "The job reads this file back: keep its shape, and write your own shape to another file."
            msgspec.json.decode(text, type=DOCUMENTS[document])
        elif output.endswith(".json"):
            hint = "Check the commas, and write `{{ x }}` without quotes around it: it is a whole JSON value."
            msgspec.json.decode(text)
        elif output == "index.html" or PurePosixPath(output).suffix in {".svg", ".xml", ".opml"}:
            ET.fromstring(text)  # noqa: S314 # our own text, not a stranger's
    except (msgspec.DecodeError, ET.ParseError) as error:
        raise SetupError(f"{output} would be broken: {error}.", hint=hint, place=template) from error


def document_of(output: str) -> str | None:
    """Return the document that an output is, such as `top_tracks`; None if it is another file."""
    path = PurePosixPath(output)
    return path.stem if path == PurePosixPath(f"data/{path.stem}.json") and path.stem in DOCUMENTS else None
