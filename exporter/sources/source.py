"""The interface of a source, and the values that it exchanges with `http`."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, Literal, Protocol, TypeVar

from msgspec import Struct

from exporter.errors import AccountError
from exporter.models import Query

T = TypeVar("T")


class Request(Struct, frozen=True, kw_only=True):
    """An HTTP request; `authorization` is the value of that header. Its repr hides secrets."""

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
    """A source's secrets and addresses, by environment variable; its repr hides them."""

    secrets: Mapping[str, str]
    addresses: Mapping[str, str]

    def __repr__(self) -> str:
        return "Connection(…)"


class StaleTokenError(AccountError):
    """The access token was rejected; a new one may be accepted."""


class Source(Protocol):
    """The interface of a source; its `calls` module implements it.

    `NAME` is what messages call it. `SECRETS` and `ADDRESSES` are the environment variables that it reads,
    the addresses with their defaults.
    """

    NAME: str
    SECRETS: tuple[str, ...]
    ADDRESSES: Mapping[str, str]

    def sign_in(self, connection: Connection) -> Call[Token] | None:
        """Return the call for the run's access token; None if the source needs none."""

    def call(self, query: Query, connection: Connection, token: Token | None) -> Call[Any]:
        """Return the call for a query.

        Raises:
            AccountError: the token does not cover it.
        """

    def picture(self, address: str, connection: Connection) -> Request | None:
        """Return the request for a picture; None if its address is not at the source's image hosts."""
