"""`--help` lists the commands without importing them."""

import subprocess
import sys

import click
import pytest

from exporter.cli import commands


def test_each_command_is_listed_with_what_it_says_itself() -> None:
    context = click.Context(commands)
    every = (commands.get_command(context, name) for name in commands.list_commands(context))
    group = click.Group(commands=[command for command in every if command])
    ours, theirs = (click.HelpFormatter(width=100), click.HelpFormatter(width=100))
    commands.format_commands(context, ours)
    group.format_commands(context, theirs)
    assert ours.getvalue() == theirs.getvalue() != ""


def imported(program: str, names: set[str]) -> str:
    """Run a program in a new Python, and print which of these modules it imported."""
    command = [sys.executable, "-c", f"import sys; {program}; print({names} & {{*sys.modules}})"]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout.splitlines()[-1]


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_little(option: str) -> None:
    unused = {"msgspec", "jinja2", "requests", "yaml", "exporter.pipeline"}
    assert imported(f"from exporter.cli import main; main(['{option}'])", unused) == "set()"


def test_an_export_imports_no_git_no_markdown_and_no_pictures() -> None:
    unused = {"subprocess", "markdown_it", "dotenv", "PIL", "exporter.publish", "http.server"}
    assert imported("import exporter.cli.job, exporter.sources.fetch", unused) == "set()"
