"""Find, compile and render templates, escaping for the format of each output; errors have file and line."""

import hashlib
import traceback
from base64 import b64encode
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from functools import partial, wraps
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    TemplateNotFound,
    TemplateSyntaxError,
    pass_eval_context,
)
from jinja2.nodes import EvalContext
from markupsafe import Markup
from msgspec import Struct

from exporter.errors import Mistakes, SetupError
from exporter.render import drawing, lists, mistakes
from exporter.render.escaping import (
    MarkdownLink,
    MarkdownText,
    PlainText,
    Text,
    XmlText,
    as_text,
    escaped,
    json_value,
    prepared,
    quoted,
)
from exporter.render.mistakes import Missing
from exporter.render.parsed import Loader, Parsed

SECTIONS = "sections"


class _Format(NamedTuple):
    text: type[Text] = PlainText
    link: type[Text] = PlainText


_FORMATS = {
    ".md": _Format(MarkdownText, MarkdownLink),
    ".html": _Format(XmlText, XmlText),
    ".xml": _Format(XmlText, XmlText),
    ".svg": _Format(XmlText, XmlText),
    ".opml": _Format(XmlText, XmlText),
}

# These filters write markup of their own, escaped for HTML whatever the format.
_NOT_OURS = ("tojson", "urlize")
_NOT_FOR_JSON = ("e", "escape", "forceescape", "urlize", "xmlattr")


class Templates:
    """The built-in templates, and a user's own, which override them by name.

    Outputs are named without `.j2`: `data/chart.json`, `sections/now_playing.md`. `label` is what errors call
    the folder `own`. `filters` are added to Jinja's.
    """

    def __init__(
        self, own: Path, *, label: str, builtin: Path, filters: Mapping[str, Callable[..., Any]]
    ) -> None:
        self._labels = {builtin: "built-in templates", own: label}
        self._loader = Loader(ChoiceLoader([FileSystemLoader(own), FileSystemLoader(builtin)]))
        self._filters = filters
        self._environments: dict[str, Environment] = {}
        self._documents: dict[tuple[int, _Format], tuple[Struct, Any]] = {}

    def outputs(self) -> list[str]:
        """List the outputs that have a template; sections and partials are not outputs."""
        return sorted(
            name
            for name in self._names()
            if not name.startswith(f"{SECTIONS}/")
            and not any(part.startswith("_") for part in PurePosixPath(name).parts)
        )

    def sections(self) -> list[str]:
        """List the sections that have a template."""
        paths = (PurePosixPath(name) for name in self._names())
        return sorted(
            path.stem
            for path in paths
            if path.parent == PurePosixPath(SECTIONS)
            and path.suffix == ".md"
            and not path.stem.startswith("_")
        )

    def compile(self, output: str, names: Collection[str]) -> None:
        """Compile a template that sees `names`, and those that it includes, imports or extends.

        Names that the others read are not checked: this one may set them.

        Raises:
            SetupError: with the file and line of each mistake.
        """
        environment, own = self._environment(output), f"{output}.j2"
        closure = self._closure(output)
        known = [*names, *sorted(set().union(*(template.set_names for template in closure.values())))]
        found = Mistakes()
        for name, template in closure.items():
            found.add(*mistakes.missing_templates(template, closure, self.place(name)))
            with found.collected():
                self._compile(environment, name)
                if name == own:
                    found.add(*mistakes.unknown_names(template, known, self.place(own)))
        found.raise_all()

    def options(self, output: str) -> frozenset[str]:
        """List the options that a template, or one that it includes or extends, reads as `options.name`.

        Raises:
            SetupError: with the file and line of each mistake.
        """
        closure = self._closure(output).values()
        return frozenset().union(*(template.read_options for template in closure))

    def reads(self, output: str, name: str) -> bool:
        """Whether a template, or one that it includes or extends, reads a name that none of them sets.

        Raises:
            SetupError: with the file and line of each mistake.
        """
        closure = self._closure(output).values()
        sets = any(name in template.set_names for template in closure)
        return not sets and any(name in template.read_names for template in closure)

    def render(self, output: str, context: Mapping[str, Any]) -> str:
        """Render a template.

        Raises:
            SetupError: with the file and line of what went wrong in it.
        """
        suffix = PurePosixPath(output).suffix
        if suffix != ".json":
            formats = _FORMATS.get(suffix, _Format())
            context = {name: self._prepared(value, formats) for name, value in context.items()}
        environment = self._environment(output)
        try:
            return environment.get_template(f"{output}.j2").render(context)
        except Exception as error:  # whatever a template raises, its author must fix
            raise self._explained(error, environment) from error

    def _prepared(self, value: Any, formats: _Format) -> Any:
        """Prepare a value for a format; what many templates see, such as a document, only once."""
        if not isinstance(value, Struct):
            return prepared(value, *formats)
        key = (id(value), formats)
        if key not in self._documents:
            self._documents[key] = (value, prepared(value, *formats))  # keeping `value` keeps its id
        return self._documents[key][1]

    def place(self, name: str) -> str:
        """Return the file of a template, such as `templates/feed.xml.j2`."""
        folder = next((folder for folder in reversed(self._labels) if (folder / name).exists()), None)
        return f"{self._labels[folder]}/{name}" if folder else name

    def _names(self) -> set[str]:
        return {name.removesuffix(".j2") for folder in self._labels for name in names_in(folder)}

    def _environment(self, output: str) -> Environment:
        suffix = PurePosixPath(output).suffix
        if suffix not in self._environments:
            self._environments[suffix] = _environment(suffix, self._loader, self._filters)
        return self._environments[suffix]

    def _closure(self, output: str) -> dict[str, Parsed]:
        """Parse a template, and those that it refers to, by name.

        Raises:
            SetupError: with the file and line of each mistake.
        """
        environment = self._environment(output)
        closure: dict[str, Parsed] = {}
        found = Mistakes()
        waiting = [f"{output}.j2"]
        while waiting:
            name = waiting.pop()
            if name not in closure:
                with found.collected(), suppress(TemplateNotFound):
                    closure[name] = self._parse(environment, name)
                    waiting += closure[name].referenced
        found.raise_all()
        return closure

    def _parse(self, environment: Environment, name: str) -> Parsed:
        """Parse a template. Raises SetupError, TemplateNotFound."""
        try:
            return self._loader.parsed(environment, name)
        except TemplateSyntaxError as error:
            raise self._explained(error, environment) from error
        except UnicodeDecodeError as error:
            raise SetupError(
                "The template is not UTF-8 text.", hint="Save it as UTF-8.", place=self.place(name)
            ) from error

    def _compile(self, environment: Environment, name: str) -> None:
        try:
            environment.get_template(name)
        except TemplateSyntaxError as error:
            raise self._explained(error, environment) from error

    def _explained(self, error: Exception, environment: Environment) -> SetupError:
        """Explain what a template raised, at the innermost template line in its traceback."""
        if isinstance(error, TemplateSyntaxError):
            places: list[tuple[str, int | None]] = [(error.filename or "", error.lineno)]
        else:
            places = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
        for filename, line in reversed(places):
            for folder, label in self._labels.items():
                if Path(filename).is_relative_to(folder):
                    place = f"{label}/{Path(filename).relative_to(folder).as_posix()}:{line}"
                    sentence, hint = mistakes.explained(error, environment.filters)
                    return SetupError(sentence, hint=hint, place=place)
        raise error


def _environment(suffix: str, loader: Loader, filters: Mapping[str, Callable[..., Any]]) -> Environment:
    kind = _FORMATS.get(suffix, _Format()).text
    write = json_value if suffix == ".json" else partial(escaped, kind=kind)

    @pass_eval_context  # makes Jinja leave literals to us too, instead of escaping them for HTML
    def finalize(_: EvalContext, value: Any) -> Markup:
        return write(value)

    environment = Environment(
        loader=loader,
        autoescape=True,  # so that what macros and blocks write counts as markup
        finalize=finalize,
        undefined=Missing,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {**filters, **lists.FILTERS, **drawing.FILTERS}
    environment.filters |= {"quoted": quoted, "sha256": _sha256}
    if suffix == ".json":
        unwanted: tuple[str, ...] = _NOT_FOR_JSON
    else:
        unwanted = _NOT_OURS
        environment.filters = {
            name: _text_stays_text(filter_, kind) for name, filter_ in environment.filters.items()
        }
    for name in unwanted:
        del environment.filters[name]
    return environment


def _text_stays_text(filter_: Callable[..., Any], kind: type[Text]) -> Callable[..., Any]:
    """Wrap a filter so that the text it returns is escaped like other text, joined with markup or not."""

    @wraps(filter_)
    def filtered(*args: Any, **kwargs: Any) -> Any:
        return as_text(filter_(*args, **kwargs), kind)

    return filtered


def _sha256(text: str) -> str:
    """Return the hash of a style or a script, as a content security policy names it."""
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def names_in(folder: Path) -> list[str]:
    """List the templates in a folder, such as `cards/chart.svg.j2`."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.j2"))


def builtin_folder() -> Path:
    """Find the built-in templates: in the package, or beside it in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"
