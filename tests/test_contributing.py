"""The steps in CONTRIBUTING.md, followed."""

import re
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from conftest import PROJECT, Run

from exporter.render.templates import builtin_folder

TEXT = (PROJECT / "CONTRIBUTING.md").read_text("utf-8")
RECIPES = dict(
    re.findall(r"`(templates/[\w./]+\.j2)`[^`]*?(?:`[^`]+`[^`]*?)?:\n\n```jinja\n(.*?)```", TEXT, re.DOTALL)
)


@pytest.fixture
def repo(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's repository, with the recipes among the built-in templates."""
    builtin = tmp_path / "project/templates"
    shutil.copytree(builtin_folder(), builtin)
    for name, template in RECIPES.items():
        (tmp_path / "project" / name).write_text(template, "utf-8")
    monkeypatch.setattr("exporter.cli.project.builtin_folder", lambda: builtin)
    return repo


def test_a_file_a_section_and_a_card_are_a_template_each(export: Run, repo: Path) -> None:
    assert sorted(RECIPES) == [
        "templates/artists.txt.j2",
        "templates/cards/week.svg.j2",
        "templates/sections/newest.md.j2",
    ]
    readme = repo / "README.md"
    readme.write_text("<!-- listening:newest limit=2 -->\n<!-- /listening:newest -->\n", "utf-8")
    assert export().code == 0
    assert (repo / "output/artists.txt").read_text("utf-8").startswith("Tessellate\n")
    assert readme.read_text("utf-8").count("\n- ") == 2
    for theme, colour in (("", "#ffffff"), ("-dark", "#0d1117")):
        card = ET.parse(repo / f"output/cards/week{theme}.svg").getroot()  # noqa: S314 # our own text
        assert next(element.get("fill") for element in card if element.get("fill")) == colour
        assert "2026-W48" in "".join(card.itertext())


@pytest.mark.parametrize("row", re.findall(r"^\| (`(?:exporter|tests|templates).*) \|$", TEXT, re.MULTILINE))
def test_what_the_tables_name_is_there(row: str) -> None:
    where, what = row.split(" | ")
    paths = [PROJECT / name for name in re.findall(r"`([\w./]+)`", where) if "NAME" not in name]
    assert all(path.exists() for path in paths)
    symbols = re.findall(r"`(_?[A-Z][A-Za-z_]*)`", what)
    read = "".join(path.read_text("utf-8") for path in paths if path.is_file())
    assert all(symbol in read for symbol in symbols)
