"""The reader of YAML alone, with a type of its own."""

from typing import Annotated

import pytest
from msgspec import Meta, Struct

from exporter.config.reader import decode
from exporter.errors import SetupError, each_of


class Shelf(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    width: float = 1.0
    books: int = 0
    rows: Annotated[int, Meta(ge=1)] = 1
    label: Annotated[str, Meta(max_length=3)] = ""
    years: tuple[int, ...] = ()
    owner: str | None = None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("width: wide", "It must be a number."),
        ("books: many", "It must be a number."),
        ("rows: none", "It must be a number."),
        ("label: long", "It must be text."),
        ("years: 1999", "It must be a list, each item a number."),
        ("years: [1999, never]", "It must be a number."),
        ("owner: [Ada]", "It must be text or null."),
    ],
)
def test_a_hint_says_what_a_setting_may_be(text: str, hint: str) -> None:
    with pytest.raises(SetupError) as caught:
        decode(text, Shelf, file="shelf.yaml").raise_mistakes()
    assert (caught.value.place, caught.value.hint) == ("shelf.yaml:1", hint)


def test_a_setting_is_where_it_is_or_where_it_would_be() -> None:
    text = "width: 2\n\nyears:\n  - 1999\n  - 2001\n"
    shelf = decode(text, Shelf, file="shelf.yaml")
    assert [shelf.where(path) for path in ("years[1]", "years", "years[2]", "owner", "year")] == [
        "shelf.yaml:5",
        "shelf.yaml:4",
        "shelf.yaml:4",
        "shelf.yaml:1",
        "shelf.yaml:1",
    ]
    assert decode("", Shelf, file="shelf.yaml").where("years") == "shelf.yaml:1"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("lang: en\nhost: a", "`lang`, `host`"),
        ("lang: en\nhost: a\nyears: [1999, 2001]", "`lang`, `host`"),
        ("lang: en\nhost: a\nport: 8\ntags: b\nowner: Ada", "`lang`, `host`, `port`"),
    ],
)
def test_a_file_with_more_strange_keys_than_known_ones_is_another_programs(text: str, named: str) -> None:
    with pytest.raises(SetupError) as caught:
        decode(text, Shelf, file="shelf.yaml")
    assert caught.value.message == f"This looks like another program's file: it has {named}."


def test_strange_keys_among_as_many_known_ones_are_mistakes_with_what_is_possible() -> None:
    shelf = decode("lang: en\nhost: a\nwidth: 2\nowner: Ada", Shelf, file="shelf.yaml")
    with pytest.raises(SetupError) as caught:
        shelf.raise_mistakes()
    possible = "Possible here: width, books, rows, label, years, owner."
    assert [(each.message, each.hint) for each in each_of(caught.value)] == [
        (
            f"There is no setting `{key}`.",
            f"{possible} If this is another program's file, name yours with --config.",
        )
        for key in ("lang", "host")
    ]
