"""Which modules name a source in their code: no other depends on where the listening comes from.

Comments and docstrings may name one, as an example. `sources/` and `demo/` have a folder for each.
"""

import ast
import re
from collections.abc import Iterator

import pytest
from conftest import PROJECT

from exporter.sources import SOURCES

PACKAGE = PROJECT / "exporter"

NAMED = re.compile("|".join(re.escape(key) for key in SOURCES) + r"|last\.fm", re.IGNORECASE)

DEFAULT = "it is the source of settings that name none"
OLDER = "older files do not name their source"
LOGIN = "logging in in a browser is Spotify's alone"
ENDS = "only Spotify's token ends after a while"

EXCEPTIONS = {
    "cli/demo.py": DEFAULT,
    "cli/login.py": LOGIN,
    "cli/messages.py": ENDS,
    "cli/setup.py": "`init` asks which to take, and says what each needs",
    "config/environment.py": ENDS,
    "config/schema.py": DEFAULT,
    "errors.py": "the titles of issues for what a person must mend there",
    "exclusions.py": "people write Spotify's links in `exclude`, also wrong ones",
    "github/issues.py": ENDS,
    "records.py": OLDER,
    "setup/callback.py": LOGIN,
    "setup/check.py": ENDS,
    "setup/credentials.py": ENDS,
    "setup/login.py": LOGIN,
    "setup/scaffold.py": "other programs, whose cards `init` finds, are named after them",
}
"""The modules that name a source all the same, and why."""

MODULES = [
    path.relative_to(PACKAGE).as_posix()
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.relative_to(PACKAGE).parts[0] not in {"sources", "demo"}
]


def words_of(tree: ast.Module) -> Iterator[str]:
    """Yield the names and texts of a module's code, and what it imports; docstrings are none."""
    docstrings = {
        node.value
        for parent in ast.walk(tree)
        if isinstance(body := getattr(parent, "body", None), list)
        for node in body
        if isinstance(node, ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
            yield node.value
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.alias):
            yield node.name
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("name", MODULES)
def test_only_those_with_a_reason_name_a_source(name: str) -> None:
    words = words_of(ast.parse((PACKAGE / name).read_text("utf-8")))
    assert bool([word for word in words if NAMED.search(word)]) == (name in EXCEPTIONS)


def test_every_exception_is_a_module() -> None:
    assert set(EXCEPTIONS) <= set(MODULES)


@pytest.mark.parametrize(
    ("code", "is_named"),
    [
        ("x = config.source == 'lastfm'", True),
        ("from exporter.sources import spotify", True),
        ("from exporter.sources.spotify import calls", True),
        ("x = f'{name} on Last.fm'", True),
        ("x = records.listenbrainz", True),
        ("def f():\n    'Read what Spotify sends.'\n    return 1  # as Spotify does", False),
    ],
)
def test_code_names_a_source_but_words_about_it_do_not(code: str, *, is_named: bool) -> None:
    assert any(map(NAMED.search, words_of(ast.parse(code)))) == is_named


def test_templates_name_no_source() -> None:
    templates = [path.read_text("utf-8") for path in (PROJECT / "templates").rglob("*.j2")]
    assert len(templates) > 20
    assert not [text for text in templates if NAMED.search(text)]
