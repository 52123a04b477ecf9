"""The examples that commands write: those in docs/outputs.md, and examples/profile. `make examples`."""

import io
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from exporter import REPOSITORY, __version__
from exporter.cli import main
from exporter.demo.standins import Spotify
from exporter.records import DOCUMENTS

PROJECT = Path(__file__).parent.parent
PAGE = PROJECT / "docs/outputs.md"
PROFILE = PROJECT / "examples/profile"

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)

OF_LASTFM = {"top_albums", "snapshot"}
"""Examples of files with plays."""

WIDTH = 100

BLOCK = re.compile(r"(?<=<!-- example: )(\w+)( -->\n\n```json\n).*?(?=```\n)", re.DOTALL)


def made(folder: Path) -> dict[str, str]:
    """Run the demo in a folder, and return all examples by name."""
    for source in ("spotify", "lastfm"):
        answered("demo", "--source", source, "--weeks", "3", "--output", str(folder / source))
    files = {name: f"data/{name}.json" for name in DOCUMENTS} | {"snapshot": "archive/2026-W48.json"}
    documents = {
        name: json.loads(
            (folder / ("lastfm" if name in OF_LASTFM else "spotify") / "output" / path).read_text("utf-8")
        )
        for name, path in files.items()
    }
    return {name: laid_out(shortened(each)) for name, each in {**documents, **_answers(folder)}.items()}


def _answers(folder: Path) -> dict[str, Any]:
    """Ask the commands, half an hour after the demo; what shows most comes first."""
    later = NOW + timedelta(minutes=30)
    with (
        Spotify(clock=lambda: later) as spotify,
        patch.dict(os.environ, spotify.environment),
        chdir(folder / "spotify"),
    ):
        check = json.loads(answered("check", "--offline", "--json", now=later))
        export = json.loads(answered("export", "--dry-run", "--json", now=later))
    check["findings"].sort(key=lambda finding: finding["hint"] is None)
    export["changes"].sort(key=lambda change: not change["path"].startswith("output/data/now"))
    return {"check": check, "export": export}


def answered(*argv: str, now: datetime = NOW) -> str:
    """Run a command that succeeds, and return its standard output."""
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(io.StringIO()):
        assert main([*argv, "--now", now.isoformat()]) == 0
    return output.getvalue()


def shortened(value: Any) -> Any:
    """Keep the first of the objects in each list, and the first of several lists."""
    if isinstance(value, list):
        objects = [shortened(part) for part in value if isinstance(part, dict)]
        return objects[:1] or value
    if isinstance(value, dict):
        is_lists = len(value) > 1 and all(isinstance(part, list) for part in value.values())
        return {key: shortened(part) for key, part in [*value.items()][: 1 if is_lists else None]}
    return value


def laid_out(value: Any, indent: int = 0) -> str:
    """Write JSON in lines that fit."""
    text = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or indent + len(text) < WIDTH * bool(indent):
        return text
    parts = (
        [f"{json.dumps(key)}: {laid_out(part, indent + 2)}" for key, part in value.items()]
        if isinstance(value, dict)
        else [laid_out(part, indent + 2) for part in value]
    )
    start, end = text[0], text[-1]
    inner = "".join(f"\n{' ' * (indent + 2)}{part}," for part in parts).removesuffix(",")
    return f"{start}{inner}\n{' ' * indent}{end}"


def profile(folder: Path) -> dict[str, str]:
    """Set a profile's repository up in an empty folder, with two lanes, and return its files."""
    for words in (["init", "--quiet"], ["remote", "add", "origin", "https://github.com/you/you.git"]):
        subprocess.run(["git", *words], cwd=folder, check=True)  # noqa: S607
    (folder / "README.md").write_text("# Hello\n", "utf-8")
    with chdir(folder):
        answered("init", "--lanes", "two")
    names = ("README.md", "config.yaml", ".github/workflows/listening.yml")
    written = {name: (folder / name).read_text("utf-8") for name in names}
    # `init` may know the commit of this clone; the example names the version.
    return {name: re.sub(rf"({REPOSITORY}@).*", rf"\1v{__version__}", text) for name, text in written.items()}


def filled(page: str, examples: Mapping[str, str]) -> str:
    """Write the examples to their places in the page."""
    return BLOCK.sub(lambda block: f"{block[1]}{block[2]}{examples[block[1]]}\n", page)


def write() -> None:
    """Write the page and the profile as they are today."""
    with tempfile.TemporaryDirectory() as temporary:
        examples = made(Path(temporary))
    PAGE.write_text(filled(PAGE.read_text("utf-8"), examples), "utf-8")
    with tempfile.TemporaryDirectory() as temporary:
        for name, text in profile(Path(temporary)).items():
            (PROFILE / name).parent.mkdir(parents=True, exist_ok=True)
            (PROFILE / name).write_text(text, "utf-8")


if __name__ == "__main__":
    write()
