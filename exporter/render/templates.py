"""Find, compile and render templates, escaping for the format of each output; errors have file and line."""

import re
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, TemplateNotFound, TemplateSyntaxError

from exporter.errors import Mistakes, SetupError
from exporter.render import mistakes
from exporter.render.environments import Environment, environment_of
from exporter.render.parsed import Loader, Parsed

SECTIONS = "sections"


class Templates:
    """The built-in templates, and a user's own, which override them by name.

    Outputs are named without `.j2`: `data/chart.json`, `sections/now_playing.md`. `label` is what errors call
    the folder `own`. `filters` are added to Jinja's.

    Whatever looks into a template raises SetupError, with the file and line of each mistake in it.
    """

    def __init__(
        self, own: Path, *, label: str, builtin: Path, filters: Mapping[str, Callable[..., Any]]
    ) -> None:
        self._labels = {builtin: "built-in templates", own: label}
        self._own = own
        self._loader = Loader(ChoiceLoader([FileSystemLoader(own), FileSystemLoader(builtin)]))
        self._filters = filters
        self._environments: dict[str, Environment] = {}
        self._closures: dict[str, dict[str, Parsed]] = {}

    def outputs(self) -> list[str]:
        """List the outputs that have a template; sections and partials are not outputs."""
        return sorted(name for name in self._names if not re.search(rf"^{SECTIONS}/|(^|/)_", name))

    def sections(self) -> list[str]:
        """List the sections that have a template."""
        matches = (re.fullmatch(rf"{SECTIONS}/([^_/][^/]*)\.md", name) for name in self._names)
        return sorted(match[1] for match in matches if match)

    def compile(self, output: str, names: Collection[str]) -> None:
        """Check a template that sees `names`, and those that it includes, imports or extends.

        Names that the others read are not checked: this one may set them. If all templates are built in, they
        have no mistakes.
        """
        if not self._has_own:
            return
        environment, own = self._environment(output), f"{output}.j2"
        closure = self._closure(output)
        known = [*names, *sorted(set().union(*(template.set_names for template in closure.values())))]
        found = Mistakes()
        for name, template in closure.items():
            found.add(*mistakes.missing_templates(template, closure, self.place(name)))
            with found.collected(), self._explaining(environment, name):
                environment.get_template(name)
                if name == own:
                    found.add(*mistakes.unknown_names(template, known, self.place(own)))
        found.raise_all()

    @cached_property
    def _has_own(self) -> bool:
        return bool(names_in(self._own))

    def options(self, output: str) -> frozenset[str]:
        """List the options that a template, or one that it includes or extends, reads as `options.name`."""
        closure = self._closure(output).values()
        return frozenset().union(*(template.read_options for template in closure))

    def reads(self, output: str, name: str) -> bool:
        """Whether a template, or one that it includes or extends, reads a name that none of them sets."""
        closure = self._closure(output).values()
        sets = any(name in template.set_names for template in closure)
        return not sets and any(name in template.read_names for template in closure)

    def seen(self, output: str, context: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the part of a context that a template may read."""
        closure = self._closure(output).values()
        if any(None in template.referenced for template in closure):  # it includes what a variable names
            return context
        names = set().union(*(template.read_names for template in closure))
        return {name: value for name, value in context.items() if name in names}

    def render(self, output: str, context: Mapping[str, Any]) -> str:
        """Render a template."""
        environment = self._environment(output)
        try:
            template = environment.get_template(f"{output}.j2")
            return template.render({name: environment.read(name, value) for name, value in context.items()})
        except Exception as error:  # whatever a template raises, its author must fix
            raise self._explained(error, environment) from error

    def place(self, name: str) -> str:
        """Return the file of a template, such as `templates/feed.xml.j2`."""
        folder = next((folder for folder in reversed(self._labels) if (folder / name).exists()), None)
        return f"{self._labels[folder]}/{name}" if folder else name

    @cached_property
    def _names(self) -> set[str]:
        return {name.removesuffix(".j2") for folder in self._labels for name in names_in(folder)}

    def _environment(self, output: str) -> Environment:
        suffix = PurePosixPath(output).suffix
        if suffix not in self._environments:
            self._environments[suffix] = environment_of(suffix, self._loader, self._filters)
        return self._environments[suffix]

    def _closure(self, output: str) -> dict[str, Parsed]:
        """Parse a template, and those that it refers to, by name."""
        if output in self._closures:
            return self._closures[output]
        environment = self._environment(output)
        closure: dict[str, Parsed] = {}
        found = Mistakes()
        waiting = [f"{output}.j2"]
        while waiting:
            name = waiting.pop()
            if name not in closure:
                with found.collected(), suppress(TemplateNotFound), self._explaining(environment, name):
                    closure[name] = self._loader.parsed(environment, name)
                    waiting += filter(None, closure[name].referenced)
        found.raise_all()
        self._closures[output] = closure
        return closure

    @contextmanager
    def _explaining(self, environment: Environment, name: str) -> Iterator[None]:
        """Explain why a template can't be parsed or compiled."""
        try:
            yield
        except TemplateSyntaxError as error:
            raise self._explained(error, environment) from error
        except UnicodeDecodeError as error:
            raise SetupError(
                "The template is not UTF-8 text.", hint="Save it as UTF-8.", place=self.place(name)
            ) from error

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


def names_in(folder: Path) -> list[str]:
    """List the templates in a folder, such as `cards/chart.svg.j2`."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.j2"))


def builtin_folder() -> Path:
    """Find the built-in templates: in the package, or beside it in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"
