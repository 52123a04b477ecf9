"""`templates`: list the built-in templates, and print one to begin from."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROJECT, Run

BUILTIN = PROJECT / "templates"
NAMES = sorted(path.relative_to(BUILTIN).as_posix() for path in BUILTIN.rglob("*.j2"))


def test_it_lists_what_is_built_in_and_what_replaces_it(run: Run, repo: Path) -> None:
    (repo / "mine/sections").mkdir(parents=True)
    (repo / "mine/sections/chart.md.j2").touch()
    (repo / "mine/other.txt.j2").touch()
    (repo / "config.yaml").write_bytes(b"templates: mine\n")
    ran = run("templates")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert [line.split()[0] for line in lines] == NAMES
    replaced = [line for line in lines if " " in line]
    assert replaced == ["sections/chart.md.j2  replaced by mine/sections/chart.md.j2"]


@pytest.mark.parametrize("name", NAMES)
def test_it_prints_one_as_it_is_with_and_without_its_ending(process: Run, name: str) -> None:
    expected = (BUILTIN / name).read_text("utf-8")
    assert process("templates", name.removesuffix(".j2")).out == expected


def test_what_it_prints_replaces_the_built_in_one_and_renders_the_same(
    export: Run, run: Run, repo: Path
) -> None:
    assert export().code == 0
    (repo / "templates").mkdir()
    (repo / "templates/feed.xml.j2").write_bytes(run("templates", "feed.xml.j2").out.encode())
    assert "Nothing new" in run("render").out
    assert "replaced by templates/feed.xml.j2" in run("templates").out
    assert run("templates", "feed.xml").out == (BUILTIN / "feed.xml.j2").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("feed.xlm", "Did you mean `feed.xml.j2`?"),
        ("section/chart.md", "Did you mean `sections/chart.md.j2`?"),
        ("../config.yaml", "`now-listening templates` lists them."),
    ],
)
def test_an_unknown_name_is_an_error_with_the_nearest(run: Run, name: str, hint: str) -> None:
    ran = run("templates", name)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"error: There is no built-in template `{name}`.\n  {hint}\n"


SHELLS = {
    "bash": (
        "LINE; COMP_WORDS=(x re); COMP_CWORD=1; _now_listening_completion now-listening; echo $COMPREPLY",
        "render\n",
    ),
    "zsh": (
        "autoload -U compinit; compinit -D -u; LINE; echo ${_comps[now-listening]}",
        "_now_listening_completion\n",
    ),
    "fish": ("LINE; complete --do-complete 'now-listening re' | cut -f 1", "render\n"),
}
"""What each shell runs with the line from the documents, and what it says."""


@pytest.mark.parametrize("shell", SHELLS)
def test_the_line_in_the_documents_teaches_a_shell_to_complete(process: Run, shell: str) -> None:
    text = (PROJECT / "docs/setup.md").read_text("utf-8").replace("\\|", "|")
    (line,) = re.findall(rf"`([^`]*={shell}_source [^`]*)`", text)
    variable = "_NOW_LISTENING_COMPLETE"
    assert f"{variable}={shell}_source now-listening" in line
    ran = process(env={variable: f"{shell}_source"})
    assert ran.code == 0
    assert f"{variable}={shell}_complete" in ran.out
    program = shutil.which(shell)
    if program and sys.platform != "win32":  # the bash there is often another system's
        typed, said = SHELLS[shell]
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            [program, "-c", typed.replace("LINE", line)],
            check=True, stdout=subprocess.PIPE, env={**os.environ, "PATH": path},
        )  # fmt: skip
        assert done.stdout.decode() == said


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("now-listening ", {"export", "templates", "render"}),
        ("now-listening re", {"render"}),
        ("now-listening render --w", {"--watch"}),
        ("now-listening templates feed", {"feed.xml.j2"}),
    ],
)
def test_commands_options_and_templates_are_completed(process: Run, words: str, offered: set[str]) -> None:
    env = {"_NOW_LISTENING_COMPLETE": "bash_complete", "COMP_WORDS": words}
    ran = process(env=env | {"COMP_CWORD": str(len(words.split(" ")) - 1)})
    assert offered <= {line.partition(",")[2] for line in ran.out.splitlines()}
