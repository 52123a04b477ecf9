"""Pure: nothing is written that its readers could not parse."""

from pathlib import PurePosixPath
from xml.etree import ElementTree as ET

import msgspec

from exporter.errors import SetupError
from exporter.models import DOCUMENTS


def check(output: str, text: str, template: str) -> None:
    """Parse what `template` rendered, by the output's extension; documents must have their shape.

    Raises:
        SetupError: at the template, with what the parser found.
    """
    hint = "Mend the template; the place told is one in what it rendered."
    try:
        if document := document_of(output):
            hint = "The job reads this file back: keep its shape, and write your own shape to another file."
            msgspec.json.decode(text, type=DOCUMENTS[document])
        elif output.endswith(".json"):
            hint = "Mind the commas, and write `{{ x }}` without quotes around it: it is a whole JSON value."
            msgspec.json.decode(text)
        elif output == "index.html" or PurePosixPath(output).suffix in {".svg", ".xml", ".opml"}:
            ET.fromstring(text)  # noqa: S314 # our own text, not a stranger's
    except (msgspec.DecodeError, ET.ParseError) as error:
        raise SetupError(f"{output} would be broken: {error}.", hint=hint, place=template) from error


def document_of(output: str) -> str | None:
    """Name the document that an output is, if it is one: `data/top_tracks.json` is `top_tracks`."""
    path = PurePosixPath(output)
    return path.stem if path == PurePosixPath(f"data/{path.stem}.json") and path.stem in DOCUMENTS else None
