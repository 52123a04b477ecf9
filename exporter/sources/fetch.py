"""Ask a source for everything in a plan, all at once."""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from threading import Lock
from typing import Any

from exporter.errors import NowListeningError
from exporter.models import Failed, Listening, Plan, Query
from exporter.sources.http import Client, in_background
from exporter.sources.source import Connection, Source, StaleTokenError, Token


class Access:
    """The run's access token; refreshed at most once, when the source rejects it."""

    def __init__(self, token: Token | None, refresh: Callable[[], Token | None]) -> None:
        self.token = token
        self._refresh = refresh
        self._lock = Lock()
        self._second: Token | NowListeningError | None = None

    def renewed(self) -> Token | None:
        """Return the second token: the first caller gets it from the source, the others wait for it.

        Raises:
            AccountError, UnavailableError: the source did not grant one.
        """
        with self._lock:
            if self._second is None:
                try:
                    self._second = self._refresh()
                except NowListeningError as error:
                    self._second = error
        if isinstance(self._second, NowListeningError):
            raise self._second
        return self._second


def fetch(source: Source, connection: Connection, client: Client, plan: Plan) -> Listening:
    """Sign in, then ask for everything at once; what could not be fetched is `Failed`.

    Raises:
        AccountError, UnavailableError: signing in failed.
    """

    def sign_in() -> Token | None:
        call = source.sign_in(connection)
        return client.ask(call) if call else None

    access = Access(sign_in(), sign_in)

    def answer(query: Query) -> Any:
        try:
            try:
                return client.ask(source.call(query, connection, access.token))
            except StaleTokenError:
                return client.ask(source.call(query, connection, access.renewed()))
        except NowListeningError as error:
            return Failed(error)

    waiting = {query: in_background(partial(answer, query)) for query in plan}
    return Listening(answers={query: outcome.result() for query, outcome in waiting.items()})


def fetch_pictures(
    source: Source, connection: Connection, client: Client, addresses: Collection[str]
) -> Iterator[tuple[str, bytes | None]]:
    """Fetch pictures within one time limit, and yield each as it comes; None for what could not be had."""
    requests = {address: source.picture(address, connection) for address in addresses}
    permitted = {address: request for address, request in requests.items() if request}
    yield from ((address, None) for address in addresses if address not in permitted)
    for address, reply in client.ask_all(permitted):
        yield address, reply.body if reply and reply.status == 200 else None


def verify(source: Source, connection: Connection, client: Client, plan: Plan, token: Token) -> None:
    """Check that a token covers everything in a plan, and ask for the first thing to see that it works.

    Raises:
        AccountError, UnavailableError: it does not.
    """
    for call in [source.call(query, connection, token) for query in plan][:1]:
        client.ask(call)
