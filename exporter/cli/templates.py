"""`templates`: list the built-in templates, or print one."""

from datetime import datetime
from pathlib import Path

import click

from exporter import terminal
from exporter.cli.project import common_options, open_project
from exporter.errors import SetupError
from exporter.render.templates import builtin_folder, names_in
from exporter.wording import did_you_mean


def _complete(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    return [name for name in names_in(builtin_folder()) if name.startswith(typed)]


@click.command()
@click.argument("name", required=False, shell_complete=_complete)
@common_options
def templates(*, config_path: Path | None, now: datetime, name: str | None) -> None:  # noqa: ARG001
    """List the built-in templates and what replaces them, or print one."""
    if name is not None:
        click.echo(_builtin(name).read_bytes(), nl=False)
        return
    project = open_project(config_path)
    own = set(names_in(project.folder.root / project.config.templates))
    for each in names_in(builtin_folder()):
        replaced = f"  replaced by {project.config.templates}/{each}" if each in own else ""
        terminal.say(f"{each}{replaced}")


def _builtin(name: str) -> Path:
    """Find a built-in template; its name may lack `.j2`. Raises SetupError."""
    known = names_in(builtin_folder())
    for each in (name, f"{name}.j2"):
        if each in known:
            return builtin_folder() / each
    raise SetupError(
        f"There is no built-in template `{name}`.",
        hint=did_you_mean(name, known) or "`now-listening templates` lists them.",
    )
