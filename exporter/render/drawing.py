"""Pure: the filters that cards are drawn with."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from markupsafe import Markup

from exporter.render import lettering, svg


def _of_text(measure: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a filter that counts letters, so that it gets text as it was before it was escaped."""

    @wraps(measure)
    def measured(text: Any, *args: Any, **kwargs: Any) -> Any:
        return measure(text.unescape() if isinstance(text, Markup) else str(text or ""), *args, **kwargs)

    return measured


FILTERS: Mapping[str, Callable[..., Any]] = {
    "bump": svg.bump,
    "sparkline": svg.sparkline,
    **{
        function.__name__: _of_text(function)
        for function in (
            lettering.cut, lettering.direction, lettering.initial, lettering.lines, lettering.width, svg.tile,
        )
    },
}  # fmt: skip
"""The filters by name."""
