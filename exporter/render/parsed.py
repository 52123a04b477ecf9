"""Load templates for Jinja: each is parsed, walked through and compiled once, which takes most of a run."""

from collections.abc import Iterator, MutableMapping
from functools import cached_property
from types import CodeType
from typing import Any, TypeVar

from jinja2 import BaseLoader, Environment, Template, nodes
from jinja2.compiler import CodeGenerator
from jinja2.meta import TrackingCodeGenerator, find_referenced_templates

N = TypeVar("N", bound=nodes.Node)


class _Generator(TrackingCodeGenerator):
    """Generates the code of a template, and notes the names that it reads, which Jinja does one by one."""

    write = CodeGenerator.write

    def __init__(self, environment: Environment, name: str, filename: str | None) -> None:
        super().__init__(environment)
        self.name, self.filename = name, filename
        self.optimizer = None  # to fold constants takes longer than it saves: each template is used once


class Parsed:
    """A parsed template; `referenced` names the templates that it includes, imports or extends.

    It has None for a name that only shows when the template is rendered.
    `code` and `read_names` raise TemplateSyntaxError for what only shows when a template is compiled.
    """

    def __init__(self, environment: Environment, source: str, name: str, filename: str | None) -> None:
        self._environment, self._name, self._filename = environment, name, filename
        self._tree = environment.parse(source, name, filename)
        self.referenced = tuple(find_referenced_templates(self._tree))

    def find(self, *kinds: type[N]) -> Iterator[N]:
        """Find the nodes of these kinds, in their order."""
        return (node for node in self._nodes if isinstance(node, kinds))

    @cached_property
    def _nodes(self) -> list[nodes.Node]:
        return list(self._tree.find_all(nodes.Node))

    @cached_property
    def set_names(self) -> set[str]:
        """The names that it sets, defines or imports anywhere."""
        stored = {name.name for name in self.find(nodes.Name) if name.ctx == "store"}
        modules = {node.target for node in self.find(nodes.Import)}
        macros = {node.name for node in self.find(nodes.Macro)}
        imported = (name for node in self.find(nodes.FromImport) for name in node.names)
        return stored | modules | macros | {name if isinstance(name, str) else name[1] for name in imported}

    @cached_property
    def _generated(self) -> _Generator:
        generator = _Generator(self._environment, self._name, self._filename)
        generator.visit(self._tree)
        return generator

    @property
    def read_names(self) -> set[str]:
        """The names that it reads and does not set."""
        return self._generated.undeclared_identifiers

    @cached_property
    def read_options(self) -> set[str]:
        """The names that it reads as `options.name`."""
        return {
            node.attr
            for node in self.find(nodes.Getattr)
            if isinstance(node.node, nodes.Name) and node.node.name == "options"
        }

    @cached_property
    def code(self) -> CodeType:
        """What Jinja runs."""
        source: str = self._generated.stream.getvalue()  # type: ignore[attr-defined] # by default it is one
        return compile(source, self._filename or self._name, "exec")


class Loader(BaseLoader):
    """Loads templates from where `files` finds them, each once for an environment."""

    def __init__(self, files: BaseLoader) -> None:
        self._files = files
        self._parsed: dict[tuple[Environment, str], Parsed] = {}

    def parsed(self, environment: Environment, name: str) -> Parsed:
        """Return a parsed template. Raises TemplateNotFound, TemplateSyntaxError, UnicodeDecodeError."""
        key = (environment, name)
        if key not in self._parsed:
            source, filename, _ = self._files.get_source(environment, name)
            self._parsed[key] = Parsed(environment, source, name, filename)
        return self._parsed[key]

    def load(
        self,
        environment: Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002
    ) -> Template:
        """Load a template, for Jinja. Raises what `parsed` and `Parsed.code` raise."""
        code = self.parsed(environment, name).code
        return environment.template_class.from_code(environment, code, globals or {})
