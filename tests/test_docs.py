"""Check what the documents say against the code."""

import re
import tomllib
from pathlib import Path

import click
import msgspec
import pytest
import yaml
from conftest import PROJECT

from exporter import REPOSITORY, __version__
from exporter.cli import commands
from exporter.config.load import load
from exporter.config.reader import decode
from exporter.config.schema import Config
from exporter.models import DOCUMENTS, ArchivedTrack, ChartDocument, ChartTrack, Movement, Snapshot
from exporter.render.sections import find
from exporter.render.templates import Templates, builtin_folder

_CONTEXT = click.Context(commands)
COMMANDS = {
    name: command
    for name in commands.list_commands(_CONTEXT)
    if (command := commands.get_command(_CONTEXT, name))
}

DOCS = [PROJECT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
    (PROJECT / "docs").glob("*.md")
)


def calls(path: Path) -> list[list[str]]:
    code = re.findall(r"`(now-listening [^`]+)`|^ *(now-listening .*)$", path.read_text(), re.MULTILINE)
    return [(inline or line).split()[1:] for inline, line in code]


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_command_and_option_that_is_named_is_there(path: Path) -> None:
    for name, *words in calls(path):
        command = COMMANDS[name]
        known = {option for parameter in command.params for option in parameter.opts} | {"-h", "--help"}
        assert {word for word in words if word.startswith("-")} <= known


def test_every_command_is_in_the_readme() -> None:
    named = {call[0] for call in calls(PROJECT / "README.md")}
    assert named == set(COMMANDS)


def test_every_command_has_the_common_options() -> None:
    for command in COMMANDS.values():
        options = {option for parameter in command.params for option in parameter.opts}
        assert {"--config", "--now", "-v"} <= options
        assert command.help


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_make_target_that_is_named_is_there(path: Path) -> None:
    targets = set(re.findall(r"^(\w+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^| && )make (\w+)", path.read_text(), re.MULTILINE)) <= targets


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_link_between_the_documents_leads_somewhere(path: Path) -> None:
    for target, _, anchor in re.findall(r"\]\(([\w./-]+)(#([\w-]+))?\)", path.read_text()):
        linked = (path.parent / target).resolve()
        assert linked.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", linked.read_text(), re.MULTILINE)
            assert anchor in {heading.lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", ["README.md", "docs/publishing.md"])
def test_the_settings_in_the_documents_are_valid(name: str) -> None:
    (example,) = re.findall(r"```yaml\n(# config\.yaml\n.*?)```", (PROJECT / name).read_text(), re.DOTALL)
    assert decode(example, Config, file=name).value != Config()


def test_the_actions_inputs_and_outputs_are_in_the_documents() -> None:
    action = yaml.safe_load((PROJECT / "action.yml").read_text())
    listed = re.findall(r"^\| `([\w-]+)` \|", (PROJECT / "docs/publishing.md").read_text(), re.MULTILINE)
    assert set(listed) == {*action["inputs"], *action["outputs"]}


def test_the_projects_own_settings_load() -> None:
    assert load(PROJECT / "config.yaml", may_be_missing=False) == Config()


def test_the_workflow_in_the_setup_gives_the_three_secrets_and_the_least_permission() -> None:
    (source,) = re.findall(r"```yaml\n(name: .*?)```", (PROJECT / "docs/setup.md").read_text(), re.DOTALL)
    workflow = yaml.safe_load(source)
    job = workflow["jobs"]["update"]
    assert (workflow["permissions"], job["permissions"]) == ({}, {"contents": "write", "issues": "write"})
    checkout, action = job["steps"]
    assert set(action["env"]) == {"SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN"}
    assert re.fullmatch(r"actions/checkout@[0-9a-f]{40}", checkout["uses"])
    assert action["uses"] == f"{REPOSITORY}@v{__version__}"


def test_the_readme_lists_the_built_in_sections_and_their_options() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*)\| ", (PROJECT / "README.md").read_text(), re.MULTILINE)
    listed = {name: set(re.findall(r"`(\w+)`", options)) for name, options in rows}
    built_in = Templates(
        builtin_folder(), label="templates", builtin=builtin_folder(), filters={"moment": str}
    )
    assert listed == {name: set(built_in.options(f"sections/{name}.md")) for name in built_in.sections()}


def test_the_readme_lists_the_built_in_outputs() -> None:
    listed = re.findall(r"^\| `output/(\S+)` \|", (PROJECT / "README.md").read_text(), re.MULTILINE)
    assert listed == [*(f"data/{name}.json" for name in DOCUMENTS), "archive/2026-W48.json"]


def test_the_shapes_of_archive_and_chart_are_documented() -> None:
    text = (PROJECT / "docs/archive.md").read_text()
    for kind in (Snapshot, ArchivedTrack, ChartDocument, ChartTrack, Movement):
        for field in msgspec.structs.fields(kind):
            assert re.search(rf"`[^`]*\b{field.name}\b[^`]*`", text), field.name


def test_the_markers_in_the_documents_are_examples() -> None:
    for path in DOCS:
        assert find(path.read_text(), path.name) == ()


def test_every_dependency_has_its_reason_and_its_pin() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    names = {re.split(r"[><=]", requirement)[0] for requirement in project["project"]["dependencies"]}
    reasons = (PROJECT / "docs/dependencies.md").read_text()
    assert names == set(re.findall(r"^\| ([\w-]+) \|", reasons, re.MULTILINE)) - {"library"}
    for lock in ("runtime.lock", "dev.lock"):
        pinned = (PROJECT / "requirements" / lock).read_text()
        assert names <= set(re.findall(r"^([\w-]+)==", pinned, re.MULTILINE))
        assert "http" not in pinned


def test_templates_see_what_the_documents_say() -> None:
    text = (PROJECT / "docs/templates.md").read_text()
    for name, kind in DOCUMENTS.items():
        row = next(line for line in text.splitlines() if line.startswith("|") and f"`{name}`" in line)
        fields = {field.name for field in msgspec.structs.fields(kind)} - {"schema_version"}
        assert fields <= set(re.findall(r"\w+", row))


def test_the_repository_is_the_one_that_pyproject_states() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    stated = project["project"]["urls"]["Repository"]
    assert stated == f"https://github.com/{REPOSITORY}"
    for path in DOCS:
        named = re.findall(r"https://github\.com/now-listening/[\w-]+", path.read_text())
        assert set(named) <= {stated}
