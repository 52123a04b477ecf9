"""The published JSON Schemas: they are current, our files match them, and no promise is broken."""

import json
from pathlib import Path
from typing import Any

import pytest
import schemas
from conforming import closed, complaints, published, schema_of, validator
from conftest import PROJECT, Run, files_of
from generated import exported, listeners
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from exporter.config.schema import Config
from exporter.demo.standins import STAND_INS
from exporter.models import Listening
from exporter.sources import SOURCES

NAMES = sorted(schemas.TYPES)


@pytest.mark.parametrize("name", NAMES)
def test_each_schema_is_current(name: str) -> None:
    assert published(name) == schemas.schema(name, schemas.TYPES[name]), "run `make schemas`"


def test_there_is_no_other_schema_and_each_is_complete_in_itself() -> None:
    assert sorted(path.stem for path in schemas.FOLDER.iterdir()) == NAMES
    for name in NAMES:
        schema = published(name)
        assert schema["$id"] == f"{schemas.ADDRESS}{name}.json"
        text = json.dumps(schema)
        parts = {word.split('"')[0] for word in text.split('"$ref": "')[1:]}
        assert parts == {f"#/$defs/{part}" for part in schema["$defs"]}


def with_more(value: Any) -> Any:
    """Add a field to every object."""
    if isinstance(value, list):
        return [with_more(part) for part in value]
    if isinstance(value, dict):
        inner = {key: with_more(part) for key, part in value.items()}
        return inner if all(isinstance(part, list) for part in inner.values()) else {**inner, "more": None}
    return value


@pytest.mark.parametrize("name", sorted(schemas.FILES.keys() - {"top_albums"}))
def test_published_schemas_allow_fields_that_they_do_not_know(name: str) -> None:
    schema = published(name)
    documents = [
        json.loads(content)
        for path, content in files_of(PROJECT / "tests/golden").items()
        if schema_of(path) == name
    ]
    assert documents
    for document in documents:
        extended = with_more(document)
        assert Draft202012Validator(schema).is_valid(extended)
        assert not Draft202012Validator(closed(schema)).is_valid(extended)


@given(listeners())
@settings(max_examples=60)
def test_whatever_is_listened_to_the_files_match_the_schemas(
    tmp_path_factory: pytest.TempPathFactory, listener: tuple[Config, tuple[Listening, ...]]
) -> None:
    config, weeks = listener
    files = exported(config, weeks, tmp_path_factory.getbasetemp() / "nowhere")
    assert {schema_of(path) for path in files} >= {"now_playing"}
    assert all(schema_of(path) for path in files)
    assert complaints(files) == []


@pytest.mark.parametrize("source", STAND_INS)
def test_the_demos_files_match_the_schemas(run: Run, repo: Path, source: str) -> None:
    settings = f"source: {STAND_INS[source].SOURCE}\ncards: {{covers: false}}\nskip: [index.html, feed.xml]\n"
    (repo / "config.yaml").write_bytes(settings.encode())
    assert run("demo", "--config", "config.yaml", "--weeks", "2").code == 0
    files = files_of(repo / "demo/output")
    matched = {schema_of(path) for path in files} - {None}
    assert matched == set(schemas.FILES) - (set() if SOURCES[source].has_albums else {"top_albums"})
    assert complaints(files) == []


def test_the_golden_files_match_the_schemas() -> None:
    files = files_of(PROJECT / "tests/golden")
    assert {schema_of(path) for path in files} >= {"now_playing", "top_tracks", "chart", "snapshot"}
    assert complaints(files) == []


def test_a_file_that_does_not_match_is_noticed() -> None:
    path = "tests/golden/playing/output/data/now_playing.json"
    document = json.loads((PROJECT / path).read_bytes())
    changed: list[dict[str, Any]] = [
        {**document, "is_playing": "yes"},
        {**document, "more": 1},
        {**document, "updated_at": "2026-11-23"},
        {**document, "item": {**document["item"], "more": 1}},
        {**document, "item": {**document["item"], "url": "javascript:alert(1)"}},
        {name: value for name, value in document.items() if name != "user"},
    ]
    for each in changed:
        assert complaints({path: json.dumps(each).encode()}), each


def test_snapshots_of_the_first_version_still_match() -> None:
    first = {
        "schema_version": 1, "week": "2026-W48", "taken_at": "2026-11-23T12:00:00Z", "timezone": "UTC",
        "artists": {"short_term": [{"id": "1a", "name": "Plain"}]},
        "tracks": {"short_term": [{"id": None, "name": None, "artists": ["Plain"]}]},
    }  # fmt: skip
    assert [*validator("snapshot").iter_errors(first)] == []
