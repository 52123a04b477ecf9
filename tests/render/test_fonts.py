"""The table of widths against the fonts that it was made from."""

import pytest
from make_widths import widths

from exporter.render.lettering import width


@pytest.mark.parametrize(("style", "weight"), [("Regular", 400), ("Bold", 600)])
def test_no_letter_is_wider_than_the_table_says(style: str, weight: int) -> None:
    found = widths(style)
    assert len(found) > 2000
    assert [chr(code) for code, each in found.items() if each > width(chr(code), 1000, weight) + 1] == []
