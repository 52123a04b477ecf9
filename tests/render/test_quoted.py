"""The filter `quoted`, for front matter and data lines."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cmarkgfm
import pytest
import yaml
from conftest import PROJECT, UNSEEN, Run
from hypothesis import example, given
from hypothesis import strategies as st
from jinja2 import StrictUndefined, UndefinedError
from standin import Fault, StandIn
from texts import HOSTILE, texts

from exporter.demo.answers import json_answer
from exporter.models import Ref
from exporter.render.escaping import json_value, quoted

anything = texts | st.text(st.characters(exclude_categories=["Cs"]))


class Words(HTMLParser):
    """Collects the text of a page, and the elements in it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.words: list[str] = []
        self.other: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.other.append(tag)

    def handle_comment(self, data: str) -> None:
        self.other.append(data)

    def handle_entityref(self, name: str) -> None:
        self.words.append({"quot": '"'}[name])

    def handle_charref(self, name: str) -> None:
        self.other.append(name)


@given(anything)
@example("\uffff\U00010000")
def test_json_and_yaml_read_back_the_very_same_text(text: str) -> None:
    written = str(quoted(text))
    assert json.loads(written) == text
    assert yaml.safe_load(written) == text
    assert yaml.safe_load(f"---\ntitle: {written}\n") == {"title": text}


@given(anything)
def test_in_markdown_it_is_one_line_of_plain_text(text: str) -> None:
    written = str(quoted(text))
    assert len(written.splitlines()) == 1
    page = Words()
    page.feed(cmarkgfm.github_flavored_markdown_to_html(written))
    assert page.other == ["p"]
    assert "".join(page.words).strip() == written


@given(anything)
def test_in_html_it_opens_no_element_and_no_entity(text: str) -> None:
    written = str(quoted(text))
    assert not set(written[1:-1]) & set("<>&\"'")


@pytest.mark.parametrize("text", [*HOSTILE, "a@b.example", "www.example.com", "https://x.example", ":tada:"])
def test_a_hostile_title_keeps_no_active_character(text: str) -> None:
    assert not set(str(quoted(text))[1:-1]) & set("|[]()<>&$@*_`~#!:.{}")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "null"),
        (True, "true"),
        (3, "3"),
        (0.5, "0.5"),
        (datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC), '"2026-11-23T12:34:56Z"'),
        ("Größer als Lärm, 2%", '"Größer als Lärm, 2%"'),
        ("銀河 🔥 ฝนตก", '"銀河 🔥 ฝนตก"'),
        ("a: b", '"a\\u003a b"'),
        ("line\nbreak\u2028\u202e", '"line\\u000abreak\\u2028\\u202e"'),
        (["a", None, 1], '["a", null, 1]'),
        ((), "[]"),
    ],
)
def test_each_kind_of_value_is_written_as_json_and_yaml_know_it(value: Any, written: str) -> None:
    assert str(quoted(value)) == written
    assert yaml.safe_load(written) == json.loads(written)


@pytest.mark.parametrize("title", [*HOSTILE, "---", "a: b # c", "yes", "2026-11-23", "x\n---\ny"])
def test_the_front_matter_of_the_documents_holds_any_title(
    title: str, export: Run, repo: Path, spotify: StandIn
) -> None:
    examples = re.findall(
        r"```jinja\n(.*?)```", (PROJECT / "docs/templates.md").read_text("utf-8"), re.DOTALL
    )
    (example,) = (example for example in examples if "---" in example and "now_playing" in example)
    (repo / "templates").mkdir()
    (repo / "templates/now.md.j2").write_bytes(example.encode())
    (repo / "config.yaml").write_bytes(UNSEEN.encode())
    playing = {"is_playing": True, "item": {"type": "track", "name": title}}
    spotify.faults.append(Fault(path="/v1/me/player/currently-playing", answer=json_answer(200, playing)))
    assert export().code == 0
    before, front, body = (repo / "output/now.md").read_text("utf-8").split("---\n", 2)
    document = json.loads((repo / "output/data/now_playing.json").read_text("utf-8"))
    assert (before, "Now playing: " in body) == ("", True)
    assert yaml.safe_load(front)["title"] == document["item"]["name"]
    values = {key: json.loads(value) for key, value in (line.split(": ", 1) for line in front.splitlines())}
    assert values == yaml.safe_load(front)
    assert values["updated"] == document["updated_at"]
    assert len(values["top"]) == 10
    page = Words()
    page.feed(cmarkgfm.github_flavored_markdown_to_html(front.splitlines()[0]))
    assert page.other == ["p"]


@pytest.mark.parametrize("write", [quoted, json_value])
def test_what_is_undefined_is_told_by_its_name(write: Callable[[Any], str]) -> None:
    with pytest.raises(UndefinedError, match="'oops' is undefined"):
        write(StrictUndefined(name="oops"))


def test_a_whole_thing_is_refused() -> None:
    with pytest.raises(TypeError, match="a whole Ref can't be quoted"):
        quoted(Ref(id="1", name="x", url=None))
