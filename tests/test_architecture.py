"""The design's law of imports, and of what the middle may not touch."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PROJECT

PACKAGE = PROJECT / "exporter"
ROOMS = {"sources", "archive", "render", "demo"}
SHARED = {"models", "errors", "config.schema", "files", "privacy", "__version__"}
PURE = (
    "sources/spotify/calls.py",
    "sources/spotify/wire.py",
    "sources/spotify/objects.py",
    "sources/retry.py",
    "archive/snapshots.py",
    "archive/chart.py",
    "render/report.py",
    "render/sections.py",
    "render/escaping.py",
    "render/checks.py",
    "documents.py",
    "github/actions.py",
    "config/token_age.py",
    "archive/forgetting.py",
    "privacy.py",
    "publish/refusals.py",
    "setup/scaffold.py",
    "models.py",
)
EDGES = {
    "os", "sys", "io", "time", "random", "secrets", "socket", "subprocess", "requests", "urllib3", "tempfile",
    "shutil", "logging", "threading", "click",
}  # fmt: skip


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules(folder: Path = PACKAGE) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", [path for room in ROOMS for path in modules(PACKAGE / room)], ids=name_of)
def test_a_room_imports_only_itself_models_and_errors(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0]
    allowed = SHARED | {room}
    ours = {name.removeprefix("exporter.") for name in imported(path) if name.startswith("exporter.")}
    assert {name for name in ours if not name.startswith(tuple(allowed))} == set()


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_only_the_cli_and_its_console_print_and_import_the_demo(path: Path) -> None:
    if name_of(path) in {"cli/__init__.py", "terminal.py", "__main__.py"}:
        return
    if path.relative_to(PACKAGE).parts[0] != "demo":
        assert not [name for name in imported(path) if name.startswith("exporter.demo")]
    assert not [name for name in imported(path) if name.split(".")[0] == "click" or name == "exporter.cli"]
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert "print" not in calls


@pytest.mark.parametrize("name", PURE)
def test_the_middle_touches_no_clock_network_file_or_terminal(name: str) -> None:
    path = PACKAGE / name
    assert not {word for word in imported(path) if word in EDGES or word.split(".")[0] in EDGES}
    attributes = {
        node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)
    }
    assert not attributes & {"now", "today", "utcnow", "read_text", "write_text", "open"}
