"""The command line: run a command, and return its exit code."""

import gc
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from exporter import __version__, terminal
from exporter.errors import NowListeningError
from exporter.wording import did_you_mean

_COMMANDS = {
    "check": ("setup", "Check the set-up for problems, and change nothing."),
    "demo": ("demo", "Write a sample listener's repository, offline."),
    "export": ("job", "Fetch your listening, and write the files."),
    "forget": ("archive", "Remove a name, id or URI from the archive and all outputs."),
    "init": ("setup", "Set up a repository: settings, workflow and README markers."),
    "login": ("login", "Authorize once: get what the source needs, and store it as secrets."),
    "publish": ("publish", "Export, commit and push, without changing local files."),
    "render": ("job", "Render the last exported data again, offline."),
    "templates": ("templates", "List the built-in templates and what replaces them, or print one."),
}
"""The module of each command, and what it does, so that `--help` need not import it."""


class _Commands(click.Group):
    """Imports a command when it is used: https://click.palletsprojects.com/en/stable/complex/#lazily-loading-subcommands."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 # click's signature
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            if ctx.resilient_parsing:
                return None
            ctx.fail(f"No such command '{cmd_name}'. {did_you_mean(cmd_name, _COMMANDS)}".rstrip())
        command: click.Command = getattr(import_module(f"exporter.cli.{_COMMANDS[cmd_name][0]}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        listed = [click.Command(name, help=does) for name, (_, does) in _COMMANDS.items()]
        click.Group(commands=listed).format_commands(ctx, formatter)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="now-listening %(version)s")
def commands() -> None:
    """Turn your listening into files in your own repository."""


def entry_point() -> None:
    """Run the program."""
    gc.set_threshold(100_000)  # nearly all that a run makes lasts until its end
    sys.setswitchinterval(0.0005)  # requests must not wait for the templates that are rendered meanwhile
    terminal.prepare_streams()
    sys.exit(main())


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; only a bug ends in a traceback."""
    try:
        code = commands.main(argv, prog_name="now-listening", standalone_mode=False)
    except NowListeningError as error:
        from exporter.cli import messages  # noqa: PLC0415 # only needed on failure

        messages.complain("error", error)
        messages.summarize_failure(error)
        return error.exit_code
    except click.ClickException as error:
        from exporter.cli import answers  # noqa: PLC0415 # only needed on failure

        error.show()
        answers.to_wrong_usage(error, sys.argv[1:] if argv is None else argv)
        return error.exit_code
    except click.Abort:
        click.echo("Stopped.", err=True)
        return 130
    return code if isinstance(code, int) else 0
