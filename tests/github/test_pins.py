"""Versions are named in a form that Dependabot can raise, and tests do not repeat them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from conftest import PROJECT
from msgspec import Struct

from exporter import REPOSITORY
from exporter.setup import scaffold

RAISED = ["action.yml", *(f".github/workflows/{name}.yml" for name in ("ci", "listening"))]
"""What Dependabot looks at: the action and the workflows."""

USES = re.compile(r"^ *(?:- )?uses: *(?P<name>[\w./-]+)@(?P<ref>[\w.]+)(?P<comment> #.*)?$", re.MULTILINE)
COMMIT, VERSION = r"[0-9a-f]{40}", r"v\d+\.\d+\.\d+"


class Used(Struct, frozen=True):
    name: str
    ref: str
    comment: str


def used_in(text: str) -> list[Used]:
    return [Used(match["name"], match["ref"], match["comment"] or "") for match in USES.finditer(text)]


def raised(text: str) -> str:
    """Raise each pin to version 99.0.0 as Dependabot does: only a version at a comment's end changes."""

    def replaced(match: re.Match[str]) -> str:
        comment = re.sub(rf"{VERSION}$", "v99.0.0", match["comment"] or "")
        return f"{match[0].partition('@')[0]}@{'9' * 40}{comment}"

    return USES.sub(replaced, text)


def assert_pinned(used: Used) -> None:
    assert re.fullmatch(COMMIT, used.ref), used
    assert re.fullmatch(rf" # {VERSION}", used.comment), used


@pytest.mark.parametrize("name", RAISED)
def test_other_peoples_actions_are_pinned_by_commit_before_and_after_dependabot(name: str) -> None:
    text = (PROJECT / name).read_text("utf-8")
    found = used_in(text)
    assert len(found) == text.count("uses: ") - text.count("uses: ./") > 0
    for used in found:
        assert_pinned(used)
    assert used_in(raised(text)) == [Used(used.name, "9" * 40, " # v99.0.0") for used in found]


def workflows_for_users() -> Iterator[str]:
    """The workflow that `init` writes, and those in the documents."""
    yield scaffold.workflow_text(f"{REPOSITORY}@v1.2.3", ["LASTFM_API_KEY"], "my settings.yaml")
    for path in [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]:
        yield from re.findall(r"```yaml\n(.*?)```", path.read_text("utf-8"), re.DOTALL)


def test_what_users_get_is_pinned_too() -> None:
    found = [used for text in workflows_for_users() for used in used_in(text)]
    ours = [used for used in found if used.name == REPOSITORY]
    assert len(ours) >= 2
    for used in ours:
        assert re.fullmatch(VERSION, used.ref)
    for used in found:
        if used.name != REPOSITORY:
            assert_pinned(used)


def test_a_setup_whose_pins_dependabot_raised_is_still_ours() -> None:
    text = scaffold.workflow_text(f"{REPOSITORY}@{'1' * 40} # v1.2.3", ["LASTFM_API_KEY"])
    assert raised(text) != text
    assert scaffold.is_ours(raised(text))


def test_dependabot_looks_at_the_action_and_the_workflows_once() -> None:
    (update,) = yaml.safe_load((PROJECT / ".github/dependabot.yml").read_text("utf-8"))["updates"]
    assert (update["package-ecosystem"], update["directory"]) == ("github-actions", "/")
    assert "directories" not in update


@pytest.mark.parametrize(
    "path", ["config.yaml", "my settings.yaml", "site: #1.yaml", "it's {a}, 'b' \"c\".yaml", "münchen.yaml"]
)
def test_a_settings_path_of_any_form_is_quoted(path: str, tmp_path: Path) -> None:
    text = scaffold.workflow_text(f"{REPOSITORY}@v1.2.3", [], path)
    (tmp_path / "workflow.yml").write_text(text, "utf-8")
    steps = yaml.safe_load((tmp_path / "workflow.yml").read_text("utf-8"))["jobs"]["update"]["steps"]
    assert steps[1]["with"] == {"config": path}
    assert scaffold.is_ours(text)
