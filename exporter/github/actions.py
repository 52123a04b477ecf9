"""Pure: how to speak to GitHub Actions, and how to print there what must only be read.

Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from typing import Literal

Level = Literal["error", "warning", "notice"]


def annotation(level: Level, text: str, place: str | None = None) -> str:
    """Write an annotation, on one line; `place` is a file, with its line if there is one: `README.md:12`."""
    file, _, line = (place or "").rpartition(":")
    where = {"file": file, "line": line} if line.isdecimal() else {"file": place or ""}
    properties = {**where, "title": "Now Listening"}
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::{level} {written}::{_data(text)}"


def defused(text: str, token: str) -> str:
    """Wrap text that could be taken for commands so that the runner only shows it.

    It looks for `::` at the start of a line, and, in the old way, for `##[` anywhere. `token` must not be
    foreseeable, or the text could end its own wrapping.
    """
    if "::" not in text and "##[" not in text:
        return text
    newline = "" if text.endswith("\n") else "\n"
    return f"::stop-commands::{token}\n{text}{newline}::{token}::\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
