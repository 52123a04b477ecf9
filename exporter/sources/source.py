"""The interface of a source, and the values that it exchanges with `http`."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Generic, Literal, Protocol, TypeVar, cast
from urllib.parse import urlsplit

from msgspec import Struct

from exporter.errors import AccountError
from exporter.models import Query
from exporter.sources.about import About

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
    """A source's secrets and addresses, by environment variable, and the user; its repr hides them."""

    secrets: Mapping[str, str]
    addresses: Mapping[str, str]
    user: str | None = None

    def __repr__(self) -> str:
        return "Connection(…)"


class StaleTokenError(AccountError):
    """The access token was rejected; a new one may be accepted."""


class Source(Protocol):
    """The interface of a source; its `calls` module implements it.

    `ADDRESSES` are the environment variables that replace its addresses, with these as defaults.
    It takes `MOST_AT_ONCE` requests at once. If it `FOLLOWS_REDIRECTS`, its pictures may have moved to others
    of its hosts.
    """

    ADDRESSES: Mapping[str, str]
    MOST_AT_ONCE: int
    FOLLOWS_REDIRECTS: bool

    def sign_in(self, connection: Connection) -> Call[Token] | None:
        """Return the call for the run's access token; None if the source needs none."""

    def call(self, query: Query, connection: Connection, token: Token | None) -> Call[Any]:
        """Return the call for a query; queries with the same request are asked once.

        Raises:
            AccountError: the token does not cover it.
        """

    def picture(self, address: str, connection: Connection) -> Request | None:
        """Return the request for a picture; None if its address is not at the source's image hosts."""


def picture_at(about: About, address: str, *, hosts: str, real: str) -> Request | None:
    """Return the request for a picture; None if its address is not at the source's image hosts.

    `hosts` is the `real` address of these, or a stand-in that replaces them all, whose paths differ; it may
    also redirect to its own address.
    """
    if hosts != real and address.startswith(f"{hosts}/"):
        return Request(url=address)
    if about.image(address) is None:
        return None
    return Request(url=address if hosts == real else f"{hosts}{urlsplit(address).path}")


def source_called(key: str) -> Source:
    """Return a source by its key; its modules are imported only now."""
    return cast("Source", import_module(f"exporter.sources.{key}.calls"))
