"""The JSON Schemas in docs/schemas, made from the types, and what `schema_version` promises: `make schemas`.

A schema allows fields that it does not know, so that fields can be added. `promise.json` lists every field
that a version has had: fields are only ever added to it, until the version is raised.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from exporter import REPOSITORY
from exporter.cli.answers import ANSWERS
from exporter.records import DOCUMENTS, Snapshot

FOLDER = Path(__file__).parent.parent / "docs/schemas"
PROMISE = Path(__file__).parent / "promise.json"

ADDRESS = f"https://github.com/{REPOSITORY}/raw/main/docs/schemas/"

FILES: dict[str, Any] = {**DOCUMENTS, "snapshot": Snapshot}
"""The types of the files that we write."""

TYPES: dict[str, Any] = {**FILES, **ANSWERS}
"""The type that each schema is made from, by the schema's name."""

LASTING = {"snapshot"}
"""Files that are never written again, so that older ones lack the fields with a default."""

Fields = dict[str, str]
"""The type of each field by its path, such as `items[].played_at`."""

HELP = """
Sites read these fields, so this change would break them. Keep the old fields as they are, and add new ones
beside them. If that is not possible, raise `schema_version` in the type and wherever it is made, keep reading
the old files, and describe the change in docs/outputs.md and CHANGELOG.md. Then run `make schemas`.
"""


def schema(name: str, kind: Any) -> dict[str, Any]:
    """Make the schema of one file."""
    (top,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    simple = {part: _simple(value, all_there=name not in LASTING) for part, value in parts.items()}
    own = simple.pop(top["$ref"].rpartition("/")[2])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{ADDRESS}{name}.json",
        **own,
        "title": f"{name}.json",
        "$defs": simple,
    }


def _simple(value: Any, *, all_there: bool) -> Any:
    """Write a schema as people do; if its fields are `all_there`, those with a default are required too."""
    if isinstance(value, list):
        return [_simple(part, all_there=all_there) for part in value]
    if not isinstance(value, dict):
        return value
    left_out = {"discriminator", "default"} if all_there else {"discriminator"}
    plain = {key: _simple(part, all_there=all_there) for key, part in value.items() if key not in left_out}
    if isinstance(plain.get("properties"), dict) and all_there:
        plain["required"] = [*plain["properties"]]
    if isinstance(text := plain.get("description"), str):
        plain["description"] = " ".join(text.split())
    if len(plain.get("enum", ())) == 1:
        plain["const"] = plain.pop("enum")[0]
    if isinstance(pattern := plain.get("pattern"), str):
        plain |= _address_or(pattern)
    return _joined(plain)


def _address_or(pattern: str) -> dict[str, str]:
    """Promise only that an address begins with https: another source may have other hosts."""
    if pattern.startswith("^https://"):
        return {"pattern": "^https://"}
    return {"pattern": pattern.removesuffix(r"(?!\n)")}  # that is for Python only


def _joined(plain: dict[str, Any]) -> dict[str, Any]:
    """Flatten a choice; if it is of a simple type or null, write it as one type."""
    if "anyOf" not in plain:
        return plain
    rest = {key: part for key, part in plain.items() if key != "anyOf"}
    choices = [inner for choice in plain["anyOf"] for inner in choice.get("anyOf", [choice])]
    match choices:
        case [{"type": str(kind)} as choice, {"type": "null"}]:
            return {**choice, "type": [kind, "null"], **rest}
    return {"anyOf": choices, **rest}


def schemas() -> dict[str, dict[str, Any]]:
    """Make all schemas."""
    return {name: schema(name, kind) for name, kind in TYPES.items()}


def fields(of: Mapping[str, Any]) -> Fields:
    """List the fields that a schema promises."""
    return dict(_fields(of, of, ""))


def _fields(root: Mapping[str, Any], node: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    node = _resolved(root, node)
    for choice in node.get("anyOf", ()):
        if kind := _kind(root, choice):
            yield from _fields(root, choice, f"{path}({kind})")
        else:
            yield from _fields(root, choice, path)
    if isinstance(node.get("items"), dict):
        yield from _fields(root, node["items"], f"{path}[]")
    if isinstance(node.get("additionalProperties"), dict):
        yield from _fields(root, node["additionalProperties"], f"{path}.*")
    for name, part in node.get("properties", {}).items():
        inner = f"{path}.{name}".removeprefix(".")
        optional = "" if name in node.get("required", ()) else ", can be missing"
        yield inner, f"{_type(root, part)}{optional}"
        yield from _fields(root, part, inner)


def _type(root: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    """Describe a type, such as `string (date-time) or null`."""
    if kind := _kind(root, node):
        return kind
    node = _resolved(root, node)
    if "anyOf" in node:
        return " or ".join(_type(root, choice) for choice in node["anyOf"])
    if "const" in node or "enum" in node:
        return " or ".join(json.dumps(value) for value in node.get("enum", [node.get("const")]))
    first, *more = [node["type"]] if isinstance(node["type"], str) else node["type"]
    limits = [f" ({node[key]})" for key in ("format", "pattern") if key in node][:1]
    items = f" of {_type(root, node['items'])}" if "items" in node else ""
    values = node.get("additionalProperties")
    values = f" of {_type(root, values)}" if isinstance(values, dict) else ""
    return " or ".join(["".join([first, *limits, items, values]), *more])


def _kind(root: Mapping[str, Any], node: Mapping[str, Any]) -> str | None:
    """Return what an item says that it is, such as `track`; None if it is no item."""
    kind = _resolved(root, node).get("properties", {}).get("kind", {}).get("const")
    return kind if isinstance(kind, str) else None


def _resolved(root: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    part: Mapping[str, Any] = root["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node
    return part


def broken(name: str, promised: Fields, now: Fields) -> list[str]:
    """List what readers of a version were promised and would no longer find; a new version may differ."""
    if now and promised["schema_version"] != now["schema_version"]:
        return []
    return [
        f"{name}.json: `{path}` was promised as {kind}, and is now {now.get(path, 'missing')}."
        for path, kind in promised.items()
        if now.get(path) != kind
    ]


def promise() -> dict[str, Fields]:
    """Read what was promised."""
    read: dict[str, Fields] = json.loads(PROMISE.read_text("utf-8")) if PROMISE.exists() else {}
    return read


def breaks(now: Mapping[str, Fields]) -> list[str]:
    """List what the types no longer keep of the promise."""
    return [each for name, was in promise().items() for each in broken(name, was, now.get(name, {}))]


def written(value: Any) -> str:
    """Write JSON as in the files here."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write all files; if a promise would be broken, say so instead."""
    made = schemas()
    now = {name: fields(each) for name, each in made.items()}
    if problems := breaks(now):
        sys.stderr.write("\n".join([*problems, HELP]))
        return 1
    FOLDER.mkdir(exist_ok=True)
    for name, each in made.items():
        (FOLDER / f"{name}.json").write_text(written(each), "utf-8")
    PROMISE.write_text(written(now), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
