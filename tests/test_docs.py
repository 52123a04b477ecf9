"""Check what the documents say against the code."""

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from textwrap import indent

import click
import msgspec
import pytest
import yaml
from conftest import PROJECT, UNSEEN, Run, commit, git
from documented import DOCS, Sample, blocks, inline, title
from msgspec.structs import replace
from standin import LastFm, ListenBrainz, StandIn

from exporter import REPOSITORY, __version__
from exporter.cli import commands
from exporter.config.load import load
from exporter.config.schema import Config
from exporter.demo.standins import USER
from exporter.records import DOCUMENTS, TOP_LISTS, ChartDocument, ChartedWeek, Feed
from exporter.render.lists import FILTERS
from exporter.render.report import Attribution
from exporter.render.sections import find
from exporter.render.templates import Templates, builtin_folder
from exporter.sources import SOURCES
from exporter.sources.about import About
from exporter.sources.source import source_called

_CONTEXT = click.Context(commands)
COMMANDS = {
    name: command
    for name in commands.list_commands(_CONTEXT)
    if (command := commands.get_command(_CONTEXT, name))
}

SETUP = PROJECT / "docs/setup.md"


def calls(path: Path) -> list[list[str]]:
    """List the calls of the command in a document, as words after its name."""
    text, names = path.read_text("utf-8"), "|".join(COMMANDS)
    lines = re.findall(r"^ *(?:uvx .* )?now-listening (\w.*)$", text, re.MULTILINE)
    inline = re.findall(rf"`now-listening ([^`]+)`|`((?:{names}) [^`]+)`", text)
    return [shlex.split(call, comments=True) for call in [*lines, *map("".join, inline)]]


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_command_that_is_named_can_be_called_so(path: Path) -> None:
    for name, *words in calls(path):
        missing = ["NAME"] if name == "forget" and not words else []
        COMMANDS[name].make_context(name, words + missing)


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
    targets = set(re.findall(r"^(\w+):", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^| && )make (\w+)", path.read_text("utf-8"), re.MULTILINE)) <= targets


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_link_between_the_documents_leads_somewhere(path: Path) -> None:
    for target, _, anchor in re.findall(r"\]\(([\w./-]+)(#([\w-]+))?\)", path.read_text("utf-8")):
        linked = (path.parent / target).resolve()
        assert linked.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", linked.read_text("utf-8"), re.MULTILINE)
            assert anchor in {heading.lower().replace(" ", "-") for heading in headings}


def is_settings(sample: Sample) -> bool:
    value = yaml.safe_load(sample[1])
    return isinstance(value, dict) and value.keys() <= set(Config.__struct_fields__)


SETTINGS = [
    ("config.yaml", (PROJECT / "config.yaml").read_text("utf-8")),
    *filter(is_settings, [*blocks("yaml"), *inline(r"^\w+: \S")]),
]
THREATS = PROJECT / "docs/threat-model.md"
JINJA = r"(?<!\$)\{[{%]"


@pytest.fixture(params=["one", "two"])
def lanes(request: pytest.FixtureRequest) -> str:
    lanes: str = request.param
    return lanes


@pytest.fixture
def begun(run: Run, remote: Path, repo: Path, lanes: str) -> Path:  # noqa: ARG001
    """A fresh repository after `init`, with one lane and with two."""
    commit(repo, {"README.md": "# Me\n"})
    assert run("init", "--lanes", lanes).code == 0
    return repo


@pytest.fixture
def export(run: Run, spotify: StandIn, listenbrainz: ListenBrainz, lastfm: LastFm) -> Run:
    """Run an export from the stand-in of the source in the settings, whichever that is."""
    environment = {**spotify.environment, **listenbrainz.environment, **lastfm.environment}
    return lambda: run("export", env=environment)


def works(run: Run, export: Run) -> bool:
    """Whether the set-up is checked and exported without an error."""
    checked, exported = run("check", "--offline"), export()
    assert (checked.code, exported.code) == (0, 0), checked.out + exported.err
    return "✗" not in checked.out


def test_there_are_samples_of_each_kind() -> None:
    assert {name for name, _ in SETTINGS} >= {"config.yaml", "README.md", "publishing.md"}
    assert len(SETTINGS) >= 5
    assert len(blocks("markdown")) >= 2
    assert len(TEMPLATES) >= 5


@pytest.mark.parametrize("sample", SETTINGS, ids=title)
def test_the_settings_in_the_documents_work_after_init(
    run: Run, export: Run, begun: Path, lanes: str, sample: Sample
) -> None:
    config = begun / "config.yaml"
    written = config.read_text("utf-8")
    text = sample[1].replace(": NAME}", f": {USER}}}")
    settings = yaml.safe_load(text)
    is_twice = settings.keys() & yaml.safe_load(written).keys()
    keeps_no_weeks = settings.get("archive") == {"snapshots": "none"}  # can't be with `readme: weekly`
    if is_twice or (keeps_no_weeks and "weekly" in written):
        written = ""
    unseen = UNSEEN if lanes == "two" and "skip" not in settings else ""  # they look the same in two lanes
    config.write_bytes(f"{written}{text}\n{unseen}".encode())
    assert works(run, export)


@pytest.mark.parametrize("sample", blocks("markdown"), ids=title)
def test_the_markers_in_the_documents_work_after_init(
    run: Run, export: Run, begun: Path, sample: Sample
) -> None:
    readme = begun / "README.md"
    text = readme.read_text("utf-8")
    readme.write_bytes(f"{text}\n{sample[1]}".encode())
    assert works(run, export)
    text = readme.read_text("utf-8")
    assert all(text[section.start : section.end].strip() for section in find(text, "README.md"))


def own_file(template: str) -> str | None:
    """Return the ending of the output of a template that can't be a section."""
    if "<svg" in template or "cards/_" in template:
        return ".svg"
    if "feed." in template:
        return ".txt"
    return "-{week}.md" if "~ week" in template else None


TEMPLATES = [*inline(JINJA), *blocks("jinja", "jinja2")]


@pytest.mark.parametrize("lanes", ["one"])  # templates see the same in two lanes
@pytest.mark.parametrize("document", sorted({name for name, _ in TEMPLATES}))
def test_the_templates_in_the_documents_work_after_init(
    run: Run, export: Run, begun: Path, document: str
) -> None:
    (begun / "templates/sections").mkdir(parents=True)
    markers = ""
    for number, sample in enumerate(text for name, text in TEMPLATES if name == document):
        ends = "{% endif %}" * (sample.count("{% if") - sample.count("{% endif"))
        looped = f"{{% for track in top_tracks.time_ranges.short_term %}}{sample}{ends}{{% endfor %}}\n"
        if ending := own_file(sample):
            (begun / f"templates/mine{number}{ending}.j2").write_bytes(sample.encode())
        else:
            (begun / f"templates/sections/mine{number}.md.j2").write_bytes(looped.encode())
            markers += f"<!-- listening:mine{number} -->\n<!-- /listening:mine{number} -->\n"
    for name, more in {"config.yaml": UNSEEN, "README.md": f"\n{markers}"}.items():
        with (begun / name).open("ab") as file:
            file.write(more.encode())
    assert works(run, export)


@pytest.mark.parametrize("lanes", ["one"])  # the workflow is the same for two lanes
@pytest.mark.parametrize("sample", [each for each in blocks("yaml") if each[1].startswith("- ")], ids=title)
def test_the_steps_in_the_documents_fit_into_the_workflow_that_init_writes(
    run: Run, begun: Path, sample: Sample
) -> None:
    path = begun / ".github/workflows/listening.yml"
    action = re.compile(rf"^( +)(- uses: {REPOSITORY}@.*)$", re.MULTILINE)
    text = action.sub(r"\1\2\n\1  id: listening", path.read_text("utf-8"))
    path.write_bytes((text + indent(sample[1], "      ")).encode())
    schema = ["check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    subprocess.run([sys.executable, "-m", *schema, path], check=True)
    assert run("check", "--offline").code == 0


def test_the_minutes_in_the_documents_are_one_for_each_job_of_the_workflow() -> None:
    text = (PROJECT / "docs/publishing.md").read_text("utf-8")
    jobs = yaml.safe_load((PROJECT / ".github/workflows/listening.yml").read_text("utf-8"))["jobs"]
    (table,) = re.findall(
        r"^\| every \| runs \| minutes \| minutes with Pages \|.*\n.*\n((?:\|.*\n)+)", text, re.MULTILINE
    )
    rows = [re.findall(r"[\d,]+(?= \|)", row)[:3] for row in table.splitlines()]
    counts = [[int(number.replace(",", "")) for number in row] for row in rows]
    assert len(counts) == 4
    assert all((minutes, most) == (runs, runs * len(jobs)) for runs, minutes, most in counts)


def test_the_permissions_in_the_documents_are_those_that_init_gives(begun: Path) -> None:
    workflow = yaml.safe_load((begun / ".github/workflows/listening.yml").read_text("utf-8"))
    for _, sample in inline(r"^permissions: "):
        assert yaml.safe_load(sample)["permissions"] == workflow["jobs"]["update"]["permissions"]


@pytest.mark.usefixtures("remote")
def test_what_the_readme_says_to_try_first_leaves_git_pull_working(
    run: Run, publish: Run, spotify: StandIn, repo: Path
) -> None:
    (block,) = [block for _, block in blocks("sh") if "now-listening export" in block]
    tries = [shlex.split(line, comments=True)[1:] for line in block.splitlines() if " export" in line]
    for words in tries:
        assert run(*words, env=spotify.environment).code == 0
    assert publish().code == 0  # as the job does, elsewhere
    git(repo, "pull", "--quiet", "--ff-only")
    assert (repo / "output/data/now_playing.json").exists()


def test_the_actions_inputs_and_outputs_are_in_the_documents() -> None:
    action = yaml.safe_load((PROJECT / "action.yml").read_text("utf-8"))
    listed = re.findall(
        r"^\| `([\w-]+)` \|", (PROJECT / "docs/publishing.md").read_text("utf-8"), re.MULTILINE
    )
    assert set(listed) == {*action["inputs"], *action["outputs"]}


def test_the_projects_own_settings_are_the_defaults() -> None:
    given, tops = load(PROJECT / "config.yaml", may_be_missing=False), dict.fromkeys(TOP_LISTS)
    assert replace(given, **tops) == replace(Config(), **tops)
    for name in TOP_LISTS:  # these depend on the source
        assert given.settings_of(name) == Config().settings_of(name)


def test_the_readme_says_how_exact_times_are_by_default() -> None:
    readme = (PROJECT / "README.md").read_text("utf-8")
    assert f"{Config().privacy.times} (the default)" in readme


def test_the_workflow_in_the_setup_gives_the_three_secrets_and_the_least_permission() -> None:
    (source,) = re.findall(r"```yaml\n(name: .*?)```", SETUP.read_text("utf-8"), re.DOTALL)
    workflow = yaml.safe_load(source)
    job = workflow["jobs"]["update"]
    assert (workflow["permissions"], job["permissions"]) == ({}, {"contents": "write", "issues": "write"})
    checkout, action = job["steps"]
    assert set(action["env"]) == {"SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN"}
    assert re.fullmatch(r"actions/checkout@[0-9a-f]{40}", checkout["uses"])
    assert action["uses"] == f"{REPOSITORY}@v{__version__}"


def test_the_readme_lists_the_built_in_sections_and_their_options() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*)\| ", (PROJECT / "README.md").read_text("utf-8"), re.MULTILINE)
    listed = {name: set(re.findall(r"`(\w+)`", options)) for name, options in rows}
    built_in = Templates(
        builtin_folder(), label="templates", builtin=builtin_folder(), filters={"moment": str}
    )
    assert listed == {name: set(built_in.options(f"sections/{name}.md")) for name in built_in.sections()}


def test_the_readme_lists_the_built_in_outputs() -> None:
    listed = re.findall(r"^\| `output/(\S+)` \|", (PROJECT / "README.md").read_text("utf-8"), re.MULTILINE)
    documents = [f"data/{name}.json" for name in DOCUMENTS]
    assert listed == [*documents, "index.html", "feed.xml", "cards/*.svg", "archive/2026-W48.json"]


def rows(heading: str) -> dict[str, str]:
    """Return the tables under a heading of the set-up: the second cell of each row, by its first."""
    _, _, text = SETUP.read_text("utf-8").partition(f"\n## {heading}\n")
    return dict(re.findall(r"^\| (.+?) \| (.+) \|$", text.partition("\n## ")[0], re.MULTILINE))


@pytest.mark.parametrize("about", SOURCES.values(), ids=SOURCES)
def test_the_setup_has_the_time_ranges_and_secrets_of_each_source(about: About) -> None:
    ranges, secrets = rows("Time ranges")[about.name], rows("The secrets")[about.name]
    assert set(re.findall(r"`(\w+)`", ranges)) == set(about.time_ranges)
    assert tuple(re.findall(r"\*\*`(\w+)`\*\*", ranges)) == about.default_time_ranges
    assert tuple(re.findall(r"`(\w+)`", secrets)) == about.secrets


@pytest.mark.parametrize("about", SOURCES.values(), ids=SOURCES)
def test_the_setup_of_each_source_takes_less_than_fifteen_lines(about: About) -> None:
    _, _, text = SETUP.read_text("utf-8").partition(f"\n## {about.name}\n")
    lines = re.split(r"^##+ ", text, maxsplit=1, flags=re.MULTILINE)[0].strip().splitlines()
    assert 5 <= len(lines) < 15


def test_the_variables_in_the_setup_are_those_that_are_read() -> None:
    read = {"SPOTIFY_AUTHORIZED_ON"}
    for key, about in SOURCES.items():
        read |= {*about.secrets, *source_called(key).ADDRESSES}
    beginnings = "|".join(sorted({name.partition("_")[0] for name in read}))
    assert set(re.findall(rf"`((?:{beginnings})_\w+)`", SETUP.read_text("utf-8"))) == read


def test_the_readme_begins_with_the_sources() -> None:
    _, _, text = (PROJECT / "README.md").read_text("utf-8").partition("</p>\n")
    first = text.strip().partition("\n\n")[0]
    assert all(f"**{about.name}**" in first for about in SOURCES.values())


def test_the_markers_in_the_documents_are_examples() -> None:
    for path in DOCS:
        assert find(path.read_text("utf-8"), path.name) == ()


def test_every_line_of_the_threat_model_is_held_by_a_test() -> None:
    rows = re.findall(r"^\| (?!it tries|somebody looks|:)(.*) \|$", THREATS.read_text("utf-8"), re.MULTILINE)
    assert len(rows) > 20
    written = "".join(path.read_text("utf-8") for path in Path(__file__).parent.rglob("test_*.py"))
    for row in rows:
        named = re.findall(r"`(test_\w+)`", row)
        assert named, row
        assert all(f"def {name}(" in written for name in named), row


def test_every_dependency_has_its_reason_and_its_pin() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    names = {re.split(r"[><=]", requirement)[0] for requirement in project["project"]["dependencies"]}
    reasons = (PROJECT / "docs/dependencies.md").read_text("utf-8")
    assert names == set(re.findall(r"^\| ([\w-]+) \|", reasons, re.MULTILINE)) - {"library"}
    for lock in ("runtime.lock", "dev.lock"):
        pinned = (PROJECT / "requirements" / lock).read_text("utf-8")
        assert names <= set(re.findall(r"^([\w-]+)==", pinned, re.MULTILINE))
        assert "http" not in pinned


def test_templates_see_what_the_documents_say() -> None:
    text = (PROJECT / "docs/templates.md").read_text("utf-8")
    for name, kind in DOCUMENTS.items():
        row = next(line for line in text.splitlines() if line.startswith("|") and f"`{name}`" in line)
        fields = {field.name for field in msgspec.structs.fields(kind)} - {"schema_version"}
        assert fields <= set(re.findall(r"\w+", row))
    fields = {*Feed.__struct_fields__, *ChartedWeek.__struct_fields__} - {*ChartDocument.__struct_fields__}
    _, _, weeks = text.partition("\n## The weeks\n")
    assert fields - {"weeks"} <= set(re.findall(r"`(?:feed\.)?(\w+)`", weeks.partition("\n## ")[0]))
    (source,) = re.findall(r"^\| `source` \| (.*) \|$", text, re.MULTILINE)
    assert {field.name for field in msgspec.structs.fields(Attribution)} == set(
        re.findall(r"`(\w+)`", source)
    )
    for name in (*FILTERS, "moment", "brief", "day", "span", "label"):
        assert f"`{name}" in text


def test_the_repository_is_the_one_that_pyproject_states() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    stated = project["project"]["urls"]["Repository"]
    assert stated == f"https://github.com/{REPOSITORY}"
    for path in DOCS:
        named = re.findall(r"https://github\.com/now-listening/[\w-]+", path.read_text("utf-8"))
        assert set(named) <= {stated}
