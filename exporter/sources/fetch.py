"""Ask a source for everything in a plan, all at once."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from threading import Lock
from typing import Any

from exporter.errors import AccountError, NowListeningError
from exporter.models import Failed, Listening, Plan, Query
from exporter.sources.http import Client
from exporter.sources.source import Call, Connection, Source, StaleTokenError, Token
from exporter.sources.threads import at_once, in_background


class Access:
    """The run's access token; refreshed at most once, when the source rejects it."""

    def __init__(self, token: Token | None, refresh: Callable[[], Token | None]) -> None:
        self.token = token
        self._refresh = refresh
        self._lock = Lock()
        self._second: Future[Token | None] | None = None

    def renewed(self) -> Token | None:
        """Return the second token: the first caller gets it from the source, the others wait for it.

        Raises:
            AccountError, UnavailableError: the source did not grant one.
        """
        with self._lock:
            self._second = self._second or in_background(self._refresh)
        return self._second.result()


def fetch(source: Source, connection: Connection, client: Client, plan: Plan) -> Listening:
    """Sign in, then ask for everything at once; what could not be fetched is `Failed`.

    Raises:
        AccountError, UnavailableError: signing in failed.
    """

    def sign_in() -> Token | None:
        call = source.sign_in(connection)
        return client.ask(call) if call else None

    access = Access(sign_in(), sign_in)

    def answers(queries: Sequence[Query]) -> Sequence[Any]:
        try:
            try:
                return client.ask(_joint_call(source, queries, connection, access.token))
            except StaleTokenError:
                return client.ask(_joint_call(source, queries, connection, access.renewed()))
        except NowListeningError as error:
            return [Failed(error)] * len(queries)

    groups = _with_the_same_request(source, plan, connection, access.token)
    outcomes = at_once(source.MOST_AT_ONCE, [partial(answers, queries) for queries in groups])
    answered = {
        query: answer
        for queries, outcome in zip(groups, outcomes, strict=True)
        for query, answer in zip(queries, outcome.result(), strict=True)
    }
    return Listening(answers={query: answered[query] for query in plan})


def _with_the_same_request(
    source: Source, plan: Plan, connection: Connection, token: Token | None
) -> list[list[Query]]:
    """Group the queries that one request answers."""
    groups: defaultdict[object, list[Query]] = defaultdict(list)
    for query in plan:
        try:
            request = source.call(query, connection, token).request
            groups[request.url, *sorted(request.params.items())].append(query)
        except AccountError:  # it is raised again when this is asked for
            groups[query].append(query)
    return list(groups.values())


def _joint_call(
    source: Source, queries: Sequence[Query], connection: Connection, token: Token | None
) -> Call[list[Any]]:
    """Return the call for queries with the same request. Raises AccountError as `Source.call` does."""
    calls = [source.call(query, connection, token) for query in queries]
    return Call(request=calls[0].request, parse=lambda reply: [call.parse(reply) for call in calls])


def fetch_pictures(
    source: Source, connection: Connection, client: Client, addresses: Collection[str]
) -> Iterator[tuple[str, bytes | None]]:
    """Fetch pictures within one time limit, and yield each as it comes; None for what could not be had."""
    requests = {address: source.picture(address, connection) for address in addresses}
    permitted = {address: request for address, request in requests.items() if request}
    yield from ((address, None) for address in addresses if address not in permitted)
    follow = partial(source.picture, connection=connection) if source.FOLLOWS_REDIRECTS else None
    for address, reply in client.fetch_each(permitted, follow):
        yield address, reply.body if reply and reply.status == 200 else None


def verify(source: Source, connection: Connection, client: Client, plan: Plan, token: Token | None) -> None:
    """Check that a token covers everything in a plan, and ask for the first thing to see that it answers.

    Raises:
        AccountError, UnavailableError: it does not.
    """
    for call in [source.call(query, connection, token) for query in plan][:1]:
        client.ask(call)
