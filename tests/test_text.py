"""Text that is read back from files: as clean as what a source sends."""

import json

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Struct

from exporter import text

ACTING = "\n\r\t\x00\x1b\x7f\x85\u2028\u2029\u202a\u202e\u2066\u2069\uffff"


class _Titles(Struct):
    names: tuple[str, ...]
    by_name: dict[str, tuple[str | None, ...]]


titles = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from([*ACTING, *'"\\/nu002\u200d🔥é']))


@given(st.lists(titles), st.booleans())
@example(names=["\\\n"], ascii_only=False)  # a backslash, escaped, right before what is escaped
def test_what_is_read_back_is_clean_however_it_is_encoded(names: list[str], ascii_only: bool) -> None:
    content = json.dumps({"names": names, "by_name": {"a": [*names, None]}}, ensure_ascii=ascii_only)
    cleaned = tuple(str(text.clean(name)) for name in names)
    assert text.decode(content.encode(), _Titles) == _Titles(cleaned, {"a": (*cleaned, None)})


@pytest.mark.parametrize("name", ["plain", "a\nb"])
def test_what_is_not_of_the_shape_is_an_error_clean_or_not(name: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="Expected `array`"):
        text.decode(json.dumps({"names": name}).encode(), _Titles)
