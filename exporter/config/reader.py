"""Turn YAML text into a typed value; every error has the line, and says what is allowed."""

from collections.abc import Iterable
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
import yaml
from msgspec import Struct, inspect

from exporter.errors import SetupError, raise_all
from exporter.wording import did_you_mean

T = TypeVar("T", bound=Struct)

_NULL = "tag:yaml.org,2002:null"


class _Place(NamedTuple):
    line: int
    expected: inspect.Type
    value: Any


class _Mistake(NamedTuple):
    line: int
    path: str
    error: SetupError


class Decoded(Generic[T]):
    """A value read from YAML, and the line of each of its keys; `raise_mistakes` tells what is wrong in it.

    What is wrong is left out of the value, which has its default there.
    """

    def __init__(self, value: T, reader: "_Reader") -> None:
        self.value = value
        self._reader = reader

    def __contains__(self, path: str) -> bool:
        return f"$.{path}" in self._reader.places

    def where(self, path: str) -> str:
        """Return the file and line of a setting (`site.url`, `skip[0]`), or of what it is in."""
        return self._reader.where(f"$.{path}")

    def is_sound(self, path: str) -> bool:
        """Whether no mistake was found in a setting (`site`, `skip`), or in those below it."""
        return not any(_is_within(mistake.path, f"$.{path}") for mistake in self._reader.mistakes)

    def refuse(self, path: str, message: str, *, hint: str, place: str | None = None) -> None:
        """Add a mistake in a setting (`site.url`, `skip[0]`), at its line unless another `place` is given."""
        self._reader.refuse(f"$.{path}", message, hint=hint, place=place)

    def raise_mistakes(self) -> None:
        """Raise all mistakes, in the order of their lines. Raises SetupError."""
        raise_all([mistake.error for mistake in sorted(self._reader.mistakes, key=lambda each: each.line)])


def decode(text: str, kind: type[T], *, file: str) -> Decoded[T]:
    """Read `text` as a `kind`; `null` is the default, `true` and `false` switch a `Struct | None` on and off.

    Unknown and duplicate keys and wrong types are mistakes in what is returned.

    Raises:
        SetupError: at `file`:line, for broken YAML, or a file that looks like another program's.
    """
    root = _compose(text, file)
    reader = _Reader(file)
    value = reader.value(root, inspect.type_info(kind), "$") if root else None
    if not isinstance(value, dict | None):
        reader.refuse_value("$")
        value = None
    reader.check_whose_file()
    return Decoded(msgspec.convert(value or {}, kind, strict=False), reader)


def _compose(text: str, file: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)  # nodes keep the text, whatever YAML 1.1 guesses
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{file}:{mark.line + 1}" if mark else file
        raise SetupError(
            f"This is not valid YAML: {error.problem or error.context}.",
            hint="Look at the line and the one before it: a value with `#` or `: ` in it needs quotes.",
            place=place,
        ) from error
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:  # the last two: "\UFFFFFFFF"
        raise SetupError(
            "This is not valid YAML: it has characters that YAML does not allow, or is nested too deeply.",
            hint="Save the file as plain UTF-8 text.",
            place=file,
        ) from error


class _Reader:
    """Builds plain values from YAML nodes, remembers the line of each, and leaves out what is wrong."""

    def __init__(self, file: str) -> None:
        self.places: dict[str, _Place] = {}
        self.mistakes: list[_Mistake] = []
        self._file = file
        self._strangers: dict[str, int] = {}

    def value(self, node: yaml.Node, expected: inspect.Type, path: str) -> Any:
        value = self._value(node, expected, path)
        self.places[path] = _Place(node.start_mark.line + 1, expected, value)
        return value

    def _value(self, node: yaml.Node, expected: inspect.Type, path: str) -> Any:
        expected = _bare(expected)
        struct = _struct_in(expected)
        if isinstance(node, yaml.MappingNode):
            if _takes_names(expected):
                return {_text_of(key): _text_of(value) for key, value in node.value}
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
            inner, line = f"{path}.{key}", key_node.start_mark.line + 1
            if key in seen:
                message = f"{_spoken(inner)} appears twice, first on line {seen[key]}."
                self.refuse(inner, message, hint="Keep one of them.", line=line)
            elif key not in fields:
                self._refuse_key(inner, line, did_you_mean(key, fields), fields)
            else:
                seen[key] = line
                value = self.value(value_node, fields[key], inner)
                is_default = value is None and value_node.tag == _NULL
                if not is_default and self._fits(struct.cls, key, value, inner):
                    found[key] = value
        return found

    def _fits(self, kind: type[Struct], key: str, value: Any, path: str) -> bool:
        """Whether one setting alone is of its type; if it is a list, each wrong item is a mistake."""
        items = enumerate(value) if isinstance(value, list) else ()
        wrong = [f"{path}[{i}]" for i, item in items if not _converts({key: [item]}, kind)]
        if not wrong and not _converts({key: value}, kind):
            wrong = [path]
        for each in wrong:
            self.refuse_value(each)
        return not wrong

    def refuse_value(self, path: str) -> None:
        """Add the mistake that a value is not of its type."""
        place = self.places[path]
        message = f"{_spoken(path)} can't be {_shown(place.value)}."
        self.refuse(path, message, hint=f"It must be {_described(place.expected)}.")

    def _refuse_key(self, path: str, line: int, suggestion: str, known: Iterable[str]) -> None:
        hint = suggestion or f"Possible here: {', '.join(known)}."
        if path.count(".") == 1 and not suggestion:
            self._strangers[_spoken(path)] = line
            hint += " If this is another program's file, name yours with --config."
        self.refuse(path, f"There is no setting {_spoken(path)}.", hint=hint, line=line)

    def refuse(
        self, path: str, message: str, *, hint: str, line: int | None = None, place: str | None = None
    ) -> None:
        """Add a mistake, by default at the line of its nearest key."""
        line = line or _line_of(self.places, path)
        error = SetupError(message, hint=hint, place=place or f"{self._file}:{line}")
        self.mistakes.append(_Mistake(line, path, error))

    def where(self, path: str) -> str:
        """Return the file and line of the nearest key."""
        return f"{self._file}:{_line_of(self.places, path)}"

    def check_whose_file(self) -> None:
        """Raise SetupError if most of the file's keys are unlike any setting: it is another program's."""
        known = sum(path.count(".") == 1 and "[" not in path for path in self.places)
        if len(self._strangers) > max(known, 1):
            names, lines = [*self._strangers], [*self._strangers.values()]
            raise SetupError(
                f"This looks like another program's file: it has {', '.join(names[:3])}.",
                hint="Name your own settings with --config, such as `--config listening.yaml`.",
                place=f"{self._file}:{lines[0]}",
            )


def _bare(expected: inspect.Type) -> inspect.Type:
    """Strip a type's description and other metadata."""
    return _bare(expected.type) if isinstance(expected, inspect.Metadata) else expected


def _is_switch(expected: inspect.Type) -> bool:
    """Whether a type is a `Struct | None`, for which `true` means the defaults and `false` off."""
    return isinstance(expected, inspect.UnionType) and _struct_in(expected) is not None


def _takes_names(expected: inspect.Type) -> bool:
    """Whether a type can be a mapping with any names."""
    options = expected.types if isinstance(expected, inspect.UnionType) else (expected,)
    return any(isinstance(option, inspect.DictType) for option in options)


def _text_of(node: yaml.Node) -> Any:
    return node.value if isinstance(node, yaml.ScalarNode) and node.tag != _NULL else ""


def _struct_in(expected: inspect.Type) -> inspect.StructType | None:
    options = expected.types if isinstance(expected, inspect.UnionType) else (expected,)
    return next((option for option in options if isinstance(option, inspect.StructType)), None)


def _converts(value: dict[str, Any], kind: type[Struct]) -> bool:
    try:
        msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError:
        return False
    return True


def _is_within(path: str, other: str) -> bool:
    return path == other or path.startswith((f"{other}.", f"{other}["))


def _line_of(places: dict[str, _Place], path: str) -> int:
    """Return the line of the nearest key; the first one if there is none."""
    above = [place for place in places if _is_within(path, place)]
    return places[max(above, key=len)].line if above else 1


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
