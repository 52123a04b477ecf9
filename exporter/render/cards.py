"""Pure: the cards that a section can show, and their addresses for a reader of its file."""

from pathlib import PurePosixPath
from posixpath import dirname, relpath

from markupsafe import Markup
from msgspec import Struct

from exporter.config.schema import Config
from exporter.errors import Mistakes, SetupError
from exporter.records import DOCUMENTS
from exporter.render.report import LiveBranch, percent_encoded
from exporter.render.sections import Section
from exporter.render.templates import Templates
from exporter.wording import did_you_mean

FOLDER = PurePosixPath("cards")

SHOWN = ("now_playing", "covers", "top_artists", "top_tracks", "chart")
"""The cards that a section shows by default, in order."""

_DOCUMENTS = {"covers": ("top_albums", "top_tracks"), **{name: (name,) for name in DOCUMENTS}}
"""The documents that a card shows: the first of these that there is."""


class Card(Struct, frozen=True, kw_only=True):
    """A card's addresses in both themes, and that of the page behind it (None: it has none).

    The card's addresses need no escaping. `is_described` says whether its alternative text may change with
    what it shows.
    """

    name: str
    light: Markup
    dark: Markup | None
    link: str | None
    is_described: bool


def is_off(output: str, config: Config) -> bool:
    """Whether an output is a card of a document that is switched off."""
    documents = _DOCUMENTS.get(PurePosixPath(output).stem)
    return _is_card(output) and documents is not None and not any(map(config.has, documents))


def existing(config: Config, templates: Templates) -> list[str]:
    """List the cards that runs write."""
    return [name for name in _with_template(templates) if is_wanted(name, config)]


def is_wanted(name: str, config: Config) -> bool:
    """Whether the settings neither skip a card nor switch off what it shows."""
    return not (is_off(_file(name), config) or config.skips(_file(name)))


def choose(section: Section, config: Config, templates: Templates) -> tuple[str, ...]:
    """Choose the cards that a section shows: those it names, else the built-in ones that exist.

    Raises:
        SetupError: for each card that is named and can't exist.
    """
    there = existing(config, templates)
    if "show" not in section.options:
        return tuple(name for name in SHOWN if name in there)
    names = section.options["show"].split(",")
    mistakes = Mistakes()
    for name in names:
        if name not in there:
            known = f"There are {', '.join(there)}." if there else "There are no cards: remove the section."
            reason = _why_not(name, config, _with_template(templates))
            hint = did_you_mean(name, there) or known
            mistakes.add(SetupError(reason, hint=hint, place=section.place))
    mistakes.raise_all()
    return tuple(names)


def seen_from(file: str, config: Config, templates: Templates, live: LiveBranch | None) -> dict[str, Card]:
    """Return the cards by name, with their addresses for a Markdown file.

    With a live branch on GitHub they are there, so that the file need not change.
    """
    publishing = config.publish

    def address(name: str) -> Markup:
        path = config.output_path(name)
        written = live.raw(path) if live else percent_encoded(relpath(path, dirname(file)))
        return Markup(written)  # noqa: S704 # it is percent-encoded

    return {
        name: Card(
            name=name,
            light=address(_file(name)),
            dark=None if config.skips(_file(f"{name}-dark")) else address(_file(f"{name}-dark")),
            link=config.site.url or (live.readme if live else None),
            is_described=publishing.live_branch is None and publishing.readme == "always",
        )
        for name in existing(config, templates)
    }


def _why_not(name: str, config: Config, known: list[str]) -> str:
    if name not in known:
        return f"There is no card `{name}`."
    if is_off(_file(name), config):
        return f"There is no card `{name}`, because `{_DOCUMENTS[name][-1]}` is switched off in config.yaml."
    return f"There is no card `{name}`, because `skip` in config.yaml leaves it out."


def _with_template(templates: Templates) -> list[str]:
    return [PurePosixPath(output).stem for output in templates.outputs() if _is_card(output)]


def _is_card(output: str) -> bool:
    path = PurePosixPath(output)
    return path.parent == FOLDER and path.suffix == ".svg"


def _file(name: str) -> str:
    return (FOLDER / f"{name}.svg").as_posix()
