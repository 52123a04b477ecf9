"""How wide text is taken to be, and where it is cut."""

import pytest
from grapheme import graphemes
from hypothesis import given
from hypothesis import strategies as st
from texts import HOSTILE, texts

from exporter.render.lettering import ELLIPSIS, cut, direction, initial, lines, width

rooms = st.floats(min_value=20, max_value=400)
sizes = st.sampled_from([11, 12, 14, 16, 20])
weights = st.sampled_from([400, 600])


@given(texts, rooms, sizes, weights)
def test_what_is_cut_fits_and_is_the_beginning_of_the_text(
    text: str, room: float, size: float, weight: int
) -> None:
    shown = cut(text, room, size, weight)
    assert width(shown, size, weight) <= room
    if shown != text:
        assert text.startswith(shown.removesuffix(ELLIPSIS))
        assert list(graphemes(shown))[-1] == ELLIPSIS


@given(texts, rooms, sizes)
def test_text_that_fits_is_not_cut(text: str, room: float, size: float) -> None:
    if width(text, size) <= room:
        assert cut(text, room, size) == text


def test_a_list_is_not_cut_after_a_comma() -> None:
    assert {cut("One, Two", room, 14) for room in (45, 50)} == {"One…"}


def test_no_flag_family_or_accent_is_cut_in_two() -> None:
    text = "🇩🇪👩‍👩‍👧é" * 20
    for room in range(20, 200, 7):
        kept = cut(text, room, 14).removesuffix(ELLIPSIS)
        assert list(graphemes(kept)) == list(graphemes(text))[: len(list(graphemes(kept)))]


@given(texts, rooms, sizes, weights, st.integers(1, 3))
def test_each_line_fits_and_no_word_is_lost_unless_something_is_cut(
    text: str, room: float, size: float, weight: int, most: int
) -> None:
    broken = lines(text, room, size, weight, most)
    assert len(broken) <= most
    assert all(width(line, size, weight) <= room for line in broken[-1:])
    if not "".join(broken).endswith(ELLIPSIS):
        assert "".join("".join(broken).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        ("Straßenbahn nach Süden", 188, ["Straßenbahn", "nach Süden"]),
        ("Night Ferry", 188, ["Night Ferry"]),
        ("", 188, []),
        ("夜行列車の窓から見える遠い灯り", 188, ["夜行列車の窓から見", "える遠い灯り"]),
        ("a b c d e f g h i j k l m n o p q r s t u v w x y z", 60, ["a b c", "d e…"]),
    ],
)
def test_titles_are_broken_between_words(text: str, room: float, expected: list[str]) -> None:
    assert lines(text, room, 20, 600) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Night", "ltr"), ("مكتب", "rtl"), ("מכתב", "rtl"), ("12 مكتب", "rtl"), ("… ?", "ltr"), ("", "ltr")],
)
def test_the_direction_of_text_is_that_of_its_first_letter(text: str, expected: str) -> None:
    assert direction(text) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("night", "N"),
        ("@everyone", "E"),
        ("éa", "É"),
        ("…", "♪"),
        ("", "♪"),
        ("纸飞机", "纸"),
        ("4 AM", "4"),
    ],
)
def test_a_tile_shows_the_first_letter_or_digit(name: str, expected: str) -> None:
    assert initial(name) == expected


@pytest.mark.parametrize("character", ["夜", "파", "🔥", "❤", "👩‍👩‍👧"])
def test_wide_characters_are_at_least_an_em(character: str) -> None:
    assert width(character, 100) >= 100


def test_marks_and_joiners_have_no_width() -> None:
    assert width("e\u0301\u200d\u200e\ufe0f", 100) == width("e", 100)


@pytest.mark.parametrize("text", HOSTILE)
def test_bold_text_is_not_taken_to_be_narrower(text: str) -> None:
    assert width(text, 14, 600) >= width(text, 14) * 0.93
