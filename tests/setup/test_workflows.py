"""Which workflows run the job: `check` and `init` agree on it."""

from pathlib import Path

import pytest
from conftest import PROJECT, Run, git

from exporter import REPOSITORY
from exporter.files import Folder
from exporter.setup import workflows

FOLDER = ".github/workflows"


def of(step: str) -> str:
    return f"on: push\njobs:\n  update:\n    steps:\n      - {step}\n"


OURS = {
    "action": of(f"uses: {REPOSITORY}@v0.1.0"),
    "action of a fork": of("uses: Ada/Now-Listening@main"),
    "command of a tool": of("run: uvx now-listening publish"),
    "command with a version": of("run: uvx now-listening@0.1.0 export --strict"),
    "command with a path": of("run: .venv/bin/now-listening export"),
    "module": of("run: python -m exporter publish"),
    "command in a variable": of('run: python -P -m exporter "${words[@]}"'),
    "continued line": of("run: |\n          now-listening \\\n            publish"),
    "second job": f"jobs: {{a: {{steps: []}}, b: {{steps: [1, {{uses: {REPOSITORY}@v1}}]}}}}",
    "no YAML, but names us": "now-listening: [",
}
OTHERS = {
    "comment": of("run: make # now-listening publish"),
    "comment in YAML": f"# uses: {REPOSITORY}@v1\n" + of("run: make"),
    "other action": of("uses: ada/not-listening@v1"),
    "path of an action": of("uses: ada/sync@now-listening"),
    "only checks": of("run: uvx now-listening check --offline"),
    "only installs": of("run: pip install now-listening\n      - run: export A=1"),
    "no YAML": "a: [",
    "nested too deeply": "a: " + "[\n" * 1500,
    "no date": "on: 2001-13-45",
    "no character": 'on: "\\UFFFFFFFF"',
    "list": "- now-listening publish",
    "jobs without form": "jobs: [now-listening publish]",
    "steps without form": "jobs: {a: {steps: now-listening publish}, b: now-listening publish}",
    "local action that is not there": of("uses: ./"),
}


@pytest.fixture
def written(repo: Path) -> Path:
    """The place of a workflow in a repository."""
    git(repo, "init", "--quiet")
    (repo / FOLDER).mkdir(parents=True)
    return repo / FOLDER / "music.yml"


@pytest.mark.parametrize("text", OURS.values(), ids=OURS)
def test_a_workflow_that_runs_the_job_is_enough_for_check_and_init(
    run: Run, repo: Path, written: Path, text: str
) -> None:
    written.write_bytes(text.encode())
    assert f"{FOLDER}/music.yml" in run("check", "--offline").out
    assert run("init").code == 0
    assert [path.name for path in (repo / FOLDER).iterdir()] == ["music.yml"]


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_a_workflow_that_does_not_is_not_enough_for_either(
    run: Run, repo: Path, written: Path, text: str
) -> None:
    written.write_bytes(text.encode())
    assert f"no workflow in {FOLDER} runs now-listening" in run("check", "--offline").out
    assert run("init").code == 0
    assert (repo / FOLDER / "listening.yml").exists()


@pytest.mark.usefixtures("written")
def test_a_copy_of_the_project_runs_its_own_action(repo: Path) -> None:
    for name in ("action.yml", f"{FOLDER}/listening.yml", f"{FOLDER}/ci.yml"):
        (repo / name).write_bytes((PROJECT / name).read_bytes())
    (found,) = workflows.find(Folder(repo))
    assert (found.path, found.uses_action) == (f"{FOLDER}/listening.yml", True)
    assert found.may_write("contents")
    assert found.may_write("issues")
    assert not found.may_write("pages")  # another job has that


@pytest.mark.usefixtures("links")
def test_what_is_named_like_a_workflow_but_is_no_file_is_passed_over(
    run: Run, repo: Path, written: Path
) -> None:
    written.mkdir()
    (repo / FOLDER / "link.yaml").symlink_to("nowhere")
    ran = run("check", "--offline")
    assert f"no workflow in {FOLDER} runs now-listening" in ran.out
    assert run("init").code == 0


@pytest.mark.parametrize(
    ("workflow", "job", "may"),
    [
        ("", "permissions: {contents: write}", True),
        ("permissions: {contents: write}", "", True),
        ("permissions: write-all", "", True),
        ("permissions: {contents: write}", "permissions: {contents: read}", False),
        ("permissions: {contents: write}", "permissions: {}", False),
        ("permissions: write-all", "permissions: read-all", False),
        ("permissions: {}", "permissions: {contents: write}", True),
        ("", "", False),
    ],
)
def test_a_jobs_permissions_replace_those_of_its_workflow(
    written: Path, repo: Path, workflow: str, job: str, *, may: bool
) -> None:
    written.write_bytes(
        (
            f"{workflow}\njobs:\n  other:\n    permissions: write-all\n    steps: [run: make]\n"
            f"  ours:\n    {job}\n    steps: [run: now-listening publish]\n"
        ).encode()
    )
    (found,) = workflows.find(Folder(repo))
    assert found.may_write("contents") is may
