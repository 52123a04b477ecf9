"""docs/outputs.md: its examples are the demo's, and its tables have every field with its type."""

import json
import re
from pathlib import Path

import pytest
import schemas
from conforming import closed, published
from document_examples import BLOCK, PAGE, filled, made
from jsonschema import Draft202012Validator

TEXT = PAGE.read_text("utf-8")

FIELDS = {name: schemas.fields(published(name)) for name in schemas.TYPES}

WORDS = {
    r'^"[a-z]+"( or "[a-z]+")*': "word",
    r"^1$": "`1`",
    r"^object of array of [a-z]+": "lists by time range",
    r"^array of .*": "list",
    r"string \(date-time\)": "time",
    r"string \(\^https://\)": "address",
    r"string \(\^\[0-9\].*\$\)": "week",
    ", can be missing": ", or missing",
}
"""How the page calls a type."""


def in_words(kind: str) -> str:
    for pattern, word in WORDS.items():
        kind = re.sub(pattern, word, kind)
    return kind


def within(fields: schemas.Fields, prefix: str = "") -> dict[str, str]:
    """List the fields below a prefix, as the page has them."""
    return {
        path.removeprefix(prefix): in_words(kind) for path, kind in fields.items() if path.startswith(prefix)
    }


def without(fields: dict[str, str], pattern: str) -> dict[str, str]:
    return {path: kind for path, kind in fields.items() if not re.match(pattern, path)}


def tables(heading: str) -> list[dict[str, list[str]]]:
    """Read the tables under a heading: the cells of each field."""
    section = TEXT.split(f"# {heading}\n")[1].split("\n#")[0]
    return [
        {row[0].strip("`"): row[1:] for row in rows}
        for table in re.findall(r"^\| field .*\n\|:.*\n((?:\|.*\n)+)", section, re.MULTILINE)
        if (rows := [line[2:-2].split(" | ") for line in table.splitlines()])
    ]


def types(table: dict[str, list[str]]) -> dict[str, str]:
    return {name: cells[0] for name, cells in table.items()}


(COMMON,) = map(types, tables("Every document"))
ITEM = {
    "artist": within(FIELDS["top_artists"], "time_ranges.*[]."),
    "track": within(FIELDS["top_tracks"], "time_ranges.*[]."),
    "album": within(FIELDS["top_albums"], "time_ranges.*[]."),
    "episode": within(FIELDS["now_playing"], "item(episode)."),
}


@pytest.mark.parametrize("name", sorted(schemas.FILES.keys() - {"snapshot"}))
def test_the_fields_of_every_document_are_there(name: str) -> None:
    assert COMMON.items() <= within(FIELDS[name]).items()


@pytest.mark.parametrize(
    ("heading", "name", "elsewhere"),
    [
        ("What is playing", "now_playing", r"item\("),
        ("Recent plays", "recently_played", r"items\[\]\.item\."),
        ("Top lists", "top_artists", r"time_ranges\."),
        ("Top lists", "top_tracks", r"time_ranges\."),
        ("Top lists", "top_albums", r"time_ranges\."),
        ("The chart", "chart", r"(artists|tracks)\."),
    ],
)
def test_a_documents_own_fields_are_explained_with_their_types(
    heading: str, name: str, elsewhere: str
) -> None:
    assert types(tables(heading)[0]) | COMMON == without(within(FIELDS[name]), elsewhere)


@pytest.mark.parametrize("kind", ITEM)
def test_an_items_fields_are_explained_with_their_types(kind: str) -> None:
    (table,) = tables("Items")
    assert ITEM[kind] == {
        name: cells[0] for name, cells in table.items() if cells[1] == "all" or kind in cells[1].split(", ")
    }


def test_an_item_is_the_same_wherever_it_is() -> None:
    for name, prefix in (("now_playing", "item(track)."), ("recently_played", "items[].item.")):
        assert within(FIELDS[name], prefix) == ITEM["track"]


def test_rows_of_the_chart_and_entries_of_a_week_are_explained_with_their_types() -> None:
    _, row = map(types, tables("The chart"))
    assert row == within(FIELDS["chart"], "tracks.*[].")
    assert row == within(FIELDS["chart"], "artists.*[].") | {"artists": "list"}
    own, entry = map(types, tables("A week of the archive"))
    assert own == without(within(FIELDS["snapshot"]), r"\w+\.")
    for name in ("tracks", "albums"):
        assert entry == within(FIELDS["snapshot"], f"{name}.*[].")
    assert entry == within(FIELDS["snapshot"], "artists.*[].") | {"artists": "list"}


@pytest.mark.parametrize("command", ["check", "export"])
def test_the_fields_of_answers_are_explained_with_their_types(command: str) -> None:
    (table,) = map(types, tables(command.capitalize()))
    assert table == within(FIELDS[command])


@pytest.mark.parametrize("name", schemas.TYPES)
def test_every_word_that_a_field_can_be_is_listed(name: str) -> None:
    for kind in FIELDS[name].values():
        for word in re.findall(r'"([a-z]+)"', kind):
            assert f"`{word}`" in TEXT


def test_the_examples_are_current(tmp_path: Path) -> None:
    examples = made(tmp_path)
    assert examples.keys() == {block[1] for block in BLOCK.finditer(TEXT)}
    assert filled(TEXT, examples) == TEXT, "run `make examples`"


@pytest.mark.parametrize("name", schemas.TYPES)
def test_each_example_matches_its_schema(name: str) -> None:
    (text,) = re.findall(rf"<!-- example: {name} -->\n\n```json\n(.*?)```", TEXT, re.DOTALL)
    errors = Draft202012Validator(closed(published(name))).iter_errors(json.loads(text))
    assert [error.message for error in errors] == []
