"""A repository whose secrets are not stored yet, such as a new copy of the template: say what to do."""

from collections.abc import Mapping

from exporter import REPOSITORY, terminal
from exporter.cli import messages
from exporter.cli.project import Project
from exporter.config.schema import Config
from exporter.records import ARCHIVE
from exporter.sources import SOURCES

_DOCS = f"https://github.com/{REPOSITORY}/blob/main/docs/setup.md"

_SUMMARY = """\
### Now Listening is not set up yet

It needs the secrets {secrets}: [how to get and store them]({docs}). Or take a source that needs none: write \
`source: {{{free}: NAME}}` in `config.yaml`. Until then, runs do nothing, and stay green.
"""


def has_begun(project: Project, env: Mapping[str, str]) -> bool:
    """Whether somebody has set the job up: it needs no secret, has any, or has written files.

    Where there are files, the secrets were lost, and somebody must notice.
    """
    known = {name for about in SOURCES.values() for name in about.secrets}
    folders = (project.config.output_path(name) for name in ("data", ARCHIVE))
    has_files = any(project.folder.names(folder) for folder in folders)
    return not project.config.about.secrets or not known.isdisjoint(env) or has_files


def say_how_to_begin(config: Config) -> None:
    """Say in GitHub Actions, in a notice and in the summary, which secrets are needed."""
    secrets = ", ".join(config.about.secrets)
    what = f"Now Listening is not set up yet: it needs {secrets}."
    terminal.report("notice", f"{what}\n  The run's summary says how to get them.")
    free = next(about.key for about in SOURCES.values() if not about.secrets)
    messages.summarize_text(_SUMMARY.format(secrets=secrets, docs=_DOCS, free=free))
