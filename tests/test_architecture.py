"""Which modules may import which, and what pure modules may not use."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from conftest import PROJECT

PACKAGE = PROJECT / "exporter"

EVERYBODY = {
    "errors", "models", "records", "text", "wording", "__version__", "REPOSITORY", "sources.SOURCES",
    "sources.about",
}  # fmt: skip
VALUES = {"config.schema", "files.Store"}

GROUND = {
    "errors": set[str](),
    "text": set[str](),
    "wording": set[str](),
    "models": {"errors", "text", "sources.SOURCES", "sources.about"},
    "records": {"models"},
}
"""What the lowest modules may import; they may not import `EVERYBODY`."""

LAW = {
    **GROUND,
    "files": set(),
    "config": {"files"},
    "config/schema.py": set(),
    "sources": VALUES,
    "archive": VALUES,
    "render": VALUES,
    "serving": set(),
    "demo": {"serving"},
    "exclusions": set(),
    "lending": set(),
    "privacy": {"config.schema", "exclusions"},
    "documents": {"config.schema", "archive"},
    "github": {"sources.spotify.token_age", "render.escaping"},
    "terminal": {"github.actions"},
    "pipeline": {"archive", "config.schema", "documents", "files.Store", "lending", "privacy", "render"},
    "publish": {"archive", "config.schema", "files", "pipeline", "render.report"},
    "setup": {
        "archive", "config", "files", "github", "pipeline", "privacy", "publish", "render", "serving",
        "sources",
    },
    "cli": {
        "archive", "config", "demo", "files", "github", "pipeline", "publish", "render", "setup", "sources",
        "terminal",
    },
    "__main__": {"cli"},
}  # fmt: skip
"""What each room (package or top-level module) may import, besides itself and `EVERYBODY`."""

PRINTERS = {"cli", "terminal", "__main__"}

PURE = (
    "archive/chart.py",
    "archive/feed.py",
    "archive/forgetting.py",
    "archive/identity.py",
    "archive/snapshots.py",
    "archive/trails.py",
    "config/schema.py",
    "config/theme.py",
    "sources/spotify/token_age.py",
    "documents.py",
    "errors.py",
    "lending.py",
    "exclusions.py",
    "models.py",
    "privacy.py",
    "records.py",
    "publish/decide.py",
    "publish/refusals.py",
    "render/cards.py",
    "render/checks.py",
    "render/covers.py",
    "render/drawing.py",
    "render/environments.py",
    "render/escaping.py",
    "render/kept.py",
    "render/lettering.py",
    "render/lists.py",
    "render/mistakes.py",
    "render/parsed.py",
    "render/report.py",
    "render/sections.py",
    "render/svg.py",
    "setup/finding.py",
    "setup/scaffold.py",
    "sources/listenbrainz/about.py",
    "sources/listenbrainz/calls.py",
    "sources/listenbrainz/objects.py",
    "sources/listenbrainz/wire.py",
    "sources/replies.py",
    "sources/about.py",
    "sources/retry.py",
    "sources/source.py",
    "sources/lastfm/about.py",
    "sources/lastfm/calls.py",
    "sources/lastfm/objects.py",
    "sources/lastfm/wire.py",
    "sources/spotify/calls.py",
    "sources/spotify/login.py",
    "sources/spotify/objects.py",
    "sources/spotify/wire.py",
    "text.py",
    "wording.py",
)
EDGES = {
    "os", "sys", "io", "time", "random", "secrets", "socket", "subprocess", "requests", "urllib3", "tempfile",
    "shutil", "logging", "threading", "click",
}  # fmt: skip


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def room_of(name: str) -> str:
    return name if name in LAW else name.partition("/")[0].removesuffix(".py")


def forbidden(name: str, imports: Iterable[str]) -> list[str]:
    """List a module's imports that the law forbids."""
    room = room_of(name)
    own = {room} if "." not in room else set()
    allowed = LAW[room] | own | (EVERYBODY if room not in GROUND else set())
    ours = (each.removeprefix("exporter.") for each in imports if each.startswith("exporter."))
    return [each for each in ours if not any(each == it or each.startswith(f"{it}.") for it in allowed)]


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_what_its_room_may(path: Path) -> None:
    assert forbidden(name_of(path), imported(path)) == []


def test_every_room_has_its_law_and_every_law_its_room() -> None:
    assert {room_of(name_of(path)) for path in MODULES} == set(LAW)


@pytest.mark.parametrize("room", [room for room in LAW if room != "cli"])
def test_the_law_forbids_each_room_the_commands(room: str) -> None:
    name = room if room.endswith(".py") else f"{room}/module.py"
    assert forbidden(name, ["exporter.cli.job.export"]) == ([] if room == "__main__" else ["cli.job.export"])


@pytest.mark.parametrize("room", ["sources", "archive", "render", "demo"])
def test_the_law_keeps_the_four_rooms_apart(room: str) -> None:
    others = {"sources", "archive", "render", "demo"} - {room}
    imports = [f"exporter.{other}.anything" for other in sorted(others)]
    assert len(forbidden(f"{room}/module.py", [*imports, "exporter.config.load.load"])) == 4


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_commands_and_the_terminal_print(path: Path) -> None:
    if room_of(name_of(path)) in PRINTERS:
        return
    assert not [name for name in imported(path) if name.split(".")[0] == "click"]
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert "print" not in calls


@pytest.mark.parametrize("name", PURE)
def test_what_is_pure_touches_no_clock_network_file_or_terminal(name: str) -> None:
    path = PACKAGE / name
    assert not {word for word in imported(path) if word.split(".")[0] in EDGES}
    attributes = {
        node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)
    }
    assert not attributes & {"now", "today", "utcnow", "read_text", "write_text", "open"}
