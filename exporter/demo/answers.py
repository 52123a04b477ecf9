"""Pure: the requests that stand-ins get, and the answers that they give."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct


class Request(Struct, frozen=True, kw_only=True):
    """An HTTP request; `headers` have lower-case names."""

    method: str
    path: str
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Answer(Struct, frozen=True):
    """An HTTP answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}


def json_answer(status: int, value: Any, **headers: str) -> Answer:
    """Answer with JSON."""
    return Answer(status, msgspec.json.encode(value), {"Content-Type": "application/json"} | headers)


class RefusalError(Exception):
    """A request that is answered with an error."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer
