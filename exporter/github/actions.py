"""Talk to GitHub Actions: annotations, step outputs, step summaries, and text that is not a command.

Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

import os
from collections.abc import Mapping
from pathlib import Path

from exporter.errors import Level

BOT = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (
        ("NAME", "github-actions[bot]"),
        ("EMAIL", "41898282+github-actions[bot]@users.noreply.github.com"),
    )
}
"""Git's variables for who commits in GitHub Actions."""


def is_running() -> bool:
    """Whether we run in GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def author() -> Mapping[str, str]:
    """Return git's variables for who commits: `BOT` in GitHub Actions, none elsewhere."""
    return BOT if is_running() else {}


def wants_summary() -> bool:
    """Whether this step can have a summary."""
    return bool(os.environ.get("GITHUB_STEP_SUMMARY"))


def set_output(name: str, value: str) -> None:
    """Set an output of the step; a value of several lines becomes one line. Raises OSError."""
    _append("GITHUB_OUTPUT", f"{name}={' '.join(value.splitlines())}\n")


def add_to_summary(markdown: str) -> None:
    """Add Markdown to the step's summary. Raises OSError."""
    _append("GITHUB_STEP_SUMMARY", markdown)


def _append(variable: str, text: str) -> None:
    """Append to the file that a variable names, if it is set; bytes that are not UTF-8 are escaped."""
    path = os.environ.get(variable)
    if path:
        with Path(path).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)


def annotation(level: Level, text: str, place: str | None = None) -> str:
    """Format an annotation as one line; `place` is a file, or its line, such as `README.md:12`."""
    file, _, line = (place or "").rpartition(":")
    where = {"file": file, "line": line} if line.isdecimal() else {"file": place or ""}
    properties = {**where, "title": "Now Listening"}
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::{level} {written}::{_data(text)}"


def defused(text: str, token: str) -> str:
    """Wrap text that could be taken for commands, so that the runner only prints it.

    The runner looks for `::` at the start of a line, and, in the old syntax, for `##[` anywhere. `token` must
    be unpredictable, or the text could end its own wrapping.
    """
    if "::" not in text and "##[" not in text:
        return text
    newline = "" if text.endswith("\n") else "\n"
    return f"::stop-commands::{token}\n{text}{newline}::{token}::\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
