"""What would fail on Windows or macOS, as far as the source shows it on any machine.

There, no file may be read or written in the encoding of the machine, which on Windows is not UTF-8; only test
files that are left out there may use modules that Windows has not; and a test that skips itself fails CI.
"""

import ast
import re
from collections.abc import Iterator

from conftest import LEFT_OUT, PROJECT

ENCODING_AT = {"read_text": 0, "write_text": 1}
"""Methods that read or write text, and where they may have the encoding among their arguments."""

POSIX = {"fcntl", "forked", "forks", "grp", "pty", "pwd", "resource", "termios"}

NOT_FILES = {("webbrowser", "open"), ("os", "open"), ("Image", "open"), ("git", "open")}


def without_encoding(source: str) -> Iterator[int]:
    """Yield the lines of calls that would use the machine's encoding."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _uses_text(node):
            yield node.lineno


def _uses_text(call: ast.Call) -> bool:
    """Whether a call reads or writes text, in no encoding that it names."""
    if {"encoding", None} & {word.arg for word in call.keywords}:
        return False
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name in ENCODING_AT:
        return len(call.args) <= ENCODING_AT[name]
    if name in {"run", "Popen", "check_output"}:
        return any(word.arg in {"text", "universal_newlines"} for word in call.keywords)
    return name in {"open", "fdopen", "NamedTemporaryFile", "TemporaryFile"} and _opens_text(call, name)


def _opens_text(call: ast.Call, name: str) -> bool:
    of = getattr(getattr(call.func, "value", None), "id", None)
    if (of, name) in NOT_FILES:
        return False
    modes = [*call.args, *(word.value for word in call.keywords if word.arg == "mode")]
    written = [mode.value for mode in modes if isinstance(mode, ast.Constant) and isinstance(mode.value, str)]
    is_binary = any("b" in mode and set(mode) <= set("rwaxbt+") for mode in written)
    return not is_binary and (name in {"open", "fdopen"} or bool(written))


def test_each_text_file_is_opened_with_its_encoding() -> None:
    modules = [*PROJECT.glob("exporter/**/*.py"), *PROJECT.glob("tests/**/*.py")]
    found = [
        f"{path.relative_to(PROJECT)}:{line}"
        for path in modules
        for line in without_encoding(path.read_text("utf-8"))
    ]
    assert found == []


def test_what_only_posix_has_is_in_files_that_are_left_out_on_windows() -> None:
    tests = PROJECT / "tests"
    names = {path.relative_to(tests).as_posix(): path.read_text("utf-8") for path in tests.rglob("test_*.py")}
    found = [name for name, source in names.items() if imported(source) & POSIX and name not in LEFT_OUT]
    skipping = [
        name for name, source in names.items() if re.search(r"pytest\.(importorskip|mark\.skipif)\b", source)
    ]
    assert (found, skipping) == ([], [])


def imported(source: str) -> set[str]:
    """Return the names that a module imports, and those of the modules that it imports from."""
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {node.module for node in imports if isinstance(node, ast.ImportFrom) and node.module}
    return modules | {alias.name for node in imports for alias in node.names}


def test_what_needs_an_encoding_is_found() -> None:
    source = """\
Path("a").read_text()
Path("a").write_text("b")
open("a")
Path("a").open("a")
subprocess.run(["a"], text=True)
tempfile.NamedTemporaryFile("w")
Path("a").read_text("utf-8"); Path("a").write_text("b", encoding="utf-8"); open("a", "rb"); os.open("a", 1)
tempfile.TemporaryFile(); subprocess.run(["a"], encoding="utf-8"); webbrowser.open("a")
"""
    assert list(without_encoding(source)) == [1, 2, 3, 4, 5, 6]
