import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from texts import texts

from exporter.errors import Mistakes, SetupError, each_of
from exporter.render.escaping import escape_markdown
from exporter.render.sections import block, fill, find, scan

OPEN, CLOSE = "<!-- listening:now_playing -->", "<!-- /listening:now_playing -->"


def filled(text: str, body: str = "new") -> str:
    return fill(text, [(section, body) for section in find(text, "README.md")])


def test_a_body_is_put_between_its_markers_with_blank_lines() -> None:
    assert filled(f"a\n{OPEN}\nold\n{CLOSE}\nb\n") == f"a\n{OPEN}\n\nnew\n\n{CLOSE}\nb\n"


def test_what_is_empty_leaves_nothing_between_the_markers() -> None:
    assert filled(f"{OPEN}\nold\n{CLOSE}", "\n") == f"{OPEN}\n{CLOSE}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a\r\n{OPEN}\r\n{CLOSE}\r\nb", f"a\r\n{OPEN}\r\n\r\nnew\r\n\r\n{CLOSE}\r\nb"),
        (f"{OPEN}\n{CLOSE}", f"{OPEN}\n\nnew\n\n{CLOSE}"),
        (f"\ufeff{OPEN}\n{CLOSE}", f"\ufeff{OPEN}\n\nnew\n\n{CLOSE}"),
        (f"- x\n\n  {OPEN}\n\t{CLOSE}\n", f"- x\n\n  {OPEN}\n\n  new\n\n\t{CLOSE}\n"),
        (f"{OPEN}  \n{CLOSE}\t\n", f"{OPEN}  \n\nnew\n\n{CLOSE}\t\n"),
        ("<!--listening:x-->\n<!--/listening:x-->", "<!--listening:x-->\n\nnew\n\n<!--/listening:x-->"),
    ],
    ids=["CRLF", "no final newline", "BOM", "indented", "blanks after", "no blanks inside"],
)
def test_the_text_around_is_kept(text: str, expected: str) -> None:
    assert filled(text) == expected


def test_lines_end_as_the_opening_markers_line_does() -> None:
    assert filled(f"a\r\nb\n{OPEN}\n{CLOSE}\r\n", "1\n2") == f"a\r\nb\n{OPEN}\n\n1\n2\n\n{CLOSE}\r\n"
    assert filled(f"a\n{OPEN}\r\n{CLOSE}\n", "1\n2") == f"a\n{OPEN}\r\n\r\n1\r\n2\r\n\r\n{CLOSE}\n"


def test_a_body_keeps_its_own_indentation_inside_that_of_its_marker() -> None:
    body = "\n\n    indented\n\n- by The XX\n\n"
    assert filled(f"  {OPEN}\n{CLOSE}", body) == f"  {OPEN}\n\n      indented\n\n  - by The XX\n\n{CLOSE}"


@pytest.mark.parametrize(
    "options", ["show=a, b,c width=9", "show=a ,b , c width=9", "show=a,  b,\tc width=9"]
)
def test_a_space_beside_a_comma_is_told_once_with_what_to_write(options: str) -> None:
    with pytest.raises(SetupError) as raised:
        find(f"<!-- listening:cards {options} -->\n<!-- /listening:cards -->\n", "README.md")
    (mistake,) = each_of(raised.value)
    assert (mistake.place, mistake.hint) == ("README.md:1", "Write `show=a,b,c width=9`.")


def test_the_same_section_may_stand_twice_with_other_options() -> None:
    text = (
        "<!-- listening:top limit=5 -->\n<!-- /listening:top -->\n"
        "<!-- listening:top limit=9 time_range=long_term -->\n<!-- /listening:top -->\n"
    )
    first, second = find(text, "README.md")
    assert (first.options, first.place) == ({"limit": "5"}, "README.md:1")
    assert (second.options, second.place) == ({"limit": "9", "time_range": "long_term"}, "README.md:3")
    assert fill(text, [(second, "two"), (first, "one")]).split("\n") == [
        "<!-- listening:top limit=5 -->", "", "one", "", "<!-- /listening:top -->",
        "<!-- listening:top limit=9 time_range=long_term -->", "", "two", "", "<!-- /listening:top -->", "",
    ]  # fmt: skip


def test_the_value_of_an_option_may_hold_an_equals_sign() -> None:
    (section,) = find("<!-- listening:a limit=x=y -->\n<!-- /listening:a -->", "README.md")
    assert section.options == {"limit": "x=y"}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("before", ["", "\n", "a\n", "a\r\nb\r\n", "a\r", "a\n\n"])
@pytest.mark.parametrize("after", ["", "\n", "\r\nb\nc", "\rb\r\n"])
def test_a_block_is_the_lines_from_marker_to_marker_whatever_ends_the_others(
    before: str, newline: str, after: str
) -> None:
    text = f"{before}  {OPEN}{newline}old{newline}{CLOSE}{after}"
    (section,) = find(text, "README.md")
    start, end = block(text, section)
    end_of_line = next(filter(after.startswith, ["\r\n", "\r", "\n", ""]))
    assert (text[:start], text[end:]) == (before, after.removeprefix(end_of_line))


@pytest.mark.parametrize(
    "example",
    [
        f"```\n{OPEN}\n{CLOSE}\n```\n",
        f"\ufeff```\n{OPEN}\n{CLOSE}\n```\n",
        f"~~~markdown\n{OPEN}\n~~~\n",
        f"- list\n\n      text\n\n  ````\n  ```\n  {OPEN}\n  ````\n",
        f"> ```\n> quoted\n> ```\n\n```\n{OPEN}",
        f"Write `{OPEN}` in your README, or `{CLOSE}`.\n",
    ],
    ids=["fence", "fence behind a BOM", "tildes", "in a list", "unclosed", "in a sentence"],
)
def test_examples_of_markers_are_left_alone(example: str) -> None:
    assert find(example, "README.md") == ()


def test_a_fence_inside_a_comment_hides_nothing() -> None:
    assert len(find(f"<!--\n```\n-->\n{OPEN}\n{CLOSE}\n", "README.md")) == 1


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (f"\n{OPEN}\n", "README.md:2", "not closed before the file ends"),
        (f"{OPEN}\n<!-- listening:b -->\n{CLOSE}\n", "README.md:1", "opens at README.md:2"),
        (f"{OPEN}\n<!-- /listening:b -->\n", "README.md:2", "is open since README.md:1"),
        ("<!-- Listening:now_playing -->", "README.md:1", "malformed"),
        (f"x\r\n\r\n{CLOSE}", "README.md:3", "not open"),
        ("\n<!-- listening:now_playing", "README.md:2", "malformed"),
        (f"{OPEN}{CLOSE}", "README.md:1", "malformed"),
        (f"{OPEN} text", "README.md:1", "malformed"),
        ("<!-- listening: -->", "README.md:1", "malformed"),
        ("<!-- listening:a limit -->\n", "README.md:1", "`limit`"),
        ("<!-- listening:a limit=1 limit=2 -->\n", "README.md:1", "twice"),
        ("<!-- listening:a limit= -->\n", "README.md:1", "`limit=`"),
        ("a\rb\r<!-- listening:a -->", "README.md:3", "not closed"),
    ],
)
def test_a_marker_that_can_not_be_understood_is_an_error_at_its_line(
    text: str, place: str, words: str
) -> None:
    with pytest.raises(SetupError, match=re.escape(words)) as raised:
        find(text, "README.md")
    assert raised.value.place == place
    assert raised.value.hint


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "<!-- listening:a b -->\n<!-- /listening:a -->",
            "`b` is not an option, or appears twice.",
            "Write options like `limit=5`, without spaces around `=` or in the value.",
        ),
        (
            "<!-- listening:a show=x, y -->\n<!-- /listening:a -->",
            "An option's value can't have spaces, not even beside a comma.",
            "Write `show=x,y`.",
        ),
        (
            "<!-- listening -->",
            "This marker is malformed.",
            (
                "Open a section with `<!-- listening:now_playing -->` and close it with "
                "`<!-- /listening:now_playing -->`, each alone on its line."
            ),
        ),
        (
            "<!-- listening:a -->",
            "`listening:a` is not closed before the file ends.",
            "Put `<!-- /listening:a -->` on a line of its own after it.",
        ),
        (
            "<!-- /listening:a -->",
            "`/listening:a` closes a section that is not open.",
            "Put `<!-- listening:a -->` on a line of its own before it.",
        ),
        (
            "<!-- listening:a -->\n<!-- /listening:b -->",
            "`listening:a` is open since README.md:1, and `/listening:b` does not close it.",
            "Write `<!-- /listening:a -->` before any other marker.",
        ),
    ],
)
def test_each_mistake_is_told_with_what_to_do(text: str, message: str, hint: str) -> None:
    with pytest.raises(SetupError) as raised:
        find(text, "README.md")
    assert (raised.value.message, raised.value.hint) == (message, hint)


def test_all_mistakes_are_told_at_once_and_what_closes_a_malformed_marker_is_none() -> None:
    text = f"<!-- listening: -->\n<!-- /listening:a -->\n{OPEN}\n{CLOSE}\n{CLOSE}\n{OPEN}\n"
    mistakes = Mistakes()
    closed, unclosed = scan(text, "README.md", mistakes)
    assert [error.place for error in mistakes.found] == ["README.md:1", "README.md:5", "README.md:6"]
    assert (closed.place, unclosed.place) == ("README.md:3", "README.md:6")


bodies = st.text(st.sampled_from("ab|<>-!\\$&1\n \t"), max_size=30).map(
    lambda text: text.replace("\t", " ")
) | texts.map(escape_markdown)
around = st.text(st.sampled_from("ab#*>-`~\\ \t\r\n\u2028\u0085\x0b\ufeff<!"), max_size=40)


@given(around, around, bodies, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "  ", "\t"]))
def test_replacing_keeps_all_around_and_is_idempotent(
    before: str, after: str, body: str, newline: str, indent: str
) -> None:
    opening, closing = indent + OPEN + newline, indent + CLOSE
    text = f"{before}{newline}{opening}old{newline}{closing}{newline}{after}"
    if len(find(text, "README.md")) != 1:
        return  # the text before opened a fence
    once = filled(text, body)
    assert once.startswith(f"{before}{newline}{opening}")
    assert once.endswith(f"{closing}{newline}{after}")
    assert filled(once, body) == once
