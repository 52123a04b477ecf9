"""Print what CHANGELOG.md says of a version, for its release: `python tests/release_notes.py v1.2.3`."""

import re
import sys
from pathlib import Path

PROJECT = Path(__file__).parent.parent


def notes(tag: str, project: Path = PROJECT) -> str:
    """Return the section of the version that a tag names.

    Raises:
        SystemExit: the code has another version, or the changelog no such section.
    """
    version = tag.removeprefix("v")
    code = (project / "exporter/__init__.py").read_text("utf-8")
    if f'__version__ = "{version}"' not in code:
        raise SystemExit(f"exporter/__init__.py has another version than {version}: raise it, and tag again.")
    changelog = (project / "CHANGELOG.md").read_text("utf-8")
    heading = rf"^## \[{re.escape(version)}\][^\n]*\n"
    section = re.search(rf"{heading}(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if not section:
        raise SystemExit(f"CHANGELOG.md has no section for {version}: write one, and tag again.")
    return section[1].strip() + "\n"


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(notes(sys.argv[1]))
