"""Turn YAML text into a typed value; every error has the line, and says what is allowed."""

import re
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
import yaml
from msgspec import Struct, inspect

from exporter.errors import SetupError
from exporter.wording import did_you_mean

T = TypeVar("T", bound=Struct)

_NULL = "tag:yaml.org,2002:null"


class _Words(yaml.SafeLoader):
    """Loads scalars as text, without YAML 1.1's guesses (`no` is False, `311` a number) except null."""


_Words.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag == _NULL]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Place(NamedTuple):
    line: int
    expected: inspect.Type
    value: Any


class Decoded(Generic[T]):
    """A value read from YAML, and the line of each of its keys."""

    def __init__(self, value: T, file: str, places: dict[str, _Place]) -> None:
        self.value = value
        self._file = file
        self._places = places

    def __contains__(self, path: str) -> bool:
        return f"$.{path}" in self._places

    def where(self, path: str) -> str:
        """Return the file and line of a key (`site.url`, `skip[0]`), or of its nearest parent."""
        return f"{self._file}:{_nearest(self._places, f'$.{path}').line}"


def decode(text: str, kind: type[T], *, file: str) -> Decoded[T]:
    """Read `text` as a `kind`; `null` is the default, `true` and `false` switch a `Struct | None` on and off.

    Raises:
        SetupError: at `file`:line, for broken YAML, an unknown or duplicate key, or a wrong type.
    """
    root = _compose(text, file)
    reader = _Reader(file)
    value = reader.value(root, inspect.type_info(kind), "$") if root else None
    try:
        return Decoded(
            msgspec.convert({} if value is None else value, kind, strict=False), file, reader.places
        )
    except msgspec.ValidationError as error:
        at = re.search(r" - at `(\$[^`]*)`$", str(error))
        path = at[1] if at else "$"
        place = _nearest(reader.places, path)
        raise SetupError(
            f"{_spoken(path)} can't be {_shown(place.value)}.",
            hint=f"It must be {_described(place.expected)}.",
            place=f"{file}:{place.line}",
        ) from error


def _compose(text: str, file: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=_Words)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{file}:{mark.line + 1}" if mark else file
        raise SetupError(
            f"This is not valid YAML: {error.problem or error.context}.",
            hint="Look at the line and the one before it: a value with `#` or `: ` in it needs quotes.",
            place=place,
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise SetupError(
            "This is not valid YAML: it has characters that YAML does not allow, or is nested too deeply.",
            hint="Save the file as plain UTF-8 text.",
            place=file,
        ) from error


class _Reader:
    """Builds plain values from YAML nodes, and remembers the line of each."""

    def __init__(self, file: str) -> None:
        self.places: dict[str, _Place] = {}
        self._file = file

    def value(self, node: yaml.Node, expected: inspect.Type, path: str) -> Any:
        value = self._value(node, expected, path)
        self.places[path] = _Place(node.start_mark.line + 1, expected, value)
        return value

    def _value(self, node: yaml.Node, expected: inspect.Type, path: str) -> Any:
        expected = _bare(expected)
        struct = _struct_in(expected)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, struct, path) if struct else {}
        if isinstance(node, yaml.SequenceNode):
            item = expected.item_type if isinstance(expected, inspect.VarTupleType) else None
            return [self.value(child, item, f"{path}[{i}]") for i, child in enumerate(node.value) if item]
        if node.tag == _NULL:
            return None
        if _is_switch(expected) and node.value in ("true", "false"):
            return {} if node.value == "true" else None
        return node.value

    def _mapping(self, node: yaml.MappingNode, struct: inspect.StructType, path: str) -> dict[str, Any]:
        fields = {field.encode_name: field.type for field in struct.fields}
        found: dict[str, Any] = {}
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else "…"
            line = key_node.start_mark.line + 1
            place = f"{self._file}:{line}"
            if key in seen:
                raise SetupError(
                    f"{_spoken(f'{path}.{key}')} appears twice, first on line {seen[key]}.",
                    hint="Keep one of them.",
                    place=place,
                )
            if key not in fields:
                raise SetupError(
                    f"There is no setting {_spoken(f'{path}.{key}')}.",
                    hint=did_you_mean(key, fields) or f"Possible here: {', '.join(fields)}.",
                    place=place,
                )
            seen[key] = line
            value = self.value(value_node, fields[key], f"{path}.{key}")
            if value is not None or value_node.tag != _NULL:
                found[key] = value
        return found


def _bare(expected: inspect.Type) -> inspect.Type:
    """Strip a type's description and other metadata."""
    return _bare(expected.type) if isinstance(expected, inspect.Metadata) else expected


def _is_switch(expected: inspect.Type) -> bool:
    """Whether a type is a `Struct | None`, for which `true` means the defaults and `false` off."""
    return isinstance(expected, inspect.UnionType) and _struct_in(expected) is not None


def _struct_in(expected: inspect.Type) -> inspect.StructType | None:
    options = expected.types if isinstance(expected, inspect.UnionType) else (expected,)
    return next((option for option in options if isinstance(option, inspect.StructType)), None)


def _nearest(places: dict[str, _Place], path: str) -> _Place:
    above = [place for place in places if path == place or path.startswith((f"{place}.", f"{place}["))]
    return places[max(above, key=len)] if above else _Place(1, inspect.AnyType(), None)


def _spoken(path: str) -> str:
    return f"`{path.removeprefix('$.')}`" if path != "$" else "The whole file"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "this list"
    return "null" if value is None else f"`{value}`"


def _described(expected: inspect.Type) -> str:  # noqa: PLR0911 # a table
    """Describe what a setting may be."""
    match expected:
        case inspect.Metadata(extra_json_schema={"description": str(description)}):
            return description
        case inspect.Metadata(type=inner):
            return _described(inner)
        case inspect.UnionType(types=types):
            words = [_described(option) for option in types if not isinstance(option, inspect.NoneType)]
            return " or ".join(["true, false", *words] if _is_switch(expected) else [*words, "null"])
        case inspect.LiteralType(values=values):
            return f"one of {', '.join(map(str, values))}"
        case inspect.IntType(ge=low, le=high) if low is not None and high is not None:
            return f"a whole number from {low} to {high}"
        case inspect.BoolType():
            return "true or false"
        case inspect.FloatType() | inspect.IntType():
            return "a number"
        case inspect.VarTupleType(item_type=item):
            return f"a list, each item {_described(item)}"
        case inspect.StructType(fields=fields):
            return f"a mapping with {', '.join(field.encode_name for field in fields)}"
        case _:
            return "text"
