"""Pure: the answers that stand-ins give."""

import re
from http import HTTPStatus
from typing import Any

import msgspec

from exporter.serving import Answer, Request

_USER_AGENT = re.compile(r"[\w .-]+/[\w.+-]+ \( ?(https?://\S+|\S+@\S+) ?\)")


def json_answer(status: int, value: Any, **headers: str) -> Answer:
    """Answer with JSON."""
    return Answer(status, msgspec.json.encode(value), {"Content-Type": "application/json"} | headers)


def html_answer(status: int) -> Answer:
    """Answer with a page that says only what its status means, as a service's proxy does."""
    page = f"<html><h1>{status} {HTTPStatus(status).phrase}</h1></html>"
    return Answer(status, page.encode(), {"Content-Type": "text/html"})


def says_who_asks(request: Request) -> bool:
    """Whether the User-Agent names a program, its version, and whom to ask, as services want.

    Source: https://musicbrainz.org/doc/MusicBrainz_API/Rate_Limiting
    """
    return bool(_USER_AGENT.fullmatch(request.headers.get("user-agent", "")))


class RefusalError(Exception):
    """A request that is answered with an error."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer
