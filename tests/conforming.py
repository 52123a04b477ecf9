"""Hold written files against docs/schemas, with somebody else's reading of JSON Schema."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from schemas import FILES, FOLDER


def is_time_in_utc(value: object) -> bool:
    return not isinstance(value, str) or (value.endswith("Z") and bool(datetime.fromisoformat(value)))


FORMATS = FormatChecker(formats=())
FORMATS.checks("date-time", raises=ValueError)(is_time_in_utc)


def published(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return schema


def closed(value: Any) -> Any:
    """Forbid unknown fields, which published schemas allow."""
    if isinstance(value, list):
        return [closed(part) for part in value]
    if not isinstance(value, dict):
        return value
    inner = {key: closed(part) for key, part in value.items()}
    return {**inner, "additionalProperties": False} if isinstance(value.get("properties"), dict) else inner


@cache
def validator(name: str) -> Draft202012Validator:
    schema = closed(published(name))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FORMATS)


def schema_of(path: str) -> str | None:
    """Return the schema for a file of the output folder; None if there is none."""
    file = PurePosixPath(path)
    if file.parent.name == "archive" and file.suffix == ".json":
        return "snapshot"
    return file.stem if file.parent.name == "data" and file.stem in FILES else None


def complaints(files: Mapping[str, bytes]) -> list[str]:
    """List where files do not match their schemas, or have fields that these do not know."""
    return [each for path, content in files.items() for each in _complaints(path, content)]


@cache  # many situations leave the same files
def _complaints(path: str, content: bytes) -> list[str]:
    name = schema_of(path)
    errors = validator(name).iter_errors(json.loads(content)) if name else ()
    return [f"{path}: {error.json_path}: {error.message}" for error in errors]
