"""Pure: read what all sources' replies share: error statuses, JSON bodies, and the fields of items."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from math import inf
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from exporter.errors import NEXT_RUN, UnavailableError
from exporter.models import Image
from exporter.sources.source import Reply
from exporter.text import clean

E = TypeVar("E")
M = TypeVar("M")
S = TypeVar("S", bound=Struct)

_LESS_OFTEN = "Nothing to do: a later run tries again. If this keeps happening, run the job less often."


def raise_for_status(reply: Reply, service: str) -> None:
    """Raise an error unless a reply was successful.

    Raises:
        UnavailableError: it was not; the error has what `decide` needs to know.
    """
    if 200 <= reply.status < 300:
        return
    is_limit = reply.status == 429
    raise UnavailableError(
        f"{service} asks for fewer requests (429)." if is_limit else f"{service} answered {reply.status}.",
        hint=_LESS_OFTEN if is_limit else NEXT_RUN,
        status=reply.status,
        retry_after=reply.headers.get("retry-after"),
    )


def rate_limited(failure: UnavailableError, until: datetime, service: str) -> UnavailableError:
    """Say until when a service accepts no more requests."""
    return UnavailableError(
        f"{service} accepts no requests until {until.day} {until:%b %Y, %H:%M} UTC ({failure.status}).",
        hint=_LESS_OFTEN,
        status=failure.status,
        retry_after=failure.retry_after,
    )


def decode(reply: Reply, kind: type[S], service: str) -> S:
    """Read a JSON body; numbers may be sent as text.

    Raises:
        UnavailableError: it is not JSON, or not of this shape.
    """
    try:
        # json rather than msgspec.json: it accepts a title that was cut in the middle of a surrogate pair.
        return msgspec.convert(json.loads(reply.body), kind, strict=False)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise unreadable(service) from error


def unreadable(service: str) -> UnavailableError:
    """Make the error of an answer that can't be read."""
    return UnavailableError(f"{service}'s answer can't be read.", hint=NEXT_RUN)


def made(entries: Sequence[E | None], make: Callable[[E], M | None], service: str) -> tuple[M, ...]:
    """Make the models of a list's entries; what is empty or can't be used is left out.

    Raises:
        UnavailableError: there are entries, but none of them can be used.
    """
    models = tuple(model for entry in entries if entry is not None and (model := make(entry)) is not None)
    if entries and not models:
        raise unreadable(service)
    return models


def unranked(images: Iterable[Image], **more: Any) -> dict[str, Any]:
    """Return the fields of an item outside a ranked list: its images, widest first, and `more`.

    `image` is the one whose width is nearest 300 px, the wider of two; an unknown width counts as far.
    """
    widest_first = tuple(sorted(images, key=lambda image: -(image.width or 0)))
    nearest = min(widest_first, default=None, key=lambda each: abs(each.width - 300) if each.width else inf)
    image = nearest.url if nearest else None
    return {"rank": None, "movement": None, "image": image, "images": widest_first, **more}


def fields(value: object) -> Mapping[str, Any]:
    """Return a JSON object; anything else has no fields."""
    return value if isinstance(value, dict) else {}


def text(value: object) -> str | None:
    """Return clean text; None for blanks, and for what is no text."""
    cleaned = clean(value) if isinstance(value, str) else None
    return cleaned if cleaned and cleaned.strip() else None
