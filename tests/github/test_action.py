"""The action and the workflows: valid, pinned, with minimal permissions; their steps run as on a runner."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import cmarkgfm
import pytest
import yaml
from conftest import NOW, PROJECT, UNSEEN, git
from github_api import REAL_GH, GitHub
from runner import Job, assert_valid, evaluate, holds, machine
from standin import Fault, StandIn

from exporter import REPOSITORY
from exporter.demo.answers import json_answer
from exporter.demo.spotify.service import CLIENT_SECRET, REFRESH_TOKEN
from exporter.errors import CAUSES
from exporter.github.issues import AUTHOR
from exporter.render.escaping import escape_markdown
from exporter.serving import Answer
from exporter.setup import scaffold
from exporter.sources import SOURCES

WORKFLOWS = sorted((PROJECT / ".github/workflows").glob("*.yml"))
TOOLS = Path(sys.executable).parent

INSTALLER = """\
#!/bin/sh
printf '%s\\n' "$@" >> '{log}'
case " $* " in *" venv "*)
    for folder; do :; done
    mkdir -p "$folder/bin"
    ln -s '{python}' "$folder/bin/python"
esac
"""
"""A Python that makes no virtual environment, and installs nothing."""


def steps_of(path: Path) -> list[dict[str, object]]:
    source = yaml.safe_load(path.read_text("utf-8"))
    if "runs" in source:
        return list(source["runs"]["steps"])
    return [step for job in source["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("vendor.github-actions", ["action.yml"]),
        ("vendor.dependabot", [".github/dependabot.yml"]),
        ("vendor.github-issue-forms", [".github/ISSUE_TEMPLATE/bug.yml", ".github/ISSUE_TEMPLATE/idea.yml"]),
        ("vendor.github-issue-config", [".github/ISSUE_TEMPLATE/config.yml"]),
    ],
)
def test_the_files_for_github_are_valid(schema: str, files: list[str | Path]) -> None:
    assert_valid(schema, *[PROJECT / file for file in files])


def test_zizmor_finds_nothing_that_is_not_explained(tmp_path: Path) -> None:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    theirs = scaffold.workflow_text(
        f"{REPOSITORY}@{'1' * 40} # v1.2.3", ["LASTFM_API_KEY"], "my settings.yaml"
    )
    (tmp_path / ".github/workflows/listening.yml").write_bytes(theirs.encode())
    done = subprocess.run(
        [TOOLS / "zizmor", "--offline", "--no-progress", PROJECT, tmp_path],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "zizmor: ignore" not in theirs
    for path in WORKFLOWS:
        for ignored in re.findall(r"# zizmor: ignore\[[\w-]+\](.*)", path.read_text("utf-8")):
            assert ignored.strip(), "an ignored rule needs its reason"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_no_rights_but_those_that_a_job_names(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {}
    assert workflow["concurrency"]
    for job in workflow["jobs"].values():
        assert job["permissions"]
        assert 0 < job["timeout-minutes"] <= 30


def workflow_of_the_documents() -> str:
    setup = (PROJECT / "docs/setup.md").read_text("utf-8")
    (source,) = re.findall(r"```yaml\n(name: .*?)```", setup, re.DOTALL)
    return str(source)


@pytest.mark.parametrize("door", ["template", "profile"])
def test_the_schedule_is_every_half_hour_at_odd_minutes(door: str) -> None:
    template = (PROJECT / ".github/workflows/listening.yml").read_text("utf-8")
    workflow = yaml.safe_load(template if door == "template" else workflow_of_the_documents())
    (schedule,) = workflow[True]["schedule"]  # YAML 1.1 reads the key `on` as true
    minutes, *others = schedule["cron"].split()
    assert others == ["*"] * 4
    first, second = sorted(int(minute) for minute in minutes.split(","))
    assert 0 <= first < second <= 59
    assert (second - first, first % 5 != 0) == (30, True)
    ZoneInfo(schedule.get("timezone", "UTC"))


def jobs_of(workflow: str) -> dict[str, dict[str, str]]:
    jobs: dict[str, dict[str, str]] = yaml.safe_load(
        (PROJECT / ".github/workflows" / workflow).read_text("utf-8")
    )["jobs"]
    return jobs


def test_the_project_itself_listens_to_nothing() -> None:
    jobs = jobs_of("listening.yml")
    assert jobs["update"]["if"] == "github.repository != 'now-listening/now-listening'"
    assert [job.get("needs") for job in jobs.values()] == [None, "update"]


def test_in_copies_and_forks_there_is_nothing_to_check() -> None:
    for job in jobs_of("ci.yml").values():
        assert [holds(job["if"], {"github": {"repository": name}}) for name in (REPOSITORY, "ada/music")] == [
            True, False,
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("is_wanted", "changed", "page", "is_deployed"),
    [
        ("true", "true", "output", True), ("true", "true", "", False), ("true", "false", "output", False),
        ("", "true", "output", False),
    ],
)  # fmt: skip
def test_pages_deploys_a_page_that_changed_from_where_it_is(
    is_wanted: str, changed: str, page: str, *, is_deployed: bool
) -> None:
    job = jobs_of("listening.yml")["pages"]
    outputs = {"changed": changed, "page": page}
    context = {"vars": {"NOW_LISTENING_PAGES": is_wanted}, "needs": {"update": {"outputs": outputs}}}
    assert holds(job["if"], context) is is_deployed
    (upload,) = [step for step in steps_of(WORKFLOWS[1]) if "upload-pages" in str(step.get("uses"))]
    assert evaluate(str(upload["with"]["path"]), context) == page  # type: ignore[index]


def test_secrets_are_in_the_environment_of_the_one_step_that_needs_them() -> None:
    secrets = {name for about in SOURCES.values() for name in about.secrets}
    blanked = []
    for step in steps_of(PROJECT / "action.yml"):
        env = step.get("env")
        assert isinstance(env, dict)
        blanked.append({name for name, value in env.items() if value == ""} >= secrets)
    assert blanked == [True, True, True, True, False, True]


class World:
    """A profile repository on a GitHub runner, with stand-ins for `venv`, `pip`, GitHub and Spotify."""

    def __init__(
        self, tmp_path: Path, repo: Path, spotify: StandIn, github: GitHub, python: list[str]
    ) -> None:
        self.tmp_path, self.repo, self.spotify, self.github = tmp_path, repo, spotify, github
        self.issues, self.pip_log = github.issues, tmp_path / "pip.log"
        self.install("python3", INSTALLER.format(log=self.pip_log, python=tmp_path / "bin/python"))
        self.run_by(python)
        github.install_gh(tmp_path / "bin", real=False)

    def run_by(self, python: list[str]) -> None:
        """Run the job with this Python."""
        self.install("python", f'#!/bin/sh\nexec {shlex.join(python)} "$@"\n')

    def install(self, name: str, source: str) -> None:
        path = self.tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(source.encode())
        path.chmod(0o755)

    @property
    def open_issues(self) -> list[object]:
        return self.github.open_issues

    def job(self) -> Job:
        shutil.rmtree(self.tmp_path / "runner", ignore_errors=True)
        urls = {name: value for name, value in self.spotify.environment.items() if name.endswith("_URL")}
        job = machine(self.tmp_path, self.repo, urls)
        job.secrets = {
            name: self.spotify.environment[name] for name in self.spotify.environment if name not in urls
        }
        return job

    def run(self, token: str = f"{REFRESH_TOKEN}#2026-11-23", days: int = 0) -> tuple[Job, dict[str, str]]:
        job = self.job()
        moment = (NOW + timedelta(days=days)).isoformat()
        env = {**job.secrets, "SPOTIFY_REFRESH_TOKEN": token}
        outputs = job.run_action(PROJECT, {"command": f"publish --now {moment}"}, env)
        return job, outputs


@pytest.fixture
def world(tmp_path: Path, repo: Path, spotify: StandIn, remote: Path, python: list[str]) -> Iterator[World]:
    assert remote.is_dir()
    (repo / "config.yaml").write_bytes(UNSEEN.encode())
    with GitHub() as github:
        yield World(tmp_path, repo, spotify, github, python)


def test_the_action_publishes_and_tells_what_it_did(world: World, remote: Path) -> None:
    (world.repo / "config.yaml").unlink()
    job, outputs = world.run()
    assert job.code == 0, job.log
    assert outputs == {
        "changed": "true",
        "new_week": "true",
        "commit": git(remote, "rev-parse", "main"),
        "now_playing": outputs["now_playing"],
        "token_days_left": "181",
        "page": "output",
    }
    assert " by " in outputs["now_playing"]
    assert git(remote, "log", "-1", "--format=%an|%ae|%cn", "main") == (
        "github-actions[bot]|41898282+github-actions[bot]@users.noreply.github.com|github-actions[bot]"
    )
    assert "### Now Listening" in job.summary
    assert world.issues == []
    for secret in (CLIENT_SECRET, REFRESH_TOKEN, "gh-token"):
        assert secret not in job.log + job.summary + json.dumps(outputs)


def test_the_second_run_commits_nothing_and_says_so(world: World, remote: Path) -> None:
    world.run()
    _, outputs = world.run()
    assert (outputs["changed"], outputs["new_week"]) == ("false", "false")
    assert outputs["commit"] == git(remote, "rev-parse", "main")


def test_what_is_installed_is_pinned_with_hashes_and_nothing_else(world: World) -> None:
    world.run()
    lock = PROJECT / "requirements/runtime.lock"
    told = world.pip_log.read_text("utf-8").split("\n")
    assert told.count("pip") == told.count("--require-hashes") == told.count(str(lock)) == 2
    assert told.count("--only-binary") == told.count("--no-index") == 1
    pinned = re.findall(
        r"^([\w-]+)==\S+ .*\\\n((?: +--hash=\S+.*\n)+)", lock.read_text("utf-8"), re.MULTILINE
    )
    assert len(pinned) == len(re.findall(r"^[\w-]+==", lock.read_text("utf-8"), re.MULTILINE)) > 10


def test_files_of_the_users_repository_do_not_stand_in_for_ours(world: World) -> None:
    (world.repo / "exporter").mkdir()
    (world.repo / "exporter/__init__.py").write_bytes(b"raise SystemExit(99)\n")
    (world.repo / "yaml.py").write_bytes(b"raise SystemExit(99)\n")
    world.run_by([sys.executable])
    assert world.run()[0].code == 0


def test_settings_elsewhere_are_an_input(world: World, remote: Path) -> None:
    (world.repo / "my settings.yaml").write_bytes(b"output: else where\ntop_artists: false\n")
    job = world.job()
    outputs = job.run_action(PROJECT, {"config": "my settings.yaml"}, job.secrets)
    assert job.code == 0, job.log
    assert outputs["page"] == "else where"
    assert '"else where/data/now_playing.json"' in json.dumps(
        git(remote, "ls-tree", "-rz", "--name-only", "main").split("\0")
    )


def test_where_there_is_no_page_none_is_named(world: World) -> None:
    job, outputs = world.run()
    assert (job.code, outputs["page"], outputs["changed"]) == (0, "", "true")


def test_a_page_in_a_folder_with_its_own_settings_is_named_from_the_top(world: World, remote: Path) -> None:
    (world.repo / "my site").mkdir()
    (world.repo / "my site/music.yaml").write_bytes(b"skip: [cards/*]\nsections: []\noutput: public\n")
    job = world.job()
    outputs = job.run_action(PROJECT, {"config": "my site/music.yaml"}, job.secrets)
    assert (job.code, outputs["page"]) == (0, "my site/public"), job.log
    assert git(remote, "ls-tree", "--name-only", outputs["commit"], f"{outputs['page']}/index.html")


BLANK = {name: "" for about in SOURCES.values() for name in about.secrets}


@pytest.mark.parametrize("given", ["SPOTIFY_CLIENT_ID", "LASTFM_API_KEY"])
def test_missing_secrets_are_a_clear_failure(world: World, given: str) -> None:
    job = world.job()
    job.run_action(PROJECT, env={**BLANK, given: "abc"})
    assert job.code == 2
    missing = [name for name in job.secrets if name != given]
    assert f"::error title=Now Listening::{', '.join(missing)} are missing or blank here." in job.log
    assert world.issues == []


def test_a_copy_without_any_secret_is_green_and_says_once_what_to_do(world: World, remote: Path) -> None:
    job = world.job()
    outputs = job.run_action(PROJECT, env=BLANK)
    assert (job.code, outputs["changed"], world.issues) == (0, "", [])
    (told,) = [line for line in job.log.splitlines() if line.startswith("::")]
    assert told.startswith(
        "::notice title=Now Listening::Now Listening is not set up yet: it needs SPOTIFY_CLIENT_ID, "
    )
    assert job.summary.startswith("### Now Listening is not set up yet\n")
    assert f"https://github.com/{REPOSITORY}/blob/main/docs/setup.md" in job.summary
    assert "`source: {listenbrainz: NAME}`" in job.summary
    assert git(remote, "rev-list", "--count", "main") == "1"
    assert world.spotify.requests == []


def test_secrets_that_are_lost_later_are_a_clear_failure(world: World) -> None:
    assert world.run()[0].code == 0
    git(world.repo, "pull", "--quiet")
    job = world.job()
    job.run_action(PROJECT, env=BLANK)
    assert (job.code, "SPOTIFY_REFRESH_TOKEN are missing or blank here." in job.log) == (2, True)


def revoked() -> Fault:
    body = {"error": "invalid_grant", "error_description": "Refresh token revoked"}
    return Fault(path="/api/token", answer=json_answer(400, body))


def test_over_weeks_a_person_is_asked_once_and_the_issue_is_closed_when_they_did(world: World) -> None:
    old, told = f"{REFRESH_TOKEN}#2026-06-11", []  # it ends on 11 December: in 18 days
    for days in (3, 4, 6, 18, 20, 26):
        if days == 20:
            world.spotify.faults.append(revoked())
        job, outputs = world.run(old, days)
        assert job.code == 0, job.log
        is_told = "an issue in this repository" in job.log
        told.append((outputs["token_days_left"], len(world.open_issues), is_told))
    assert told == [
        ("15", 0, False), ("14", 1, True), ("12", 1, True), ("0", 1, True), ("", 1, True), ("", 1, True),
    ]  # fmt: skip
    assert [issue["title"] for issue in world.issues] == [CAUSES["token"]]
    assert "The refresh token lasts 14 more days" in str(world.issues[0]["body"])
    assert "now-listening login --save github --repo ada/ada\n" in str(world.issues[0]["body"])
    world.spotify.faults.clear()
    job, outputs = world.run(f"{REFRESH_TOKEN}#2026-12-19", 27)
    assert (job.code, world.open_issues) == (0, [])
    assert int(outputs["token_days_left"]) > 180
    world.spotify.faults.append(revoked())
    world.run(f"{REFRESH_TOKEN}#2026-12-19", 29)
    assert world.open_issues == [CAUSES["token"]]


def test_what_spotify_says_is_only_read_in_the_issue(world: World) -> None:
    body = {"error": "invalid_grant", "error_description": "<img src=x> @someone\n# [x](y)"}
    world.spotify.faults.append(Fault(path="/api/token", answer=json_answer(400, body)))
    world.run()
    (issue,) = world.issues
    shown = cmarkgfm.github_flavored_markdown_to_html(str(issue["body"]), cmarkgfm.Options.CMARK_OPT_UNSAFE)
    assert "&lt;img src=x&gt; @\u2060someone# [x](y)." in shown


def test_the_links_in_an_issue_lead_to_headings_that_are_there(world: World) -> None:
    world.spotify.faults.append(
        Fault(path="/api/token", answer=json_answer(400, {"error": "invalid_client"}))
    )
    world.run()
    world.spotify.faults[:] = [revoked()]
    world.run()
    setup = (PROJECT / "docs/setup.md").read_text("utf-8")
    headings = {line[3:].lower().replace(" ", "-") for line in setup.splitlines() if line.startswith("## ")}
    bodies = "".join(str(issue["body"]) for issue in world.issues)
    anchors = set(re.findall(r"now-listening/now-listening/blob/main/docs/setup\.md#([\w-]+)\)", bodies))
    assert len(anchors) == 2
    assert anchors <= headings


def test_another_cause_is_another_issue_and_each_is_closed_when_it_is_settled(world: World) -> None:
    world.spotify.faults.append(revoked())
    world.run()
    world.spotify.faults[:] = [Fault(path="/api/token", answer=json_answer(400, {"error": "invalid_client"}))]
    world.run()
    assert world.open_issues == [CAUSES["token"], CAUSES["client"]]
    world.spotify.faults.clear()
    job, _ = world.run(f"{REFRESH_TOKEN}#2026-05-25")  # it works again, but ends in two days
    assert (job.code, world.open_issues) == (0, [CAUSES["token"]])


def test_a_missing_scope_is_asked_for_and_the_rest_is_published(world: World) -> None:
    world.spotify.scopes = ["user-top-read"]
    job, outputs = world.run()
    assert (job.code, outputs["changed"]) == (0, "true"), job.log
    assert world.open_issues == [CAUSES["scope"]]


def test_a_template_that_fails_is_one_issue_while_the_rest_is_published(world: World, remote: Path) -> None:
    template = world.repo / "templates/playing.txt.j2"
    template.parent.mkdir()
    template.write_bytes(b"{{ now_playing.item.nope }}\n")
    job, outputs = world.run(f"{REFRESH_TOKEN}#2026-05-25")  # and the token ends in two days
    assert (job.code, outputs["changed"]) == (0, "true"), job.log
    assert "output/archive/2026-W48.json" in git(remote, "ls-tree", "-r", "--name-only", "main")
    assert world.open_issues == [CAUSES["template"], CAUSES["token"]]
    body = str(world.issues[0]["body"])
    assert escape_markdown("templates/playing.txt.j2:1: There is no `nope` in this Track. ") in body
    assert "Until then, what it renders stays as before." in body
    world.run()
    assert len(world.issues) == 2
    template.write_bytes(b"{{ now_playing.item.name }}\n")
    assert world.run()[0].code == 0
    assert world.open_issues == []


def test_a_template_that_does_not_compile_is_red(world: World) -> None:
    (world.repo / "templates").mkdir()
    (world.repo / "templates/playing.txt.j2").write_bytes(b"{{ nope }}")
    assert (world.run()[0].code, world.issues) == (2, [])


ASKED = "<!-- now-listening: opened by the action, cause token -->\n\nDo this."
OTHERS = [
    ("Show my podcasts too", "Please", "ada"),
    (CAUSES["token"], "", "ada"),
    (CAUSES["token"], ASKED, "ada"),  # a copy of ours
    ("Ideas", None, "ada"),
    ("Covers are too big", "a\u2028b\x85c", AUTHOR),  # another workflow's
]
"""Titles, texts and authors of issues that have our label."""


def test_issues_that_others_opened_are_never_closed_and_do_not_count(world: World) -> None:
    for title, body, author in OTHERS:
        world.github.add(title, body, author)
    others = world.open_issues
    world.spotify.faults.append(revoked())
    job, _ = world.run()
    assert (job.code, world.open_issues) == (0, [*others, CAUSES["token"]])
    assert str(world.issues[-1]["body"]).startswith(ASKED.removesuffix("Do this."))
    world.spotify.faults.clear()
    job, _ = world.run()
    assert (job.code, world.open_issues) == (0, others)


def test_an_issue_that_the_action_opened_is_known_by_its_mark(world: World) -> None:
    world.github.add("A title of mine", ASKED, AUTHOR)
    world.spotify.faults.append(revoked())
    world.run()
    assert world.open_issues == ["A title of mine"]
    world.spotify.faults.clear()
    world.run()
    assert world.open_issues == []


def test_where_no_issue_can_be_opened_the_run_is_red(world: World) -> None:
    refusal = json_answer(403, {"message": "Resource not accessible by integration"})
    world.github.faults.append(Fault(path="/repos/*", answer=refusal))
    assert world.run()[0].code == 0  # nobody must act, so the failure does not matter
    job, _ = world.run(f"{REFRESH_TOKEN}#2026-05-25")
    assert job.code == 3
    assert "not accessible by integration (HTTP 403).%0A" in job.log
    assert "permissions: {contents: write, issues: write}" in job.log
    world.spotify.faults.append(revoked())
    assert world.run()[0].code == 3


def test_what_nobody_can_mend_stays_red_and_opens_no_issue(world: World) -> None:
    world.spotify.faults.append(Fault(path="/api/token", answer=Answer(503)))
    (world.repo / "config.yaml").write_bytes(b"http: {retry_budget: 0}\n")
    assert (world.run()[0].code, world.issues) == (4, [])


def test_a_title_gets_into_no_script_command_or_output(world: World) -> None:
    title = '"; touch pwned; `touch pwned` $(touch pwned)\n::error::x\nchanged=false'
    item = {"type": "track", "name": title, "artists": [{"name": "A"}]}
    answer = json_answer(200, {"is_playing": True, "item": item})
    world.spotify.faults.append(Fault(path="/v1/me/player/currently-playing", answer=answer))
    job, outputs = world.run()
    assert (job.code, outputs["changed"]) == (0, "true")
    assert not (world.repo / "pwned").exists()
    assert outputs["now_playing"].startswith('"; touch pwned; `touch pwned`')
    assert not [line for line in job.log.splitlines() if line.startswith("::error")]


@pytest.mark.parametrize("door", ["template", "profile"])
def test_the_workflow_runs_the_action_with_its_secrets(world: World, remote: Path, door: str) -> None:
    if door == "template":
        source = (PROJECT / ".github/workflows/listening.yml").read_text("utf-8")
    else:
        source = workflow_of_the_documents()
    actions = {"./": world.repo} if door == "template" else {"now-listening/now-listening": PROJECT}
    if door == "template":
        for name in ("exporter", "templates", "requirements"):
            shutil.copytree(PROJECT / name, world.repo / name)
        shutil.copy(PROJECT / "action.yml", world.repo)
    world.run_by([sys.executable])
    world.github.install_gh(world.tmp_path / "bin", real=bool(REAL_GH))
    job = world.job()
    job.run_workflow(source, "update", actions)
    assert job.code == 0, job.log
    assert git(remote, "rev-list", "--count", "main") == "2"


@pytest.mark.parametrize(
    ("new_week", "started"), [("true", "ada/ada gh-token workflow run site.yml\n"), ("false", "")]
)
def test_a_site_elsewhere_is_built_when_there_is_a_new_week(
    world: World, new_week: str, started: str
) -> None:
    log = world.tmp_path / "started"
    log.touch()
    world.install("gh", f'#!/bin/sh\necho "$GH_REPO $GH_TOKEN $*" > {log}\n')
    publishing = (PROJECT / "docs/publishing.md").read_text("utf-8")
    (step,) = re.findall(r"```yaml\n( +- if: .*?)```", publishing, re.DOTALL)
    world.job().run_steps(yaml.safe_load(step), {"listening": {"new_week": new_week}})
    assert log.read_text("utf-8") == started
