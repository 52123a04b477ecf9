"""A runner for the shell steps of workflows and composite actions, with the features that ours use.

Steps that use other actions are not run. What runs is read from the YAML.
Sources: https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax and /contexts.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner
from msgspec import Struct

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_PATH = re.compile(r"'[^']*'|[a-z][\w-]*(?:\.[\w-]+)+")


class Job(Struct):
    """A machine with a checkout, `workspace`, and the results of its steps.

    `used` holds the outputs of steps that use other actions, by id. `exported` is what steps
    export to later ones.
    """

    workspace: Path
    temp: Path
    env: dict[str, str]
    github: dict[str, str]
    secrets: Mapping[str, str] = {}
    used: Mapping[str, Mapping[str, str]] = {}
    log: str = ""
    exported: str = ""
    code: int = 0
    summary: str = ""

    def run_action(
        self, folder: Path, inputs: Mapping[str, str] | None = None, env: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """Run a composite action's steps, and return its outputs; stop at a step that fails."""
        action = yaml.safe_load((folder / "action.yml").read_text("utf-8"))
        given = {name: str(what.get("default", "")) for name, what in action.get("inputs", {}).items()}
        unknown = set(inputs or {}) - set(given)
        assert not unknown, unknown
        context: dict[str, Any] = {
            "inputs": given | dict(inputs or {}),
            "github": self.github | {"action_path": str(folder)},
            "steps": {name: {"outputs": outputs} for name, outputs in self.used.items()},
        }
        self._run_steps(action["runs"]["steps"], context, dict(env or {}), folder)
        return {name: evaluate(what["value"], context) for name, what in action["outputs"].items()}

    def run_workflow(self, source: str, job: str, actions: Mapping[str, Path]) -> dict[str, dict[str, str]]:
        """Run a job's steps that use one of `actions`, by name; return the outputs of each by its id."""
        steps = yaml.safe_load(source)["jobs"][job]["steps"]
        context: dict[str, Any] = {"secrets": self.secrets, "github": self.github, "steps": {}}
        outputs = {}
        for step in steps:
            folder = actions.get(step.get("uses", "").partition("@")[0])
            if folder and not self.code:
                env = {name: evaluate(value, context) for name, value in step.get("env", {}).items()}
                inputs = {name: evaluate(value, context) for name, value in step.get("with", {}).items()}
                outputs[step.get("id", "")] = self.run_action(folder, inputs, env)
        return outputs

    def run_steps(self, steps: list[dict[str, Any]], outputs: Mapping[str, Mapping[str, str]]) -> None:
        """Run a workflow's own shell steps, after others whose outputs are known."""
        told = {name: {"outputs": values} for name, values in outputs.items()}
        context = {"secrets": self.secrets, "github": self.github, "steps": told}
        self._run_steps([{"shell": "bash", **step} for step in steps], context, {}, self.workspace)

    def _run_steps(
        self, steps: list[dict[str, Any]], context: dict[str, Any], env: dict[str, str], folder: Path
    ) -> None:
        for step in steps:
            if "run" not in step or not holds(step.get("if", "success()"), context, failed=bool(self.code)):
                continue
            assert step["shell"] == "bash", "a composite action's step needs its shell"
            own = {name: evaluate(str(value), context) for name, value in step.get("env", {}).items()}
            outputs = self._run(step["run"], env | own, folder)
            context["steps"][step.get("id", "")] = {"outputs": outputs}

    def _run(self, script: str, env: Mapping[str, str], folder: Path) -> dict[str, str]:
        assert "${{" not in script, "what others wrote must not become a script"
        output, summary, exported = (self.temp / name for name in ("output", "summary", "exported"))
        for file in (output, summary, exported):
            file.write_bytes(b"")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],  # noqa: S607
            cwd=self.workspace,
            env={
                **self.env,
                **env,
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTION_PATH": str(folder),
                "GITHUB_ENV": str(exported),
                "GITHUB_PATH": str(exported),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
                "GITHUB_REPOSITORY": self.github["repository"],
                "GITHUB_RUN_ID": "1",
                "GITHUB_SERVER_URL": "https://github.com",
                "RUNNER_ARCH": "X64",
                "RUNNER_OS": "Linux",
                "RUNNER_TEMP": str(self.temp),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
            timeout=60,
        )
        self.log += done.stdout
        self.summary += summary.read_text("utf-8")
        self.exported += exported.read_text("utf-8")
        self.code = self.code or done.returncode
        return dict(line.split("=", 1) for line in output.read_text("utf-8").splitlines())


def evaluate(text: str, context: Mapping[str, Any]) -> str:
    """Fill in each `${{ a.b.c }}`; missing values are empty."""
    return _EXPRESSION.sub(lambda match: _value(match[1], context), text)


def holds(condition: str, context: Mapping[str, Any], *, failed: bool = False) -> bool:
    """Whether a step's `if` lets it run."""
    bare = _EXPRESSION.sub(r"\1", condition)
    translated = _PATH.sub(lambda match: repr(_value(match[0], context)), bare)
    for theirs, ours in (("!cancelled()", "True"), ("success()", str(not failed)), ("&&", "and")):
        translated = translated.replace(theirs, ours)
    return bool(eval(translated, {"__builtins__": {}}))  # noqa: S307 # our own expressions, with quoted values


def _value(expression: str, context: Mapping[str, Any]) -> str:
    if expression.startswith("'"):
        return expression[1:-1]
    assert _PATH.fullmatch(expression), expression
    value: Any = context
    for name in expression.split("."):
        value = value.get(name, {}) if isinstance(value, Mapping) else {}
    return value if isinstance(value, str) else ""


def assert_valid(schema: str, *files: Path) -> None:
    """The files are valid by a schema that check-jsonschema brings."""
    from check_jsonschema import main  # noqa: PLC0415 # it takes long, and most tests need none

    checked = CliRunner().invoke(main, ["--builtin-schema", schema, *map(str, files)])
    assert checked.exit_code == 0, checked.output


def machine(tmp_path: Path, workspace: Path, env: Mapping[str, str]) -> Job:
    """Make a machine whose PATH begins with `tmp_path/bin`."""
    temp = tmp_path / "runner"
    temp.mkdir(exist_ok=True)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return Job(
        workspace=workspace,
        temp=temp,
        env={"PATH": path, "HOME": str(temp), **env},
        github={"repository": "ada/ada", "token": "gh-token", "workspace": str(workspace)},
    )
