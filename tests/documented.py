"""The samples in the project's documents."""

import re
from textwrap import dedent

from conftest import PROJECT

DOCS = [
    *(
        PROJECT / name
        for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "examples/README.md")
    ),
    *sorted((PROJECT / "docs").glob("*.md")),
    *sorted({*(PROJECT / "examples").glob("*/README.md")} - {PROJECT / "examples/profile/README.md"}),
]

Sample = tuple[str, str]
"""The document that a sample is in, and its text."""


def blocks(*languages: str) -> list[Sample]:
    """List the fenced blocks in these languages, in all documents."""
    fence = re.compile(rf"^( *)```(?:{'|'.join(languages)})\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
    return [
        (path.name, dedent(block)) for path in DOCS for _, block in fence.findall(path.read_text("utf-8"))
    ]


def inline(pattern: str) -> list[Sample]:
    """List the pieces of code within sentences that match a pattern, in all documents."""
    return [
        (path.name, code)
        for path in DOCS
        for code in re.findall(r"`([^`\n]+)`", path.read_text("utf-8"))
        if re.search(pattern, code)
    ]


def title(sample: Sample) -> str:
    return f"{sample[0]}: {sample[1].splitlines()[0]}"
