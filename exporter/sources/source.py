"""What a source offers, and the values that it exchanges with `http`."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, Literal, Protocol, TypeVar

from msgspec import Struct

from exporter.errors import AccountError
from exporter.models import Query

T = TypeVar("T")


class Request(Struct, frozen=True, kw_only=True):
    """An HTTP request; `authorization` is the value of that header. Its repr hides everything secret."""

    method: Literal["GET", "POST"] = "GET"
    url: str
    params: Mapping[str, str] = {}
    form: Mapping[str, str] | None = None
    authorization: str | None = None

    def __repr__(self) -> str:
        return f"Request({self.method} {self.url})"


class Reply(Struct, frozen=True, kw_only=True):
    """An HTTP reply; `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Call(Struct, Generic[T], frozen=True, kw_only=True):
    """A request, and the function that reads its reply."""

    request: Request
    parse: Callable[[Reply], T]


class Token(Struct, frozen=True, kw_only=True):
    """An access token; its repr hides it.

    `scopes` is None if the service did not say. Only the exchange of a code is sure to return a
    `refresh_token`.
    """

    access_token: str
    scopes: frozenset[str] | None
    refresh_token: str | None = None

    def __repr__(self) -> str:
        return "Token(…)"


class Connection(Struct, frozen=True):
    """What it takes to reach a source, by the names of environment variables; its repr hides it."""

    secrets: Mapping[str, str]
    addresses: Mapping[str, str]

    def __repr__(self) -> str:
        return "Connection(…)"


class StaleTokenError(AccountError):
    """The access token is not accepted, or not any more; a new one may be."""


class Source(Protocol):
    """The interface of a source; its `calls` module is one.

    `NAME` is what messages call it. `SECRETS` and `ADDRESSES` are the environment variables that it reads,
    the addresses with their defaults.
    """

    NAME: str
    SECRETS: tuple[str, ...]
    ADDRESSES: Mapping[str, str]

    def sign_in(self, connection: Connection) -> Call[Token] | None:
        """Ask for the run's access token; None if the source needs none."""

    def call(self, query: Query, connection: Connection, token: Token | None) -> Call[Any]:
        """Ask for what a query names.

        Raises:
            AccountError: the token does not cover it.
        """
