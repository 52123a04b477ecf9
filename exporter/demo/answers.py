"""Pure: the answers that stand-ins give."""

from typing import Any

import msgspec

from exporter.serving import Answer


def json_answer(status: int, value: Any, **headers: str) -> Answer:
    """Answer with JSON."""
    return Answer(status, msgspec.json.encode(value), {"Content-Type": "application/json"} | headers)


class RefusalError(Exception):
    """A request that is answered with an error."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer
